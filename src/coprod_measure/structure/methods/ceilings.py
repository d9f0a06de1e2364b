"""Ceilings of necessary condition analysis: the border of the empty corner and its size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from coprod_measure.estimation.arrays import Floats

STEPS = ("ce_fdh", "ce_vrs")
LINES = ("cr_fdh", "cr_vrs", "c_lp", "cols", "qr", "ols")
CEILINGS = (*STEPS, *LINES)
"""Names as in the R package NCA."""
TOLERANCE = 1e-7
EDGE = 1e-10


@dataclass(frozen=True, slots=True)
class Corner:
    """Points turned so that the corner that should be empty is the upper left one.

    Attributes
    ----------
    scope : ndarray, shape (4,)
        Lowest and highest x, lowest and highest y that can be, turned likewise.
    flip_x, flip_y : bool
        What was turned.
    """

    x: Floats
    y: Floats
    scope: Floats
    flip_x: bool
    flip_y: bool

    @property
    def seen(self) -> Floats:
        """Lowest and highest values that occur."""
        return np.array([self.x.min(), self.x.max(), self.y.min(), self.y.max()])

    @property
    def area(self) -> float:
        """Of the scope."""
        return float((self.scope[1] - self.scope[0]) * (self.scope[3] - self.scope[2]))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One ceiling, in the orientation of :class:`Corner`.

    Attributes
    ----------
    zone : float
        Area of the empty corner.
    effect : float
        d: the zone as a share of the scope.
    peers : ndarray of int
        Points that carry the ceiling.
    slope, intercept : float
        Of a line; NaN for a step ceiling, or where there is no line.
    above : int
        Points above a line.
    """

    name: str
    zone: float
    effect: float
    peers: np.ndarray
    slope: float
    intercept: float
    above: int


def turned(x: Floats, y: Floats, scope: Floats, corner: int) -> Corner:
    """Bring corner 1 (upper left), 2 (upper right), 3 (lower left) or 4 (lower right) to the upper left."""
    flip_x, flip_y = corner in (2, 4), corner in (3, 4)
    low_x, high_x, low_y, high_y = scope
    bounds = [-high_x, -low_x] if flip_x else [low_x, high_x]
    bounds += [-high_y, -low_y] if flip_y else [low_y, high_y]
    return Corner(-x if flip_x else x, -y if flip_y else y, np.array(bounds), flip_x, flip_y)


def ceiling(points: Corner, name: str, tau: float = 0.95) -> Ceiling:
    """Draw one ceiling (Dul 2016, Organizational Research Methods 19, 10-52).

    ``ce_fdh`` is a step function through the peers, ``ce_vrs`` its concave hull; ``cr_fdh`` and ``cr_vrs``
    are regressions through the peers, ``c_lp`` the lowest line above them, ``cols`` and ``ols`` regressions
    through all points, the first lifted above them, ``qr`` a quantile regression.

    Parameters
    ----------
    name : str
        One of :data:`CEILINGS`.
    tau : float
        Quantile of ``qr``.

    Examples
    --------
    >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.0])
    >>> ceiling(turned(x, y, np.array([0.0, 2, 0, 2]), 1), "ce_fdh").effect
    0.5
    """
    peers = find_peers(points.x, points.y, hull=name.endswith("vrs"))
    px, py = points.x[peers], points.y[peers]
    slope = intercept = np.nan
    if name in STEPS:
        zone = _outside(points) + _step_zone(points, px, py, name == "ce_vrs")
        return Ceiling(name, zone, zone / points.area, peers, slope, intercept, 0)
    if name in ("cols", "ols"):
        slope, intercept = _line(points.x, points.y)
        if name == "cols":
            intercept += float(np.max(points.y - intercept - slope * points.x))
        peers = peers[:0]
    elif name == "qr":
        slope, intercept = _quantile_line(points.x, points.y, tau)
        peers = peers[:0]
    elif len(np.unique(np.column_stack([px, py]), axis=0)) > 1:
        slope, intercept = _lowest_line(px, py) if name == "c_lp" else _line(px, py)
    if np.isnan(slope):
        return Ceiling(name, 0.0, 0.0, peers[:0], slope, intercept, 0)
    zone = float(line_zone(np.array([slope]), np.array([intercept]), points.scope)[0])
    above = int(np.sum(points.y - intercept - slope * points.x > TOLERANCE)) if name != "c_lp" else 0
    return Ceiling(name, zone, zone / points.area, peers, float(slope), float(intercept), above)


def find_peers(x: Floats, y: Floats, hull: bool = False) -> np.ndarray:
    """Positions of the points that rise above all before them; of equal x the highest, copies of a peer too.

    ``hull``: only those on the concave hull.
    """
    order = np.lexsort((y, x))
    kept: list[int] = [int(order[0])]
    for i in order[1:]:
        copy = x[i] == x[kept[-1]] and y[i] == y[kept[-1]]
        if not (y[i] > y[kept[-1]] or copy):
            continue
        if not copy:
            while kept and x[kept[-1]] == x[i]:
                kept.pop()
            while hull and len(kept) > 1 and _sags(x, y, kept[-2], kept[-1], i):
                kept.pop()
        kept.append(int(i))
    return np.array(kept)


def _sags(x: Floats, y: Floats, first: int, second: int, third: int) -> bool:
    if x[first] == x[second]:
        return False
    before = (y[second] - y[first]) / (x[second] - x[first])
    return bool(before <= (y[third] - y[second]) / (x[third] - x[second]))


def _step_zone(points: Corner, px: Floats, py: Floats, sloping: bool) -> float:
    """Area above the peers within what was seen."""
    rise = np.diff(py)
    if sloping:
        return float(rise @ (px[1:] - px[0]) - 0.5 * rise @ np.diff(px))
    return float(rise @ (px[1:] - points.x.min()))


def _outside(points: Corner) -> float:
    """Area of the scope to the left of, and above, everything seen."""
    left, up = points.seen[0] - points.scope[0], points.scope[3] - points.seen[3]
    width, height = points.scope[1] - points.scope[0], points.scope[3] - points.scope[2]
    return float(left * height + up * width - left * up)


def line_zone(slope: Floats, intercept: Floats, scope: Floats) -> Floats:
    """Area above each line within the scope; NaN where the line falls, or passes over the scope."""
    low_x, high_x, low_y, high_y = scope
    with np.errstate(divide="ignore", invalid="ignore"):
        start, end = intercept + slope * low_x, intercept + slope * high_x
        enters = np.clip((low_y - intercept) / slope, low_x, high_x)  # where the line leaves the floor
        leaves = np.clip((high_y - intercept) / slope, low_x, high_x)  # and reaches the top
        left = (enters - low_x) * (high_y - low_y)
        middle = high_y - intercept - slope * (enters + leaves) / 2
        area = left + (leaves - enters) * middle
        area = np.where(slope == 0, (high_x - low_x) * (high_y - intercept), area)
    area = np.where((start < low_y) & (end < low_y), (high_x - low_x) * (high_y - low_y), area)
    return np.where((slope < 0) | ((start > high_y) & (end > high_y)), np.nan, area)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    slope = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    return slope, float(y.mean() - slope * x.mean())


def _lowest_line(x: Floats, y: Floats) -> tuple[float, float]:
    """Line above all peers with the smallest sum of distances: the side of their hull over the mean of x."""
    side = find_peers(x, y, hull=True)
    side = side[np.append(True, np.diff(x[side]) > 0)]
    i = int(np.clip(np.searchsorted(x[side], x.mean()), 1, len(side) - 1))
    slope = (y[side[i]] - y[side[i - 1]]) / (x[side[i]] - x[side[i - 1]])
    return float(slope), float(y[side[i]] - slope * x[side[i]])


def _quantile_line(x: Floats, y: Floats, tau: float) -> tuple[float, float]:
    """Quantile regression as a linear programme (Koenker and Bassett 1978, Econometrica 46, 33-50)."""
    n = len(x)
    cost = np.concatenate([np.zeros(2), np.full(n, tau), np.full(n, 1.0 - tau)])
    rows = np.hstack([np.column_stack([np.ones(n), x]), np.eye(n), -np.eye(n)])
    found = linprog(
        cost, A_eq=rows, b_eq=y, bounds=[(None, None)] * 2 + [(0, None)] * (2 * n), method="highs"
    )
    return float(found.x[1]), float(found.x[0])


def required(found: Ceiling, points: Corner, levels: Floats) -> Floats:
    """Least x that each level of y needs: -inf where any will do, NaN where none is high enough.

    Parameters
    ----------
    levels : ndarray, shape (k,)
        Levels of y, turned.

    Returns
    -------
    ndarray, shape (k,)
        Turned.
    """
    if found.name in STEPS:
        px, py = points.x[found.peers], points.y[found.peers]
        first = np.array([int(np.argmax(py > level - EDGE)) for level in levels])
        reached = np.array([bool(np.any(py > level - EDGE)) for level in levels])
        x = px[first]
        if found.name == "ce_vrs":
            before = np.maximum(first - 1, 0)
            slope = np.where(
                first > 0, (px[first] - px[before]) / np.where(first > 0, py[first] - py[before], 1), 0
            )
            x = px[first] - slope * np.where(first > 0, py[first] - levels, 0)
        x = np.where(reached, x, np.nan)
    elif np.isnan(found.slope):
        return np.full(len(levels), -np.inf)
    else:
        x = (levels - found.intercept) / found.slope
    return np.where(x < points.scope[0] + EDGE, -np.inf, np.where(x > points.scope[1] + EDGE, np.nan, x))
