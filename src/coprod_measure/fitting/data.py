"""From a data frame or given moments to the arrays that the engine takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.answer_codes import codes_among_numbers
from coprod_measure.codes_as_text import texts_of_codes
from coprod_measure.errors import DataError, Problem, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.columns import check_columns, numbers, with_products
from coprod_measure.fitting.options import FitOptions
from coprod_measure.frames import data_frame, refuse_magnitudes
from coprod_measure.notebook import Shown
from coprod_measure.provenance import sha256_of_bytes


@dataclass(frozen=True, slots=True, repr=False)
class Moments(Shown):
    """Moments in the place of raw data.

    Attributes
    ----------
    cov : pandas.DataFrame
        Covariance matrix with divisor n - 1, variables as index and columns.
    n : int
        Number of respondents.
    means : pandas.Series or sequence of float, optional
        Means by variable.
    """

    cov: pd.DataFrame
    n: int
    means: pd.Series | Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class GroupData:
    """Rows of one group that can be analysed.

    Attributes
    ----------
    label : str
        Value of the grouping column.
    answers : (n, p) float
        NaN where missing; empty when only moments are known.
    cov, mean : float arrays or None
        Given moments (divisor n - 1).
    n : int
        Respondents.
    weights : (n,) float or None
    clusters : (n,) int or None
    index : (n,) or None
        Labels of the rows in the frame.
    """

    label: str
    answers: Floats
    cov: Floats | None
    mean: Floats | None
    n: int
    weights: Floats | None = None
    clusters: np.ndarray | None = None
    index: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data as the model needs them.

    Attributes
    ----------
    names : tuple of str
        Columns of every group's ``answers``.
    groups : tuple of GroupData
        In order of first appearance.
    categories : dict
        Ordered variable to its sorted values.
    sha256 : str
        Hash of the columns used.
    messages : tuple of str
        What was left out.
    cluster_names : tuple
        Values of the cluster column, by the numbers of ``clusters``.
    products : tuple of str
        Columns ``x:z`` that were made.
    """

    names: tuple[str, ...]
    groups: tuple[GroupData, ...]
    categories: dict[str, tuple[float, ...]]
    sha256: str
    messages: tuple[str, ...]
    cluster_names: tuple[object, ...] = ()
    products: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Respondents in all groups."""
        return sum(group.n for group in self.groups)

    @property
    def labels(self) -> tuple[str, ...]:
        """Values of the grouping column, in the order of the group numbers."""
        return tuple(group.label for group in self.groups)

    @property
    def summarised(self) -> bool:
        """Whether moments stand in the place of answers."""
        return any(group.cov is not None for group in self.groups)

    def same_as(self, other: Dataset) -> bool:
        """Whether both hold the same answers of the same respondents, in whatever order of variables."""
        if set(self.names) != set(other.names) or len(self.groups) != len(other.groups):
            return False
        order = [other.names.index(name) for name in self.names]
        return all(_same(own, theirs, order) for own, theirs in zip(self.groups, other.groups, strict=True))


def _same(own: GroupData, theirs: GroupData, order: list[int]) -> bool:
    if own.n != theirs.n or (own.cov is None) != (theirs.cov is None):
        return False
    if (own.weights is None) != (theirs.weights is None) or not np.array_equal(
        0.0 if own.weights is None else own.weights, 0.0 if theirs.weights is None else theirs.weights
    ):
        return False
    if own.cov is not None and theirs.cov is not None:
        return np.array_equal(own.cov, theirs.cov[np.ix_(order, order)])
    return own.answers.shape == theirs.answers.shape and np.array_equal(
        own.answers, theirs.answers[:, order], equal_nan=True
    )


def read_data(
    data: object,
    names: tuple[str, ...],
    options: FitOptions,
    ordered: tuple[str, ...],
    needed: tuple[str, ...] = (),
) -> Dataset:
    """Check data and bring them into the model's order.

    Parameters
    ----------
    data : pandas.DataFrame or Moments
        The data.
    names : tuple of str
        Observed variables of the model.
    options : FitOptions
        Group, cluster, weights, missing.
    ordered : tuple of str
        Ordered variables.
    needed : tuple of str
        Variables that each respondent must have answered, however else missing answers are handled.

    Raises
    ------
    DataError
        Every problem at once: unknown variables, text, infinite values, constants, groups too small.
    """
    if not names:
        cure = "Write what is measured: factor =~ item1 + item2 + item3"
        raise DataError(
            "the model has no observed variable", place="model", cure=cure, code="nothing-observed"
        )
    if isinstance(data, Moments):
        return _from_moments(data, names, options)
    whole = data_frame(data, " or cm.Moments")
    extra = [name for name in (options.group, options.cluster, options.weights) if name]
    frame = with_products(whole, names)
    check_columns(frame, list(dict.fromkeys((*names, *extra, *options.ordered))))
    values = numbers(frame, names)
    refuse_magnitudes(values, names)
    groups = _groups(frame, options)
    must = np.asarray(np.isnan(values[:, [names.index(name) for name in needed]]).any(axis=1))
    kept, messages = _complete_rows(values, groups, frame, options, must)
    messages = (*codes_among_numbers(values, names, ordered), *messages)
    order = list(dict.fromkeys(groups[kept].tolist()))
    weights = _weights(frame, options, [kept & (groups == label) for label in order])
    clusters, cluster_names = pd.factorize(frame[options.cluster]) if options.cluster else (None, ())
    found = []
    for label in order:
        rows = kept & (groups == label)
        found.append(
            GroupData(
                label,
                values if rows.all() else values[rows],
                None,
                None,
                int(rows.sum()),
                None if weights is None else weights[rows],
                None if clusters is None else clusters[rows],
                frame.index.to_numpy()[rows],
            )
        )
    _check_groups(found, names, ordered)
    categories = _categories(values[kept], names, ordered)
    digest = sha256_of_bytes(np.ascontiguousarray(values).tobytes() + "|".join(map(str, groups)).encode())
    made = tuple(name for name in names if name not in whole.columns)
    return Dataset(names, tuple(found), categories, digest, messages, tuple(cluster_names), made)


def _from_moments(data: Moments, names: tuple[str, ...], options: FitOptions) -> Dataset:
    if options.group or options.cluster or options.weights or options.ordered or options.incomplete:
        raise DataError(
            "groups, clusters, weights, ordered variables and FIML need raw data",
            place="moments",
            cure="Hand over a data frame",
            code="moments-only",
        )
    robust = options.standard_errors not in ("standard", "robust_sem_nt", "none")
    if robust or options.test_statistic not in ("standard", "browne_residual_nt", "none"):
        raise DataError(
            f"{options.name} with these errors and tests needs raw data",
            place="moments",
            cure='Use estimator="ML", or hand over a data frame',
            code="moments-only",
        )
    _check_moments(data, names)
    check_columns(data.cov, list(names))
    cov = data.cov.loc[list(names), list(names)].to_numpy(float)
    if not np.isfinite(cov).all() or not np.allclose(cov, cov.T, atol=1e-8):
        raise DataError(
            "the covariance matrix is not symmetric and finite", place="moments", cure="Check its cells"
        )
    mean = None
    if data.means is not None:
        series = (
            data.means if isinstance(data.means, pd.Series) else pd.Series(data.means, index=data.cov.columns)
        )
        mean = series.loc[list(names)].to_numpy(float)
    digest = sha256_of_bytes(np.ascontiguousarray(cov).tobytes() + str(data.n).encode())
    group = GroupData("", np.empty((0, len(names))), cov, mean, int(data.n))
    return Dataset(names, (group,), {}, digest, ())


def _check_moments(data: Moments, names: tuple[str, ...]) -> None:
    """Refuse moments that are no labelled matrix, no sample size, or not as many means."""
    cause, cure = "", ""
    if not isinstance(data.cov, pd.DataFrame):
        cause, cure = (
            f"cov is a {type(data.cov).__name__}",
            "Give a DataFrame with variables as index too",
        )
    elif data.cov.index.tolist() != data.cov.columns.tolist():
        cause, cure = "rows and columns of cov have other names", "Give the variables as index and columns"
    elif isinstance(data.n, bool) or not isinstance(data.n, int | np.integer) or data.n < 1:
        cause, cure = f"n is {data.n!r}", "Give the number of respondents"
    elif data.n <= len(names):
        cause, cure = f"n = {data.n} respondents for {len(names)} variables", "Collect more answers"
    elif isinstance(data.means, pd.Series):
        absent = [name for name in names if name not in data.means.index]
        cause, cure = f"means has no {', '.join(absent)}" if absent else "", "Give a mean for every variable"
    elif data.means is not None and len(data.means) != len(data.cov):
        cause, cure = f"{len(data.means)} means for {len(data.cov)} variables", "Give one for each"
    if cause:
        raise DataError(cause, place="moments", cure=cure, code="bad-moments")


def _categories(
    values: Floats, names: tuple[str, ...], ordered: tuple[str, ...]
) -> dict[str, tuple[float, ...]]:
    known = {name: values[~np.isnan(values[:, k]), k] for k, name in enumerate(names) if name in ordered}
    return {name: tuple(np.unique(own).tolist()) for name, own in known.items()}


def _groups(frame: pd.DataFrame, options: FitOptions) -> np.ndarray:
    if options.group is None:
        return np.full(len(frame), "", dtype=object)
    return texts_of_codes(frame[options.group])


def _weights(frame: pd.DataFrame, options: FitOptions, groups: list[np.ndarray]) -> Floats | None:
    if options.weights is None:
        return None
    weights: Floats = np.array(frame[options.weights], dtype=np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise DataError(
            "weights must be finite and not negative",
            place=f"variable {options.weights}",
            cure="Correct them, or drop these respondents",
            code="bad-weights",
        )
    if options.lavaan != "0.6":
        # As in Mplus and lavaan 0.7: each group counts by its respondents.
        for rows in groups:
            weights[rows] /= weights[rows].mean()
    return weights


def _complete_rows(
    values: Floats, groups: np.ndarray, frame: pd.DataFrame, options: FitOptions, without: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    messages = []
    grouped = np.array([label is not None for label in groups], dtype=bool)
    if not grouped.all():
        alone = int((~grouped).sum())
        messages.append(
            f"{counted(alone, 'respondent')} without a group {'was' if alone == 1 else 'were'} left out"
        )
    missing = np.isnan(values)
    answered = ~missing.any(axis=1) if options.missing == "listwise" else ~missing.all(axis=1)
    if options.cluster:
        answered &= frame[options.cluster].notna().to_numpy()
    lost = int((grouped & ~answered).sum())
    if lost:
        what = "incomplete" if options.missing == "listwise" else "empty"
        messages.append(
            f"{lost} of {counted(len(values), 'respondent')} "
            f"{'was' if lost == 1 else 'were'} left out because their answers are {what}"
        )
    bare = int((grouped & answered & without).sum())
    if bare:
        messages.append(
            f"{counted(bare, 'respondent was', 'respondents were')} "
            "left out because a fixed covariate is missing"
        )
    kept = grouped & answered & ~without
    if not kept.any():
        cause, cure = "no respondent is left", "Drop variables that few answered"
        if not len(values):
            cause, cure = (
                "no respondent: there are no rows",
                "Look whether the file is complete, or a filter left nothing",
            )
        elif options.missing == "listwise":
            cure = f'Use missing="fiml", or {cure[0].lower()}{cure[1:]}'
        raise DataError(cause, place="data", cure=cure, code="no-data")
    return kept, tuple(messages)


def _check_groups(groups: list[GroupData], names: tuple[str, ...], ordered: tuple[str, ...]) -> None:
    problems = []
    for group in groups:
        where = f" in group {group.label}" if group.label else ""
        if group.clusters is not None and len(np.unique(group.clusters)) < 2:
            cure = "Drop cluster=, or name another column"
            problems.append(Problem(f"clusters{where}", "there is only one cluster", cure, "too-few"))
        if group.n < 2:
            cause = f"only {group.n} respondent is left who answered what the model needs"
            cure = "Merge or drop this group" if where else "Collect more answers, or drop what few answered"
            problems.append(Problem(f"data{where}", cause, cure, "too-few"))
            continue
        # Among a handful of people some variables never vary: what is wrong then is their number.
        if group.cov is None and group.n <= len(names) and (np.nanstd(group.answers, axis=0) == 0).any():
            cause = f"only {counted(group.n, 'respondent')} for {counted(len(names), 'variable')}"
            cure = "Collect more answers, or look whether the file is complete"
            problems.append(Problem(f"data{where}", cause, cure, "too-few"))
            continue
        low, high = np.fmin.reduce(group.answers, axis=0), np.fmax.reduce(group.answers, axis=0)
        for k in np.flatnonzero(~(low < high)).tolist():
            name = names[k]
            if np.isnan(low[k]):
                problems.append(Problem(f"variable {name}", f"has no answers{where}", "Drop it", "empty"))
            else:
                cure = "Drop it, or merge groups" if where else "Drop it from the model"
                problems.append(Problem(f"variable {name}", f"is constant{where}", cure, "constant"))
    if problems:
        raise DataError.from_problems(problems)
