"""The first table of a paper: psych describes and correlates the same scores."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.scores.scale_scores import (
    COMPOSITE,
    PAIR_COLUMNS,
    SCALE_COLUMNS,
    SINGLE,
    ScaleScores,
    pairwise_correlations,
    scale_scores,
)
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.definition import read_study


@pytest.fixture(scope="module")
def found(items, scales) -> ScaleScores:
    return scale_scores(items, scales)


def test_scores_are_those_of_psych(found, stored):
    expected = stored("scale_scores", "scales", "construct")
    own = found.table().set_index("construct").loc[expected.index]
    assert tuple(found.table().columns) == SCALE_COLUMNS
    assert list(own["n"]) == list(expected["n"])
    for name in ("mean", "sd"):
        np.testing.assert_allclose(own[name], expected[name], rtol=1e-9)


def test_correlations_are_those_of_psych(found, stored):
    expected = stored("scale_scores", "pairs", ["construct_1", "construct_2"])
    own = found.correlations.set_index(["construct_1", "construct_2"]).loc[expected.index]
    assert tuple(found.correlations.columns) == PAIR_COLUMNS
    assert len(own) == 10
    assert list(own["n"]) == list(expected["n"])
    np.testing.assert_allclose(own["r"], expected["r"], rtol=1e-9)
    np.testing.assert_allclose(own["pvalue"], expected["pvalue"], rtol=1e-6)
    assert found.matrix().loc["O", "A"] == found.matrix().loc["A", "O"] == own.loc[("A", "O"), "r"]


def test_each_pair_rests_on_its_own_respondents(items, scales, stored):
    few = items.iloc[:30].copy()
    few.iloc[::3, [few.columns.get_loc(name) for name in (*scales["C"], *scales["N"])]] = np.nan
    own = scale_scores(few, scales).correlations.set_index(["construct_1", "construct_2"])
    expected = stored("scale_scores", "few", ["construct_1", "construct_2"])
    assert list(own.loc[expected.index, "n"]) == list(expected["n"])
    for name in ("r", "pvalue"):
        np.testing.assert_allclose(own.loc[expected.index, name], expected[name], rtol=1e-8)


def test_reliability_is_omega_and_alpha_where_two_items_have_none(items, scales, stored):
    two = scale_scores(items, {"A": scales["A"], "two": ["N1", "N2"], "one": ["O1"]})
    table = two.table().set_index("construct")
    assert list(table["coefficient"]) == ["omega", "alpha", ""]
    known = reliability(items, {"A": scales["A"], "two": ["N1", "N2"]}).table().set_index("construct")
    assert table.loc["A", "reliability"] == known.loc["A", "omega"]
    assert table.loc["two", "reliability"] == known.loc["two", "alpha"]
    assert two.no_reliability == {"one": NotAvailable(SINGLE)}
    alphas = stored("scale_scores", "scales", "construct")["alpha"]
    scale = scale_scores(items, scales, known=reliability(items, scales)).table().set_index("construct")
    assert np.all(np.abs(scale["reliability"] - alphas) < 0.02)


def test_no_variation_is_no_correlation():
    scores = np.array([[1.0, 2.0, np.nan], [1.0, 3.0, 1.0], [1.0, 5.0, 2.0], [1.0, 4.0, np.nan]])
    r, n, pvalue = pairwise_correlations(scores)
    assert np.isnan(r[0, 1])
    assert np.isnan(pvalue[0, 1])
    assert n[1, 2] == 2
    assert np.isnan(r[1, 2])
    perfect = pairwise_correlations(np.column_stack([scores[:, 1], 2 * scores[:, 1]]))
    assert perfect[2][0, 1] < 1e-6


def test_composites_have_scores_without_reliability_and_nominal_answers_none():
    study = read_study(shipped_folder("data/sample") / "coproduction" / "study.yaml")
    answers = read_responses(
        study.folder / study.responses.file, study.instrument, id_column="ExternalReference", form=study.form
    ).one_row_a_person()[0]
    names = ("eva_values_received", "phase_design", "propensity")
    constructs = {name: list(answers.items_of(name).columns) for name in names}
    found = scale_scores(answers, constructs)
    assert found.no_reliability["eva_values_received"] == NotAvailable(COMPOSITE)
    table = found.table().set_index("construct")
    assert table.loc["propensity", "reliability"] > 0.7
    instrument = answers.instrument
    unordered = {
        **instrument.scales,
        "did": replace(instrument.scales["did"], ordered=False, codes=(0, 1, 2), labels={}),
    }
    nominal = replace(answers, instrument=replace(instrument, scales=unordered))
    found = scale_scores(nominal, constructs)
    assert list(found.unavailable) == ["phase_design"]
    assert "no order" in found.unavailable["phase_design"].reason
    item = constructs["propensity"][0]
    longer = replace(instrument.items[item], scale_id="did")
    mixed = replace(instrument, items={**instrument.items, item: longer})
    found = scale_scores(replace(answers, instrument=mixed), constructs)
    assert "different range" in found.unavailable["propensity"].reason


def test_what_cannot_be_scored_is_named(items):
    with pytest.raises(DataError, match="share"):
        scale_scores(items, {"A": ["A1", "A2"]}, answered=50)
    with pytest.raises(DataError, match="no respondents"):
        scale_scores(pd.DataFrame(columns=["a", "b"], dtype=float))
