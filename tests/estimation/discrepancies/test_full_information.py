from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.missing.incomplete_moments import incomplete_moments
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.solution.minimize import minimize
from coprod_measure.estimation.solution.starting_values import starting_values
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

REFERENCE = Path(__file__).parents[2] / "reference"
CASE = REFERENCE / "lavaan_fiml_chain"


@pytest.fixture(scope="module")
def prepared() -> tuple[Model, FullInformation]:
    text = parse_model((CASE / "model.txt").read_text(encoding="utf-8"))
    table = parameter_table(text, Defaults(mean_structure=True))
    columns = list(table.variables.observed)
    y = pd.read_csv(REFERENCE / "data" / "chain_missing.csv")[columns].to_numpy(float)
    discrepancy = FullInformation(incomplete_moments((y,)))
    return compile_model(table, discrepancy.sample), discrepancy


@pytest.fixture(scope="module")
def solution(prepared: tuple[Model, FullInformation]) -> np.ndarray:
    model, discrepancy = prepared
    found = minimize(discrepancy, model, starting_values(model, discrepancy.sample))
    assert found.converged
    assert found.n_iterations < 20
    return found.x


def stored(model: Model, column: str) -> np.ndarray:
    table = pd.read_csv(CASE / "parameters.csv", keep_default_na=False).set_index(["lhs", "op", "rhs"])
    rows = [model.table.rows[k] for k in model.first_rows()]
    return np.array([float(table.loc[(row.lhs, row.op, row.rhs), column]) for row in rows])


def test_estimates_and_errors_are_those_of_lavaan(
    prepared: tuple[Model, FullInformation], solution: np.ndarray
) -> None:
    model, discrepancy = prepared
    np.testing.assert_allclose(solution, stored(model, "est"), rtol=1e-5, atol=1e-5)
    covariance = 2.0 * np.linalg.inv(discrepancy.hessian(model, solution)) / discrepancy.sample.n
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), stored(model, "se"), atol=1e-4)


def test_chi_square_and_likelihood_are_those_of_lavaan(
    prepared: tuple[Model, FullInformation], solution: np.ndarray
) -> None:
    model, discrepancy = prepared
    measures = pd.read_csv(CASE / "fit_measures.csv", index_col="name")["value"]
    chi_square = discrepancy.value(model, solution) * discrepancy.sample.n
    assert chi_square == pytest.approx(measures["chisq"], abs=1e-4)
    assert discrepancy.log_likelihood(model, solution) == pytest.approx(measures["logl"], abs=1e-5)


def test_derivatives_agree_with_differences_away_from_the_solution(
    prepared: tuple[Model, FullInformation], solution: np.ndarray
) -> None:
    model, discrepancy = prepared
    x = solution + np.random.default_rng(2).uniform(-0.05, 0.05, solution.size)
    gradient, hessian = discrepancy.gradient(model, x), discrepancy.hessian(model, x)
    for k in range(x.size):
        move = np.zeros(x.size)
        move[k] = 1e-5
        slope = (discrepancy.value(model, x + move) - discrepancy.value(model, x - move)) / 2e-5
        bend = (discrepancy.gradient(model, x + move) - discrepancy.gradient(model, x - move)) / 2e-5
        assert gradient[k] == pytest.approx(slope, abs=1e-7)
        np.testing.assert_allclose(hessian[k], bend, atol=1e-7)


def test_scores_of_all_people_sum_to_the_gradient(
    prepared: tuple[Model, FullInformation], solution: np.ndarray
) -> None:
    model, discrepancy = prepared
    x = solution + 0.02
    summed = discrepancy.scores(model, x).sum(axis=0)
    np.testing.assert_allclose(
        -2.0 * summed / discrepancy.sample.n, discrepancy.gradient(model, x), atol=1e-10
    )
