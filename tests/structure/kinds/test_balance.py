"""Choices by one amount in money, in a theory of one's own: verdict, switch, parts, scales beside, damaged answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.checks import answers_of_nobody
from coprod_measure.study.needs import needs_of
from structure.by_hand import answers_of

_ABOUT = "definition: d, stage: now, unit: [respondent], measurement: observed"
THEORY = f"""
id: mend
title: Mending
version: "1.0"
source: own
stages: {{now: {{name: Now, definition: d}}}}
constructs:
  fee_saved: {{name: Fee saved, {_ABOUT}}}
  own_hours: {{name: Own hours, {_ABOUT}}}
  hour_worth: {{name: Worth of an hour, {_ABOUT}}}
  spare_parts: {{name: Spare parts, {_ABOUT}}}
  net_gain:
    name: Net gain
    definition: d
    stage: now
    unit: [respondent]
    measurement: computed
    computed: {{how: formula, of: [fee_saved, own_hours, hour_worth, spare_parts], formula: fee_saved - own_hours * hour_worth - spare_parts}}
  thrift: {{name: Thrift, definition: d, stage: now, unit: [respondent]}}
  mended: {{name: Mended, {_ABOUT}}}
hypotheses:
  M: {{statement: Who gains mends., level: direct, sources: [thrift], targets: [mended], sign: positive, balance: net_gain, tested_by: [logit]}}
  C: {{statement: Who gains chooses it., level: choice, sources: [fee_saved], targets: [mended], sign: positive}}
"""
INSTRUMENT = """
id: mend
title: Mending
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}
  yes_no: {codes: [0, 1], bipolar: false, labels: {en: ["No", "Yes"]}}
questions:
  - {construct: fee_saved, kind: number, items: {fee_saved_1: {text: t, minimum: 0}}}
  - {construct: own_hours, kind: number, items: {own_hours_1: {text: t, minimum: 0}}}
  - {construct: hour_worth, kind: number, items: {hour_worth_1: {text: t, minimum: 0}}}
  - {construct: spare_parts, kind: number, items: {spare_parts_1: {text: t, minimum: 0}}}
  - {construct: thrift, scale: agree5, items: {thrift_1: {text: t}, thrift_2: {text: t}, thrift_3: {text: t}}}
  - {construct: mended, kind: single_choice, scale: yes_no, items: {mended_1: {text: t}}}
forms:
  money: {title: M, blocks: [{id: all, items: [fee_saved, own_hours, hour_worth, spare_parts, thrift, mended]}]}
  scales: {title: S, blocks: [{id: all, items: [thrift, mended]}]}
"""
AMOUNTS = ("fee_saved_1", "own_hours_1", "hour_worth_1", "spare_parts_1")


@pytest.fixture(scope="module")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    folder: Path = tmp_path_factory.mktemp("mend")
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    return read_instrument(folder / "instrument.yaml")


def drawn(instrument: Instrument, n: int = 600, turn: float = 0.0, seed: int = 3) -> Responses:
    """Half mend at a net gain of ``turn``; the log odds rise by one for 20 more."""
    rng = np.random.default_rng(seed)
    medians = dict(zip(AMOUNTS, (40.0, 1.0, 15.0, 12.0), strict=True))
    frame = pd.DataFrame({x: np.round(m * np.exp(0.6 * rng.normal(size=n)), 1) for x, m in medians.items()})
    net = frame["fee_saved_1"] - frame["own_hours_1"] * frame["hour_worth_1"] - frame["spare_parts_1"]
    mood = rng.normal(size=n)
    for k in (1, 2, 3):
        frame[f"thrift_{k}"] = np.clip(np.round(3 + mood + 0.7 * rng.normal(size=n)), 1, 5)
    frame["mended_1"] = ((net - turn) / 20 + rng.logistic(size=n) > 0) * 1.0
    return answers_of(instrument, frame, pd.DataFrame({"respondent": np.arange(n)}, index=frame.index))


def judged(answers: Responses, **damage: float) -> HypothesisTests:
    frame = answers.frame.assign(**damage)
    seen = replace(answers, frame=frame, shown=frame)
    return judge(answers.instrument.theory, seen, missing="listwise", kinds={"choice": {"draws": 5}})


@pytest.fixture(scope="module")
def tests(instrument: Instrument) -> HypothesisTests:
    return judged(drawn(instrument))


def test_the_verdict_is_about_the_amount(tests: HypothesisTests) -> None:
    row = tests.table().set_index("id").loc["M"]
    assert (row["kind"], row["verdict"], row["asked"], row["of"]) == ("choice", "supported", 2, 2)
    slope = tests.tables["M"]["slopes"].set_index("term").loc["net_gain"]
    assert slope["unit"] == 20.0
    assert slope["estimate"] == pytest.approx(1.0, abs=0.25)
    assert tests.claims.query("hypothesis == 'M'")["source"].to_list() == ["net_gain"]
    assert tests.tables["M"]["slopes_beside"]["term"].to_list() == ["(constant)", "thrift"]


def test_the_switch_and_the_parts(tests: HypothesisTests, instrument: Instrument) -> None:
    told = {one.code: one.fields for one in tests.reasons["M"]}
    assert told["switch_at_zero"]["low"] < 0 < told["switch_at_zero"]["high"]
    assert told["split_at_zero"]["above"] > 0.5 > told["split_at_zero"]["below"]
    assert told["parts_alike"]["df"] == 2
    elsewhere = judged(drawn(instrument, turn=25.0))
    apart = {one.code: one.fields for one in elsewhere.reasons["M"]}["switch_elsewhere"]
    assert apart["low"] < 25 < apart["high"]


def test_parts_that_do_not_count_as_the_same_money_are_told(instrument: Instrument) -> None:
    answers = drawn(instrument)
    hours = answers.frame["own_hours_1"] * answers.frame["hour_worth_1"]
    rng = np.random.default_rng(8)
    blind = (answers.frame["fee_saved_1"] - 40 + 0 * hours) / 15 + rng.logistic(size=len(hours)) > 0
    assert "parts_apart" in {one.code for one in judged(answers, mended_1=blind * 1.0).reasons["M"]}


def test_the_interval_of_the_switch_holds_what_is_true_in_most_samples(instrument: Instrument) -> None:
    found = [judged(drawn(instrument, 300, 10.0, seed)).tables["M"]["switch"].iloc[0] for seed in range(20)]
    assert sum(one["low"] <= 10.0 <= one["high"] for one in found) >= 17
    assert np.mean([one["half"] for one in found]) == pytest.approx(10.0, abs=3.0)


def test_weights_and_clusters_are_taken(instrument: Instrument) -> None:
    answers = drawn(instrument)
    n = len(answers.frame)
    plain = judged(answers).tables["M"]
    about = answers.about.assign(weight=np.where(np.arange(n) % 2, 0.4, 1.6), cluster=np.arange(n) // 3)
    weighted = judged(replace(answers, about=about))
    assert weighted.not_taken.get("choice", ()) == ()
    tables = [one for one in PAGES["choice"].blocks(weighted, Labels(instrument)) if isinstance(one, Table)]
    assert (
        "people counted by their sampling weights" in next(t for t in tables if t.id == "shares-M").notes[0]
    )
    for name, column in (("slopes", "se"), ("effects", "effect"), ("parts", "estimate"), ("switch", "above")):
        assert weighted.tables["M"][name][column].iloc[0] != plain[name][column].iloc[0]


def test_where_amounts_were_not_asked_the_causes_are_tested(instrument: Instrument) -> None:
    answers = drawn(instrument)
    frame = answers.frame.drop(columns=list(AMOUNTS))
    tests = judge(
        instrument.theory, replace(answers, frame=frame, shown=frame), ["M"], kinds={"choice": {"draws": 0}}
    )
    assert tests.claims["source"].to_list() == ["thrift"]
    for form, asked, balance in (
        ("money", ("net_gain", "mended"), ""),
        ("scales", ("thrift", "mended"), "net_gain"),
    ):
        (need,) = needs_of(answers_of_nobody(instrument, instrument.forms[form]), ["M"])
        assert (need.kind, need.asked, need.not_asked) == ("choice", asked, ())
        assert ("net_gain is not asked" in str(need)) == bool(balance)


def test_amounts_of_their_own_are_told_for_round_units(tests: HypothesisTests) -> None:
    slope = tests.tables["C"]["slopes"].set_index("term").loc["fee_saved"]
    assert slope["unit"] == 20.0
    assert {"unit_of_amount"} <= {one.code for one in tests.reasons["C"]}


def test_page(tests: HypothesisTests, instrument: Instrument) -> None:
    blocks = PAGES["choice"].blocks(tests, Labels(instrument))
    shown = {one.id: one for one in blocks if isinstance(one, Table | Figure)}
    assert len(shown) == len(blocks)
    assert "where the choice turns" in shown["turn-M"].title
    parts = shown["parts-M"]
    assert isinstance(parts, Table)
    assert [row.values[:2] for row in parts.rows] == [
        ("Fee saved", "plus"), ("Own hours × Worth of an hour", "minus"), ("Spare parts", "minus")
    ]  # fmt: skip
    assert "by its causes" in shown["choice-M-causes"].title
    slopes = shown["choice-M"]
    assert isinstance(slopes, Table)
    assert slopes.rows[1].values[0] == "Net gain, 20 more"
    assert isinstance(shown["turn-figure-M"], Figure)


def test_a_gain_to_everybody_is_told_and_shown(instrument: Instrument) -> None:
    answers = drawn(instrument)
    tests = judged(answers, fee_saved_1=answers.frame["fee_saved_1"] + 2000)
    assert "on_one_side" in {one.code for one in tests.reasons["M"]}
    (turn,) = [one for one in PAGES["choice"].blocks(tests, Labels(instrument)) if one.id == "turn-M"]
    assert isinstance(turn, Table)
    assert turn.rows[0].values[-1] == 0


def test_whom_a_division_by_zero_leaves_out_is_told(instrument: Instrument) -> None:
    theory = instrument.theory
    net = theory.constructs["net_gain"]
    rule = replace(net.computed, formula="fee_saved / own_hours - hour_worth - spare_parts")  # type: ignore[type-var]
    constructs = {**theory.constructs, "net_gain": replace(net, computed=rule)}
    own = replace(instrument, theory=replace(theory, constructs=constructs))
    answers = drawn(own)
    idle = answers.frame["own_hours_1"].where(np.arange(600) >= 100, 0.0)
    gone = answers.frame["spare_parts_1"].where(np.arange(600) != 5, np.nan)  # no answer is another matter
    tests = judged(answers, own_hours_1=idle, spare_parts_1=gone)
    told = {one.code: one.fields for one in tests.reasons["M"]}
    assert told["undefined"] == {"n": 99, "balance": "net_gain"}
    assert "of 99 people who answered all" in tests.table().set_index("id").loc["M", "reason"]
    assert "undefined" not in {one.code for one in judged(answers).reasons["M"]}


def test_the_method_is_told(tests: HypothesisTests, instrument: Instrument) -> None:
    claim = tests.claims.query("hypothesis == 'M'").iloc[0].to_dict()
    told = PAGES["choice"].method(claim, [one.code for one in tests.reasons["M"]], tests.options)
    assert told.startswith("a logit model of the choice on one amount, gains less costs, amounts far out set")
    context = Context(instrument.theory, drawn(instrument, 30))
    assert "one amount, gains less costs" in PAGES["choice"].planned_of(
        instrument.theory.hypotheses["M"], context
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (dict.fromkeys(AMOUNTS, 5.0), "net_gain"),
        ({"fee_saved_1": 5000.0, "own_hours_1": 0.0, "spare_parts_1": 0.0}, "net_gain"),
        ({"mended_1": 1.0}, "everybody gave the same answer to 'mended'"),
        (dict.fromkeys(AMOUNTS, np.nan), "complete"),
    ],
)
def test_damaged_amounts_are_named(instrument: Instrument, damage: dict[str, float], said: str) -> None:
    table = judged(drawn(instrument, 200), **damage).table().set_index("id")
    assert table.loc["M", "verdict"] == "not testable here"
    assert said in table.loc["M", "reason"]
    assert "\n" not in table.loc["M", "reason"]


def test_a_gain_that_decides_alone_and_three_who_chose_are_named(instrument: Instrument) -> None:
    answers = drawn(instrument, 200)
    net = answers.frame["fee_saved_1"] - answers.frame["own_hours_1"] * answers.frame["hour_worth_1"]
    decides = judged(answers, mended_1=(net - answers.frame["spare_parts_1"] > 0) * 1.0).table()
    assert "net_gain parts the answers of 'mended' completely" in decides.set_index("id").loc["M", "reason"]
    few = judged(answers, mended_1=(np.arange(200) < 3) * 1.0).table().set_index("id")
    assert few.loc["M", "verdict"] == "not supported"
    assert "3 people chose “Yes”, fewer than ten for each of 1 cause" in few.loc["M", "reason"]


def test_an_amount_with_nine_zeros_too_many_costs_no_verdict(instrument: Instrument) -> None:
    answers = drawn(instrument, 200)
    row = judged(
        answers, fee_saved_1=answers.frame["fee_saved_1"].where(answers.frame.index > 0, 1e12)
    ).table()
    assert row.set_index("id").loc["M", "verdict"] == "supported"
    assert "(as given there is no slope)" in row.set_index("id").loc["M", "reason"]


def test_gains_below_zero_for_all_are_named(instrument: Instrument) -> None:
    answers = drawn(instrument, 200)
    row = judged(answers, fee_saved_1=-answers.frame["fee_saved_1"]).table().set_index("id").loc["M"]
    assert "net_gain of everybody is at or below zero" in row["reason"]
