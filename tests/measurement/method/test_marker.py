import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.measurement.method import marker
from coprod_measure.measurement.method.marker import (
    COMPARISON_COLUMNS,
    LADDER_COLUMNS,
    SHARE_COLUMNS,
    marker_ladder,
)

CONSTRUCTS = {"A": ["a1", "a2", "a3", "a4"], "B": ["b1", "b2", "b3", "b4"]}
MARKER = ("m1", "m2", "m3")
TRUTH = 0.4


def answers(method, n=1500, seed=1):
    """Two constructs that correlate .4; each item shares ``method`` of its variance with the marker."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n, 2)) @ np.linalg.cholesky(np.array([[1, TRUTH], [TRUTH, 1]])).T
    marker = rng.standard_normal((n, 1))
    items = factors @ np.kron(np.eye(2), np.full((4, 1), 0.7)).T + np.sqrt(method) * marker
    items += rng.standard_normal((n, 8)) * np.sqrt(1 - 0.49 - method)
    own = 0.7 * marker + rng.standard_normal((n, 3)) * np.sqrt(0.51)
    return pd.DataFrame(np.c_[items, own], columns=[*CONSTRUCTS["A"], *CONSTRUCTS["B"], *MARKER])


@pytest.fixture(scope="module")
def clean():
    return marker_ladder(answers(0.0), CONSTRUCTS, marker=MARKER)


@pytest.fixture(scope="module")
def biased():
    return marker_ladder(answers(0.25), CONSTRUCTS, marker=MARKER, structure="B ~ A")


def test_columns_and_degrees_of_freedom(clean):
    table = clean.table().set_index("model")
    assert tuple(clean.table().columns) == LADDER_COLUMNS
    assert tuple(clean.comparisons.columns) == COMPARISON_COLUMNS
    assert tuple(clean.shares.columns) == SHARE_COLUMNS
    # 11 items: 66 moments; 22 loadings and errors, 3 correlations; the baseline loses 6 + 2 of them.
    assert table["df"].to_dict() == {
        "cfa": 41,
        "baseline": 49,
        "constrained": 48,
        "unconstrained": 41,
        "restricted": 49,
    }


def test_no_method_variance_is_not_invented(clean):
    assert (clean.comparisons["pvalue"] > 0.05).all()
    assert clean.shares["method"].max() < 0.01
    assert clean.chosen == "constrained"


def test_method_variance_is_found_and_taken_out(biased):
    assert list(biased.comparisons["pvalue"] < 0.05) == [True, False, True]
    row = biased.correlations.iloc[0]
    assert row["baseline"] > 0.55
    assert row["method"] == pytest.approx(TRUTH, abs=0.06)
    assert row["restricted"] == pytest.approx(row["baseline"])
    # Share of the standardised sum: 16 * .25 of 16 * (.49 + .25) + 4 * .26.
    assert biased.shares["method"].tolist() == pytest.approx([4 / 12.88] * 2, abs=0.04)
    np.testing.assert_allclose(biased.method_loadings["std"], 0.5, atol=0.06)


def test_structural_paths_are_freed_of_the_method(biased):
    path = biased.paths.iloc[0]
    assert (path["lhs"], path["rhs"]) == ("B", "A")
    assert path["baseline"] > 0.55
    assert path["method"] == pytest.approx(TRUTH, abs=0.06)
    assert path["method"] == path[biased.chosen]
    assert np.isnan(path["restricted"])
    assert "at their values in the baseline" in biased.unavailable["restricted"].reason
    # Equal method loadings are true here, so that freeing them changes little.
    assert path["constrained"] == pytest.approx(path["unconstrained"], abs=0.05)


def test_a_marker_of_one_item_is_not_enough():
    with pytest.raises(MeasurementError, match="two items"):
        marker_ladder(answers(0.0, n=200), CONSTRUCTS, marker=("m1",))
    with pytest.raises(MeasurementError, match="two items"):
        marker_ladder(answers(0.0, n=200), CONSTRUCTS)


def test_a_step_without_a_test_says_so_and_shows_nothing(monkeypatch):
    why = NotAvailable("the difference is not scaled")
    monkeypatch.setattr(marker, "difference", lambda *_: (why, 1.0, why))
    found = marker_ladder(answers(0.0, n=200), CONSTRUCTS, marker=MARKER).comparisons
    assert found["says"].tolist() == ["no test: the difference is not scaled"] * 3
    assert found["pvalue"].isna().all()
