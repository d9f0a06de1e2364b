from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.item_sorting import item_sorting, repeated_measures_f

CASE = Path(__file__).parents[1] / "reference" / "content_validity"
INTENDED = {"item_1": "trust", "item_2": "control", "item_3": "play", "item_4": "play"}


@pytest.fixture
def ratings() -> pd.DataFrame:
    return pd.read_csv(CASE / "sorting.csv")


@pytest.mark.parametrize("column", ["mean_intended", "f", "df1", "df2", "pvalue", "pvalue_contrast"])
def test_tests_are_those_of_r(ratings, column):
    expected = pd.read_csv(CASE / "sorting_tests.csv").set_index("item")
    found = item_sorting(ratings, INTENDED).table().set_index("item")
    # aov, t.test and p.adjust; the tolerance is that of the stored digits.
    np.testing.assert_allclose(found[column], expected.loc[found.index, column], rtol=1e-9, atol=1e-12)


def test_an_item_is_kept_when_it_stands_out_from_every_other_construct(ratings):
    found = item_sorting(ratings, INTENDED).table()
    assert (found["keep"] == (found["pvalue_contrast"] < 0.05)).all()
    assert found["keep"].any()
    assert not found["keep"].all()


def test_perfect_sorting_reaches_the_ends_of_the_indices():
    rows = [(j, "a", c, 5 if c == "own" else 1) for j in range(4) for c in ("own", "other", "third")]
    found = item_sorting(
        pd.DataFrame(rows, columns=["judge", "item", "construct", "rating"]), {"a": "own"}
    ).table()
    assert found.loc[0, ["htc", "htd", "pvalue_contrast", "pvalue"]].tolist() == [1, 1, 0, 0]
    assert np.isinf(found.loc[0, "f"])


def test_no_difference_at_all_is_no_evidence():
    assert repeated_measures_f(np.array([[3.0, 3.0], [2.0, 2.0]])) == (0.0, 1, 1, 1.0)


def test_gaps_and_strangers_are_refused(ratings):
    with pytest.raises(InstrumentError, match="judge judge_1 left a construct out"):
        item_sorting(ratings.iloc[1:], INTENDED)
    with pytest.raises(InstrumentError, match="not rated on its intended construct 'fun'"):
        item_sorting(ratings, {**INTENDED, "item_1": "fun"})
    with pytest.raises(InstrumentError, match="no intended construct"):
        item_sorting(ratings, {})
    with pytest.raises(InstrumentError, match="columns rating are missing"):
        item_sorting(ratings.drop(columns="rating"), INTENDED)
    with pytest.raises(InstrumentError, match="is not from 1 to 4"):
        item_sorting(ratings, INTENDED, highest=4)
    with pytest.raises(InstrumentError, match="one construct only"):
        item_sorting(ratings[ratings["construct"] == "trust"].head(15), {"item_1": "trust"})
