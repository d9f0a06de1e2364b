"""The CSV with the scores of every respondent, for those who analyse on elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.scores.respondents import ScoresByMethod
from coprod_measure.output_files import csv_of_frame, write_text
from coprod_measure.responses.dataset import SEVERAL_ROWS, Responses
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import replace_part


def scores_file(study: Study, results: MeasurementResults) -> Path | None:
    """Name the CSV with the scores of every respondent; None where the study asks for none."""
    found = isinstance(results.scores, ScoresByMethod)
    return study.out_folder / f"{study.id}-scores.csv" if found else None


def write_scores(
    study: Study, responses: Responses, results: MeasurementResults, records: Mapping[str, str]
) -> tuple[Path, ...]:
    """Write one row a respondent: who in which wave and category, then a column a construct and way.

    Returns
    -------
    tuple of pathlib.Path
        The file of an earlier run, removed where none is asked for any more.
    """
    path, found = scores_file(study, results), results.scores
    if path is not None and isinstance(found, ScoresByMethod):
        write_text(path, csv_of_frame(_table(found, responses)))
    return replace_part(study, study.out_folder, "scores", [path] if path else [], records)


def _table(found: ScoresByMethod, responses: Responses) -> pd.DataFrame:
    values = found.values()
    known = [name for name in SEVERAL_ROWS if name in responses.about]
    return pd.concat([responses.about.loc[values.index, known], values], axis=1).rename_axis("respondent")
