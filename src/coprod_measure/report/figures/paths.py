"""Path diagram: constructs in columns of stages, standardised coefficients on the paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from coprod_measure.report.figures.path_routes import BOX_WIDTH, HEADING, Box, Route, lay_out
from coprod_measure.report.numbers import bounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Node:
    """A construct; ``below`` is a short second line such as its explained variance."""

    id: str
    label: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A path with its standardised coefficient, the stars of its test, and the hypotheses that claim it."""

    source: str
    target: str
    coefficient: float
    significant: bool
    stars: str = ""
    claimed_by: str = ""


@dataclass(frozen=True, slots=True)
class StageColumn:
    """A stage and the constructs in it."""

    heading: str
    nodes: tuple[Node, ...]


@styled
def draw_paths(columns: Sequence[StageColumn], edges: Sequence[Edge]) -> Figure:
    """Draw the structural model.

    ``columns``: stages from left to right, each with at least one construct. ``edges``: width grows with the
    size of the coefficient; dashed and grey where it is not significant. Each coefficient stands before the
    head of its arrow.
    """
    layout = lay_out(
        [[node.id for node in column.nodes] for column in columns],
        [(edge.source, edge.target) for edge in edges],
    )
    figure, axes = bare_sheet(layout.width, layout.height)
    for edge, route in zip(edges, layout.routes, strict=True):
        _draw_edge(axes, edge, route)
    for left, column in zip(layout.lefts, columns, strict=True):
        _draw_heading(axes, left, layout.height, column.heading)
        for node in column.nodes:
            _draw_node(axes, layout.boxes[node.id], node)
    return figure


def _draw_heading(axes: Axes, left: float, height: float, heading: str) -> None:
    if not heading:
        return
    level = height - HEADING + 0.06
    axes.plot([left, left + BOX_WIDTH], [level, level], color=HAIRLINE, linewidth=1)
    axes.text(
        left + BOX_WIDTH / 2,
        level + 0.08,
        wrapped(heading, 19, 3),
        ha="center",
        va="bottom",
        fontsize=8,
        fontweight="bold",
    )


def _draw_node(axes: Axes, box: Box, node: Node) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (box.left, box.level - box.height / 2),
            BOX_WIDTH,
            box.height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=PAPER,
            edgecolor=INK,
            linewidth=1,
            zorder=3,
        )
    )
    middle = box.left + BOX_WIDTH / 2
    lift = 0.07 if node.below else 0.0
    axes.text(
        middle,
        box.level + lift,
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
            box.level - 0.2,
            node.below,
            ha="center",
            va="bottom",
            fontsize=6.5,
            color=QUIET,
            zorder=4,
        )


def _draw_edge(axes: Axes, edge: Edge, route: Route) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    colour = _colour(edge)
    width = 0.8 + 3.0 * min(abs(edge.coefficient), 1.0) if edge.significant else 0.8
    line = route.points.copy()
    x, y = line[-1]
    line[-1, 0] -= route.towards * 0.07
    axes.add_patch(
        PathPatch(
            Path(line, [Path.MOVETO, *[Path.CURVE4] * (len(line) - 1)]),
            facecolor="none",
            edgecolor=colour,
            linewidth=width,
            linestyle="-" if edge.significant else (0, (4, 2.5)),
            alpha=0.85 if edge.significant else 0.6,
            capstyle="butt",
            zorder=2 if edge.significant else 1,
        )
    )
    half = 0.025 + 0.01 * width
    tail = x - route.towards * 0.09
    axes.add_patch(
        Polygon([(x, y), (tail, y + half), (tail, y - half)], facecolor=colour, edgecolor="none", zorder=2)
    )
    axes.text(
        route.label[0] + 0.11 * route.towards,
        route.label[1],
        f"{edge.claimed_by} {bounded(edge.coefficient)}{edge.stars}".strip(),
        ha="right" if route.towards > 0 else "left",
        va="center",
        fontsize=6.2,
        fontweight="bold" if edge.significant else "normal",
        color=INK if edge.significant else QUIET,
        zorder=5,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4},
    )


def _colour(edge: Edge) -> str:
    if not edge.significant:
        return QUIET
    return BLUE if edge.coefficient >= 0 else VERMILION
