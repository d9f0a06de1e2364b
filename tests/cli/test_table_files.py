"""Every command with a table has ``--json`` and ``--csv``, and the files hold the numbers that are printed."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.main import get_command

from coprod_measure.cli.app import COMMANDS, WITH_TABLES, app, run_app
from study.small_study import write_small_study

DATA = Path(__file__).parents[1] / "reference" / "data" / "political_democracy.csv"
MODEL = "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem60 ~ ind60"
PRINTS = ("print_table(", "print_verdicts(", "keep_rows(", "keep_table(")


def test_every_command_with_a_table_gives_it_to_other_programs() -> None:
    options = {
        name: {o for p in one.params for o in p.opts} for name, one in get_command(app).commands.items()
    }
    for command in COMMANDS:
        name = command.__name__.replace("_", "-")
        alone = len([one for one in COMMANDS if one.__module__ == command.__module__]) == 1
        source = inspect.getsource(sys.modules[command.__module__] if alone else command)
        assert (command in WITH_TABLES) >= any(word in source for word in PRINTS), name
        assert (command in WITH_TABLES) == ("--csv" in options[name]), name
        assert (command in WITH_TABLES) <= ("--json" in options[name]), name


def files_of(arguments: list[str], folder: Path) -> dict[str, pd.DataFrame]:
    assert run_app([*arguments, "--csv", str(folder)]) == 0
    return {path.stem: pd.read_csv(path) for path in sorted(folder.glob("*.csv"))}


def test_models_write_their_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "model.txt"
    model.write_text(MODEL)
    given = ["--model", str(model), "--data", str(DATA)]
    found = files_of(["sem", *given], tmp_path / "sem")
    assert set(found) == {"parameters", "fit-measures"}
    value = found["parameters"].query("op == '~'")["est"].item()
    assert f"{value:.3f}" in capsys.readouterr().out

    plain = files_of(["pls", *given, "--draws", "0"], tmp_path / "pls")
    assert {"weights-and-loadings", "paths", "explained-variance"} <= set(plain)
    capsys.readouterr()
    as_json = files_of(["pls", *given, "--draws", "0", "--json"], tmp_path / "json")
    told = json.loads(capsys.readouterr().out)
    assert told["Paths"][0]["est"] == pytest.approx(plain["paths"]["est"][0])
    assert as_json["paths"].equals(plain["paths"])


def test_a_study_writes_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_small_study(tmp_path / "study")
    found = files_of(["run", str(study), "--json"], tmp_path / "run")
    told = json.loads(capsys.readouterr().out)
    assert found["hypotheses"]["id"].tolist() == ["H1"]
    assert told["hypotheses"][0]["std"] == pytest.approx(found["hypotheses"]["std"][0])
    assert "flow-of-respondents" in files_of(["clean", str(study)], tmp_path / "clean")
    assert (
        len(files_of(["codebook", str(study.parent / "instrument.yaml")], tmp_path / "codebook")["items"])
        == 6
    )
    broken = study.parent / "theory.yaml"
    broken.write_text(broken.read_text().replace("level: direct", "level: sideways"))
    capsys.readouterr()
    assert run_app(["check", str(broken), "--csv", str(tmp_path / "check")]) == 1
    (line,) = pd.read_csv(tmp_path / "check" / "findings.csv").to_dict("records")
    assert line["severity"] == "error"
