"""Simulated answers that skip the file are those that reading the file gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.responses.clean import clean
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.qualtrics_file import as_qualtrics_csv

POPULATION = read_population(shipped_folder("data/sample") / "coproduction" / "population.yaml")


@pytest.mark.parametrize("known", [True, False])
def test_skipping_the_file_changes_nothing(tmp_path: Path, known: bool) -> None:
    sample = simulate(POPULATION, n=150, seed=5)
    file = tmp_path / "responses.csv"
    file.write_text(as_qualtrics_csv(sample), encoding="utf-8")
    read = read_responses(
        file,
        POPULATION.instrument,
        "qualtrics",
        form="demo",
        id_column="ExternalReference" if known else None,
        anonymous_ids=True,
    )
    drawn = as_responses(sample, known=known)
    for name in ("frame", "shown", "missing"):
        one, other = getattr(read, name), getattr(drawn, name)
        assert list(one.columns) == list(other.columns)
        assert one.reset_index(drop=True).equals(other.reset_index(drop=True))
    for name in ("preview", "progress", "duration", "finished"):
        assert (read.about[name].to_numpy() == drawn.about[name].to_numpy()).all()
    one, other = clean(read), clean(drawn)
    steps = ["rule", "n_out", "excluded", "marked"]
    assert one.flow[steps].iloc[1:].to_numpy().tolist() == other.flow[steps].iloc[1:].to_numpy().tolist()
    pd.testing.assert_frame_equal(
        one.frame.reset_index(drop=True), other.frame.reset_index(drop=True), check_names=False
    )


def test_answers_that_were_not_asked_are_named_so() -> None:
    form = next((one for one in POPULATION.instrument.forms.values() if one.versions), None)
    assert form is not None
    sample = simulate(
        replace(
            POPULATION,
            form=form.id,
            constructs={"sit_trust": POPULATION.constructs["sit_trust"]},
            paths={},
            correlations={},
            groups={},
        ),
        n=30,
        seed=1,
    )
    drawn = as_responses(sample)
    hidden = drawn.missing == "not_shown"
    assert hidden.to_numpy().any()
    assert drawn.frame.isna().to_numpy()[hidden.to_numpy()].all()
