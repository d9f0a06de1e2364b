"""Information of scales over the level of what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from coprod_measure.report.figures.canvas import BLUE, INK, QUIET, VERMILION, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LINES = 6
"""Lines that a reader can still tell apart by colour and dash."""
_LOOKS = [(color, dash) for dash in ("-", "--") for color in (BLUE, VERMILION, INK)]


@styled
def draw_information(scales: Mapping[str, pd.Series]) -> Figure:
    """Draw one line a scale.

    ``scales``: name to information, indexed by level; at most :data:`MOST_LINES`.
    """
    figure, axes = sheet(6.4, 3.5)
    for (name, line), (color, dash) in zip(scales.items(), _LOOKS, strict=False):
        axes.plot(line.index, line.to_numpy(), color=color, linestyle=dash, linewidth=1.5, label=name)
    axes.axhline(4.0, color=QUIET, linewidth=0.8, linestyle=":")
    axes.annotate(
        "standard error .50",
        (axes.get_xlim()[1], 4.0),
        xytext=(-4, 3),
        textcoords="offset points",
        ha="right",
        color=QUIET,
    )
    axes.set_xlabel("Level of the construct, in standard deviations")
    axes.set_ylabel("Information")
    axes.set_ylim(bottom=0, top=1.25 * max(4.0, *(float(line.max()) for line in scales.values())))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(loc="upper center", ncols=3, fontsize=8)
    return figure
