"""One kind of people with traits: against closed forms and a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from coprod_measure.structure.methods.answer_patterns import answer_patterns
from coprod_measure.structure.methods.by_degree import by_degree
from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel
from coprod_measure.structure.methods.mixed_mixture import MixedKernel
from coprod_measure.structure.methods.mixture_em import fit_mixture


@pytest.mark.parametrize("p", [2, 3])
def test_one_trait_of_few_normal_items_is_the_saturated_model(p: int) -> None:
    rng = np.random.default_rng(5)
    x = 1 + rng.standard_normal((400, 1)) * [0.9, 0.8, 0.7][:p] + 0.6 * rng.standard_normal((400, p))
    found = by_degree(GaussianKernel(x, "EEI"), 1)
    saturated = multivariate_normal(x.mean(axis=0), np.cov(x.T, bias=True)).logpdf(x).sum()
    assert found.loglik == pytest.approx(saturated, abs=1e-4)
    assert found.n_parameters == p + p * (p + 1) // 2


def test_points_give_the_likelihood_of_the_factor_model() -> None:
    """Normal items beside a categorical one that has nothing to do with them: its likelihood is added."""
    rng = np.random.default_rng(5)
    t = rng.standard_normal((400, 2))
    x = t @ [[0.9, 0.8, 0.7, 0.1, 0.0, 0.1], [0.0, 0.1, 0.2, 0.8, 0.9, 0.7]] + rng.standard_normal((400, 6))
    x[rng.random(x.shape) < 0.05] = np.nan
    normal, coin = GaussianKernel(x, "EEI"), np.repeat([0.0, 1.0], 200)[:, None]
    answers = CategoricalKernel(answer_patterns(coin, ("coin",)))
    alone, beside = by_degree(normal, 1), by_degree(MixedKernel(answers, normal), 1)
    assert beside.n_parameters == alone.n_parameters + 2
    assert -0.05 < beside.loglik - (alone.loglik + 400 * np.log(0.5)) < 3
    two = by_degree(normal, 2)
    assert two.n_parameters == alone.n_parameters + 5
    assert two.loglik > alone.loglik + 50


def test_yes_no_items_are_a_latent_trait_model() -> None:
    """The likelihood at the parameters that the answers were drawn from is lower, and near."""
    rng = np.random.default_rng(6)
    a, b = np.array([-0.5, 0.0, 0.4, 0.8, -0.2]), np.array([1.0, 1.4, 0.8, 1.2, 1.6])
    y = (rng.random((800, 5)) < 1 / (1 + np.exp(-(a + b * rng.standard_normal((800, 1)))))) * 1.0
    found = by_degree(CategoricalKernel(answer_patterns(y, tuple("abcde"))), 1)

    def chance(row: np.ndarray) -> float:
        def inside(t: float) -> float:
            p = 1 / (1 + np.exp(-(a + b * t)))
            return float(np.prod(np.where(row == 1, p, 1 - p)) * norm.pdf(t))

        return float(quad(inside, -8, 8)[0])

    rows, counts = np.unique(y, axis=0, return_counts=True)
    truth = float(counts @ np.log([chance(row) for row in rows]))
    assert found.n_parameters == 10
    # Twice the gain is chi-square with ten degrees of freedom.
    assert 0 < 2 * (found.loglik - truth) < 25


def test_a_trait_is_found_where_categories_of_one_item_go_apart_more_than_items_together() -> None:
    """EM that begins with a trait of one item alone ends at the likelihood of no trait."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        trait = rng.standard_normal(600)
        answer = np.digitize(0.5 * trait + rng.standard_normal(600), [-0.7, 0.7]) + 1.0
        normal = GaussianKernel((0.5 * trait + rng.standard_normal(600))[:, None], "EEI")
        kernel = MixedKernel(CategoricalKernel(answer_patterns(answer[:, None], ("a",))), normal)
        apart = fit_mixture(kernel, 1, starts=1, rng=rng).loglik
        x = normal.x[:, 0]
        means = np.array([x[answer == k].mean() for k in (1, 2, 3)])[answer.astype(int) - 1]
        by_answer = -300 * np.log(((x - means) ** 2).mean() / x.var())
        # What three means explain, a trait explains as well: the answer has two slopes, and tells it with error.
        assert by_degree(kernel, 1).loglik - apart > 0.9 * by_answer > 4
