"""Killed at any moment, a run leaves every output whole: the one before, or the new one."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.study.definition import read_study
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.records import load_record

STUDY = """id: small
title: Small
instrument: bfi25
responses: {file: answers.csv}
measurement: {constructs: [agreeableness, neuroticism], parallel_draws: 20, n_factors: 2}
seed: 4
report: {formats: [html, xlsx, docx, md]}
"""
# Cleans for ever, with other answers every other time, so that old and new records differ.
ENDLESS = """
import sys
from dataclasses import replace
from pathlib import Path
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
folder = Path(sys.argv[1])
first, second = (read_study(folder / name) for name in ("first.yaml", "second.yaml"))
studies = first, replace(second, path=first.path)
print("ready", flush=True)
while True:
    for study in studies:
        rooms = Rooms(study)
        rooms.make("clean")
        rooms.make("quality")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    names = [f"{trait}{k}" for trait in "ACENO" for k in range(1, 6)]
    for file, study in (("answers.csv", "first.yaml"), ("later.csv", "second.yaml")):
        pd.DataFrame(rng.integers(1, 7, (150, 25)), columns=names).to_csv(tmp_path / file, index=False)
        (tmp_path / study).write_text(STUDY.replace("answers.csv", file), encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_sigkill_leaves_old_or_new(folder: Path) -> None:
    inputs = {path: path.read_bytes() for path in folder.iterdir()}
    whole = set()
    for name in ("first.yaml", "second.yaml"):
        study = with_out(read_study(folder / name), folder / f"whole {name}")
        Rooms(study).make("clean")
        whole.add(_digest(folder / f"whole {name}" / "records" / "small-clean.zip"))
    rng = np.random.default_rng(67)
    record = folder / "out" / "records" / "small-clean.zip"
    seen = 0
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(float(rng.uniform(0.05, 0.8)))
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        if record.exists():
            seen += 1
            assert _digest(record) in whole
            assert load_record(record, made_by="").n > 0
        for other in (folder / "out").glob("records/small-quality.zip"):
            assert len(load_record(other, made_by="").keying.items) == 25
    assert seen > 0
    assert {path: path.read_bytes() for path in inputs} == inputs


@pytest.mark.slow
def test_a_whole_run_that_is_killed_leaves_old_or_new(folder: Path) -> None:
    inputs = {path: path.read_bytes() for path in folder.iterdir()}
    study = folder / "study.yaml"  # one study, whose author edits it from run to run
    whole: dict[str, set[str]] = {}
    seconds = []
    for name in ("first.yaml", "second.yaml"):
        study.write_bytes((folder / name).read_bytes())
        start = time.perf_counter()
        assert _run(study, folder / f"whole {name}").wait() == 0
        seconds.append(time.perf_counter() - start)
        for file, digest in _outputs(folder / f"whole {name}").items():
            whole.setdefault(file, set()).add(digest)
    rng = np.random.default_rng(104)
    seen = set()
    for number in range(8):
        study.write_bytes((folder / ("first.yaml", "second.yaml")[number % 2]).read_bytes())
        process = _run(study, folder / "out")
        time.sleep(float(rng.uniform(0.2, 1.0) * min(seconds)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = _outputs(folder / "out")
        assert {file: digest for file, digest in found.items() if digest not in whole[file]} == {}
        seen |= set(found)
    assert "records/small-clean.zip" in seen
    assert {path: path.read_bytes() for path in inputs} == inputs
    for left in (folder / "out").rglob(".*.unfinished"):
        os.utime(left, (0, 0))
    study.write_bytes((folder / "first.yaml").read_bytes())
    assert _run(study, folder / "out").wait() == 0
    assert list((folder / "out").rglob(".*.unfinished")) == []
    assert _outputs(folder / "out") == _outputs(folder / "whole first.yaml")


def _run(study: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "coprod_measure.cli.app", "run", str(study), "--out", str(out)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, **quiet)


def _outputs(out: Path) -> dict[str, str]:
    """What a user sees in the folder: file to digest, without hidden files."""
    files = (path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(out)): _digest(path) for path in files}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
