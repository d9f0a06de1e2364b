"""The same work for us and for R, on the same files in the same run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.timing import Row, median_time


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    ours : callable
        Takes model and data.
    theirs : str
        R code of the same work on ``model`` and ``data``; empty where R has no like.
    target : str
        What the project promises.
    prepare : str
        R code that is run before the clock starts.
    scale : float
        What R's time is multiplied by, where it runs only a part of the work.
    """

    name: str
    model: str
    data: pd.DataFrame
    ours: Callable[[str, pd.DataFrame], object]
    theirs: str
    target: str
    repeats: int = 5
    peer: str = "lavaan"
    prepare: str = ""
    scale: float = 1.0


def beside_r(jobs: Iterable[Job]) -> Iterator[Row]:
    """Time all jobs; R's times come from one process that runs right before ours."""
    jobs = list(jobs)
    theirs = _r_seconds([job for job in jobs if job.theirs])
    for job in jobs:
        notes = [job.target]
        if job.theirs and job.name not in theirs:
            notes.append(f"{job.peer} not measured")
        if job.name in theirs and job.scale != 1:
            notes.append(f"{job.peer}'s time is {job.scale:g} x that of 1/{job.scale:g} of the work")
        yield Row(
            job.name,
            median_time(partial(job.ours, job.model, job.data), job.repeats),
            theirs.get(job.name),
            job.peer if job.theirs else "",
            "; ".join(notes),
        )


def _r_seconds(jobs: list[Job]) -> dict[str, float]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = []
        for number, job in enumerate(jobs):
            job.data.to_csv(folder / f"{number}.csv", index=False, na_rep="NA")
            (folder / f"{number}.txt").write_text(job.model + "\n", encoding="utf-8")
            table.append(
                (
                    job.name, f"{number}.csv", f"{number}.txt", job.prepare, job.theirs,
                    min(job.repeats, 3), job.scale,
                )
            )  # fmt: skip
        columns = ["job", "data", "model", "prepare", "call", "repeats", "scale"]
        pd.DataFrame(table, columns=columns).to_csv(folder / "jobs.csv", index=False)
        done = subprocess.run(
            ["Rscript", str(Path(__file__).with_name("in_r.R")), name],
            check=False, capture_output=True, text=True, env=_unset_blas(),
        )  # fmt: skip
        if done.returncode != 0:
            print(f"R was not timed: {done.stderr.strip().splitlines()[-1:]}")
            return {}
        print(done.stdout.strip().splitlines()[-1])
        seconds = pd.read_csv(folder / "seconds.csv")
        return dict(zip(seconds["job"], seconds["seconds"], strict=True))


def _unset_blas() -> dict[str, str]:
    """R chooses its own number of threads, which is its best on models of this size."""
    return {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
