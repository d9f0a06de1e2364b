"""The empty corner: how many respondents stand where, and the ceilings over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from coprod_measure.report.figures.canvas import BLUE, ORANGE, SKY, VERMILION, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_ceilings(points: pd.DataFrame, slope: float, intercept: float, x_label: str, y_label: str) -> Figure:
    """Draw respondents as dots by number, the step ceiling through its peers, and the line.

    Parameters
    ----------
    points : pandas.DataFrame
        Columns ``x y count peer``.
    slope, intercept : float
        Of the line; NaN for none.
    """
    figure, axes = sheet(5.2, 4.2)
    peers = points[points["peer"]].sort_values("x")
    low, high = float(points["x"].min()), float(points["x"].max())
    steps_x, steps_y = [low], [float(peers["y"].iloc[0])]
    for x, y in zip(peers["x"], peers["y"], strict=True):
        steps_x += [x, x]
        steps_y += [steps_y[-1], y]
    axes.plot(
        [*steps_x, high], [*steps_y, steps_y[-1]], color=VERMILION, linewidth=1.6, label="Steps (CE-FDH)"
    )
    if slope == slope:
        ends = [low, high]
        axes.plot(
            ends, [intercept + slope * x for x in ends], color=ORANGE, linewidth=1.6, linestyle="--",
            label="Line (CR-FDH)",
        )  # fmt: skip
    sizes = 12 + 90 * points["count"] / points["count"].max()
    axes.scatter(points["x"], points["y"], s=sizes, color=SKY, edgecolor=BLUE, linewidth=0.6, zorder=3)
    top, bottom = float(points["y"].max()), float(points["y"].min())
    axes.set_ylim(bottom - 0.05 * (top - bottom), top + 0.05 * (top - bottom))
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid()
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    return figure
