"""Damaged answers, kind by kind: what is wrong is named on one line, and other hypotheses are still judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.populations import population
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests

Damage = Callable[[pd.DataFrame], None]
BESIDE = "H13f"
HOW = {
    "moderated": {"second_opinion": False},
    "necessity": {"permutations": 100},
    "choice": {"draws": 3},
}


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return read_instrument("etgar2007")


def judged(instrument: Instrument, id_: str, damage: Damage | None, n: int = 240) -> HypothesisTests:
    """Damage the answers to what a hypothesis names; another hypothesis stands beside, undamaged."""
    rng = np.random.default_rng(4)
    found, beside = population(instrument, id_), population(instrument, BESIDE)
    assert found is not None
    assert beside is not None
    answers = found.draw(rng, n, True)
    frame = answers.frame.copy()
    if damage is not None:
        damage(frame)
    others = beside.draw(rng, n, True).frame
    both = pd.concat([frame, others[[name for name in others if name not in frame]]], axis=1)
    whole: Responses = replace(answers, frame=both, shown=both)
    return judge(instrument.theory, whole, [id_, BESIDE], draws=200, missing="listwise", kinds=HOW)


def constant(*constructs: str) -> Damage:
    def damage(frame: pd.DataFrame) -> None:
        for name in frame.columns[frame.columns.str.startswith(constructs)]:
            frame[name] = frame[name].iloc[0]

    return damage


def copied(source: str, target: str) -> Damage:
    def damage(frame: pd.DataFrame) -> None:
        for name in frame.columns[frame.columns.str.startswith(f"{target}_")]:
            frame[name] = frame[name.replace(target, source)]

    return damage


def separated(frame: pd.DataFrame) -> None:
    frame["decision_engage_1"] = (frame.filter(like="cb_net").mean(axis=1) > 4).astype(float)


def one_road(frame: pd.DataFrame) -> None:
    frame["strategy_choice_1"] = np.where(frame.filter(like="alt_mismatch").mean(axis=1) > 4, 1.0, 2.0)


CASES = [
    # hypothesis, damage, what the reason names
    ("H2f", constant("mac_relationship"), "is constant"),
    ("H3j", constant("rc_misperformance"), "is constant"),
    ("H4c", constant("pro_difference_importance"), "is constant"),
    ("H4c", copied("pro_attribute_differentiation", "pro_difference_importance"), "not positive definite"),
    ("H8d", constant("ssb_choice"), "ssb_choice does not vary"),
    ("H1l", constant("partner_type"), "fewer than two groups of 50"),
    ("H6k", copied("drv_play_fun", "drv_aesthetics"), "linearly dependent"),
    ("H11e", constant("eva_worthwhile"), "is constant"),
    ("H6l", constant("drv_control"), "is constant"),
    ("H6c", copied("rr_physical", "rr_financial"), "linearly dependent"),
    ("H11d", constant("eva_effectiveness"), "eva_effectiveness did not vary"),
    ("H11d", copied("eva_effectiveness", "eva_alternative_effectiveness"), "collinear"),
    ("H1j", constant("sit_trust"), "sit_trust did not vary"),
    ("H7e", constant("strategy_choice"), "has 1 different values"),
    ("H7e", copied("alt_mismatch_risk", "alt_transaction_cost"), "are collinear"),
    ("H7e", one_road, "part the answers"),
    ("H12e", separated, "part the answers"),
    ("H9d", constant("decision_engage"), "has 1 different values"),
    ("H5h", copied("sit_trust", "sit_opportunism_expected"), "linearly dependent"),
    ("H13c", constant("par_information"), "is constant"),
    ("RQ6", constant("drv_", "rr_"), "is constant"),
    ("H1i", constant("cb_net_judgement"), "Collect 70 or more"),
]


@pytest.mark.parametrize(("id_", "damage", "named"), CASES)
def test_what_is_wrong_is_named_and_the_rest_comes(
    instrument: Instrument, id_: str, damage: Damage, named: str
) -> None:
    tests = judged(instrument, id_, damage)
    table = tests.table().set_index("id")
    assert table.loc[id_, "verdict"] == NOT_TESTABLE
    assert named in table.loc[id_, "reason"]
    assert "\n" not in table.loc[id_, "reason"]
    assert table.loc[BESIDE, "verdict"] != NOT_TESTABLE
    assert tests.failures == {}


def test_a_ceiling_without_an_empty_corner_is_said(instrument: Instrument) -> None:
    def corner(frame: pd.DataFrame) -> None:
        for name in frame.filter(like="propensity"):
            frame.loc[0, name] = 7.0
        for name in frame.columns[frame.columns.str.match("sit_trust|con_task|pro_attr|mac_tech")]:
            frame.loc[0, name] = frame[name].min()

    reasons = judged(instrument, "H1j", corner).reasons["H1j"]
    assert sum(one.code == "no_ceiling" for one in reasons) == 4


@pytest.mark.parametrize("id_", ["H6l", "RQ1", "H1k", "H1g", "H1i", "H1l"])
def test_many_predictors_and_forty_people_are_too_few(instrument: Instrument, id_: str) -> None:
    table = judged(instrument, id_, None, n=40).table().set_index("id")
    assert not table.loc[id_, "verdict"].startswith("supported")
    assert any(number in table.loc[id_, "reason"] for number in ("40 respondents", "groups of 50"))


def test_every_code_of_a_reason_has_one_sentence() -> None:
    codes = [code for kind in KINDS.values() for code in kind.words]
    assert sorted(codes) == sorted(set(codes))
