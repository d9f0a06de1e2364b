"""How long a user waits before anything happens."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.timing import Row, Work, process_time


def works() -> Iterator[Work]:
    """Import and help, whole processes; an empty Python process beside them."""
    yield Work("start", _rows)


def _rows() -> Iterator[Row]:
    nothing = process_time(["-c", "pass"])
    imported = process_time(["-c", "import coprod_measure"])
    yield Row(
        "import coprod_measure (beyond an empty process)", max(imported - nothing, 0.0), note="target 0.15 s"
    )
    yield Row(
        "coprod --help (whole process)",
        process_time(["-m", "coprod_measure.cli.app", "--help"]),
        note="target 0.5 s",
    )
