"""Geometry of a path diagram: sizes of the boxes, and the way of every path between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coprod_measure.report.figures.stage_columns import Placement, place_in_columns

BOX_WIDTH = 1.2
_BOX_HEIGHT, _BOX_GAP = 0.46, 0.2
_ARRIVALS, _DEPARTURES = 0.125, 0.06  # arriving paths need a line of text each
_FLAT = 0.36
_WIDTH, _LEAST_GAP, _MOST_GAP = 8.9, 0.95, 1.9
HEADING, MARGIN = 0.62, 0.08

Array = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Place of a construct: left end, middle height and height, in inches from the lower left corner."""

    left: float
    level: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """Way of a path.

    Attributes
    ----------
    points : ndarray, shape (3k + 1, 2)
        k cubic pieces.
    towards : float
        1 when it arrives from the left, -1 from the right.
    label : tuple of float
        Where its coefficient stands: on the flat piece before the arrowhead.
    """

    points: Array
    towards: float
    label: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole diagram in inches."""

    width: float
    height: float
    lefts: tuple[float, ...]
    boxes: dict[str, Box]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a path at a side of a box."""

    path: int
    arrives: bool
    node: str
    right: bool


def lay_out(columns: Sequence[Sequence[str]], paths: Sequence[tuple[str, str]]) -> Layout:
    """Give every box and every path its place. ``columns``: construct ids, stages from left to right."""
    column_of = {node: number for number, column in enumerate(columns) for node in column}
    ends = _ends(paths, column_of)
    heights = {node: _box_height(node, ends) for node in column_of}
    sizes = {node: height + _BOX_GAP for node, height in heights.items()}
    placement = place_in_columns(columns, paths, sizes)
    gap = (_WIDTH - 2 * MARGIN - len(columns) * BOX_WIDTH) / max(len(columns) - 1, 1)
    gap = min(max(gap, _LEAST_GAP), _MOST_GAP)
    loops = any(column_of[a] == column_of[b] == len(columns) - 1 for a, b in paths)
    width = 2 * MARGIN + len(columns) * BOX_WIDTH + gap * (len(columns) - 1) + (0.75 if loops else 0.0)
    height = HEADING + placement.length + 2 * MARGIN
    lefts = tuple(MARGIN + number * (BOX_WIDTH + gap) for number in range(len(columns)))
    top = height - HEADING - MARGIN
    boxes = {
        node: Box(lefts[column_of[node]], top - placement.heights[node], heights[node]) for node in column_of
    }
    ports = _ports(ends, paths, placement)
    routes = tuple(
        _route(path, columns=(column_of[path[0]], column_of[path[1]]), ports=ports[position], boxes=boxes,
               lefts=lefts, lanes=tuple(top - lane for lane in placement.lanes[path]))
        for position, path in enumerate(paths)
    )  # fmt: skip
    return Layout(max(width, 4.5), height, lefts, boxes, routes)


def _ends(paths: Sequence[tuple[str, str]], column_of: dict[str, int]) -> list[_End]:
    found = []
    for number, (source, target) in enumerate(paths):
        start, end = column_of[source], column_of[target]
        found.append(_End(number, False, source, right=end >= start))
        found.append(_End(number, True, target, right=start >= end))
    return found


def _box_height(node: str, ends: Sequence[_End]) -> float:
    sides = [[end for end in ends if end.node == node and end.right == right] for right in (False, True)]
    return max(_BOX_HEIGHT, *(_side_length(side) + 0.1 for side in sides))


def _side_length(side: Sequence[_End]) -> float:
    return sum(_ARRIVALS if end.arrives else _DEPARTURES for end in side)


def _ports(
    ends: Sequence[_End], paths: Sequence[tuple[str, str]], placement: Placement
) -> list[tuple[float, float]]:
    """Offsets of both ends of every path from the middle of their boxes, upwards."""
    sides: dict[tuple[str, bool], list[_End]] = {}
    for end in ends:
        sides.setdefault((end.node, end.right), []).append(end)
    offsets = np.zeros((len(paths), 2))
    for side in sides.values():
        side.sort(key=lambda end: _far(end, paths, placement))
        at = _side_length(side) / 2
        for end in side:
            room = _ARRIVALS if end.arrives else _DEPARTURES
            offsets[end.path, int(end.arrives)] = at - room / 2
            at -= room
    return [(float(out), float(into)) for out, into in offsets]


def _far(end: _End, paths: Sequence[tuple[str, str]], placement: Placement) -> float:
    """How far down the other end of this stretch of the path is."""
    source, target = paths[end.path]
    lanes = placement.lanes[source, target]
    if lanes:
        return lanes[-1] if end.arrives else lanes[0]
    return placement.heights[source if end.arrives else target]


def _route(
    path: tuple[str, str],
    *,
    columns: tuple[int, int],
    ports: tuple[float, float],
    boxes: dict[str, Box],
    lefts: Sequence[float],
    lanes: tuple[float, ...],
) -> Route:
    start, end = columns
    y0, y1 = boxes[path[0]].level + ports[0], boxes[path[1]].level + ports[1]
    if start == end:
        x = lefts[start] + BOX_WIDTH
        bulge = x + _FLAT + 0.24 + 0.03 * abs(y1 - y0)
        flat = x + _FLAT - 0.06
        points = np.array([(x, y0), (bulge, y0), (bulge, y1), (flat, y1), (flat, y1), (x, y1), (x, y1)])
        return Route(points, -1.0, (x + 0.24, y1))
    step = 1 if end > start else -1
    leave, arrive = (BOX_WIDTH, 0.0) if step > 0 else (0.0, BOX_WIDTH)
    stops: list[Point] = [(lefts[start] + leave, y0)]
    for column, level in zip(range(start + step, end, step), lanes, strict=True):
        stops += [(lefts[column] + arrive, level), (lefts[column] + leave, level)]
    x1 = lefts[end] + arrive
    stops += [(x1 - step * _FLAT, y1), (x1, y1)]
    return Route(_smooth(stops), float(step), (x1 - step * 0.24, y1))


def _smooth(stops: Sequence[Point]) -> Array:
    points: list[Point] = [stops[0]]
    for (x0, y0), (x1, y1) in pairwise(stops):
        middle = (x0 + x1) / 2
        points += [(middle, y0), (middle, y1), (x1, y1)]
    return np.array(points)
