"""Scree plot with parallel analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import BLUE, QUIET, VERMILION, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_scree(observed: Sequence[float], random: Sequence[float], kept: int, random_label: str) -> Figure:
    """Draw eigenvalues beside those of random data.

    Parameters
    ----------
    observed : sequence of float
        Eigenvalues of the data, in descending order.
    random : sequence of float
        Same length: the reference of parallel analysis (mean or percentile of random eigenvalues).
    kept : int
        Number of factors or components that parallel analysis keeps.
    random_label : str
        What ``random`` is, for the legend.
    """
    figure, axes = sheet(6.4, 3.5)
    positions = range(1, len(observed) + 1)
    axes.plot(positions, observed, color=BLUE, marker="o", markersize=5, label="These answers")
    axes.plot(
        positions, random, color=VERMILION, linestyle="--", marker="x", markersize=5, label=random_label
    )
    if 0 < kept < len(observed):
        axes.axvline(kept + 0.5, color=QUIET, linewidth=0.8, linestyle=":")
        axes.annotate(
            f"{kept} kept",
            (kept + 0.5, axes.get_ylim()[1]),
            xytext=(-6, -4),
            textcoords="offset points",
            ha="right",
            va="top",
            color=QUIET,
        )
    axes.set_xlabel("Factor")
    axes.set_ylabel("Eigenvalue")
    axes.set_xlim(0.4, len(observed) + 0.6)
    axes.set_xticks(positions if len(observed) <= 30 else positions[::5])
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(loc="upper right")
    return figure
