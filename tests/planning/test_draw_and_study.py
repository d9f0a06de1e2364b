"""A draw of power says what a study says that is run on the draw's file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.planning.draws import Condition
from coprod_measure.planning.of_study import study_work
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.draft import draft_population
from coprod_measure.simulation.qualtrics_file import as_qualtrics_csv
from coprod_measure.structure.results import NOT_TESTABLE
from coprod_measure.structure.verdicts import SUPPORTED
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms

STUDY = """
id: draw
title: A draw as a study
instrument: etgar2007
form: core
seed: 1
responses: {{file: answers.csv, id_column: ExternalReference}}
structure:
  hypotheses: [{ids}]
  draws: 500
  segmentation: {{blrt: 0}}
"""


@pytest.mark.parametrize(
    ("n", "seed"),
    [(140, 1), pytest.param(300, 2, marks=pytest.mark.slow), pytest.param(500, 3, marks=pytest.mark.slow)],
)
def test_a_draw_says_what_a_study_of_its_file_says(n: int, seed: int, tmp_path: Path) -> None:
    """All hypotheses that the form can test, each verdict, estimate and interval."""
    theory = cm.read_instrument("etgar2007").theory
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.format(ids=", ".join(theory.hypotheses)), encoding="utf-8")
    study = read_study(path, answers_needed=False)
    population = draft_population(study.instrument, "core").population
    work, _ = study_work(study, population)
    drawn = work.draw(Condition(n), seed)
    (tmp_path / "answers.csv").write_text(as_qualtrics_csv(simulate(population, n, seed)), encoding="utf-8")
    with Rooms(read_study(path)) as rooms:
        rooms.make("clean")
        verdicts = rooms.make("test").verdicts.set_index("id")
    assert drawn.n == rooms.answers.people < n
    shown = verdicts[verdicts["verdict"] != NOT_TESTABLE]
    assert set(drawn.outcomes) == set(shown.index)
    assert len(drawn.outcomes) > 45
    for id_, row in shown.iterrows():
        one = drawn.outcomes[str(id_)]
        assert (one.found, one.against) == (row["verdict"] in SUPPORTED, row["verdict"] == "contradicted"), (
            id_
        )
        told = row["estimate"] if pd.isna(row["std"]) else row["std"]
        numbers = [told, row["ci_lower"], row["ci_upper"]]
        assert [one.estimate, one.lower, one.upper] == pytest.approx(numbers, rel=1e-5, abs=1e-6, nan_ok=True)
