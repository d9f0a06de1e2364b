import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from coprod_measure.cli.check import KINDS, check, check_file

EXAMPLES = Path(__file__).parents[1] / "instrument" / "examples"


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(check)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_sound_files_exit_0(run):
    result = run(EXAMPLES / "valid" / "small.yaml", EXAMPLES / "valid" / "theory_small.yaml")
    assert result.exit_code == 0
    assert result.stdout.count("no problems") == 2
    assert "(theory)" in result.stdout


def test_warnings_exit_0(run):
    result = run(EXAMPLES / "invalid" / "warns_scale_gap.yaml")
    assert result.exit_code == 0
    assert "1 warning" in result.stdout


def test_every_problem_of_every_file_is_printed(run):
    paths = [EXAMPLES / "invalid" / "many_at_once.yaml", EXAMPLES / "invalid" / "tab.yaml"]
    result = run(*paths)
    assert result.exit_code == 1
    assert result.stdout.count("\nerror: ") >= 6
    assert "many_at_once.yaml:3:1: unknown key 'titel'. Did you mean 'title'?" in result.stdout
    assert "[tab]" in result.stdout


def test_json_says_the_same(run):
    result = run("--json", EXAMPLES / "invalid" / "unknown_scale.yaml")
    (file,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert file["kind"] == "instrument"
    assert [finding["code"] for finding in file["findings"] if finding["severity"] == "error"] == [
        "unknown-scale"
    ]


def test_a_missing_file_is_a_finding(run):
    result = run(EXAMPLES / "nowhere.yaml")
    assert result.exit_code == 1
    assert "there is no such file" in result.stdout


def test_a_name_stands_for_every_shipped_file_that_bears_it(run):
    result = run("etgar2007")
    assert result.exit_code == 0
    assert result.stdout.count("etgar2007.yaml (instrument)") == 1
    assert result.stdout.count("theory/etgar2007.yaml (theory)") == 1


def test_a_name_that_nothing_bears_is_refused_with_the_nearest(run):
    result = run("etgar")
    assert "Did you mean 'etgar2007'?" in str(result.exception)


def test_checkers_of_all_kinds_can_be_loaded():
    assert all(callable(kind.load()) for kind in KINDS.values())


def test_cleaning_rules_are_recognised(run, tmp_path):
    path = tmp_path / "cleaning.yaml"
    path.write_text('version: "1"\nrules:\n  - {id: fast, indx: seconds_per_item}\n')
    result = run(path)
    assert result.exit_code == 1
    assert "(cleaning rules)" in result.stdout
    assert "Did you mean 'index'?" in result.stdout


@pytest.mark.parametrize(
    ("file_name", "text", "place"),
    [
        (
            "questions.yaml",
            "id: a\ntheory: etgar2007\nquestions:\n- construct: sit_trust\n  reverse: true\n  items: {t_1: {text: x}}\n",
            "questions.yaml:5:3",
        ),
        (
            "theory.yaml",
            "id: a\nstages: {}\nconstructs:\n  joy:\n    name: Joy\n    definition: x\n    reverse: true\n",
            "theory.yaml:7:5",
        ),
    ],
)
def test_a_key_of_items_that_stands_above_them_is_sent_to_the_item(tmp_path, file_name, text, place):
    (tmp_path / file_name).write_text(text, encoding="utf-8")
    _, findings = check_file(tmp_path / file_name)
    found = [one.problem for one in findings if "'reverse'" in one.problem.cause]
    assert [one.place.endswith(place) for one in found] == [True]
    assert found[0].cure.startswith("It belongs to the item")
