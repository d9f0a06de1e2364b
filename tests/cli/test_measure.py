"""`coprod measure` prints every part that was asked for, and says of the rest why it does not exist."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.cli.measure import _print_part, _reasons
from coprod_measure.shipped import shipped_folder

STUDY = """
id: small
title: "Small"
instrument: bfi25
responses:
  file: answers.csv
measurement:
  constructs: [agreeableness, extraversion, neuroticism]
  parallel_draws: 20
  htmt_draws: 20
  permutations: 20
  missing: listwise
  extras: [blocks, marker, scores, alignment]
groups: [gender]
seed: 1
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    answers = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").head(400)
    answers.to_csv(folder / "answers.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    assert run_app(["clean", str(folder / "study.yaml")]) == 0
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def printed(study: Path) -> tuple[str, str]:
    """What the whole command says on standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert run_app(["measure", str(study)]) == 0
    return out.getvalue(), err.getvalue()


def test_measure_prints_every_part(study: Path, printed: tuple[str, str]) -> None:
    told, progress = printed
    for title in (
        "Reliability: fit of each scale alone",
        "How many factors",
        "Rival structures",
        "Invariance over gender: effect sizes",
        "Measurement models by stage",
        "Scores",
        "Verdicts",
    ):
        assert f"\n{title}\n" in told
    assert "theory's hierarchy" in told
    assert "Marker ladder: not available" in told or "Marker ladder: the ladder needs" in told
    assert "three groups or more" in told
    assert "CFI of at least .95 and SRMR of at most .08" in told
    assert "Invariance over groups: gender ..." in progress
    path = study.parent / "out" / "small-scores.csv"
    assert str(path) in told
    saved = pd.read_csv(path, index_col="respondent")
    names = ["agreeableness", "extraversion", "neuroticism"]
    assert list(saved.columns) == [
        f"{name}_{way}" for name in names for way in ("mean", "regression", "bartlett")
    ]
    answers = pd.read_csv(study.parent / "answers.csv").loc[0, ["N1", "N2", "N3", "N4", "N5"]]
    assert saved["neuroticism_mean"].iloc[0] == pytest.approx(answers.mean())


def test_the_verdicts_come_first_and_the_parts_are_named_at_the_end(printed: tuple[str, str]) -> None:
    lines = printed[0].strip().splitlines()
    long = lines[lines.index("Verdicts") :]
    assert lines[0].startswith("At a glance")
    head = "construct  one factor fits  reliable  convergent  discriminant  same in groups of gender"
    assert " ".join(lines[1].split()) == " ".join(head.split())
    for row in lines[2:5]:
        construct, *short = row.split()
        of_it = [line for line in long if line.startswith(construct)]
        assert all(f" {verdict} " in line for verdict, line in zip(short, of_it, strict=True))
    assert lines[5].startswith("all constructs: model fits: ")
    assert lines[-2].startswith("Parts: items, reliability, ")
    assert lines[-2].endswith("scores, verdicts")
    assert lines[-1].endswith("--part NAME")


@pytest.mark.usefixtures("printed")
def test_one_part_comes_from_the_saved_record(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["measure", str(study), "--part", "groups,reliability"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("\nReliability\n")
    assert "Invariance over gender: respondents" in told.out
    assert "Female" in told.out
    assert "\nItems\n" not in told.out
    assert "Confirmatory model" not in told.err


def test_a_reason_is_said_once_with_all_that_it_holds_of() -> None:
    rows = [
        ("b", "alpha", "a composite"),
        ("b", "omega", "a composite"),
        ("c", "omega", "two items"),
        ("d", "alpha", "a composite"),
    ]
    frame = pd.DataFrame(rows, columns=["construct", "statistic", "reason"])
    assert _reasons(frame) == ["  - b, d (alpha, omega): a composite", "  - c (omega): two items"]
    assert _reasons(frame.drop(columns="statistic"))[1] == "  - c: two items"


@pytest.mark.usefixtures("printed")
def test_parts_that_are_not_there(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["measure", str(study), "--part", "relibility"]) == 2
    assert "Did you mean 'reliability'?" in capsys.readouterr().err
    assert run_app(["measure", str(study), "--part", "retest"]) == 1
    assert "Write extras: [retest] under measurement in the study file" in capsys.readouterr().err
    assert run_app(["measure", str(study), "--part", "set_aside"]) == 0
    assert capsys.readouterr().out == "set_aside: nothing to show\n"


@pytest.mark.slow
def test_measure_as_json(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_app(["measure", str(study), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert {row["construct"] for row in got["Reliability"]} == {
        "agreeableness",
        "extraversion",
        "neuroticism",
    }
    assert "needs a marker" in got["Marker ladder"]["not_available"]
    assert {row["verdict"] for row in got["Verdicts"]} <= {"yes", "no", "unknown"}


def test_what_is_not_judged_is_said_once_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    why = "measured as observed, which no factor stands behind"
    rows = [("joy", "reliable", "yes", "omega of at least .70")]
    rows += [(name, "convergent", "unknown", why) for name in ("phase", "choice")]
    table = pd.DataFrame(rows, columns=["construct", "question", "verdict", "rule"])
    _print_part({"Verdicts": table})
    told = capsys.readouterr().out
    assert f"\nNot judged\n  - phase, choice (convergent): {why}\n" in told
    assert "unknown" not in told
