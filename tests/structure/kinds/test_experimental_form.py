"""The shipped experiment: eight drawn arms make H7e, H7f and H8a to H8e testable, and find what is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.checks import untestable_with
from structure.by_hand import answers_of

CLAIMS = ("H7e", "H7f", "H8a", "H8b", "H8c", "H8d", "H8e")


def answers(n: int = 1200, effect: float = 1.0) -> Responses:
    """Draw arms and what they do: ``effect`` 1 as claimed, 0 nothing but the manipulation checks."""
    instrument = read_instrument("etgar2007_experiment")
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"consent": np.ones(n)})
    arms = [item for item in instrument.items.values() if item.assigns]
    for item in arms:
        scale = instrument.scale_of(item.id)
        assert scale is not None
        frame[item.id] = rng.integers(1, len(scale.codes) + 1, n).astype(float)
    high = {item.assigns: frame[item.id].to_numpy() - 1.0 for item in arms}
    part, outcome, free = (high[name] for name in ("coproduction", "eva_output_quality", "ssb_choice"))
    # Who took part takes a share, more of what turned out better, less where there was a choice.
    own = effect * (8.0 * outcome + part * (10.0 + 5.0 * outcome) * (1.0 - 0.9 * free))
    shares = np.clip(40.0 + own + 12.0 * rng.standard_normal(n), 0.0, 100.0).round()
    means = {
        "ssb_participation_reward": effect * part,
        "eva_satisfaction": effect
        * (0.9 * outcome + part * (0.6 + 0.4 * outcome - 0.9 * free) - 0.03 * (shares - 40.0)),
        "eva_output_quality": 1.5 * outcome,
        "ssb_choice": 1.5 * free,
        "con_discretionary_time": high["con_resources"],
        "con_task_expertise": high["con_resources"],
    } | {name: value for name, value in high.items() if name.startswith(("alt_", "rc_"))}
    for name, mean in means.items():
        place = mean - mean.mean() + 0.8 * rng.standard_normal(n)
        for item in instrument.items_of(name):
            frame[item.id] = np.clip(np.round(4.0 + place + 0.5 * rng.standard_normal(n)), 1, 7)
    utility = (
        sum(high[name] for name in high if name.startswith(("alt_", "con_"))) - high["rc_misperformance"]
    )
    gumbel = rng.gumbel(size=(n, 3))
    gumbel[:, 0] += effect * utility
    frame["strategy_choice_1"] = gumbel.argmax(axis=1) + 1.0
    frame["ssb_attribution_1"], frame["ssb_attribution_2"] = shares, 100.0 - shares
    about = pd.DataFrame({"respondent": [f"r{k}" for k in range(n)]})
    return answers_of(instrument, frame, about)


def judged(found: Responses) -> HypothesisTests:
    return judge(found.instrument.theory, found, CLAIMS, missing="listwise", draws=500)


@pytest.fixture(scope="module")
def tests() -> HypothesisTests:
    return judged(answers())


def test_the_form_makes_them_testable() -> None:
    instrument = read_instrument("etgar2007_experiment")
    assert untestable_with(instrument, instrument.forms["experiment"], CLAIMS) == {}


def test_what_the_texts_do_is_found(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["kind"].to_dict() == {
        "H7e": "choice", "H7f": "choice", "H8a": "experiments", "H8b": "experiments",
        "H8c": "experiments", "H8d": "experiments", "H8e": "experiments",
    }  # fmt: skip
    assert set(table["verdict"]) == {"supported"}, table["reason"].to_dict()
    checks = tests.tables["H8d"]["manipulation"]
    assert checks["factor"].tolist() == ["eva_output_quality", "ssb_choice"]
    assert (checks["pvalue"] < 0.001).all()
    # Odds of e^1 for each arm.
    slopes = tests.claims[tests.claims["hypothesis"] == "H7e"]["estimate"]
    assert slopes.to_numpy() == pytest.approx(1.0, abs=0.35)
    assert any(one.code == "choice_by_arms" for one in tests.reasons["H7e"])


def test_the_simple_contrast_where_it_turned_out_worse_comes_first(tests: HypothesisTests) -> None:
    first = tests.tables["H8d"]["contrasts"].iloc[0]
    assert first["contrast"] == "planned"
    (planned,) = {one.fields["level"] for one in tests.reasons["H8d"] if one.code == "planned_at"}
    assert planned == "Worse"


def test_texts_that_do_nothing_support_nothing() -> None:
    assert not judged(answers(effect=0.0)).verdicts["verdict"].str.startswith("supported").any()


def test_a_text_that_nobody_noticed_is_named() -> None:
    found = answers(400)
    rng = np.random.default_rng(1)
    frame = found.frame.assign(
        **{f"ssb_choice_{k}": rng.integers(1, 8, 400).astype(float) for k in (1, 2, 3)}
    )
    told = judged(replace(found, frame=frame)).reasons["H8d"]
    assert [one.fields["factor"] for one in told if one.code == "not_manipulated"] == ["ssb_choice"]
