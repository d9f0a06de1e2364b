"""Hypotheses of a small theory on simulated answers with known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import InputError
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.path_models import build_models
from coprod_measure.structure.results import CLAIM_COLUMNS, TABLE_COLUMNS, HypothesisTests
from coprod_measure.structure.structural_fit import PATH_COLUMNS
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return small_answers(tmp_path_factory.mktemp("small"))


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
        "T6": "not supported",
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
    both_ways = a_claim(
        "X1", "direct", ("trust", "will"), ("trust", "will"), "positive", statement="Each the other."
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
        told = "lies within -0.15 and 0.15" in tests.table()["reason"].iloc[0]
        assert told is (expected == "shown to be negligible")


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


def test_a_claim_counts_the_rows_of_waves_that_asked_all_it_names(answers: Responses) -> None:
    """A panel asks some causes once: their paths were told with the rows of all waves."""
    wave = pd.Series(np.repeat(["1", "2", "3"], len(answers.frame) // 3), answers.frame.index)
    later = {f"trust_{k}": answers.frame[f"trust_{k}"].where(wave == "1") for k in (1, 2, 3)}
    panel = replace(
        answers, frame=answers.frame.assign(**later), about=answers.about.assign(wave=wave.to_numpy())
    )
    found = run_hypotheses(answers.instrument.theory, panel, ["T1", "T3"], missing="fiml", draws=500)
    assert found.claims.set_index("hypothesis")["n"].to_dict() == {"T1": 300, "T3": 900}
