"""JSON Schemas of theory and instrument files, so that editors complete and check while one types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from coprod_measure.instrument.file_model import InstrumentFile
from coprod_measure.output_files import write_text
from coprod_measure.theory.definition import TheoryFile

MODELS: Mapping[str, type[BaseModel]] = {
    "theory.schema.json": TheoryFile,
    "instrument.schema.json": InstrumentFile,
}


def schema_texts(models: Mapping[str, type[BaseModel]] = MODELS) -> dict[str, str]:
    """Render the schemas (JSON Schema 2020-12) by file name."""
    found: dict[str, str] = {}
    for name, model in models.items():
        schema: dict[str, Any] = model.model_json_schema(by_alias=True)
        about = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        found[name] = json.dumps(about | schema, indent=2, ensure_ascii=False) + "\n"
    return found


def write_schemas(folder: Path, models: Mapping[str, type[BaseModel]] = MODELS) -> list[Path]:
    """Write the schemas into a folder (``instruments/schema``).

    ``models``: file name to what its files look like; those of theory and instrument when left out.
    """
    paths = []
    for name, text in schema_texts(models).items():
        write_text(folder / name, text)
        paths.append(folder / name)
    return paths
