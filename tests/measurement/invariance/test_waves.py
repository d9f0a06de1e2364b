from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.fitting.models import cfa
from coprod_measure.measurement.invariance.ladder import INVARIANCE_COLUMNS
from coprod_measure.measurement.invariance.waves import (
    side_by_side,
    wave_invariance,
    wave_model,
    waves_of,
)

CASE = Path(__file__).parents[2] / "reference" / "measurement_waves"
CONSTRUCTS = {"f": ["y1", "y2", "y3"]}
STATISTICS = ["chisq", "df", "pvalue", "cfi", "rmsea", "srmr"]


def waves(name):
    wide = pd.read_csv(CASE / f"{name}.csv")
    return {
        label: wide[[f"y{i}__{t}" for i in (1, 2, 3)]].set_axis(["y1", "y2", "y3"], axis=1)
        for t, label in enumerate(("spring", "summer", "autumn"), start=1)
    }


@pytest.mark.parametrize(
    ("data", "missing", "prefix", "highest"),
    [("answers", "listwise", "complete", "metric"), ("gaps", "fiml", "gaps", "configural")],
)
def test_ladder_over_waves_agrees_with_lavaan(data, missing, prefix, highest, stored):
    found = wave_invariance(waves(data), CONSTRUCTS, missing=missing)
    expected = stored("measurement_waves", f"{prefix}_ladder", "level")
    table = found.table().set_index("level")
    assert tuple(found.table().columns) == INVARIANCE_COLUMNS
    assert list(table.index) == list(expected.index)
    np.testing.assert_allclose(table[STATISTICS].astype(float), expected[STATISTICS], atol=1e-4)
    for change in ("delta_chisq", "delta_df"):
        np.testing.assert_allclose(
            table[change].astype(float)[1:], expected[change].astype(float)[1:], atol=1e-4
        )
    assert found.highest == highest
    assert found.means.empty
    assert list(found.sizes["label"]) == ["spring", "summer", "autumn"]


def test_latent_means_of_the_scalar_model_agree_with_lavaan(stored):
    frame = side_by_side(waves("answers"), CONSTRUCTS["f"])
    text = wave_model(CONSTRUCTS, 3, ("loadings", "intercepts"))
    table = cfa(text, frame, std_lv=True, mean_structure=True).parameters
    means = table[(table["op"] == "~1") & table["lhs"].isin(["f__2", "f__3"])]
    expected = stored("measurement_waves", "complete_means")
    np.testing.assert_allclose(means[["est", "se"]].to_numpy(), expected[["est", "se"]], atol=1e-4)


def test_means_are_compared_where_intercepts_hold():
    """Two waves that differ in nothing but the mean of the factor, by .5."""
    rng = np.random.default_rng(3)
    trait = rng.standard_normal((800, 1))
    own = 0.5 * rng.standard_normal((800, 3))
    frames = {}
    for wave, shift in (("first", 0.0), ("second", 0.5)):
        factor = 0.8 * trait + 0.6 * rng.standard_normal((800, 1)) + shift
        answers = 0.8 * factor + own + 0.4 * rng.standard_normal((800, 3))
        frames[wave] = pd.DataFrame(answers, columns=CONSTRUCTS["f"])
    found = wave_invariance(frames, CONSTRUCTS)
    assert found.highest == "strict"
    assert found.means[["construct", "label"]].to_numpy().tolist() == [["f", "second"]]
    assert found.means["est"].item() == pytest.approx(0.5, abs=0.12)


def test_what_changes_between_waves_is_freed_and_named():
    """The intercept of y2 rises by .6 and the loading of y4 falls by .5 from the first wave to the second."""
    rng = np.random.default_rng(11)
    names = ["y1", "y2", "y3", "y4", "y5"]
    trait, own = rng.standard_normal((900, 1)), 0.4 * rng.standard_normal((900, 5))
    frames = {}
    for wave, changed in (("first", 0.0), ("second", 1.0)):
        factor = 0.8 * trait + 0.6 * rng.standard_normal((900, 1)) + 0.3 * changed
        loadings = np.array([0.9, 0.9, 0.9, 0.9 - 0.5 * changed, 0.9])
        answers = loadings * factor + own + 0.5 * rng.standard_normal((900, 5))
        answers[:, 1] += 0.6 * changed
        frames[wave] = pd.DataFrame(answers, columns=names)
    found = wave_invariance(frames, {"f": names}, partial=True, effects=True)
    assert list(found.freed["parameter"]) == ["f=~y4", "y2~1"]
    assert found.highest == "strict"
    assert found.means["est"].item() == pytest.approx(0.3, abs=0.1)
    effects = found.effects.set_index("item")
    # Expected by hand for y2: the shift over the answer's standard deviation, sqrt(.81 + .16 + .25).
    assert effects.loc["y2", "dmacs"] == pytest.approx(0.6 / np.sqrt(1.22), abs=0.06)
    assert effects.loc["y4", "delta_loading"] == pytest.approx(-0.5, abs=0.06)
    assert effects.loc[["y1", "y3", "y5"], "dmacs"].max() < 0.25


def panel(about):
    frame = pd.DataFrame({"y1": [1.0, 2, 3, 4]}, index=["p1/1", "p2/1", "p1/2", "p2/2"])
    return SimpleNamespace(frame=frame, about=about.set_axis(frame.index))


def test_answers_are_parted_by_wave_and_person():
    about = pd.DataFrame({"respondent": ["p1", "p2", "p1", "p2"], "wave": [1, 1, 2, 2]})
    found = waves_of(panel(about))
    assert list(found) == ["1", "2"]
    assert found["2"]["y1"].to_dict() == {"p1": 3.0, "p2": 4.0}


def test_bad_panels_are_named():
    twice = pd.DataFrame({"respondent": ["p1", "p1", "p1", "p2"], "wave": [1, 1, 2, 2]})
    with pytest.raises(DataError, match="respondent p1 answered wave 1 more than once"):
        waves_of(panel(twice))
    with pytest.raises(DataError, match="waves and people"):
        waves_of(panel(twice[["respondent"]]))
    frames = waves("answers")
    with pytest.raises(DataError, match="two waves"):
        wave_invariance({"spring": frames["spring"]}, CONSTRUCTS)
    with pytest.raises(DataError, match="y3 in wave summer"):
        wave_invariance(frames | {"summer": frames["summer"][["y1", "y2"]]}, CONSTRUCTS)
    with pytest.raises(DataError, match="weak"):
        wave_invariance(frames, CONSTRUCTS, levels=("weak",))
