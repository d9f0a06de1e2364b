"""Claims of no effect, switched off: their own tests find them where they hold, and not where they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import coprod_measure as cm
from coprod_measure.instrument.read import read_instrument
from coprod_measure.planning.draws import Condition
from coprod_measure.planning.of_study import study_work
from coprod_measure.simulation.draft import draft_population
from coprod_measure.simulation.population_matrices import latent_covariance
from coprod_measure.simulation.switched_off import AS_ONE, without
from coprod_measure.study.definition import read_study

INSTRUMENT = read_instrument("etgar2007")
STATED = """
id: stated
title: Stated
instrument: etgar2007
form: wide
seed: 1
correlation: 0.4
constructs:
  sit_trust: {}
  sit_opportunism_expected: {mean: 3.5}
  par_information_sharing: {}
  par_responsible_behaviour: {}
  par_personal_interaction: {}
  drv_excitement_variety: {}
  rr_social: {}
  rr_uncertainty_relief: {}
  rr_performance: {}
  drv_cost_reduction: {}
  propensity: {}
paths:
  sit_opportunism_expected: {sit_trust: -0.5}
  propensity: {drv_excitement_variety: 0.3, rr_performance: 0.2, drv_cost_reduction: 0.2}
groups: {decision_engage_1: {0: 0.1, 1: 0.9}}
"""
CLAIMS = ("H5h", "H13c", "RQ6")


@pytest.mark.parametrize("off", ["", *CLAIMS])
def test_claims_about_measures_are_found_only_where_they_hold(off: str, tmp_path: Path) -> None:
    (tmp_path / "population.yaml").write_text(STATED, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        "id: measures\ntitle: Measures\ninstrument: etgar2007\nform: wide\nseed: 1\n"
        "responses: {file: none.csv, id_column: person}\nmeasurement: {missing: listwise}\n"
        f"structure: {{hypotheses: [{', '.join(CLAIMS)}], draws: 500}}\n",
        encoding="utf-8",
    )
    population = cm.read_population(tmp_path / "population.yaml")
    drawn = without(population, [off] if off else [])
    work, refused = study_work(read_study(tmp_path / "study.yaml", answers_needed=False), drawn)
    found = work.draw(Condition(700), 1).outcomes
    assert not refused
    assert {id_ for id_, one in found.items() if one.found} == {*CLAIMS} - {off}


def test_measures_that_are_apart_become_one() -> None:
    """Seven of eight phases of the chain are the first but for .001; nothing else loses a cause."""
    drafted = draft_population(INSTRUMENT, "wide").population
    off = without(drafted, ["H10a"])
    *_, phi = latent_covariance(off)
    phases = [k for k, name in enumerate(off.order) if name.startswith("phase_")]
    assert len(phases) == 8
    assert np.abs(phi[np.ix_(phases, phases)]).min() == pytest.approx(AS_ONE**2)
    kept = [name for name in drafted.order if name not in {off.order[k] for k in phases}]
    assert all(set(off.paths.get(name, {})) == set(drafted.paths.get(name, {})) for name in kept)


def test_what_is_claimed_to_be_the_same_differs_in_the_last_group() -> None:
    """The strongest of the chain's paths is weaker by .30, the difference that is assumed, for other consumers."""
    drafted = draft_population(INSTRUMENT, "wide").population
    (own,) = set(map(repr, without(drafted, ["H1l"]).differences)) - set(map(repr, drafted.differences))
    paths = drafted.paths["propensity"]
    claimed = INSTRUMENT.theory.hypotheses["H1l"].sources
    parts = [part for name in claimed for part in INSTRUMENT.theory.first_order(name) if part in paths]
    strongest = max(parts, key=lambda name: abs(paths[name]))
    change = -0.3 if paths[strongest] > 0 else 0.3
    assert f"{{'propensity': {{'{strongest}': {change}}}}}" in own
    assert "'partner_type_1': 3" in own
