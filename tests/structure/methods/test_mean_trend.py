"""The trend of means over waves, against the trends of single people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.mean_trend import mean_trend
from coprod_measure.structure.methods.occasions import Occasions, occasions


def people(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    level, slope = rng.standard_normal((n, 1)), 0.2 + 0.3 * rng.standard_normal((n, 1))
    return pd.DataFrame(
        level + slope * np.array([0.0, 1.0, 3.0]) + 0.5 * rng.standard_normal((n, 3)), columns=list("abc")
    )


def waves(frame: pd.DataFrame) -> Occasions:
    return occasions(frame, {"x": list(frame.columns)})


def test_complete_answers_give_the_mean_of_everybodys_own_trend() -> None:
    frame = people()
    own = np.polyfit([0.0, 1.0, 3.0], frame.to_numpy().T, 1)[0]
    found = mean_trend(waves(frame), (0, 1, 3))
    assert found.estimate == pytest.approx(own.mean(), abs=1e-7)
    assert found.se == pytest.approx(own.std() / np.sqrt(len(own)), rel=1e-5)
    assert found.means["mean"].to_numpy() == pytest.approx(frame.mean().to_numpy(), abs=1e-6)
    two = mean_trend(waves(frame[["a", "b"]]))
    paired = frame["b"] - frame["a"]
    assert (two.estimate, two.se) == pytest.approx(
        (paired.mean(), paired.std(ddof=0) / np.sqrt(300)), rel=1e-5
    )


def test_the_error_of_d_holds_that_of_the_standard_deviation() -> None:
    frame = people(2000)
    found = mean_trend(waves(frame), (0, 1, 3))
    own, first = np.polyfit([0.0, 1.0, 3.0], frame.to_numpy().T, 1)[0], frame["a"].to_numpy()
    d = own.mean() / first.std()
    # What each respondent adds to a ratio of a mean and a standard deviation.
    adds = (own - own.mean()) / first.std() - d * ((first - first.mean()) ** 2 / first.var() - 1) / 2
    assert (found.d, found.d_se) == pytest.approx((d, adds.std() / np.sqrt(len(own))), rel=1e-4)
    two = mean_trend(waves(frame[["a", "b"]]))
    r = np.corrcoef(frame["a"], frame["b"])[0, 1]
    # Becker (1988), of normal answers: what is 2 (1 - r) where both waves spread alike.
    change = (frame["b"] - frame["a"]).var() / frame["a"].var()
    assert change == pytest.approx(2 * (1 - r), rel=0.1)
    assert two.d_se == pytest.approx(np.sqrt((change + two.d**2 / 2) / len(frame)), rel=0.05)


def test_who_left_for_what_was_known_biases_no_trend() -> None:
    frame = people(4000)
    gone = frame["a"] > 0.5
    frame.loc[gone, "c"] = np.nan
    found = mean_trend(waves(frame), (0, 1, 3))
    assert abs(found.estimate - 0.2) < 3.3 * found.se
    seen = frame.dropna()
    naive = np.polyfit([0.0, 1.0, 3.0], [frame["a"].mean(), frame["b"].mean(), seen["c"].mean()], 1)[0]
    assert abs(naive - 0.2) > 6 * found.se
    assert found.means["n"].tolist() == [4000, 4000, 4000 - int(gone.sum())]


def test_times_that_are_not_one_a_wave_are_refused() -> None:
    with pytest.raises(DataError, match="3 waves and 2 times"):
        mean_trend(waves(people(50)), (0, 1))
