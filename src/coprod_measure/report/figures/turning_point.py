"""How the share that chooses rises with an amount, and where it passes one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.report.figures.canvas import INK, QUIET, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CURVE, _HALF = "#0072b2", "#d55e00"


@dataclass(frozen=True, slots=True)
class Turn:
    """The amount at which half choose, and its interval; NaN where it has none."""

    half: float
    low: float
    high: float


@styled
def draw_turning_point(curve: pd.DataFrame, turn: Turn, amount: str, share: str) -> Figure:
    """Draw the share along the amount with its band; a bar marks where one half is not rejected.

    Parameters
    ----------
    curve : pandas.DataFrame
        Columns ``at share low high``, by ``at``.
    amount, share : str
        Labels of the axes.
    """
    figure, axes = sheet(5.6, 3.6)
    at = curve["at"].to_numpy(float)
    axes.fill_between(at, curve["low"], curve["high"], color=_CURVE, alpha=0.22, linewidth=0)
    axes.plot(at, curve["share"], color=_CURVE, linewidth=2.0)
    axes.axhline(0.5, color=QUIET, linewidth=0.8, linestyle="--")
    axes.axvline(0.0, color=QUIET, linewidth=0.8, linestyle="--")
    left, right = min(float(at.min()), 0.0), max(float(at.max()), 0.0)
    if np.isfinite([turn.low, turn.high]).all() and turn.low < right and turn.high > left:
        axes.plot(np.clip([turn.low, turn.high], left, right), [0.5, 0.5], color=_HALF, linewidth=2.6)
        if left <= turn.half <= right:
            axes.plot([turn.half], [0.5], marker="o", color=_HALF, markeredgecolor=INK, markersize=6)
    axes.set_xlim(left, right)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel(amount)
    axes.set_ylabel(share)
    return figure
