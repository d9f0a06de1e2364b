"""Profiles of kinds of people: how far each kind is from the mean of all, construct by construct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coprod_measure.report.figures.canvas import (
    BLUE,
    GREEN,
    HAIRLINE,
    INK,
    ORANGE,
    QUIET,
    SKY,
    VERMILION,
    sheet,
    styled,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Marker and dashes tell the kinds apart without colour.
_LOOKS = (
    (BLUE, "o", "-"), (VERMILION, "s", "--"), (GREEN, "^", "-."), (ORANGE, "D", ":"),
    (SKY, "v", "-"), (INK, "P", "--"), (QUIET, "X", "-."), (BLUE, "*", ":"),
)  # fmt: skip


@styled
def draw_profiles(
    values: NDArray[np.float64],
    constructs: Sequence[str],
    kinds: Sequence[str],
    axis_label: str = "Standard deviations from the mean of all",
) -> Figure:
    """Draw a line a kind through all constructs, which stand one under the other.

    ``values``: shape (constructs, kinds), of what ``axis_label`` says.
    """
    lines = range(len(constructs))
    figure, axes = sheet(6.8, 0.9 + 0.34 * len(constructs))
    axes.axvline(0.0, color=QUIET, linewidth=1.0)
    for number, kind in enumerate(kinds):
        colour, marker, dashes = _LOOKS[number % len(_LOOKS)]
        axes.plot(
            values[:, number], list(lines), color=colour, marker=marker, linestyle=dashes, markersize=6,
            linewidth=1.4, label=kind,
        )  # fmt: skip
    axes.set_yticks(list(lines), [wrapped(name, 34, 2) for name in constructs])
    axes.set_ylim(len(constructs) - 0.5, -0.5)
    axes.grid(axis="y", color=HAIRLINE)
    axes.set_axisbelow(True)
    axes.set_xlabel(axis_label)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(len(kinds), 4))
    return figure
