"""Time work honestly: warm up, repeat, take the median, say what is not installed."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result.

    Attributes
    ----------
    ours, peer : float or None
        Seconds; None when it was not measured, with the reason in ``note``.
    """

    work: str
    ours: float | None
    peer: float | None = None
    peer_name: str = ""
    note: str = ""

    def __str__(self) -> str:
        ratio = f"{self.peer / self.ours:6.1f}x" if self.ours and self.peer else "      -"
        times = f"{seconds(self.ours)} {seconds(self.peer)} {ratio}"
        return f"{self.work:52} {times}  {self.peer_name:8} {self.note}"


@dataclass(frozen=True, slots=True)
class Work:
    """What is measured together, in a process of its own: a name, and how its rows are made."""

    name: str
    rows: Callable[[], Iterable[Row]]


def seconds(value: float | None) -> str:
    if value is None:
        return "         -"
    if value >= 100:
        return f"{value:8.0f} s"
    return f"{value * 1000:7.1f} ms" if value < 1 else f"{value:8.2f} s"


LONG_ENOUGH = 0.5
"""Seconds of repeated work: a few milliseconds, measured a few times, would measure the machine's noise."""


def median_time(work: Callable[[], object], repeats: int = 5) -> float:
    """Median wall time of ``work``, after one run that warms caches; short work is repeated more often."""
    work()
    times: list[float] = []
    while len(times) < repeats or (sum(times) < LONG_ENOUGH and repeats > 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process_time(arguments: list[str], repeats: int = 5) -> float:
    """Median wall time of a whole Python process, files warm."""
    return median_time(
        lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True), repeats
    )
