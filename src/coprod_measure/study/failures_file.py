"""The tracebacks of parts that a fault of the program stopped, for whoever mends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.output_files import write_text
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import replace_part


def failures_file(study: Study) -> Path:
    """Name the file."""
    return study.out_folder / f"{study.id}-failures.txt"


def write_failures(study: Study, results: MeasurementResults, records: Mapping[str, str]) -> None:
    """Write the tracebacks; where nothing failed, remove the file of an earlier run."""
    path = failures_file(study)
    if results.failures:
        write_text(path, "\n".join(f"{part}\n{text}" for part, text in results.failures.items()))
    replace_part(study, study.out_folder, "failures", [path] if results.failures else [], records)
