"""Faults of the program itself: what they stopped, where the tracebacks lie, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.study.definition import Study

FAULT = 4
"""Exit code when a part failed by a fault of the program; everything else was computed and written."""


def leave_with_faults(study: Study, failures: Mapping[str, Mapping[str, str]]) -> None:
    """Name the files with the tracebacks of what failed, by room, and leave with the code that says so."""
    from coprod_measure.study.failures_file import failures_file

    for room, failed in failures.items():
        if failed:
            file = failures_file(study, room)
            say(f"A fault of coprod stopped {', '.join(failed)}; tracebacks: {file}", err=True)
    if any(failures.values()):
        raise typer.Exit(FAULT)
