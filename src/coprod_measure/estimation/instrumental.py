"""Model-implied instruments and two-stage least squares: every equation of a model by itself.

A latent variable is replaced by its marker less the marker's error. What an equation then lacks is regressors
that are uncorrelated with its composite error: any observed variable of which the model says so serves
as an instrument (Bollen 1996; Bollen & Bauer 2004).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable

_SEEDS = (1, 2)
"""Two draws of generic parameter values: what is zero in both is zero by the model, not by chance."""
_ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation between observed variables.

    Attributes
    ----------
    rows : tuple of Parameter
        The coefficients to be estimated: of a loading ``lhs`` is the latent variable.
    outcome : str
        The observed variable that stands for the dependent one.
    regressors : tuple of str
        Observed variables that stand for the causes, in the order of ``rows``.
    instruments : tuple of str
        Observed variables that the model says to be uncorrelated with its error.
    """

    rows: tuple[Parameter, ...]
    outcome: str
    regressors: tuple[str, ...]
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Estimates of one equation.

    Attributes
    ----------
    coefficients, se : (k,) float
    sargan : float
        Test of the instruments that are more than needed; NaN where ``df`` is 0.
    df : int
    pvalue : float
    weakest : float
        Smallest F of the first stage over the regressors that are no instruments themselves; inf if all are.
    """

    coefficients: Floats
    se: Floats
    sargan: float
    df: int
    pvalue: float
    weakest: float


def equations(table: ParameterTable) -> tuple[Equation, ...]:
    """Write the equations of a model of one group and find the instruments of each.

    Raises
    ------
    ModelError
        If a latent variable has no marker, or a coefficient is fixed or shared.
    """
    directed = [row for row in table.rows if row.op in ("=~", "~") and row.group in (0, 1)]
    observed = table.variables.observed
    names = (*observed, *table.variables.latent)
    markers = {row.lhs: row.rhs for row in reversed(directed) if _marks(row, directed)}
    unmarked = [name for name in table.variables.latent if name not in markers]
    if unmarked:
        cure = "Fix the loading of one item at 1 that has no other cause"
        raise ModelError("has no marker item", place=f"latent {', '.join(unmarked)}", cure=cure)
    place = {name: k for k, name in enumerate(names)}
    generic = [_generic(table.rows, place, seed) for seed in _SEEDS]
    found: dict[str, list[Parameter]] = {}
    for row in directed:
        if not _marks(row, directed) or markers[row.lhs] != row.rhs:
            found.setdefault(_effect(row), []).append(row)
    made = []
    for effect, rows in found.items():
        _refuse_restricted(rows, directed)
        causes = [_cause(row) for row in rows]
        instruments = _instruments(effect, causes, markers, place, generic, observed)
        regressors = tuple(_manifest(cause, markers) for cause in causes)
        made.append(Equation(tuple(rows), _manifest(effect, markers), regressors, instruments))
    return tuple(made)


def two_stage(cov: Floats, names: tuple[str, ...], equation: Equation, n: int) -> TwoStage | None:
    r"""Estimate an equation by two-stage least squares with a constant.

    :math:`\hat b = (S_{xz} S_{zz}^{-1} S_{zx})^{-1} S_{xz} S_{zz}^{-1} S_{zy}`; errors divide by
    :math:`n - k - 1`. Sargan's test (1958): what the instruments explain of the residuals, by their variance
    with the same divisor, as in lavaan.

    Parameters
    ----------
    cov : (p, p) float
        Sample covariances of ``names``, any divisor.
    n : int

    Returns
    -------
    TwoStage or None
        None where the instruments are too few, or tell the regressors apart in no way.
    """
    at = [names.index(name) for name in equation.regressors]
    z = [names.index(name) for name in equation.instruments]
    y, k = names.index(equation.outcome), len(at)
    if len(z) < k:
        return None
    projected = np.linalg.solve(cov[np.ix_(z, z)], cov[np.ix_(z, [*at, y])])
    a = cov[np.ix_(at, z)] @ projected[:, :k]
    if np.linalg.matrix_rank(a) < k:
        return None
    b = np.linalg.solve(a, cov[np.ix_(at, z)] @ projected[:, k])
    variance = cov[y, y] - 2.0 * b @ cov[at, y] + b @ cov[np.ix_(at, at)] @ b
    se = np.sqrt(np.diag(np.linalg.inv(a)) * variance / (n - k - 1))
    left = cov[z, y] - cov[np.ix_(z, at)] @ b
    df = len(z) - k
    explained = left @ np.linalg.solve(cov[np.ix_(z, z)], left)
    sargan = float((n - k - 1) * explained / variance) if df else np.nan
    weakest = np.inf
    for j, column in enumerate(at):
        if column not in z:
            r2 = cov[column, z] @ projected[:, j] / cov[column, column]
            weakest = min(weakest, r2 / len(z) / ((1.0 - r2) / (n - len(z) - 1)))
    return TwoStage(b, se, sargan, df, float(chi2.sf(sargan, df)) if df else np.nan, float(weakest))


def _effect(row: Parameter) -> str:
    return row.rhs if row.op == "=~" else row.lhs


def _cause(row: Parameter) -> str:
    return row.lhs if row.op == "=~" else row.rhs


def _marks(row: Parameter, directed: Iterable[Parameter]) -> bool:
    """Whether an item with a loading of 1 depends on its latent variable alone."""
    alone = sum(_effect(other) == row.rhs for other in directed) == 1
    return row.op == "=~" and not row.free and row.value == 1.0 and alone


def _manifest(name: str, markers: dict[str, str]) -> str:
    while name in markers:
        name = markers[name]
    return name


def _refuse_restricted(rows: list[Parameter], directed: list[Parameter]) -> None:
    keys = [row.key for row in directed if row.key and row.free]
    for row in rows:
        if not row.free or keys.count(row.key) > 1:
            cause = "is fixed or shared: equations are estimated one by one"
            cure = "Leave its value or label out, or use cm.sem"
            raise ModelError(cause, place=row.place or f"parameter {row.name}", cure=cure)


def _generic(rows: Iterable[Parameter], place: dict[str, int], seed: int) -> tuple[Floats, Floats]:
    """Draw paths and covariances of the errors at which nothing is zero by chance."""
    rng = np.random.default_rng(seed)
    size = len(place)
    paths, errors = np.zeros((size, size)), np.zeros((size, size))
    for row in rows:
        if row.group not in (0, 1) or row.lhs not in place or row.rhs not in place:
            continue
        drawn = rng.uniform(0.3, 0.9)
        if row.op in ("=~", "~"):
            paths[place[_effect(row)], place[_cause(row)]] = drawn if row.free else row.value
        elif row.op == "~~":
            i, j = place[row.lhs], place[row.rhs]
            free = row.free or row.exogenous
            value = (2.0 + drawn if i == j else 0.3 * drawn) if free else row.value
            errors[i, j] = errors[j, i] = value
    return paths, errors


def _instruments(
    effect: str,
    causes: list[str],
    markers: dict[str, str],
    place: dict[str, int],
    generic: list[tuple[Floats, Floats]],
    observed: tuple[str, ...],
) -> tuple[str, ...]:
    free, useful = np.ones(len(observed), dtype=bool), np.zeros(len(observed), dtype=bool)
    at = [place[name] for name in observed]
    for paths, errors in generic:
        total = np.linalg.inv(np.eye(len(place)) - paths)
        with_all = errors @ total.T
        # The composite error: that of the effect, its marker's, and those of the causes' markers.
        own = np.zeros(len(place))
        own[place[effect]] = 1.0
        own += _marker_errors(effect, markers, place)
        for cause in causes:
            own -= paths[place[effect], place[cause]] * _marker_errors(cause, markers, place)
        free &= np.abs((own @ with_all)[at]) < _ZERO
        covariances = total @ errors @ total.T
        regressors = [place[_manifest(cause, markers)] for cause in causes]
        useful |= (np.abs(covariances[np.ix_(at, regressors)]) > _ZERO).any(axis=1)
    outcome = _manifest(effect, markers)
    return tuple(
        name
        for name, can, does in zip(observed, free, useful, strict=True)
        if can and does and name != outcome
    )


def _marker_errors(name: str, markers: dict[str, str], place: dict[str, int]) -> Floats:
    found = np.zeros(len(place))
    while name in markers:
        name = markers[name]
        found[place[name]] += 1.0
    return found
