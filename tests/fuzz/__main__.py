"""Attack every place where text from outside comes in, for some minutes, and say what was found.

``python -m fuzz`` (``make fuzz``): another seed each time, printed; ``--seed`` gives that run again, ``--only`` and
``--number`` one attack of it.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import resource
import secrets
import select
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from pathlib import Path

from coprod_measure.responses.imports import apart
from fuzz.surfaces import SURFACES, Bench, attack

MOST_SECONDS, MOST_BYTES = 10.0, 2_000_000_000


def main() -> int:
    """Run attacks in a process that is watched; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--only", choices=SURFACES, action="append")
    parser.add_argument("--number", type=int)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    surfaces = tuple(asked.only or SURFACES)
    if asked.worker is not None:
        return work(surfaces, asked.seed, asked.worker, asked.folder)
    print(f"seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if asked.number is not None:
            bench = Bench(Path(folder))
            print({one: attack(one, asked.seed, asked.number, bench) for one in surfaces})
            return 0
        return Watch(surfaces, asked.seed, Path(folder)).for_minutes(asked.minutes)


def work(surfaces: tuple[str, ...], seed: int, number: int, folder: Path) -> int:
    """Do attack after attack in turn, from ``number`` on; a line before and after each."""
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    faulthandler.enable()
    warnings.simplefilter("ignore")
    apart._LITTLE_MEMORY = -1  # no reader waits: time and memory of a child count when it has ended
    bench = Bench(folder)
    while True:
        surface = surfaces[number % len(surfaces)]
        said.write(f"begin\t{number}\n")
        start = _seconds()
        try:
            end = attack(surface, seed, number, bench)
        except Exception:
            end = "failed: " + traceback.format_exc()[-4000:].replace("\n", "\\n").replace("\t", " ")
        size = max(
            resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        said.write(f"end\t{_seconds() - start:.3f}\t{size * 1024}\t{end}\n")
        number += 1


def _seconds() -> float:
    """CPU seconds of this process and its children, which other work on the machine does not lengthen."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Watch:
    """What a worker did, and what it died of."""

    def __init__(self, surfaces: tuple[str, ...], seed: int, folder: Path) -> None:
        self.surfaces, self.seed, self.folder = surfaces, seed, folder
        self.ends: dict[str, Counter[str]] = defaultdict(Counter)
        self.slowest: dict[str, float] = defaultdict(float)
        self.largest = 0
        self.found = 0

    def for_minutes(self, minutes: float) -> int:
        """Attack until the time is over; the figures are printed."""
        ends, number = time.monotonic() + 60 * minutes, 0
        while time.monotonic() < ends:
            number = self._one_worker(number, ends)
        for surface in self.surfaces:
            counts = self.ends[surface]
            print(
                f"{surface:10} {counts.total():7,} attacks  {counts['taken']:7,} taken  {counts['refused']:7,} refused  "
                f"{counts['failed']:3} failed  slowest {self.slowest[surface]:.1f} s"
            )
        total = sum(counts.total() for counts in self.ends.values())
        print(
            f"{total:,} attacks, seed {self.seed}, {self.largest / 1e9:.2f} GB at most, {self.found} findings"
        )
        return 1 if self.found else 0

    def _one_worker(self, number: int, ends: float) -> int:
        command = [sys.executable, "-m", "fuzz", "--worker", str(number), "--seed", str(self.seed)]
        command += ["--folder", str(self.folder), *(f"--only={one}" for one in self.surfaces)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stderr is not None
            surface = "start"
            try:
                while time.monotonic() < ends:
                    # The clock on the wall is for what waits; what computes is judged by its CPU seconds.
                    if not select.select([worker.stdout], [], [], 12 * MOST_SECONDS)[0]:
                        self._finding(surface, number, "no end after two minutes")
                        return number + 1
                    line = worker.stdout.readline().rstrip("\n").split("\t")
                    if line[0] == "begin":
                        number = int(line[1])
                        surface = self.surfaces[number % len(self.surfaces)]
                    elif line[0] == "end":
                        self._judge(surface, number, float(line[1]), int(line[2]), line[3])
                        if int(line[2]) > MOST_BYTES:
                            return number + 1
                    else:
                        worker.wait()
                        last = worker.stderr.read()[-3000:]
                        self._finding(surface, number, f"the process died ({worker.returncode}): {last}")
                        return number + 1
            finally:
                worker.kill()
        return number + 1

    def _judge(self, surface: str, number: int, seconds: float, size: int, end: str) -> None:
        self.slowest[surface] = max(self.slowest[surface], seconds)
        self.largest = max(self.largest, size)
        if end.startswith("failed"):
            self._finding(surface, number, end.replace("\\n", "\n"))
            return
        self.ends[surface][end] += 1
        if seconds > MOST_SECONDS:
            self._finding(surface, number, f"{seconds:.1f} s of CPU")
        if size > MOST_BYTES:
            self._finding(surface, number, f"{size / 1e9:.1f} GB")

    def _finding(self, surface: str, number: int, what: str) -> None:
        self.ends[surface]["failed"] += 1
        self.found += 1
        print(f"FOUND --seed {self.seed} --only {surface} --number {number}: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
