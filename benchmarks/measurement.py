"""Scales: ours beside psych and lavaan, and work that they do not offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.chain import chain_data, five_points
from benchmarks.in_r import Job, beside_r
from benchmarks.timing import Row, Work, median_time
from coprod_measure.shipped import shipped_folder

FACTORS, ITEMS = 22, 5


def works() -> Iterator[Work]:
    """All jobs, those with a peer first."""
    yield from beside_r(_jobs())
    four = chain_data(FACTORS, 1200, ITEMS, seed=5).assign(category=np.arange(1200) % 4)
    thirty = chain_data(30, 1000, seed=6)
    alone: tuple[tuple[str, Callable[[], object], str], ...] = (
        ("study of the bfi, from file to HTML report", _study, "10 s"),
        ("five-step invariance, 110 items, 4 groups of 300", partial(_invariance, four), "20 s"),
        ("HTMT, 1,000 draws, 30 constructs x 4 items, n=1000", partial(_htmt, thirty), "5 s"),
    )
    for name, work, target in alone:
        yield Work(name, partial(_once, name, work, target))


def _once(name: str, work: Callable[[], object], target: str) -> list[Row]:
    return [Row(name, median_time(work, 1), note=target)]


def constructs_of(data: pd.DataFrame) -> dict[str, list[str]]:
    """Items of each factor of a chain model."""
    found: dict[str, list[str]] = {}
    for name in data.columns:
        if name.startswith("x"):
            found.setdefault(f"f{name[1:].split('_')[0]}", []).append(name)
    return found


def _jobs() -> Iterator[Job]:
    bfi = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:, :25].dropna()
    yield Job(
        f"parallel analysis, 25 items, n={len(bfi):,}, 1,000 draws", "", bfi, _parallel,
        "fa.parallel(data, n.iter = 50, fa = 'both', plot = FALSE)", "2 s, 20x", 1, "psych", scale=20,
    )  # fmt: skip
    points = five_points(chain_data(FACTORS, 1200, ITEMS, seed=4))
    work = "polychorics, 110 five-point items, n=1200"
    yield Job(work, "", points, _polychoric, "polychoric(data)", "3 s, 8x", 1, "psych")
    yield Job(f"{work} ", "", points, _polychoric, "lavCor(data, ordered = names(data))", "3 s, 8x", 1)


def _parallel(_: str, data: pd.DataFrame) -> object:
    from coprod_measure.measurement.factors.dimensionality import parallel_analysis

    return [parallel_analysis(data, draws=1000, kind=kind) for kind in ("factors", "components")]


def _polychoric(_: str, data: pd.DataFrame) -> object:
    from coprod_measure.fitting.polychorics import polychoric

    return polychoric(data, standard_errors=False)


def _study() -> object:
    from coprod_measure.report.write import write_report
    from coprod_measure.study.run import run_study

    with TemporaryDirectory() as folder:
        results = run_study(Path(shipped_folder("data/sample")) / "bfi" / "study.yaml", out=folder)
        return write_report(results, folder)


def _invariance(data: pd.DataFrame) -> object:
    from coprod_measure.measurement.invariance.groups import invariance

    levels = ("configural", "metric", "scalar", "strict", "means")
    return invariance(constructs_of(data), data, group="category", levels=levels, effects=False).table()


def _htmt(data: pd.DataFrame) -> object:
    from coprod_measure.measurement.validity.htmt import htmt

    return htmt(constructs_of(data), data, bootstrap=1000).table()
