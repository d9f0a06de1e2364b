"""The street walked whole and room by room gives the same, and nothing but the output folder changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from coprod_measure.errors import CoprodWarning, InputError, NotAvailable, StudyError
from coprod_measure.provenance import sha256_of_file
from coprod_measure.structure.controls import code_controls
from coprod_measure.study.definition import read_study
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.results import StudyResults
from coprod_measure.study.run import run_study

STUDY = """\
id: small
title: Small
instrument: bfi25
responses: {file: answers.csv, keep: [gender]}
cleaning: cleaning.yaml
measurement: {n_factors: 5, parallel_draws: 20, estimator: ML, missing: listwise}
groups: [gender]
seed: 4
"""
RULES = """\
version: "1.0"
rules:
  - {id: nothing, index: answered, op: "==", value: 0, action: exclude, rationale: No answer}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a study")  # a space in the path
    rng = np.random.default_rng(12)
    trait = rng.standard_normal((400, 5)).repeat(5, axis=1)
    codes = np.clip(np.round(3.5 + trait + rng.standard_normal((400, 25))), 1, 6).astype(int)
    names = [f"{trait}{k}" for trait in "ACENO" for k in range(1, 6)]
    frame = pd.DataFrame(codes, columns=names)
    for reversed_item in ("A1", "C4", "C5", "E1", "E2", "O2", "O5"):
        frame[reversed_item] = 7 - frame[reversed_item]
    frame["gender"] = rng.integers(1, 3, 400)
    frame.to_csv(folder / "answers.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / "cleaning.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> StudyResults:
    return run_study(folder / "study.yaml", out=folder / "whole")


def test_the_whole_street_leaves_a_record_of_every_room(folder: Path, results: StudyResults) -> None:
    assert {path.name for path in (folder / "whole" / "records").glob("*.zip")} == {
        "small-clean.zip", "small-quality.zip", "small-measure.zip", "small-test.zip", "small-exclusions.zip",
    }  # fmt: skip
    assert results.responses.n == 400
    assert isinstance(results.structure, NotAvailable)
    assert results.theory.id == "big_five"


def test_a_saved_measurement_serves_only_the_study_that_made_it(
    folder: Path, results: StudyResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = with_out(read_study(folder / "study.yaml"), folder / "whole")
    again: list[int] = []
    monkeypatch.setattr(Rooms, "make", lambda rooms, room: again.append(rooms.study.seed))
    assert_frame_equal(Rooms(study).measured().table(), results.measurement.table())
    assert again == []
    with pytest.warns(
        CoprodWarning, match="The record of the measurement no longer fits: changed since: seed"
    ):
        Rooms(replace(study, seed=5)).measured()
    assert again == [5]


def test_room_by_room_gives_the_same(folder: Path, results: StudyResults) -> None:
    study = read_study(folder / "study.yaml")
    for room in ("clean", "measure", "test", "quality", "exclusions"):
        with Rooms(study) as rooms:
            rooms.make(room)
    with Rooms(study) as rooms:
        again = rooms.results()
    assert_frame_equal(again.responses.frame, results.responses.frame)
    assert_frame_equal(again.measurement.items.table(), results.measurement.items.table())
    assert_frame_equal(again.measurement.reliability.table(), results.measurement.reliability.table())
    assert again.structure == results.structure
    assert again.exclusions == results.exclusions
    assert not isinstance(again.quality, NotAvailable)
    assert not isinstance(results.quality, NotAvailable)
    assert_frame_equal(again.quality.keying.table(), results.quality.keying.table())
    assert again.quality.missing.little == results.quality.missing.little
    assert again.provenance == results.provenance


def test_a_control_in_which_all_are_alike_costs_no_other_room(folder: Path, tmp_path: Path) -> None:
    rooms = Rooms(with_out(read_study(folder / "study.yaml"), tmp_path))

    def stops() -> None:
        code_controls({"all": ["town"]}, replace(answers, about=answers.about.assign(town="here")))

    answers = rooms._read()
    with pytest.warns(CoprodWarning, match="control town: all respondents are alike in it"):
        found = rooms._attempt("test", stops)
    assert isinstance(found, NotAvailable)
    with pytest.raises(InputError):
        rooms._attempt("measure", stops)


def test_a_room_without_the_one_before_names_the_command(folder: Path, tmp_path: Path) -> None:
    study = with_out(read_study(folder / "study.yaml"), tmp_path)
    with pytest.raises(StudyError, match="coprod clean"):
        Rooms(study).make("measure")


def test_codes_of_missing_answers_and_the_encoding_come_from_the_study(folder: Path, tmp_path: Path) -> None:
    answers = pd.read_csv(folder / "answers.csv").head(30).astype("object")
    answers.loc[:4, "A1"] = -77
    answers["town"] = "Zürich"
    answers.to_csv(tmp_path / "answers.csv", index=False, encoding="cp1252")
    named = '{file: answers.csv, keep: [gender, town], encoding: cp1252, missing_codes: {"-77": not_shown}}'
    study = STUDY.replace("{file: answers.csv, keep: [gender]}", named)
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "cleaning.yaml").write_text(RULES, encoding="utf-8")
    responses = Rooms(read_study(tmp_path / "study.yaml")).make("clean")
    assert (responses.missing["A1"] == "not_shown").sum() == 5
    assert set(responses.about["town"]) == {"Zürich"}
    assert not [warning for warning in responses.warnings if "UTF-8" in warning]


def test_inputs_are_never_touched_and_their_hashes_kept(folder: Path, results: StudyResults) -> None:
    raw = sha256_of_file(folder / "answers.csv")
    assert raw in results.provenance.hashes.values()
    assert sha256_of_file(folder / "cleaning.yaml") in results.provenance.hashes.values()
    outside = {path.name for path in folder.iterdir()} - {"whole", "out"}
    assert outside == {"answers.csv", "study.yaml", "cleaning.yaml"}


def test_progress_is_told_in_plain_words(folder: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    run_study(folder / "study.yaml", out=tmp_path, progress=steps.append)
    assert steps[0] == "Reading and cleaning the answers"
    assert steps[-1] == "Testing the hypotheses"
    assert len(steps) > 4
