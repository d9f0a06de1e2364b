"""The programs that the checks ask, and the questionnaires that they are asked about."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import coprod_measure as cm
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.exports.write import write_export

ROOT = Path(__file__).parents[2]
SHIPPED = [
    ("bfi25", "full"),
    *(("etgar2007", form) for form in ("demo", "core", "full", "wave1", "wave2", "wave3")),
    ("etgar2007_experiment", "experiment"),
]


@pytest.fixture(scope="session")
def rules() -> str:
    """Whose rules the installed lavaan follows, as the option ``lavaan=`` has it."""
    code = 'cat(as.character(packageVersion("lavaan")))'
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return "0.6" if done.stdout.startswith("0.6") else "0.7"


@pytest.fixture(scope="session", params=SHIPPED, ids="/".join)
def shipped_form(request: pytest.FixtureRequest) -> tuple[Instrument, str]:
    """Every form of every shipped instrument."""
    name, form = request.param
    return cm.read_instrument(name), form


@pytest.fixture
def exported(shipped_form: tuple[Instrument, str], tmp_path: Path) -> Callable[[str], Path]:
    """Write the form for a platform; give the file, with its name map beside it."""

    def write(platform: str) -> Path:
        instrument, form = shipped_form
        return write_export(instrument, platform, tmp_path, form=form).paths[0]

    return write


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time, printed when a test fails; ``COPROD_PLATFORM_SEED`` repeats one."""
    chosen = int(os.environ.get("COPROD_PLATFORM_SEED") or secrets.randbelow(2**31))
    print(f"COPROD_PLATFORM_SEED={chosen} for {request.node.name}")
    return chosen


def ask(*command: object) -> Any:
    """Run a program that prints JSON."""
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command[:2]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Run a script of ``platforms/`` with Node."""
    return lambda script, *arguments: ask("node", ROOT / "platforms" / script, *arguments)


@pytest.fixture(scope="session")
def python_beside() -> Callable[..., Any]:
    """Run Python in the environment of the platform tools."""
    return lambda *arguments: ask(ROOT / ".venv-platforms" / "bin" / "python", *arguments)


@pytest.fixture(scope="session")
def rscript() -> Callable[..., Any]:
    """Run a script of ``platforms/`` with R."""
    return lambda script, *arguments: ask("Rscript", ROOT / "platforms" / script, *arguments)
