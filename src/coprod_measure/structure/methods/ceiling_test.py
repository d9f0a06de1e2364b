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

    ``names``: of :data:`TESTED`.
    """
    order = np.argsort(points.x, kind="stable")
    x = points.x[order]
    starts = np.flatnonzero(np.append(True, np.diff(x) > 0))
    levels, members = x[starts], np.diff(np.append(starts, len(x)))
    width = np.diff(levels)
    outside = ceiling(points, "ce_fdh").zone - _inside(points)
    rng = np.random.default_rng(seed)
    found = np.empty((permutations, len(names)))
    step = max(1, _CELLS // len(x))
    for first in range(0, permutations, step):
        rows = min(step, permutations - first)
        y = rng.permuted(np.tile(points.y, (rows, 1)), axis=1)
        top = np.maximum.reduceat(y, starts, axis=1) if len(starts) < len(x) else y
        roof = np.maximum.accumulate(top, axis=1)
        for k, name in enumerate(names):
            if name == "ce_fdh":
                zone = (points.y.max() - roof[:, :-1]) @ width + outside
            else:
                carries = np.ones(top.shape, dtype=bool)
                carries[:, 1:] = top[:, 1:] > roof[:, :-1]
                copies: Floats = np.ones(1)
                if len(starts) < len(x):
                    copies = np.add.reduceat(
                        y == np.repeat(top, members, axis=1), starts, axis=1, dtype=float
                    )
                zone = _regression_zone(points, levels, top, carries * copies, carries.sum(axis=1) > 1)
            found[first : first + rows, k] = zone / points.area
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
