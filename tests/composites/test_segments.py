"""Segments against flexmix 2.3.20 (tests/reference/pls_terms) and a known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

CASE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(CASE / "pls" / "service_sim.csv")
PEER = json.loads((CASE / "pls_terms" / "values.json").read_text(encoding="utf-8"))["segments"]


def test_two_segments_of_the_peer() -> None:
    fit = cm.pls("x =~ tr1+tr2+tr3\nz =~ ea1+ea2+ea3\ny =~ lo1+lo2+lo3\ny ~ x + z", DATA)
    found = cm.fimix(fit, 2, starts=10)
    # The peer divides its variances by less than n: its likelihood is not quite the largest.
    assert PEER["loglik"] < found.loglik < PEER["loglik"] + 0.02
    peer = pd.DataFrame(PEER["paths"]["values"])
    assert found.paths.est.tolist() == pytest.approx([*peer[0][:2], *peer[1][:2]], abs=3e-3)
    assert found.shares == pytest.approx(PEER["shares"], abs=3e-3)
    peer = json.loads((CASE / "gsca" / "values.json").read_text(encoding="utf-8"))["fimix"]
    ours = found.criteria()
    # Of the same log-likelihood: criteria differ by what it differs.
    assert ours["parameters"] == peer["df"]
    for name in ("aic", "bic"):
        assert ours[name] + 2 * ours["loglik"] == pytest.approx(peer[name] + 2 * peer["loglik"])
    # Larger variances make memberships a little less clear.
    assert ours["entropy"] == pytest.approx(peer["entropy"], abs=0.01)
    assert found.memberships.sum(axis=1) == pytest.approx(np.ones(fit.n))


def test_known_segments_are_found_and_their_number_by_bic() -> None:
    rng = np.random.default_rng(4)
    kind, x = rng.random(500) < 0.3, rng.normal(size=500)
    y = np.where(kind, -0.8, 0.7) * x + 0.4 * rng.normal(size=500)
    fit = cm.pls("y ~ x\nw ~ y", pd.DataFrame({"x": x, "y": y, "w": y + rng.normal(size=500)}))
    two = cm.fimix(fit, 2)
    assert two.shares == pytest.approx([0.7, 0.3], abs=0.06)
    assert two.paths.est[0] > 0.5 > -0.5 > two.paths.est[2]
    # Who stands near 0 on x could belong to either.
    far = np.abs(x) > 1.0
    assert (two.memberships[:, 1][kind & far] > 0.5).mean() > 0.9
    bic = [cm.fimix(fit, k, starts=5).criteria()["bic"] for k in (1, 2, 3)]
    assert min(bic) == bic[1]


def test_too_many_segments_are_named() -> None:
    fit = cm.pls("lo1 ~ tr1", DATA.head(12))
    with pytest.raises(CoprodError, match="no start ends in 8 segments"):
        cm.fimix(fit, 8, starts=3)
