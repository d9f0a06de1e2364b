"""A fault of the program in one chapter, or in the page of one kind of test, does not cost the others."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coprod_measure.report.document import Block, Callout, Document


@dataclass(frozen=True, slots=True)
class Fault(Callout):
    """What stands where a part could not be written; ``part`` names it, ``trace`` is for whoever mends it."""

    part: str = ""
    trace: str = ""


def blocks_or_fault(part: str, make: Callable[[], Iterable[Block]]) -> list[Block]:
    """Make the blocks of a part, or one that says that a fault of the program stopped it.

    Examples
    --------
    >>> [fault] = blocks_or_fault("choice", lambda: {}["effects"])
    >>> fault.text
    "This part (choice) could not be written (KeyError: 'effects'), which is a fault of this program."
    """
    try:
        return list(make())
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        text = f"This part ({part}) could not be written ({words}), which is a fault of this program."
        return [Fault(text, "Not written.", part=part, trace=traceback.format_exc())]


def failures_of(document: Document) -> dict[str, str]:
    """Give the parts of a report that a fault stopped, and their tracebacks."""
    return {block.part: block.trace for block in document.blocks() if isinstance(block, Fault)}
