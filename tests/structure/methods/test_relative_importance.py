"""Dominance analysis against the R package, relative weights by their definition, and everything that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.structure.methods.dominance import Dominance, dominance_patterns
from coprod_measure.structure.methods.relative_importance import dominance_of_correlations
from coprod_measure.structure.methods.resampling import resampled_covariances
from coprod_measure.structure.methods.subset_fits import subset_r2

CASE = Path(__file__).parents[2] / "reference" / "dominance"
R = json.loads((CASE / "values.json").read_text())
ATTITUDE = pd.read_csv(CASE.parent / "data" / "attitude.csv")
DECISION = pd.read_csv(CASE.parent / "data" / "decision_sim.csv")
SIX = list(ATTITUDE.columns[1:])
SETS = {
    "climate": ["complaints", "privileges"],
    "growth": ["learning", "advance"],
    "reward": ["raises", "critical"],
}


def meets(found: Dominance, peer: dict[str, Any], tolerance: float = 1e-9) -> None:
    values = found.subsets().set_index("predictors")["fit"]
    for model, fit in zip(peer["models"], peer["fits"], strict=True):
        names = sorted(set(model.split("+")) - {"1", "", *found.always})
        ours = next(v for k, v in values.items() if sorted(str(k).split(" + ")) == (names or [""]))
        assert ours == pytest.approx(fit, abs=tolerance)
    assert found.levels().to_numpy() == pytest.approx(np.array(peer["levels"]), abs=tolerance)
    general = found.table().set_index("predictor")["general"]
    assert general.to_dict() == pytest.approx(peer["general"], abs=tolerance)
    for kind, name in (("complete", "complete"), ("conditional", "conditional"), ("general", "overall")):
        assert found.matrix(kind).to_numpy() == pytest.approx(np.array(peer[name]), abs=0)


def test_linear() -> None:
    meets(cm.dominance(ATTITUDE, "rating", SIX, bootstrap=0), R["ols"]["r2"])
    meets(cm.dominance(cm.Moments(ATTITUDE.cov(), 30), "rating", SIX), R["ols"]["r2"])


def test_controls_that_are_always_in() -> None:
    found = cm.dominance(ATTITUDE, "rating", SIX, always=["complaints"], bootstrap=0)
    meets(found, R["always"]["r2"])
    assert found.table()["share"].sum() == pytest.approx(1.0)


def test_sets() -> None:
    found = cm.dominance(ATTITUDE, "rating", SIX, sets=SETS, bootstrap=0)
    peer = R["sets"]["r2"]
    assert found.levels().to_numpy() == pytest.approx(np.array(peer["levels"]))
    general = found.table().set_index("predictor")["general"]
    assert general[list(SETS)].to_list() == pytest.approx(list(peer["general"].values()))
    assert found.table()["relative_weight"].sum() == pytest.approx(found.total)


@pytest.mark.parametrize(("measure", "peer"), [("r2", "r.squared.xy"), ("p2", "p.squared.yx")])
def test_several_outcomes(measure: str, peer: str) -> None:
    found = cm.dominance(ATTITUDE, ["rating", "advance"], SIX[:4], measure=measure, bootstrap=0)
    meets(found, R["several"][peer])


@pytest.mark.parametrize(
    ("measure", "peer"),
    [(None, "r2.m"), ("cox_snell", "r2.cs"), ("nagelkerke", "r2.n"), ("estrella", "r2.e")],
)
def test_yes_or_no(measure: str | None, peer: str) -> None:
    predictors = ["benefit", "cost", "trust", "age"]
    meets(
        cm.dominance(DECISION, "engage", predictors, measure=measure, bootstrap=0),
        R["logit"][peer],
        tolerance=1e-7,
    )


def test_latent_correlations() -> None:
    phi = pd.read_csv(CASE / "phi.csv", index_col=0)
    found = dominance_of_correlations(phi, None, "prop", list(phi.columns[:5]), 600)
    meets(found, R["latent"]["r2"])


def test_draws_that_are_no_covariances_are_left_out_unsaid_to_the_terminal() -> None:
    """A factor of few people is drawn with a negative variance now and then; warnings are errors here."""
    R = pd.DataFrame([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]], list("abz"), list("abz"))
    drawn = np.repeat(R.to_numpy()[None], 12, axis=0)
    drawn[0, 0, 0], drawn[1, 2, 2], drawn[2, 1, 0] = -0.1, 0.0, 1.5
    found = dominance_of_correlations(R, drawn, "z", ["a", "b"], 200)
    assert (found.draws, found.failed) == (12, 3)


def test_relative_weights() -> None:
    found = cm.dominance(ATTITUDE, "rating", SIX, bootstrap=0).table().set_index("predictor")
    assert found.loc[SIX, "relative_weight"].to_list() == pytest.approx(R["relative_weights"])


def test_the_very_draws_of_the_peer() -> None:
    rows = np.loadtxt(CASE / "draws.csv", delimiter=",", dtype=int) - 1
    counts = np.array([np.bincount(one, minlength=30) for one in rows], dtype=float)
    S = resampled_covariances(ATTITUDE[[*SIX, "rating"]].to_numpy(float), counts)
    drawn = dominance_patterns(subset_r2(S, [[k] for k in range(6)]))
    assert drawn.general.mean(axis=1) == pytest.approx(R["drawn"]["mean"])
    assert drawn.general.std(axis=1, ddof=1) == pytest.approx(R["drawn"]["se"])
    first = np.bincount(drawn.general.argmax(axis=0), minlength=6) / 200
    assert first == pytest.approx(R["drawn"]["first"])
    stacks = {"complete": drawn.complete, "conditional": drawn.conditional, "general": drawn.overall}
    for pair in R["drawn"]["pairs"]:
        d = stacks[pair["dominance"]][SIX.index(pair["i"]), SIX.index(pair["k"])]
        assert d.mean() == pytest.approx(pair["mDij"])
        assert d.std(ddof=1) == pytest.approx(pair["SE.Dij"])
        assert [np.mean(d == v) for v in (1, 0, 0.5)] == pytest.approx(
            [pair[p] for p in ("Pij", "Pji", "Pnoij")]
        )


def test_own_draws_have_the_distribution_of_the_peers() -> None:
    found = cm.dominance(ATTITUDE, "rating", SIX, bootstrap=2000, seed=3)
    table = found.table().set_index("predictor")
    assert table.loc["complaints", "p_first"] == pytest.approx(R["drawn"]["first"][0], abs=0.05)
    assert isinstance(found.drawn, type(found.patterns))
    assert found.drawn.general.std(axis=1) == pytest.approx(R["drawn"]["se"], rel=0.2)
    assert found.rank_probabilities().sum().to_numpy() == pytest.approx(np.ones(6))
    again = cm.dominance(ATTITUDE, "rating", SIX, bootstrap=2000, seed=3)
    pd.testing.assert_frame_equal(found.pairs(), again.pairs())


def test_interval_of_a_logit_covers_what_it_estimates() -> None:
    found = cm.dominance(DECISION, "engage", ["benefit", "cost", "trust"], bootstrap=100).table()
    assert (found["ci_lower"] < found["general"]).all()
    assert (found["general"] < found["ci_upper"]).all()
    assert found["predictor"].to_list() == ["benefit", "cost", "trust"]


def test_rows_with_gaps_are_dropped_once_for_all_models() -> None:
    gaps = ATTITUDE.copy()
    gaps.loc[[0, 4, 8], "complaints"] = np.nan
    gaps.loc[[1, 11], "critical"] = np.nan
    found = cm.dominance(gaps, "rating", ["complaints", "critical", "learning"], bootstrap=0)
    # The R package lets every submodel keep its own rows (.469, .030, .214); on common rows it gives these.
    peer = {"complaints": 0.495416717684535, "critical": 0.0252959877294845, "learning": 0.192529290541755}
    assert found.table().set_index("predictor")["general"].to_dict() == pytest.approx(peer)
    assert found.dropped == 5


def test_twelve_predictors_of_forty_people_are_called_thin() -> None:
    rng = np.random.default_rng(4)
    people = pd.DataFrame(rng.normal(size=(40, 13)), columns=[*(f"x{k}" for k in range(12)), "y"])
    found = cm.dominance(people, "y", list(people.columns[:12]), bootstrap=100)
    assert found.thin
    assert found.table()["p_first"].max() < 0.9


@pytest.mark.parametrize(
    ("predictors", "measure", "message"),
    [
        (["complaint", "learning"], None, "Did you mean 'complaints'"),
        (["complaints", "rating"], None, "named in two places"),
        (["complaints"], None, "fewer than two"),
        (SIX, "mcfadden", "yes/no outcome"),
        (SIX, "r3", "not known"),
        (["learning", "complaints", "copy"], None, "complaints, copy are collinear"),
        (["complaints", "constant"], None, "did not vary"),
    ],
)
def test_refused(predictors: list[str], measure: str | None, message: str) -> None:
    data = ATTITUDE.assign(copy=2 * ATTITUDE["complaints"] + 1, constant=3)
    with pytest.raises(cm.CoprodError, match=message):
        cm.dominance(data, "rating", predictors, measure=measure)


def test_singular_moments_are_refused() -> None:
    same = ATTITUDE.assign(copy=2 * ATTITUDE["complaints"])[["rating", "complaints", "copy"]]
    with pytest.raises(cm.CoprodError, match="not positive definite"):
        cm.dominance(cm.Moments(same.cov(), 30), "rating", ["complaints", "copy"])


def test_separation_and_too_many_are_refused() -> None:
    data = DECISION.assign(engage=(DECISION["benefit"] > 0).astype(int))
    with pytest.raises(cm.CoprodError, match="completely"):
        cm.dominance(data, "engage", ["benefit", "cost"])
    wide = pd.DataFrame(np.random.default_rng(1).normal(size=(99, 16))).add_prefix("v")
    with pytest.raises(cm.CoprodError, match="sets"):
        cm.dominance(wide, "v0", [f"v{k}" for k in range(1, 16)])
