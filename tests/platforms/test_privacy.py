"""Every command over a file full of personal data: no output holds any of it, packed, drawn or kept for later."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from study.small_study import small_answers, write_small_study

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("kills")]

STUDY = """id: private
title: Private
instrument: instrument.yaml
responses: {file: answers.csv, id_column: Who are you?, keep: [city]}
cleaning: cleaning.yaml
compare_exclusions: true
measurement: {parallel_draws: 20, n_factors: 2, htmt_draws: 0, extras: [scores]}
groups: [city]
seed: 4
structure: {hypotheses: [H1], draws: 500}
report: {formats: [html, md, tex, pdf, docx, xlsx, json]}
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
    "category": "erika{}@example.org",
    "language": "@erika{}",
    "version": "Frau E. Mustermann{}-von der Heide",
    "How can we reach you": "Musterstrasse {}, 10115 Berlin",
}


# What each command leaves, and how it is asked.
COMMANDS = {
    "run": (), "plan": ("--format", "docx"), "archive": (), "multiverse": ("--processes", "1"),
}  # fmt: skip


def test_no_output_holds_anybody(tmp_path: Path) -> None:
    n = 120
    people = ["".join("abcdefghij"[int(digit)] for digit in f"{number:03d}") for number in range(n)]
    study = write_small_study(tmp_path)
    study.write_text(STUDY, encoding="utf-8")
    frame = small_answers(n)
    for column, text in SECRETS.items():
        # Categories are compared: two of them, called after two people.
        own = people if column != "category" else [people[k % 2] for k in range(n)]
        frame[column] = [text.replace("{}", person) for person in own]
    frame = pd.concat([frame, frame.iloc[:3]])  # three people twice, for the log
    frame.to_csv(tmp_path / "answers.csv", index=False)
    inputs = {path: path.read_bytes() for path in tmp_path.iterdir()}
    said = b"".join(_said(command, study, *options) for command, options in COMMANDS.items())
    texts = {"what was printed": said}
    for path in {path for path in tmp_path.rglob("*") if path.is_file()} - inputs.keys():
        texts |= _unpacked(path)
    assert {path: path.read_bytes() for path in inputs} == inputs
    for name in (
        "record.json",
        "word/document.xml",
        "-report.pdf",
        "-report.tex",
        "-scores.csv",
        "-plan-osf.docx",
    ):
        assert any(name in one for one in texts), name
    assert any(b"Reliability" in text for name, text in texts.items() if name.endswith("-report.pdf/text"))
    assert any("multiverse-pieces" in one for one in texts)
    assert any("-archive.zip/" in one for one in texts)
    pieces = {text.split("{}")[0].encode() for text in SECRETS.values()}
    pieces -= {b"5f"}  # any hash may hold it
    found = {(name, piece) for name, text in texts.items() for piece in pieces if piece in text}
    assert found == set()


def _said(command: str, study: Path, *options: str) -> bytes:
    asked = [sys.executable, "-m", "coprod_measure", command, str(study), *options]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "HOME": str(study.parent / "home")}
    done = subprocess.run(asked, capture_output=True, check=False, env=environment, cwd=study.parent)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said.decode()
    return said


def _unpacked(path: Path) -> dict[str, bytes]:
    """Bytes of a file; of an archive (record, workbook, document, package) its members, of a PDF its text."""
    if path.suffix == ".pdf":
        read = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
        return {str(path): path.read_bytes(), f"{path}/text": read.stdout}
    if not zipfile.is_zipfile(path):
        return {str(path): path.read_bytes()}
    found = {}
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for info in archive.infolist():
            if not info.is_dir():
                inner = _unpacked(Path(archive.extract(info, folder)))
                found |= {name.replace(folder, str(path)): text for name, text in inner.items()}
    return found
