from __future__ import annotations

import gc

import numpy as np
import pandas as pd

from coprod_measure.fitting.models import cfa

MODEL = "f =~ a + b + c + d"


def frame(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(120, 1)) + rng.normal(size=(120, 4))
    values[rng.random(values.shape) < 0.1] = np.nan
    return pd.DataFrame(values, columns=list("abcd"))


def test_models_of_the_same_incomplete_answers_share_their_moments() -> None:
    data = frame(1)
    first = cfa(MODEL, data, missing="fiml")
    second = cfa(MODEL + "\na ~~ b", data.copy(), missing="fiml")
    assert second.solution.sample is first.solution.sample


def test_other_answers_weights_or_order_of_variables_are_not_taken_for_the_same() -> None:
    data = frame(1).assign(w=np.linspace(1, 2, 120))
    first = cfa(MODEL, data, missing="fiml")
    for other in (
        cfa(MODEL, frame(2), missing="fiml"),
        cfa(MODEL, data, missing="fiml", weights="w", estimator="MLR"),
        cfa("f =~ b + a + c + d", data, missing="fiml"),
    ):
        assert other.solution.sample is not first.solution.sample
    later = cfa(MODEL, frame(2), missing="fiml")
    alone = later.parameters["est"].to_numpy()
    del first, other, later
    gc.collect()
    np.testing.assert_array_equal(cfa(MODEL, frame(2), missing="fiml").parameters["est"], alone)
