"""The page of commands says what the commands say of themselves."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.cli.app import app
from coprod_measure.cli.reference import command_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def test_the_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == command_reference(app), "run: make docs"
