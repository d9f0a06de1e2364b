import json
from pathlib import Path

import pytest

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.schemas import schema_texts
from coprod_measure.shipped import shipped_folder
from coprod_measure.yaml_files import read_yaml


@pytest.mark.parametrize("name", ["theory.schema.json", "instrument.schema.json"])
def test_stored_schema_is_what_the_code_writes(name):
    stored = (shipped_folder("instruments") / "schema" / name).read_text(encoding="utf-8")
    message = "run write_schemas(Path('instruments/schema')) of coprod_measure.instrument.schemas"
    assert stored == schema_texts()[name], message


@pytest.mark.parametrize(
    "path", sorted(shipped_folder("instruments").rglob("*.yaml")), ids=lambda path: path.name
)
def test_shipped_files_name_a_schema_that_exists(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    if first.startswith("# yaml-language-server: $schema="):
        assert (path.parent / first.partition("=")[2]).is_file()


def test_schema_knows_the_keys_that_the_files_use():
    schema = json.loads(schema_texts()["instrument.schema.json"])
    for name in ("bfi25", "etgar2007"):
        data = read_yaml(shipped_folder("instruments") / f"{name}.yaml", error=InstrumentError).data
        assert set(data) <= set(schema["properties"])
        group = schema["$defs"]["GroupEntry"]["properties"]
        item = schema["$defs"]["ItemEntry"]["properties"]
        assert all(set(one) <= set(group) for one in data["questions"])
        assert all(set(entry) <= set(item) for one in data["questions"] for entry in one["items"].values())
