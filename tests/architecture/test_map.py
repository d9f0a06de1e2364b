"""ARCHITECTURE.md says what is there, and nothing is there that it does not say."""

from __future__ import annotations

import re
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
    rooms = {
        path.relative_to(ROOT).as_posix() + "/"
        for path in PACKAGE.iterdir()
        if path.is_dir() and any(path.glob("*.py"))
    }
    assert sorted(rooms - named_places()) == []


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
