"""`coprod power` and `coprod population`, as a user runs them before there are answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coprod_measure.cli.app import app, run_app

STUDY = """\
id: plan
title: Plan
instrument: etgar2007
form: demo
responses: {file: not_there_yet.csv, id_column: ExternalReference}
measurement: {missing: listwise, estimator: ML}
structure: {hypotheses: [H1d, H5b, H12a], draws: 500}
seed: 1
report: {formats: [html, json]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_power_is_asked_before_there_are_answers(study: Path) -> None:
    found = CliRunner().invoke(
        app, ["power", str(study), "--n", "150,250", "--draws", "3", "--processes", "1", "--price", "4"]
    )
    assert found.exit_code == 0, found.output
    assert "H12a was not drawn for" in found.output
    assert "Power by sample" in found.output
    out = study.parent / "out"
    page = (out / "plan-power-report.html").read_text(encoding="utf-8")
    for words in (
        "To copy.",
        "Smallest samples of a power of 0.8",
        "<svg",
        "All together",
        "Wrong direction",
    ):
        assert words in page
    assert (out / "records" / "plan-power.zip").is_file()
    again = CliRunner().invoke(
        app,
        ["power", str(study), "--n", "150,250", "--draws", "3", "--processes", "1", "--resume", "--json"],
    )
    rows = json.loads(again.stdout)["table"]
    assert {(row["n"], row["draws"]) for row in rows} == {(150, 3), (250, 3)}


def test_a_population_is_drafted_checked_and_drawn_from(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = study.parent / "population.yaml"
    assert run_app(["population", str(study), "--out", str(file), "--null", "H5b"]) == 0
    assert run_app(["check", str(file)]) == 0
    assert "population.yaml (population): no problems" in capsys.readouterr().out
    assert run_app(["simulate", str(file), "--n", "40", "--out", str(study.parent)]) == 0
    assert "noise" not in capsys.readouterr().err
    other = study.parent / "other.yaml"
    other.write_text(file.read_text(encoding="utf-8").replace("form: demo", "form: core"), encoding="utf-8")
    assert run_app(["simulate", str(other), "--n", "40", "--out", str(study.parent)]) == 0
    assert "constructs of form core the population says nothing" in capsys.readouterr().err
    assert run_app(["population", str(study), "--out", str(file)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_sample_smaller_than_the_model_says_why_nothing_was_tested(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["power", str(study), "--n", "21", "--draws", "1", "--processes", "1", "--only", "H5b"]
    assert run_app(asked) == 0
    said = capsys.readouterr()
    assert "one sample alone draws no curve" in " ".join(said.out.split())
    assert "H5b, n = 21: not tested in 100% of the draws: 19 people answered" in said.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--n", "5"], "5 respondents are fewer than the 20"),
        (["--n", "many"], "many are not all whole numbers. Write 200,400"),
        (["--n", "100.5"], "100.5 are not all whole numbers"),
        (["--effects", "1,nan"], "1, nan are not all numbers"),
        (["--only", "H2b,H99"], "only: the study does not test H2b, H99"),
        (["--between", "100"], "'100' are not two samples"),
        (["--null", "H2b"], "H2b has no effect in this population"),
        (["--forms", "core2", "--n", "100"], "has no form 'core2'"),
        (["--only", "H12a"], "can test none of the hypotheses"),
        (["--smallest-effect"], "names no smallest effect of interest"),
        (["--effects", "3", "--n", "100"], "explain"),
    ],
)
def test_bad_input_is_one_line(
    study: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run_app(["power", str(study), "--draws", "2", "--processes", "1", *options]) in (1, 3)
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert words in said[0]
