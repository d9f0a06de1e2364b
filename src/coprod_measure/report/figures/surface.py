"""A response surface seen from above: its height in the region where there are answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.report.figures.canvas import INK, QUIET, sheet, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_surface(
    b: Sequence[float], points: pd.DataFrame, x_label: str, y_label: str, z_label: str
) -> Figure:
    """Draw contours of b0 + b1 x + b2 y + b3 x² + b4 xy + b5 y², the line x = y, and where respondents stand.

    Parameters
    ----------
    b : sequence of float
        b0 to b5.
    points : pandas.DataFrame
        Columns ``at_x at_y count``.
    """
    figure, axes = sheet(5.6, 4.4)
    low = float(min(points["at_x"].min(), points["at_y"].min()))
    high = float(max(points["at_x"].max(), points["at_y"].max()))
    line = np.linspace(low, high, 80)
    x, y = np.meshgrid(line, line)
    height = b[0] + b[1] * x + b[2] * y + b[3] * x**2 + b[4] * x * y + b[5] * y**2
    seen = _near(x, y, points, 0.12 * (high - low))
    axes.contourf(x, y, height, levels=10, cmap="cividis", alpha=0.18)
    filled = axes.contourf(x, y, np.where(seen, height, np.nan), levels=10, cmap="cividis")
    axes.contour(x, y, height, levels=10, colors=QUIET, linewidths=0.4)
    axes.plot([low, high], [low, high], color=INK, linewidth=1.0, linestyle="--")
    axes.annotate(
        "x = y", (high, high), xytext=(-14, -4), textcoords="offset points", ha="right", va="top",
        bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 1.5, "alpha": 0.8},
    )  # fmt: skip
    sizes = 3 + 26 * points["count"] / points["count"].max()
    axes.scatter(points["at_x"], points["at_y"], s=sizes, color="#ffffff", edgecolor=INK, linewidth=0.4)
    axes.set_aspect("equal")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    figure.colorbar(filled, ax=axes, label=z_label)
    return figure


def _near(x: np.ndarray, y: np.ndarray, points: pd.DataFrame, reach: float) -> np.ndarray:
    """Whether a place has a respondent within reach."""
    at = points[["at_x", "at_y"]].to_numpy()
    distance = np.hypot(x[..., None] - at[:, 0], y[..., None] - at[:, 1])
    return np.asarray(distance.min(axis=-1) <= reach)
