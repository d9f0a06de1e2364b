"""How an effect changes with its moderator, and where it differs from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.report.figures.canvas import INK, QUIET, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN, _FAINT = "#0072b2", "#9aa5ad"


@styled
def draw_moderation(line: pd.DataFrame, slope_label: str, moderator_label: str) -> Figure:
    """Draw the effect along the moderator with its band: blue where zero lies outside, grey elsewhere.

    Parameters
    ----------
    line : pandas.DataFrame
        Columns ``at slope ci_lower ci_upper``, by ``at``.
    """
    figure, axes = sheet(5.6, 3.6)
    at, slope = line["at"].to_numpy(float), line["slope"].to_numpy(float)
    lower, upper = line["ci_lower"].to_numpy(float), line["ci_upper"].to_numpy(float)
    differs = (lower > 0) | (upper < 0)
    axes.fill_between(at, lower, upper, color=_FAINT, alpha=0.25, linewidth=0)
    axes.fill_between(at, lower, upper, where=differs, color=_SHOWN, alpha=0.3, linewidth=0)
    axes.plot(at, slope, color=INK, linewidth=1.4)
    axes.plot(at, np.where(differs, slope, np.nan), color=_SHOWN, linewidth=2.6)
    axes.axhline(0.0, color=QUIET, linewidth=0.8, linestyle="--")
    for edge in np.flatnonzero(np.diff(differs.astype(int))):
        axes.axvline(float(at[edge : edge + 2].mean()), color=QUIET, linewidth=0.8, linestyle=":")
    axes.set_xlim(float(at.min()), float(at.max()))
    axes.set_xlabel(moderator_label)
    axes.set_ylabel(slope_label)
    return figure
