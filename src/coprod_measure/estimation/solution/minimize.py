"""Find the minimum of a discrepancy: Fisher scoring with step halving, quasi-Newton where that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrs
from scipy.optimize import minimize as scipy_minimize

from coprod_measure.estimation.arrays import Floats, cholesky
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.model import Model

# The decrement is twice the expected fall of F; below this, N F changes in the twelfth digit only.
DECREMENT = 1e-15
# Nearer than this, Newton's steps with the observed Hessian converge at once; farther, Fisher's are safer.
NEWTON = 0.05
# A Hessian is kept while each step expects at most this share of the fall that the one before expected.
SHRINKING = 0.01
# A step with an older Hessian leaves a hundredth of the error, where Newton's leaves its square: go nearer.
STALE = 1e-5
ITERATIONS = 200
SLOW = 60
RAN_AWAY = "a variance fell without end: the model has no minimum there"
# Estimates run away where they grew by this share since the last polishing while F fell by the other or less.
GROWN, FALLEN = 0.1, 0.01
# Steps of a quasi-Newton search for each of scoring: fewer where many parameters make each one dear, so
# that no search hangs.
QUASI_NEWTON = 5
DEAR = 200_000
# The same where scoring creeps and only needs help.
POLISH = 300


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the search ended.

    Attributes
    ----------
    x : (q,) float
        Free parameters.
    value : float
        F.
    n_iterations : int
        Steps taken.
    converged : bool
        Whether the gradient vanishes (in the metric of the information).
    reason : str
        Why the search stopped, in plain words.
    active : tuple of int
        Inequality constraints that hold with equality.
    """

    x: Floats
    value: float
    n_iterations: int
    converged: bool
    reason: str
    active: tuple[int, ...] = ()


def minimize(
    discrepancy: Discrepancy,
    model: Model,
    start: Floats,
    *,
    max_iterations: int = ITERATIONS,
    tolerance: float = DECREMENT,
    near: bool = False,
    lost: Callable[[Floats], bool] = lambda _: False,
) -> Minimum:
    """Minimise F over the parameters that linear constraints leave free.

    Parameters
    ----------
    model : Model
        The compiled model, without nonlinear constraints.
    start : (q,) float
        Starting point; projected on the linear constraints.
    max_iterations : int
        Limit of scoring steps.
    tolerance : float
        Stop when the expected fall of F is half of this or less, after one more step.
    near : bool
        Whether the start is the solution of a similar problem, so that its means need not be found first.
    lost : callable
        Whether a slow search has come to a point from where none returns.
    """
    reduce = model.constraints
    alpha = reduce.contract(start if near else _with_means(discrepancy, model, start))
    value = discrepancy.value(model, reduce.expand(alpha))
    if not np.isfinite(value):
        return Minimum(reduce.expand(alpha), value, 0, False, "the starting values imply impossible moments")
    if len(alpha) == 0:
        return Minimum(reduce.expand(alpha), value, 0, True, "nothing to estimate")
    newton = _Newton(discrepancy, model)
    unit = discrepancy.unit
    close = False
    polishing, last = 0, (np.inf, np.inf)
    for iteration in range(1, max_iterations + 1):
        x = reduce.expand(alpha)
        gradient = reduce.reduce_vector(discrepancy.gradient(model, x))
        step = newton.step(x, gradient) if close and discrepancy.curvature_pays else None
        if step is None:
            step = -_solve(reduce.reduce_matrix(discrepancy.scoring(model, x)), gradient) / 2.0
            close = -float(gradient @ step) < NEWTON * unit
        decrement = -float(gradient @ step) / unit
        if decrement < (tolerance * STALE if close and newton.stale else tolerance):
            moved_x = reduce.expand(alpha + step)
            moved_value = discrepancy.value(model, moved_x)
            x, value = (moved_x, moved_value) if moved_value <= value else (x, value)
            return Minimum(x, value, iteration + polishing, True, "the gradient vanished")
        moved, new_value = _line_search(discrepancy, model, alpha, value, step, decrement, unit)
        if moved is None:
            done = decrement < 1e-9
            if done:
                return Minimum(x, value, iteration + polishing, True, "no further fall within rounding")
            most = QUASI_NEWTON * max_iterations
            return _quasi_newton(discrepancy, model, alpha, iteration + polishing, most)
        alpha, value = moved, new_value
        if iteration >= SLOW and iteration % SLOW == 0:
            away = RAN_AWAY if lost(reduce.expand(alpha)) else _growth(alpha, value, last)
            if away:
                return Minimum(reduce.expand(alpha), value, iteration + polishing, False, away)
            polished = _quasi_newton(discrepancy, model, alpha, 0, POLISH)
            polishing += polished.n_iterations
            if polished.value < value:
                alpha, value = reduce.contract(polished.x), polished.value
            last = value, float(np.abs(alpha).max())
    return Minimum(
        reduce.expand(alpha),
        value,
        max_iterations + polishing,
        False,
        f"the limit of {max_iterations} iterations",
    )


def _growth(alpha: Floats, value: float, before: tuple[float, float]) -> str:
    """Say that estimates run away; ``before``: F and the largest of them after the last polishing."""
    largest = float(np.abs(alpha).max())
    if largest <= (1.0 + GROWN) * before[1] or value <= before[0] - FALLEN * abs(before[0]):
        return ""
    return f"estimates grew without end, up to {largest:.2g}"


def minimize_patiently(discrepancy: Discrepancy, model: Model, start: Floats) -> Minimum:
    """Let a quasi-Newton search come near before scoring: slower, but it passes where scoring runs away."""
    start = model.constraints.contract(start)
    near = _quasi_newton(discrepancy, model, start, 0, QUASI_NEWTON * ITERATIONS)
    return minimize(discrepancy, model, near.x)


def _with_means(discrepancy: Discrepancy, model: Model, x: Floats) -> Floats:
    """Solve for means first: F is quadratic in them, and far from them scoring goes astray."""
    rows = model.table.rows
    chosen = [k for k, row in enumerate(model.first_rows()) if rows[row].op in ("~1", "|")]
    if not chosen or not np.isfinite(discrepancy.value(model, x)):
        return x
    gradient, information = discrepancy.gradient(model, x), discrepancy.scoring(model, x)
    moved = x.copy()
    moved[chosen] -= _solve(information[np.ix_(chosen, chosen)], gradient[chosen]) / 2.0
    return moved if discrepancy.value(model, moved) < discrepancy.value(model, x) else x


class _Newton:
    """Newton's steps with the observed Hessian, which is kept as long as steps shrink fast with it.

    A Hessian costs many times a gradient; near the minimum it hardly changes (the chord method).
    """

    def __init__(self, discrepancy: Discrepancy, model: Model) -> None:
        self.discrepancy, self.model = discrepancy, model
        self.factor: Floats | None = None
        self.decrement = np.inf
        self.stale = False

    def step(self, x: Floats, gradient: Floats) -> Floats | None:
        """Give the step; None where the Hessian is not positive definite."""
        step = self._solved(gradient) if self.factor is not None else None
        self.stale = step is not None and -float(gradient @ step) <= SHRINKING * self.decrement
        if not self.stale:
            hessian = self.model.constraints.reduce_matrix(self.discrepancy.hessian(self.model, x))
            self.factor = cholesky(hessian)
            step = self._solved(gradient) if self.factor is not None else None
        self.decrement = np.inf if step is None else -float(gradient @ step)
        return step

    def _solved(self, gradient: Floats) -> Floats | None:
        step: Floats = -dpotrs(self.factor, gradient, lower=1)[0]
        return step if np.isfinite(step).all() else None


def _solve_positive(matrix: Floats, right: Floats) -> Floats | None:
    """Solve by Cholesky; None where the matrix is not positive definite."""
    factor = cholesky(matrix)
    if factor is None:
        return None
    solution: Floats = dpotrs(factor, right, lower=1)[0]
    return solution


def _solve(information: Floats, gradient: Floats) -> Floats:
    """Solve with a ridge that is only as large as the matrix demands."""
    found = _solve_positive(information, gradient)
    if found is not None and np.isfinite(found).all():
        return found
    scale = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    scaled = information / np.outer(scale, scale)
    for ridge in (0.0, *10.0 ** np.arange(-10.0, 1.0)):
        found = _solve_positive(scaled + ridge * np.eye(len(scaled)), gradient / scale)
        if found is not None and np.isfinite(found).all():
            return found / scale
    fallback: Floats = gradient / scale**2
    return fallback


def _line_search(
    discrepancy: Discrepancy,
    model: Model,
    alpha: Floats,
    value: float,
    step: Floats,
    decrement: float,
    unit: float,
) -> tuple[Floats | None, float]:
    length = 1.0
    for _ in range(25):
        candidate = alpha + length * step
        new_value = discrepancy.value(model, model.constraints.expand(candidate))
        if new_value <= value - 1e-4 * length * decrement * unit or (
            decrement < 1e-10 and new_value <= value + 1e-13 * unit
        ):
            return candidate, new_value
        length /= 2.0
    return None, value


def _quasi_newton(
    discrepancy: Discrepancy, model: Model, alpha: Floats, iteration: int, most: int
) -> Minimum:
    reduce = model.constraints
    information = reduce.reduce_matrix(discrepancy.information(model, reduce.expand(alpha)))
    unit = discrepancy.unit
    least = 1e-12 / np.maximum(1.0, alpha**2)
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(information) / unit, least))

    def objective(scaled: Floats) -> tuple[float, Floats]:
        x = reduce.expand(scaled * scale)
        value = discrepancy.value(model, x)
        if not np.isfinite(value):
            return 1e10, np.zeros_like(scaled)
        return value / unit, reduce.reduce_vector(discrepancy.gradient(model, x)) * scale / unit

    found = scipy_minimize(
        objective,
        alpha / scale,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": min(most, max(200, DEAR // len(alpha))), "ftol": 1e-15, "gtol": 1e-9},
    )
    x = reduce.expand(found.x * scale)
    size = float(np.abs(objective(found.x)[1]).max())
    converged = size < 1e-6
    reason = "the gradient vanished" if converged else f"the gradient stayed at {size:.2g}"
    return Minimum(x, float(found.fun) * unit, iteration + int(found.nit), converged, reason)
