"""The search: from any start to the same minimum, never without end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.solution.minimize import minimize
from coprod_measure.estimation.solution.starting_values import starting_values

DATA = Path(__file__).parents[2] / "reference" / "data"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


def solution(model: str = THREE, file: str = "holzinger_swineford.csv"):
    return cm.sem(model, pd.read_csv(DATA / file)).solution


@pytest.mark.parametrize("seed", range(5))
def test_every_start_leads_to_the_same_minimum(seed: int) -> None:
    found = solution()
    rng = np.random.default_rng(seed)
    start = found.minimum.x * rng.uniform(0.5, 1.8, len(found.minimum.x))
    again = minimize(found.discrepancy, found.model, start)
    assert again.converged
    assert again.value == pytest.approx(found.minimum.value, abs=1e-12)
    np.testing.assert_allclose(again.x, found.minimum.x, rtol=1e-6, atol=1e-8)


def test_the_gradient_vanishes_and_steps_are_few() -> None:
    found = solution()
    assert np.abs(found.discrepancy.gradient(found.model, found.minimum.x)).max() < 1e-7
    assert found.minimum.n_iterations <= 10


def test_limit_of_iterations_is_kept() -> None:
    found = solution()
    start = starting_values(found.model, found.sample, "plain")
    stopped = minimize(found.discrepancy, found.model, start, max_iterations=1)
    assert not stopped.converged
    assert "limit of 1 iterations" in stopped.reason


def test_impossible_start_is_reported() -> None:
    found = solution()
    stopped = minimize(found.discrepancy, found.model, -np.abs(found.minimum.x))
    assert not stopped.converged
    assert "impossible" in stopped.reason


def test_starting_values_have_the_signs_of_the_data() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    turned = data.assign(x2=-data["x2"])
    fit = cm.cfa(THREE, turned)
    model, sample = fit.solution.model, fit.solution.sample
    start = dict(zip(model.names(), starting_values(model, sample), strict=True))
    assert start["visual=~x2"] < 0 < start["visual=~x3"]
    assert np.isfinite(MaximumLikelihood(sample).value(model, starting_values(model, sample)))


def test_users_starting_values_are_taken() -> None:
    found = solution(THREE.replace("x2", "start(0.123)*x2"))
    start = dict(zip(found.model.names(), starting_values(found.model, found.sample), strict=True))
    assert start["visual=~x2"] == pytest.approx(0.123)


@pytest.mark.parametrize("seed", range(6))
def test_random_recursive_models_converge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, factors = 400, 6
    scores, lines, columns = np.zeros((n, factors)), [], {}
    for f in range(factors):
        causes = [j for j in range(f) if rng.random() < 0.5]
        scores[:, f] = rng.normal(size=n) + scores[:, causes] @ rng.uniform(-0.6, 0.6, len(causes))
        if causes:
            lines.append(f"f{f} ~ " + " + ".join(f"f{j}" for j in causes))
        lines.append(f"f{f} =~ " + " + ".join(f"y{f}{k}" for k in range(3)))
        for k in range(3):
            columns[f"y{f}{k}"] = scores[:, f] * rng.choice([-1, 1]) * rng.uniform(0.4, 1.5) + rng.normal(
                size=n
            )
    fit = cm.sem("\n".join(lines), pd.DataFrame(columns))
    assert fit.converged
    assert np.abs(fit.solution.discrepancy.gradient(fit.solution.model, fit.solution.minimum.x)).max() < 1e-5


def test_a_marker_that_hardly_loads_does_not_stop_the_search() -> None:
    # The first indicator of g loads near zero: scoring alone runs to infinite loadings of the others.
    rng = np.random.default_rng(3)
    f = rng.normal(size=500)
    g = 0.5 * f + rng.normal(size=500)
    loadings = {"x1": 1.0, "x2": 0.8, "x3": 0.7, "y1": 0.04, "y2": 0.9, "y3": -0.8}
    data = pd.DataFrame(
        {k: (f if k[0] == "x" else g) * v + rng.normal(size=500) for k, v in loadings.items()}
    )
    fit = cm.sem("f =~ x1 + x2 + x3\ng =~ y1 + y2 + y3\ng ~ f", data)
    strong = cm.sem("f =~ x1 + x2 + x3\ng =~ y2 + y1 + y3\ng ~ f", data)
    assert fit.converged
    assert fit.test.value == pytest.approx(strong.test.value, rel=1e-4)
