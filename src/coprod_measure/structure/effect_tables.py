"""Effects of all pairs that hypotheses name, by every route, and what each equation explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from coprod_measure.structure.averages import wald_p
from coprod_measure.structure.effects import (
    StructuralDraws,
    StructuralEstimates,
    percentile_interval,
    two_sided_p,
)

EFFECT_COLUMNS = (
    "source", "target", "effect", "via", "estimate", "se", "ci_lower", "ci_upper", "pvalue", "std",
    "std_ci_lower", "std_ci_upper", "mediation",
)  # fmt: skip
PREDICTOR_COLUMNS = ("outcome", "predictor", "f2", "delta_r2", "vif")
EXPLAINED_COLUMNS = ("outcome", "r_squared", "ci_lower", "ci_upper")
DIRECT, INDIRECT, TOTAL_INDIRECT, TOTAL = "direct", "indirect", "total indirect", "total"
MOST_ROUTES = 25
"""Routes of one pair that are told one by one: the largest; all of them are in the totals."""


def effects_table(
    drawn: StructuralDraws, pairs: Iterable[tuple[str, str]], level: float = 0.05
) -> pd.DataFrame:
    """Compute what each cause does to each effect, along every route.

    Parameters
    ----------
    drawn : StructuralDraws
        From :func:`.effects.draw_structure`; the model has no circle.
    pairs : iterable of (str, str)
        Cause and effect.
    level : float
        Significance level behind ``mediation``.

    Returns
    -------
    pandas.DataFrame
        One row an effect (:data:`EFFECT_COLUMNS`): ``via`` holds the mediators in order. Intervals are 95 %
        percentiles of the draws; a direct effect has Wald's p, others that of the draws. ``mediation``, of
        each route and of all together: ``"complementary"``, ``"competitive"``, ``"indirect-only"``,
        ``"direct-only"`` or ``"none"``.

    Notes
    -----
    Types of mediation: Zhao, Lynch and Chen (2010), Journal of Consumer Research 37, 197-206. Total effects
    are sums over all routes (Bollen 1987, Sociological Methodology 17, 37-69).
    """
    rows: list[tuple[object, ...]] = []
    for source, target in dict.fromkeys(pairs):
        rows += _of_pair(drawn, source, target, level)
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def _of_pair(drawn: StructuralDraws, source: str, target: str, level: float) -> list[tuple[object, ...]]:
    found = list(_routes(drawn, source, target))
    longer = [route for route in found if len(route) > 2]
    direct = next((route for route in found if len(route) == 2), None)
    rows = []
    slope, slope_p = 0.0, 1.0
    if direct is not None:
        both = _product(drawn, direct)
        se = float(drawn.beta_se[drawn.names.index(target), drawn.names.index(source)])
        slope = float(both[0][0])
        slope_p = wald_p(slope, se)
        rows.append(_row(source, target, DIRECT, (), both, se, slope_p, ""))
    if longer:
        products = [(route, _product(drawn, route)) for route in longer]
        strongest = sorted(products, key=lambda one: -abs(one[1][1][0]))[:MOST_ROUTES]
        kept = [one for one in products if any(one is other for other in strongest)]
        sums = tuple(np.sum([both[k] for _, both in products], axis=0) for k in (0, 1))
        told = [(INDIRECT, route[1:-1], both) for route, both in kept]
        for effect, via, both in [*told, *([(TOTAL_INDIRECT, (), sums)] if len(longer) > 1 else [])]:
            p = two_sided_p(both[0][1:])
            kind = mediation_type(float(both[0][0]), p, slope, slope_p, level)
            rows.append(_row(source, target, effect, via, both, float(np.std(both[0][1:], ddof=1)), p, kind))
        total = (
            (sums[0] + _product(drawn, direct)[0], sums[1] + _product(drawn, direct)[1]) if direct else sums
        )
        se = float(np.std(total[0][1:], ddof=1))
        rows.append(_row(source, target, TOTAL, (), total, se, two_sided_p(total[0][1:]), ""))
    return rows


def mediation_type(indirect: float, indirect_p: float, direct: float, direct_p: float, level: float) -> str:
    """Name the type of mediation by Zhao, Lynch and Chen (2010, figure 2).

    Examples
    --------
    >>> mediation_type(0.2, 0.01, 0.3, 0.02, 0.05), mediation_type(0.2, 0.01, -0.3, 0.02, 0.05)
    ('complementary', 'competitive')
    >>> mediation_type(0.2, 0.01, 0.1, 0.4, 0.05), mediation_type(0.0, 0.9, 0.3, 0.01, 0.05)
    ('indirect-only', 'direct-only')
    """
    if indirect_p < level and direct_p < level:
        return "complementary" if indirect * direct > 0 else "competitive"
    if indirect_p < level:
        return "indirect-only"
    return "direct-only" if direct_p < level else "none"


def _row(
    source: str,
    target: str,
    effect: str,
    via: tuple[str, ...],
    both: tuple[np.ndarray, np.ndarray],
    se: float,
    pvalue: float,
    mediation: str,
) -> tuple[object, ...]:
    raw, std = both
    return (
        source, target, effect, via, float(raw[0]), se, *percentile_interval(raw[1:]), pvalue, float(std[0]),
        *percentile_interval(std[1:]), mediation,
    )  # fmt: skip


def _routes(drawn: StructuralDraws, source: str, target: str) -> Iterator[tuple[str, ...]]:
    """Every way from cause to effect, short ones first."""
    reaches = _leading_to(drawn, target)
    waiting: list[tuple[str, ...]] = [(source,)]
    while waiting:
        longer: list[tuple[str, ...]] = []
        for route in waiting:
            at = drawn.names.index(route[-1])
            for k in np.flatnonzero(drawn.column[:, at] >= 0):
                name = drawn.names[k]
                if name == target:
                    yield (*route, name)
                elif name in reaches:
                    longer.append((*route, name))
        waiting = longer


def _leading_to(drawn: StructuralDraws, target: str) -> set[str]:
    found = {target}
    while True:
        causes = {
            drawn.names[j]
            for name in found
            for j in np.flatnonzero(drawn.column[drawn.names.index(name)] >= 0)
        }
        if causes <= found:
            return found - {target}
        found |= causes


def _product(drawn: StructuralDraws, route: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    columns = [
        drawn.column[drawn.names.index(after), drawn.names.index(before)] for before, after in pairwise(route)
    ]
    return drawn.beta[:, columns].prod(axis=1), drawn.std_beta[:, columns].prod(axis=1)


def explained_table(drawn: StructuralDraws) -> pd.DataFrame:
    """Give the R2 of every outcome with a 95 % percentile interval of the draws (:data:`EXPLAINED_COLUMNS`).

    NaN where the residual variance is negative.
    """
    rows = []
    for k in np.flatnonzero((drawn.column >= 0).any(axis=1)):
        own = drawn.r_squared[:, k]
        told = (float(own[0]), *percentile_interval(own[1:])) if own[0] <= 1.0 else (np.nan,) * 3
        rows.append((drawn.names[k], *told))
    return pd.DataFrame(rows, columns=list(EXPLAINED_COLUMNS))


def predictors_table(estimates: StructuralEstimates) -> pd.DataFrame:
    """Compute what each predictor adds to its equation, and how much it shares with the others.

    Returns
    -------
    pandas.DataFrame
        One row a path (:data:`PREDICTOR_COLUMNS`), from the covariances that the model implies: ``delta_r2``
        is the R2 lost without the predictor, ``f2`` that over the unexplained share (Cohen 1988, Statistical
        power analysis, ch. 9), NaN where nothing is left unexplained; ``vif`` is 1 / (1 - R2) of the
        predictor given the others.
    """
    inverse = np.linalg.inv(np.eye(len(estimates.names)) - estimates.beta)
    sigma = inverse @ estimates.psi @ inverse.T
    free = (estimates.beta != 0.0) | (estimates.beta_parameter >= 0)
    rows = []
    for y in map(int, np.flatnonzero(free.any(axis=1))):
        causes = [int(k) for k in np.flatnonzero(free[y])]
        whole = _share(sigma, y, causes)
        vif = np.diagonal(np.linalg.inv(_correlations(sigma, causes)))
        for k, cause in enumerate(causes):
            lost = whole - _share(sigma, y, [one for one in causes if one != cause])
            names = estimates.names[y], estimates.names[cause]
            f2 = lost / (1.0 - whole) if whole < 1.0 else np.nan
            rows.append((*names, float(f2), float(lost), float(vif[k])))
    return pd.DataFrame(rows, columns=list(PREDICTOR_COLUMNS))


def _share(sigma: np.ndarray, y: int, causes: Sequence[int]) -> float:
    if not causes:
        return 0.0
    across = sigma[causes, y]
    return float(across @ np.linalg.solve(sigma[np.ix_(causes, causes)], across) / sigma[y, y])


def _correlations(sigma: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    own = sigma[np.ix_(chosen, chosen)]
    with np.errstate(invalid="ignore"):  # an inadmissible solution may imply a negative variance
        sd = np.sqrt(np.diagonal(own))
    return np.asarray(own / np.outer(sd, sd))
