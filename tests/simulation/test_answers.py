"""Simulated answers have the parameters they were drawn with, and the flaws that were asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from coprod_measure.shipped import shipped_folder
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.population import Habits
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.population_matrices import latent_covariance
from coprod_measure.simulation.qualtrics_file import as_qualtrics_csv

FOLDER = shipped_folder("data/sample") / "coproduction"
POPULATION = read_population(FOLDER / "population.yaml")
CAREFUL = replace(POPULATION, habits=Habits())


def test_the_stored_sample_is_what_its_population_gives() -> None:
    assert as_qualtrics_csv(simulate(POPULATION)) == (FOLDER / "responses.csv").read_text(encoding="utf-8")


def test_another_seed_gives_other_answers() -> None:
    first, second = (simulate(CAREFUL, n=50, seed=seed).answers for seed in (1, 2))
    assert not first.equals(second)
    assert first.equals(simulate(CAREFUL, n=50, seed=1).answers)


def test_latent_scores_recover_the_population() -> None:
    sample = simulate(CAREFUL, n=40_000, seed=3)
    _, _, phi = latent_covariance(CAREFUL)
    observed = np.corrcoef(sample.latent.to_numpy(), rowvar=False)
    # Four standard errors of a correlation at this n.
    assert np.abs(observed - phi).max() < 4 / np.sqrt(40_000)


def test_items_load_as_the_population_says() -> None:
    sample = simulate(CAREFUL, n=40_000, seed=4)
    items = sample.answers[["con_task_expertise_1", "con_task_expertise_2", "con_task_expertise_3"]]
    r = items.corr().to_numpy()
    loading = np.sqrt(r[0, 1] * r[0, 2] / r[1, 2])  # triad formula
    # Rounding to seven points takes a little from the continuous loading of .78.
    assert 0.74 < loading < 0.78
    keyed = sample.answers["con_task_expertise_4"]
    assert np.corrcoef(keyed, items["con_task_expertise_1"])[0, 1] < -0.5


def test_flaws_have_the_shares_that_were_asked_for() -> None:
    sample = simulate(POPULATION)
    counts = sample.behaviour.value_counts()
    assert counts.to_dict() == {
        "careful": 1032, "random": 60, "straight": 60, "unfinished": 36, "no_consent": 12, "duplicate": 12,
    }  # fmt: skip
    engaged = sample.answers["decision_engage_1"] == 1
    assert sample.answers.loc[~engaged, "eva_effectiveness_1"].isna().all()
    assert sample.answers.loc[engaged, "eva_effectiveness_1"].notna().mean() > 0.9
    straight = sample.answers[sample.behaviour == "straight"]
    block = straight[["rc_misperformance_1", "rc_misperformance_2", "rc_misperformance_3", "cst_time_1"]]
    assert (block.nunique(axis=1) <= 1).all()


def test_the_file_says_of_every_row_that_it_is_simulated(tmp_path: Path) -> None:
    lines = as_qualtrics_csv(simulate(CAREFUL, n=5, seed=1)).splitlines()
    assert len(lines) == 3 + 5
    assert all(line.endswith(",simulated") for line in lines[3:])
    assert '"{""ImportId"":""QID1""}"' in lines[2]


def test_groups_are_obeyed_by_an_item_of_a_construct_outside_the_model(tmp_path: Path) -> None:
    path = tmp_path / "population.yaml"
    path.write_text(
        "id: small\ntitle: Small\ninstrument: etgar2007\nform: demo\nseed: 1\nconstructs: {sit_trust: {}}\n"
        "groups: {decision_engage_1: {0: 0.9, 1: 0.1}}\n",
        encoding="utf-8",
    )
    answers = simulate(read_population(path), 2000, seed=3).answers["decision_engage_1"]
    assert abs(answers.mean() - 0.1) < 0.02
