"""JSON Schemas of every kind of file that a study is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from coprod_measure.instrument import schemas
from coprod_measure.responses.rules_file import CleaningFile
from coprod_measure.simulation.effects_file import EffectsFile
from coprod_measure.simulation.population_model import PopulationModel
from coprod_measure.study.file_model import with_kinds

MODELS: Mapping[str, type[BaseModel]] = {
    **schemas.MODELS,
    "cleaning.schema.json": CleaningFile,
    "study.schema.json": with_kinds(),
    "population.schema.json": PopulationModel,
    "effects.schema.json": EffectsFile,
}


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas of theory, instrument, cleaning, study and population files.

    ``folder``: where to (``instruments/schema``); it is created.
    """
    return schemas.write_schemas(folder, MODELS)
