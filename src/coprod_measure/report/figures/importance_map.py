"""Importance-performance map: what matters for a target, and how well it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import BLUE, HAIRLINE, INK, ORANGE, QUIET, sheet, styled, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SMALLEST, _LARGEST = 40.0, 640.0
_WIDTH, _HEIGHT = 450.0, 270.0
"""Of the axes in points, nearly: enough to keep labels apart."""


@styled
def draw_importance_map(
    names: Sequence[str],
    importance: Sequence[float],
    performance: Sequence[float],
    target: str,
    necessary: Sequence[bool] = (),
    below: Sequence[float] = (),
    level: float = 0.0,
) -> Figure:
    """Draw a point a construct, lines at the means.

    Parameters
    ----------
    names, importance, performance : sequence
        Performance from 0 to 100.
    necessary, below : sequence, optional
        Whether the construct is necessary, and the share of people (0 to 1) who have too little of it: filled
        bubbles of that area; empty ones for constructs that are not necessary.
    level : float
        Level of the target that ``below`` is about.
    """
    figure, axes = sheet(7.0, 4.6)
    middle = sum(importance) / len(importance), sum(performance) / len(performance)
    axes.axvline(middle[0], color=HAIRLINE, linewidth=1.0, zorder=1)
    axes.axhline(middle[1], color=HAIRLINE, linewidth=1.0, zorder=1)
    known = list(necessary) or [True] * len(names)
    shares = list(below) or [0.1] * len(names)
    sizes = [
        _SMALLEST + (_LARGEST - _SMALLEST) * (share if is_so else 0.1)
        for share, is_so in zip(shares, known, strict=True)
    ]
    for is_so, label in ((True, "Necessary"), (False, "Not necessary")):
        chosen = [k for k, one in enumerate(known) if one == is_so]
        if chosen:
            axes.scatter(
                [importance[k] for k in chosen], [performance[k] for k in chosen], [sizes[k] for k in chosen],
                facecolor=BLUE if is_so else "none", edgecolor=BLUE if is_so else ORANGE, linewidth=1.4,
                alpha=0.85 if is_so else 1.0, zorder=3, label=label,
            )  # fmt: skip
    spread = max(importance) - min(importance) or abs(middle[0]) or 1.0
    axes.set_xlim(min(0.0, *importance) - 0.02 * spread, max(0.0, *importance) + 0.18 * spread)
    axes.set_ylim(0, 100)
    axes.set_xlabel(f"Importance: points of {target} for one point more")
    axes.set_ylabel("Performance, 0 to 100")
    texts = [wrapped(name, 22, 2) for name in names]
    if necessary:
        texts = [
            f"{text}\n{share:.0%} too low" if so else text
            for text, share, so in zip(texts, shares, known, strict=True)
        ]
    _label(axes, importance, performance, [size**0.5 / 2.0 + 3.0 for size in sizes], texts)
    if necessary:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, markerscale=0.6)
        axes.annotate(
            f"Area: share of people with less than is needed for {target} = {level:g}", (1.0, 0.02),
            xycoords="axes fraction", ha="right", fontsize=7.5, color=QUIET,
        )  # fmt: skip
    return figure


def _label(
    axes: Axes, x: Sequence[float], y: Sequence[float], radii: Sequence[float], texts: Sequence[str]
) -> None:
    """Write each text on the first side of its point where nothing stands yet."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    at = [
        ((a - left) / (right - left) * _WIDTH, (b - low) / (high - low) * _HEIGHT)
        for a, b in zip(x, y, strict=True)
    ]
    taken = [(a - r, b - r, a + r, b + r) for (a, b), r in zip(at, radii, strict=True)]
    for (a, b), r, text in zip(at, radii, texts, strict=True):
        wide, tall = 5.3 * max(map(len, text.split("\n"))), 12.0 * (text.count("\n") + 1)
        sides = [
            (a - wide / 2, b + r, a + wide / 2, b + r + tall),
            (a - wide / 2, b - r - tall, a + wide / 2, b - r),
            (a + r, b - tall / 2, a + r + wide, b + tall / 2),
            (a - r - wide, b - tall / 2, a - r, b + tall / 2),
        ]

        def crowded(box: tuple[float, float, float, float]) -> float:
            outside = sum(edge < 0.0 for edge in box[:2]) + (box[2] > _WIDTH) + (box[3] > _HEIGHT)
            return outside + sum(
                box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3] for one in taken
            )

        box = min(sides, key=crowded)
        taken.append(box)
        axes.annotate(
            text, ((box[0] + box[2]) / 2 / _WIDTH, (box[1] + box[3]) / 2 / _HEIGHT),
            xycoords="axes fraction", va="center", ha="center", fontsize=8.5, color=INK, zorder=4,
        )  # fmt: skip
