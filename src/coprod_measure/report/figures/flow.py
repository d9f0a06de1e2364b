"""Flow of respondents, from the raw file to the answers analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coprod_measure.report.figures.canvas import INK, PAPER, QUIET, bare_sheet, styled, wrapped
from coprod_measure.report.numbers import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 7.0
_MAIN_LEFT, _MAIN_WIDTH = 0.3, 2.6
_SIDE_LEFT, _SIDE_WIDTH = 3.9, 2.9
_STEP, _BOX = 0.86, 0.5


@dataclass(frozen=True, slots=True)
class Departure:
    """Respondents who leave at one step."""

    reason: str
    excluded: int


@styled
def draw_flow(start: int, start_label: str, departures: Sequence[Departure], end_label: str) -> Figure:
    """Draw who came in, who left at which step, and who remained.

    ``start``: respondents in the raw file. ``start_label``, ``end_label``: what the first and the last box
    are. ``departures``: in the order of cleaning; the remaining number is computed from them.
    """
    height = 2 * _BOX + _STEP * max(len(departures), 1) + 0.3
    figure, axes = bare_sheet(_WIDTH, height)
    top = height - 0.1 - _BOX
    _box(axes, _MAIN_LEFT, top, _MAIN_WIDTH, f"{start_label}\nn = {count(start)}", INK)
    middle = _MAIN_LEFT + _MAIN_WIDTH / 2
    for position, departure in enumerate(departures):
        level = top - _STEP * (position + 0.62) + _BOX / 2 - 0.1
        _arrow(axes, (middle, level), (_SIDE_LEFT, level))
        _box(axes, _SIDE_LEFT, level - _BOX / 2, _SIDE_WIDTH, _words(departure), QUIET, size=8)
    bottom = top - _STEP * max(len(departures), 1) - _BOX + 0.1
    _arrow(axes, (middle, top), (middle, bottom + _BOX))
    remaining = start - sum(departure.excluded for departure in departures)
    _box(axes, _MAIN_LEFT, bottom, _MAIN_WIDTH, f"{end_label}\nn = {count(remaining)}", INK, weight="bold")
    return figure


def _words(departure: Departure) -> str:
    return f"{wrapped(departure.reason, 46, 2)}\nn = {count(departure.excluded)}"


def _box(
    axes: Axes,
    left: float,
    bottom: float,
    width: float,
    text: str,
    edge: str,
    *,
    size: float = 9,
    weight: str = "normal",
) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, bottom), width, _BOX, facecolor=PAPER, edgecolor=edge, linewidth=1))
    axes.text(
        left + width / 2,
        bottom + _BOX / 2,
        text,
        ha="center",
        va="center",
        fontsize=size,
        fontweight=weight,
        linespacing=1.25,
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": QUIET, "linewidth": 1, "shrinkA": 0, "shrinkB": 0},
    )
