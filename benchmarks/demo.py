"""The sample studies end to end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks.timing import Row, process_time


def rows() -> Iterator[Row]:
    """One run in a fresh process and folder."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = process_time(["-m", "coprod_measure.cli.app", "demo", "--out", folder], repeats=1)
    yield Row("coprod demo (whole process)", seconds, note="target 60 s")
