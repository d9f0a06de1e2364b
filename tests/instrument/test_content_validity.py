from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.content_validity import (
    aiken_v_interval,
    chance_agreement,
    content_validity,
    critical_cvr,
    item_cvi,
    kappa_verdict,
    lawshe_cvr,
    modified_kappa,
    required_item_cvi,
)

CASE = Path(__file__).parents[1] / "reference" / "content_validity"


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return pd.read_csv(CASE / "expert_ratings.csv", index_col="item")


@pytest.mark.parametrize(
    "column", ["i_cvi", "i_cvi_ci_lower", "i_cvi_ci_upper", "aiken_v", "aiken_v_ci_lower", "aiken_v_ci_upper"]
)
def test_indices_and_intervals_are_those_of_r(ratings, column):
    expected = pd.read_csv(CASE / "indices.csv")
    found = content_validity(ratings).table()
    assert list(found["item"]) == list(expected["item"])
    # binom.test, prop.test and we solve the same equations: only rounding of the stored values differs.
    np.testing.assert_allclose(found[column], expected[column], atol=1e-9)


def test_chance_is_a_binomial_probability(ratings):
    expected = pd.read_csv(CASE / "indices.csv")
    n = ratings.shape[1]
    found = [chance_agreement(round(i_cvi * n), n) for i_cvi in expected["i_cvi"]]
    np.testing.assert_allclose(found, expected["chance"], atol=1e-12)


@pytest.mark.parametrize(
    ("raters", "relevant", "i_cvi", "chance", "kappa"),
    [
        # PMC5557472, table 10
        (10, 8, 0.80, 0.044, 0.79),
        (10, 7, 0.70, 0.117, 0.66),
        # Polit, Beck and Owen (2007), table 4
        (3, 3, 1.00, 0.125, 1.00),
        (4, 3, 0.75, 0.250, 0.67),
        (5, 4, 0.80, 0.156, 0.76),
        (6, 5, 0.83, 0.094, 0.81),
        (8, 6, 0.75, 0.109, 0.72),
        (9, 7, 0.78, 0.070, 0.76),
    ],
)
def test_kappa_of_published_tables(raters, relevant, i_cvi, chance, kappa):
    assert item_cvi(relevant, raters) == pytest.approx(i_cvi, abs=0.005)
    assert chance_agreement(relevant, raters) == pytest.approx(chance, abs=0.0006)
    # The tables compute kappa from the rounded I-CVI and chance.
    assert modified_kappa(relevant, raters) == pytest.approx(kappa, abs=0.0065)


def test_scale_indices_of_a_published_table():
    # PMC7253559, table 4: 6 experts, 12 items of which ten are relevant to all, two to five
    ratings = pd.DataFrame(np.full((12, 6), 4), index=[f"item_{n}" for n in range(12)])
    ratings.iloc[3, 1] = ratings.iloc[7, 4] = 2
    found = content_validity(ratings)
    assert found.average == pytest.approx(0.97, abs=0.005)
    assert found.universal == pytest.approx(0.83, abs=0.005)


@pytest.mark.parametrize(
    ("raters", "alpha", "value"),
    # Wilson, Pan and Schumsky (2012), one-sided: 13 experts as quoted by later studies, and 30 at the level of .01
    [(13, 0.05, 0.456), (30, 0.01, 0.425), (5, 0.05, 0.736), (40, 0.05, 0.260)],
)
def test_corrected_critical_values(raters, alpha, value):
    assert critical_cvr(raters, alpha) == pytest.approx(value, abs=0.0006)


@pytest.mark.parametrize(
    ("raters", "essential"), [(5, 5), (8, 7), (9, 8), (10, 9), (15, 12), (20, 15), (40, 26)]
)
def test_exact_critical_values_are_the_first_that_chance_hardly_reaches(raters, essential):
    tail = sum(comb(raters, k) for k in range(essential, raters + 1)) / 2**raters
    below = tail + comb(raters, essential - 1) / 2**raters
    assert tail <= 0.05 < below
    assert critical_cvr(raters, method="exact") == pytest.approx(lawshe_cvr(essential, raters))


def test_a_panel_too_small_to_decide_is_refused():
    with pytest.raises(InstrumentError, match="even if all agree, p is 0.062"):
        critical_cvr(4, method="exact")


def test_aiken_interval_of_the_published_example():
    # Penfield and Giacobbi (2004): the interval never leaves the scale, also at its end.
    found = aiken_v_interval(1.0, 10, 1, 5)
    assert found.upper == pytest.approx(1.0)
    assert found.lower == pytest.approx(40 / (40 + 1.959964**2), abs=1e-6)


def test_rules_of_thumb():
    assert [required_item_cvi(n) for n in (3, 5, 6, 8, 9, 20)] == [1, 1, 0.83, 0.83, 0.78, 0.78]
    assert [kappa_verdict(k) for k in (0.75, 0.74, 0.60, 0.59, 0.40, 0.39)] == [
        *("excellent", "good", "good", "fair", "fair", "poor")
    ]


def test_experts_may_leave_gaps(ratings):
    gappy = ratings.astype(float)
    gappy.iloc[0, :2] = np.nan
    assert content_validity(gappy).table()["n_raters"].tolist() == [5, *[7] * 9]


@pytest.mark.parametrize(("value", "message"), [(5.0, "rating 5"), (2.5, r"rating 2\.5"), (0.0, "rating 0")])
def test_ratings_off_the_scale_are_named(ratings, value, message):
    wrong = ratings.astype(float)
    wrong.iloc[2, 3] = value
    with pytest.raises(InstrumentError, match=message) as caught:
        content_validity(wrong)
    assert "item item_3, expert expert_4" in str(caught.value)


def test_one_rating_is_too_few(ratings):
    lonely = ratings.astype(float)
    lonely.iloc[1, 1:] = np.nan
    with pytest.raises(InstrumentError, match="item_2: fewer than two"):
        content_validity(lonely)
