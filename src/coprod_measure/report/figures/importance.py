"""Importance of predictors: bars with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import BLUE, INK, SKY, sheet, styled, wrapped
from coprod_measure.report.numbers import bounded

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_importance(
    names: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    axis_label: str,
    digits: int = 2,
) -> Figure:
    """Draw bars from top to bottom in the order given, the first in a stronger colour.

    Parameters
    ----------
    names, values, lows, highs : sequence
        Predictor, its value and the ends of its interval.
    axis_label : str
        What the numbers are.
    digits : int
        Decimals of the numbers beside the bars.
    """
    figure, axes = sheet(7.4, 0.8 + 0.38 * len(names))
    places = range(len(names))
    axes.barh(places, values, height=0.62, color=[BLUE, *[SKY] * (len(names) - 1)])
    for place, value, low, high in zip(places, values, lows, highs, strict=True):
        axes.plot([low, high], [place, place], color=INK, linewidth=1.4)
        axes.annotate(
            bounded(value, digits), (1.01, place), xycoords=axes.get_yaxis_transform(), va="center",
            ha="left", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(places, [wrapped(name, 40, 2) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=0)
    axes.set_xlabel(axis_label)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return figure
