"""The models of a study as scripts for lavaan, each beside the data it was fitted to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.output_files import csv_of_frame, write_text
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.model_data import data_of_model
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import replace_part

_WRITTEN_FOR = "data.csv"


def write_models(
    study: Study,
    responses: Responses,
    found: MeasurementResults | HypothesisTests | NotAvailable,
    records: Mapping[str, str],
) -> tuple[Path, ...]:
    """Write ``records/<study>-models/measurement.R`` or ``structure-1.R`` ..., a CSV beside each.

    Returns
    -------
    tuple of pathlib.Path
        Files of an earlier run that were removed.
    """
    part = "measurement model" if isinstance(found, MeasurementResults) else "structural models"
    folder = study.out_folder / "records" / f"{study.id}-models"
    written = []
    for name, script, data in _models(study, responses, found):
        text = script.replace(f'"{_WRITTEN_FOR}"', f'"{name}.csv"')
        write_text(folder / f"{name}.R", text)
        write_text(folder / f"{name}.csv", csv_of_frame(data, index=False))
        written += [folder / f"{name}.R", folder / f"{name}.csv"]
    return replace_part(study, study.out_folder, part, written, records)


def _models(
    study: Study, responses: Responses, found: MeasurementResults | HypothesisTests | NotAvailable
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    if isinstance(found, NotAvailable):
        return
    if isinstance(found, MeasurementResults):
        model = found.confirmatory
        if not isinstance(model, NotAvailable) and model.script:
            people = responses
            if found.occasion is not None:
                people, _ = responses.one_row_a_person(found.occasion.wave, found.occasion.category)
            items = people.frame[list(dict.fromkeys(model.loadings["item"]))]
            yield "measurement", model.script, items.join(people.sampling()[0])
        return
    for number, fit in enumerate(found.models, start=1):
        if fit.script:
            data = data_of_model(fit, study.instrument.theory, responses, found.options.controls)
            yield f"structure-{number}", fit.script, data
