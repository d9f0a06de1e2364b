"""Claims about the measures: populations in which they hold and in which they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.populations import population
from coprod_measure.errors import EstimationError, InputError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.validity.discriminant_tests import discriminant_tests
from coprod_measure.measurement.validity.htmt import htmt
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers

CLAIMS = {
    "M1": a_claim("M1", "measurement", ("drive", "will"), statement="Two factors."),
    "M2": a_claim("M2", "measurement", ("trust", "skill", "drive"), statement="Three factors."),
    "M3": a_claim("M3", "measurement", ("trust", "drive", "will"), ("grounds",), statement="One above."),
    "M4": a_claim("M4", "measurement", ("trust", "joined"), statement="A single item."),
    "M5": a_claim("M5", "measurement", ("trust", "drive"), ("grounds",), statement="Two facets."),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return small_answers(tmp_path_factory.mktemp("small"))


def judged(answers: Responses, ids: tuple[str, ...], **how: Any) -> HypothesisTests:
    theory = replace(answers.instrument.theory, hypotheses=CLAIMS)
    return run_hypotheses(theory, answers, ids, missing="listwise", draws=500, **how)


def test_factors_that_differ_are_told_apart(answers: Responses) -> None:
    tests = judged(answers, ("M1", "M2", "M4", "M5"))
    table = tests.table().set_index("id")
    assert table["verdict"].tolist() == ["supported", "supported", "not testable here", "not testable here"]
    assert [tests.reasons[id_][0].code for id_ in ("M4", "M5")] == ["one_item", "few_facets"]
    # Drive and will correlate .6 in the population.
    assert table.loc["M1", "estimate"] == pytest.approx(0.6, abs=0.1)
    assert len(tests.claims[tests.claims["hypothesis"] == "M2"]) == 3
    # The room before computes the same.
    items = {one: tuple(answers.items_of(one).columns) for one in ("drive", "will")}
    (row,) = discriminant_tests(answers.frame, items, cutoff=0.9).table().to_dict("records")
    assert table.loc["M1", "pvalue"] == pytest.approx(row["pvalue"])
    assert table.loc["M1", "ci_upper"] == pytest.approx(row["ci_upper"])


def test_one_construct_asked_twice_is_not_two(answers: Responses) -> None:
    random = np.random.default_rng(3)
    frame = answers.frame.copy()
    for k in (1, 2, 3):
        noise = np.round(0.7 * random.standard_normal(len(frame)))
        frame[f"will_{k}"] = (frame[["drive_1", "drive_2", "drive_3"]].mean(axis=1).round() + noise).clip(
            1, 5
        )
    verdicts = judged(replace(answers, frame=frame), ("M1",)).table()["verdict"]
    assert verdicts.tolist() in (["not supported"], ["contradicted"])


def test_the_cutoff_is_an_option_of_the_study(answers: Responses) -> None:
    # A correlation of .6 is not below .5.
    tests = judged(answers, ("M1",), kinds={"measurement": {"cutoff": 0.5}})
    assert tests.table()["verdict"].tolist() != ["supported"]
    assert tests.options.kinds == {"measurement": {"cutoff": 0.5}}
    with pytest.raises(InputError, match="measurement.cutof"):
        judged(answers, ("M1",), kinds={"measurement": {"cutof": 0.5}})


def test_facets_of_one_cause_load_on_it(answers: Responses) -> None:
    tests = judged(answers, ("M3",))
    assert tests.table()["verdict"].tolist() == ["supported"]
    own = tests.claims.set_index("target")
    # Correlations .5, .6 and .3 give loadings of .5, 1 and .6.
    for facet, loading in (("trust", 0.5), ("drive", 1.0), ("will", 0.6)):
        assert own.loc[facet, "estimate"] == pytest.approx(loading, abs=0.12)
    assert [one.code for one in tests.reasons["M3"]][-1] == "equivalent"
    assert isinstance(tests.tables["M3"]["models"], pd.DataFrame)
    # One factor of all items fits worse than facets, and a bifactor model stands beside.
    models = tests.tables["M3"]["models"].set_index("model")
    assert models.loc["one factor", "cfi"] < models.loc["hierarchy", "cfi"]
    assert "bifactor" in models.index


def test_pairs_show_ratio_and_shared_variance_of_the_room_before(answers: Responses) -> None:
    (row,) = judged(answers, ("M1",)).tables["M1"]["pairs"].to_dict("records")
    items = {one: tuple(answers.items_of(one).columns) for one in ("drive", "will")}
    assert row["htmt"] == pytest.approx(htmt(items, answers.frame).pairs["htmt"].iloc[0])
    # Population: loadings of about .8 share two thirds.
    assert 0.4 < row["ave_1"] < 0.9
    assert row["ave_1"] > row["correlation"] ** 2


def test_claims_about_the_measures_take_the_estimator_of_the_study(answers: Responses) -> None:
    items = {one: tuple(answers.items_of(one).columns) for one in ("drive", "will")}
    robust = discriminant_tests(answers.frame, items, cutoff=0.9, estimator="MLR").table()["ci_upper"].iloc[0]
    plain = discriminant_tests(answers.frame, items, cutoff=0.9).table()["ci_upper"].iloc[0]
    table = judged(answers, ("M1",), estimator="MLR").table()
    assert table["ci_upper"].iloc[0] == pytest.approx(robust)
    assert robust != pytest.approx(plain, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_facet_apart_is_none_of_one_factor(answers: Responses, seed: int) -> None:
    """Above three facets, one of them apart, no factor is identified: their correlations say why."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(answers.frame))
    shuffled = {f"trust_{k}": answers.frame[f"trust_{k}"].to_numpy()[order] for k in (1, 2, 3)}
    tests = judged(replace(answers, frame=answers.frame.assign(**shuffled)), ("M3",))
    assert tests.table().iloc[0]["verdict"] == "not supported"
    if tests.reasons["M3"][0].code == "no_factor_above":
        weakest = tests.claims.sort_values("pvalue").iloc[-1]
        assert weakest["source"] == "trust"
        assert abs(weakest["estimate"]) < 0.15


def test_a_factor_above_facets_that_all_correlate_keeps_its_own_failure(
    answers: Responses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise EstimationError("no way up", cure="None")

    monkeypatch.setattr("coprod_measure.measurement.factors.higher_order.higher_order", fails)
    row = judged(answers, ("M3",)).table().iloc[0]
    assert row["verdict"] == "not testable here"
    assert "no way up" in row["reason"]


def test_structures_without_a_factor_are_the_sums_of_their_facets(answers: Responses) -> None:
    """Facets that share nothing have no factor: its loading grew without end, and nothing was judged."""
    random = np.random.default_rng(5)
    order = random.permutation(len(answers.frame))
    moved = {f"skill_{k}": answers.frame[f"skill_{k}"].to_numpy()[order] for k in (1, 2, 3)}
    apart = replace(answers, frame=answers.frame.assign(**moved))
    claim = a_claim("M6", "measurement", ("grounds", "will"), statement="Two things.")
    theory = replace(answers.instrument.theory, hypotheses={"M6": claim})
    tests = run_hypotheses(theory, apart, ("M6",), missing="listwise")
    (row,) = tests.table().to_dict("records")
    assert row["verdict"] == "supported"
    assert (
        "no factor stands behind its facets that were asked, so grounds is the sum of them" in row["reason"]
    )
    assert row["ci_lower"] < row["estimate"] < row["ci_upper"] < 0.9


def test_a_factor_of_method_takes_off_what_all_answers_share() -> None:
    """Risks reduced and created correlate .6; a style moves all answers, those to the markers too."""
    instrument = read_instrument("etgar2007")
    found = population(instrument, "H7c")
    assert found is not None
    rng, n = np.random.default_rng(6), 1500
    drawn = found.draw(rng, n, True)
    style = rng.standard_normal(n)
    frame = drawn.frame.add(style, axis=0)
    for k in (1, 2, 3):
        frame[f"marker_{k}"] = style + 0.5 * rng.standard_normal(n)
    styled = replace(drawn, frame=frame)
    tests = run_hypotheses(instrument.theory, styled, ["H7c"], missing="listwise")
    (told,) = (one for one in tests.reasons["H7c"] if one.code == "with_method_factor")
    assert float(told.fields["r"]) == pytest.approx(0.6, abs=0.1)
    assert tests.claims["estimate"].iloc[0] > 0.75
    bare = run_hypotheses(instrument.theory, drawn, ["H7c"], missing="listwise")
    assert "no_method_factor" in [one.code for one in bare.reasons["H7c"]]


def test_yes_no_answers_lower_no_correlation() -> None:
    """Correlated .9 in the population of H10j, whose one side has 24 yes/no items: a line through them gives .87."""
    instrument = read_instrument("etgar2007")
    found = population(instrument, "H10j")
    assert found is not None
    estimates = []
    for seed in range(100, 104):
        answers = found.draw(np.random.default_rng(seed), 1200, False)
        tests = run_hypotheses(instrument.theory, answers, ["H10j"], missing="listwise")
        estimates.append(tests.claims["estimate"].iloc[0])
        assert "by_thresholds" in [one.code for one in tests.reasons["H10j"]]
    assert np.mean(estimates) == pytest.approx(0.9, abs=0.02)


def test_constructs_that_are_one_merge_without_loss_and_others_do_not(answers: Responses) -> None:
    random = np.random.default_rng(9)
    trust = answers.frame[["trust_1", "trust_2", "trust_3"]].mean(axis=1)
    cause = 0.5 * trust / trust.std() + 0.8 * random.standard_normal(len(trust))
    items = [f"{name}_{k}" for name in ("drive", "will") for k in (1, 2, 3)]
    frame = answers.frame.assign(**{item: cause + 0.7 * random.standard_normal(len(trust)) for item in items})
    claim = a_claim(
        "M6",
        "measurement",
        ("trust", "skill", "drive", "will"),
        statement="Three or four.",
        units=(4, 3, 2),
    )
    theory = replace(answers.instrument.theory, hypotheses={"M6": claim})
    tests = run_hypotheses(theory, replace(answers, frame=frame), ("M6",), missing="listwise", draws=500)
    units = tests.tables["M6"]["units"].set_index("units")
    assert list(units.index) == [4, 3, 2]
    assert units.loc[3, "merged"] == ("drive", "will")
    assert units.loc[3, "delta_df"] == 3
    assert units.loc[3, "pvalue"] > 0.01
    assert units.loc[2, "pvalue"] < 1e-6
    assert units.loc[2, "cfi"] < units.loc[3, "cfi"] - 0.02
    (told,) = (one for one in tests.reasons["M6"] if one.code == "units_compared")
    assert told.fields["numbers"] == "4, 3, 2"
