"""What is committed speaks of the project alone and runs without anything beside it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE_PATHS = re.compile(r"(/home/[a-z]|/root/|/work/|\.\./shared|C:\\\\Users)")
INDEX_ADDRESS = re.compile(r"(--index-url|--extra-index-url|--find-links|files\.pythonhosted)")


def committed_names() -> list[str]:
    """What git keeps; the modules, where the sources came without it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    return [name for name in listed if name] or [
        path.relative_to(ROOT).as_posix() for path in (ROOT / "src").rglob("*.py")
    ]


def committed_text() -> dict[str, str]:
    suffixes = {".py", ".md", ".yaml", ".toml", ".R", ".json", ".lock", ".html", ""}
    return {
        name: (ROOT / name).read_text(encoding="utf-8", errors="replace")
        for name in committed_names()
        if Path(name).suffix in suffixes
        and (ROOT / name).is_file()
        and Path(name) != Path(__file__).relative_to(ROOT)
    }


def test_no_machine_path_is_committed() -> None:
    texts = committed_text()
    assert len(texts) > 10
    assert [name for name, text in texts.items() if MACHINE_PATHS.search(text)] == []


def test_nothing_that_a_run_leaves_is_committed() -> None:
    folders = {"benchmarks", "data", "docs", "instruments", "platforms", "src", "tests", ".ci"}
    left = re.compile(r"(^|/)(out/|\.[\w-]+-(outputs\.json|lock)$)|\.unfinished")
    own = [name for name in committed_names() if not name.startswith("tests/reference/")]
    assert [
        name for name in own if left.search(name) or ("/" in name and name.split("/")[0] not in folders)
    ] == []


def test_no_package_index_is_named() -> None:
    assert [
        name
        for name in ("requirements.lock", "pyproject.toml")
        if INDEX_ADDRESS.search(committed_text()[name])
    ] == []


def test_commands_print_through_one_door() -> None:
    """What `say` prints a terminal shows and does not obey."""
    door = ROOT / "src" / "coprod_measure" / "cli" / "printing.py"
    others = [
        path.name
        for path in door.parent.glob("*.py")
        if path not in {door, door.with_name("reference.py")}
        and re.search(r"\b(typer\.s?echo|print|std(out|err)\.write)\(", path.read_text(encoding="utf-8"))
    ]
    assert others == []
    assert "typer.echo(visible(" in door.read_text(encoding="utf-8")
