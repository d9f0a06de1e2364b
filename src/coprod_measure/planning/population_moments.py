"""What a model text with a value for every parameter says about covariances and means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np

from coprod_measure.errors import ModelError, SimulationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults, Parameter
from coprod_measure.estimation.specification.syntax import parse_model


def population_moments(text: str, n_groups: int = 1) -> tuple[tuple[str, ...], list[Floats], list[Floats]]:
    r"""Compute the moments of a population.

    Parameters
    ----------
    text : str
        In lavaan's syntax, a value before every term (``"y ~ 0.3*x"``), one a group in ``c()``. A variance
        that is not written is such that the variable's own variance is one.

    Returns
    -------
    names : tuple of str
        Observed variables.
    covariances : list of (p, p) ndarray
    means : list of (p,) ndarray
        One a group; zero where no intercept is written.

    Raises
    ------
    ModelError
        If the text is wrong, or leaves a value open.
    SimulationError
        If there is no such population; names the equation.

    Notes
    -----
    Sigma = F (I - A)^-1 S (I - A)^-T F' in the reticular action model: McArdle and McDonald (1984), *British
    Journal of Mathematical and Statistical Psychology* 37, 234-251.

    Examples
    --------
    >>> names, cov, mean = population_moments("y ~ 0.5*x + 0.2*z\nx ~~ 0.3*z")
    >>> names, cov[0].round(2).tolist()
    (('y', 'x', 'z'), [[1.0, 0.56, 0.35], [0.56, 1.0, 0.3], [0.35, 0.3, 1.0]])
    """
    parsed = parse_model(text)
    table = parameter_table(
        replace(parsed, constraints=()), Defaults(automatic=frozenset(), fixed_x=False), n_groups=n_groups
    )
    rows = [row for row in table.rows if row.user]
    if unknown := [row for row in rows if isnan(_value(row))]:
        raise ModelError(
            f"the population gives no value to {unknown[0].lhs} {unknown[0].op} {unknown[0].rhs}",
            place=unknown[0].place,
            cure=f"Write it as in {unknown[0].lhs} {unknown[0].op} 0.3*{unknown[0].rhs or '1'}",
            code="no-value",
        )
    variables = (*table.variables.observed, *table.variables.latent)
    observed, formative = table.variables.observed, frozenset(table.variables.formative)
    groups = [
        _implied([row for row in rows if row.group == group], variables, formative)
        for group in range(1, n_groups + 1)
    ]
    p = len(observed)
    return observed, [sigma[:p, :p] for sigma, _ in groups], [mean[:p] for _, mean in groups]


def _value(row: Parameter) -> float:
    return row.start if isnan(row.value) else row.value


def _implied(
    rows: Sequence[Parameter], variables: tuple[str, ...], formative: frozenset[str]
) -> tuple[Floats, Floats]:
    place = {name: k for k, name in enumerate(variables)}
    k = len(variables)
    paths, spread, intercepts = np.zeros((k, k)), np.zeros((k, k)), np.zeros(k)
    for row in rows:
        value, left = _value(row), place[row.lhs]
        if row.op == "~1":
            intercepts[left] = value
        elif row.op == "~~":
            spread[left, place[row.rhs]] = spread[place[row.rhs], left] = value
        else:
            effect, cause = (row.rhs, row.lhs) if row.op == "=~" else (row.lhs, row.rhs)
            paths[place[effect], place[cause]] = value
    system = np.eye(k) - paths
    if abs(np.linalg.det(system)) < 1e-12:
        raise SimulationError(
            "the paths run in a circle that explains itself",
            place="population",
            cure="Lower one of them",
            code="population-cycle",
        )
    total = np.linalg.inv(system)
    written = {row.lhs for row in rows if row.op == "~~" and row.lhs == row.rhs} | formative
    open_ = [place[name] for name in variables if name not in written]
    if open_:
        # The variances are linear in those that are open.
        fixed = np.diag(total @ spread @ total.T)[open_]
        spread[open_, open_] = np.linalg.solve((total**2)[np.ix_(open_, open_)], 1.0 - fixed)
    _check_possible(paths, spread, variables)
    return total @ spread @ total.T, total @ intercepts


def _check_possible(paths: Floats, spread: Floats, variables: tuple[str, ...]) -> None:
    """Refuse negative variances and impossible correlations, by the name of the equation."""
    for k, name in enumerate(variables):
        if spread[k, k] < -1e-10:
            causes = ", ".join(variables[j] for j in np.flatnonzero(paths[k])) or "its covariances"
            raise SimulationError(
                f"the equation of {name!r} explains {1.0 - spread[k, k]:.0%} of its variance",
                place="population",
                cure=f"Lower the effects of {causes}",
                code="population-overexplained",
            )
    values, vectors = np.linalg.eigh(spread)
    if values[0] < -1e-8:
        worst = np.argsort(-np.abs(vectors[:, 0]))[:3]
        raise SimulationError(
            f"the covariances of {', '.join(variables[k] for k in worst)} contradict each other",
            place="population",
            cure="Lower one of them",
            code="population-contradictory",
        )
