"""Score tests: what each equality constraint costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import inverse_along
from coprod_measure.estimation.inference.fit_indices import chi_square_pvalue
from coprod_measure.estimation.model.constraints import constraint_functions
from coprod_measure.estimation.model.model import compile_model
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.specification.parameter_table import Parameter


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """Lagrange multiplier test of releasing constraints.

    Attributes
    ----------
    constraint : str
        Which one; ``"all"`` for the joint test.
    statistic, df, pvalue : float
        Expected fall of the chi-square.
    """

    constraint: str
    statistic: float
    df: int
    pvalue: float


def score_tests(solution: Solution, *, observed: bool = False) -> list[ScoreTest]:
    """Test the release of all equality constraints together and of each alone.

    Parameters
    ----------
    solution : Solution
        Estimated under constraints (shared labels, equality over groups, linear ``==``).
    observed : bool
        Use observed instead of expected information.

    Returns
    -------
    list of ScoreTest
        The joint test first; empty without constraints (Rao 1948; Silvey 1959).
    """
    table = solution.model.table
    apart = tuple(replace(row, key=f"{k} {row.key}") for k, row in enumerate(table.rows))
    definitions = tuple(c for c in table.constraints if c.op == ":=")
    model = compile_model(replace(table, rows=apart, constraints=definitions), solution.sample)
    x = solution.model.raw_values(solution.minimum.x)[model.first_rows()]
    names, rows = _shared(list(table.rows), solution.model.free_of_row, model.free_of_row, model.n_free)
    written = tuple(c for c in table.constraints if c.op == "==")
    if written:
        functions = constraint_functions(model.table, written, model.free_of_row, model.fixed)
        names += functions.names
        rows = np.vstack([rows, functions.jacobian(x)])
    if not names:
        return []
    gradient = solution.discrepancy.gradient(model, x)
    if observed:
        information = solution.discrepancy.hessian(model, x) / 2.0
    else:
        information = solution.discrepancy.information(model, x)
    n = solution.sample.n * solution.counted
    tests = [_test("all", gradient, information, np.eye(model.n_free), len(names), n)]
    for k, name in enumerate(names):
        directions = model.kept(np.delete(rows, k, axis=0))
        tests.append(_test(name, gradient, information, directions, 1, n))
    return tests


def _shared(
    rows: list[Parameter], together: np.ndarray, apart: np.ndarray, n_free: int
) -> tuple[tuple[str, ...], Floats]:
    first: dict[int, int] = {}
    names, differences = [], []
    for k, row in enumerate(rows):
        if together[k] < 0:
            continue
        reference = first.setdefault(int(together[k]), k)
        if reference != k:
            difference = np.zeros(n_free)
            difference[apart[reference]], difference[apart[k]] = 1.0, -1.0
            differences.append(difference)
            names.append(f"{_named(rows[reference])} == {_named(row)}")
    return tuple(names), np.array(differences).reshape(len(names), n_free)


def _named(row: Parameter) -> str:
    return row.name if row.group == 1 else f"{row.name} (group {row.group})"


def _test(
    name: str, gradient: Floats, information: Floats, directions: Floats, df: int, n: float
) -> ScoreTest:
    score = gradient / 2.0
    statistic = float(n * score @ inverse_along(information, directions) @ score)
    return ScoreTest(name, statistic, df, chi_square_pvalue(statistic, df))
