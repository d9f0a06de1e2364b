"""What goes wrong in real life is one clear line: where, what, and how to mend it. Nothing is half-written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.cli.app import run_app

STUDY = """\
id: small
title: Small
instrument: bfi25
responses: {file: answers.csv}
cleaning: cleaning.yaml
measurement: {n_factors: 5, parallel_draws: 20, estimator: ML, missing: listwise}
seed: 1
"""
RULES = """\
version: "1.0"
rules:
  - {id: nothing, index: answered, op: "==", value: 0, action: exclude, rationale: No answer}
"""
ITEMS = [f"{trait}{k}" for trait in "ACENO" for k in range(1, 6)]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    trait = rng.standard_normal((300, 5)).repeat(5, axis=1)
    codes = np.clip(np.round(3.5 + trait + rng.standard_normal((300, 25))), 1, 6).astype(int)
    return pd.DataFrame(codes, columns=ITEMS)


@pytest.fixture
def study(tmp_path: Path, answers: pd.DataFrame) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "cleaning.yaml").write_text(RULES, encoding="utf-8")
    answers.to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 1) -> str:
    assert run_app(arguments) == code
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert err.splitlines()[-1].strip()
    return err


def written_by(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {
        "study.yaml",
        "cleaning.yaml",
        "answers.csv",
    }


def damage(study: Path, name: str, old: str, new: str) -> None:
    path = study / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: Small", "title:\tSmall\n\tx: 1", "tab"),
        ("title: Small", "title: Small\ntitle: Again", "title"),
        ("title: Small", "titel: Small", "title"),
        ("answers.csv", "answer.csv", "answer.csv"),
        ("instrument: bfi25", "instrument: bfi52", "bfi25"),
        ("seed: 1", "seed: 1\ngroups: [gendre]", "gender"),
        ("seed: 1", "seed: 1\nmeasurement2: {}", "measurement"),
    ],
)
def test_a_wrong_study_file(
    study: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    damage(study, "study.yaml", old, new)
    err = fails(["run", str(study / "study.yaml")], capsys)
    assert words in err
    assert written_by(study) == set()


def test_a_missing_study_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.yaml" in fails(["run", str(tmp_path / "nowhere.yaml")], capsys)


def empty(text: str) -> str:
    return ""


def header_only(text: str) -> str:
    return text.splitlines()[0] + "\n"


def column_twice(text: str) -> str:
    return text.replace("A1,A2,", "A1,A1,", 1)


def unknown_item(text: str) -> str:
    return text.replace("A1,A2,", "A1,AA2,", 1)


def outside_the_scale(text: str) -> str:
    head, first, *rest = text.splitlines()
    return "\n".join([head, "9" + first[1:], *rest])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (empty, "answers.csv"),
        (header_only, "answers.csv"),
        (column_twice, "A1"),
        (outside_the_scale, "A1"),
    ],
)
def test_a_wrong_export(study: Path, capsys: pytest.CaptureFixture[str], change: object, words: str) -> None:
    path = study / "answers.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    before = path.read_bytes()
    err = fails(["clean", str(study / "study.yaml")], capsys)
    assert words in err
    assert path.read_bytes() == before
    assert written_by(study) == set()


def test_a_bad_cell_is_named_with_row_and_column(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = study / "answers.csv"
    path.write_text(outside_the_scale(path.read_text(encoding="utf-8")), encoding="utf-8")
    err = fails(["clean", str(study / "study.yaml")], capsys)
    assert "row 2" in err
    assert "A1" in err


def test_an_unknown_column_is_named_and_the_rest_is_read(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study / "answers.csv"
    path.write_text(unknown_item(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert run_app(["clean", str(study / "study.yaml")]) == 0
    assert "AA2" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16"])
def test_other_encodings_and_separators_are_read(
    study: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    path = study / "answers.csv"
    text = path.read_text(encoding="utf-8").replace(",", ";")
    head, *rest = text.splitlines()
    lines = [f"{head};remark", *(f"{row};größer" for row in rest)]
    path.write_text("\n".join(lines), encoding=encoding)
    assert run_app(["clean", str(study / "study.yaml")]) == 0
    assert "300 respondents kept" in capsys.readouterr().out


def test_three_respondents(study: Path, answers: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    answers.head(3).to_csv(study / "answers.csv", index=False)
    err = fails(["run", str(study / "study.yaml")], capsys, code=3)
    assert "3 respondents" in err
    assert not list(study.rglob("*.html"))


@pytest.mark.parametrize("kind", ["constant", "twin"])
def test_items_without_information_are_named_and_the_report_still_comes(
    study: Path, answers: pd.DataFrame, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    frame = answers.copy()
    frame["A2"] = 4 if kind == "constant" else frame["A3"]
    frame.to_csv(study / "answers.csv", index=False)
    assert run_app(["run", str(study / "study.yaml")]) == 0
    err = capsys.readouterr().err
    left_out = "A2 was left out of every model: everybody gave the same answer"
    assert (
        left_out if kind == "constant" else "A3 was left out of every model: every answer is the same"
    ) in err
    page = (study / "out" / "small-report.html").read_text(encoding="utf-8")
    assert "A2" in page


def test_an_output_folder_that_cannot_be_written(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "taken").write_text("", encoding="utf-8")
    err = fails(["run", str(study / "study.yaml"), "--out", str(study / "taken")], capsys)
    assert "cannot be written" in err


MODEL = "f =~ A1 + A2 + A3 + A4 + A5"


def sem(study: Path, model: str, *options: str) -> list[str]:
    (study / "model.txt").write_text(model, encoding="utf-8")
    return ["sem", "--model", str(study / "model.txt"), "--data", str(study / "answers.csv"), *options]


def test_a_model_that_names_an_unknown_variable(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = fails(sem(study, MODEL + " + A6x"), capsys)
    assert "A6x" in err


def test_a_model_that_cannot_be_read_says_where(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = fails(sem(study, "f =~ A1 + A2\nf =~~ A3"), capsys)
    assert "line 2" in err


def test_a_model_that_is_not_identified_names_a_parameter(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_app(sem(study, "f =~ NA*A1 + A2 + A3"))
    printed = capsys.readouterr()
    assert "not identified" in printed.out + printed.err
    assert "f" in (printed.out + printed.err).split("not identified")[1]
    assert code in (0, 3)


def test_a_negative_variance_is_reported_as_inadmissible(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A Heywood case by construction: the implied loading of x1 exceeds one.
    cov = np.array([[1.0, 0.85, 0.85], [0.85, 1.0, 0.6], [0.85, 0.6, 1.0]])
    root = np.linalg.cholesky(cov + 1e-9 * np.eye(3))
    z = np.random.default_rng(3).standard_normal((200, 3))
    z = (z - z.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(z, rowvar=False))).T
    pd.DataFrame(z @ root.T, columns=["x1", "x2", "x3"]).to_csv(study / "answers.csv", index=False)
    assert run_app(sem(study, "f =~ x1 + x2 + x3")) == 0
    printed = capsys.readouterr()
    assert "x1 ~~ x1" in printed.out + printed.err
    assert "admissible" in (printed.out + printed.err).lower() or "negative" in printed.out + printed.err


def test_text_from_a_file_is_escaped_in_the_report(
    study: Path, answers: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(study, "study.yaml", "title: Small", "title: '<script>alert(1)</script>'")
    frame = answers.assign(**{"<img src=x onerror=alert(2)>": 1})
    frame.to_csv(study / "answers.csv", index=False)
    assert run_app(["run", str(study / "study.yaml")]) == 0, capsys.readouterr().err
    page = (study / "out" / "small-report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
