"""Reading and cleaning: 10,000 respondents from CSV and a million from Parquet, 110 items each."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyreadstat

from benchmarks.in_r import PATIENCE
from benchmarks.timing import Row, Work, median_time
from coprod_measure.instrument.definition import Block, Form, Instrument, Item, Scale
from coprod_measure.responses import screening
from coprod_measure.responses.clean import clean
from coprod_measure.responses.imports import table
from coprod_measure.responses.read import read_responses
from coprod_measure.theory.definition import Construct, Theory

Rows = Callable[[Path, Instrument], Iterator[Row]]
SCALES, ITEMS = 22, 5
SMALL, MIDDLE, LARGE, SEED = 10_000, 20_000, 1_000_000, 7


def works() -> Iterator[Work]:
    """Time reading, cleaning and single indices."""
    instrument = bank()
    made = {
        "read and clean, 10,000 x 110": rows_of_a_file,
        "careless answers, 10,000 x 110": careless_rows,
        "readers in a process of their own, 20,000 x 110": rows_of_the_child,
        "read and clean, 1,000,000 x 110": rows_of_a_million,
    }
    for name, rows in made.items():
        yield Work(name, partial(_in_a_folder, rows, instrument))


def _in_a_folder(rows: Rows, instrument: Instrument) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        yield from rows(Path(folder), instrument)


def rows_of_a_file(folder: Path, instrument: Instrument) -> Iterator[Row]:
    """Time reading a file of common size, and cleaning what was read."""
    path = write(folder / "answers.csv", SMALL, instrument)
    read = read_responses(path, instrument)
    yield Row("read CSV, 10,000 x 110", median_time(lambda: read_responses(path, instrument), 3))
    note = "target 2 s with reading"
    yield Row("clean by the default rules, 10,000 x 110", median_time(lambda: clean(read), 3), note=note)


def rows_of_a_million(folder: Path, instrument: Instrument) -> Iterator[Row]:
    """Time and memory of a large file."""
    seconds, gigabytes = in_a_process_of_its_own(write(folder / "answers.parquet", LARGE, instrument))
    note = f"{gigabytes:.1f} GB at most; target 60 s, 6 GB"
    yield Row("read Parquet and clean, 1,000,000 x 110", seconds, note=note)


def rows_of_the_child(folder: Path, instrument: Instrument) -> Iterator[Row]:
    """Seconds of processor, children included, beside the same readers without a process of their own."""
    here = {name: lambda read, *_, **__: read() for name in ("read_apart", "table_apart")}
    for ending in ("parquet", "sav", "dta"):
        path = write(folder / f"answers.{ending}", MIDDLE, instrument)
        work = partial(read_and_clean, path, instrument)
        apart, together = [], []
        for _ in range(5):  # in turn, so that what else the machine does meets both
            apart.append(processor_time(work))
            with patch.multiple(table, **here):
                together.append(processor_time(work))
        note = "target 0.9 or more"
        yield Row(f"read {ending} and clean, 20,000 x 110", min(apart), min(together), "no child", note)


def read_and_clean(path: Path, instrument: Instrument) -> None:
    """What every command begins with."""
    clean(read_responses(path, instrument))


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of processor that this process and its children take."""
    start = _processor()
    work()
    return _processor() - start


def _processor() -> float:
    ended = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    living = Path("/proc/self/task").glob("*/children")
    return ended + sum(_processor_of(child) for task in living for child in task.read_text().split())


def _processor_of(process: str) -> float:
    """Seconds of one that lives (it waits for another file): its first number, in nanoseconds."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def careless_rows(folder: Path, instrument: Instrument) -> Iterator[Row]:
    """Time single indices, beside R's careless where it is installed."""
    path = write(folder / "answers.csv", SMALL, instrument)
    read = read_responses(path, instrument)
    shown, keyed = read.shown.to_numpy(), read.frame.to_numpy()
    sets = [np.arange(i * ITEMS, (i + 1) * ITEMS) for i in range(SCALES)]
    works = {
        "longstring": (lambda: screening.longstring(shown), "longstring(x)"),
        "irv": (lambda: screening.intraindividual_variability(shown), "irv(x)"),
        "even_odd": (lambda: screening.even_odd(keyed, sets), f"evenodd(x, rep({ITEMS}, {SCALES}))"),
        "mahalanobis": (lambda: screening.mahalanobis(shown), "mahad(x, plot = FALSE)"),
    }
    for name, (ours, theirs) in works.items():
        peer, note = in_r(path, theirs)
        yield Row(f"{name}, 10,000 x 110", median_time(ours, 3), peer, "careless", note)


def in_r(path: Path, call: str) -> tuple[float | None, str]:
    """Seconds that R's careless takes for a call, or why it was not measured."""
    script = (
        f'library(careless); x <- read.csv("{path}")[, 2:{SCALES * ITEMS + 1}]; '
        f'cat(system.time(suppressWarnings({call}))["elapsed"])'
    )
    if shutil.which("Rscript") is None:
        return None, "R is not installed"
    try:
        done = subprocess.run(
            ["Rscript", "-e", script], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return None, f"careless not measured: longer than {PATIENCE} s"
    return (float(done.stdout), "") if done.returncode == 0 else (None, "R's careless is not installed")


def in_a_process_of_its_own(path: Path) -> tuple[float, float]:
    """Wall seconds and the largest memory, so that nothing else counts."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.responses", str(path)], capture_output=True, text=True, check=True
    )
    seconds, gigabytes = map(float, done.stdout.split())
    return seconds, gigabytes


def bank() -> Instrument:
    """Twenty-two scales of five seven-point items, the last of each reversed."""
    constructs = {f"c{i}": Construct(f"c{i}", f"c{i}", "") for i in range(SCALES)}
    items = {
        f"c{i}_{j}": Item(f"c{i}_{j}", f"{i} {j}", construct_id=f"c{i}", scale_id="s", reverse=j == ITEMS - 1)
        for i in range(SCALES)
        for j in range(ITEMS)
    }
    scales = {"s": Scale("s", (1, 2, 3, 4, 5, 6, 7), {"en": tuple("abcdefg")})}
    theory = Theory("bench", "bench", "1", "", {}, constructs, {}, {})
    forms = {"f": Form("f", "f", (Block("b", tuple(items)),))}
    return Instrument("bench", "bench", "1", "CC0-1.0", theory, ("en",), scales, items, forms, constructs)


def write(path: Path, n: int, instrument: Instrument) -> Path:
    """Write ``n`` simulated respondents with 2 % missing answers."""
    rng = np.random.default_rng(SEED)
    columns: dict[str, object] = {"id": [f"R{i}" for i in range(n)]}
    for i in range(SCALES):
        factor = rng.standard_normal(n, dtype=np.float32)
        for j in range(ITEMS):
            noise = 0.7 * rng.standard_normal(n, dtype=np.float32)
            answer = np.clip(np.round(4 + 0.2 * (j - 2) + factor + noise), 1, 7)
            answer = 8 - answer if j == ITEMS - 1 else answer
            columns[f"c{i}_{j}"] = pd.array(np.where(rng.random(n) < 0.02, np.nan, answer), dtype="Int8")
    columns["duration"] = rng.integers(200, 1500, n)
    frame = pd.DataFrame(columns)
    if path.suffix in {".sav", ".dta"}:
        frame = frame.astype(dict.fromkeys(frame.columns[1:], "float64"))
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".parquet": lambda: frame.to_parquet(path),
        ".sav": lambda: pyreadstat.write_sav(frame, path),
        ".dta": lambda: pyreadstat.write_dta(frame, path),
    }
    writers[path.suffix]()
    return path


def main() -> None:
    """Read and clean one file; print seconds and gigabytes."""
    instrument = bank()
    start = time.perf_counter()
    clean(read_responses(sys.argv[1], instrument, large=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(time.perf_counter() - start, peak)


if __name__ == "__main__":
    main()
