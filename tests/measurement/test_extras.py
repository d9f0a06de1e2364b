from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.extras import EXTRAS, Extras, extras
from coprod_measure.measurement.scores import scores
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.study import definition

CONSTRUCTS = {
    "agreeableness": [f"A{i}" for i in range(1, 6)],
    "extraversion": [f"E{i}" for i in range(1, 6)],
    "neuroticism": [f"N{i}" for i in range(1, 6)],
}


@pytest.fixture(scope="module")
def answers():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    return read_responses(path, read_instrument("bfi25"))


def test_only_what_is_asked_for_is_computed(answers):
    assert extras(answers, CONSTRUCTS, ()) == Extras()


def test_parts_that_fail_leave_the_others_standing(answers):
    said = []
    found = extras(answers, CONSTRUCTS, EXTRAS, progress=said.append)
    assert len(said) == len(EXTRAS)
    assert isinstance(found.marker, NotAvailable)
    assert "marker" in found.marker.reason
    assert "waves and people" in found.waves.reason
    assert "waves and people" in found.retest.reason
    assert len(found.method_bias.table()) == 3
    assert found.ordinal_reliability.table()["omega"].between(0.6, 0.95).all()
    alone = scores(answers, CONSTRUCTS, method="regression")
    assert found.scores.table().equals(alone.table())


def test_a_study_file_knows_the_same_parts():
    assert get_args(definition.Extra) == EXTRAS


def test_an_unknown_part_is_named(answers):
    with pytest.raises(MeasurementError, match="horoscope"):
        extras(answers, CONSTRUCTS, ("horoscope",))


def test_waves_of_a_panel(answers):
    """The same people twice with the same answers: nothing changed, so nothing differs."""
    some = answers.frame.index[:300]
    once = answers.keep(some)
    frame = pd.concat([once.frame, once.frame])
    about = pd.DataFrame({"respondent": [*some, *some], "wave": [1] * 300 + [2] * 300}, index=frame.index)
    noise = np.random.default_rng(8).integers(-1, 2, frame.shape)
    panel = replace(once, frame=(frame + noise).reset_index(drop=True), about=about.reset_index(drop=True))
    found = extras(panel, {"neuroticism": CONSTRUCTS["neuroticism"]}, ("waves", "retest"))
    assert found.waves.highest == "strict"
    row = found.retest.table().iloc[0]
    assert row["construct"] == "neuroticism"
    assert row["n"] > 280
    assert row["icc"] > 0.85
