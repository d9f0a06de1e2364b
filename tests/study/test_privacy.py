"""A whole run over a file full of personal data: no output holds any of it, packed or not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STUDY = """id: private
title: Private
instrument: bfi25
responses: {file: answers.csv, id_column: Who are you?, keep: [city]}
compare_exclusions: true
measurement: {constructs: [agreeableness, neuroticism], parallel_draws: 20, n_factors: 2}
groups: [city]
seed: 4
report: {formats: [html, md, tex, docx, xlsx, json]}
"""
# Reserved domains, documentation addresses and numbers kept for drama; the first is an id without any marker.
SECRETS = {
    "Who are you?": "Erika{} Mustermann{}",
    "RecipientEmail": "erika{}@example.org",
    "RecipientFirstName": "Erika{}",
    "RecipientLastName": "Mustermann{}",
    "IPAddress": "192.0.2.{}",
    "IPv6": "2001:db8::{}:7",
    "Location Latitude": "52.5163{}",
    "LocationLongitude": "13.3777{}",
    "Phone": "+49 30 23125 {}",
    "Date of birth": "1964-08-{}",
    "ExternalReference": "worker-77{}",
    "Prolific PID": "5f{}c0ffee5f",
    "Your comments": "Write to erika{}@example.org, I am Mustermann{}",
    "category": "mustermann{} erika{}",
    "language": "@erika{}",
    "version": "Frau E. Mustermann{}-von der Heide",
    "How can we reach you": "Musterstrasse {}, 10115 Berlin",
}


@pytest.mark.slow
def test_no_output_holds_anybody(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    n = 200
    names = [f"{trait}{k}" for trait in "ACENO" for k in range(1, 6)]
    traits = np.repeat(rng.normal(size=(n, 5)), 5, axis=1) * np.tile([1, -1, 1, 1, -1], 5)
    answers = np.clip(np.round(3.5 + traits + 0.8 * rng.normal(size=(n, 25))), 1, 6).astype(int)
    answers[100:110] = 3
    frame = pd.DataFrame(answers, columns=names)
    people = ["".join("abcdefghij"[int(digit)] for digit in f"{number:03d}") for number in range(n)]
    for column, text in SECRETS.items():
        frame[column] = [text.replace("{}", person) for person in people]
    frame["city"] = np.where(rng.random(n) < 0.5, "north", "south")
    frame = pd.concat([frame, frame.iloc[:3]])  # three people twice, for the log
    frame.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "coprod_measure.cli.app", "run", str(tmp_path / "study.yaml")]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "HOME": str(tmp_path / "home")}
    done = subprocess.run(command, capture_output=True, check=False, env=environment, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert b"private-report.html" in said, said.decode()
    inputs = {tmp_path / "answers.csv", tmp_path / "study.yaml"}
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    texts = {"what was printed": said}
    for path in written.keys() - inputs:
        texts |= _unpacked(path)
    assert any(name.endswith("record.json") for name in texts)
    assert any(name.endswith("word/document.xml") for name in texts)
    pieces = {text.split("{}")[0].encode() for text in SECRETS.values()}
    pieces = pieces - {b"mustermann"} | {b"mustermann" + person.encode() for person in people}
    pieces -= {b"5f"}  # any hash may hold it
    found = {(name, piece) for name, text in texts.items() for piece in pieces if piece in text}
    assert found == set()


def _unpacked(path: Path) -> dict[str, bytes]:
    """Bytes of a file; of an archive (record, workbook, document), those of its members."""
    if not zipfile.is_zipfile(path):
        return {path.name: path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
