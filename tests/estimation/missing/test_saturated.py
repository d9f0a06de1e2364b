from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.estimation.missing.patterns import group_patterns
from coprod_measure.estimation.missing.saturated import UnusableColumnsError, saturated_moments

REFERENCE = Path(__file__).parents[2] / "reference"


def chain(columns: list[str]) -> np.ndarray:
    return pd.read_csv(REFERENCE / "data" / "chain_missing.csv")[columns].to_numpy(float)


def test_moments_of_incomplete_data_are_those_of_lavaan() -> None:
    theirs = pd.read_csv(REFERENCE / "em_moments" / "moments.csv", index_col=0)
    ours = saturated_moments(group_patterns(chain(list(theirs.index))))
    assert ours.converged
    np.testing.assert_allclose(ours.mean, theirs["mean"], atol=1e-7)
    np.testing.assert_allclose(ours.cov, theirs[list(theirs.index)], atol=1e-7)


def test_log_likelihood_is_that_of_lavaan() -> None:
    stored = pd.read_csv(REFERENCE / "lavaan_fiml_chain" / "fit_measures.csv", index_col="name")["value"]
    ours = saturated_moments(group_patterns(chain([f"y{j}" for j in range(1, 13)])))
    assert ours.log_likelihood == pytest.approx(stored["unrestricted_logl"], abs=1e-5)


def test_complete_data_give_their_moments() -> None:
    y = np.random.default_rng(4).normal(size=(50, 3))
    ours = saturated_moments(group_patterns(y))
    np.testing.assert_allclose(ours.mean, y.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(ours.cov, np.cov(y.T, bias=True), atol=1e-9)


def test_planned_missing_by_three_forms_recovers_the_covariances() -> None:
    rng = np.random.default_rng(8)
    factor = rng.normal(size=(3000, 1))
    y = factor + rng.normal(size=(3000, 9))
    for form in range(3):
        y[form::3, 3 * form : 3 * form + 3] = np.nan
    ours = saturated_moments(group_patterns(y))
    assert ours.converged
    # Four standard errors of a covariance that only a third of the people inform.
    np.testing.assert_allclose(ours.cov, 1 + np.eye(9), atol=0.3)


@pytest.mark.parametrize(
    ("column", "word"), [(np.nan, "number 2: no value is observed"), (3.0, "number 2: all answers are alike")]
)
def test_variables_without_information_are_named(column: float, word: str) -> None:
    y = np.random.default_rng(4).normal(size=(30, 3))
    y[:, 1] = column
    with pytest.raises(UnusableColumnsError, match=word) as told:
        saturated_moments(group_patterns(y))
    assert str(told.value.named(["one", "two", "three"])).startswith("variable two: ")
