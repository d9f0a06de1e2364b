"""The documentation site: every page is in its menu, and what the project writes itself is whole."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

import coprod_measure as cm

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MENU = YAML(typ="safe").load(ROOT / "mkdocs.yml")["nav"]


@pytest.fixture(scope="module")
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documentation_site", DOCS / "site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_in_the_menu_once_and_every_entry_is_a_page(site: ModuleType) -> None:
    stored = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    written = {*site.python_pages(), "reference/yaml-files.md"}
    chosen = re.findall(r"[\w/-]+\.md", json.dumps(MENU))
    assert set(chosen) <= stored | written
    whole = site.whole_menu(copy.deepcopy(MENU), sorted({*stored, "how-to/new.md"}))
    listed = re.findall(r"[\w/-]+\.md", json.dumps(whole))
    assert len(listed) == len(set(listed))
    assert set(listed) == stored | written | {"how-to/new.md"}
    assert whole[2]["How to"][-1] == "how-to/new.md"


def test_every_public_name_has_its_entry(site: ModuleType) -> None:
    text = "".join(site.python_pages().values())
    assert set(site.public_names()) == set(dir(cm)) - {"__version__"}
    for name, module in site.public_names().items():
        assert f"::: coprod_measure.{module}.{name}\n" in text
    # What public functions give back stands beside them.
    assert "::: coprod_measure.fitting.result.Fit\n" in text
    assert "::: coprod_measure.composites.result.Pls\n" in text


def test_every_key_of_every_yaml_file_is_told(site: ModuleType) -> None:
    page = site.yaml_page()
    schemas = list((ROOT / "instruments" / "schema").glob("*.schema.json"))
    assert {schema.name.split(".")[0] for schema in schemas} == set(site.FILES)
    for schema in schemas:
        held = json.loads(schema.read_text(encoding="utf-8"))
        for record in (held, *held.get("$defs", {}).values()):
            for key in record.get("properties", {}):
                assert f"| `{key}` |" in page
    targets = set(re.findall(r"\]\(#([\w-]+)\)", page))
    assert targets <= set(re.findall(r"\{#([\w-]+)\}", page))


def test_reports_are_shown_and_their_titles_are_no_markup(site: ModuleType, tmp_path: Path) -> None:
    report = tmp_path / "a-report.html"
    report.write_text("<html><title>One &amp; two</title></html>", encoding="utf-8")
    page = site.gallery([report])
    assert "## One & two" in page
    assert 'src="a-report.html" title="One &amp; two"' in page
    assert MENU[-1] == {"Gallery": site.GALLERY}
