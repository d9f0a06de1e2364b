"""The specification curve: an estimate a universe, sorted, and below it the choices that led there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.report.figures.canvas import BLUE, HAIRLINE, INK, QUIET, VERMILION, styled
from coprod_measure.structure.verdicts import SUPPORTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_specification(
    universes: pd.DataFrame, choices: Sequence[tuple[str, str, str]], label: str
) -> Figure:
    """Draw one hypothesis.

    Parameters
    ----------
    universes : pandas.DataFrame
        Columns ``estimate ci_lower ci_upper verdict planned`` and those of the choices.
    choices : sequence of (str, str, str)
        Column, value and words of each line of the lower panel.
    label : str
        Of the estimate.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = universes.sort_values("estimate", kind="stable").reset_index(drop=True)
    # Labels of a size of their own need more room than the layout reckons with.
    layout = ConstrainedLayoutEngine(w_pad=0.15)
    figure = Figure(figsize=(6.8, 2.2 + 0.2 * len(choices)), layout=layout)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.0, 0.2 * len(choices) + 0.2])
    place = np.arange(len(rows))
    supported, contradicted = rows["verdict"].isin(SUPPORTED), rows["verdict"] == "contradicted"
    for name, own, colour, marker in (
        ("supported", supported, BLUE, "o"),
        ("contradicted", contradicted, VERMILION, "v"),
        ("not supported", ~(supported | contradicted), QUIET, "s"),
    ):
        if not own.any():
            continue
        top.vlines(
            place[own], rows.loc[own, "ci_lower"], rows.loc[own, "ci_upper"], color=colour, linewidth=1.0
        )
        top.scatter(
            place[own], rows.loc[own, "estimate"], s=16, color=colour, marker=marker, zorder=3, label=name
        )
    planned = place[rows["planned"].to_numpy(bool)]
    top.scatter(
        planned, rows.loc[planned, "estimate"], s=70, facecolor="none", edgecolor=INK, linewidth=1.2,
        label="as planned",
    )  # fmt: skip
    top.axhline(0.0, color=HAIRLINE, linewidth=1.0, zorder=0)
    top.set_ylabel(label)
    top.tick_params(axis="x", length=0)
    figure.legend(loc="outside upper right", ncols=4, fontsize=8)
    for line, (column, value, _) in enumerate(choices):
        chosen = (rows[column] == value).to_numpy()
        bottom.scatter(place[~chosen], np.full((~chosen).sum(), line), s=4, color=HAIRLINE)
        bottom.scatter(place[chosen], np.full(chosen.sum(), line), s=14, color=INK, marker="s")
    bottom.set_yticks(range(len(choices)), [words for *_, words in choices], fontsize=7.5)
    bottom.set_ylim(len(choices) - 0.5, -0.5)
    bottom.set_xticks([])
    bottom.set_xlabel("Universes, by their estimate")
    for axes in (top, bottom):
        axes.spines["bottom"].set_visible(False)
    return figure
