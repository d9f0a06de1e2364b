"""Forest plot: estimates with their intervals, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import (
    BLUE,
    GREEN,
    INK,
    PAPER,
    QUIET,
    VERMILION,
    sheet,
    styled,
    wrapped,
)
from coprod_measure.report.numbers import bounded, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colour and marker say the same thing, so that neither is needed alone.
_LOOKS = {
    "supported": (GREEN, "o", GREEN),
    "supported in part": (GREEN, "D", PAPER),
    "contradicted": (VERMILION, "X", VERMILION),
    "not supported": (BLUE, "o", PAPER),
    "interval without 0": (BLUE, "o", BLUE),
    "interval holds 0": (BLUE, "o", PAPER),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One line of a forest plot; ``verdict`` decides its look."""

    label: str
    value: float
    low: float
    high: float
    verdict: str


@styled
def draw_forest(estimates: Sequence[Estimate], axis_label: str, *, zero: bool = True) -> Figure:
    """Draw estimates from top to bottom in the order given.

    ``estimates``: at least one. ``axis_label``: what the numbers are.
    """
    figure, axes = sheet(7.4, 1.1 + 0.36 * len(estimates))
    if zero:
        axes.axvline(0, color=QUIET, linewidth=0.8)
    for position, estimate in enumerate(estimates):
        _draw_estimate(axes, position, estimate)
    axes.set_ylim(len(estimates) - 0.4, -0.6)
    axes.set_yticks(
        range(len(estimates)),
        [wrapped(_number_together(estimate.label), 54, 3) for estimate in estimates],
        fontsize=7.5,
    )
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(axis_label)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    _draw_legend(axes, estimates)
    return figure


def _draw_estimate(axes: Axes, position: int, estimate: Estimate) -> None:
    colour, marker, fill = _LOOKS.get(estimate.verdict, (QUIET, "s", PAPER))
    axes.plot([estimate.low, estimate.high], [position, position], color=colour, linewidth=1.8)
    axes.plot(
        estimate.value,
        position,
        marker=marker,
        markersize=7,
        color=colour,
        markerfacecolor=fill,
        markeredgewidth=1.4,
    )
    axes.annotate(
        f"{bounded(estimate.value)} {interval(estimate.low, estimate.high, 'bounded')}",
        (1.01, position),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        ha="left",
        fontsize=8,
        color=INK,
        annotation_clip=False,
    )


def _draw_legend(axes: Axes, estimates: Sequence[Estimate]) -> None:
    from matplotlib.lines import Line2D

    used = [verdict for verdict in _LOOKS if any(estimate.verdict == verdict for estimate in estimates)]
    handles = [
        Line2D(
            [],
            [],
            color=_LOOKS[verdict][0],
            marker=_LOOKS[verdict][1],
            markerfacecolor=_LOOKS[verdict][2],
            label=verdict,
        )
        for verdict in used
    ]
    if handles:
        # Outside the axes, where the layout makes room for all of it.
        axes.figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))


def _number_together(label: str) -> str:
    """Keep ``(n = 34)`` on one line."""
    return label.replace("(n = ", "(n\u00a0=\u00a0")
