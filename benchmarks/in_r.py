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

from benchmarks.timing import Row, Work, median_time

PATIENCE = 180
"""Seconds after which R is stopped."""
QUICK = 20
"""Seconds up to which R is timed with one BLAS thread and with its own number; what takes longer has one."""


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
    limit : callable, optional
        From model, data and our seconds to a note on how fast this machine could be.
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
    limit: Callable[[str, pd.DataFrame, float], str] | None = None


def beside_r(jobs: Iterable[Job]) -> Iterator[Work]:
    """Time each job in R, then at once by us."""
    return (Work(job.name, partial(_row, job)) for job in jobs)


def _row(job: Job) -> Iterator[Row]:
    notes = [job.target]
    theirs: float | str | None = None
    if job.theirs:
        theirs, threads = _fastest(job)
        notes.append(threads)
    if isinstance(theirs, str):
        notes[-1] = f"{job.peer} not measured: {theirs}"
    elif theirs is not None and job.scale != 1:
        notes.append(f"{job.peer}'s time is {job.scale:g} x that of 1/{job.scale:g} of the work")
    ours = median_time(partial(job.ours, job.model, job.data), job.repeats)
    if job.limit:
        notes.append(job.limit(job.model, job.data, ours))
    peer = job.peer if job.theirs else ""
    yield Row(job.name, ours, None if isinstance(theirs, str) else theirs, peer, "; ".join(notes))


def r_version() -> str:
    """Name R, its packages that all jobs load, and its BLAS; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return ""
    code = (
        'cat(sprintf("R %s with lavaan %s, psych %s, %s", getRversion(), packageVersion("lavaan"), '
        'packageVersion("psych"), basename(extSoftVersion()[["BLAS"]])))'
    )
    return subprocess.run(["Rscript", "-e", code], check=False, capture_output=True, text=True).stdout


def _fastest(job: Job) -> tuple[float | str, str]:
    """Seconds with the BLAS threads that are better for R, and which; or why it was not timed."""
    one = _r_seconds(job, "1")
    if isinstance(one, str) or one > QUICK * job.scale:
        return one, "R: one BLAS thread"
    own = _r_seconds(job, "")
    if isinstance(own, str) or one <= own:
        return one, "R: one BLAS thread"
    return own, "R: its own number of BLAS threads"


def _r_seconds(job: Job, threads: str) -> float | str:
    """Seconds that R takes, or why it was not timed."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job.data.to_csv(folder / "data.csv", index=False, na_rep="NA")
        (folder / "model.txt").write_text(job.model + "\n", encoding="utf-8")
        asked = {
            "prepare": job.prepare,
            "call": job.theirs,
            "repeats": job.repeats if job.repeats > 5 else min(job.repeats, 3),
            "scale": job.scale,
        }
        pd.DataFrame([asked]).to_csv(folder / "job.csv", index=False)
        try:
            done = subprocess.run(
                ["Rscript", str(Path(__file__).with_name("in_r.R")), name],
                check=False, capture_output=True, text=True, env=_with_threads(threads), timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"longer than {PATIENCE} s"
        if done.returncode != 0:
            said = done.stderr[done.stderr.rfind("Error") :].partition("\nCalls:")[0]
            return " ".join(said.partition("\nExecution halted")[0].split())[:200] or "no message"
        return float(pd.read_csv(folder / "seconds.csv")["seconds"][0])


def _with_threads(number: str) -> dict[str, str]:
    """Ask OpenBLAS for so many threads; without a number it takes its own."""
    own = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    return own | ({"OPENBLAS_NUM_THREADS": number} if number else {})
