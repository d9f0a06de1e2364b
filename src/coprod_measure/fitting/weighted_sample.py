"""From a checked dataset to the moments and the discrepancy of weighted least squares."""

from __future__ import annotations

import numpy as np

from coprod_measure.errors import DataError, EstimationError, Message, Problem
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.moment_structure import moment_structures
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedGroup, WeightedLeastSquares
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.distribution_free import continuous_vector, distribution_free_covariance
from coprod_measure.estimation.sample.moments import SampleMoments, complete_moments
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal, ordinal_moments
from coprod_measure.estimation.sample.weight_matrix import asymptotic_covariance
from coprod_measure.estimation.sample.weighted_moments import WeightedMoments
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.ordered_answers import MOST_CATEGORIES

# Of n times the sampling variance of a correlation between ordered variables: otherwise it is below 1,000.
FLAT = 1e6
EMPTY_CELLS = "empty-cells"
"""Code of the message that a pair of answers was never given together."""


def is_weighted(options: FitOptions) -> bool:
    """Whether the estimator weighs a vector of moments: ordered variables, WLS and DWLS, robust ULS."""
    plain = ("standard", "none", "browne_residual_nt", "bollen_stine")
    corrected = options.standard_errors == "robust_sem" or options.test_statistic not in plain
    unweighted = options.discrepancy == "ULS" and corrected
    return bool(options.ordered) or options.discrepancy in ("WLS", "DWLS") or unweighted


def weighted_sample(data: Dataset, table: ParameterTable) -> SampleMoments:
    """Sum the data up for weighted least squares.

    Parameters
    ----------
    table : ParameterTable
        Says which variables are ordered and which covariates are fixed.

    Returns
    -------
    SampleMoments
        Groups are `WeightedMoments`.

    Raises
    ------
    DataError
        If there are no raw data, or a category is empty in a group.
    """
    if data.summarised:
        raise DataError(
            "weighted least squares need raw data",
            place="moments",
            cure='Hand over a data frame, or use estimator="ML"',
            code="moments-only",
        )
    _check_categories(data)
    if not table.variables.ordered:
        return SampleMoments(tuple(_continuous(group, table.mean_structure) for group in data.groups))
    return SampleMoments(tuple(_ordered(group, data, table) for group in data.groups))


def _continuous(group: GroupData, means: bool) -> WeightedMoments:
    moments = complete_moments(group.answers, wishart=True, weights=group.weights)
    mean = moments.mean if means else None
    gamma = distribution_free_covariance(group.answers, means=means, weights=moments.weights)
    vector = continuous_vector(moments.cov, mean)
    return WeightedMoments(moments.cov, mean, group.n - 1.0, group.answers, vector=vector, gamma=gamma)


def _ordered(group: GroupData, data: Dataset, table: ParameterTable) -> WeightedMoments:
    """Thresholds and correlations of a group; covariances of covariates complete the matrix."""
    fixed = {row.lhs for row in table.rows if row.exogenous}
    y = [k for k, name in enumerate(data.names) if name not in fixed]
    x = [k for k, name in enumerate(data.names) if name in fixed]
    values = coded(group.answers, data)
    ordered = np.array([data.names[k] in data.categories for k in y])
    _check_pairs(values[:, y], [data.names[k] for k in y], group.label)
    covariates = values[:, x] if x else None
    if covariates is not None and np.isnan(covariates).any():
        raise DataError(
            f"the covariates {', '.join(data.names[k] for k in x)} have missing values",
            place="data",
            cure='Use missing="listwise", or drop these respondents',
            code="missing-covariates",
        )
    weights = None if group.weights is None else group.weights * (group.n / group.weights.sum())
    moments = ordinal_moments(values[:, y], ordered, weights, covariates)
    gamma = asymptotic_covariance(values[:, y], moments, weights, covariates)
    cov, mean = np.zeros((len(data.names), len(data.names))), np.zeros(len(data.names))
    cov[np.ix_(y, y)], mean[y] = moments.covariance, moments.first.means
    if covariates is not None:
        given = complete_moments(covariates, wishart=True, weights=weights)
        assert given.mean is not None
        cov[np.ix_(x, x)], mean[x] = given.cov, given.mean
    return WeightedMoments(
        cov, mean, group.n - 1.0, values, weights, vector=moments.vector, gamma=gamma, ordinal=moments
    )


def coded(answers: Floats, data: Dataset) -> Floats:
    """Answers with ordered variables as categories 0, 1, ...; shape (n, p)."""
    values = answers.copy()
    for k, name in enumerate(data.names):
        if name in data.categories:
            seen = ~np.isnan(values[:, k])
            values[seen, k] = np.searchsorted(np.array(data.categories[name]), values[seen, k])
    return values


def _check_pairs(values: Floats, names: list[str], label: str) -> None:
    """Refuse pairs of variables that (almost) nobody answered together."""
    seen = (~np.isnan(values)).astype(np.float64)
    together = np.tril(seen.T @ seen < 3.0, -1)
    where = f" in group {label}" if label else ""
    if together.any():
        raise DataError.from_problems(
            Problem(
                f"variables {names[j]} and {names[i]}",
                f"fewer than three people answered both{where}",
                "Leave one of them out",
                "no-common-answers",
            )
            for i, j in np.argwhere(together)
        )


def _check_categories(data: Dataset) -> None:
    """Refuse categories that nobody chose in one of the groups: they have no threshold there."""
    problems = []
    for group in data.groups:
        for k, name in enumerate(data.names):
            if name not in data.categories:
                continue
            if len(data.categories[name]) > MOST_CATEGORIES:
                cause = (
                    f"has {len(data.categories[name])} different answers, too many for an ordered variable"
                )
                problems.append(
                    Problem(f"variable {name}", cause, "Take it out of ordered=", "too-many-categories")
                )
                continue
            absent = set(data.categories[name]) - set(np.unique(group.answers[:, k]))
            if absent:
                which = ", ".join(f"{value:g}" for value in sorted(absent))
                cause = f"nobody in group {group.label} chose {which}"
                cure = "Join this category with its neighbour in all groups"
                problems.append(Problem(f"variable {name}", cause, cure, "empty-category"))
    if problems:
        raise DataError.from_problems(dict.fromkeys(problems))


def weighted_discrepancy(sample: SampleMoments, options: FitOptions, model: Model) -> WeightedLeastSquares:
    """Weigh the moments as the estimator says.

    Parameters
    ----------
    sample : SampleMoments
        From `weighted_sample`.
    options : FitOptions
        Names the estimator.

    Raises
    ------
    EstimationError
        If WLS has fewer respondents than moments.
    """
    groups = []
    for moments, structure in zip(sample.groups, moment_structures(model), strict=True):
        assert isinstance(moments, WeightedMoments)
        weight = _weight(moments, options)
        if options.discrepancy == "DWLS" and options.standard_errors == "robust_sem_nt":
            # As in lavaan 0.7: what errors presume of the answers, weights presume too.
            normal = WeightedGroup(moments.vector, weight, moments.gamma, moments.n + 1.0, structure)
            weight = 1.0 / np.diagonal(normal.normal_gamma())
        groups.append(WeightedGroup(moments.vector, weight, moments.gamma, moments.n + 1.0, structure))
    return WeightedLeastSquares(tuple(groups), counts_covariates=options.lavaan == "0.6")


def _weight(moments: WeightedMoments, options: FitOptions) -> Floats:
    q = moments.vector.size
    if options.discrepancy == "ULS":
        return np.ones(q)
    if options.discrepancy == "DWLS":
        return 1.0 / moments.gamma.diagonal
    if moments.gamma.factor.shape[0] < q or np.linalg.cond(moments.gamma.factor) > 1e10:
        raise EstimationError(
            f"the weight matrix of {q} moments cannot be inverted with {moments.n + 1:.0f} respondents",
            place="option estimator",
            cure='Use estimator="WLSMV"' if options.ordered else 'Use estimator="MLR"',
            code="singular-weight-matrix",
        )
    inverse = np.asarray(np.linalg.inv(moments.gamma.full), dtype=np.float64)
    symmetric: Floats = (inverse + inverse.T) / 2.0
    return symmetric


def sample_warnings(
    sample: SampleMoments, data: Dataset, table: ParameterTable, ordered: tuple[str, ...]
) -> tuple[str, ...]:
    """Say which correlations of ordered variables, or moments of incomplete data, rest on little.

    Parameters
    ----------
    sample : SampleMoments
        From any estimator; of complete continuous data there is nothing to say.
    data : Dataset
        Names of groups.
    table : ParameterTable
        Which covariates are fixed.
    ordered : tuple of str
        Variables declared ordered.

    Returns
    -------
    tuple of str
        One sentence a group and kind of problem.
    """
    if isinstance(sample, IncompleteMoments):
        return sample.messages(data.names, data.labels)
    fixed = {row.lhs for row in table.rows if row.exogenous}
    names = [name for name in data.names if name not in fixed]
    found = [
        f"the covariate {name} enters as a number: its categories are not used as ordered ones"
        for name in ordered
        if name in table.variables.observed and name not in table.variables.ordered
    ]
    for moments, group in zip(sample.groups, data.groups, strict=True):
        if not isinstance(moments, WeightedMoments) or moments.ordinal is None:
            continue
        where = f" in group {group.label}" if group.label else ""
        ordinal = moments.ordinal
        kinds = (
            (
                ordinal.empty_cells,
                EMPTY_CELLS,
                "answers to {} leave cells of their table empty: their correlations are less certain",
            ),
            (ordinal.at_bound, "", "answers to {} agree perfectly: their correlations ran to the bound"),
            (ordinal.unsolved, "", "correlations of {} did not converge"),
            (
                _undetermined(moments),
                "",
                "answers to {} say no more of their correlations than the sign: standard errors that rest on "
                "them are not to be trusted",
            ),
        )
        found += [
            Message(text.format(_listed(pairs, names)) + where, code) for pairs, code, text in kinds if pairs
        ]
        if np.linalg.eigvalsh(ordinal.correlations).min() <= 1e-8:
            found.append(f"the matrix of polychoric correlations is not positive definite{where}")
    return tuple(found)


def _undetermined(moments: WeightedMoments) -> tuple[tuple[int, int], ...]:
    """Find pairs with a flat likelihood: an empty corner lets the correlation rise for nothing."""
    ordinal = moments.ordinal
    assert ordinal is not None
    rows, columns = below_diagonal(ordinal.ordered.size)
    variances = moments.gamma.diagonal[moments.vector.size - rows.size :]
    flat = (variances > FLAT) & ordinal.ordered[rows] & ordinal.ordered[columns]
    return tuple((int(i), int(j)) for i, j in zip(rows[flat], columns[flat], strict=True))


def _listed(pairs: tuple[tuple[int, int], ...], names: list[str], most: int = 5) -> str:
    """Name the first few pairs and count the rest."""
    shown = ", ".join(f"{names[min(pair)]} and {names[max(pair)]}" for pair in pairs[:most])
    return shown if len(pairs) <= most else f"{shown} and {len(pairs) - most} other pairs"
