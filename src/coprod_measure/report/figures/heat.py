"""Heat map of a matrix with its numbers: correlations, HTMT, factor loadings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coprod_measure.measurement.guides import as_printed
from coprod_measure.report.figures.canvas import DIVERGING, ON_DARK, ON_LIGHT, PAPER, sheet, styled, wrapped
from coprod_measure.report.numbers import bounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DARK_PURPLE, _DARK_ORANGE = 0.70, -0.88  # orange stays light for longer


@styled
def draw_heat(
    values: NDArray[np.float64],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    strong: float,
    label_width: int = 30,
    least: float = 0.0,
) -> Figure:
    """Draw each number in a cell whose colour says sign and size.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        Numbers between -1 and 1; NaN leaves a cell empty.
    row_labels, column_labels : sequence of str
        Long column labels stand upright.
    strong : float
        Numbers of at least this size are bold, so that they are found without colour.
    label_width : int
        Characters of a row label before it is cut.
    least : float
        Numbers below this size are told by their colour only.
    """
    rows, columns = values.shape
    cell = 0.5 if columns <= 10 else 0.4
    longest = max(map(len, row_labels))
    upright = max(map(len, column_labels)) > 6
    heading = 0.25 + (0.065 * min(max(map(len, column_labels)), 28) if upright else 0.1)
    figure, axes = sheet(
        0.5 + 0.075 * min(longest, label_width) + cell * columns, heading + (0.26 * rows + 0.15)
    )
    axes.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        np.ma.masked_invalid(np.clip(values, -1, 1)),
        cmap=DIVERGING,
        vmin=-1.15,
        vmax=1.15,
        edgecolors=PAPER,
        linewidth=1.0,
    )
    axes.invert_yaxis()
    for i, j in np.argwhere(np.abs(values) >= least):
        _write(axes, int(i), int(j), float(values[i, j]), strong, small=columns > 10)
    axes.set_yticks(range(rows), [wrapped(label, label_width, 2) for label in row_labels], fontsize=7.5)
    axes.set_xticks(
        range(columns),
        [wrapped(label, 28, 1) for label in column_labels],
        rotation=90 if upright else 0,
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def ink_on(value: float) -> str:
    """Colour of a number that can be read on the colour of its cell."""
    return ON_DARK if value > _DARK_PURPLE or value < _DARK_ORANGE else ON_LIGHT


def _write(axes: Axes, i: int, j: int, value: float, strong: float, *, small: bool) -> None:
    axes.text(
        j,
        i,
        bounded(value),
        ha="center",
        va="center",
        fontsize=7 if small else 8,
        fontweight="bold" if as_printed(abs(value), 2) >= strong else "normal",
        color=ink_on(value),
        in_layout=False,
    )
