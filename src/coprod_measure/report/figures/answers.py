"""Distribution of answers: diverging stacked bars, items grouped by construct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coprod_measure.report.figures.canvas import DIVERGING, QUIET, sheet, styled, wrapped
from coprod_measure.report.figures.lines import draw_lines
from coprod_measure.report.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemAnswers:
    """Shares of one item's answers, in the order of the codes; they sum to 1."""

    label: str
    shares: tuple[float, ...]


@styled
def draw_answers(
    groups: Sequence[tuple[str, Sequence[ItemAnswers]]], code_labels: Sequence[str], axis_label: str
) -> Figure:
    """Draw one bar an item, centred on the middle of the scale.

    ``groups``: items of each construct, all on a scale of the same codes. ``code_labels``: one label a code,
    ascending. With an odd number of codes the middle one straddles the centre. ``axis_label``: what the
    shares are of.
    """
    n_lines = sum(len(items) + 1 for _, items in groups)
    figure, axes = sheet(7.6, 1.2 + 0.25 * n_lines)
    colours = _colours(len(code_labels))
    reach = _reach([np.asarray(item.shares) for _, items in groups for item in items])
    draw_lines(
        axes, groups, lambda line, item: _draw_bar(axes, line, np.asarray(item.shares), colours, reach)
    )
    _finish(axes, axis_label, reach)
    _draw_legend(axes, code_labels, colours)
    return figure


def centre(shares: Array) -> float:
    """Where the middle of the scale lies along the bar: half of a middle code counts to either side."""
    half = len(shares) // 2
    return float(shares[:half].sum() + (shares[half] / 2 if len(shares) % 2 else 0.0))


def _reach(every: Sequence[Array]) -> float:
    """How far the axis goes to either side: as far as the longest bar, in fifths."""
    longest = max((max(centre(shares), float(shares.sum()) - centre(shares)) for shares in every), default=1)
    return float(np.clip(np.ceil(longest * 5 - 1e-9) / 5, 0.4, 1))


def _draw_bar(axes: Axes, line: int, shares: Array, colours: Sequence[str], reach: float) -> None:
    left = -centre(shares)
    starts = left + np.concatenate([[0.0], np.cumsum(shares)[:-1]])
    ranges = list(zip(starts, shares, strict=True))
    axes.broken_barh(ranges, (line - 0.39, 0.78), facecolors=colours, edgecolor=QUIET, lw=0.4)
    half = len(shares) // 2
    low, high = float(shares[:half].sum()), float(shares[len(shares) - half :].sum())
    for x, share, side in ((-1.03 * reach, low, "right"), (1.03 * reach, high, "left")):
        axes.text(x, line, percent(share), ha=side, va="center", fontsize=8, color=QUIET, in_layout=False)


def _finish(axes: Axes, axis_label: str, reach: float) -> None:
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set_xlim(-1.24 * reach, 1.24 * reach)
    ticks = [-reach, -reach / 2, 0.0, reach / 2, reach]
    axes.set_xticks(ticks, [percent(abs(tick)) for tick in ticks])
    axes.set_xlabel(axis_label)


def _draw_legend(axes: Axes, code_labels: Sequence[str], colours: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, edgecolor=QUIET, lw=0.4, label=wrapped(label, 13, 3))
        for colour, label in zip(colours, code_labels, strict=True)
    ]
    axes.figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=min(len(handles), 7),
        fontsize=7.5,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=0.9,
    )


def _colours(n: int) -> list[str]:
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    return [to_hex(mpl.colormaps[DIVERGING](position)) for position in np.linspace(0.1, 0.9, n)]
