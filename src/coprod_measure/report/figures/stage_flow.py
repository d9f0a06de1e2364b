"""Who is in which stage when, and who moves where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import (
    BLUE,
    INK,
    PAPER,
    QUIET,
    VERMILION,
    bare_sheet,
    styled,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR, _GAP, _HEIGHT = 0.16, 0.18, 3.6


@styled
def draw_stage_flow(
    waves: Sequence[str], stages: Sequence[str], moves: Sequence[Mapping[tuple[int, int], int]]
) -> Figure:
    """Draw a column a wave, stages from the bottom, and bands as wide as the people who move.

    ``moves``: for each step between waves, stage before and after to the number of people. Bands that rise
    are blue, those that fall vermilion, those that stay grey.
    """
    figure, axes = bare_sheet(7.4, 4.8)
    most = max(sum(step.values()) for step in moves)
    unit = (_HEIGHT - _GAP * (len(stages) - 1)) / most
    between = (7.4 - 2.2) / len(moves)
    for k, step in enumerate(moves):
        left, right = 1.8 + k * between + _BAR, 1.8 + (k + 1) * between
        sizes = [
            [sum(n for pair, n in step.items() if pair[side] == s) for s in range(len(stages))]
            for side in (0, 1)
        ]
        bases = []
        for side, own in enumerate(sizes):
            base, found = 0.5, []
            for s, n in enumerate(own):
                found.append(base)
                x = left - _BAR if side == 0 else right
                # The bar between two steps is drawn twice where people are missing in one of them.
                axes.fill_between([x, x + _BAR], base, base + n * unit, color=INK, linewidth=0)
                if k == 0 and side == 0 and n:
                    axes.text(
                        x - 0.1, base + n * unit / 2, wrapped(stages[s], 22, 2), ha="right", va="center"
                    )
                base += n * unit + _GAP
            bases.append(found)
        start, end = bases
        for (before, after), n in sorted(step.items()):
            if not n:
                continue
            low, high = start[before], end[after]
            colour = BLUE if after > before else VERMILION if after < before else QUIET
            _band(axes, (left, right), (low, high), n, n * unit, colour)
            start[before] += n * unit
            end[after] += n * unit
    for k, wave in enumerate(waves):
        axes.text(1.8 + k * between + _BAR / 2, 0.3, wave, ha="center", va="top")
    return figure


def _band(
    axes: Axes, xs: tuple[float, float], ys: tuple[float, float], n: int, width: float, colour: str
) -> None:
    steps = [k / 20 for k in range(21)]
    lower = [ys[0] + (ys[1] - ys[0]) * t * t * (3 - 2 * t) for t in steps]
    across = [xs[0] + (xs[1] - xs[0]) * t for t in steps]
    axes.fill_between(across, lower, [y + width for y in lower], color=colour, alpha=0.45, linewidth=0)
    if width > 0.16:
        middle = ys[0] + width / 2
        axes.text(xs[0] + 0.08, middle, str(n), va="center", fontsize=8, color=INK, backgroundcolor=PAPER)
