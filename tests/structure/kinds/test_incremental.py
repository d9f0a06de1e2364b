"""Gains in R2: those of lavaan, and those of a population."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.estimate import structural_estimates
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.kinds.incremental import gain_in_r2
from coprod_measure.theory.definition import Hypothesis
from structure.by_hand import a_claim
from structure.small_answers import small_answers

REFERENCE = Path(__file__).parents[2] / "reference"


def test_gains_are_those_of_lavaan() -> None:
    data = pd.read_csv(REFERENCE / "data" / "political_democracy.csv")
    fit = sem((REFERENCE / "incremental" / "model.txt").read_text(encoding="utf-8"), data)
    estimates = structural_estimates(fit, ("ind60", "dem60", "dem65"))
    for row in pd.read_csv(REFERENCE / "incremental" / "gains.csv").itertuples():
        gain = gain_in_r2(estimates, "dem65", str(row.block).split(" + "), 500, 1)
        assert gain.r2_before == pytest.approx(row.r2_before, abs=1e-4)
        assert gain.r2 == pytest.approx(row.r2, abs=1e-4)
        assert gain.delta == pytest.approx(row.delta_r2, abs=1e-4)
        assert gain.wald == pytest.approx(row.wald, rel=1e-3)
        assert gain.df == row.df
        assert gain.pvalue == pytest.approx(row.pvalue, rel=0.02)
        assert gain.ci_lower < gain.delta < gain.ci_upper


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Trust explains a quarter of drive, skill nothing; drive explains .36 of will, trust nothing beyond."""
    return small_answers(tmp_path_factory.mktemp("small"))


def claim(id_: str, sources: tuple[str, ...], versus: tuple[str, ...], target: str) -> Hypothesis:
    return a_claim(id_, "incremental", sources, (target,), "positive", statement="It adds.", versus=versus)


def test_a_block_that_adds_is_told_from_one_that_does_not(answers: Responses) -> None:
    theory = answers.instrument.theory
    claims = (
        claim("I1", ("drive",), ("trust", "skill"), "will"),
        claim("I2", ("trust", "skill"), ("drive",), "will"),
        claim("I3", ("trust", "skill"), (), "drive"),
        claim("I4", ("trust",), (), "drive"),
        claim("I5", ("trust",), ("skill",), "joined"),
        claim("I6", ("trust",), ("unasked",), "drive"),
    )
    more = replace(theory, hypotheses={one.id: one for one in claims})
    tests = run_hypotheses(more, answers, missing="listwise", draws=1000)
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "I1": "supported",
        "I2": "not supported",
        # Each must add after the other, and skill does not.
        "I3": "not supported",
        "I4": "not testable here",
        "I5": "not testable here",
        "I6": "not testable here",
    }
    assert [tests.reasons[id_][0].code for id_ in ("I4", "I5", "I6")] == [
        "one_block",
        "no_amount",
        "not_measured",
    ]
    # In the population: .36 by drive, of which trust alone tells .09.
    assert table.loc["I1", "estimate"] == pytest.approx(0.27, abs=0.08)
    assert table.loc["I1", "measure"] == "delta_r2"
    assert pd.isna(table.loc["I1", "std"])
    own = tests.claims[tests.claims["hypothesis"] == "I3"].set_index("source")
    assert own["agreement"].to_dict() == {"trust": "agrees", "skill": "not shown"}
    assert own.loc["trust", "estimate"] == pytest.approx(0.25, abs=0.08)
    assert tests.tables["I1"]["gains"]["r2"].iloc[0] == pytest.approx(0.36, abs=0.09)


def test_direct_paths_beyond_others_have_the_likelihood_ratio_test_that_is_named(answers: Responses) -> None:
    """The same as two models of one's own; skill does nothing to drive, trust acts on will beside it."""
    theory = answers.instrument.theory
    beyond = replace(
        claim("D1", ("skill",), ("trust",), "drive"), level="direct", tested_by=("likelihood_ratio",)
    )
    alone = replace(beyond, id="D2", sources=("trust",), targets=("will",), versus=("skill",))
    more = replace(theory, hypotheses={"D1": beyond, "D2": alone})
    tests = run_hypotheses(more, answers, missing="listwise", draws=500)
    assert tests.verdicts["kind"].tolist() == ["incremental"] * 2
    assert tests.verdicts["verdict"].tolist() == ["not supported", "supported"]
    told = next(one for one in tests.reasons["D2"] if one.code == "with_and_without")
    measured = "\n".join(f"{name} =~ {name}_1 + {name}_2 + {name}_3" for name in ("trust", "skill", "will"))
    free, held = (
        sem(f"{measured}\ntrust ~~ skill\nwill ~ {paths}", answers.frame)
        for paths in ("trust + skill", "skill")
    )
    assert float(told.fields["value"]) == pytest.approx(
        held.measures["chisq"] - free.measures["chisq"], abs=0.006
    )
    assert told.fields["df"] == 1


def test_models_in_two_steps_have_no_likelihood(answers: Responses) -> None:
    theory = answers.instrument.theory
    beyond = replace(
        claim("D1", ("trust",), ("drive",), "will"), level="direct", tested_by=("likelihood_ratio",)
    )
    more = replace(theory, hypotheses={"D1": beyond})
    tests = run_hypotheses(more, answers, missing="listwise", draws=500, method="sam")
    assert "no_likelihood" in [one.code for one in tests.reasons["D1"]]
