"""Importance is a slope and performance a mean on a scale from 0 to 100."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import statsmodels.api as sm

import coprod_measure as cm
from coprod_measure.errors import CoprodError

DATA = pd.read_csv(Path(__file__).parents[1] / "reference" / "pls" / "service_sim.csv")
MODEL = "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\nloyal =~ lo1+lo2+lo3\nloyal ~ trust + ease"


def test_one_point_of_a_cause_moves_the_target_by_its_importance() -> None:
    fit = cm.pls(MODEL, DATA)
    found = cm.ipma(fit, "loyal", (1, 7))
    weights = fit.items().set_index("item").weight
    scores = {}
    for name, items in (("trust", "tr"), ("ease", "ea"), ("loyal", "lo")):
        own = DATA[[f"{items}{k}" for k in (1, 2, 3)]]
        share = weights[own.columns] / own.std()
        scores[name] = (100 * (own - 1) / 6) @ (share / share.sum())
    frame = pd.DataFrame(scores)
    slopes = sm.OLS(frame.loyal, sm.add_constant(frame[["trust", "ease"]])).fit().params
    table = found.constructs.set_index("construct")
    assert table.importance.to_dict() == pytest.approx({"trust": slopes["trust"], "ease": slopes["ease"]})
    assert table.performance.to_dict() == pytest.approx(frame[["trust", "ease"]].mean().to_dict())
    assert found.target_performance == pytest.approx(frame.loyal.mean())
    by_item = found.items.groupby("construct").importance.sum()
    assert by_item.to_dict() == pytest.approx(table.importance.to_dict())


def test_refused() -> None:
    fit = cm.pls(MODEL, DATA)
    with pytest.raises(CoprodError, match="answers lie outside 2 to 7"):
        cm.ipma(fit, "loyal", (2, 7))
    with pytest.raises(CoprodError, match="nothing acts on trust"):
        cm.ipma(fit, "trust", (1, 7))
    with pytest.raises(CoprodError, match="has no range"):
        cm.ipma(fit, "loyal", {"tr1": (1, 7)})
    with pytest.raises(CoprodError, match="no construct"):
        cm.ipma(fit, "loyalty", (1, 7))
