"""Path diagram: constructs in columns of stages, standardised coefficients on the paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coprod_measure.report.figures.canvas import (
    BLUE,
    HAIRLINE,
    INK,
    PAPER,
    QUIET,
    VERMILION,
    bare_sheet,
    styled,
    wrapped,
)
from coprod_measure.report.figures.stage_columns import Placement, place_in_columns
from coprod_measure.report.numbers import bounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NODE_WIDTH, _NODE_HEIGHT = 1.2, 0.46
_ROOM, _HEADING, _MARGIN = 0.64, 0.62, 0.08
_WIDTH, _LEAST_GAP = 8.9, 0.7
_LABEL_WIDTH, _LABEL_HEIGHT = 0.25, 0.125

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A construct; ``below`` is a short second line such as its explained variance."""

    id: str
    label: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A path with its standardised coefficient."""

    source: str
    target: str
    coefficient: float
    significant: bool


@dataclass(frozen=True, slots=True)
class StageColumn:
    """A stage and the constructs in it."""

    heading: str
    nodes: tuple[Node, ...]


@styled
def draw_paths(columns: Sequence[StageColumn], edges: Sequence[Edge]) -> Figure:
    """Draw the structural model.

    Parameters
    ----------
    columns : sequence of StageColumn
        Stages from left to right, each with at least one construct.
    edges : sequence of Edge
        Width grows with the size of the coefficient; dashed and grey where it is not significant.
    """
    placement = place_in_columns(
        [[node.id for node in column.nodes] for column in columns],
        [(edge.source, edge.target) for edge in edges],
    )
    gaps = max(len(columns) - 1, 1)
    gap = max(_LEAST_GAP, (_WIDTH - 2 * _MARGIN - len(columns) * _NODE_WIDTH) / gaps)
    gap = min(gap, 1.9)
    width = max(2 * _MARGIN + len(columns) * _NODE_WIDTH + gap * (len(columns) - 1) + 0.35, 4.5)
    height = _HEADING + _ROOM * placement.rooms + 2 * _MARGIN
    figure, axes = bare_sheet(width, height)
    lefts = [_MARGIN + number * (_NODE_WIDTH + gap) for number in range(len(columns))]
    routes = _routes(columns, edges, placement, lefts, height)
    for edge, route in zip(edges, routes, strict=True):
        _draw_edge(axes, edge, route)
    for left, column in zip(lefts, columns, strict=True):
        _draw_heading(axes, left, height, column.heading)
        for node in column.nodes:
            _draw_node(axes, left, _level(placement.heights[node.id], height), node)
    _draw_coefficients(axes, edges, routes)
    return figure


def _level(room: float, height: float) -> float:
    return height - _HEADING - _MARGIN - room * _ROOM


def _draw_heading(axes: Axes, left: float, height: float, heading: str) -> None:
    middle = left + _NODE_WIDTH / 2
    axes.text(
        middle,
        height - _HEADING + 0.14,
        wrapped(heading, 19, 3),
        ha="center",
        va="bottom",
        fontsize=8,
        fontweight="bold",
        color=INK,
    )
    level = height - _HEADING + 0.06
    axes.plot([left, left + _NODE_WIDTH], [level, level], color=HAIRLINE, linewidth=1)


def _draw_node(axes: Axes, left: float, level: float, node: Node) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (left, level - _NODE_HEIGHT / 2),
            _NODE_WIDTH,
            _NODE_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=PAPER,
            edgecolor=INK,
            linewidth=1,
            zorder=3,
        )
    )
    middle = left + _NODE_WIDTH / 2
    lift = 0.07 if node.below else 0.0
    axes.text(
        middle,
        level + lift,
        wrapped(node.label, 20, 2),
        ha="center",
        va="center",
        fontsize=7.5,
        linespacing=1.05,
        zorder=4,
    )
    if node.below:
        axes.text(
            middle,
            level - _NODE_HEIGHT / 2 + 0.03,
            node.below,
            ha="center",
            va="bottom",
            fontsize=6.3,
            color=QUIET,
            zorder=4,
        )


def _routes(
    columns: Sequence[StageColumn],
    edges: Sequence[Edge],
    placement: Placement,
    lefts: Sequence[float],
    height: float,
) -> list[NDArray[np.float64]]:
    """Corner points of every path, shape (3k + 1, 2): k cubic pieces with horizontal ends."""
    column_of = {node.id: number for number, column in enumerate(columns) for node in column.nodes}
    ports = _ports(edges, placement, column_of)
    routes = []
    for position, edge in enumerate(edges):
        start, end = column_of[edge.source], column_of[edge.target]
        out, into = ports[position]
        y0 = _level(placement.heights[edge.source], height) + out
        y1 = _level(placement.heights[edge.target], height) + into
        if start == end:
            x = lefts[start] + _NODE_WIDTH
            bulge = x + 0.28 + 0.04 * abs(y1 - y0)
            routes.append(np.array([(x, y0), (bulge, y0), (bulge, y1), (x, y1)]))
            continue
        step = 1 if end > start else -1
        leave, arrive = (_NODE_WIDTH, 0.0) if step > 0 else (0.0, _NODE_WIDTH)
        stops: list[Point] = [(lefts[start] + leave, y0)]
        for column, lane in zip(
            range(start + step, end, step), placement.lanes[edge.source, edge.target], strict=True
        ):
            y = _level(lane, height)
            stops += [(lefts[column] + arrive, y), (lefts[column] + leave, y)]
        stops.append((lefts[end] + arrive, y1))
        routes.append(_smooth(stops))
    return routes


def _ports(edges: Sequence[Edge], placement: Placement, column_of: Mapping[str, int]) -> list[Point]:
    """Offsets along the sides of the boxes, so that paths do not leave or arrive at one point."""
    offsets = np.zeros((len(edges), 2))
    sides: dict[tuple[str, bool], list[tuple[float, int, int]]] = {}
    for position, edge in enumerate(edges):
        start, end = column_of[edge.source], column_of[edge.target]
        for which, node, on_right in ((0, edge.source, end >= start), (1, edge.target, start >= end)):
            far = _far_end(edge, placement, which)
            sides.setdefault((node, on_right), []).append((far, position, which))
    for ends in sides.values():
        spread = min(0.3, 0.09 * (len(ends) - 1))
        for offset, (_, position, which) in zip(
            np.linspace(spread / 2, -spread / 2, len(ends)), sorted(ends), strict=True
        ):
            offsets[position, which] = offset if len(ends) > 1 else 0.0
    return [(float(out), float(into)) for out, into in offsets]


def _far_end(edge: Edge, placement: Placement, end: int) -> float:
    lanes = placement.lanes[edge.source, edge.target]
    if lanes:
        return lanes[0] if end == 0 else lanes[-1]
    return placement.heights[edge.target if end == 0 else edge.source]


def _smooth(stops: Sequence[Point]) -> NDArray[np.float64]:
    points: list[Point] = [stops[0]]
    for (x0, y0), (x1, y1) in pairwise(stops):
        middle = (x0 + x1) / 2
        points += [(middle, y0), (middle, y1), (x1, y1)]
    return np.array(points)


def _draw_edge(axes: Axes, edge: Edge, route: NDArray[np.float64]) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    colour = _colour(edge)
    width = 0.8 + 3.0 * min(abs(edge.coefficient), 1.0) if edge.significant else 0.9
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(route) - 1)]
    towards = 1.0 if route[-1, 0] >= route[-2, 0] else -1.0
    tip = route[-1]
    line = route.copy()
    line[-1, 0] -= towards * 0.07
    axes.add_patch(
        PathPatch(
            Path(line, codes),
            facecolor="none",
            edgecolor=colour,
            linewidth=width,
            linestyle="-" if edge.significant else (0, (4, 2.5)),
            alpha=0.85,
            capstyle="butt",
            zorder=1,
        )
    )
    half = 0.03 + 0.012 * width
    head = [tip, (tip[0] - towards * 0.1, tip[1] + half), (tip[0] - towards * 0.1, tip[1] - half)]
    axes.add_patch(Polygon(head, facecolor=colour, edgecolor="none", zorder=2))


def _draw_coefficients(axes: Axes, edges: Sequence[Edge], routes: Sequence[NDArray[np.float64]]) -> None:
    taken: list[Point] = []
    for edge, route in sorted(zip(edges, routes, strict=True), key=lambda pair: -abs(pair[0].coefficient)):
        spots = _spots(route)
        spot = min(spots, key=lambda place: _crowding(place, taken))
        taken.append(spot)
        axes.text(
            *spot,
            bounded(edge.coefficient),
            ha="center",
            va="center",
            fontsize=7,
            fontweight="bold" if edge.significant else "normal",
            color=INK if edge.significant else QUIET,
            zorder=5,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )


def _spots(route: NDArray[np.float64]) -> list[Point]:
    """Points on the first and the last piece of a path where its coefficient may stand, the best first."""
    pieces = [route[:4]] if len(route) == 4 else [route[-4:], route[:4]]
    return [
        _on_curve(piece, t) for piece in pieces for t in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
    ]


def _on_curve(piece: NDArray[np.float64], t: float) -> Point:
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    x, y = weights @ piece
    return float(x), float(y)


def _crowding(spot: Point, taken: Sequence[Point]) -> float:
    overlap = 0.0
    for x, y in taken:
        across = max(0.0, 1 - abs(spot[0] - x) / _LABEL_WIDTH)
        along = max(0.0, 1 - abs(spot[1] - y) / _LABEL_HEIGHT)
        overlap += across * along
    return overlap


def _colour(edge: Edge) -> str:
    if not edge.significant:
        return QUIET
    return BLUE if edge.coefficient >= 0 else VERMILION
