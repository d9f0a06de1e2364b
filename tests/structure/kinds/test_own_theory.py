"""A theory of one's own uses every kind of claim that needs one occasion, by the words of a theory file."""

from __future__ import annotations

import pytest

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests
from structure.own_theory import CLAIMS, repair_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return repair_answers(tmp_path_factory.mktemp("repair"))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    how = {"moderated": {"second_opinion": False}, "necessity": {"permutations": 200}, "choice": {"draws": 3}}
    how["segmentation"] = {"most": 2, "starts": 2}
    return judge(
        answers.instrument.theory,
        answers,
        draws=200,
        missing="listwise",
        adjust="none",
        kinds=how,
        verdicts_only=True,
    )


def test_every_kind_of_one_occasion_is_used(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["kind"].to_dict() == {id_: kind for id_, (kind, _) in CLAIMS.items()}
    elsewhere = {"levels", "experiments", "over_time", "transitions", "conjoint"}
    assert set(table["kind"]) == set(KINDS) - elsewhere
    assert list(table.index[table["verdict"] == NOT_TESTABLE]) == ["codes"]
    assert tests.failures == {}
    held = {"direct", "decision", "mediated", "amount", "more", "gap", "two", "net", "choice"}
    assert {id_ for id_ in held if table.loc[id_, "verdict"] != "supported"} == set()


def test_codes_of_options_without_an_order_are_no_amounts(tests: HypothesisTests) -> None:
    reasons = tests.table().set_index("id")["reason"]
    assert reasons["codes"].startswith("the options of place have no order, so they are no amounts")
    assert "path of skill in 3 groups of place" in reasons["groups"]


def test_which_side_of_a_gap_is_the_better_one_is_told(tests: HypothesisTests) -> None:
    assert "read as: pleased is higher where got goes beyond hoped" in tests.table().set_index("id").loc[
        "gap", "reason"
    ]  # fmt: skip
