"""Damaged arms, categories, waves, kinds of people and offers: named, and the hypothesis beside is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import NOT_TESTABLE
from coprod_measure.theory.definition import Hypothesis
from structure.answers_in_levels import in_categories
from structure.by_hand import a_claim
from structure.kinds import test_experiments, test_over_time, test_segmentation, test_transitions
from structure.small_answers import small_answers
from study.test_offers import answered

Damage = Callable[[Responses], Responses]
Made = tuple[Responses, Hypothesis, Hypothesis]
"""Answers, the claim that is to be damaged, and one that stands beside it."""


def arms(folder: Path) -> Made:
    answers = test_experiments.read(folder, test_experiments.answers_of(folder))
    claims = {one.id: one for one in test_experiments.CLAIMS}
    return answers, claims["E2"], claims["E6"]


def mediated_arms(folder: Path) -> Made:
    answers, _, beside = arms(folder)
    return answers, next(one for one in test_experiments.CLAIMS if one.id == "E4"), beside


def categories(folder: Path) -> Made:
    answers = in_categories(folder, n=80)
    hypotheses = answers.instrument.theory.hypotheses
    beside = a_claim("B", "direct", ("pro_attribute_differentiation",), ("pro_brand_power",), "positive")
    return answers, hypotheses["H4f"], beside


def panel(folder: Path) -> Made:
    beside = a_claim("B", "direct", ("skill",), ("will",), "positive")
    return test_over_time.waves(folder, n=150), test_over_time.CLAIMS[0], beside


def stages(folder: Path) -> Made:
    beside = a_claim("B", "direct", ("trust",), ("drive",), "positive")
    return test_transitions.waves(folder, n=120), test_transitions.CLAIMS[0], beside


def people(folder: Path) -> Made:
    beside = a_claim("B", "direct", ("skill",), ("will",), "positive")
    return small_answers(folder), test_segmentation.CLAIMS["S1"], beside


def offers(folder: Path) -> Made:
    answers = answered(folder, n=40)
    hypotheses = answers.instrument.theory.hypotheses
    return answers, hypotheses["RQ5"], hypotheses["RQ5"]


def cells(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    def damage(answers: Responses) -> Responses:
        frame = change(answers.frame.copy())
        return replace(answers, frame=frame, shown=frame)

    return damage


def constant(start: str) -> Damage:
    return cells(lambda frame: frame.assign(**dict.fromkeys(frame.filter(regex=f"^{start}"), 1.0)))


def emptied(where: str) -> Damage:
    """Nobody is left in a cell of the design."""
    return lambda answers: answers.keep(answers.frame.query(where).index)


def of_one(column: str) -> Damage:
    def damage(answers: Responses) -> Responses:
        first = answers.about[column] == answers.about[column].iloc[0]
        return answers.keep(answers.frame.index[first])

    return damage


def alike(source: str, target: str) -> Damage:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(
            **{name: frame[name.replace(target, source)] for name in frame.filter(regex=f"^{target}_[0-9]")}
        )

    return cells(change)


def few(n: int) -> Damage:
    return lambda answers: answers.keep(answers.frame.index[:n])


CASES = {
    "arms: one group": (arms, constant("part_1"), "everybody was in the same arm of part"),
    "arms: constant moderator": (arms, constant("outcome_1"), "everybody was in the same arm of outcome"),
    "arms: empty cell": (arms, emptied("not (part_1 == 1 and outcome_1 == 3)"), "where there is nobody"),
    "arms: constant outcome": (mediated_arms, constant("credit_"), "everybody has the same credit"),
    "categories: one": (categories, of_one("category"), "fewer than two values with 5 people or more"),
    "categories: constant outcome": (categories, constant("propensity"), "follows from the predictors"),
    "panel: one wave": (panel, of_one("wave"), "it needs 2 waves, these data have 1"),
    "panel: constant cause": (panel, constant("trust_"), "trust_3: is constant"),
    "panel: one thing twice": (panel, alike("trust", "drive"), "drive_1, trust_1: the covariance matrix"),
    "stages: nobody moves": (stages, constant("will_|joined_|amount_"), "nobody moved"),
    "kinds of people: all alike": (people, constant("drive_"), "item drive: does not vary"),
    "kinds of people: thirty": (people, few(30), "only 30 answered. Kinds of people need 50 or more"),
    "offers: everybody the same": (offers, constant("offer"), "no finite part-worth exists"),
    "offers: three people": (offers, few(3), "3 people answered what its test needs. Collect 20 or more"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named_and_the_rest_comes(tmp_path: Path, case: str) -> None:
    made, damage, named = CASES[case]
    answers, claim, beside = made(tmp_path)
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in (claim, beside)})
    kinds = {"segmentation": {"most": 2, "starts": 2}}
    tests = judge(theory, damage(answers), draws=100, missing="listwise", kinds=kinds)
    table = tests.table().set_index("id")
    assert table.loc[claim.id, "verdict"] == NOT_TESTABLE
    assert named in table.loc[claim.id, "reason"]
    assert "\n" not in table.loc[claim.id, "reason"]
    assert tests.failures == {}
    if beside is not claim:
        assert table.loc[beside.id, "verdict"] != NOT_TESTABLE, table.loc[beside.id, "reason"]
