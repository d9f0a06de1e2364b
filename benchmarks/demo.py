"""The sample studies end to end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks.timing import Row, Work, process_time


def works() -> Iterator[Work]:
    """One run in a fresh process and folder."""
    yield Work("coprod demo", _rows)


def _rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        seconds = process_time(["-m", "coprod_measure.cli.app", "demo", "--out", folder], repeats=1)
    yield Row("coprod demo (whole process)", seconds, note="target 60 s")
