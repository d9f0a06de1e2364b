"""Who is in which stage when, and who moves where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

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
    sizes = np.zeros((len(waves), len(stages)))
    for k, step in enumerate(moves):
        both = np.zeros((2, len(stages)))
        for pair, n in step.items():
            both[[0, 1], list(pair)] += n
        # Who is missing before or after a wave is in one of its steps only.
        sizes[k : k + 2] = np.maximum(sizes[k : k + 2], both)
    unit = (_HEIGHT - _GAP * (len(stages) - 1)) / sizes.sum(axis=1).max()
    sizes *= unit
    bases = 0.5 + np.cumsum(sizes + _GAP, axis=1) - sizes - _GAP
    between = (7.4 - 2.2) / len(moves)
    for k, (own, at) in enumerate(zip(sizes, bases, strict=True)):
        x = 1.8 + k * between
        for s, (size, base) in enumerate(zip(own, at, strict=True)):
            axes.fill_between([x, x + _BAR], base, base + size, color=INK, linewidth=0)
            if k == 0 and size:
                axes.text(x - 0.1, base + size / 2, wrapped(stages[s], 22, 2), ha="right", va="center")
    for k, step in enumerate(moves):
        left, right = 1.8 + k * between + _BAR, 1.8 + (k + 1) * between
        start, end = bases[k].copy(), bases[k + 1].copy()
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
