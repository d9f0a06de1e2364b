"""The cleaned answers leave the house with labels, missing kinds and a codebook of exactly their columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from typer.testing import CliRunner

from coprod_measure.cli.app import app
from coprod_measure.study.clean_files import CleanColumn, _write_labelled, clean_table
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms

INSTRUMENT = """
id: inst
title: I
version: "1.0"
license: CC0-1.0
languages: [en]
constructs: {mood: Mood}
scales:
  agree5:
    codes: [1, 2, 3, 4, 5]
    labels: {en: ["No", Rather not, Neither, Rather, "=Yes"]}
questions:
  - construct: mood
    scale: agree5
    items:
      mood_1: {text: "I feel well."}
      mood_2: {text: "I feel low.", reverse: true}
      mood_3: {text: "I feel fresh."}
forms:
  all: {title: All, blocks: [{id: all, items: [mood]}]}
"""
STUDY = """
id: s
title: S
instrument: instrument.yaml
form: all
responses: {file: answers.csv, id_column: who, anonymous_ids: true, keep: [group, from], missing_codes: {"-97": not_shown}}
seed: 1
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    true = rng.standard_normal(60)
    answers = np.clip(np.round(3 + true[:, None] + 0.5 * rng.standard_normal((60, 3))), 1, 5).astype(int)
    answers[:, 1] = 6 - answers[:, 1]
    rows = [[f"p{k}", *map(str, row), "=cmd", "192.0.2.9(Town)"] for k, row in enumerate(answers)]
    rows[0][1], rows[1][2] = "-97", ""
    lines = ["who,mood_1,mood_2,mood_3,group,from", *(",".join(row) for row in rows)]
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_files_hold_the_keyed_answers_with_all_that_the_format_can_say(study: Path) -> None:
    with Rooms(read_study(study), tell=print) as rooms:
        responses = rooms.make("clean")
        files = {path.suffix: path for path in rooms.clean_files if path.suffix != ".md"}
    plain = pd.read_csv(files[".csv"])
    assert set(files) == {".csv", ".sav", ".dta", ".parquet"}
    assert np.allclose(plain[["mood_1", "mood_2", "mood_3"]], responses.frame, equal_nan=True)
    assert plain["group"].unique().tolist() == ["'=cmd"]
    assert pd.read_parquet(files[".parquet"])["mood_2"].equals(plain["mood_2"])
    cells, meta = pyreadstat.read_sav(str(files[".sav"]), user_missing=True)
    assert meta.variable_value_labels["mood_2"][5.0] == "No"  # mirrored with its answers
    assert meta.variable_value_labels["mood_1"][5.0] == "=Yes"
    assert meta.variable_measure["mood_1"] == "ordinal"
    assert meta.column_names_to_labels["mood_2"] == "I feel low. (mirrored)"
    assert cells.loc[cells["respondent"] == "p0", "mood_1"].tolist() == [-97]
    assert cells.loc[cells["respondent"] == "p1", "mood_2"].tolist() == [-99]
    assert meta.missing_ranges["mood_1"][0]["lo"] == -97
    stata, meta = pyreadstat.read_dta(str(files[".dta"]), user_missing=True)
    assert stata.loc[stata["respondent"] == "p0", "mood_1"].tolist() == ["a"]
    assert meta.variable_value_labels["mood_1"][1] == "No"


def test_a_question_of_a_later_wave_is_no_text_in_stata(tmp_path: Path) -> None:
    late = 150
    frame = pd.DataFrame({"mood_1": [np.nan] * late + [2.0, 5.0]}, index=[f"p{k}" for k in range(late + 2)])
    kinds = pd.Series(["not_shown"] * late + ["answered"] * 2, index=frame.index)
    column = CleanColumn("mood_1", "mood_1", "Asked late", frame["mood_1"], kinds=kinds)
    path = tmp_path / "late.dta"
    _write_labelled((column,), "dta", path)
    cells, meta = pyreadstat.read_dta(str(path), user_missing=True)
    assert cells["mood_1"].tolist() == ["a"] * late + [2.0, 5.0]
    assert meta.readstat_variable_types["mood_1"] == "double"


def test_the_codebook_describes_exactly_these_columns(study: Path) -> None:
    with Rooms(read_study(study), tell=print) as rooms:
        rooms.make("clean")
        table, book = rooms.clean_files[0], rooms.clean_files[-1]
    lines = [line for line in book.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert [line.split("|")[1].strip().replace("\\_", "_") for line in lines[2:]] == list(
        pd.read_csv(table).columns
    )


def test_nothing_personal_leaves_with_the_files(study: Path) -> None:
    with Rooms(read_study(study), tell=print) as rooms:
        rooms.make("clean")
        for path in rooms.clean_files:
            assert b"192.0.2.9" not in path.read_bytes()


def test_commands_say_where_they_lie_and_models_take_the_study(study: Path) -> None:
    done = CliRunner().invoke(app, ["clean", str(study)])
    assert done.exit_code == 0, done.output
    assert "s-clean.sav" in done.output
    model = study.with_name("model.txt")
    model.write_text("mood =~ mood_1 + mood_2 + mood_3\n", encoding="utf-8")
    of_study = CliRunner().invoke(app, ["sem", "--model", str(model), "--data", str(study)])
    records = study.with_name("out") / "records"
    for ending in ("csv", "sav", "dta", "parquet"):
        data = str(records / f"s-clean.{ending}")
        of_file = CliRunner().invoke(app, ["sem", "--model", str(model), "--data", data])
        assert of_study.exit_code == of_file.exit_code == 0, of_study.output + of_file.output
        assert of_file.stdout.strip()
        assert of_file.stdout.strip() in of_study.stdout, ending
    items = ["--items", "mood_1,mood_2,mood_3", "--n-factors", "1"]
    whole = CliRunner().invoke(app, ["efa", "--data", str(study), "--n-factors", "1"])
    parts = [
        CliRunner().invoke(app, ["efa", "--data", str(data), *items])
        for data in (study, records / "s-clean.sav", records / "s-clean.dta", records / "s-clean.parquet")
    ]
    assert {done.stdout for done in parts} == {whole.stdout}, whole.output
    absent = CliRunner().invoke(app, ["efa", "--data", str(study), "--items", "mood_9", "--n-factors", "1"])
    assert "no column 'mood_9'" in str(absent.exception)
    paths = study.with_name("pls.txt")
    paths.write_text("mood <~ mood_1 + mood_2\nfresh =~ mood_3\nfresh ~ mood\n", encoding="utf-8")
    pls = ["pls", "--model", str(paths), "--draws", "0", "--data"]
    both = [CliRunner().invoke(app, [*pls, str(data)]) for data in (study, records / "s-clean.sav")]
    assert both[0].exit_code == 0, both[0].output
    assert both[0].stdout == both[1].stdout
    book = CliRunner().invoke(app, ["codebook", str(study.with_name("instrument.yaml")), "--form", "all"])
    assert "I feel fresh." in book.output
    wrong = CliRunner().invoke(app, ["codebook", str(study.with_name("instrument.yaml")), "--form", "al"])
    assert wrong.exit_code


def test_the_same_answers_give_the_same_bytes_whatever_the_clock_says(tmp_path):
    column = CleanColumn(name="a", of="a", label="A", cells=pd.Series([1.0, 2.0]))
    for ending, read in (("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)):
        path = tmp_path / f"x.{ending}"
        _write_labelled((column,), ending, path)
        frame, meta = read(str(path))
        assert frame["a"].tolist() == [1.0, 2.0]
        assert meta.creation_time.year == 1970


def test_rows_of_one_person_stay_joined(study: Path) -> None:
    answers = study.with_name("answers.csv")
    first = pd.read_csv(answers, dtype=str, keep_default_na=False)
    pd.concat([first.assign(wave="1"), first.assign(wave="2")]).to_csv(answers, index=False)
    study.write_text(
        study.read_text(encoding="utf-8").replace("id_column", "wave: wave, id_column"), encoding="utf-8"
    )
    with Rooms(read_study(study), tell=print) as rooms:
        table = clean_table(rooms.make("clean"))
    assert table.groupby("person")["wave"].apply(sorted).map(tuple).unique().tolist() == [(1.0, 2.0)]
    assert table["respondent"].is_unique
