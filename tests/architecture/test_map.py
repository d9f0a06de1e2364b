"""ARCHITECTURE.md says what is there, and nothing is there that it does not say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "coprod_measure"


def named_places() -> set[str]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return {match for row in rows for match in re.findall(r"`([\w./-]+/)`", row.split("|")[1])}


def test_every_place_on_the_map_exists() -> None:
    places = named_places()
    assert len(places) > 8
    assert [place for place in sorted(places) if not (ROOT / place).is_dir()] == []


def test_every_room_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.parent for path in PACKAGE.rglob("__init__.py")} - {PACKAGE}
    assert sorted(room.name for room in rooms if room.name + "/`" not in text) == []
    assert {
        room.relative_to(ROOT).as_posix() + "/" for room in rooms if room.parent == PACKAGE
    } <= named_places()


def test_rooms_stand_in_the_order_that_import_linter_holds() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    told = re.search(r"import-linter[^:]*: `([^`]+)`", text)
    assert told is not None
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    held = [
        [name.strip().removeprefix("coprod_measure.") for name in layer.split("|")]
        for layer in contract["layers"]
    ]
    rooms = [layer for layer in held if (PACKAGE / layer[0]).is_dir()]
    assert [re.split(r",\s+", layer) for layer in re.split(r"\s+>\s+", told.group(1))] == rooms


def test_tests_mirror_the_source() -> None:
    sources = {path.stem for path in PACKAGE.rglob("*.py")} | {path.name for path in PACKAGE.iterdir()}
    beside = {"architecture", "reference", "docs", "platforms", "fuzz"}
    strangers = [
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir()
        and path.name not in sources | beside
        and path.name != "__pycache__"
        and not path.name.startswith(".")
    ]
    assert strangers == []
