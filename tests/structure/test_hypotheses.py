"""Hypotheses of a small theory on simulated answers with known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import InputError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.path_models import build_models
from coprod_measure.structure.results import CLAIM_COLUMNS, TABLE_COLUMNS, HypothesisTests
from coprod_measure.structure.structural_fit import PATH_COLUMNS
from coprod_measure.theory.definition import Hypothesis

THEORY = """
id: small
title: Small
version: "1.0"
source: made for this test
stages:
  before: {name: Before, definition: What comes first}
  after: {name: After, definition: What comes then}
constructs:
  trust: {name: Trust, definition: d, stage: before, unit: [respondent]}
  skill: {name: Skill, definition: d, stage: before, unit: [respondent]}
  drive: {name: Drive, definition: d, stage: after, unit: [respondent]}
  will: {name: Will, definition: d, stage: after, unit: [respondent]}
  joined: {name: Joined, definition: d, stage: after, measurement: observed, unit: [respondent]}
  amount: {name: Amount, definition: d, stage: after, measurement: composite, unit: [respondent]}
  unasked: {name: Unasked, definition: d, stage: before, unit: [respondent]}
higher_order:
  grounds: {name: Grounds, kind: composite, facets: [trust, "-skill", unasked], stage: before}
hypotheses:
  T1: {statement: Trust drives., level: direct, sources: [trust], targets: [drive], sign: positive}
  T2: {statement: Skill does nothing., level: direct, sources: [skill], targets: [drive], sign: positive}
  T3: {statement: Drive lowers will., level: direct, sources: [drive], targets: [will], sign: negative}
  T4: {statement: Trust acts through drive., level: mediated, sources: [trust], via: [drive], targets: [will], sign: positive}
  T5: {statement: Unasked., level: direct, sources: [unasked], targets: [will], sign: positive}
  T6: {statement: Moderated., level: moderated, sources: [trust], moderators: [skill], targets: [will], sign: positive}
  T7: {statement: Hurdle., level: direct, sources: [will, joined], targets: [amount], sign: positive}
  T8: {statement: Grounds., level: direct, sources: [grounds], targets: [will], sign: positive}
  T10: {statement: Later., level: direct, sources: [will], targets: [drive], sign: positive, needs_waves: 2}
  T11: {statement: Firms., level: direct, sources: [trust], targets: [will], sign: positive, needs_unit: [firm]}
  T9: {statement: Back., level: direct, sources: [will], targets: [trust], sign: positive}
"""
INSTRUMENT = """
id: small
title: Small
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}
  yes_no: {codes: [0, 1], bipolar: false, labels: {en: ["No", "Yes"]}}
questions:
  - construct: trust
    scale: agree5
    items: {trust_1: {text: t}, trust_2: {text: t}, trust_3: {text: t}}
  - construct: skill
    scale: agree5
    items: {skill_1: {text: t}, skill_2: {text: t}, skill_3: {text: t}}
  - construct: drive
    scale: agree5
    items: {drive_1: {text: t}, drive_2: {text: t}, drive_3: {text: t, reverse: true}}
  - construct: will
    scale: agree5
    items: {will_1: {text: t}, will_2: {text: t}, will_3: {text: t}}
  - construct: joined
    scale: yes_no
    kind: single_choice
    items: {joined_1: {text: t}}
  - construct: amount
    scale: agree5
    items: {amount_1: {text: t}, amount_2: {text: t}}
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Trust drives (.5), skill does nothing, drive raises will (.6); who wills joins and does more."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(20)
    n = 900
    trust, skill = rng.standard_normal((2, n))
    drive = 0.5 * trust + np.sqrt(0.75) * rng.standard_normal(n)
    will = 0.6 * drive + 0.8 * rng.standard_normal(n)
    joined = (0.8 * will + 0.6 * rng.standard_normal(n)) > 0
    amount = 0.5 * will + np.sqrt(0.75) * rng.standard_normal(n)

    def item(score: np.ndarray) -> np.ndarray:
        answer = 0.8 * score + 0.6 * rng.standard_normal(n)
        return np.clip(np.round(3 + answer), 1, 5).astype(int)

    columns = {f"{name}_{k}": item(score) for name, score in
               (("trust", trust), ("skill", skill), ("drive", drive), ("will", will)) for k in (1, 2, 3)}  # fmt: skip
    columns["drive_3"] = 6 - columns["drive_3"]
    frame = pd.DataFrame(
        columns | {"joined_1": joined.astype(int), "amount_1": item(amount), "amount_2": item(amount)}
    )
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    ids = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8")
    return run_hypotheses(answers.instrument.theory, answers, ids, missing="listwise", draws=2000, seed=1)


def test_tables_have_their_fixed_columns(tests: HypothesisTests) -> None:
    assert tuple(tests.table().columns) == TABLE_COLUMNS
    assert tuple(tests.claims.columns) == CLAIM_COLUMNS
    assert tests.table()["id"].tolist() == ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"]


def test_verdicts_are_what_the_population_says(tests: HypothesisTests) -> None:
    verdicts = tests.table().set_index("id")["verdict"]
    assert verdicts.to_dict() == {
        "T1": "supported",
        "T2": "not supported",
        "T3": "contradicted",
        "T4": "supported",
        "T5": "not testable here",
        "T6": "not testable here",
        "T7": "supported",
        "T8": "not supported",
    }


def test_standardised_effects_recover_the_population(tests: HypothesisTests) -> None:
    std = tests.claims.set_index(["hypothesis", "target"])["std"]
    # Four standard errors at n = 900, rounding to five points included.
    assert std["T1", "drive"] == pytest.approx(0.5, abs=0.12)
    assert std["T3", "will"] == pytest.approx(0.6, abs=0.12)
    assert std["T4", "will"] == pytest.approx(0.3, abs=0.12)


def test_the_record_holds_signs_as_estimated_beside_the_expected_ones(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["expected"].to_dict() == {
        "T1": "positive", "T2": "positive", "T3": "negative", "T4": "positive",
        "T5": "positive", "T6": "positive", "T7": "positive", "T8": "both",
    }  # fmt: skip
    for id_ in ("T1", "T2", "T3", "T4"):
        (claim,) = tests.claims[tests.claims["hypothesis"] == id_].to_dict("records")
        for name in ("estimate", "std", "ci_lower", "ci_upper"):
            assert table.loc[id_, name] == pytest.approx(claim[name])
    # Drive raises will although the hypothesis says that it lowers it.
    assert table.loc["T3", "ci_lower"] > 0.4


def test_what_cannot_be_tested_says_why(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert "unasked" in table.loc["T5", "reason"]
    assert "moderated" in table.loc["T6", "reason"]
    assert table.loc["T5", ["estimate", "pvalue"]].isna().all()
    assert table.loc["T8", "reason"].startswith("for the 2 of 3 causes that were asked; ")
    assert table.loc["T8", ["asked", "of"]].tolist() == [3, 4]
    dark = tests.not_asked.set_index("hypothesis")["construct"]
    assert dark["T8"] == "unasked"


def test_a_decision_and_its_grounds_are_a_hurdle(tests: HypothesisTests) -> None:
    own = tests.claims[tests.claims["hypothesis"] == "T7"]
    assert own[["source", "target"]].to_numpy().tolist() == [["will", "amount"], ["will", "joined"]]
    entered = own.set_index("target")["n"]
    assert entered["amount"] < entered["joined"] == 900


def test_a_facet_that_counts_reversed_turns_the_sign(answers: Responses) -> None:
    theory = answers.instrument.theory
    claims = take_apart(theory.hypotheses["T8"], theory, answers).claims
    assert {claim.source: claim.sign for claim in claims} == {"trust": 1, "skill": -1}


def test_direct_paths_stay_in_a_mediated_model(answers: Responses) -> None:
    theory = answers.instrument.theory
    found = take_apart(theory.hypotheses["T4"], theory, answers)
    (model,) = build_models(found.claims, found.variables, theory)
    assert set(model.paths) == {("trust", "drive"), ("drive", "will"), ("trust", "will")}


def test_a_hypothesis_that_closes_a_circle_has_a_model_of_its_own(answers: Responses) -> None:
    theory = answers.instrument.theory
    ids = ("T1", "T3", "T9")
    tests = run_hypotheses(theory, answers, ids, missing="listwise", draws=500)
    # Will -> trust closes the circle trust -> drive -> will.
    assert [model.hypotheses for model in tests.models] == [("T1", "T3"), ("T9",)]
    alone = run_hypotheses(theory, answers, ("T9",), missing="listwise", draws=500)
    both = tests.table().set_index("id"), alone.table().set_index("id")
    for name in ("estimate", "std", "ci_lower", "ci_upper", "pvalue"):
        assert both[0].loc["T9", name] == pytest.approx(both[1].loc["T9", name])
    assert both[0].loc["T1", "verdict"] == "supported"
    assert set(tests.paths.loc[tests.paths["predictor"] == "will", "model"]) == {2}


def test_what_runs_in_a_circle_by_itself_is_refused(answers: Responses) -> None:
    theory = answers.instrument.theory
    both_ways = Hypothesis(
        "X1", "Each the other.", "direct", ("trust", "will"), ("trust", "will"), "positive"
    )
    more = replace(theory, hypotheses={**theory.hypotheses, "X1": both_ways})
    tests = run_hypotheses(more, answers, ("X1", "T1"), missing="listwise", draws=500)
    table = tests.table().set_index("id")
    assert table.loc["X1", "verdict"] == "not testable here"
    assert tests.reasons["X1"][0].code == "circle"
    assert table.loc["T1", "verdict"] == "supported"


def test_single_claims_are_judged_at_the_level_that_was_asked_for(answers: Responses) -> None:
    theory = answers.instrument.theory

    def shown(level: float) -> tuple[float, int]:
        tests = run_hypotheses(theory, answers, ("T8",), missing="listwise", draws=500, level=level)
        counted = next(one for one in tests.reasons["T8"] if one.code == "claims_shown")
        assert counted.fields["shown"] == (tests.claims["agreement"] == "agrees").sum()
        own = tests.claims[tests.claims["source"] == "trust"]
        return float(own["pvalue_adjusted"].iloc[0]), int(counted.fields["shown"])

    pvalue, at_five_percent = shown(0.05)
    assert 0 < pvalue < 0.05
    assert shown(pvalue / 2)[1] == at_five_percent - 1


def test_p_values_are_adjusted_over_families_as_asked(answers: Responses) -> None:
    from statsmodels.stats.multitest import multipletests

    ids = ("T1", "T2", "T3", "T8")

    def adjusted(**how: Any) -> pd.DataFrame:
        tests = run_hypotheses(answers.instrument.theory, answers, ids, missing="listwise", draws=500, **how)
        return tests.table().set_index("id")

    raw = adjusted(adjust="none")
    pd.testing.assert_series_equal(raw["pvalue_adjusted"], raw["pvalue"], check_names=False)
    for method, name in (("holm", "holm"), ("benjamini_hochberg", "fdr_bh")):
        found = adjusted(adjust=method, families={"one": ["T2", "T8"]})["pvalue_adjusted"]
        for family in (["T2", "T8"], ["T1", "T3"]):
            expected = multipletests(raw.loc[family, "pvalue"], method=name)[1]
            assert found[family].to_numpy() == pytest.approx(expected)
    with pytest.raises(InputError, match="families"):
        adjusted(families={"one": ["T1"], "two": ["T1"]})
    with pytest.raises(InputError, match="adjust"):
        adjusted(adjust="bonferroni")
    with pytest.raises(InputError, match="no such option"):
        adjusted(levle=0.01)


def test_what_does_not_matter_is_told_from_what_is_not_shown(answers: Responses) -> None:
    theory = answers.instrument.theory
    # Skill does nothing; at n = 900 its interval is about ±.08.
    for smallest, expected in ((0.15, "shown to be negligible"), (0.01, "not supported")):
        tests = run_hypotheses(
            theory, answers, ("T2",), missing="listwise", draws=2000, smallest_effect=smallest
        )
        assert tests.table()["verdict"].tolist() == [expected]


def test_every_path_is_there_whether_claimed_or_not(answers: Responses, tests: HypothesisTests) -> None:
    mediated = run_hypotheses(answers.instrument.theory, answers, ("T4",), missing="listwise", draws=500)
    found = mediated.paths[["outcome", "predictor"]].to_numpy().tolist()
    assert sorted(found) == [["drive", "trust"], ["will", "drive"], ["will", "trust"]]
    paths = tests.paths.set_index(["kind", "outcome", "predictor"])
    # Trust explains a quarter of drive; .8 of the propensity to join is will (its answers know it with error).
    assert paths.loc[("linear", "drive", "trust"), "r_squared"] == pytest.approx(0.25, abs=0.1)
    assert paths.loc[("logistic", "joined", "will"), "r_squared"] > 0.3
    assert paths.loc[("linear", "amount", "will"), "respondents"] == "joined_1 == 1"


def test_no_model_is_no_path(answers: Responses) -> None:
    tests = run_hypotheses(answers.instrument.theory, answers, ("T5",), draws=500)
    assert tuple(tests.paths.columns) == PATH_COLUMNS
    assert tests.paths.empty


def test_a_hypothesis_over_time_needs_its_waves(answers: Responses) -> None:
    table = (
        run_hypotheses(answers.instrument.theory, answers, ("T10", "T11"), draws=500).table().set_index("id")
    )
    assert "2 waves" in table.loc["T10", "reason"]
    assert "firm" in table.loc["T11", "reason"]


def test_an_unknown_hypothesis_is_named(answers: Responses) -> None:
    with pytest.raises(InputError, match="'T77'"):
        run_hypotheses(answers.instrument.theory, answers, ("T77",))


def test_the_seed_repeats_everything(answers: Responses, tests: HypothesisTests) -> None:
    again = run_hypotheses(
        answers.instrument.theory, answers, ("T1", "T4"), missing="listwise", draws=500, seed=3
    )
    same = run_hypotheses(
        answers.instrument.theory, answers, ("T1", "T4"), missing="listwise", draws=500, seed=3
    )
    pd.testing.assert_frame_equal(again.claims, same.claims)


def test_a_model_that_fails_takes_only_its_own_hypotheses(answers: Responses) -> None:
    frame = answers.frame.copy()
    frame["skill_2"] = 3.0
    broken = replace(answers, frame=frame)
    tests = run_hypotheses(answers.instrument.theory, broken, ("T2", "T7"), missing="listwise", draws=500)
    table = tests.table().set_index("id")
    assert table.loc["T2", "verdict"] == "not testable here"
    assert "skill_2" in table.loc["T2", "reason"]
    assert table.loc["T7", "verdict"] == "supported"
