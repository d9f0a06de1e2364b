from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import cfa


def noise() -> pd.DataFrame:
    """Answers without any factor: loadings run away."""
    return pd.DataFrame(np.random.default_rng(3).normal(size=(60, 12)), columns=[f"y{k}" for k in range(12)])


MODEL = "\n".join(f"f{j} =~ y{3 * j} + y{3 * j + 1} + y{3 * j + 2}" for j in range(4))


def test_a_search_without_patience_says_that_it_tried_one_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.minimize.POLISH", 20)
    fit = cfa(MODEL, noise())
    assert not fit.converged
    # 200 of scoring, and three times 20 to polish
    assert "tried one starting point and 260 steps" in " ".join(fit.messages)
