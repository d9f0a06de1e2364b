"""What is installed is enough: questionnaires, theories and samples travel inside the package."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_carries_instruments_and_samples(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    top = "coprod_measure/shipped"
    assert {
        f"{top}/instruments/etgar2007.yaml",
        f"{top}/instruments/theory/etgar2007.yaml",
        f"{top}/instruments/cleaning/default.yaml",
        f"{top}/data/sample/bfi/bfi.csv",
        f"{top}/data/sample/coproduction/responses.csv",
        f"{top}/data/sample/coproduction/study.yaml",
        "coprod_measure/py.typed",
    } <= names
    assert any(name.endswith("templates/report.html") or name.endswith("report.html.jinja") for name in names)
    assert not [name for name in names if "tests/" in name or name.endswith((".tmp", ".pyc"))]
