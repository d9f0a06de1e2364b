"""Lines of items, one under the other, below the headings of their constructs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

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
    labels: dict[int, str] = {}
    line = 0
    for heading, items in groups:
        axes.text(
            0.0,
            line + 0.1,
            heading + "  ",
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontweight="bold",
        )
        line += 1
        for item in items:
            draw(line, item)
            labels[line] = wrapped(item.label, 56, 2)
            line += 1
    axes.set_ylim(line - 0.4, -0.6)
    # Two lines of small print fit where one of the usual size does.
    axes.set_yticks(list(labels), list(labels.values()), fontsize=7.5, linespacing=0.95)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
