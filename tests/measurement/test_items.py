import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.items import DISTRIBUTION_COLUMNS, ITEM_COLUMNS, item_analysis


def test_item_statistics_agree_with_psych(items, scales, stored):
    table = item_analysis(items, scales).table().set_index("item")
    expected = stored("psych_bfi", "items", "item")
    columns = ["n", "mean", "sd", "skew", "kurtosis", "r_drop", "alpha_if_dropped"]
    np.testing.assert_allclose(table.loc[expected.index, columns].astype(float), expected[columns], atol=1e-9)


def test_columns_are_fixed(items, scales):
    analysis = item_analysis(items, scales)
    assert tuple(analysis.table().columns) == ITEM_COLUMNS
    assert tuple(analysis.distribution.columns) == DISTRIBUTION_COLUMNS


def test_distribution_counts_every_answer(items, scales):
    analysis = item_analysis(items, scales)
    counted = analysis.distribution.groupby("item", sort=False)["count"].sum()
    pd.testing.assert_series_equal(counted, items.notna().sum(), check_names=False, check_index_type=False)
    table = analysis.table().set_index("item")
    lowest = analysis.distribution.groupby("item", sort=False)["share"].first()
    np.testing.assert_allclose(table["floor"], lowest)


def test_an_unreversed_item_is_named(items, scales):
    wrong = items.assign(A1=7 - items["A1"])
    (warning,) = item_analysis(wrong, scales).warnings
    assert warning.startswith("A1: runs against")


def test_constant_and_identical_items_are_named_and_the_rest_is_described(items, scales):
    flawed = items.assign(A1=3.0, C2=items["C1"])
    analysis = item_analysis(flawed, scales)
    assert [w.partition(":")[0] for w in analysis.warnings] == ["A1", "C2"]
    table = analysis.table().set_index("item")
    within = ["alpha_if_dropped", "r_drop"]
    assert table.loc["A1", within].isna().all()
    # What is constant adds nothing to the rest: the others are as in a scale without it.
    left = item_analysis(items, {"A": scales["A"][1:]}).table().set_index("item")
    np.testing.assert_allclose(table.loc["A2":"A5", within], left.loc["A2":"A5", within])
    assert table.loc["E1", "r_drop"] > 0.5


def test_items_answered_almost_alike_are_named(items, scales):
    """One of ten answers differs; across constructs it is said that there are two."""
    rng = np.random.default_rng(1)

    def nearly(item: str) -> pd.Series:
        own = items[item].copy()
        changed = rng.random(len(own)) < 0.05
        own[changed] = np.clip(own[changed] + 1, 1, 6)
        return own

    analysis = item_analysis(items.assign(A2=nearly("A1"), E1=nearly("C1")), scales)
    first, second = sorted(w for w in analysis.warnings if "almost as" in w)
    assert first.startswith("A2: answered almost as A1 (r = 0.9")
    assert "another construct" not in first
    assert second.startswith("E1: answered almost as C1 (r = 0.9")
    assert "another construct" in second
    few = item_analysis(items.assign(E1=nearly("C1")).head(15), scales)
    assert not [w for w in few.warnings if "almost as" in w]


def test_unknown_item_is_an_error(items):
    with pytest.raises(DataError, match="A9"):
        item_analysis(items, {"A": ["A1", "A9"]})


def test_text_answers_are_an_error():
    with pytest.raises(DataError, match="q1"):
        item_analysis(pd.DataFrame({"q1": ["yes", "no"], "q2": [1, 2]}))


def test_silence_is_named(items, scales):
    silent = items.assign(A1=np.nan, A2=np.nan)
    assert item_analysis(silent, scales).warnings == ("A1: nobody answered", "A2: nobody answered")
    with pytest.raises(DataError, match="no respondents"):
        item_analysis(items.head(0), scales)
