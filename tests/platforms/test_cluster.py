"""A real Dask cluster of two workers draws what this machine draws, also when one of them is killed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import coprod_measure as cm

pytestmark = [pytest.mark.platform, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    options = {"stderr": subprocess.PIPE, "text": True}
    program = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*program, "--host", "127.0.0.1"], **options)  # type: ignore[call-overload]
    started = [scheduler]
    try:
        address = ""
        while not address:
            line = scheduler.stderr.readline()
            assert line, "the scheduler ended"
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", line)
            address = found.group(1) if found else ""
        for _ in range(2):
            program = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
            started.append(
                subprocess.Popen(
                    [*program, "--no-nanny", "--no-dashboard"],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield address, started
    finally:
        for one in started:
            one.kill()
            one.wait()


def test_a_killed_worker_costs_nothing_but_time(cluster: tuple[str, list[subprocess.Popen[str]]]) -> None:
    address, started = cluster
    asked = {
        "population": "y ~ .3*x",
        "model": "y ~ b*x",
        "claims": ["b"],
        "n": [60, 90],
        "draws": 60,
        "seed": 4,
    }
    here = cm.power(**asked).table  # type: ignore[arg-type]
    killed: list[int] = []

    def kill_one(done: int, _: int) -> None:
        if not killed and done >= 20:
            started[1].send_signal(signal.SIGKILL)
            killed.append(done)

    there = cm.power(**asked, scheduler=address, progress=kill_one).table  # type: ignore[arg-type]
    assert killed
    assert started[1].wait(timeout=30) == -signal.SIGKILL
    assert there.equals(here)
