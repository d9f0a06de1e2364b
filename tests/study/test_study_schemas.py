"""The published schemas are what the code checks, and accept every file that the project ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coprod_measure.errors import StudyError
from coprod_measure.instrument.schemas import schema_texts
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.schemas import MODELS, write_schemas
from coprod_measure.yaml_files import open_yaml

STORED = shipped_folder("instruments") / "schema"
SAMPLES = shipped_folder("data/sample")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_stored_schema_is_what_the_code_writes(name: str) -> None:
    stored = (STORED / name).read_text(encoding="utf-8")
    message = "run write_schemas(Path('instruments/schema')) of coprod_measure.study.schemas"
    assert stored == schema_texts(MODELS)[name], message


def test_every_schema_is_written(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "schema")
    assert {path.name for path in written} == {path.name for path in STORED.iterdir()}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cleaning.schema.json", shipped_folder("instruments") / "cleaning" / "default.yaml"),
        ("cleaning.schema.json", SAMPLES / "bfi" / "cleaning.yaml"),
        ("study.schema.json", SAMPLES / "bfi" / "study.yaml"),
        ("study.schema.json", SAMPLES / "coproduction" / "study.yaml"),
        ("population.schema.json", SAMPLES / "coproduction" / "population.yaml"),
    ],
)
def test_shipped_files_use_only_keys_of_their_schema(name: str, path: Path) -> None:
    schema = json.loads((STORED / name).read_text(encoding="utf-8"))
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    assert named.resolve() == (STORED / name).resolve()
    data = open_yaml(path, error=StudyError).data
    assert set(data) <= set(schema["properties"])
    assert set(schema["required"]) <= set(data)
    assert schema["additionalProperties"] is False
