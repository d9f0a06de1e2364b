"""Every feature of a population: what a large sample shows against what the file says, in closed form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import SimulationError
from coprod_measure.responses.clean import clean
from coprod_measure.shipped import shipped_folder
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.population_matrices import latent_covariance
from coprod_measure.simulation.qualtrics_file import as_qualtrics_csv
from simulation.small_population import HEAD, drawn, population

PHI = NormalDist().cdf


def test_means_and_paths_of_a_group(tmp_path: Path) -> None:
    sample = drawn(
        tmp_path,
        "groups: {gender: {1: 0.5, 2: 0.5}}\n"
        "differences: [{where: {gender: 2}, means: {sit_trust: 0.5}, paths: {propensity: {drv_control: -0.3}}}]\n",
    )
    second = sample.answers["gender"] == 2
    assert second.mean() == pytest.approx(0.5, abs=0.015)
    trust = sample.latent["sit_trust"]
    assert trust[second].mean() - trust[~second].mean() == pytest.approx(0.5, abs=0.04)
    slopes = []
    for who in (~second, second):
        one = sample.latent[who]
        design = np.column_stack([one["drv_control"], one["sit_trust"], np.ones(who.sum())])
        slopes.append(np.linalg.lstsq(design, one["propensity"], rcond=None)[0][:2])
    assert slopes[0] == pytest.approx([0.4, 0.2], abs=0.03)
    assert slopes[1] == pytest.approx([0.1, 0.2], abs=0.03)


def test_an_arm_of_a_crossed_experiment_and_a_latent_class(tmp_path: Path) -> None:
    sample = drawn(
        tmp_path,
        "groups: {gender: {1: 0.5, 2: 0.5}, education: {1: 0.5, 5: 0.5}}\nclasses: [0.3, 0.7]\n"
        "differences:\n  - {where: {gender: 2, education: 5}, means: {drv_control: 0.8}}\n"
        "  - {where: {class: 1}, means: {sit_trust: 3.0}}\n",
    )
    cell = (sample.answers["gender"] == 2) & (sample.answers["education"] == 5)
    assert sample.latent.loc[cell, "drv_control"].mean() == pytest.approx(0.8, abs=0.06)
    assert sample.latent.loc[~cell, "drv_control"].mean() == pytest.approx(0.0, abs=0.04)
    # A mixture of N(0, 1) and N(3, 1): mean .9, variance 1 + .3 * .7 * 9.
    assert sample.latent["sit_trust"].mean() == pytest.approx(0.9, abs=0.05)
    assert sample.latent["sit_trust"].var() == pytest.approx(1 + 0.21 * 9, abs=0.08)


def test_loadings_and_intercepts_that_are_not_invariant(tmp_path: Path) -> None:
    sample = drawn(
        tmp_path,
        "groups: {gender: {1: 0.5, 2: 0.5}}\n"
        "differences: [{where: {gender: 2}, loadings: {sit_trust_1: -0.35}, intercepts: {sit_trust_2: 0.4}}]\n",
    )
    second = sample.answers["gender"] == 2
    items = sample.answers
    covariances = [
        np.cov(items.loc[who, "sit_trust_1"], sample.latent.loc[who, "sit_trust"])[0, 1]
        for who in (~second, second)
    ]
    # cov(score, code) = loading / sd * sum of the normal density at the six cuts between the codes.
    cuts = (np.arange(1, 7) + 0.5 - 4.5) / 1.4
    expected = [
        loading / sd * sum(NormalDist().pdf(cut / sd) for cut in cuts)
        for loading, sd in ((0.75, 1.0), (0.40, np.sqrt(0.40**2 + 1 - 0.75**2)))
    ]
    assert covariances == pytest.approx(expected, abs=0.05)  # three standard errors
    step = items.loc[second, "sit_trust_2"].mean() - items.loc[~second, "sit_trust_2"].mean()
    rise = [1 - PHI(cut) for cut in cuts], [1 - PHI(cut - 0.4) for cut in cuts]
    assert step == pytest.approx(sum(rise[1]) - sum(rise[0]), abs=0.05)


def test_thresholds_give_the_shares_of_the_normal_distribution(tmp_path: Path) -> None:
    cuts = [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5]
    sample = drawn(tmp_path, "", trust=f"thresholds: {cuts}")
    shares = sample.answers["sit_trust_1"].value_counts(normalize=True).sort_index()
    expected = np.diff([0.0, *(PHI(cut) for cut in cuts), 1.0])
    assert shares.to_numpy() == pytest.approx(expected, abs=0.012)


def test_a_skewed_construct_has_its_skewness_and_variance(tmp_path: Path) -> None:
    skewed = population(tmp_path, "", trust="skew: 1.5")
    scores = simulate(skewed, n=60_000, seed=4).latent["sit_trust"]
    assert scores.var() == pytest.approx(1.0, abs=0.03)
    assert ((scores - scores.mean()) ** 3).mean() / scores.var() ** 1.5 == pytest.approx(1.5, abs=0.12)


def test_choices_follow_a_logit(tmp_path: Path) -> None:
    # con_financial and so on are of no matter here: any item with three codes or more will do.
    sample = drawn(tmp_path, "choices: {education: {2: {sit_trust: 0.8, constant: 0.5}}}\n")
    picked = sample.answers["education"]
    both = picked.isin([1, 2])
    x, y = sample.latent.loc[both, "sit_trust"].to_numpy(), (picked[both] == 2).to_numpy(float)
    at = np.zeros(2)
    design = np.column_stack([np.ones(len(x)), x])
    for _ in range(20):
        p = 1 / (1 + np.exp(-design @ at))
        at += np.linalg.solve((design.T * (p * (1 - p))) @ design, design.T @ (y - p))
    assert at == pytest.approx([0.5, 0.8], abs=0.09)


def test_weights_undo_a_sample_that_is_not_like_its_population(tmp_path: Path) -> None:
    sample = drawn(
        tmp_path, "groups: {gender: {1: 0.5, 2: 0.5}}\nsampled: {gender: {1: 0.2, 2: 0.8}}\n", n=5_000
    )
    second = sample.answers["gender"] == 2
    weight = sample.answers["weight"]
    assert second.mean() == pytest.approx(0.8, abs=0.02)
    assert np.average(second, weights=weight) == pytest.approx(0.5, abs=0.03)
    assert weight.groupby(second).first().tolist() == pytest.approx([2.5, 0.625])


def test_clusters_share_what_the_intraclass_correlation_says(tmp_path: Path) -> None:
    clustered = population(tmp_path, "clusters: {column: country, number: 400, icc: {sit_trust: 0.2}}\n")
    sample = simulate(clustered, n=20_000, seed=3)
    groups = sample.latent["sit_trust"].groupby(sample.answers["country"].to_numpy())
    size = 50
    between = groups.mean().var() * size
    within = groups.var().mean()
    assert (between - within) / (between + (size - 1) * within) == pytest.approx(0.2, abs=0.03)
    _, _, phi = latent_covariance(clustered)
    assert np.corrcoef(sample.latent.to_numpy(), rowvar=False) == pytest.approx(phi, abs=0.04)
    trust, control = (clustered.order.index(name) for name in ("sit_trust", "drv_control"))
    assert phi[trust, control] == pytest.approx(0.3 * np.sqrt(0.8))


def test_waves_and_categories_may_have_numbers_for_names(tmp_path: Path) -> None:
    waves = population(tmp_path, "waves: {names: [1, 2], forms: {1: demo, 2: demo}}").waves
    assert waves is not None
    assert (waves.names, waves.forms) == (("1", "2"), {"1": "demo", "2": "demo"})


WAVES = """
waves:
  names: [t1, t2, t3]
  stable: {sit_trust: 0.5, drv_control: 0.5}
  lags: {sit_trust: {sit_trust: 0.3, drv_control: 0.1}, drv_control: {drv_control: 0.25}}
  attrition: 0.2
  attrition_by: {propensity: -0.5}
"""


def test_waves_have_the_covariances_of_a_random_intercept_model(tmp_path: Path) -> None:
    stayed = population(tmp_path, WAVES.replace("attrition: 0.2", "attrition: 0.0"))
    sample = simulate(stayed, n=20_000, seed=3)
    wide = pd.concat(
        [sample.latent[sample.answers["wave"] == wave].reset_index(drop=True) for wave in ("t1", "t2", "t3")],
        axis=1,
        keys=("t1", "t2", "t3"),
    )
    found = wide.loc[:, (slice(None), ["sit_trust", "drv_control"])].cov().to_numpy()
    gamma = 0.5 * np.array([[1.0, 0.3], [0.3, 1.0]])
    lags = np.array([[0.3, 0.1], [0.0, 0.25]])
    stable = gamma
    expected = np.block(
        [
            [
                stable
                + (
                    np.linalg.matrix_power(lags, s - t) @ gamma
                    if s >= t
                    else gamma @ np.linalg.matrix_power(lags, t - s).T
                )
                for t in range(3)
            ]
            for s in range(3)
        ]
    )
    assert found == pytest.approx(expected, abs=0.03)
    assert wide["t3"].var().to_numpy() == pytest.approx([1.0, 1.0, 1.0], abs=0.03)


def test_facts_about_countries_move_their_people(tmp_path: Path) -> None:
    """A fact is one score a country, and a path from it what means of countries rise by, slopes where it bends."""
    path = tmp_path / "population.yaml"
    facts = HEAD.replace("propensity: {}", "propensity: {}, mac_income_per_capita: {}") % ""
    facts = facts.replace("sit_trust: 0.2}}", "sit_trust: 0.2, mac_income_per_capita: 0.3}}")
    bent = "interactions: {propensity: {sit_trust x mac_income_per_capita: 0.2}}\n"
    path.write_text(facts + bent + "clusters: {number: 400, icc: {propensity: 0.1}}\n", encoding="utf-8")
    sample = simulate(read_population(path), n=40_000, seed=3)
    land, latent = sample.answers["country"], sample.latent
    fact = sample.answers["mac_income_per_capita"]
    assert fact.groupby(land).nunique().max() == 1
    assert fact.groupby(land).first().std() == pytest.approx(1.0, abs=0.1)
    product = latent["sit_trust"] * fact
    design = np.column_stack([latent[["drv_control", "sit_trust"]], fact, product, np.ones(len(fact))])
    found = np.linalg.lstsq(design, latent["propensity"], rcond=None)[0][:4]
    assert found == pytest.approx([0.4, 0.2, 0.3, 0.2], abs=0.04)
    assert latent["propensity"].var() == pytest.approx(1.0, abs=0.05)
    path.write_text(facts, encoding="utf-8")
    with pytest.raises(SimulationError, match="nobody is asked about 'mac_income_per_capita'"):
        read_population(path)


def test_those_leave_who_are_said_to(tmp_path: Path) -> None:
    sample = drawn(tmp_path, WAVES, n=10_000)
    counts = sample.answers.groupby("wave").size()
    assert counts["t2"] / counts["t1"] == pytest.approx(0.8, abs=0.015)
    first = sample.latent[sample.answers["wave"] == "t1"].set_axis(range(10_000))
    back = set(sample.answers.loc[sample.answers["wave"] == "t2", "person"])
    stayed = np.array([f"P{k:05d}" in back for k in range(1, 10_001)])
    # E(x | stays) for a probit of correlation -.5 with leaving: .5 * phi(z) / Phi(z), z = Phi^-1(.8).
    z = NormalDist().inv_cdf(0.8)
    assert first.loc[stayed, "propensity"].mean() == pytest.approx(0.5 * NormalDist().pdf(z) / 0.8, abs=0.03)
    assert set(sample.answers.loc[sample.answers["wave"] == "t3", "person"]) <= back


def test_waves_reach_the_rooms_as_rows_of_people(tmp_path: Path) -> None:
    sample = drawn(tmp_path, WAVES, n=60)
    answers = as_responses(sample, roles={"wave": "wave"})
    assert (answers.waves, answers.people) == (3, 60)
    assert clean(answers).waves == 3
    by_person = answers.frame["gender"].groupby(answers.about["respondent"].to_numpy()).nunique()
    assert by_person.max() == 1
    assert "t1" in as_qualtrics_csv(sample).splitlines()[3]


def test_blanks_depend_on_what_was_answered(tmp_path: Path) -> None:
    sample = drawn(tmp_path, "habits: {missing: 0.1, missing_by: {age: 1.0}}\n", n=8_000)
    blank = sample.answers["drv_control_1"].isna()
    assert blank.mean() == pytest.approx(0.1, abs=0.02)
    assert sample.answers["age"].notna().all()
    age = sample.answers["age"]
    old = age > age.median()
    assert blank[old].mean() > 3 * blank[~old].mean()


def test_kinds_of_careless_answers(tmp_path: Path) -> None:
    sample = drawn(tmp_path, "habits: {careless_late: 0.1, careless_seesaw: 0.1}\n", n=600)
    assert sample.behaviour.value_counts().to_dict() == {"careful": 480, "late": 60, "seesaw": 60}
    ends = sample.answers.loc[sample.behaviour == "seesaw", ["sit_trust_1", "sit_trust_2", "sit_trust_3"]]
    assert set(np.unique(ends.to_numpy())) == {1.0, 7.0}
    assert (ends["sit_trust_1"] != ends["sit_trust_2"]).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("differences: [{where: {gendre: 2}}]", "no item 'gendre'"),
        ("differences: [{where: {gender: 2}, means: {trust: 1}}]", "'trust' is not among the constructs"),
        ("classes: [0.5, 0.4]", "classes add up to 0.9"),
        ("groups: {gender: {1: -1, 2: 2}}", "a share of 'gender' is -1"),
        ("differences: [{where: {wave: 2}, means: {sit_trust: 1}}]", "states none: see waves"),
        ("differences: [{where: {class: 1}}]", "no class 1"),
        ("sampled: {gender: {1: 1.0}}", "groups does not say"),
        ("interactions: {propensity: {sit_trust: 0.1}}", "no product of two"),
        ("ceilings: {propensity: {trust: 1}}", "'trust' is not among"),
        ("waves: {names: [a, b], lags: {propensity: {sit_trust: 0.9}}}", "'propensity' explain more than what changes"),
        ("waves: {names: [a, b], moves: [[1.0]]}", "moves of 1 classes, where there are 0"),
        ("classes: [0.5, 0.5]\nwaves: {names: [a, b], moves: [[0.9, 0.2], [0, 1]]}", "shares of class 1 add up to 1.1"),
        ("waves: {names: [a, b]}\ndifferences: [{where: {wave: 3}}]", "there is no wave 3"),
        ("habits: {method_variance: 0.5}", "items of 'sit_trust' have a variance of 1.06"),
        ("habits: {careless_random: 0.6, unfinished: 0.6}", "careless_random, unfinished are 120% of all"),
        ("waves: {names: [a, b], attrition_by: {sit_trust: 1.5}}", "what makes people leave explains 225%"),
        ("waves: {names: [a, a]}", "'a' stands there twice"),
        ("classes: [1.2, -0.2]", "must be above 0"),
        ("differences: [{where: {gender: 99}}]", "'gender' has no answer 99"),
        ("choices: {strategy_choice_1: {77: {sit_trust: 1}}}", "no answer 77"),
        ("categories: {names: [a, b], each: 5}", "about 5 of 2 categories"),
        ("groups: {gender: {1: 0.5, 2: 0.5}}\nsampled: {gender: {1: 0.9, 2: 0.9}}", "in the sample add up to 1.8"),
        ("decision: nothing", "no item 'nothing'"),
        ("correlations: [{among: [sit_trust, nobody], value: 0.5}]", "'nobody' is not among the constructs"),
        ("ceilings: {propensity: {sit_trust: .nan}}", "must be a finite number, not nan"),
        ("clusters: {column: age, number: 3}", "'age' is another column"),
        ("waves: {names: [a, b], forms: {a: demoo}}", "no form 'demoo'"),
        ("clusters: {number: 9, icc: {sit_trust: 0.6}}\nwaves: {names: [a, b], stable: {sit_trust: 0.6}}", "more than all"),
        ("correlations: [{among: [sit_trust, drv_control], value: 0.95}, {among: [sit_trust, propensity], value: -0.95},"
         " {among: [drv_control, propensity], value: 0.9}]", "contradict each other"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SimulationError, match=words):
        population(tmp_path, text + "\n")


def test_thresholds_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="2 thresholds for items of 7 codes"):
        population(tmp_path, "", trust="thresholds: [0, 1]")
    with pytest.raises(SimulationError, match="a mean of 9, where answers go from 1 to 7"):
        population(tmp_path, "", trust="mean: 9")
    with pytest.raises(SimulationError, match="'sit_trust' explain more than what changes"):
        population(
            tmp_path, "waves: {names: [a, b], lags: {sit_trust: {sit_trust: 0.9, drv_control: 0.5}}}\n"
        )


def test_the_documentation_is_a_population_and_names_every_key(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "population.md").read_text(encoding="utf-8")
    path = tmp_path / "population.yaml"
    path.write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    sample = simulate(read_population(path), n=200, seed=1)
    assert {"wave", "person", "country", "weight"} <= set(sample.answers)
    schema = json.loads((shipped_folder("instruments") / "schema" / "population.schema.json").read_text())
    keys = {*schema["properties"], *(key for part in schema["$defs"].values() for key in part["properties"])}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", page)] == []
