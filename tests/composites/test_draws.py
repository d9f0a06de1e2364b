"""Intervals of draws where the truth is known: R2 by its large-sample variance, and the five kinds of mediation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm


def test_r2_varies_as_its_large_sample_formula_says() -> None:
    # Var(R2) = 4 R2 (1 - R2)^2 / n of normal variables (Wishart 1931; Olkin & Finn 1995).
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1500, 2))
    y = x @ [0.5, 0.4] + rng.normal(size=1500)
    fit = cm.pls("y ~ a + b", pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y}))
    (row,) = fit.bootstrap(2000, seed=2).table("r2").itertuples()
    assert row.se == pytest.approx(2.0 * np.sqrt(row.est) * (1.0 - row.est) / np.sqrt(1500), rel=0.08)
    assert row.lower < 0.41 / 1.41 < row.upper


@pytest.mark.parametrize(
    ("a", "b", "direct", "kind"),
    [
        (0.5, 0.5, 0.3, "complementary"),
        (0.5, 0.5, -0.4, "competitive"),
        (0.5, 0.5, 0.0, "indirect_only"),
        (0.0, 0.5, 0.4, "direct_only"),
        (0.0, 0.0, 0.0, "no_effect"),
    ],
)
def test_the_kind_of_mediation_is_that_of_the_population(
    a: float, b: float, direct: float, kind: str
) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=600)
    m = a * x + rng.normal(size=600)
    y = b * m + direct * x + rng.normal(size=600)
    drawn = cm.pls("m ~ x\ny ~ m + x", pd.DataFrame({"x": x, "m": m, "y": y})).bootstrap(1000)
    for interval in ("percentile", "bca"):
        assert drawn.mediation(interval=interval).kind.tolist() == [kind]
