"""Minimise under nonlinear equalities and inequalities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize as scipy_minimize

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.constraints import Functions
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.solution.minimize import Minimum, minimize

TOLERANCE = 1e-8
STEPS = 500


def minimize_constrained(discrepancy: Discrepancy, model: Model, start: Floats) -> Minimum:
    """Sequential quadratic programming, then Newton steps on the active constraints.

    Parameters
    ----------
    model : Model
        With nonlinear equalities or inequalities.
    start : (q,) float
        Starting point.

    Returns
    -------
    Minimum
        ``active`` names the inequalities that bind.
    """
    constraints = model.constraints
    free = minimize(discrepancy, model, start)
    slack = constraints.inequalities.values(free.x)
    if not len(constraints.equalities) and (slack >= -TOLERANCE).all():
        return free
    alpha = constraints.contract(free.x if free.converged else start)
    scale = 1.0 / np.sqrt(
        np.maximum(
            np.diagonal(constraints.reduce_matrix(discrepancy.information(model, constraints.expand(alpha)))),
            1e-8,
        )
    )

    alpha, steps = _sequential_quadratic(discrepancy, model, alpha, scale)
    iterations = free.n_iterations + steps
    reached = constraints.expand(alpha)
    missed = np.abs(constraints.equalities.values(reached)).max(initial=0.0)
    if not np.isfinite(discrepancy.value(model, reached)) or missed > 0.1:
        return Minimum(free.x, free.value, iterations, False, "the constraints could not be met")
    return _polish(discrepancy, model, alpha, iterations)


def _sequential_quadratic(
    discrepancy: Discrepancy, model: Model, alpha: Floats, scale: Floats
) -> tuple[Floats, int]:
    """Come near the solution; parameters are scaled so that all have the same curvature."""
    constraints = model.constraints

    def value(scaled: Floats) -> float:
        found = discrepancy.value(model, constraints.expand(scaled * scale))
        return found if np.isfinite(found) else 1e6

    def gradient(scaled: Floats) -> Floats:
        x = constraints.expand(scaled * scale)
        if not np.isfinite(discrepancy.value(model, x)):
            return np.zeros_like(scaled)
        return constraints.reduce_vector(discrepancy.gradient(model, x)) * scale

    def rule(functions: Functions, kind: str) -> dict[str, object]:
        def jacobian(scaled: Floats) -> Floats:
            inner = functions.jacobian(constraints.expand(scaled * scale))
            inner = inner if constraints.directions is None else inner @ constraints.directions
            return np.asarray(inner * scale, dtype=np.float64)

        return {
            "type": kind,
            "fun": lambda z: functions.values(constraints.expand(z * scale)),
            "jac": jacobian,
        }

    rules = []
    if len(constraints.equalities):
        rules.append(rule(constraints.equalities, "eq"))
    if len(constraints.inequalities):
        rules.append(rule(constraints.inequalities, "ineq"))
    found = scipy_minimize(
        value,
        alpha / scale,
        jac=gradient,
        method="SLSQP",
        constraints=rules,
        options={"maxiter": 500, "ftol": 1e-14},
    )
    return np.asarray(found.x * scale, dtype=np.float64), int(found.nit)


def _polish(discrepancy: Discrepancy, model: Model, alpha: Floats, iterations: int) -> Minimum:
    """Newton's method on the Lagrange conditions of the constraints that bind."""
    constraints = model.constraints
    slack = constraints.inequalities.values(constraints.expand(alpha))
    active = [int(k) for k in np.flatnonzero(slack < 1e-5)]
    binding = constraints.inequalities.subset(active)
    size = len(alpha)
    stationarity, violation = np.inf, np.inf
    for _ in range(50):
        x = constraints.expand(alpha)
        jacobian = np.vstack([constraints.equalities.jacobian(x), binding.jacobian(x)])
        jacobian = jacobian if constraints.directions is None else jacobian @ constraints.directions
        miss = np.concatenate([constraints.equalities.values(x), binding.values(x)])
        gradient = constraints.reduce_vector(discrepancy.gradient(model, x))
        metric = 2.0 * constraints.reduce_matrix(discrepancy.information(model, x))
        border = len(miss)
        system = np.block([[metric, jacobian.T], [jacobian, np.zeros((border, border))]])
        solution = np.linalg.lstsq(system, -np.concatenate([gradient, miss]), rcond=None)[0]
        step = solution[:size]
        stationarity, violation = float(step @ metric @ step), float(np.abs(miss).max(initial=0.0))
        if stationarity < 1e-16 and violation < 1e-10:
            break
        length = 1.0
        while (
            not np.isfinite(discrepancy.value(model, constraints.expand(alpha + length * step)))
            and length > 1e-6
        ):
            length /= 2.0
        alpha = alpha + length * step
        iterations += 1
    x = constraints.expand(alpha)
    outside = constraints.inequalities.values(x).min(initial=0.0) < -1e-6
    converged = stationarity < 1e-10 and violation < 1e-7 and not outside
    reason = (
        "the gradient vanished along the constraints" if converged else "the constraints could not be met"
    )
    return Minimum(x, discrepancy.value(model, x), iterations, converged, reason, tuple(active))


def minimize_along(
    discrepancy: Discrepancy, model: Model, start: Floats, completed: Callable[[Floats], Floats]
) -> Minimum:
    """Scoring along the surface where some parameters follow from the others.

    Parameters
    ----------
    start : (q,) float
        Starting point.
    completed : callable
        Brings a point to the surface.
    """
    x = completed(start)
    value = discrepancy.value(model, x)
    if not np.isfinite(value):
        return Minimum(x, value, 0, False, "the starting values imply impossible moments")
    for iteration in range(1, STEPS + 1):
        along = model.kept(model.constraints.equalities.jacobian(x))
        gradient = along.T @ discrepancy.gradient(model, x)
        metric = along.T @ discrepancy.information(model, x) @ along
        scale = np.sqrt(np.maximum(np.diagonal(metric), np.finfo(np.float64).tiny))
        solved = np.linalg.lstsq(metric / np.outer(scale, scale), gradient / scale, rcond=1e-12)[0] / scale
        step = -along @ solved / 2.0
        decrement = float(gradient @ solved) / 2.0
        length, moved, new = 1.0, x, np.inf
        while length > 1e-10:
            moved = completed(x + length * step)
            new = discrepancy.value(model, moved)
            if new <= value - 1e-4 * length * decrement or (decrement < 1e-12 and new <= value + 1e-13):
                break
            length /= 2.0
        else:
            done = decrement < 1e-9
            return Minimum(x, value, iteration, done, "no further fall")
        x, value = moved, new
        if decrement < 1e-13:
            return Minimum(x, value, iteration, True, "the gradient vanished along the surface")
    return Minimum(x, value, STEPS, False, f"the limit of {STEPS} iterations")
