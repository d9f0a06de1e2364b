"""`coprod clean` on the shapes in which published survey files lie on disks; all data are made up here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from coprod_measure.cli.app import run_app

INSTRUMENT = """
id: inst
title: I
version: "1.0"
license: CC0-1.0
languages: [en]
constructs: {{mood: Mood}}
scales:
  agree5:
    codes: [1, 2, 3, 4, 5]
    labels: {{en: [Strongly disagree, Disagree, Neither, Agree, Strongly agree]}}
{scale}
questions:
  - construct: mood
    scale: agree5
    items:
{items}
"""
TEXTS = ("I feel well.", "I feel calm.", "I feel fresh.")
ANSWERS = ((4, 5, 4), (2, 2, 1), (3, 3, 3), (5, 4, 5), (1, 2, 2), (4, 4, 3), (2, 1, 2), (5, 5, 4))
IDS = ("mood_1", "mood_2", "mood_3")


def study(
    folder: Path, answers: str | Path, *, ids: tuple[str, ...] = IDS, scale: str = "", responses: str = ""
) -> Path:
    """A study of three items around a file of answers."""
    items = "\n".join(f'      {id_}: {{text: "{text}"}}' for id_, text in zip(ids, TEXTS, strict=True))
    (folder / "instrument.yaml").write_text(INSTRUMENT.format(scale=scale, items=items), encoding="utf-8")
    if isinstance(answers, str):
        (folder / "answers.csv").write_text(answers, encoding="utf-8")
        answers = folder / "answers.csv"
    path = folder / "study.yaml"
    listed = f"responses: {{file: {answers.name}{responses}}}"
    path.write_text(f"id: s\ntitle: S\ninstrument: instrument.yaml\n{listed}\nseed: 1\n", encoding="utf-8")
    return path


def cleaned(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert run_app(["clean", str(path), "--json", *options]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def rule(told: dict, name: str, column: str = "excluded") -> int:
    return next(step[column] for step in told["flow"] if step["rule"] == name)


def table(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def points(row: tuple[int, ...]) -> str:
    return ",".join(map(str, row))


def test_everybody_is_anonymous(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = f"ID,Start time,Completion time,Email,Name,{','.join(TEXTS)}"
    rows = [
        f"{n},3/1/26 9:0{n}:00,3/1/26 9:0{n}:40,anonymous,,{points(row)}" for n, row in enumerate(ANSWERS)
    ]
    assert cleaned(study(tmp_path, table(head, rows)), capsys)["n"] == 8


def test_a_qualtrics_file_that_another_program_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = f'"StartDate","Status","Duration..in.seconds.","ResponseId",{",".join(IDS)}'
    rows = [
        f'"2026-02-0{n + 1}",{int(n < 2)},{2 if n == 7 else 90},"R_{n}",{points(row)}'
        for n, row in enumerate(ANSWERS)
    ]
    told = cleaned(study(tmp_path, table(head, rows)), capsys)
    assert (told["n"], rule(told, "preview"), rule(told, "too_fast", "marked")) == (6, 2, 1)


def test_stored_values_in_their_own_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that was added later has the highest id of all; what it means is said by its place."""
    stored = {1: 1, 2: 5, 3: 2, 4: 3, 5: 4}
    rows = [f"{n},{points(tuple(stored[code] for code in row))}" for n, row in enumerate(ANSWERS)]
    path = study(tmp_path, table("id," + ",".join(IDS), rows), scale="    stored: [1, 5, 2, 3, 4]")
    told = cleaned(path, capsys)
    written = pd.read_csv(next(name for name in told["files"] if name.endswith(".csv")))
    assert written[list(IDS)].to_numpy().tolist() == [list(row) for row in ANSWERS]
    assert told["warnings"] == []


def test_a_study_of_three_of_seventeen_numbered_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "ResponseId," + ",".join(f"Q{n}" for n in range(1, 18))
    rows = [f"R_{n},{points(row)}{',3' * 14}" for n, row in enumerate(ANSWERS)]
    told = cleaned(study(tmp_path, table(head, rows), ids=("Q1", "Q2", "Q3")), capsys)
    assert told["n"] == 8
    assert any("14 columns belong to no item and were left out: Q4, Q5" in one for one in told["warnings"])


def test_warnings_of_reading_come_also_when_cleaning_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study(tmp_path, table("mood_1,other", [",x" for _ in ANSWERS]))
    assert run_app(["clean", str(path)]) == 1
    told = capsys.readouterr().err
    assert "1 column belongs to no item and was left out: other" in told
    assert "lacks 2 items of 'inst': mood_2, mood_3" in told
    assert "no respondent is left" in told
    assert "2 of 3 items are not in the file" in told


def test_a_code_for_nothing_in_every_item_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{n},{points(row)}" for n, row in enumerate((*ANSWERS, (77, 77, 77)))]
    path = study(tmp_path, table("id," + ",".join(IDS), rows))
    assert run_app(["clean", str(path)]) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert 'missing_codes: {"77": unanswered}' in told
    assert "3 items (1 row" in told


def test_a_filter_code_that_spss_declares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame([(*map(float, row),) for row in ANSWERS], columns=list(IDS))
    frame.loc[[0, 3], ["mood_2", "mood_3"]] = -77.0
    pyreadstat.write_sav(
        frame, str(tmp_path / "a.sav"), missing_ranges={id_: [{"lo": -99, "hi": -1}] for id_ in IDS}
    )
    path = study(tmp_path, tmp_path / "a.sav", responses=', missing_codes: {"-77": not_shown}')
    assert cleaned(path, capsys)["n"] == 8
    assert cleaned(study(tmp_path, tmp_path / "a.sav"), capsys)["n"] == 6


def test_a_letter_for_missing_in_stata(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame([(*map(float, row),) for row in ANSWERS], columns=list(IDS)).astype(object)
    frame.loc[[0, 3], ["mood_2", "mood_3"]] = "a"
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"), missing_user_values={id_: ["a"] for id_ in IDS})
    path = study(tmp_path, tmp_path / "a.dta", responses=", missing_codes: {.a: not_shown}")
    assert cleaned(path, capsys)["n"] == 8


def test_who_took_part_twice_by_the_panel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"R_{n},{min(n, 6):024x},{points(row)}" for n, row in enumerate(ANSWERS)]
    told = cleaned(study(tmp_path, table("ResponseId,PROLIFIC_PID," + ",".join(IDS), rows)), capsys)
    assert (told["n"], rule(told, "same_person")) == (7, 1)


def test_variable_names_in_another_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("心情1", "题2", "题3")
    frame = pd.DataFrame([(*map(float, row),) for row in ANSWERS], columns=list(names))
    labels = dict(zip(names, TEXTS, strict=True))
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), column_labels=labels)
    assert cleaned(study(tmp_path, tmp_path / "a.sav"), capsys)["n"] == 8


def test_sliders_and_short_scales_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(2)
    true = rng.standard_normal(60)
    sliders = np.clip(50 + 18 * true[:, None] + 8 * rng.standard_normal((60, 5)), 0, 100).round()
    sliders[:, 4] = 100 - sliders[:, 4]
    path = study(tmp_path, table("vas_1,vas_2,vas_3,vas_4,vas_5", [points(tuple(row)) for row in sliders]))
    items = "".join(f'      vas_{n}: {{text: "Slider {n}", minimum: 0, maximum: 100}}\n' for n in range(1, 6))
    text = path.with_name("instrument.yaml").read_text(encoding="utf-8").partition("scales:")[0]
    path.with_name("instrument.yaml").write_text(
        f"{text}questions:\n  - construct: mood\n    kind: slider\n    items:\n{items}", encoding="utf-8"
    )
    told = cleaned(path, capsys)
    assert [one["item"] for one in told["keying"] if one["verdict"] == "against"] == ["vas_5"]


def test_sosci(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = ("MO01_01", "MO01_02", "MO01_03")
    head = f"CASE\tQUESTNNR\tMODE\tSTARTED\t{chr(9).join(ids)}\tTIME_SUM\tFINISHED"
    rows = [
        f"{n}\tbase\t{'pretest' if n == 1 else 'interview'}\t2026-01-05 10:{n:02}:00\t"
        f"{chr(9).join(map(str, row))}\t{3 if n == 5 else 80}\t{'F' if n == 3 else 'T'}"
        for n, row in enumerate([*ANSWERS, *ANSWERS, (-9, 3, 4)])
    ]
    told = cleaned(study(tmp_path, table(head, rows), ids=ids), capsys)
    assert (told["n"], rule(told, "preview"), rule(told, "too_fast", "marked")) == (16, 1, 1)


def test_a_kept_address_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{points(row)},192.0.2.{n}(Town-Street)" for n, row in enumerate(ANSWERS)]
    path = study(tmp_path, table(",".join(IDS) + ",from", rows), responses=", keep: [from]")
    told = cleaned(path, capsys)
    assert "from: holds personal data and was kept, as the study says" in told["warnings"]
    for name in told["files"]:
        assert b"192.0.2" not in Path(name).read_bytes()
