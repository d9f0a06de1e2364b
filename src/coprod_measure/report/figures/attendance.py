"""Who was seen in which waves: one line a pattern, as wide as its people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import BLUE, HAIRLINE, INK, PAPER, bare_sheet, styled, wrapped
from coprod_measure.report.numbers import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE, _COLUMN, _WIDTH = 0.32, 0.62, 7.0
MOST = 12
"""Patterns that are drawn."""


@styled
def draw_attendance(waves: Sequence[str], patterns: Sequence[tuple[tuple[bool, ...], int]]) -> Figure:
    """Draw a filled dot for each wave that people were seen in, and a bar for how many they are.

    ``patterns``: waves seen, and people; the first :data:`MOST` are drawn.
    """
    shown = patterns[:MOST]
    column = min(_COLUMN, 3.6 / len(waves))
    height = 0.5 + _LINE * len(shown)
    figure, axes = bare_sheet(_WIDTH, height)
    left = 0.3 + column * len(waves)
    most = max(n for _, n in shown)
    top = height - 0.55
    for k, wave in enumerate(waves):
        axes.text(
            0.3 + column * k, height - 0.22, wrapped(str(wave), 9, 2), ha="center", va="center", fontsize=8
        )
    axes.text(left, height - 0.22, "People", va="center", fontsize=8)
    for line, (pattern, n) in enumerate(shown):
        y = top - _LINE * line
        axes.plot([0.3, 0.3 + column * (len(waves) - 1)], [y, y], color=HAIRLINE, linewidth=1, zorder=1)
        for k, seen in enumerate(pattern):
            axes.plot(
                0.3 + column * k, y, marker="o", markersize=8, color=INK,
                markerfacecolor=INK if seen else PAPER, zorder=2,
            )  # fmt: skip
        width = (_WIDTH - left - 0.7) * n / most
        axes.barh(y, width, left=left, height=0.2, color=BLUE)
        axes.text(left + width + 0.06, y, count(n), va="center", fontsize=8)
    return figure
