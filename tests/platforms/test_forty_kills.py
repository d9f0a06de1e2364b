"""Forty kills at random moments: every output is whole or absent, and the next run needs no help."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import numpy as np
import pytest

from study.test_killed import _outputs, _run, folder

__all__ = ["folder"]
pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("kills")]


def test_forty_kills_leave_old_or_new(folder: Path) -> None:
    start = time.perf_counter()
    assert _run(folder / "first.yaml", folder / "whole").wait() == 0
    seconds = time.perf_counter() - start
    whole = _outputs(folder / "whole")
    rng, seen, killed = np.random.default_rng(), set(), 0
    for _ in range(40):
        process = _run(folder / "first.yaml", folder / "out")
        time.sleep(float(rng.uniform(0.05, 1.0)) * seconds)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        found = _outputs(folder / "out")
        assert {file for file, digest in found.items() if digest != whole[file]} == set()
        seen |= set(found)
    assert killed > 10
    assert seen
    assert _run(folder / "first.yaml", folder / "out").wait() == 0
    assert _outputs(folder / "out") == whole
    assert list((folder / "out").rglob(".*.unfinished")) == []
