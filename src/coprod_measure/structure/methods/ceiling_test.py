"""How large the empty corner would be by chance: permutations of the outcome, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods.ceilings import Corner, ceiling, line_zone

TESTED = ("ce_fdh", "cr_fdh")
_CELLS = 400_000


def permuted_effects(points: Corner, permutations: int, seed: int, names: Sequence[str] = TESTED) -> Floats:
    """Effect sizes of ceilings after shuffling y (Dul, van der Laan and Kuik 2020, ORM 23, 385-395).

    ``names``: of :data:`TESTED`. Those of each ceiling have a stream of their own.
    """
    drawn = {"ce_fdh": _step_effects, "cr_fdh": _line_effects}
    return np.column_stack([drawn[name](points, permutations, seed) for name in names])


def _step_effects(points: Corner, permutations: int, seed: int) -> Floats:
    """Effects of the step ceiling, drawn without shuffling.

    In order of x the step rises where y exceeds all before it. The K people with the highest y stand at
    random among the N places; where the first of them stands, drawn by its distribution, the ceiling reaches
    its top. Those with the next lower y stand at random among the places left, and matter only before it.
    """
    order = np.argsort(points.x, kind="stable")
    levels, members = np.unique(points.x[order], return_counts=True)
    values, counts = np.unique(points.y, return_counts=True)
    # Width of the levels of x that hold nobody from a place on.
    widths = np.append(0.0, np.cumsum(np.append(np.diff(levels), 0.0)))
    places = np.arange(len(order) + 1)
    empty = widths[np.searchsorted(np.cumsum(members), places, side="right")]
    rng = np.random.default_rng(seed)
    first = np.full(permutations, len(order))
    zone = np.full(permutations, ceiling(points, "ce_fdh").zone - _inside(points))
    left = len(order)
    for k in range(len(values) - 1, 0, -1):
        open_ = np.flatnonzero(first > 0)
        if not len(open_):
            break
        # P(the first of K stands at place t or later) = C(N - t, K) / C(N, K).
        t = np.arange(min(int(first[open_].max()), left - counts[k]))
        later = np.exp(np.cumsum(np.log1p(-counts[k] / (left - t))))
        place = len(later) - np.searchsorted(later[::-1], rng.random(len(open_)), side="right")
        first[open_] = np.minimum(first[open_], place)
        zone += (values[k] - values[k - 1]) * empty[first]
        left -= counts[k]
    return zone / points.area


def _line_effects(points: Corner, permutations: int, seed: int) -> Floats:
    """Effects of the line through the peers of the step ceiling."""
    order = np.argsort(points.x, kind="stable")
    x = points.x[order]
    starts = np.flatnonzero(np.append(True, np.diff(x) > 0))
    levels, members = x[starts], np.diff(np.append(starts, len(x)))
    rng = np.random.default_rng(seed)
    found = np.empty(permutations)
    step = max(1, _CELLS // len(x))
    for first in range(0, permutations, step):
        rows = min(step, permutations - first)
        y = rng.permuted(np.tile(points.y, (rows, 1)), axis=1)
        top = np.maximum.reduceat(y, starts, axis=1) if len(starts) < len(x) else y
        roof = np.maximum.accumulate(top, axis=1)
        carries = np.ones(top.shape, dtype=bool)
        carries[:, 1:] = top[:, 1:] > roof[:, :-1]
        copies: Floats = np.ones(1)
        if len(starts) < len(x):
            copies = np.add.reduceat(y == np.repeat(top, members, axis=1), starts, axis=1, dtype=float)
        zone = _regression_zone(points, levels, top, carries * copies, carries.sum(axis=1) > 1)
        found[first : first + rows] = zone / points.area
    return found


def _inside(points: Corner) -> float:
    """Zone of the step ceiling within what was seen."""
    return ceiling(Corner(points.x, points.y, points.seen, False, False), "ce_fdh").zone


def _regression_zone(
    points: Corner, levels: Floats, top: Floats, weight: Floats, rises: np.ndarray
) -> Floats:
    """Zone above the line through the peers of each permutation; 0 with a single peer."""
    total = weight.sum(axis=1)
    mean_x, mean_y = weight @ levels / total, np.einsum("ij,ij->i", weight, top) / total
    centred = levels - levels.mean()
    shift = mean_x - levels.mean()
    sxx = weight @ centred**2 - total * shift**2
    sxy = np.einsum("ij,ij->i", weight * centred, top) - total * shift * mean_y
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(rises, sxy / sxx, np.nan)
    zone = line_zone(slope, mean_y - slope * mean_x, points.scope)
    return np.where(rises, zone, 0.0)


def permutation_p(effects: Floats, observed: float) -> tuple[float, float]:
    """P value and the half width of its 95 % interval (North, Curtis and Sham 2002, AJHG 71, 439-441).

    Parameters
    ----------
    effects : ndarray, shape (permutations,)
        NaN where a permutation has no ceiling.

    Examples
    --------
    >>> permutation_p(np.array([0.1, 0.2, 0.3, 0.4]), 0.3)[0]
    0.6
    """
    usable = effects[np.isfinite(effects)]
    n = len(usable)
    p = max((1 + int(np.sum(usable >= observed - 1e-12))) / (n + 1), 1.0 / n)
    return p, float(1.959963984540054 * np.sqrt(p * (1.0 - p) / n))
