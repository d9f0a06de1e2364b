"""Measure every benchmark, keep each row as soon as it is known, and write the page: `make bench`.

What was measured of the present source is not measured again, so that an interrupted run goes on; `--again`
forgets it. Each piece of work has a process of its own and a clock: one that fails or does not end costs its
own rows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from datetime import date
from importlib import import_module
from multiprocessing.connection import Connection

from benchmarks.kept_rows import PAGE, Kept, Run, page, read, save, this_run
from benchmarks.timing import Row, Work
from coprod_measure.output_files import write_text

SECTIONS = (
    "startup", "estimation", "measurement", "hypotheses", "composites", "occasions", "planning", "responses",
    "demo", "streaming",
)  # fmt: skip
LIMIT = 900
"""Seconds after which a piece of work is stopped."""


def main() -> None:
    """Run the sections that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--again", action="store_true", help="measure anew what was measured of this source")
    parser.add_argument("--only", default="", help="text in the names of the works to measure")
    parser.add_argument("--page", action="store_true", help="write the page only")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}: take {', '.join(SECTIONS)}")
    if not asked.page:
        run = this_run(date.today().isoformat())
        print(f"{run}\n\n{'work':60} {'ours':>10} {'peer':>10} {'ratio':>7}")
        for section in asked.sections or SECTIONS:
            measure_section(section, run, again=asked.again, only=asked.only)
    write_text(PAGE, page(read(), SECTIONS))


def measure_section(section: str, run: Run, *, again: bool, only: str) -> None:
    """Measure what is not known yet; keep and print each row."""
    kept = read()
    for work in import_module(f"benchmarks.{section}").works():
        if only not in work.name:
            continue
        known = [one for one in kept if one.work == work.name and one.run.tree == run.tree]
        if known and not again:
            for one in known:
                print(f"{one.row}  (measured before)", flush=True)
            continue
        rows = measured(work)
        save(section, [Kept(section, work.name, row, run) for row in rows])
        for row in rows:
            print(row, flush=True)


def measured(work: Work, limit: float = LIMIT) -> list[Row]:
    """Give the rows of one piece of work; where it fails or does not end, the last one says so."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(work, theirs))
    child.start()
    theirs.close()
    rows, end = list[Row](), f"stopped after {limit:g} s"
    while ours.poll(limit):
        try:
            told = ours.recv()
        except EOFError:
            end = "its process died"
            break
        if isinstance(told, str):
            end = told
            break
        rows.append(told)
    with suppress(ProcessLookupError):  # it may have no group of its own yet
        os.killpg(child.pid or 0, signal.SIGKILL)
    child.kill()
    child.join()
    return rows if end == "done" else [*rows, Row(work.name, None, note=end)]


def _tell(work: Work, pipe: Connection) -> None:
    os.setsid()  # so that R and other children end with it
    try:
        for row in work.rows():
            pipe.send(row)
        pipe.send("done")
    except Exception as error:
        pipe.send(f"failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
        sys.exit(1)


if __name__ == "__main__":
    main()
