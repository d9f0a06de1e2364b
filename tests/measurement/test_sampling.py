"""People, weights and clusters reach every part of the measurement, or the part says why not."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from benchmarks.people_in_waves import questionnaire, sample
from coprod_measure.errors import CoprodWarning, DataError, NotAvailable
from coprod_measure.measurement.battery import measure
from coprod_measure.measurement.examination import MeasurementOptions
from coprod_measure.measurement.factors.correlations import correlations
from coprod_measure.measurement.factors.dimensionality import parallel_analysis, sampling_adequacy
from coprod_measure.measurement.factors.number import factor_number
from coprod_measure.measurement.parts import BY_NAME, PARTS
from coprod_measure.measurement.reliability.intervals import reliability_intervals
from coprod_measure.measurement.reliability.ordinal import ordinal_reliability
from coprod_measure.measurement.sampling import Sampling, SurveyAnswers, pairwise_covariance
from coprod_measure.measurement.scores.scale_scores import scale_scores
from coprod_measure.measurement.validity.composites import composites

ITEMS = [f"i{k}" for k in range(1, 6)]


@pytest.fixture(scope="module")
def drawn(stored) -> pd.DataFrame:
    return stored("survey_design", "data")


@pytest.fixture(scope="module")
def panel():
    return sample(questionnaire(), np.random.default_rng(5), people=120)


def test_weighted_moments_agree_with_r(drawn, stored):
    answers = SurveyAnswers(drawn.drop(columns="g"), weights="w")
    expected = stored("survey_design", "correlations").to_numpy()[:, 1:].astype(float)
    np.testing.assert_allclose(correlations(answers).matrix, expected, atol=1e-12)
    table = cm.item_analysis(answers).table()
    known = stored("survey_design", "items")
    np.testing.assert_allclose(table[["mean", "sd"]], known[["mean", "sd"]], atol=1e-12)
    np.testing.assert_allclose(table["ceiling"], known["ceiling"], atol=1e-12)
    assert set(table["n"]) == {len(drawn)}


def test_the_test_of_a_correlation_agrees_with_survey(drawn, stored):
    scored = scale_scores(SurveyAnswers(drawn, "w", "g"), {"one": ["i1"], "two": ["i5"]})
    found, known = scored.correlations.iloc[0], stored("survey_design", "pair").iloc[0]
    assert found["r"] == pytest.approx(known["r"], abs=1e-12)
    # The influence has the mean zero by itself, up to rounding, so that the linearised error is the same.
    assert found["pvalue"] == pytest.approx(known["pvalue"], rel=1e-6)


def test_a_score_that_does_not_vary_among_those_who_have_both_has_no_correlation(drawn):
    some = drawn.assign(i1=np.where(drawn.index < 40, 3.1, np.nan), i5=drawn["i5"] + 0.3)
    scored = scale_scores(SurveyAnswers(some, "w", "g"), {"one": ["i1"], "two": ["i5"]})
    assert scored.correlations[["r", "pvalue"]].isna().all(axis=None)


def test_equal_weights_and_clusters_of_one_change_no_estimate(drawn):
    plain = drawn[ITEMS]
    alike = SurveyAnswers(plain.assign(w=3.0, g=range(len(plain))), "w", "g")
    pd.testing.assert_frame_equal(cm.item_analysis(alike).items, cm.item_analysis(plain).items)
    np.testing.assert_allclose(cm.efa(alike, 1).loadings, cm.efa(plain, 1).loadings, atol=1e-8)
    np.testing.assert_allclose(
        pairwise_covariance(plain.to_numpy(float), np.full(len(plain), 2.0)), plain.cov(), atol=1e-12
    )


def test_draws_are_of_whole_clusters():
    clusters = np.array([0, 1, 1, 2, 2, 2])
    for rows in Sampling(clusters=clusters).draws(6, 20, 1):
        counts = np.bincount(rows, minlength=6)
        assert counts[1] == counts[2]
        assert counts[3] == counts[4] == counts[5]
    assert Sampling(weights=np.array([1.0, 1.0, 2.0])).effective(3) == pytest.approx(16 / 6)


def test_bootstrap_intervals_know_of_clusters(drawn):
    """Every person three times: as clusters the intervals stay, as rows they shrink by the root of three."""
    three = pd.concat([drawn.assign(g=range(len(drawn)))] * 3, ignore_index=True)
    constructs = {"f": ITEMS[:3], "h": ITEMS[3:]}

    def widths(data):
        intervals = reliability_intervals(data, constructs, bootstrap=60).table()
        ratios = cm.htmt(constructs, data, bootstrap=60).table()
        both = pd.concat(
            [intervals["ci_upper"] - intervals["ci_lower"], ratios["ci_upper"] - ratios["ci_lower"]]
        )
        return float(both.mean())

    once = widths(drawn[ITEMS])
    assert widths(SurveyAnswers(three, cluster="g")) == pytest.approx(once, rel=0.25)
    assert widths(three[ITEMS]) < 0.75 * once


def test_what_cannot_take_the_design_refuses_it_in_one_line(drawn):
    clustered = SurveyAnswers(drawn, cluster="g")
    for refused in (
        lambda: parallel_analysis(clustered, ITEMS, draws=20),
        lambda: factor_number(clustered, ITEMS, draws=20),
        lambda: cm.esem(clustered, {"a": ITEMS[:2], "b": ITEMS[2:]}),
        lambda: cm.permutation_test({"a": ITEMS}, SurveyAnswers(drawn.assign(k=1), cluster="g"), group="k"),
        lambda: cm.invariance({"a": ITEMS}, clustered, group="w", ordered=True),
    ):
        with pytest.raises(DataError, match=r"^clusters are not taken here: .*\. Hand over the plain frame$"):
            refused()
    weighted = SurveyAnswers(drawn, weights="w")
    n = len(drawn)
    assert parallel_analysis(weighted, ITEMS, draws=30).n == n
    found = cm.efa(clustered, 1, items=ITEMS)
    assert isinstance(found.errors, NotAvailable)
    assert "chisq" not in found.fit_measures
    assert "chisq" in found.why_missing
    assert np.isnan(sampling_adequacy(weighted, ITEMS).pvalue)


def test_a_wrong_design_is_refused(drawn):
    with pytest.raises(DataError, match="there is no column weight. Did you mean"):
        SurveyAnswers(drawn.rename(columns={"w": "weights"}), weights="weight")
    with pytest.raises(DataError, match="1 row has no sampling weight above 0"):
        SurveyAnswers(drawn.assign(w=[0.0, *drawn["w"][1:]]), weights="w")
    with pytest.raises(DataError, match="2 rows have no cluster"):
        SurveyAnswers(drawn.assign(g=[None, None, *drawn["g"][2:]]), cluster="g")


def test_rows_of_one_person_are_not_taken_for_people(panel):
    first, _ = panel.one_row_a_person()
    for analyse in (
        lambda data: cm.item_analysis(data).items,
        lambda data: cm.efa(data, 2).loadings,
        lambda data: cm.htmt(None, data).pairs,
        lambda data: cm.reliability(data).coefficients,
        lambda data: parallel_analysis(data, draws=20).eigenvalues,
        lambda data: factor_number(data, draws=20).methods,
        lambda data: sampling_adequacy(data).items,
        lambda data: scale_scores(data).correlations,
        lambda data: reliability_intervals(data, bootstrap=2).intervals,
        lambda data: cm.confirmatory(data).parameters,
        lambda data: cm.esem(data).fit,
        lambda data: cm.method_bias(data).collinearity,
        lambda data: ordinal_reliability(round_(data)).coefficients,
        lambda data: cm.alignment(data, group="group").means,
        lambda data: cm.permutation_test(None, data, group="group", level="metric", draws=2).distribution,
        lambda data: (
            cm.invariance(None, round_(data), group="group", ordered=True, levels=["configural"]).sizes
        ),
    ):
        with pytest.warns(
            CoprodWarning, match="120 people have 360 rows: wave 1 of each person is taken"
        ) as said:
            found = analyse(panel)
        assert len(said) == 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pd.testing.assert_frame_equal(found, analyse(first))


def round_(data):
    return replace(data, frame=data.frame.round().clip(-2, 2))


SMALL = MeasurementOptions(
    groups=("group",),
    htmt_draws=10,
    parallel_draws=20,
    extras=("reliability_intervals", "htmt_variants", "discriminant_tests", "scores"),
    levels=("configural", "metric"),
)


def test_a_part_takes_what_it_says_it_takes(panel):
    """Weights or clusters change a record if and only if its line in the table of parts says so."""
    one = round_(panel.one_row_a_person()[0])
    rng = np.random.default_rng(3)
    weights, clusters = rng.uniform(0.3, 3.0, one.rows), rng.integers(0, 30, one.rows).astype(str)
    plain = measure(one, SMALL)
    for option, about in (("weights", {"weight": weights}), ("cluster", {"cluster": clusters})):
        found = measure(replace(one, about=one.about.assign(**about)), SMALL)
        for part in PARTS:
            if part.name not in plain.parts or part.name in ("set_aside", "merges", "composites", "verdicts"):
                continue
            code = getattr(part, option)
            same = _equal(plain.parts[part.name], found.parts[part.name])
            assert same == (code not in ("", "estimates")) or code == "estimates", (option, part.name)
            assert (option in found.not_taken.get(part.name, {})) == (code not in ("", "estimates"))
    assert BY_NAME["parallel"].cluster == "random-data"


def _equal(one, other) -> bool:
    if isinstance(one, dict):
        return all(_equal(one[key], other[key]) for key in one)
    return all(a.equals(b) for a, b in zip(_frames(one), _frames(other), strict=True))


def _frames(record) -> list[pd.DataFrame]:
    if isinstance(record, pd.DataFrame):
        return [record]
    fields = [getattr(record, name) for name in getattr(record, "__dataclass_fields__", {})]
    tables = [record.table()] if hasattr(record, "table") else []
    return [*tables, *(value for value in fields if isinstance(value, pd.DataFrame))]


def test_composites_are_weighed_too(drawn):
    parts = {"f": ITEMS[:3]}
    plain = composites(drawn[ITEMS], parts, criteria={"f": "i5"}, bootstrap=20)
    found = composites(SurveyAnswers(drawn, "w", "g"), parts, criteria={"f": "i5"}, bootstrap=20)
    x = drawn[ITEMS[:3]].to_numpy(float)
    r = np.cov(np.column_stack([x, drawn["i5"]]).T, aweights=drawn["w"])
    sd = np.sqrt(np.diag(r))
    r = r / np.outer(sd, sd)
    np.testing.assert_allclose(found.items["weight"], np.linalg.solve(r[:3, :3], r[:3, 3]), atol=1e-10)
    assert not np.allclose(found.items["weight"], plain.items["weight"])
