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
from coprod_measure.study.pipeline import clean_room, with_out
from coprod_measure.study.records import load_record

STUDY = "id: small\ntitle: Small\ninstrument: bfi25\nresponses: {file: answers.csv}\nseed: 4\n"
# Cleans for ever, with other answers every other time, so that old and new records differ.
ENDLESS = """
import sys
from pathlib import Path
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import clean_room, quality_room
folder = Path(sys.argv[1])
studies = [read_study(folder / name) for name in ("first.yaml", "second.yaml")]
print("ready", flush=True)
while True:
    for study in studies:
        quality_room(study, clean_room(study))
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
        clean_room(study)
        whole.add(_digest(folder / f"whole {name}" / "records" / "small-clean.zip"))
    rng = np.random.default_rng()  # other moments every time
    record = folder / "out" / "records" / "small-clean.zip"
    seen = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(float(rng.uniform(0.05, 0.8)))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        if record.exists():
            seen += 1
            assert _digest(record) in whole
            assert load_record(record, made_by="").n > 0
        for other in (folder / "out").glob("records/small-quality.zip"):
            assert len(load_record(other, made_by="").keying.items) == 25
    assert seen > 0
    assert {path: path.read_bytes() for path in inputs} == inputs


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
