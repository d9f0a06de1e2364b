"""Power over the number of respondents: what was drawn, and the curve through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coprod_measure.report.figures.canvas import BLUE, HAIRLINE, INK, QUIET, SKY, VERMILION, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class PowerPanel:
    """One claim.

    Attributes
    ----------
    n, power, lower, upper : sequence of float
        What was drawn, with intervals.
    curve_n, curve : sequence of float
        The fitted curve.
    smallest : float
        Smallest sample of the wanted power; NaN for none.
    """

    label: str
    n: Sequence[float]
    power: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]
    curve_n: Sequence[float]
    curve: Sequence[float]
    smallest: float


@styled
def draw_power(panels: Sequence[PowerPanel], wanted: float) -> Figure:
    """Draw a panel a claim, all on the same axes."""
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(2.45 * columns + 0.6, 1.85 * rows + 0.5), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place < len(panels):
            _draw_panel(axes, panels[place], wanted)
        else:
            axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("Power")
    for column in range(columns):
        lowest = max(row for row in range(rows) if row * columns + column < len(panels))
        grid[lowest, column].set_xlabel("Respondents")
        grid[lowest, column].tick_params(labelbottom=True)
    return figure


def _draw_panel(axes: Axes, panel: PowerPanel, wanted: float) -> None:
    axes.set_title(panel.label, loc="left", fontsize=9, fontweight="bold")
    axes.axhline(wanted, color=HAIRLINE, linewidth=1.0)
    axes.plot(panel.curve_n, panel.curve, color=BLUE, linewidth=1.6)
    away = np.abs([np.subtract(panel.power, panel.lower), np.subtract(panel.upper, panel.power)])
    axes.errorbar(
        panel.n, panel.power, yerr=away, fmt="o", markersize=3.5, color=SKY, markeredgecolor=BLUE,
        ecolor=QUIET, elinewidth=0.8, zorder=3,
    )  # fmt: skip
    if panel.smallest == panel.smallest:
        axes.plot([panel.smallest] * 2, [0.0, wanted], color=VERMILION, linewidth=1.2, linestyle="--")
        axes.annotate(
            f"{panel.smallest:,.0f}", (panel.smallest, 0.04), textcoords="offset points", xytext=(4, 0),
            color=INK, fontsize=8,
        )  # fmt: skip
    axes.set_ylim(0.0, 1.03)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
