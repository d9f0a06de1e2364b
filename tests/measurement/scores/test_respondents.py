import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.items import item_analysis
from coprod_measure.measurement.scores.respondents import SCORE_COLUMNS, every_score, scores
from report.report_fixtures import answers, nominal_answers


def test_means_of_answered_items(items, scales):
    found = scores(items, scales)
    assert tuple(found.table().columns) == SCORE_COLUMNS
    row = items[scales["A"]].notna().all(axis=1).idxmax()
    assert found.values.loc[row, "A"] == pytest.approx(items.loc[row, scales["A"]].mean())
    few = items[scales["A"]].notna().sum(axis=1) < 3
    assert found.values.loc[few, "A"].isna().all()
    assert found.values.loc[~few, "A"].notna().all()
    assert found.table().set_index("construct").loc["N", "reliability"] == pytest.approx(0.8135, abs=1e-4)


@pytest.mark.parametrize("method", ["regression", "bartlett"])
def test_determinacy_is_the_correlation_with_the_true_factor(method):
    rng = np.random.default_rng(9)
    factors = rng.standard_normal((20_000, 2)) @ np.linalg.cholesky(np.array([[1, 0.6], [0.6, 1]])).T
    loadings = np.array([0.8, 0.6, 0.5])
    blocks = [
        factors[:, [k]] * loadings + rng.standard_normal((20_000, 3)) * np.sqrt(1 - loadings**2)
        for k in (0, 1)
    ]
    frame = pd.DataFrame(np.hstack(blocks), columns=["a1", "a2", "a3", "b1", "b2", "b3"])
    found = scores(frame, {"A": ["a1", "a2", "a3"], "B": ["b1", "b2", "b3"]}, method=method)
    table = found.table().set_index("construct")
    for k, name in enumerate("AB"):
        seen = np.corrcoef(found.values[name], factors[:, k])[0, 1]
        assert table.loc[name, "determinacy"] == pytest.approx(seen, abs=0.01)


def test_regression_scores_determine_better_than_bartlett(items, scales):
    both = [
        scores(items, scales, method=m).table()["determinacy"].to_numpy() for m in ("regression", "bartlett")
    ]
    assert np.all(both[0] > both[1])


def test_rows_are_those_of_the_answers(items, scales):
    found = scores(items, scales, method="regression")
    assert list(found.values.index) == list(items.index)
    assert found.values.isna().any(axis=1).sum() == 364


def test_a_share_is_a_share(items):
    with pytest.raises(DataError, match="share"):
        scores(items, {"A": ["A1", "A2"]}, answered=50)


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_every_score_agrees_with_lavaan(items, scales, stored, missing):
    found = every_score(items, {name: scales[name] for name in "AEN"}, missing=missing)
    quality = found.table().set_index("construct")
    for method in ("regression", "bartlett"):
        expected = stored("measurement_scores", f"{method}_{missing}", "row")
        own = found.methods[method].values.iloc[:120].dropna(how="all")
        np.testing.assert_array_equal(own.index + 1, expected.index)
        np.testing.assert_allclose(own[["A", "E", "N"]], expected, atol=1e-4)
        known = stored("measurement_scores", f"{method}_{missing}_quality", "construct")
        ours = quality[quality["method"] == method]["determinacy"]
        np.testing.assert_allclose(ours, known.loc[ours.index, "determinacy"], atol=1e-4)
    means = found.methods["mean"].values.iloc[:120]
    np.testing.assert_allclose(means, stored("measurement_scores", "mean", "row"), atol=1e-10)
    assert list(found.values().columns)[:3] == ["A_mean", "A_regression", "A_bartlett"]


def test_means_come_where_factors_cannot(items):
    found = every_score(items.assign(twin=items["A1"]), {"A": ["A1", "twin"]})
    assert set(found.unavailable) == {"regression", "bartlett"}
    assert set(found.table()["method"]) == {"mean"}
    alone = every_score(items, {"A": ["A1"], "N": ["N1", "N2", "N3"]})
    assert any(note.startswith("A: the reliability of its mean is not known") for note in alone.messages)


def test_codes_that_are_names_have_no_mean_and_no_moments():
    """Gender coded 1, 2, 3 has shares; its mean would change if the answers were numbered otherwise."""
    asked, nominal = answers(), nominal_answers()
    only = {"a": ["a1", "a2", "a3"], "c": ["c1"]}
    found = every_score(nominal, only)
    assert "c_mean" not in found.values()
    assert "c_mean" in every_score(asked, only).values()
    assert any("no mean, because its answers have no order" in note for note in found.messages)
    table = item_analysis(nominal, only)
    assert table.nominal == ("c1",)
    assert table.items.set_index("item").loc["c1", ["mean", "sd", "skew", "floor"]].isna().all()
    assert table.distribution.query("item == 'c1'")["share"].sum() == pytest.approx(1.0)
    with pytest.raises(DataError, match="no construct has a score"):
        scores(nominal, {"c": ["c1"]})
