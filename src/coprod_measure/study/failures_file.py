"""The tracebacks of what a fault of the program stopped, for whoever mends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from coprod_measure.errors import Fault
from coprod_measure.output_files import write_text
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import replace_part


def faults_of(record: object, room: str) -> dict[str, str]:
    """Give what failed in a room to its traceback: parts of its record, or the whole room."""
    if isinstance(record, Fault):
        return {room: record.traceback}
    return dict(getattr(record, "failures", {}))


def failures_file(study: Study, room: str) -> Path:
    """Name the file of a room, or of the report."""
    return study.out_folder / f"{study.id}-failures-{room}.txt"


def write_failures(study: Study, room: str, failures: Mapping[str, str], records: Mapping[str, str]) -> None:
    """Write the tracebacks of what failed; where nothing did, remove the file of an earlier run."""
    path = failures_file(study, room)
    if failures:
        write_text(path, "\n".join(f"{part}\n{text}" for part, text in failures.items()))
    replace_part(study, study.out_folder, path.stem, [path] if failures else [], records)
