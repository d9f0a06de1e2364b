"""Many constructs measured one by one: the same loadings and correlations as one model, nearly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.measurement.factors.confirmatory import confirmatory
from coprod_measure.measurement.factors.measured_apart import measured_apart


def _answers(n: int = 1500) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]], np.ndarray]:
    """Four factors with known correlations; a fifth of the answers is missing; one has two items, one has one."""
    rng = np.random.default_rng(2)
    phi = np.array([[1, 0.5, 0.3, 0.2], [0.5, 1, 0.4, 0.1], [0.3, 0.4, 1, 0.0], [0.2, 0.1, 0.0, 1]])
    factors = rng.standard_normal((n, 4)) @ np.linalg.cholesky(phi).T
    constructs = {
        "a": ("a1", "a2", "a3", "a4"), "b": ("b1", "b2", "b3"), "c": ("c1", "c2"), "d": ("d1",)
    }  # fmt: skip
    columns = {
        item: factors[:, k] + (0.0 if len(own) == 1 else 0.7) * rng.standard_normal(n)
        for k, own in enumerate(constructs.values())
        for item in own
    }
    frame = pd.DataFrame(columns)
    return frame.mask(rng.random(frame.shape) < 0.2), constructs, phi


def test_correlations_and_loadings_are_those_of_the_population_and_of_one_model() -> None:
    frame, constructs, phi = _answers()
    apart = measured_apart(frame, constructs, "ML", "fiml")
    assert apart.latent_correlations.to_numpy() == pytest.approx(phi, abs=0.09)
    whole = confirmatory(frame, {name: constructs[name] for name in "abc"}, missing="fiml")
    own = apart.latent_correlations.loc[["a", "b", "c"], ["a", "b", "c"]]
    assert own.to_numpy() == pytest.approx(whole.latent_correlations.to_numpy(), abs=0.02)
    both = whole.loadings.merge(apart.loadings, on=["construct", "item"], suffixes=("", "_apart"))
    both = both[both["construct"] != "c"]  # two items are equal where they stand alone
    assert both["std_apart"].to_numpy() == pytest.approx(both["std"].to_numpy(), abs=0.04)
    assert apart.fit_measures.isna().all()
    assert "no likelihood of the whole" in apart.why_missing["cfi"]
    assert (apart.residual_correlations.abs().to_numpy() < 0.12).all()
