"""Loadings as dots with intervals, items grouped by construct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import BLUE, PAPER, QUIET, VERMILION, sheet, styled
from coprod_measure.report.figures.lines import draw_lines
from coprod_measure.report.numbers import bounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Loading:
    """Standardised loading of an item with the ends of its interval (equal to ``value`` where unknown)."""

    label: str
    value: float
    low: float
    high: float


@styled
def draw_loadings(groups: Sequence[tuple[str, Sequence[Loading]]], guide: float, axis_label: str) -> Figure:
    """Draw one dot an item; hollow ones lie below the guide.

    ``groups``: items of each construct. ``guide``: value below which a loading is shown as weak.
    ``axis_label``: what the numbers are.
    """
    n_lines = sum(len(loadings) + 1 for _, loadings in groups)
    figure, axes = sheet(7.0, 0.8 + 0.24 * n_lines)
    draw_lines(axes, groups, lambda line, loading: _draw_dot(axes, line, loading, guide))
    every = [end for _, loadings in groups for one in loadings for end in (one.low, one.high)]
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.axvline(guide, color=QUIET, linewidth=0.8, linestyle=":")
    axes.set_xlim(min(0.0, *every) - 0.03, max(1.0, *every) + 0.03)
    axes.set_xlabel(axis_label)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return figure


def _draw_dot(axes: Axes, line: int, loading: Loading, guide: float) -> None:
    weak = loading.value < guide
    colour = VERMILION if weak else BLUE
    axes.plot([loading.low, loading.high], [line, line], color=colour, linewidth=1.6)
    axes.plot(
        loading.value,
        line,
        marker="o",
        markersize=6,
        color=colour,
        markerfacecolor=PAPER if weak else colour,
        markeredgewidth=1.3,
    )
    axes.annotate(
        bounded(loading.value),
        (1.01, line),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        fontsize=8,
        annotation_clip=False,
    )
