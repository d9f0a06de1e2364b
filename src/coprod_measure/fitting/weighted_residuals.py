"""Residuals and scores of models for ordered variables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedGroup, WeightedLeastSquares
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal
from coprod_measure.estimation.sample.ordinal_scores import Indicators, modal_scores
from coprod_measure.estimation.solution.estimate import Solution

KINDS = ("raw", "correlation", "normalized", "standardized")


def weighted_residual_frame(
    solution: Solution, discrepancy: WeightedLeastSquares, kind: str, inverse: Floats | None
) -> pd.DataFrame:
    """List the residuals of thresholds, means, slopes, variances and covariances.

    Parameters
    ----------
    solution : Solution
        The estimates.
    discrepancy : WeightedLeastSquares
        Its discrepancy.
    kind : str
        ``"raw"``: sample minus implied. ``"correlation"``: over the sample standard deviations of continuous
        variables. ``"normalized"``: raw over the standard error of the sample moment. ``"standardized"``: raw
        over the standard error of the residual, the diagonal of Q Gamma Q', Q = I - Delta E^-1 Delta' W.
    inverse : (q, q) float or None
        Of the information of one observation, for standardised residuals.

    Returns
    -------
    pandas.DataFrame
        ``group lhs op rhs residual``; NaN for a residual that is zero by construction.
    """
    if kind not in KINDS:
        cure = f"Use {', '.join(KINDS)}"
        raise ModelError(f"there are no {kind!r} residuals", place="residuals", cure=cure)
    model, x = solution.model, solution.minimum.x
    frames = []
    for number, (group, residual, jacobian) in enumerate(
        zip(
            discrepancy.groups, discrepancy.residuals(model, x), discrepancy.jacobians(model, x), strict=True
        ),
        1,
    ):
        values = residual
        if kind == "correlation":
            values = residual / _units(group)
        elif kind != "raw":
            factor = group.gamma.factor
            if kind == "standardized" and inverse is not None:
                share = group.n / discrepancy.n
                factor = factor - share * (group.project(jacobian) @ inverse @ jacobian.toarray().T)
            variance = np.einsum("ij,ij->j", factor, factor) / group.n
            usable = variance * group.n > 1e-10
            values = np.where(usable, residual / np.sqrt(np.where(usable, variance, 1.0)), np.nan)
        frames.append(moment_names(group).assign(residual=values, group=number))
    return pd.concat(frames, ignore_index=True)[["group", "lhs", "op", "rhs", "residual"]]


def moment_names(group: WeightedGroup) -> pd.DataFrame:
    """Name the moments of a group, ``lhs op rhs``, in the order of its vector."""
    structure = group.structure
    names = [structure.group.observed[k] for k in structure.endogenous]
    sizes = np.diff(structure.starts)
    rows: list[tuple[str, str, str]] = []
    for name, ordered, size in zip(names, structure.ordered, sizes, strict=True):
        rows += [(name, "|", f"t{k + 1}") for k in range(size)] if ordered else [(name, "~1", "")] * size
    for column in structure.covariates:
        rows += [(name, "~", structure.group.latent[column]) for name in names]
    rows += [
        (name, "~~", name) for name, ordered in zip(names, structure.ordered, strict=True) if not ordered
    ]
    later, earlier = below_diagonal(len(names))
    rows += [(names[j], "~~", names[i]) for i, j in zip(later, earlier, strict=True)]
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs"])


def _units(group: WeightedGroup) -> Floats:
    """Find what each moment is divided by to become that of standardised variables."""
    structure = group.structure
    p = structure.endogenous.size
    tail = p * (p - 1) // 2
    n_variances = int(np.count_nonzero(~structure.ordered))
    sd = np.ones(p)
    sd[~structure.ordered] = np.sqrt(group.vector[-tail - n_variances : group.vector.size - tail])
    rows, columns = below_diagonal(p)
    first = np.repeat(sd, np.diff(structure.starts))
    slopes = np.tile(sd, structure.covariates.size)
    return np.concatenate([first, slopes, sd[~structure.ordered] ** 2, sd[rows] * sd[columns]])


def ordered_scores(solution: Solution, discrepancy: WeightedLeastSquares) -> list[Floats]:
    """Empirical Bayes modal scores of the latent variables, one array a group.

    Parameters
    ----------
    solution : Solution
        The estimates; groups of its sample hold coded answers.
    discrepancy : WeightedLeastSquares
        Its discrepancy.

    Returns
    -------
    list of (n, k) float

    Raises
    ------
    EstimationError
        If an observed variable that is no covariate has an equation of its own.
    """
    model, x = solution.model, solution.minimum.x
    values = model.values(x)
    found = []
    for group, moments, implied in zip(
        discrepancy.groups, solution.sample.groups, model.implied(x), strict=True
    ):
        structure = group.structure
        n_latent = structure.group.n_latent
        doubled = [structure.group.latent[k] for k in range(n_latent, len(structure.group.latent))]
        covariates = [structure.group.latent[column] for column in structure.covariates]
        if set(doubled) - set(covariates):
            raise EstimationError(
                "scores of ordered variables need all observed outcomes to be indicators",
                place="factor_scores",
                cure="Give the observed outcome a latent variable of its own",
                code="scores",
            )
        assert moments.data is not None
        columns = [structure.group.observed.index(name) for name in covariates]
        given = moments.data[:, columns]
        means, covariance = _prior(implied, n_latent, structure.covariates, given)
        indicators = _indicators(group, implied, values, n_latent)
        found.append(modal_scores(indicators, moments.data[:, structure.endogenous], means, covariance))
    return found


def _prior(implied: Implied, n_latent: int, covariates: np.ndarray, given: Floats) -> tuple[Floats, Floats]:
    """Mean (n, k) and covariance of the latent variables given the covariates."""
    psi, alpha = implied.psi.copy(), implied.alpha.copy()
    psi[covariates], psi[:, covariates], alpha[covariates] = 0.0, 0.0, 0.0
    covariance = implied.a @ psi @ implied.a.T
    mean = implied.a @ alpha + given @ implied.a[:, covariates].T
    return mean[:, :n_latent], covariance[:n_latent, :n_latent]


def _indicators(group: WeightedGroup, implied: Implied, values: Floats, n_latent: int) -> Indicators:
    structure = group.structure
    y = structure.endogenous
    tau = structure.group.places["tau"]
    cuts = tuple(values[tau.row[tau.i == k][np.argsort(tau.j[tau.i == k])]] for k in y)
    return Indicators(implied.lam[y][:, :n_latent], implied.nu[y], np.diagonal(implied.theta)[y], cuts)
