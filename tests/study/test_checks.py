"""A check of a study says beforehand what `coprod test` will say of hypotheses that it cannot test."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from coprod_measure.cli.app import app
from coprod_measure.cli.check import check_file
from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.hypotheses import test_hypotheses as tested
from coprod_measure.structure.wording import sentence
from coprod_measure.study.checks import check_study_file, untestable_hypotheses
from coprod_measure.study.definition import Study, read_study
from coprod_measure.theory.definition import Hypothesis
from structure.small_answers import INSTRUMENT, THEORY, small_answers

IDS = ("H1d", "H2d", "H3e", "H7e", "H8e", "H13h")


def test_a_study_that_awaits_its_answers_is_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, "H1d")
    (tmp_path / "answers.csv").unlink()
    ran = CliRunner().invoke(app, ["check", str(path)])
    assert (ran.exit_code, "there is no file 'answers.csv' yet" in ran.output) == (0, True)
    path.write_text(path.read_text(encoding="utf-8") + "cleaning: gone.yaml\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 1


def written(folder: Path, hypotheses: str, wave: str = "") -> Path:
    asked = [one.id for one in _demo() if one.kind != "display"]
    table = f"{','.join(asked)}\n1{',' * (len(asked) - 1)}\n"
    (folder / "answers.csv").write_text(table, encoding="utf-8")
    text = (
        f"id: small\ntitle: Small\ninstrument: etgar2007\nform: demo\nresponses: {{file: answers.csv{wave}}}\n"
        f"structure: {{hypotheses: [{hypotheses}]}}\nseed: 1\n"
    )
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def _demo() -> tuple[Item, ...]:
    instrument = read_instrument("etgar2007")
    return tuple(instrument.items[id_] for id_ in instrument.forms["demo"].item_ids)


def test_the_answers_are_read_as_a_run_would_read_them(tmp_path: Path) -> None:
    path = written(tmp_path, "H1d", ", id_column: who")
    _, (error,) = check_file(path)
    assert (error.severity, error.problem.code) == ("error", "missing-column")
    path, answers = written(tmp_path, "H1d"), tmp_path / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("cb_net_judgement_", "other_"), encoding="utf-8"
    )
    _, (unknown, lacking, note) = check_file(path)
    assert "3 columns belong to no item and were left out: other_1" in str(unknown)
    assert "lacks 3 items of the form 'demo': cb_net_judgement_1" in str(lacking)
    assert "H1d will come out 'not testable here'" in str(note)
    assert "The form asks for it: bring its columns into the file of answers" in note.problem.cure


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(shipped_folder("data/sample") / "coproduction" / "study.yaml")


def test_the_note_says_why_and_what_would_be_needed(tmp_path: Path) -> None:
    path = written(tmp_path, ", ".join(IDS))
    kind, notes = check_file(path)
    assert kind == "study"
    assert {note.severity for note in notes} == {"note"}
    told = [str(note) for note in notes]
    assert len(told) == 5
    assert "study.yaml:6:" in told[0]
    assert "H2d will come out 'not testable here': what the effect depends on was not asked" in told[0]
    assert "H13h will come out 'not testable here': not measured in these data" in told[4]


def test_the_notes_come_before_there_are_answers(tmp_path: Path) -> None:
    path = written(tmp_path, "H1d, H2d")
    (tmp_path / "answers.csv").unlink()
    _, found = check_file(path)
    assert [(one.severity, one.problem.code) for one in found] == [
        ("note", "no-answers-file"),
        ("note", "hypothesis-not-testable"),
    ]
    path.write_text(path.read_text(encoding="utf-8").replace("form: demo", "form: dmo"), encoding="utf-8")
    assert {one.problem.code for one in check_file(path)[1]} == {"no-answers-file", "unknown-form"}


@pytest.mark.parametrize("encoding", ["rot13", "zlib", "none-such", "utf-8"])
def test_an_encoding_that_reads_no_text_is_found_without_the_answers(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "H1d", f", encoding: {encoding}")
    codes = {one.problem.code for one in check_file(path)[1]}
    assert ("unknown-encoding" in codes) is (encoding != "utf-8")


def test_it_says_the_same_as_the_tests_later(study: Study) -> None:
    folder = shipped_folder("data/sample") / "coproduction"
    answers = clean(read_responses(folder / "responses.csv", study.instrument, form="demo"))
    table = tested(study.instrument.theory, answers, IDS, draws=500).table().set_index("id")
    later = table.loc[table["verdict"] == "not testable here", "reason"].to_dict()
    assert {id_: sentence(why) for id_, why in untestable_hypotheses(study, IDS).items()} == later
    assert set(later) == set(IDS) - {"H1d"}


def test_waves_are_counted_as_far_as_the_study_tells(tmp_path: Path) -> None:
    needs_two = next(
        id_
        for id_, reason in untestable_hypotheses(
            read_study(written(tmp_path, "H1b")), _all_of("etgar2007")
        ).items()
        if reason == Reason("too_few_waves", {"needed": 2, "found": 1})
    )
    assert "Collect more waves" in str(check_study_file(written(tmp_path, needs_two))[0])
    by_column = read_study(written(tmp_path, needs_two, ", wave: when"))
    assert "too_few_waves" not in {why.code for why in untestable_hypotheses(by_column, [needs_two]).values()}


def _all_of(instrument: str) -> tuple[str, ...]:
    from coprod_measure.theory.read import read_theory

    return tuple(read_theory(instrument).hypotheses)


def test_a_yes_or_no_cause_is_named(study: Study) -> None:
    theory = study.instrument.theory
    claim = Hypothesis(
        id="X1", statement="Deciding raises propensity.", level="direct", sources=("decision_engage",),
        targets=("propensity",),
    )  # fmt: skip
    more = replace(theory, hypotheses={**theory.hypotheses, "X1": claim})
    other = replace(study, instrument=replace(study.instrument, theory=more))
    assert untestable_hypotheses(other, ["X1"]) == {"X1": Reason("yes_no_only")}


def test_advice_is_given_only_where_it_helps(tmp_path: Path) -> None:
    _, notes = check_file(written(tmp_path, "H5h, H2b, H10a"))
    cures = [note.problem.cure for note in notes]
    assert cures[0] == "Field the form wide, full or wave1, or leave the hypothesis out"
    # The income of a country is no answer: no item of the bank asks for it.
    assert (
        cures[1] == "No form of this instrument asks for it: write items for it, or leave the hypothesis out"
    )
    assert cures[2] == "Field the form full or wave2, or leave the hypothesis out"


def test_contrasts_of_nothing_and_words_of_nobody_are_found(tmp_path: Path) -> None:
    path = written(tmp_path, "H2a")
    text = path.read_text(encoding="utf-8")
    named = "group_difference: {contrasts: {H0: {a: 1, b: -1}}}, experiments: {at: {nowhere: 1}}"
    path.write_text(text.replace("[H2a]", f"[H2a], {named}"), encoding="utf-8")
    errors = [one.problem for one in check_study_file(path) if one.severity == "error"]
    assert {one.code for one in errors} == {"unknown-hypothesis", "unknown-construct"}
    assert all(one.place.startswith(f"{path}:6:") for one in errors)


def test_a_contrast_whose_words_no_answer_bears_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, "H11g")
    named = "group_difference: {contrasts: {H11g: {nobody: 1, nowhere: -1}}}"
    text = path.read_text(encoding="utf-8").replace("form: demo", "form: full")
    path.write_text(text.replace("[H11g]", f"[H11g], {named}"), encoding="utf-8")
    (tmp_path / "answers.csv").unlink()
    warned = [one.problem for one in check_study_file(path) if one.severity == "warning"]
    assert [one.code for one in warned] == ["contrast-of-no-groups"]
    assert "call no group on both sides (nobody, nowhere)" in warned[0].cause


def test_words_of_claims_that_no_answer_bears_are_found(tmp_path: Path) -> None:
    claims = (
        "level: direct, within: {joined: [yess]}",
        "level: direct, within: {joined: [no, yess]}",
        "level: direct, across: [joined], contrast: {yess: 1, no: -1}",
        "level: direct, across: [joined], contrast: {yes: 1, no: -1}, within: {joined: [yes, further]}",
        "level: group_difference",
    )
    more = [
        f"  W{k}: {{statement: It., sources: [{'joined' if 'group' in words else 'trust'}], targets: [will], {words}}}\n"
        for k, words in enumerate(claims, start=1)
    ]
    (tmp_path / "theory.yaml").write_text(THEORY + "".join(more), encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        "id: own\ntitle: Own\ninstrument: instrument.yaml\nresponses: {file: gone.csv}\nstructure:\n"
        "  hypotheses: [W1, W2, W3, W4, W5]\n"
        "  group_difference: {contrasts: {W5: {yes: 2, no: 1}}}\nseed: 1\n",
        encoding="utf-8",
    )
    warned = [one.problem for one in check_study_file(tmp_path / "study.yaml") if one.severity == "warning"]
    assert [one.code for one in warned] == ["words-of-no-group"] * 3 + ["contrast-of-one-side"]
    assert [one.place.rsplit(":")[-2:] for one in warned[:3]] == [["6", "16"], ["6", "20"], ["6", "24"]]
    assert "W1: of everybody, though it is about joined called yess: none is called so" in warned[0].cause
    assert "W2: no group of joined is called yess" in warned[1].cause
    assert "words of its contrast on both sides (yess, no)" in warned[2].cause


def test_controls_without_spread_and_weights_that_do_not_cancel_are_found(tmp_path: Path) -> None:
    small_answers(tmp_path)
    table = pd.read_csv(tmp_path / "answers.csv")
    table.assign(age=30, height=table.index).to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "study.yaml").write_text(
        "id: own\ntitle: Own\ninstrument: instrument.yaml\nresponses: {file: answers.csv, keep: [age, height]}\n"
        "structure:\n  hypotheses: [T1]\n  controls: [height, age]\n"
        "  experiments: {contrasts: {joined: {0: -1, 1: 2}}}\nseed: 1\n",
        encoding="utf-8",
    )
    found = check_study_file(tmp_path / "study.yaml")
    error, warning = (one for one in found if one.problem.code != "answers")
    assert (error.severity, error.problem.code) == ("error", "constant-control")
    assert error.problem.place.endswith(":7:22")
    assert error.problem.cause == "all respondents are alike in the control age"
    assert (warning.severity, warning.problem.code) == ("warning", "contrast-not-zero")


def test_nothing_is_said_of_a_study_without_hypotheses() -> None:
    assert check_study_file(shipped_folder("data/sample") / "bfi" / "study.yaml") == []
