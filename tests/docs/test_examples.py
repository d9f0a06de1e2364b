"""Every example in the README and the docs runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "coprod_measure"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Set-up of the environment, and the demo, which has a test of its own.
NOT_RUN_HERE = ("make ", "pip ", "cd ", "git ", "coprod demo")


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text(encoding="utf-8"))


def test_there_are_pages_with_examples() -> None:
    assert any(language == "python" for page in PAGES for language, _ in blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one page share a folder and, in Python, their names."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, f"{page.name}", "exec"), names)
        elif language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                if line and not line.startswith(("#", *NOT_RUN_HERE)):
                    program, *arguments = shlex.split(line, comments=True)
                    assert program == "coprod", f"{page.name}: only coprod commands are run, not {line!r}"
                    assert run_app(arguments) == 0, f"{page.name}: {line}"
        elif language == "yaml" and text.startswith("# file: "):
            name, _, content = text.removeprefix("# file: ").partition("\n")
            place = tmp_path / name.strip()
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    "module", [path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)  # fmt: skip
def test_examples_of_docstrings_give_what_they_say(module: Path) -> None:
    name = ".".join(module.relative_to(SOURCE.parent).with_suffix("").parts)
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (found.attempted > 0, found.failed) == (True, 0)


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md"]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
