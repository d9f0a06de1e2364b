"""A drafted population holds what the theory claims, is a file that can be read, and says where numbers are from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.claims import (
    has_effect,
    scaled,
    terms_of,
    with_reliability,
    with_smallest_effect,
)
from coprod_measure.simulation.draft import Draft, draft_population
from coprod_measure.simulation.draft_file import population_text
from coprod_measure.simulation.first_cause import importance
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.population_matrices import latent_covariance
from coprod_measure.simulation.switched_off import without
from study.sorted_people import write_sorted_people

INSTRUMENT = read_instrument("etgar2007")


@pytest.fixture(scope="module")
def wide() -> Draft:
    return draft_population(INSTRUMENT, "wide")


def test_a_draft_is_a_file_that_says_the_same(wide: Draft, tmp_path: Path) -> None:
    path = tmp_path / "population.yaml"
    path.write_text(population_text(wide), encoding="utf-8")
    read = read_population(path)
    assert list(read.constructs) == list(wide.population.constructs)
    for part in ("paths", "interactions", "ceilings"):
        own, other = getattr(wide.population, part), getattr(read, part)
        assert own.keys() == other.keys()
        for target in own:
            assert own[target] == pytest.approx(other[target], abs=5e-4)
    assert read.habits == wide.population.habits
    numbers = [line for line in path.read_text().splitlines() if line.startswith("    ")]
    assert len(numbers) > 100
    assert all("# H" in line or "# RQ" in line for line in numbers)


def test_every_equation_explains_no_more_than_is_assumed(wide: Draft) -> None:
    _, psi, phi = latent_covariance(wide.population)
    assert np.diag(phi) == pytest.approx(1.0)
    assert (1.0 - np.diag(psi)).max() <= 0.50 + 1e-9
    assert np.linalg.eigvalsh(phi).min() > 0


def test_signs_are_those_of_the_hypotheses(wide: Draft) -> None:
    paths = wide.population.paths
    assert paths["propensity"]["cb_net_judgement"] > 0 > paths["propensity"]["pro_brand_power"]
    # H3j: expertise improves the judgement because it lowers a risk, which harms it.
    assert paths["rc_misperformance"]["con_task_expertise"] < 0
    assert paths["cb_net_judgement"]["rc_misperformance"] < -0.05
    assert (
        wide.population.interactions["propensity"][
            "pro_attribute_differentiation", "pro_difference_importance"
        ]
        > 0
    )
    assert set(wide.population.ceilings["propensity"]) > {"sit_trust"}
    assert "later waves" in wide.left_out["H12a"]


def test_the_whole_bank_can_be_drawn(wide: Draft) -> None:
    sample = simulate(wide.population, n=60, seed=1)
    asked = [one for one in INSTRUMENT.forms["wide"].item_ids if INSTRUMENT.items[one].kind != "display"]
    assert sample.answers.shape == (61, len(asked))


def test_a_claim_is_switched_off_and_no_other(wide: Draft) -> None:
    off = without(wide.population, ["H4c", "H1j", "H5b"])
    hypotheses = INSTRUMENT.theory.hypotheses
    assert not any(has_effect(off, hypotheses[id_]) for id_ in ("H4c", "H1j", "H5b"))
    assert has_effect(off, hypotheses["H9c"])
    assert has_effect(off, hypotheses["H5d"])
    assert (
        off.paths["propensity"]["cb_net_judgement"] == wide.population.paths["propensity"]["cb_net_judgement"]
    )
    # What is mediated is switched off at its last step.
    assert {(term.target, term.source) for term in terms_of(hypotheses["H3j"], INSTRUMENT.theory)} == {
        ("cb_net_judgement", "rc_misperformance")
    }
    # What bends an indirect effect is a product, of the step that is bent.
    arms = {("ssb_attribution", "phase_design", by) for by in ("eva_output_quality", "ssb_choice")}
    theory = INSTRUMENT.theory
    found = {(one.target, one.source, one.moderator) for one in terms_of(hypotheses["H8e"], theory)}
    assert arms < found
    assert {target for target, _, _ in found} == {"ssb_attribution"}
    other = terms_of(replace(hypotheses["H8e"], bends="second"), theory)
    assert {(one.target, one.source) for one in other} == {("eva_satisfaction", "ssb_attribution")}
    assert has_effect(wide.population, hypotheses["H8e"])
    assert not has_effect(without(wide.population, ["H8e"]), hypotheses["H8e"])
    with pytest.raises(SimulationError, match="no hypothesis 'H4z'"):
        without(wide.population, ["H4z"])


def test_effects_and_reliabilities_are_those_asked_for(wide: Draft) -> None:
    half = scaled(wide.population, 0.5)
    own, other = half.paths["propensity"], wide.population.paths["propensity"]
    assert own["sit_trust"] == pytest.approx(other["sit_trust"] / 2)
    small = with_smallest_effect(wide.population, ["H1d"], 0.05)
    assert small.paths["propensity"]["cb_net_judgement"] == 0.05
    assert small.paths["propensity"]["sit_trust"] == other["sit_trust"]
    reliable = with_reliability(wide.population, 0.8)
    asked = INSTRUMENT.forms["wide"].item_ids
    k = sum(item.id in asked for item in INSTRUMENT.items_of("sit_trust"))
    r = reliable.constructs["sit_trust"].loading ** 2
    assert k * r / (1 + (k - 1) * r) == pytest.approx(0.8)
    with pytest.raises(SimulationError, match=r"reliability of 1\.2"):
        with_reliability(wide.population, 1.2)


STATED = """
id: stated
title: Stated
instrument: etgar2007
form: core
seed: 1
constructs: {propensity: {}, con_resources: {}, rc_misperformance: {}, sit_trust: {}, drv_control: {}}
differences:
  - {where: {pro_category_1: 1}, means: {propensity: 0.3}}
  - {where: {class: 1}, means: {propensity: 0.8}}
classes: [0.4, 0.6]
choices: {strategy_choice_1: {2: {con_resources: 0.5, constant: 0.2}}}
"""


def test_differences_choices_and_classes_carry_claims(tmp_path: Path) -> None:
    """H4f and RQ4 compare categories, H7f is about a choice, RQ3a about kinds of people, H1l about sameness."""
    file = tmp_path / "population.yaml"
    file.write_text(STATED, encoding="utf-8")
    population = read_population(file)
    hypotheses = INSTRUMENT.theory.hypotheses
    stated = {
        id_ for id_ in ("H4f", "RQ4", "H7f", "RQ3a", "H1l", "H7e") if has_effect(population, hypotheses[id_])
    }
    assert stated == {"H4f", "RQ4", "H7f", "RQ3a", "H1l"}
    half = scaled(population, 0.5)
    assert half.differences[0].means == {"propensity": 0.15}
    assert half.choices["strategy_choice_1"][2] == {"con_resources": 0.25, "constant": 0.2}
    off = without(population, ["H4f", "H7f", "RQ3a"])
    assert [dict(one.means) for one in off.differences] == [{}, {}]
    assert off.choices["strategy_choice_1"][2] == {"constant": 0.2}
    assert not any(has_effect(off, hypotheses[id_]) for id_ in ("H4f", "RQ4", "H7f", "RQ3a"))
    with pytest.raises(SimulationError, match="nothing that H1l claims to be the same can differ"):
        without(population, ["H1l"])


@pytest.mark.parametrize("correlation", [0.0, 0.2])
def test_claims_about_measures_and_correlations(correlation: float, tmp_path: Path) -> None:
    """RQ6 is a correlation, H13c a factor behind three facets; H5h, that two measures are not one."""
    parts = ("par_information_sharing", "par_responsible_behaviour", "par_personal_interaction")
    named = ("propensity", "drv_cost_reduction", "sit_trust", "sit_opportunism_expected", *parts)
    text = STATED[: STATED.index("constructs:")] + f"correlation: {correlation}\nconstructs:\n"
    file = tmp_path / "population.yaml"
    file.write_text(text + "".join(f"  {name}: {{}}\n" for name in named), encoding="utf-8")
    population = read_population(file)
    hypotheses = INSTRUMENT.theory.hypotheses
    assert has_effect(population, hypotheses["RQ6"]) is bool(correlation)
    assert has_effect(population, hypotheses["H13c"]) is bool(correlation)
    assert has_effect(population, hypotheses["H5h"])
    if correlation:
        off = without(population, ["RQ6", "H13c", "H5h"])
        assert not any(has_effect(off, hypotheses[id_]) for id_ in ("RQ6", "H13c", "H5h"))


def test_a_draft_lets_categories_differ_and_causes_move_choices(wide: Draft, tmp_path: Path) -> None:
    """H4f names high and low categories; H7e and H7f are about the choice of a strategy."""
    hypotheses = INSTRUMENT.theory.hypotheses
    claimed = ("H4f", "RQ4", "H7e", "H7f", "RQ3a", "RQ3b", "H11g")
    assert all(has_effect(wide.population, hypotheses[id_]) for id_ in claimed)
    assert not set(claimed) & set(wide.left_out)
    path = tmp_path / "population.yaml"
    path.write_text(population_text(wide), encoding="utf-8")
    again = read_population(path)
    assert again.differences == wide.population.differences
    assert (again.choices, again.classes) == (wide.population.choices, wide.population.classes)
    # Ceilings cut off what is high, so that groups differ less below them.
    sample = simulate(replace(wide.population, ceilings={}), n=20_000, seed=4)
    category = sample.answers["pro_category_1"]
    means = sample.latent["propensity"].groupby(category).mean()
    assert means[1] - means[8] == pytest.approx(0.30, abs=0.1)  # a computer built to order, washing powder
    # Two classes lie apart on both, the same way round.
    apart = sample.latent[["phase_initiating", "drv_goal_importance"]].corr().iloc[0, 1]
    alone = without(wide.population, ["RQ3a", "RQ3b"])
    assert not any("class" in one.where and one.means for one in alone.differences)
    again = simulate(replace(alone, ceilings={}), n=20_000, seed=4)
    assert apart > again.latent[["phase_initiating", "drv_goal_importance"]].corr().iloc[0, 1] + 0.1


def test_paths_are_stronger_where_a_contrast_says_so(wide: Draft) -> None:
    """Goods that others see (H6f): a luxury bag against repairs, groceries and washing powder."""
    sample = simulate(replace(wide.population, ceilings={}), n=20_000, seed=6)
    kinds = sample.answers["pro_category_1"]
    slope = {
        kind: np.polyfit(own["drv_differentiation"], own["propensity"], 1)[0]
        for kind, own in sample.latent.groupby(kinds)
    }
    assert slope[7] - np.mean([slope[4], slope[6], slope[8]]) == pytest.approx(0.24, abs=0.08)
    off = without(wide.population, ["H6f"])
    assert not any(one.paths.get("propensity", {}).get("drv_differentiation") for one in off.differences)


def test_a_draft_of_an_own_theory_fits_its_scales_groups_and_choices(tmp_path: Path) -> None:
    """Five points, a country that moderates, and a yes that is coded 1."""
    draft = draft_population(read_instrument(write_sorted_people(tmp_path, claims=2)), "all")
    assert draft.left_out == {}
    path = tmp_path / "population.yaml"
    path.write_text(population_text(draft, "own.yaml"), encoding="utf-8")
    sample = simulate(read_population(path), n=20_000, seed=4)
    assert sample.answers["ease_1"].mean() == pytest.approx(1 + 4 * (4.5 - 1) / 6, abs=0.05)
    lands = sample.answers["land_1"]
    assert lands.value_counts(normalize=True).tolist() == pytest.approx([1 / 3] * 3, abs=0.02)
    slope = {land: np.polyfit(own["ease"], own["will"], 1)[0] for land, own in sample.latent.groupby(lands)}
    assert slope[3] - slope[1] == pytest.approx(0.3, abs=0.06)
    paid = sample.answers["paid_1"]
    means = sample.latent["will"].groupby(paid).mean()
    assert means[1] > means[0] + 0.2
    off = without(draft.population, ["A1", "A2"])
    assert not any(one.paths.get("will", {}).get("ease") for one in off.differences)


def test_what_a_draft_leaves_out_says_why(wide: Draft) -> None:
    assert "sorts people" in wide.left_out["H2a"]
    over = draft_population(INSTRUMENT, "wide", waves=True, country="land").left_out
    assert set(over) == {"H3e", "H5g", "H11b", "H11f", "H13i"}
    assert set(map(str, over.values())) == {"the form does not ask about all of it"}
    assert "countries" in wide.left_out["H2b"]
    assert "H8c" not in wide.left_out  # co-production is computed: its parts are bent
    assert "does not ask" in draft_population(INSTRUMENT, "core").left_out["H3a"]
    assert not {"H1l", "H7c"} & set(
        wide.left_out
    )  # sameness, and measures that are apart, hold without a term


def test_what_is_computed_is_drafted_by_its_parts(wide: Draft) -> None:
    paths = wide.population.paths["decision_engage"]
    assert paths["drv_control"] > 0 > paths["cst_time"]  # the benefit and the cost index of H9d
    assert "H9d" not in wide.left_out
    alone = without(wide.population, ["H9d"]).paths["decision_engage"]
    assert not {"drv_control", "cst_time"} & set(alone)


@pytest.mark.parametrize("form", ["demo", "wide"])
def test_the_cause_that_is_claimed_to_come_first_does(form: str) -> None:
    theory, population = INSTRUMENT.theory, draft_population(INSTRUMENT, form).population
    sources, sets = theory.hypotheses["H6l"].sources, dict[str, tuple[str, ...]]()
    for name in sources:
        taken = {one for own in sets.values() for one in own}
        own = tuple(one for one in theory.first_order(name) if one in population.constructs)
        sets |= {name: tuple(one for one in own if one not in taken)} if set(own) - taken else {}
    shares = importance(population, sets, "propensity")
    assert shares[0] >= 1.5 * max(shares[1:])
    # The same from answers of the population: R2 averaged over subsets is an identity of correlations.
    latent = simulate(population, n=20_000, seed=2).latent
    explained = [
        np.corrcoef(latent[list(own)].to_numpy() @ np.ones(len(own)), latent["propensity"])[0, 1] ** 2
        for own in sets.values()
    ]
    assert explained[0] == max(explained)


def test_the_first_of_more_causes_than_have_subsets_leads_by_relative_weights(wide: Draft) -> None:
    known = INSTRUMENT.theory.constructs
    causes = [one for one in wide.population.constructs if known[one].stage == "drives"]
    sources = tuple(one for one in causes if known[one].measurement == "reflective")[:16]
    claim = replace(INSTRUMENT.theory.hypotheses["H6l"], sources=sources)
    own = replace(INSTRUMENT, theory=replace(INSTRUMENT.theory, hypotheses={"H6l": claim}))
    weights = importance(
        draft_population(own, "wide").population, {one: (one,) for one in sources}, "propensity"
    )
    assert len(weights) == 16
    assert weights[0] >= 1.5 * max(weights[1:])


def test_a_population_says_of_which_constructs_answers_are_noise() -> None:
    demo = draft_population(INSTRUMENT, "demo").population
    assert demo.noise == ()
    noise = replace(demo, form="core").noise
    assert "con_age_health" in noise
    assert "propensity" not in noise


def test_means_are_drafted_on_the_scale_of_their_questions(wide: Draft) -> None:
    """Assumed on seven points: 5 of 7 is 3.67 of 5, where a mean of 5 would leave everybody at the end."""
    five, seven = (wide.population.constructs[name] for name in ("con_age_health", "con_task_expertise"))
    assert (five.mean, five.sd) == pytest.approx((3.667, 0.967))
    assert (seven.mean, seven.sd) == (5.0, 1.45)


def test_amounts_are_asked_by_median_and_ratio_and_carry_the_claim(wide: Draft) -> None:
    paths = wide.population.paths["phase_distribution"]
    own = ("cb_price_saved", "cst_hours", "cst_hour_worth", "cst_outlay")
    signs = {name: np.sign(b) for name, b in paths.items() if name in own}
    assert signs == {"cb_price_saved": 1, "cst_hours": -1, "cst_hour_worth": -1, "cst_outlay": -1}
    assert not {*own} & {*without(wide.population, ["H9e"]).paths["phase_distribution"]}
    answers = simulate(wide.population, n=2000).answers
    worth = answers["cst_hour_worth_1"].astype(float)
    careful = np.log(worth[(worth > 1) & (worth < 200)])
    assert np.exp(careful.median()) == pytest.approx(15.0, rel=0.05)
    assert np.exp(careful.std()) == pytest.approx(1.5, rel=0.1)
    assert "  cst_hours: {median: 0.8, ratio: 1.8}" in population_text(wide)
