import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.scores.stability import RETEST_COLUMNS, absolute_agreement, retest

# Six targets and four judges of Shrout and Fleiss (1979), table 2.
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def test_published_example():
    """Shrout and Fleiss print .29 for ICC(2,1), which is McGraw and Wong's ICC(A,1)."""
    icc, lower, upper = absolute_agreement(RATINGS)
    assert icc == pytest.approx(0.29, abs=0.005)
    assert (lower, upper) == pytest.approx((0.02, 0.76), abs=0.005)


def test_people_of_both_waves_only():
    rng = np.random.default_rng(8)
    truth = rng.standard_normal(500)
    first = pd.DataFrame({"A": truth + 0.5 * rng.standard_normal(500)}, index=range(500))
    second = pd.DataFrame({"A": truth + 0.5 * rng.standard_normal(500), "B": 1.0}, index=range(500)).iloc[
        100:
    ]
    found = retest(first, second)
    row = found.table().iloc[0]
    assert tuple(found.table().columns) == RETEST_COLUMNS
    assert row["n"] == 400
    assert row["icc"] == pytest.approx(0.8, abs=0.05)
    assert row["sem"] == pytest.approx(0.5, abs=0.05)
    assert row["icc_ci_lower"] < row["icc"] < row["icc_ci_upper"]


def test_what_cannot_be_compared():
    wave = pd.DataFrame({"A": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="two waves"):
        retest(wave)
    with pytest.raises(DataError, match="share no construct"):
        retest(wave, wave.rename(columns={"A": "B"}))
    assert "variance" in retest(wave, wave.assign(A=1.0)).unavailable["reason"].item()


def test_the_same_score_in_every_wave_is_perfect_agreement():
    scores = np.repeat(np.arange(1.0, 21.0)[:, None], 3, axis=1)
    assert absolute_agreement(scores) == (1.0, 1.0, 1.0)
    row = retest(*(pd.DataFrame({"a": wave}) for wave in scores.T)).table().iloc[0]
    assert (row["icc"], row["sem"], row["smallest_change"]) == (1.0, 0.0, 0.0)
