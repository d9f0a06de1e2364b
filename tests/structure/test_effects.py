"""Effects and their Monte Carlo intervals agree with the same computed in R from lavaan's estimates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.structure.effects import (
    StructuralEstimates,
    draw_structure,
    effect_of,
    implied_covariances,
    percentile_interval,
    two_sided_p,
)
from coprod_measure.structure.estimate import structural_estimates

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "mediation_monte_carlo"
NAMES = ("ind60", "dem60", "dem65")
# Quantiles of 200,000 draws differ from those of R's two million by Monte Carlo error alone.
MONTE_CARLO = 0.01


@pytest.fixture(scope="module")
def estimates() -> StructuralEstimates:
    data = pd.read_csv(REFERENCE / "data" / "political_democracy.csv")
    fit = sem((CASE / "model.txt").read_text(encoding="utf-8"), data)
    return structural_estimates(fit, NAMES)


def test_effects_agree_with_r(estimates: StructuralEstimates) -> None:
    expected = pd.read_csv(CASE / "effects.csv", index_col="name")
    drawn = draw_structure(estimates, 200_000, seed=11)
    indirect = effect_of(drawn, "ind60", "dem65", (("dem60",),))
    path = effect_of(drawn, "ind60", "dem60")
    for name, estimate, draws in (
        ("indirect", indirect.estimate, indirect.draws),
        ("indirect_std", indirect.std, indirect.std_draws),
        ("path_std", path.std, path.std_draws),
    ):
        assert estimate == pytest.approx(expected.loc[name, "est"], abs=1e-4)
        interval = expected.loc[name, ["lower", "upper"]].tolist()
        assert percentile_interval(draws) == pytest.approx(interval, abs=MONTE_CARLO)
        assert np.std(draws) == pytest.approx(expected.loc[name, "sd"], abs=MONTE_CARLO)


def test_the_error_of_a_path_is_the_models_own(estimates: StructuralEstimates) -> None:
    """Not the spread of the draws, so that the path has the same p wherever it is shown."""
    expected = pd.read_csv(REFERENCE / "structural_paths" / "paths.csv").set_index(["outcome", "predictor"])
    drawn = draw_structure(estimates, 50, seed=1)
    for outcome, predictor in expected.index:
        own = expected.loc[(outcome, predictor)]
        assert effect_of(drawn, predictor, outcome).se == pytest.approx(own["se"], rel=1e-4)


def test_effects_through_several_mediators_add_up() -> None:
    """By hand: two mediators, .5 * .4 + .3 * -.2, and the product of a longer chain."""
    names = ("a", "m", "n", "b")
    beta = np.zeros((4, 4))
    beta[1, 0], beta[2, 0], beta[2, 1], beta[3, 1], beta[3, 2] = 0.5, 0.3, 0.6, 0.4, -0.2
    free = np.full((4, 4), -1)
    drawn = draw_structure(
        StructuralEstimates(names, beta, np.eye(4), free, free, np.zeros((0, 0))), 2, seed=1
    )
    assert effect_of(drawn, "a", "b", (("m", "n"),)).estimate == pytest.approx(0.5 * 0.4 + 0.3 * -0.2)
    assert effect_of(drawn, "a", "b", (("m",), ("n",))).estimate == pytest.approx(0.5 * 0.6 * -0.2)
    assert effect_of(drawn, "a", "b").estimate == 0.0


def test_same_seed_same_interval(estimates: StructuralEstimates) -> None:
    first, second, other = (
        effect_of(draw_structure(estimates, 500, seed), "ind60", "dem60").std_draws for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_p_value_is_never_smaller_than_the_draws_can_show() -> None:
    assert two_sided_p(np.full(999, 2.0)) == pytest.approx(2 / 1000)
    assert two_sided_p(np.concatenate([np.full(500, 1.0), np.full(499, -1.0)])) == pytest.approx(1.0)


def test_draws_with_a_negative_variance_are_counted() -> None:
    free = np.full((1, 1), -1)
    psi = np.array([[0.1]])
    drawn = draw_structure(
        StructuralEstimates(("a",), np.zeros((1, 1)), psi, free, np.array([[0]]), np.array([[0.01]])),
        2000,
        seed=3,
    )
    # P(N(.1, .1) < 0) = P(Z < -1) = .159
    assert drawn.discarded / 2000 == pytest.approx(0.159, abs=0.03)
    assert len(drawn.beta) == 2001 - drawn.discarded


@pytest.mark.parametrize("circle", [0.0, 0.2])
def test_implied_covariances_with_and_without_a_circle(circle: float) -> None:
    """``(I - B)^-1 Psi (I - B)^-T``, whatever the order of the variables."""
    rng = np.random.default_rng(2)
    beta = np.zeros((50, 4, 4))
    beta[:, 0, 2], beta[:, 3, 0], beta[:, 3, 1] = rng.normal(0.3, 0.1, (3, 50))
    beta[:, 2, 3] = circle
    psi = np.tile(np.diag([0.5, 1.0, 2.0, 0.7]), (50, 1, 1))
    inverse = np.linalg.inv(np.eye(4) - beta)
    assert np.allclose(implied_covariances(beta, psi), inverse @ psi @ inverse.transpose(0, 2, 1))
