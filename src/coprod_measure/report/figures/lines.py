"""Lines of items, one under the other, below the headings of their constructs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from coprod_measure.report.figures.canvas import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Labelled(Protocol):
    """What stands on a line."""

    @property
    def label(self) -> str:
        """Text at the left of the line."""
        ...


Line = TypeVar("Line", bound=Labelled)


def draw_lines(
    axes: Axes, groups: Sequence[tuple[str, Sequence[Line]]], draw: Callable[[int, Line], None]
) -> None:
    """Draw every item on a line of its own and label the vertical axis.

    ``axes``: changed; line 0 is at the top. ``groups``: items of each construct. ``draw``: draws one item:
    ``draw(line, item)``.
    """
    line = 0
    for heading, items in groups:
        _label(axes, line + 0.1, heading, fontweight="bold")
        line += 1
        for item in items:
            draw(line, item)
            # Two lines of small print fit where one of the usual size does.
            _label(axes, line, wrapped(item.label, 56, 2), fontsize=7.5, linespacing=0.95)
            line += 1
    axes.set_ylim(line - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _label(axes: Axes, height: float, text: str, **style: Any) -> None:
    """Put a label left of the axes; ticks would be measured four times as often."""
    axes.text(-0.012, height, text, transform=axes.get_yaxis_transform(), ha="right", va="center", **style)
