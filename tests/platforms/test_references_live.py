"""The stored reference values are what R gives today: every ``case.R`` runs anew in a copy, its files compared.

Values of packages that Debian does not have, or has in another version, are left out: what made them stands in the
case's ``session.json``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytestmark = pytest.mark.platform

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "tests" / "reference"
ALL_CASES = sorted(script.parent for script in REFERENCE.glob("*/case.R"))
SAME = 1e-6  # relative for numbers above one; between processors the last digits of an iteration differ
ROUNDING = 1e-6  # a standard error below is one of rounding: no parameter of the cases is known that well
# Debian's reference BLAS and LAPACK, with which the values were made: an optimised one rounds by its processor, and
# some searches of lavaan, led by rounding, then end elsewhere or nowhere.
BLAS = [str(folder) for kind in ("blas", "lapack") for folder in Path("/usr/lib").glob(f"*/{kind}")]
# psych spreads its random draws over processes that the seed does not reach: the same up to sampling error.
# The starts of the rotation in measurement_esem are random in lavaan; they end a hair apart.
# Where R has another BLAS all the same, normal draws turn the eigenvectors that they come from, and the search on a
# boundary stops elsewhere.
LOOSER = {
    "psych_parallel": 0.02,
    "measurement_esem": 1e-3,
    "mediation_monte_carlo": 3e-3,
    "lavaan_ml_pd_inequality": 1e-4,
}
VERSIONS = "session.json"
ANY_VERSION = ("R", "r", "jsonlite", "MASS")


def installed() -> dict[str, str]:
    """R packages here and their versions; nothing where there is no R."""
    code = "p <- rownames(installed.packages()); for (x in p) cat(x, as.character(packageVersion(x)), '\\n')"
    if shutil.which("Rscript") is None:
        return {}
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return dict(line.split()[:2] for line in done.stdout.splitlines())


def made_by(case: Path) -> dict[str, str]:
    """Packages that made a case: their versions where its session names them, else any."""
    script = (case / "case.R").read_text(encoding="utf-8")
    needed = dict.fromkeys(re.findall(r"library\(([\w.]+)\)", script), "")
    stored = json.loads((case / VERSIONS).read_text()) if (case / VERSIONS).is_file() else {}
    named = {key: str(value) for key, value in stored.items() if re.fullmatch(r"\d+(\.\d+){2,}", str(value))}
    return {name: version for name, version in (needed | named).items() if name not in ANY_VERSION}


def runs_with(case: Path, here: dict[str, str]) -> bool:
    return all(name in here and here[name].startswith(version) for name, version in made_by(case).items())


HERE = installed()
CASES = [case for case in ALL_CASES if runs_with(case, HERE)]


@pytest.fixture(scope="session")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the scripts read, where they look for it: data and shared R files; the cases are copied when run."""
    copy = tmp_path_factory.mktemp("project")
    (copy / "data").symlink_to(ROOT / "data")
    reference = copy / "tests" / "reference"
    reference.mkdir(parents=True)
    (reference / "data").symlink_to(REFERENCE / "data")
    for script in REFERENCE.glob("*.R"):
        shutil.copy(script, reference)
    return reference


def rerun(folder: Path, script: str) -> set[str]:
    """Run a script in a folder; give the names of the files that it wrote."""
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    environment = {**os.environ, "R_LD_LIBRARY_PATH": ":".join(BLAS)} if BLAS else None
    done = subprocess.run(
        ["Rscript", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {path.name for path in folder.iterdir() if before.get(path.name) != path.stat().st_mtime_ns}


def differing(stored: Path, fresh: Path, limit: float = SAME) -> list[str]:
    """One line for each number or text that differs."""
    if stored.suffix == ".csv":
        old, new = (without_rounding_errors(pd.read_csv(path)) for path in (stored, fresh))
        return differing_tables(old, new, limit)
    if stored.suffix == ".json":
        return list(
            differing_values(json.loads(stored.read_text()), json.loads(fresh.read_text()), limit, "$")
        )
    return [] if stored.read_text() == fresh.read_text() else ["other text"]


def without_rounding_errors(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose parameters without a standard error have none.

    Where constraints fix a parameter its variance is zero up to rounding, and lavaan gives the root of that: 0, a
    hair, or NaN where the processor and its BLAS rounded below zero; z and interval follow.
    """
    if not {"est", "se", "z", "pvalue", "ci_lower", "ci_upper"} <= set(table):
        return table
    fixed = ~(table["se"] >= ROUNDING)
    table.loc[fixed, ["se", "z", "pvalue"]] = float("nan")
    for bound in ("ci_lower", "ci_upper"):
        table.loc[fixed, bound] = table.loc[fixed, "est"]
    return table


def differing_tables(stored: pd.DataFrame, fresh: pd.DataFrame, limit: float) -> list[str]:
    if list(stored.columns) != list(fresh.columns) or len(stored) != len(fresh):
        return [f"table of {stored.shape} {list(stored.columns)[:5]}, now {fresh.shape}"]
    return [
        f"row {row + 2} {column}: {old}, now {new}"
        for column in stored
        for row, (old, new) in enumerate(zip(stored[column], fresh[column], strict=True))
        if not same(old, new, limit)
    ]


def differing_values(stored: Any, fresh: Any, limit: float, place: str) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(fresh, dict) and stored.keys() == fresh.keys():
        for key in stored:
            yield from differing_values(stored[key], fresh[key], limit, f"{place}.{key}")
    elif isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        for position, pair in enumerate(zip(stored, fresh, strict=True)):
            yield from differing_values(*pair, limit, f"{place}[{position}]")
    elif not same(stored, fresh, limit):
        yield f"{place}: {stored}, now {fresh}"


def same(old: Any, new: Any, limit: float) -> bool:
    if isinstance(old, str) or isinstance(new, str) or old is None or new is None:
        return bool(old == new)
    if pd.isna(old) or pd.isna(new):
        return bool(pd.isna(old) and pd.isna(new))
    return abs(old - new) <= limit * max(1.0, abs(old))


@pytest.mark.parametrize("case", CASES, ids=lambda folder: folder.name)
def test_stored_values_are_what_the_script_gives(case: Path, copy_of_project: Path) -> None:
    folder = Path(shutil.copytree(case, copy_of_project / case.name, dirs_exist_ok=True))
    script = (case / "case.R").read_text(encoding="utf-8")
    for other in set(re.findall(r"\"\.\./(\w+)/", script)) - {"data"}:
        shutil.copytree(REFERENCE / other, copy_of_project / other, dirs_exist_ok=True)
    written = rerun(folder, "case.R") - {VERSIONS}
    assert written
    assert sorted(written - {path.name for path in case.iterdir()}) == []
    limit = LOOSER.get(case.name, SAME)
    lines = [
        f"{name} {line}" for name in sorted(written) for line in differing(case / name, folder / name, limit)
    ]
    assert not lines, f"{len(lines)} differences\n" + "\n".join(lines[:20])
    named = (case / "case.R").read_text(encoding="utf-8")
    left_over = {path.name for path in case.glob("*.csv")} - written
    assert sorted(name for name in left_over if name not in named) == []


def test_what_does_not_run_here_names_what_made_it() -> None:
    left_out = [case for case in ALL_CASES if case not in CASES]
    assert len(CASES) > 100
    assert [case.name for case in left_out if not (case / VERSIONS).is_file()] == []


def test_simulated_data_are_what_the_script_draws(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REFERENCE / "data", tmp_path / "data"))
    written = rerun(folder, "simulate.R")
    assert len(written) >= 5
    lines = [
        f"{name} {line}"
        for name in sorted(written)
        for line in differing(REFERENCE / "data" / name, folder / name)
    ]
    assert not lines, "\n".join(lines[:20])
