"""Scores, segments, importance and prediction of two-stage models and incomplete rows.

Scores against seminr 2.3.4, segments against flexmix 2.3.20 (tests/reference/pls_two_stage); the rest against
regressions by statsmodels and populations whose best prediction is known.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import coprod_measure as cm
from coprod_measure.errors import CoprodError

CASE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(CASE / "pls" / "service_sim.csv")
PEER = json.loads((CASE / "pls_two_stage" / "values.json").read_text(encoding="utf-8"))
BLOCKS = "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\nloyal =~ lo1+lo2+lo3\n"
HIGHER, PRODUCT = BLOCKS + "care <~ trust + ease\nloyal ~ care", BLOCKS + "loyal ~ trust + ease + trust:ease"
ITEMS = [f"{block}{k}" for block in ("tr", "ea", "lo") for k in (1, 2, 3)]


def matrix(stored: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(stored["values"], stored["rows"], stored["columns"]).astype(float)


def holed() -> pd.DataFrame:
    data = DATA.astype(float)
    for item, rows in (("tr1", slice(0, None, 7)), ("ea2", slice(2, None, 5)), ("lo1", slice(1, None, 9))):
        data.loc[data.index[rows], item] = np.nan
    return data


@pytest.mark.parametrize(
    ("case", "model", "data", "missing"),
    [
        ("higher", HIGHER, DATA, "listwise"),
        ("product", PRODUCT, DATA, "listwise"),
        ("holed", PRODUCT, holed(), "mean"),
    ],
    ids=["higher", "product", "holed"],
)
def test_scores_of_the_peer(case: str, model: str, data: pd.DataFrame, missing: str) -> None:
    found = cm.pls(model, data, missing=missing).scores().rename(columns={"trust:ease": "trust*ease"})
    first, correlations = matrix(PEER[case]["first"]), matrix(PEER[case]["correlations"])
    assert found.head(6)[first.columns].to_numpy() == pytest.approx(first.to_numpy(), abs=1e-6)
    assert found.corr().loc[correlations.index, correlations.columns].to_numpy() == pytest.approx(
        correlations.to_numpy(), abs=1e-6
    )


def test_segments_of_a_moderated_model() -> None:
    segments, peer = cm.fimix(cm.pls(PRODUCT, DATA), 2, starts=10), PEER["segments"]
    # The peer divides its variances by less than n: its likelihood is not quite the largest.
    assert peer["loglik"] < segments.loglik < peer["loglik"] + 0.02
    found = segments.paths.est.to_numpy().reshape(2, 3).T
    assert found == pytest.approx(np.array(peer["paths"]["values"])[:3, ::-1], abs=5e-3)


def percent(data: pd.DataFrame, fit: Any, items: str, weights: pd.Series) -> pd.Series:
    own = data[[f"{items}{k}" for k in (1, 2, 3)]]
    share = weights[own.columns] / own.std()
    return pd.Series((100 * (own - 1) / 6) @ (share / share.sum()))


def test_importance_of_a_moderated_model_is_a_slope_at_the_means() -> None:
    fit = cm.pls(PRODUCT, DATA)
    found, weights = cm.ipma(fit, "loyal", (1, 7)), fit.items().set_index("item").weight
    frame = pd.DataFrame({n: percent(DATA, fit, n[:2], weights) for n in ("trust", "ease", "loyal")})
    centred = frame[["trust", "ease"]] - frame[["trust", "ease"]].mean()
    slopes = sm.OLS(frame.loyal, sm.add_constant(centred.assign(both=centred.trust * centred.ease))).fit()
    table = found.constructs.set_index("construct")
    assert table.importance.to_dict() == pytest.approx(dict(slopes.params[["trust", "ease"]]), rel=1e-4)
    assert table.performance.to_dict() == pytest.approx(frame[["trust", "ease"]].mean().to_dict())


def test_importance_of_a_higher_construct_is_that_of_its_parts_together() -> None:
    fit = cm.pls(HIGHER, DATA)
    found = cm.ipma(fit, "loyal", (1, 7))
    table = found.constructs.set_index("construct")
    assert table.index.tolist() == ["care", "trust", "ease"]
    assert table.importance["care"] == pytest.approx(table.importance[["trust", "ease"]].sum())
    assert found.items.groupby("construct").importance.sum().to_dict() == pytest.approx(
        table.importance[["ease", "trust"]].to_dict()
    )
    scores = found.scores
    # The map's scores are those of the peer on another scale.
    assert np.corrcoef(scores.care, fit.scores().care)[0, 1] == pytest.approx(1.0)
    line = sm.OLS(scores.loyal, sm.add_constant(scores[["care"]])).fit().params
    assert table.importance["care"] == pytest.approx(line["care"])
    whole = sm.OLS(scores.care, scores[["trust", "ease"]]).fit()
    assert whole.rsquared == pytest.approx(1.0)
    assert table.importance["trust"] == pytest.approx(line["care"] * whole.params["trust"])
    assert scores.mean().to_dict() == pytest.approx(
        table.performance.to_dict() | {"loyal": found.target_performance}
    )
    both = cm.cipma(fit, "loyal", (1, 7), level=60, permutations=100).table()
    assert both.construct.tolist() == ["care", "trust", "ease"]


def population(n: int, seed: int) -> pd.DataFrame:
    """Three factors by three items each, the third of both others; what is answered depends on tr2."""
    rng = np.random.default_rng(seed)
    f, g = rng.normal(size=(2, n))
    y = 0.5 * f + 0.4 * g + np.sqrt(0.59) * rng.normal(size=n)
    made = {
        i: 4 + v + 0.75 * rng.normal(size=n)
        for i, v in zip(ITEMS, np.repeat([f, g, y], 3, axis=0), strict=True)
    }
    return pd.DataFrame(made)


def lacking(data: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng, holes = np.random.default_rng(seed), data.copy()
    for item in ("tr1", "tr3", "ea1", "lo2"):
        holes.loc[(data.tr2 > 4.5) & (rng.random(len(data)) < 0.5), item] = np.nan
    return holes


MODEL = BLOCKS + "loyal ~ trust + ease"


def test_em_gives_the_map_of_the_complete_answers() -> None:
    whole = population(4000, 1)
    fit = cm.pls(MODEL, lacking(whole, 2), missing="em")
    wanted = cm.ipma(cm.pls(MODEL, whole), "loyal", (-5, 13)).constructs
    found = cm.ipma(fit, "loyal", (-5, 13))
    left_out = cm.ipma(cm.pls(MODEL, lacking(whole, 2)), "loyal", (-5, 13)).constructs
    assert found.constructs.importance.to_numpy() == pytest.approx(wanted.importance, abs=0.03)
    assert found.constructs.performance.to_numpy() == pytest.approx(wanted.performance, abs=0.12)
    assert abs(left_out.performance - wanted.performance)[0] > 0.6
    complete = found.scores.notna().all(axis=1)
    assert complete.sum() == len(lacking(whole, 2).dropna())
    segments = cm.fimix(fit, 1, starts=1)
    assert np.isfinite(segments.memberships[:, 0]).sum() == complete.sum()
    assert segments.paths.est.to_numpy() == pytest.approx(fit.paths().est, abs=0.05)


def test_what_is_expected_of_gaps_predicts_as_well_as_it_can() -> None:
    data = lacking(population(3000, 3), 4)
    by_em = cm.pls_predict(cm.pls(MODEL, data, missing="em"), folds=5, repeats=1)
    by_mean = cm.pls_predict(cm.pls(MODEL, data, missing="mean"), folds=5, repeats=1)
    assert np.isnan(by_em.model[0, :, 1]).tolist() == data.lo2.isna().tolist()
    # The best prediction knows the population: regression of lo1 on what each respondent answered.
    sigma = np.kron(
        np.array([[1.0, 0, 0.5], [0, 1.0, 0.4], [0.5, 0.4, 1.0]]), np.ones((3, 3))
    ) + 0.5625 * np.eye(9)
    best = np.zeros(len(data))
    seen = data.iloc[:, :6].notna().to_numpy()
    for pattern in np.unique(seen, axis=0):
        at, rows = np.flatnonzero(pattern), (seen == pattern).all(axis=1)
        best[rows] = (data.to_numpy()[np.ix_(rows, at)] - 4) @ np.linalg.solve(
            sigma[np.ix_(at, at)], sigma[at, 6]
        )
    least = np.mean((data.lo1 - 4 - best) ** 2)
    ours = np.nanmean(by_em.model[0, :, 0] ** 2)
    assert least * 0.995 < ours < 1.01 * least
    assert ours < np.nanmean(by_mean.model[0, :, 0] ** 2)
    assert by_em.cvpat().pvalue[0] < 0.001


def test_folds_of_a_second_stage_know_only_the_others() -> None:
    data = DATA.head(40)
    found = cm.pls_predict(cm.pls(PRODUCT, data), folds=len(data), repeats=1)
    rest = data.iloc[1:]
    fit, z = cm.pls(PRODUCT, rest), (data - rest.mean()) / rest.std()
    weights = fit.items().set_index("item").weight
    score = {
        n: z[[f"{n[:2]}{k}" for k in (1, 2, 3)]] @ weights[[f"{n[:2]}{k}" for k in (1, 2, 3)]]
        for n in ("trust", "ease")
    }
    both = (score["trust"] * score["ease"]).to_numpy()
    # Products are of first-stage scores, whose weights differ in the fifth digit.
    causes = np.column_stack([score["trust"], score["ease"], both - both[1:].mean()])
    table = fit.items().set_index("item").loading
    fitted = rest.lo1.mean() + rest.lo1.std() * table["lo1"] * (causes @ fit.paths().est)[0]
    assert found.model[0, 0, 0] == pytest.approx(data.lo1[0] - fitted, abs=1e-4)
    ols = sm.OLS(data.lo1, sm.add_constant(data[ITEMS[:6]])).fit()
    assert found.linear[0, :, 0] == pytest.approx(ols.get_influence().resid_press, abs=1e-7)


def test_a_product_and_a_higher_outcome_are_predicted() -> None:
    rng = np.random.default_rng(5)
    data = population(1500, 6)
    f, g = data[ITEMS[:3]].mean(axis=1) - 4, data[ITEMS[3:6]].mean(axis=1) - 4
    for k in (1, 2, 3):
        data[f"lo{k}"] = 0.5 * f + 0.5 * f * g + 0.3 * rng.normal(size=len(data))
    with_product = cm.pls_predict(cm.pls(PRODUCT, data), folds=5, repeats=1)
    without = cm.pls_predict(cm.pls(MODEL, data), folds=5, repeats=1)
    assert (with_product.table().rmse < 0.8 * without.table().rmse).all()
    assert with_product.cvpat().set_index("benchmark").difference["linear"] < 0
    above = BLOCKS + "out =~ ease + loyal\nout ~ trust"
    table = cm.pls_predict(cm.pls(above, population(3000, 7)), folds=5, repeats=1).table()
    assert table.item.tolist() == ["score of ease", "score of loyal"]
    # ease has nothing to do with trust; trust explains .5^2 of loyal, less by the errors of both composites.
    assert table.q2.to_numpy() == pytest.approx([0.0, 0.25 / (1 + 0.5625 / 3) ** 2], abs=0.04)


def test_ordered_answers_have_no_scores() -> None:
    fit = cm.pls(BLOCKS + "loyal ~ trust + ease", DATA, ordered=True)
    for call in (
        lambda: cm.ipma(fit, "loyal", (1, 7)),
        lambda: cm.fimix(fit, 2),
        lambda: cm.pls_predict(fit),
    ):
        with pytest.raises(CoprodError, match="without ordered="):
            call()
