from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.missing.mcar import little_mcar_test

DATA = Path(__file__).parents[2] / "reference" / "data"


def airquality() -> np.ndarray:
    return pd.read_csv(DATA / "airquality.csv").to_numpy(float)


def test_airquality_gives_the_published_value() -> None:
    # R's naniar prints 35.106, 14, .00142 with 4 patterns.
    result = little_mcar_test(airquality())
    assert result.statistic == pytest.approx(35.106, abs=5e-4)
    assert (result.df, result.n_patterns, result.converged) == (14, 4, True)
    assert result.pvalue == pytest.approx(0.001418, abs=5e-7)


def test_a_row_without_any_answer_is_one_more_pattern_and_nothing_else() -> None:
    # 35.1061229683641 was computed with an EM that stops earlier: it agrees to the fourth decimal.
    result = little_mcar_test(np.vstack([airquality(), np.full(6, np.nan)]))
    assert result.statistic == pytest.approx(35.1061229683641, abs=1e-4)
    assert (result.df, result.n_patterns) == (14, 5)


def test_rejections_under_missing_completely_at_random_keep_their_level() -> None:
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(300):
        y = rng.multivariate_normal([0, 0, 0], [[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]], size=250)
        y[rng.random(250) < 0.2, 0] = np.nan
        y[rng.random(250) < 0.2, 1] = np.nan
        rejected += little_mcar_test(y).pvalue < 0.05
    # Three standard errors of a proportion of .05 in 300 draws.
    assert abs(rejected / 300 - 0.05) < 0.038


def test_complete_data_cannot_be_tested() -> None:
    with pytest.raises(EstimationError, match="nothing|no patterns"):
        little_mcar_test(np.random.default_rng(0).normal(size=(20, 3)))
