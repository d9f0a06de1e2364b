"""What changes from wave to wave: large samples against what the file says, in closed form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.simulation.answers import SimulatedSample
from coprod_measure.simulation.claims import has_effect, without_effects
from simulation.small_population import drawn, population
from structure.by_hand import a_claim

TRUST = "sd: 0.8, mean: 4"


def by_wave(folder: Path, text: str) -> tuple[SimulatedSample, list[pd.DataFrame]]:
    """A sample, and its scores wave by wave."""
    sample = drawn(folder, text, trust=TRUST)
    waves = sample.answers["wave"]
    return sample, [sample.latent[waves == name].reset_index(drop=True) for name in waves.unique()]


def slopes(scores: pd.DataFrame) -> np.ndarray:
    design = np.column_stack([scores["drv_control"], scores["sit_trust"], np.ones(len(scores))])
    return np.asarray(np.linalg.lstsq(design, scores["propensity"].to_numpy(), rcond=None)[0])


def test_an_outcome_has_causes_in_its_wave_and_in_the_one_before(tmp_path: Path) -> None:
    """Covariances over waves are the stable part and Lambda^k times what changes, Lambda = (I - B)^-1 L."""
    _, scores = by_wave(
        tmp_path,
        "waves: {names: [a, b, c], stable: {propensity: 0.3}, lags: {drv_control: {propensity: 0.2},"
        " propensity: {propensity: 0.3, drv_control: 0.15}}}",
    )
    names = ["sit_trust", "drv_control", "propensity"]
    total = np.linalg.inv(np.eye(3) - np.array([[0, 0, 0], [0, 0, 0], [0.2, 0.4, 0]]))
    left = 1 - 0.4**2 - 0.2**2 - 2 * 0.4 * 0.2 * 0.3
    stable = np.diag([0, 0, 0.3 * left])
    within = total @ np.array([[1, 0.3, 0], [0.3, 1, 0], [0, 0, 0.7 * left]]) @ total.T
    carried = total @ np.array([[0, 0, 0], [0, 0, 0.2], [0, 0.15, 0.3]])
    first = scores[0][names]
    for number, one in enumerate(scores):
        found = np.cov(one[names].T, first.T)[:3, 3:]
        expected = total @ stable @ total.T + np.linalg.matrix_power(carried, number) @ within
        assert found == pytest.approx(expected, abs=0.03)
        assert one[names].cov().to_numpy() == pytest.approx(within + stable, abs=0.03)
        assert slopes(one)[:2] == pytest.approx([0.4, 0.2], abs=0.03)


def test_means_paths_and_items_change_from_wave_to_wave(tmp_path: Path) -> None:
    """A mean that grows by .2 a wave, a path that ends, items that drift: their line on latent scores."""
    sample, scores = by_wave(
        tmp_path,
        """
waves: {names: [a, b, c]}
differences:
  - {where: {wave: 2}, means: {drv_control: 0.2}}
  - {where: {wave: 3}, means: {drv_control: 0.4}, paths: {propensity: {drv_control: -0.4}}}
  - {where: {wave: 3}, loadings: {sit_trust_1: -0.3}, intercepts: {sit_trust_2: 0.5}}
""",
    )
    assert [one["drv_control"].mean() for one in scores] == pytest.approx([0, 0.2, 0.4], abs=0.02)
    assert [slopes(one)[0] for one in scores] == pytest.approx([0.4, 0.4, 0.0], abs=0.03)
    for number, name in enumerate("abc"):
        answers = sample.answers[sample.answers["wave"] == name].reset_index(drop=True)
        for item, slope, mean in (("sit_trust_1", 0.75 - 0.3 * (number == 2), 0), ("sit_trust_2", 0.75, 0.5)):
            fitted = np.polyfit(scores[number]["sit_trust"], answers[item] - 4, 1)
            # Codes cut off the ends of a scale of sd .8 hardly at all.
            assert fitted == pytest.approx([0.8 * slope, 0.8 * mean * (number == 2)], abs=0.03)


def test_people_move_between_latent_classes(tmp_path: Path) -> None:
    """Shares are pi P^t, and classes are 4 SD apart in trust, so that who is where can be seen."""
    _, scores = by_wave(
        tmp_path,
        """
classes: [0.7, 0.2, 0.1]
waves: {names: [a, b, c], stable: {sit_trust: 0.9}, moves: [[0.6, 0.4, 0], [0.1, 0.8, 0.1], [0, 0, 1]]}
differences: [{where: {class: 2}, means: {sit_trust: 8}}, {where: {class: 3}, means: {sit_trust: 16}}]
""",
    )
    moves = np.array([[0.6, 0.4, 0], [0.1, 0.8, 0.1], [0, 0, 1]])
    seen = [np.digitize(one["sit_trust"], [4, 12]) for one in scores]
    for number, own in enumerate(seen):
        shares = np.array([0.7, 0.2, 0.1]) @ np.linalg.matrix_power(moves, number)
        assert np.bincount(own) / len(own) == pytest.approx(shares, abs=0.015)
    table = pd.crosstab(seen[1], seen[2], normalize="index").to_numpy()
    assert table == pytest.approx(moves, abs=0.02)


def test_items_differ_between_categories(tmp_path: Path) -> None:
    text = (
        "categories: {names: [x, y]}\ndifferences: [{where: {category: 2}, intercepts: {sit_trust_1: 0.5}}]\n"
    )
    sample = drawn(tmp_path, text, n=10_000, trust=TRUST)
    means = sample.answers.groupby("category")["sit_trust_1"].mean()
    assert means["y"] - means["x"] == pytest.approx(0.8 * 0.5, abs=0.03)


def test_growth_that_is_claimed_is_known_and_switched_off(tmp_path: Path) -> None:
    text = "waves: {names: [a, b]}\ndifferences: [{where: {wave: 2}, means: {propensity: 0.4}}]"
    growing = population(tmp_path, text, TRUST)
    grows = a_claim("G", "over_time", (), ("propensity",), "positive", statement="Grows.", needs_waves=2)
    other = a_claim("T", "over_time", (), ("sit_trust",), "positive", statement="Grows.", needs_waves=2)
    assert has_effect(growing, grows)
    assert not has_effect(growing, other)
    theory = replace(growing.instrument.theory, hypotheses={"G": grows})
    own = replace(growing, instrument=replace(growing.instrument, theory=theory))
    assert not has_effect(without_effects(own, ["G"]), grows)
