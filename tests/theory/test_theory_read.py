from pathlib import Path

import pytest

import coprod_measure as cm
from coprod_measure.errors import TheoryError
from coprod_measure.theory.checks import check_theory
from coprod_measure.theory.read import read_theory

SMALL = """
id: small
title: Small
version: "1"
stages: {early: {name: Early}, late: {name: Late}}
constructs:
  b: {name: B, definition: Second letter, stage: late, unit: [respondent, category], sources: [Doe 2001]}
  a: {name: A, definition: First letter, stage: early, measurement: observed}
higher_order:
  ab: {name: AB, kind: composite, facets: [b, -a], rival: reflective}
  all: {name: All, kind: composite, facets: [ab, b]}
hypotheses:
  H1: {statement: S, level: mediated, sources: [a], via: [b|ab], targets: [b], source_signs: {a: negative}}
readings:
  - {id: r, ambiguity: unclear, reading: this, reason: that}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_records_keep_the_order_of_the_file(small):
    theory = read_theory(small)
    assert list(theory.constructs) == ["b", "a"]
    assert list(theory.stages) == ["early", "late"]
    assert theory.constructs["b"].unit == ("respondent", "category")
    assert theory.constructs["a"].measurement == "observed"
    assert theory.higher_order["ab"].facets == ("b", "-a")
    assert theory.hypotheses["H1"].via == ("b|ab",)
    assert theory.hypotheses["H1"].source_signs == {"a": "negative"}
    assert theory.readings[0].reason == "that"
    assert len(theory.sha256) == 64


def test_first_order_constructs_below_a_structure(small):
    assert read_theory(small).first_order("all") == ("b", "a")


def test_the_hash_follows_the_file(small):
    before = read_theory(small).sha256
    small.write_text(SMALL + "\n# a remark\n")
    assert read_theory(small).sha256 != before


@pytest.mark.parametrize("name", ["etgar2007", "big_five"])
def test_shipped_theories_are_sound(name):
    assert cm.read_theory(name).id == name
    assert [str(f) for f in check_theory(name) if f.severity == "error"] == []


def test_etgar_is_complete():
    theory = cm.read_theory("etgar2007")
    assert (len(theory.constructs), len(theory.higher_order), len(theory.hypotheses)) == (157, 15, 121)


def test_unknown_name_gets_a_suggestion():
    with pytest.raises(TheoryError, match="Did you mean 'etgar2007'"):
        cm.read_theory("etgar2008")


def test_a_facet_without_parent_is_noted(small):
    assert {finding.problem.code for finding in check_theory(small)} == {"parent-missing"}


def test_a_moderator_that_is_only_an_item_comes_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "theory.yaml"
    path.write_text(
        "id: t\ntitle: T\nversion: '1'\nsource: Own\nstages: {}\nconstructs:\n"
        "  a: {name: A, definition: One, domain: d, unit: [respondent]}\n"
        "  b: {name: B, definition: Two, domain: d, unit: [respondent]}\n"
        "hypotheses:\n  H1: {statement: More so among women., level: moderated, sources: [a], targets: [b], "
        "moderators: [gender], sign: positive}\n",
        encoding="utf-8",
    )
    (finding,) = check_theory(path)
    assert finding.problem.cause == "there is no construct 'gender'"
    assert "define a construct here (measurement: observed)" in finding.problem.cure
