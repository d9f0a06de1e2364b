"""Every defensible way is tested; what hangs on a choice is seen, what does not is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coprod_measure.cli.app import app
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.shipped import shipped_folder
from coprod_measure.study import multiverse as multiverse_module
from coprod_measure.study.definition import read_study
from coprod_measure.study.multiverse import EVERYBODY, PLANNED, STRICT, Universe, multiverse, universes

SAMPLE = shipped_folder("data/sample") / "coproduction" / "responses.csv"
STUDY = f"""\
id: ways
title: Ways
instrument: etgar2007
form: demo
responses: {{file: {SAMPLE}, id_column: ExternalReference}}
measurement: {{estimator: MLR, missing: listwise}}
structure: {{hypotheses: [H1d, H4c], draws: 500, intervals: bootstrap}}
seed: 1
report: {{formats: [html]}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("responses: {file: ", "responses: {large: false, file: "), encoding="utf-8")
    return path


def test_every_choice_is_crossed_with_every_other(file: Path) -> None:
    ways = universes(read_study(file), read_cleaning_rules(default_rules_path()))
    assert ways[0].name == "as planned, MLR, listwise, auto, without controls"
    assert len(ways) == len(set(ways)) == 3 * 2 * 2 * 2
    assert {one.cleaning for one in ways} == {PLANNED, EVERYBODY, STRICT}


def test_the_page_shows_what_every_way_finds(file: Path) -> None:
    found = CliRunner().invoke(app, ["multiverse", str(file), "--processes", "1", "--json"])
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    summary = {row["hypothesis"]: row for row in told["summary"]}
    assert (summary["H1d"]["universes"], summary["H1d"]["tested"]) == (24, 24)
    assert summary["H1d"]["supported"] == 1.0
    assert summary["H1d"]["lowest"] <= summary["H1d"]["median"] <= summary["H1d"]["highest"]
    assert summary["H4c"]["tested"] == 0  # the form does not ask about it, whatever is chosen
    rows = [row for row in told["universes"] if row["hypothesis"] == "H1d"]
    # More people where nobody is excluded, fewer where one sign suffices.
    n = {row["cleaning"]: row["n"] for row in rows}
    assert n[EVERYBODY] > n[PLANNED] > n[STRICT]
    # ML and MLR estimate alike and err otherwise.
    same = {
        row["estimator"]: row
        for row in rows
        if (row["cleaning"], row["missing"], row["method"]) == (PLANNED, "listwise", "auto")
    }
    assert same["ML"]["estimate"] == pytest.approx(same["MLR"]["estimate"], abs=1e-6)
    page = (file.parent / "out" / "ways-multiverse-report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "no number of replications" in page


def test_an_interrupted_run_says_what_is_kept_and_goes_on(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second universe is interrupted; a later run tests those that are left."""

    def stop(study: object, cleaned: object, universe: Universe) -> object:
        tested.append(universe)
        if len(tested) == 2:
            raise KeyboardInterrupt
        return [["H1d", 300, 0.4, 0.3, 0.5, 0.001, "supported", ""]]

    tested: list[Universe] = []
    monkeypatch.setattr(multiverse_module, "tested_in", stop)
    arguments = ["multiverse", str(file), "--processes", "1", "--json"]
    stopped = CliRunner().invoke(app, arguments)
    assert "1 finished pieces are kept in" in stopped.stderr
    assert "--resume goes on with them" in stopped.stderr
    number = len(universes(read_study(file), read_cleaning_rules(default_rules_path())))
    found = CliRunner().invoke(app, [*arguments, "--resume"])
    assert found.exit_code == 0, found.stderr
    assert len(json.loads(found.stdout)["universes"]) == number
    assert len(tested) == number + 1


def test_a_study_without_hypotheses_is_one_line(file: Path) -> None:
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "structure: {hypotheses: [H1d, H4c], draws: 500, intervals: bootstrap}\n", ""
        ),
        encoding="utf-8",
    )
    from coprod_measure.errors import StudyError

    with pytest.raises(StudyError, match="tests no hypotheses"):
        multiverse(read_study(file))
