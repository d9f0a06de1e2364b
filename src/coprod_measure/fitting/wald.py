"""Wald tests of constraints that were not imposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import ModelError
from coprod_measure.estimation.inference.fit_indices import chi_square_pvalue
from coprod_measure.estimation.model.constraints import constraint_functions
from coprod_measure.estimation.specification.syntax import parse_constraints
from coprod_measure.fitting.fitted import Fitted


@dataclass(frozen=True, slots=True)
class WaldTest:
    """A Wald test.

    Attributes
    ----------
    constraints : tuple of str
        What was tested jointly.
    statistic, df, pvalue : float
        Chi-square distributed if all constraints hold.
    """

    constraints: tuple[str, ...]
    statistic: float
    df: int
    pvalue: float


def wald_test(fit: Fitted, constraints: str) -> WaldTest:
    """Test equalities among labelled parameters (Wald 1943).

    Parameters
    ----------
    fit : Fitted
        Fitted without the constraints.
    constraints : str
        For instance ``"a == b; c == 0"``.

    Raises
    ------
    ModelError
        For unknown labels, redundant constraints, or anything but ``==``.
    """
    written = parse_constraints(constraints)
    if any(one.op != "==" for one in written):
        raise ModelError("only == can be tested", place="wald", cure="Write a == b")
    model, x = fit.solution.model, fit.solution.minimum.x
    functions = constraint_functions(model.table, written, model.free_of_row, model.fixed)
    jacobian = functions.jacobian(x)
    covariance = jacobian @ fit.covariance @ jacobian.T
    if np.linalg.matrix_rank(covariance) < len(functions):
        raise ModelError("the constraints are redundant or hold already", place="wald", cure="Drop one")
    distance = functions.values(x)
    statistic = float(distance @ np.linalg.solve(covariance, distance))
    return WaldTest(functions.names, statistic, len(functions), chi_square_pvalue(statistic, len(functions)))
