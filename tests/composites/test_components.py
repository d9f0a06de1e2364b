"""GSCA and importance-performance against cSEM 0.6.1 (tests/reference/gsca), and the largest value of its criterion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import coprod_measure as cm
from coprod_measure.errors import CoprodError

CASE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(CASE / "pls" / "service_sim.csv")
HOLZINGER = pd.read_csv(CASE / "data" / "holzinger_swineford.csv")
PEER = json.loads((CASE / "gsca" / "values.json").read_text(encoding="utf-8"))
MODEL = """
trust =~ tr1 + tr2 + tr3
ease =~ ea1 + ea2 + ea3
quality <~ qu1 + qu2 + qu3 + qu4
sat =~ sat1
loyal =~ lo1 + lo2 + lo3
sat ~ trust + ease + quality
loyal ~ sat + trust
"""


def matrix(stored: dict[str, list[object]]) -> pd.DataFrame:
    return pd.DataFrame(stored["values"], stored["rows"], stored["columns"]).astype(float)


@pytest.mark.parametrize("peer", PEER["gsca"], ids=["factors", "mixed"])
def test_estimates_of_the_peer(peer: dict[str, Any]) -> None:
    fit, paths, weights = cm.gsca(peer["model"], DATA), matrix(peer["paths"]), matrix(peer["weights"])
    for cause, outcome, value in fit.paths()[["from", "to", "est"]].itertuples(index=False):
        assert value == pytest.approx(paths.loc[outcome, cause], abs=1e-6)
    for construct, item, value in fit.items()[["construct", "item", "weight"]].itertuples(index=False):
        assert value == pytest.approx(weights.loc[construct, item], abs=1e-6)
    assert dict(fit.r2()[["construct", "r2"]].to_numpy()) == pytest.approx(peer["r2"], abs=1e-6)


@pytest.mark.parametrize("name", PEER["gscam"])
def test_unique_parts_of_the_peer(name: str) -> None:
    peer, data = PEER["gscam"][name], DATA if name == "service" else HOLZINGER
    fit = cm.gsca(peer["model"], data, consistent=True)
    paths, weights, loadings = (matrix(peer[what]) for what in ("paths", "weights", "loadings"))
    for cause, outcome, value in fit.paths()[["from", "to", "est"]].itertuples(index=False):
        assert value == pytest.approx(paths.loc[outcome, cause], abs=1e-6)
    for one in fit.items().itertuples(index=False):
        assert one.weight == pytest.approx(weights.loc[one.construct, one.item], abs=1e-6)
        assert one.loading == pytest.approx(loadings.loc[one.construct, one.item], abs=1e-6)
    found = fit.reliability()
    assert dict(found[["construct", "reliability"]].to_numpy()) == pytest.approx(
        peer["reliability"], abs=1e-6
    )
    assert dict(fit.r2()[["construct", "r2"]].to_numpy()) == pytest.approx(peer["r2"], abs=1e-6)


def test_unique_parts_find_the_loadings_behind_the_correlations() -> None:
    own = np.array([0.8, 0.7, 0.6, 1.0, 0.9, 0.7])
    loadings = own[:, None] * (np.arange(6)[:, None] // 3 == np.arange(2))
    between = np.array([[1.0, 0.6], [0.6, 1.0]])
    r = loadings @ between @ loadings.T
    np.fill_diagonal(r, 1.0)
    # Answers with these correlations to the last digit; d has nothing of its own.
    z = np.random.default_rng(3).normal(size=(200, 6))
    z = np.linalg.qr(z - z.mean(axis=0))[0]
    data = pd.DataFrame(z @ np.linalg.cholesky(r).T, columns=list("abcdei"))
    fit = cm.gsca("f =~ a + b + c\ng =~ d + e + i\ng ~ f", data, consistent=True)
    assert fit.items()["loading"].to_numpy() == pytest.approx(own, abs=1e-4)
    assert fit.paths()["est"].iloc[0] == pytest.approx(0.6, abs=1e-4)
    assert [message.code for message in fit.messages] == ["heywood"]
    drawn = fit.bootstrap(100)
    assert drawn.unusable < 50
    assert drawn.table().se.between(0.01, 0.2).all()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("trust =~", "trust <~"), "construct trust: items with unique parts"),
        (("sat ~", "sat ~ trust:ease +"), "products and constructs of constructs"),
    ],
)
def test_unique_parts_are_refused_beside_composites(change: tuple[str, str], cause: str) -> None:
    with pytest.raises(CoprodError, match=cause):
        cm.gsca(MODEL.replace("<~", "=~").replace(*change), DATA, consistent=True)


def test_no_other_weights_explain_more() -> None:
    fit = cm.gsca(MODEL, DATA)
    r, design = fit.estimates.r[0], fit.design
    own = design.own(len(r))

    def explained(values: np.ndarray) -> float:
        w = np.zeros(own.shape)
        w[own] = values
        w /= np.sqrt((w * (r @ w)).sum(axis=0))
        crossed = r @ w
        c = w.T @ crossed
        total = sum((crossed[list(design.blocks[j]), j] ** 2).sum() for j in range(5) if design.common[j])
        for k in design.outcomes:
            causes = design.causes(k)
            total += c[causes, k] @ np.linalg.solve(c[np.ix_(causes, causes)], c[causes, k])
        return -float(total)

    best = minimize(explained, np.ones(own.sum()), method="BFGS")
    assert explained(fit.estimates.weights.outer[0][own]) <= best.fun + 1e-9
    share = fit.explained()
    assert share["fit"] == pytest.approx(-best.fun / (14 + 5))
    assert share["afit"] < share["fit"]


def test_draws_are_estimates_of_their_rows_and_sharing_is_refused() -> None:
    fit = cm.gsca(MODEL, DATA)
    drawn = fit.bootstrap(200)
    assert drawn.unusable == 0
    assert drawn.table().se.between(0.02, 0.12).all()
    with pytest.raises(CoprodError, match="tr1 belong to two constructs"):
        cm.gsca(MODEL + "both =~ tr1 + ea1\nsat ~ both", DATA)
    with pytest.raises(CoprodError, match="argument scheme: GSCA has none"):
        cm.gsca(MODEL, DATA, scheme="path")


def test_importance_and_performance_of_the_peer() -> None:
    model = (
        "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\nloyal =~ lo1+lo2+lo3\nease ~ trust\nloyal ~ ease + trust"
    )
    found, peer = cm.ipma(cm.pls(model, DATA), "loyal", (1, 7)), PEER["ipma"]
    importance, by_item = matrix(peer["importance"]), matrix(peer["items"])
    for name, value, performance in found.constructs.itertuples(index=False):
        assert value == pytest.approx(importance.loc["loyal", name], abs=1e-6)
        # The peer's performance is on the scale of the answers.
        assert performance == pytest.approx((peer["performance"][name] - 1.0) / 6.0 * 100.0, abs=1e-5)
    for _, item, value, _ in found.items.itertuples(index=False):
        assert value == pytest.approx(by_item.loc["loyal", item], abs=1e-6)
