"""A population is read whole, and one that cannot exist is refused."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from coprod_measure.errors import SimulationError
from coprod_measure.shipped import shipped_folder
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.population_matrices import latent_covariance

SAMPLE = shipped_folder("data/sample") / "coproduction" / "population.yaml"
SMALL = """
id: small
title: Small
instrument: etgar2007
form: demo
seed: 1
constructs: {sit_trust: {}, drv_control: {}, propensity: {}}
paths: {drv_control: {sit_trust: 0.5}, propensity: {drv_control: 0.4, sit_trust: 0.2}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "population.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_implied_correlations_follow_the_tracing_rules(tmp_path: Path) -> None:
    population = read_population(written(tmp_path, SMALL))
    beta, psi, phi = latent_covariance(population)
    order = population.order
    trust, control, propensity = (order.index(name) for name in ("sit_trust", "drv_control", "propensity"))
    # By hand: r(trust, propensity) = .2 + .5 * .4; r(control, propensity) = .4 + .5 * .2.
    assert phi[trust, control] == pytest.approx(0.5)
    assert phi[trust, propensity] == pytest.approx(0.4)
    assert phi[control, propensity] == pytest.approx(0.5)
    assert psi[propensity, propensity] == pytest.approx(1 - (0.4 * 0.5 + 0.2 * 0.4))
    assert beta[propensity, control] == 0.4


def test_every_variance_of_the_sample_population_is_one() -> None:
    _, _, phi = latent_covariance(read_population(SAMPLE))
    assert np.diag(phi) == pytest.approx(1.0)
    assert np.linalg.eigvalsh(phi).min() > 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("sit_trust: {}", "sit_trustt: {}"), "unknown-construct"),
        (("form: demo", "form: dmeo"), "unknown-form"),
        (("{sit_trust: 0.5}", "{sit_trust: 0.5, propensity: 0.1}"), "population-cycle"),
        (("drv_control: 0.4", "drv_control: 1.4"), "population-overexplained"),
        (("seed: 1", "seed: -1"), ""),
        (("seed: 1", "seed: 1\ngroups: {gendre: {1: 1.0}}"), "unknown-item"),
        (("seed: 1", "seed: 1\ngroups: {gender: {1: 0.5, 7: 0.5}}"), "unknown-code"),
        (("seed: 1", "seed: 1\ngroups: {gender: {1: 0.5, 2: 0.4}}"), "no-shares"),
        (("seed: 1", "seed: 1\ngroups: {sit_trust_1: {1: 0.5, 2: 0.5}}"), "group-of-construct"),
        (("seed: 1", "seed: 1\ngroups: {attention_1: {6: 1.0}}"), "group-of-control"),
    ],
)
def test_an_impossible_population_is_refused(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    with pytest.raises(SimulationError) as caught:
        latent_covariance(read_population(written(tmp_path, SMALL.replace(*change))))
    assert code in {problem.code for problem in caught.value.problems} or not code
    assert "population.yaml" in str(caught.value) or caught.value.problems[0].cure


NONLINEAR = SMALL.replace(
    "propensity: {drv_control: 0.4, sit_trust: 0.2}}", "propensity: {drv_control: 0.3}}"
) + ("interactions: {propensity: {drv_control x sit_trust: 0.2, sit_trust x sit_trust: -0.15}}\n")


def test_products_and_squares_have_the_moments_of_isserlis(tmp_path: Path) -> None:
    population = read_population(written(tmp_path, NONLINEAR))
    _, psi, phi = latent_covariance(population)
    last = population.order.index("propensity")
    # r = .5: var(xz) = 1.25, var(x^2) = 2, cov(xz, x^2) = 2 * .5 = 1.
    explained = 0.3**2 + 0.2**2 * 1.25 + 0.15**2 * 2 - 2 * 0.2 * 0.15 * 1.0
    assert psi[last, last] == pytest.approx(1 - explained)
    assert np.diag(phi) == pytest.approx(1.0)
    scores = simulate(population, n=40_000, seed=5).latent
    x, z, y = (scores[name] for name in ("sit_trust", "drv_control", "propensity"))
    assert y.var() == pytest.approx(1.0, abs=0.03)
    assert y.mean() == pytest.approx(0.0, abs=0.02)
    design = np.column_stack([x, z, x * z - 0.5, x * x - 1, np.ones(len(x))])
    found = np.linalg.lstsq(design, y, rcond=None)[0]
    assert found[:4] == pytest.approx([0.0, 0.3, 0.2, -0.15], abs=0.02)


def test_an_outcome_is_never_far_above_a_necessary_condition(tmp_path: Path) -> None:
    population = read_population(written(tmp_path, SMALL + "ceilings: {propensity: {sit_trust: 1.0}}\n"))
    scores = simulate(population, n=5_000, seed=6).latent
    over = scores["propensity"] - scores["sit_trust"]
    assert over.max() == pytest.approx(1.0)
    # A share Phi(-1 / sd of the difference) lies on the ceiling.
    sd = np.sqrt(2 - 2 * 0.4)
    assert (over > 1 - 1e-9).mean() == pytest.approx(NormalDist().cdf(-1 / sd), abs=0.02)


def test_residuals_that_correlate_with_causes_leave_every_variance_at_one(tmp_path: Path) -> None:
    text = SMALL + "correlations: [{among: [drv_control, propensity], value: 0.3}]\n"
    population = read_population(written(tmp_path, text))
    beta, psi, phi = latent_covariance(population)
    inverse = np.linalg.inv(np.eye(3) - beta)
    assert np.diag(phi) == pytest.approx(1.0)
    assert inverse @ psi @ inverse.T == pytest.approx(phi)
    scores = simulate(population, n=20_000, seed=7).latent
    assert np.corrcoef(scores.to_numpy(), rowvar=False) == pytest.approx(phi, abs=0.03)
