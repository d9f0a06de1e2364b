"""What was measured, where and when: kept in `rows.jsonl`, shown in the reference of the site."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.in_r import PATIENCE, r_version
from benchmarks.timing import Row, seconds
from coprod_measure.output_files import write_text
from coprod_measure.provenance import versions

ROOT = Path(__file__).parents[1]
ROWS, PAGE = Path(__file__).with_name("rows.jsonl"), ROOT / "docs" / "reference" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Run:
    """The machine, what it ran, and how busy it was."""

    day: str
    tree: str
    machine: str
    software: str
    r: str
    load: float | None

    def __str__(self) -> str:
        busy = "" if self.load is None else f", load {self.load:.1f}"
        return f"{self.day}: {self.machine}{busy}; {self.software}; {self.r or 'no R'}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A row, which piece of work it belongs to, and the run that measured it."""

    section: str
    work: str
    row: Row
    run: Run


def this_run(day: str) -> Run:
    """Describe this machine and this tree; the load is that of the last minute."""
    from threadpoolctl import threadpool_info

    for name in ("numpy", "scipy.linalg"):
        __import__(name)
    blas = {f"{one['internal_api']} {one['version']}" for one in threadpool_info()}
    found = versions()
    names = [f"{name} {found[name]}" for name in ("python", "numpy", "scipy", "pandas", "semopy")]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Run(day, _tree(), machine, ", ".join([*names, *sorted(blas)]), r_version(), os.getloadavg()[0])


def _tree() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read() -> list[Kept]:
    """Give everything that is kept, in the order of the file."""
    lines = ROWS.read_text(encoding="utf-8").splitlines() if ROWS.is_file() else []
    found = [json.loads(line) for line in lines]
    return [Kept(one["section"], one["work"], Row(**one["row"]), Run(**one["run"])) for one in found]


def save(section: str, rows: Sequence[Kept]) -> None:
    """Put the rows of a piece of work in the place of those that were kept of it."""
    kept, names = read(), {one.work for one in rows}
    old = [place for place, one in enumerate(kept) if one.section == section and one.work in names]
    place = old[0] if old else len(kept)
    found = [*kept[:place], *rows, *(one for k, one in enumerate(kept) if k >= place and k not in old)]
    write_text(ROWS, "".join(f"{json.dumps(asdict(one))}\n" for one in found))


def page(kept: Iterable[Kept], sections: Sequence[str]) -> str:
    """Write the page of the reference."""
    rows = sorted(kept, key=lambda one: sections.index(one.section))
    runs = list(dict.fromkeys(one.run for one in rows))
    lines = [HEAD, "| work | ours | peer | ratio | note | run |", "|---|---|---|---|---|---|"]
    for one in rows:
        row = one.row
        peer = f"{seconds(row.peer).strip()} ({row.peer_name})" if row.peer else ""
        ratio = _times(row.peer / row.ours) if row.ours and row.peer else ""
        cells = (row.work, seconds(row.ours).strip(), peer, ratio, row.note, str(runs.index(one.run) + 1))
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    lines += ["", "Runs:", ""]
    lines += [f"{number}. {run}; source {run.tree}" for number, run in enumerate(runs, start=1)]
    return "\n".join(lines) + "\n"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}"


HEAD = f"""\
# How long the work takes

`make bench` measures all of this on your machine, beside R where it and its packages are installed, and
writes this page; `.venv/bin/python -m benchmarks measurement` measures one section, `--only HTMT` what is so
called. Rows are kept as soon as they are known (`benchmarks/rows.jsonl`): an interrupted run goes on, and
what fails or does not end costs its own row, which says why. What was measured of the same source is not
measured again, unless `--again` asks for it. The last section reads ten million respondents, for which it
writes a file of 3 GB to the temporary folder first.

Both sides do the same work on the same data within seconds of each other: one warm-up, then the median. R is
timed with one BLAS thread and, where it is quick, with its own number, and the better counts; it is stopped
after {PATIENCE} s. Inside the engine one thread computes. Numbers of a busy machine are good for ratios at
most: each run says its load, the mean number of processes that wanted a core in the minute before it began.

**The limit.** Beside each ML row stands how long its arithmetic would take at the speed of this machine's
matrix products: steps of the search, times the multiplications and additions of a step (Σ = ΛΨΛ′ + Θ,
Σ⁻¹(S − Σ)Σ⁻¹, the derivatives' basis in the metric of either, the inverse of Σ, the solution of q equations).
Small models cannot come near: 48 items ask for 0.8 ms, nine for 0.01 ms of arithmetic, and reading the model
and the frame, and writing tables, takes milliseconds.
"""
