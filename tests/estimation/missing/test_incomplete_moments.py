from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.missing.incomplete_moments import incomplete_moments
from coprod_measure.estimation.missing.patterns import group_patterns
from coprod_measure.estimation.missing.saturated import SingularMomentsError, saturated_moments


def two_groups() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    first, second = rng.normal(size=(120, 3)), rng.normal(size=(80, 3))
    first[::5, 0] = np.nan
    second[3] = np.nan
    return first, second


def test_people_without_answers_do_not_count() -> None:
    moments = incomplete_moments(two_groups())
    assert [group.n for group in moments.groups] == [120, 79]
    assert moments.n == 199


def test_weights_sum_to_the_people_of_all_groups() -> None:
    first, second = two_groups()
    moments = incomplete_moments((first, second), (np.full(120, 3.0), np.full(80, 9.0)))
    assert moments.n == pytest.approx(199)
    assert moments.groups[1].n / moments.groups[0].n == pytest.approx(3 * 79 / 120)


def test_moments_of_fixed_covariates_alone_carry_no_information() -> None:
    information = incomplete_moments(two_groups(), fixed=(2,)).information[0]
    # Means of three and six (co)variances, less the mean and the variance of the covariate.
    assert information.kept.sum() == 7
    assert information.scores.shape == (120, 7)


def test_information_of_complete_data_is_that_of_the_data_at_hand() -> None:
    information = incomplete_moments((np.random.default_rng(2).normal(size=(60, 3)),)).information[0]
    np.testing.assert_allclose(information.incomplete, information.complete, atol=1e-8)


def test_pairs_that_nobody_answered_are_named() -> None:
    first, second = two_groups()
    second[:40, 0] = np.nan
    second[40:, 2] = np.nan
    messages = incomplete_moments((first, second)).messages(("a", "b", "c"), ("north", "south"))
    assert len(messages) == 1
    assert "nobody answered both c and a in group south" in messages[0]


def test_dependent_variables_are_found() -> None:
    first, _ = two_groups()
    dependent = np.column_stack([first, first[:, 1] + first[:, 2]])
    with pytest.raises(SingularMomentsError) as caught:
        incomplete_moments((dependent,))
    assert caught.value.columns == (1, 2, 3)


def test_too_few_people_have_no_bounded_likelihood() -> None:
    few = np.random.default_rng(2).normal(size=(6, 7))
    few[0, 0] = np.nan
    assert not incomplete_moments((few,)).bounded
    with pytest.raises(SingularMomentsError):
        saturated_moments(group_patterns(few))
