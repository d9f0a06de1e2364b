"""Drafts over waves, countries and arms: nothing the theory claims is left out, and its tests find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.planning.draws import Condition
from coprod_measure.planning.of_study import StudyWork, study_work
from coprod_measure.simulation.claims import has_effect
from coprod_measure.simulation.draft import draft_population
from coprod_measure.simulation.draft_file import population_text
from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.switched_off import without
from coprod_measure.study.definition import read_study

BANK = read_instrument("etgar2007")


def work(folder: Path, population: Population, claims: str, responses: str = "") -> StudyWork:
    """A study of these claims, none of which its form refuses."""
    (folder / "study.yaml").write_text(
        f"id: drafted\ntitle: Drafted\ninstrument: {population.instrument.id}\nform: {population.form}\nseed: 1\n"
        f"responses: {{file: none.csv, id_column: person{responses}}}\nmeasurement: {{missing: listwise}}\n"
        f"structure: {{hypotheses: [{claims}], draws: 500, adjust: none}}\n",
        encoding="utf-8",
    )
    found, refused = study_work(read_study(folder / "study.yaml", answers_needed=False), population)
    assert refused == {}
    return found


def test_the_whole_bank_over_waves_and_countries_leaves_no_claim_out(tmp_path: Path) -> None:
    """121 of 121, in a file that says the same."""
    draft = draft_population(BANK, "full", waves=True, country="land")
    assert draft.left_out == {}
    path = tmp_path / "population.yaml"
    path.write_text(population_text(draft), encoding="utf-8")
    again = read_population(path)
    assert again.waves is not None
    assert draft.population.waves is not None
    assert (again.clusters, again.differences) == (draft.population.clusters, draft.population.differences)
    assert (again.waves.names, again.waves.stable) == (
        draft.population.waves.names,
        draft.population.waves.stable,
    )
    for name, own in again.waves.lags.items():
        assert own == pytest.approx(draft.population.waves.lags[name], abs=5e-4)
    claimed = ("H2a", "H2b", "H2d", "H3e", "H12a", "H8c")
    off = without(again, claimed)
    assert not any(has_effect(off, BANK.theory.hypotheses[id_]) for id_ in claimed)


def test_arms_of_an_experiment_do_what_is_claimed(tmp_path: Path) -> None:
    """In 20,000 people every claim about arms is supported: H8d where the outcome is worst, H8e in either direction."""
    claims = ("H8a", "H8b", "H8c", "H8d", "H8e")
    drafted = draft_population(read_instrument("etgar2007_experiment"), "experiment").population
    found = work(tmp_path, drafted, ", ".join(claims)).draw(Condition(20_000), 1)
    assert {id_ for id_, one in found.outcomes.items() if one.found} == {*claims}
    off = without(drafted, ["H8a", "H8c", "H8d"])
    assert not any(has_effect(off, BANK.theory.hypotheses[id_]) for id_ in ("H8a", "H8c", "H8d"))
    assert has_effect(off, BANK.theory.hypotheses["H8b"])


def test_claims_about_countries_and_waves_are_drawn(tmp_path: Path) -> None:
    """Facts about countries reach the tests without a table beside the study; lags do over three waves."""
    over = draft_population(BANK, "wide", country="land").population
    found = work(tmp_path, over, "H2a, H2b, H2d", ", country: land").draw(Condition(900), 1)
    assert (found.untested, set(found.outcomes)) == ({}, {"H2a", "H2b", "H2d"})
    again = draft_population(BANK, "wide", waves=True).population
    found = work(tmp_path, again, "H11i", ", wave: wave").draw(Condition(300), 1)
    assert (found.untested, set(found.outcomes)) == ({}, {"H11i"})


def test_stages_are_passed_forward_by_rising_means(tmp_path: Path) -> None:
    """Lags move nobody on: where shares of stages stay the same, as many move back. Switched off, as many do."""
    draft = draft_population(BANK, "core", waves=True).population
    assert draft.waves is not None
    assert not set(draft.waves.lags["decision_engage"]) - {"decision_engage"}
    found = work(tmp_path, draft, "H12d", ", wave: wave").draw(Condition(500), 1)
    assert found.outcomes["H12d"].found
    off = without(draft, ["H12d"])
    assert not has_effect(off, BANK.theory.hypotheses["H12d"])
    assert off.paths == draft.paths
    again = work(tmp_path, off, "H12d", ", wave: wave").draw(Condition(500), 1).outcomes["H12d"]
    assert again.lower < 0.5 < again.upper


def test_claimed_lags_keep_their_size_in_dense_equations() -> None:
    """What a construct brings of itself yields first; of .15 no less than .09 is left of a claim in the whole bank."""
    waves = draft_population(BANK, "full", waves=True).population.waves
    assert waves is not None
    assert waves.lags["con_task_expertise"]["con_prior_experience"] == pytest.approx(0.15, abs=0.031)
    engaged = [own["con_task_expertise"] for name, own in waves.lags.items() if name.startswith("phase_")]
    assert len(engaged) == 8
    assert min(engaged) > 0.09
