"""Damaged answers, kind by kind: what is wrong is named on one line, and other hypotheses are still judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.populations import population
from coprod_measure.errors import DataError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.evidence import Context, Finding, KindResult
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests
from coprod_measure.structure.verdicts import beyond_range
from coprod_measure.structure.wording import sentence
from coprod_measure.theory.definition import Hypothesis

Damage = Callable[[pd.DataFrame], None]
BESIDE = "H13f"
HOW = {
    "moderated": {"second_opinion": False},
    "necessity": {"permutations": 100},
    "choice": {"draws": 3},
}


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    """Hold one more claim: means of the verdict by stated rule."""
    shipped = read_instrument("etgar2007")
    means = replace(shipped.theory.hypotheses["H11g"], id="H11g by means", tested_by=(), judged_by=())
    theory = replace(shipped.theory, hypotheses={**shipped.theory.hypotheses, means.id: means})
    return replace(shipped, theory=theory)


def judged(
    instrument: Instrument, id_: str, damage: Damage | None, n: int = 240, missing: str = "listwise"
) -> HypothesisTests:
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
    return judge(instrument.theory, whole, [id_, BESIDE], draws=200, missing=missing, kinds=HOW)


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


def infinite(construct: str) -> Damage:
    def damage(frame: pd.DataFrame) -> None:
        (name, *_) = frame.columns[frame.columns.str.startswith(construct)]
        frame[name] = frame[name].astype(float).where(np.arange(len(frame)) != 3, np.inf)

    return damage


def nobody(construct: str) -> Damage:
    def damage(frame: pd.DataFrame) -> None:
        frame[list(frame.columns[frame.columns.str.startswith(construct)])] = np.nan

    return damage


def one_other(construct: str) -> Damage:
    """Everybody but one person answers the same."""

    def damage(frame: pd.DataFrame) -> None:
        for name in frame.columns[frame.columns.str.startswith(construct)]:
            frame[name] = np.where(np.arange(len(frame)) == 0, 7.0, 1.0)

    return damage


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
    ("H7e", constant("strategy_choice"), "everybody gave the same answer"),
    ("H7e", copied("alt_mismatch_risk", "alt_transaction_cost"), "are collinear"),
    ("H7e", one_road, "parts the answers"),
    ("H12e", separated, "parts the answers"),
    ("H9d", constant("decision_engage"), "everybody gave the same answer"),
    ("H5h", copied("sit_trust", "sit_opportunism_expected"), "linearly dependent"),
    ("H1d", nobody("cb_net_judgement"), "0 people answered all of cb_net_judgement and propensity"),
    ("H1d", infinite("cb_net_judgement"), "cb_net_judgement_1: infinite values"),
    ("H12e", infinite("cb_net_judgement"), "cb_net_judgement_1: infinite values"),
    ("H11d", infinite("eva_effectiveness"), "eva_effectiveness_1: infinite values"),
    ("H1j", infinite("sit_trust"), "sit_trust_1: infinite values"),
    ("H1l", constant("cb_net_judgement"), "is constant"),
    ("H11g by means", constant("eva_worthwhile"), "eva_worthwhile does not vary within any group"),
    ("H11g by means", one_other("eva_worthwhile"), "gave the same answer to eva_worthwhile"),
    ("H11g", constant("eva_worthwhile"), "eva_worthwhile did not vary"),
    ("H11g", constant("eva_decision_calculus"), "people with complete answers state a rule"),
    ("H4f", constant("act_", "phase_"), "act_engagement does not vary within any group"),
    ("H13c", constant("par_information"), "is constant"),
    ("RQ6", constant("drv_", "rr_"), "is constant"),
    ("H1i", constant("cb_net_judgement"), "cb_net_judgement did not vary"),
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


def asked_apart(*causes: str) -> Damage:
    """One half of the people answers the causes, the other half all else."""

    def damage(frame: pd.DataFrame) -> None:
        own = frame.columns.str.startswith(causes)
        half = np.arange(len(frame)) < len(frame) // 2
        frame.loc[half, own] = np.nan
        frame.loc[~half, ~own] = np.nan

    return damage


@pytest.mark.parametrize(
    ("id_", "causes", "named"),
    [
        ("H2f", ("mac_relationship",), "mac_relationship_orientation and propensity"),
        ("H4c", ("pro_difference",), "pro_attribute_differentiation and propensity and pro_difference"),
        ("H6c", ("rr_",), "rr_physical and propensity"),
        ("H5h", ("sit_trust",), "sit_trust and sit_opportunism_expected"),
        ("H11e", ("eva_goal",), "eva_goal_attainment and eva_worthwhile"),
    ],
)
def test_what_nobody_answered_together_is_not_zero(
    instrument: Instrument, id_: str, causes: tuple[str, ...], named: str
) -> None:
    """Full information has an estimate of 0 then, with p = 1."""
    tests = judged(instrument, id_, asked_apart(*causes), missing="fiml")
    row = tests.table().set_index("id").loc[id_]
    assert row["verdict"] == NOT_TESTABLE
    assert f"0 people answered all of {named}" in row["reason"]


def test_a_search_that_did_not_end_gives_no_verdict(instrument: Instrument) -> None:
    """Its average had p = 9e-63, of slopes of -55 to 41."""
    row = judged(instrument, "H1b", None, n=40).table().set_index("id").loc["H1b"]
    assert row["verdict"] == NOT_TESTABLE
    assert "did not converge" in row["reason"]
    assert "start()" not in row["reason"]


def test_questions_that_measure_nothing_have_no_effect_of_a_size(instrument: Instrument) -> None:
    """Their factor's variance may fall below zero: an interval of other draws stood beside no effect."""
    codes = []
    for seed in range(4):

        def noise(frame: pd.DataFrame, seed: int = seed) -> None:
            rng = np.random.default_rng(seed)
            for name in frame.filter(like="mac_relationship"):
                frame[name] = rng.integers(1, 8, len(frame)).astype(float)

        tests = judged(instrument, "H2f", noise, n=120)
        row = tests.table().set_index("id").loc["H2f"]
        codes.append(tests.reasons["H2f"][0].code)
        assert row["verdict"] == (NOT_TESTABLE if np.isnan(row["std"]) else "not supported")
    assert "no_spread" in codes


def test_factor_scores_of_next_to_nobody_are_left_out(instrument: Instrument) -> None:
    """Scale means need half of the questions, factor scores all."""

    def gaps(frame: pd.DataFrame) -> None:
        rng = np.random.default_rng(2)
        for name in frame:
            frame.loc[rng.random(len(frame)) < 0.25, name] = np.nan

    tests = judged(instrument, "H1j", gaps)
    assert tests.table().set_index("id").loc["H1j", "verdict"] != NOT_TESTABLE
    (reason,) = (one for one in tests.reasons["H1j"] if one.code == "few_factor_scores")
    assert reason.fields["n"] < 20


@pytest.mark.parametrize("n", [1, 12])
def test_fewer_than_twenty_people_test_nothing(instrument: Instrument, n: int) -> None:
    table = judged(instrument, "H5h", None, n=n).table().set_index("id")
    noun = "person" if n == 1 else "people"
    assert table["reason"].tolist() == [f"{n} {noun} answered what its test needs. Collect 20 or more"] * 2


def test_a_verdict_never_rests_on_a_dozen_of_many(instrument: Instrument) -> None:
    def few_decided(frame: pd.DataFrame) -> None:
        frame.loc[frame.index[12:], "decision_engage_1"] = np.nan

    table = judged(instrument, "H12e", few_decided).table().set_index("id")
    assert table.loc["H12e", "reason"] == "12 people answered what its test needs. Collect 20 or more"


def test_a_fault_costs_one_hypothesis_only(instrument: Instrument, monkeypatch: pytest.MonkeyPatch) -> None:
    from coprod_measure.structure.kinds import paths

    whole = paths.KIND.run

    def faulty(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
        if any(one.id == "H2f" for one in hypotheses):
            raise ZeroDivisionError("division by zero")
        return whole(hypotheses, context)

    monkeypatch.setitem(KINDS, "paths", replace(paths.KIND, run=faulty))
    tests = judged(instrument, "H2f", None)
    table = tests.table().set_index("id")
    assert table.loc["H2f", "reason"] == "its test could not be computed: ZeroDivisionError: division by zero"
    assert table.loc[BESIDE, "verdict"] != NOT_TESTABLE
    assert "division by zero" in tests.failures["paths"]


def test_a_cutoff_that_no_model_holds_is_tested_by_wald(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coprod_measure.measurement.validity import discriminant_tests

    whole = discriminant_tests._fitted

    def fitted(text: str, *rest: object) -> object:
        if "0.9" in text:
            raise DataError("a model of the comparison did not converge")
        return whole(text, *rest)  # type: ignore[arg-type]

    both = judged(instrument, "H5h", None).table().set_index("id")
    monkeypatch.setattr(discriminant_tests, "_fitted", fitted)
    alone = judged(instrument, "H5h", None).table().set_index("id")
    assert alone.loc["H5h", "verdict"] == both.loc["H5h", "verdict"] == "supported"
    assert alone.loc["H5h", "estimate"] == both.loc["H5h", "estimate"]
    assert "by Wald's test for 1 pair" in alone.loc["H5h", "reason"]
    assert "Wald" not in both.loc["H5h", "reason"]


def test_effects_beyond_their_range_are_told_with_the_verdict() -> None:
    one = Finding(
        hypothesis="H", source="trust", target="will", n=90, estimate=-3.0, std=-238.0, direction=-1
    )
    (reason,) = beyond_range((one, replace(one, source="skill", std=0.4)))
    assert sentence(reason).startswith("caution: trust -> will has a standardised effect of -238.00, beyond")
    assert beyond_range((replace(one, std=-1.0),)) == ()


def test_a_first_cause_that_was_not_asked_is_named(instrument: Instrument) -> None:
    found = population(instrument, "H6c")
    assert found is not None
    answers = found.draw(np.random.default_rng(1), 150, True)
    first = answers.frame.columns[answers.frame.columns.str.startswith("rr_physical")]
    asked = replace(answers, frame=answers.frame.drop(columns=first), shown=answers.shown.drop(columns=first))
    theory = instrument.theory
    each = judge(theory, asked, ["H6c"], draws=100, missing="listwise").table().iloc[0]
    assert each["verdict"] != NOT_TESTABLE
    claim = replace(theory.hypotheses["H6c"], tested_by=("first_rank",))
    ranked = judge(replace(theory, hypotheses={"H6c": claim}), asked, draws=100, missing="listwise")
    assert "rr_physical, which it claims to rank first, was not asked" in ranked.table()["reason"].iloc[0]
    assert ranked.failures == {}


def test_every_code_of_a_reason_has_one_sentence() -> None:
    codes = [code for kind in KINDS.values() for code in kind.words]
    assert sorted(codes) == sorted(set(codes))
