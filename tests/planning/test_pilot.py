"""A population from a pilot has the pilot's estimates, nearer to zero the less they know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from coprod_measure.cli.app import app
from coprod_measure.planning.draws import Condition
from coprod_measure.planning.of_study import study_work
from coprod_measure.planning.pilot import population_from_fit, shrunk
from coprod_measure.planning.power import power
from coprod_measure.shipped import shipped_folder
from coprod_measure.simulation.claims import varied
from coprod_measure.simulation.population_file import read_population
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms

TRUTH = read_population(shipped_folder("data/sample") / "coproduction" / "population.yaml")
STUDY = f"""\
id: pilot
title: Pilot
instrument: etgar2007
form: demo
responses: {{file: {shipped_folder("data/sample") / "coproduction" / "responses.csv"}, id_column: ExternalReference}}
measurement:
  constructs: [sit_trust, drv_control, cb_net_judgement, propensity, con_task_expertise]
  missing: listwise
  htmt_draws: 0
structure: {{hypotheses: [H1d, H5b, H3d], draws: 500}}
seed: 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    with Rooms(read_study(path)) as rooms:
        for room in ("clean", "measure", "test"):
            rooms.make(room)
    return path


def test_estimates_are_shrunk_into_a_population_file(file: Path) -> None:
    draft = population_from_fit(read_study(file))
    found = draft.population
    # The sample was drawn from a known population.
    assert found.constructs["propensity"].loading == pytest.approx(
        TRUTH.constructs["propensity"].loading, abs=0.06
    )
    assert found.constructs["sit_trust"].mean == pytest.approx(TRUTH.constructs["sit_trust"].mean, abs=0.2)
    assert found.paths["propensity"]["cb_net_judgement"] == pytest.approx(0.5, abs=0.1)
    known = found.uncertain["propensity"]
    assert known.keys() == {name for name, value in found.paths["propensity"].items() if value}
    assert all(0.01 < error < 0.2 for error in known.values())
    careful = population_from_fit(read_study(file), safeguard=True).population
    for source, value in found.paths["propensity"].items():
        assert abs(careful.paths["propensity"][source]) <= abs(value) + 0.05
    out = file.parent / "population.yaml"
    told = CliRunner().invoke(app, ["population", str(file), "--from-fit", "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert "# pilot: " in out.read_text(encoding="utf-8")
    again = read_population(out)
    assert set(again.constructs) == set(found.constructs)
    assert again.uncertain["propensity"] == pytest.approx(known, abs=5e-4)
    assert careful.uncertain == {}


def test_paths_are_drawn_from_what_is_known_of_them() -> None:
    """Their mean and standard deviation over draws; what is switched off stays off; nothing moves without."""
    paths = {"propensity": {"cb_net_judgement": 0.5, "sit_trust": 0.0}}
    known = {"propensity": {"cb_net_judgement": 0.1, "sit_trust": 0.1}}
    vague = replace(TRUTH, paths=paths, uncertain=known)
    drawn = np.array([list(varied(vague, seed).paths["propensity"].values()) for seed in range(3000)])
    assert drawn.mean(axis=0) == pytest.approx([0.5, 0.0], abs=0.006)
    assert drawn.std(axis=0) == pytest.approx([0.1, 0.0], abs=0.004)
    assert varied(vague, 3) == varied(vague, 3)
    assert varied(TRUTH, 3) == TRUTH
    wild = replace(vague, uncertain={"propensity": {"cb_net_judgement": 3.0}})
    assert max(abs(varied(wild, seed).paths["propensity"]["cb_net_judgement"]) for seed in range(20)) < 1.0


def test_each_draw_of_a_study_has_paths_of_its_own(tmp_path: Path) -> None:
    """Each draw of a study has other paths; a condition as such has those of the file."""
    file = tmp_path / "study.yaml"
    file.write_text(STUDY.replace("[H1d, H5b, H3d]", "[H1d]"), encoding="utf-8")
    vague = replace(TRUTH, uncertain={"propensity": {"cb_net_judgement": 0.3}})
    work, _ = study_work(read_study(file), vague)
    drawn = [
        work.population_of(Condition(200), seed).paths["propensity"]["cb_net_judgement"] for seed in (1, 2, 3)
    ]
    assert len(set(drawn)) == 3
    assert work.population_of(Condition(200)).paths == TRUTH.paths
    assert power(file, vague, n=[60], draws=10).expected


def test_an_estimate_that_knows_nothing_is_zero() -> None:
    assert shrunk(0.1, 0.2) == 0.0
    assert shrunk(-0.4, 0.1) == pytest.approx(-0.375)
    assert shrunk(-0.4, 0.1, safeguard=True) == pytest.approx(-0.31584)
    assert shrunk(0.3, 0.0) == 0.3
