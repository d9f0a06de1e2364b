"""Key numbers with nobody excluded: the truth is known because we put the careless people in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.battery import MeasurementOptions, MeasurementResults, measure
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.study.exclusions import compare_exclusions, keep_everybody

ITEMS = [f"{trait}{k}" for trait in "AC" for k in range(1, 6)]
REVERSED = {"A1", "C4", "C5"}
RULES = CleaningRules(
    version="1",
    dated="2026-01-01",
    min_flags=0,
    rules=(
        Rule(
            id="refused",
            index="column",
            op="==",
            value=1,
            action="exclude",
            rationale="No consent",
            on=("refused",),
        ),
        Rule(
            id="careless",
            index="column",
            op="==",
            value=1,
            action="exclude",
            rationale="Drawn at random",
            on=("careless",),
        ),
        Rule(id="marked", index="irv", op="<", value=0.01, action="mark", rationale="Answered alike"),
    ),
)
NOTHING_TESTED = NotAvailable("no hypotheses")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """300 who answer by the traits, and 60 at random."""
    rng = np.random.default_rng(5)
    trait = rng.standard_normal((300, 2)).repeat(5, axis=1)
    careful = np.clip(np.round(3.5 + trait + 0.7 * rng.standard_normal((300, 10))), 1, 6)
    frame = pd.DataFrame(np.vstack([careful, rng.integers(1, 7, (60, 10))]).astype(int), columns=ITEMS)
    for item in REVERSED:
        frame[item] = 7 - frame[item]
    frame["careless"] = np.repeat([0, 1], [300, 60])
    frame["refused"] = 0
    path = tmp_path_factory.mktemp("exclusions") / "answers.csv"
    frame.to_csv(path, index=False)
    return read_responses(path, read_instrument("bfi25"), keep=("careless", "refused"))


@pytest.fixture(scope="module")
def measured(read: Responses) -> tuple[Responses, MeasurementResults]:
    cleaned = clean(read, RULES)
    options = MeasurementOptions(n_factors=2, parallel_draws=20, htmt_draws=0)
    return cleaned, measure(cleaned, options)


def test_both_sides_are_what_each_sample_gives_by_itself(
    read: Responses, measured: tuple[Responses, MeasurementResults]
) -> None:
    cleaned, found = measured
    got = compare_exclusions(read, cleaned, found, NOTHING_TESTED)
    assert not isinstance(got, NotAvailable)
    assert (got.n_with, got.n_without) == (300, 360)
    numbers = got.table().set_index(["name", "statistic"])
    for side, responses in (("with_exclusions", cleaned), ("without_exclusions", read)):
        alone = reliability(responses).table().set_index("construct")
        for construct in ("agreeableness", "conscientiousness"):
            assert numbers.loc[(construct, "alpha"), side] == pytest.approx(alone.loc[construct, "alpha"])
    alpha = numbers.loc[("agreeableness", "alpha")]
    assert alpha["with_exclusions"] > alpha["without_exclusions"] + 0.02
    assert numbers.loc[("all constructs", "cfi")].notna().all()
    assert got.hypotheses.empty
    assert got.changed_verdicts == ()


def test_constructs_that_were_measured_one_by_one_are_not_modelled_together(
    read: Responses, measured: tuple[Responses, MeasurementResults], monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned, found = measured
    apart = replace(found.confirmatory, fit_measures=pd.Series(np.nan, index=["chisq", "cfi", "srmr"]))
    found = replace(found, parts={**found.parts, "confirmatory": apart})
    monkeypatch.delattr("coprod_measure.study.exclusions.fit_constructs")
    got = compare_exclusions(read, cleaned, found, NOTHING_TESTED)
    assert not isinstance(got, NotAvailable)
    assert set(got.table()["name"]) >= {"agreeableness", "conscientiousness"}
    assert "cfi" not in set(got.table()["statistic"])


def test_nobody_excluded_needs_no_comparison(
    read: Responses, measured: tuple[Responses, MeasurementResults]
) -> None:
    marking = clean(read, replace(RULES, rules=RULES.rules[2:]))
    got = compare_exclusions(read, marking, measured[1], NOTHING_TESTED)
    assert isinstance(got, NotAvailable)
    assert "excluded nobody" in got.reason


def test_those_who_refused_are_never_analysed() -> None:
    refusal = Rule(
        id="no_consent", index="consent", op="==", value=0, action="exclude", rationale="No consent"
    )
    typo = Rule(
        id="typo", index="value", op=">", value=100, action="set_missing", rationale="No such age", on=("age",),
    )  # fmt: skip
    got = keep_everybody(replace(RULES, rules=(refusal, *RULES.rules, typo), min_flags=2))
    assert [rule.id for rule in got.rules] == ["no_consent", "typo"]
    assert got.min_flags == 0
