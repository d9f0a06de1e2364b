"""Rankings of causes whose weights are known, latent and of a yes/no answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wishart

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.kinds.relative_importance import _first
from coprod_measure.structure.methods.relative_importance import dominance_of_correlations
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> HypothesisTests:
    """Drive explains .36 of will; trust acts through drive alone; skill does nothing."""
    answers: Responses = small_answers(tmp_path_factory.mktemp("small"))
    level, will = "relative_importance", ("will",)
    claims = (
        a_claim("R1", level, ("drive", "trust", "skill"), will, "positive", tested_by=("first_rank",)),
        a_claim("R2", level, ("trust", "drive", "skill"), will, "positive", tested_by=("first_rank",)),
        a_claim("R3", level, ("drive", "skill"), will, "positive"),
        a_claim("R4", level, ("skill", "drive"), ("joined",), "unsigned"),
        a_claim("R5", level, ("drive", "unasked"), will, "positive"),
        a_claim("R6", level, ("grounds", "drive"), will, "unsigned"),
        a_claim("R7", level, ("trust", "skill"), ("drive", "will"), "positive", tested_by=("equal_slopes",)),
        a_claim("R9", level, ("grounds", "drive"), ("joined",), "positive"),
        a_claim("R8", "direct", ("drive", "trust"), will, "positive", tested_by=("dominance",)),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    return run_hypotheses(theory, answers, missing="listwise", draws=500)


def test_verdicts(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "R1": "supported",
        "R2": "contradicted",
        "R3": "not supported",
        "R4": "supported",
        "R5": "not testable here",
        "R6": "supported",
        "R7": "not supported",
        "R8": "supported",
        "R9": "not supported",
    }
    assert "only one of its causes" in table.loc["R5", "reason"]
    assert "drive ranks first of 3 for will" in table.loc["R1", "reason"]
    assert "drive explains more of will than trust in 100% of the draws" in table.loc["R2", "reason"]


def test_values_add_up_to_the_explained_share(tests: HypothesisTests) -> None:
    shown = tests.tables["R1"]["importance"]
    assert shown["general"].sum() == pytest.approx(shown["total"].iloc[0])
    assert shown.set_index("predictor").loc["drive", "general"] == pytest.approx(0.36 - 0.045, abs=0.08)
    assert (shown["ci_lower"] < shown["general"]).all()
    assert tests.tables["R4"]["importance"]["measure"].iloc[0] == "mcfadden"


def test_a_structure_enters_as_one_set(tests: HypothesisTests) -> None:
    assert set(tests.tables["R6"]["importance"]["predictor"]) == {"grounds", "drive"}


def test_equal_causes_seldom_contradict_that_one_of_them_ranks_first() -> None:
    """Six equal causes share the first rank: each comes first in few draws, yet none is shown to be outranked."""
    rng, k, n, level = np.random.default_rng(5), 6, 200, 0.05
    names = [*"abcdef", "y"]
    truth = np.full((k + 1, k + 1), 0.4)
    truth[:k, k] = truth[k, :k] = 0.35
    np.fill_diagonal(truth, 1.0)
    against, seldom = 0, 0
    for _ in range(100):
        sample = np.cov(rng.multivariate_normal(np.zeros(k + 1), truth, n).T)
        drawn = wishart(n - 1, sample / (n - 1)).rvs(400, random_state=rng)
        found = dominance_of_correlations(pd.DataFrame(sample, names, names), drawn, "y", names[:k], n)
        share = float(found.rank_probabilities().loc[1, "a"])
        assert found.ranking.rival_of("a")[0] in names[1:k]
        against += _first(found.ranking, "a", level, k - 1) < 0
        seldom += share <= level
    assert seldom > 25  # what a low share alone would have called contradicted
    assert against <= 100 * level + 2 * 100 * (level * (1 - level) / 100) ** 0.5


def test_parts_of_a_structure_share_out_what_it_explains_alone(tests: HypothesisTests) -> None:
    alone = tests.tables["R6"]["importance"].set_index("predictor").loc["grounds", "alone"]
    parts = tests.tables["R6"]["facets"]
    assert set(parts["block"]) == {"grounds"}
    assert set(parts["predictor"]) == {"trust", "skill"}
    assert parts["general"].sum() == pytest.approx(alone)
    # The factors of trust and will correlate by .398 in this sample (lavaan's model of two factors), skill by nothing.
    assert parts.set_index("predictor").loc["trust", "general"] == pytest.approx(0.398**2, abs=0.01)


def test_parts_and_paths_of_a_yes_no_outcome_are_shown_too(tests: HypothesisTests) -> None:
    own = tests.tables["R9"]
    alone = own["importance"].set_index("predictor").loc["grounds", "alone"]
    assert own["facets"]["general"].sum() == pytest.approx(alone, abs=1e-6)
    paths = own["paths"].set_index("predictor")
    assert (paths["measure"] == "log_odds").all()
    assert paths.loc["drive", "ci_lower"] > 0 > paths.loc["skill", "ci_lower"]
    latent = tests.tables["R3"]["paths"].set_index("predictor")
    assert latent.loc["drive", "estimate"] == pytest.approx(0.6, abs=0.07)
    assert latent.loc["skill", "ci_lower"] < 0 < latent.loc["skill", "ci_upper"]


def test_who_dominates_whom_and_scale_means_stand_beside(tests: HypothesisTests) -> None:
    rows = tests.tables["R1"]["dominance"].set_index("predictor")
    assert rows.index[0] == "drive"
    assert rows.loc["drive", "complete"] == (2, 3)
    shown = tests.tables["R1"]["importance"].set_index("predictor")
    first, last = ([row["contributions"][k] for _, row in rows.iterrows()] for k in (0, -1))
    assert first == pytest.approx(shown.loc[rows.index, "alone"].tolist())
    assert last == pytest.approx(shown.loc[rows.index, "last"].tolist())
    # Unreliable scale means explain less than factors: alpha is some .8 on both sides.
    assert 0.5 < shown.loc["drive", "on_scores"] / shown.loc["drive", "general"] < 0.85


def test_paths_to_several_outcomes_are_compared(tests: HypothesisTests) -> None:
    found = tests.tables["R7"]["equal_slopes"].set_index("source")
    # Trust moves drive by .5 and will by .3, skill neither.
    assert found.loc["trust", "pvalue"] < 0.005
    assert found.loc["skill", "pvalue"] > 0.05
    # Trust and skill are unrelated: the test of both at once is nearly the sum of both.
    assert found["df"].tolist() == [1, 1, 2]
    assert found.loc["", "wald"] == pytest.approx(found.loc[["trust", "skill"], "wald"].sum(), rel=0.1)
    assert "paths of trust to 2 outcomes all equal: Wald" in tests.table().set_index("id").loc["R7", "reason"]


def test_claims_of_other_kinds_are_ranked_beside(tests: HypothesisTests) -> None:
    assert tests.tables["R8"]["importance"]["predictor"].tolist() == ["drive", "trust"]
    assert "drive ranks first of 2 for will" in tests.table().set_index("id").loc["R8", "reason"]


@pytest.mark.parametrize(
    ("seed", "told"), [(0, "trust, skill cannot be told apart"), (1, "trust and skill correlate 1.00")]
)
def test_two_measures_of_one_thing_are_named(tmp_path: Path, seed: int, told: str) -> None:
    """Their factors correlate beyond 1 in one sample, and in the other in many draws, which are not used."""
    answers, rng = small_answers(tmp_path), np.random.default_rng(seed)
    n = len(answers.frame)
    same = rng.normal(size=n)
    copies = {
        f"{name}_{k}": np.clip(np.round(3 + 0.8 * same + 0.6 * rng.normal(size=n)), 1, 5)
        for name in ("trust", "skill")
        for k in (1, 2, 3)
    }
    frame = answers.frame.assign(**copies)
    claim = a_claim("R", "relative_importance", ("drive", "trust", "skill"), ("will",), "positive")
    beside = a_claim("B", "direct", ("drive",), ("will",), "positive")
    theory = replace(answers.instrument.theory, hypotheses={"R": claim, "B": beside})
    found = run_hypotheses(theory, replace(answers, frame=frame, shown=frame), missing="listwise", draws=200)
    table = found.table().set_index("id")
    assert told in table.loc["R", "reason"]
    assert table.loc["B", "verdict"] == "supported"
