"""What hypotheses need, before there is an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.structure.kinds import KINDS
from coprod_measure.study.checks import answers_of_nobody, untestable_with
from coprod_measure.study.needs import Need, by_kind_of_test, needs_of
from coprod_measure.study.new_study import create_study


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return read_instrument("etgar2007")


def test_what_can_be_tested_stands_with_its_kind(instrument: Instrument) -> None:
    form = instrument.forms["wide"]
    kinds = by_kind_of_test(needs_of(answers_of_nobody(instrument, form)))
    found = [id_ for ids in kinds.values() for id_ in ids]
    every = list(instrument.theory.hypotheses)
    assert sorted(found) == sorted(set(every) - set(untestable_with(instrument, form, every)))
    assert set(kinds) <= set(KINDS)
    assert {"H9d", "H9e", "H12e"} <= set(kinds["choice"])
    assert "H1k" in kinds["incremental"]


def test_what_a_hypothesis_needs_and_lacks(instrument: Instrument) -> None:
    nobody = answers_of_nobody(instrument, instrument.forms["demo"])
    of = {one.id: one for one in needs_of(nobody, ["H3d", "H12a", "H3j"])}
    assert of["H3d"].kind == "paths"
    assert str(of["H3d"]).startswith(
        "H3d: testable by paths. Needs people, asked once; has 2 of 2 constructs. Test: "
    )
    assert (of["H12a"].waves, of["H12a"].kind) == (3, "")
    assert "not testable: it needs 3 waves" in str(of["H12a"])
    assert "Needs people, asked 3 times; has " in str(of["H12a"])
    assert "eva_skill_gain" in of["H12a"].not_asked


def test_groups_that_a_claim_is_held_to_or_compared_over_are_told(instrument: Instrument) -> None:
    wide = instrument.forms["wide"]
    asked = {
        one.id: one for one in needs_of(answers_of_nobody(instrument, wide), ["H6f", "H10e", "H10i", "H6e"])
    }
    assert asked["H6f"].groups == ("its paths are compared over pro_category",)
    assert "of everybody, though it is about pro_category called digital" in str(asked["H10e"])
    assert "none is called so" in str(asked["H10e"])
    assert "over country is not told: nothing says who is in which group" in str(asked["H10i"])
    assert asked["H6e"].groups == ()
    columns = answers_of_nobody(instrument, wide, 1, ("category", "country"))
    named = {one.id: one for one in needs_of(columns, ["H10e", "H10i"])}
    assert "it is about pro_category called digital, virtual, software, website and 4 more alone" in str(
        named["H10e"]
    )
    assert named["H10i"].groups == ("its paths are compared over country",)


def test_the_command_line_says_it_before_there_are_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["new", str(tmp_path / "mine")]) == 0
    assert "hypotheses: paths" in capsys.readouterr().out
    text = (tmp_path / "mine" / "study.yaml").read_text(encoding="utf-8")
    assert "  # - relative importance: " in text
    run_app(["check", "--hypotheses", str(tmp_path / "mine" / "study.yaml")])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("H12e: testable by choice. Needs people, asked once") for line in lines)


def test_a_study_of_the_experiment_names_what_its_arms_are_for(tmp_path: Path) -> None:
    create_study(tmp_path / "mine", "etgar2007_experiment")
    text = (tmp_path / "mine" / "study.yaml").read_text(encoding="utf-8")
    assert "  hypotheses: [H3i, H7e, H7f, H8a, H8b, H8c, H8d, H8e]\n" in text


def moved(instrument: Instrument, construct: str, to: str) -> Instrument:
    """Ask a construct of the whole bank in another block."""
    full = instrument.forms["full"]
    items = {one.id for one in instrument.items_of(construct)}
    blocks = tuple(
        replace(
            one,
            items=(
                *(id_ for id_ in one.items if id_ not in items),
                *(sorted(items) if one.id == to else ()),
            ),
        )
        for one in full.blocks
    )
    return replace(instrument, forms={**instrument.forms, "full": replace(full, blocks=blocks)})


def test_versions_that_ask_it_of_different_people_are_told(instrument: Instrument) -> None:
    ids = ["H1l", "H4f", "H4g", "H6l", "H7e", "H7f", "H9f", "H11b", "H11d"]

    def needs(of: Instrument) -> dict[str, Need]:
        return {one.id: one for one in needs_of(answers_of_nobody(of, of.forms["full"]), ids)}

    shipped = needs(instrument)
    assert not [one.why_not for one in shipped.values() if one.why_not]
    assert shipped["H9f"].groups == ()
    gap = needs(moved(instrument, "pro_fear_brand_dilution", "c_ways"))
    assert "no version of the form full asks all of pro_attribute_differentiation" in gap["H4g"].why_not
    assert [id_ for id_, one in gap.items() if one.why_not] == ["H4g"]
    cost = needs(moved(instrument, "cst_physical_effort", "a_risks"))
    assert not [one.why_not for one in cost.values() if one.why_not]
    assert "nothing will be said of decision_engage" in str(cost["H9f"])
    weights = needs(moved(instrument, "eva_importance_weight", "b_verdict"))
    assert not weights["H11b"].why_not
