"""Functions of parameters: definitions, equalities and inequalities; linear equalities are eliminated."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.specification.expressions import Expression, Values, parse_expression
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.specification.syntax import Constraint

_STEP = 1e-30


@dataclass(frozen=True, slots=True)
class Functions:
    """Scalar functions of the free parameters.

    Attributes
    ----------
    names : tuple of str
        What each is called, or its text.

    Notes
    -----
    ``_more`` gives values and derivatives of what no text says; it comes last.
    """

    names: tuple[str, ...]
    _expressions: tuple[Expression, ...]
    _labels: dict[str, int]
    _constants: dict[str, float]
    _definitions: dict[str, Expression]
    _more: Callable[[Floats], tuple[Floats, Floats]] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def _scope(self, x: np.ndarray) -> Values:
        return _Scope(x, self._labels, self._constants, self._definitions)

    def values(self, x: Floats) -> Floats:
        """Evaluate all at x; shape (k,)."""
        scope = self._scope(x)
        own = np.array([complex(expression(scope)).real for expression in self._expressions], dtype=float)
        return own if self._more is None else np.concatenate([own, self._more(x)[0]])

    def jacobian(self, x: Floats) -> Floats:
        """Exact derivatives by the complex step; shape (k, q)."""
        found = np.zeros((len(self), len(x)))
        if not len(self):
            return found
        for position in sorted(set(self._labels.values())):
            stepped = x.astype(complex)
            stepped[position] += 1j * _STEP
            scope = self._scope(stepped)
            own = [complex(expression(scope)).imag / _STEP for expression in self._expressions]
            found[: len(own), position] = own
        if self._more is not None:
            found[len(self._expressions) :] = self._more(x)[1]
        return found

    def joined(self, names: tuple[str, ...], more: Callable[[Floats], tuple[Floats, Floats]]) -> Functions:
        """Add functions that no text says, by what gives their values and derivatives."""
        before = self._more
        if before is None:
            return replace(self, names=(*self.names, *names), _more=more)

        def both(x: Floats) -> tuple[Floats, Floats]:
            first, second = before(x), more(x)
            return np.concatenate([first[0], second[0]]), np.vstack([first[1], second[1]])

        return replace(self, names=(*self.names, *names), _more=both)

    def subset(self, kept: list[int]) -> Functions:
        """Keep some of them, by position."""
        return Functions(
            tuple(self.names[k] for k in kept),
            tuple(self._expressions[k] for k in kept),
            self._labels,
            self._constants,
            self._definitions,
        )


class _Scope(dict[str, complex]):
    """Labels, then fixed values, then defined parameters, evaluated when asked for."""

    def __init__(
        self,
        x: np.ndarray,
        labels: dict[str, int],
        constants: dict[str, float],
        definitions: dict[str, Expression],
    ) -> None:
        super().__init__()
        self._x, self._labels, self._constants, self._definitions = x, labels, constants, definitions

    def __contains__(self, name: object) -> bool:
        return name in self._labels or name in self._constants or name in self._definitions

    def get(self, name: str, default: complex = 0j) -> complex:  # type: ignore[override]
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> complex:
        if name in self._labels:
            value = complex(self._x[self._labels[name]])
        elif name in self._constants:
            value = complex(self._constants[name])
        else:
            if name not in self._definitions:
                raise KeyError(name)
            value = complex(self._definitions[name](self))
        self[name] = value
        return value


@dataclass(frozen=True, slots=True)
class Constraints:
    """All functions of parameters that a model's text names.

    Attributes
    ----------
    definitions : Functions
        ``:=``.
    equalities : Functions
        Nonlinear ``==``, written as a difference that must be 0.
    inequalities : Functions
        ``<`` and ``>``, written as a difference that must not be negative.
    origin : (q,) float
        A point that meets the linear equalities.
    directions : (q, r) float or None
        Parameters are ``origin + directions @ alpha``; None stands for the identity.
    """

    definitions: Functions
    equalities: Functions
    inequalities: Functions
    origin: Floats
    directions: Floats | None
    _sparse: csr_array | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Nearly every row has one entry: a parameter of its own, or one that equals another.
        object.__setattr__(self, "_sparse", None if self.directions is None else csr_array(self.directions))

    def expand(self, alpha: Floats) -> Floats:
        """From the r unrestricted parameters to all q."""
        return alpha if self.directions is None else self.origin + self.directions @ alpha

    def contract(self, x: Floats, metric: Floats | None = None) -> Floats:
        """Find the alpha whose expansion is nearest to x, in a metric where one is given."""
        if self._sparse is None:
            return x
        away = x - self.origin
        if metric is not None:
            with suppress(np.linalg.LinAlgError):
                found: Floats = np.linalg.solve(self.reduce_matrix(metric), self._sparse.T @ (metric @ away))
                return found
        squared = (self._sparse.T @ self._sparse).toarray()
        alpha: Floats = np.linalg.solve(squared, self._sparse.T @ away)
        return alpha

    def reduce_vector(self, gradient: Floats) -> Floats:
        """Gradient by alpha from gradient by x."""
        return gradient if self._sparse is None else self._sparse.T @ gradient

    def reduce_matrix(self, matrix: Floats) -> Floats:
        """K' M K."""
        if self._sparse is None:
            return matrix
        turned = self._sparse.T
        reduced: Floats = np.ascontiguousarray((turned @ (turned @ matrix).T).T)
        return reduced


def compile_constraints(table: ParameterTable, free_of_row: Ints, values: Floats, n_free: int) -> Constraints:
    """Turn the text of definitions and constraints into functions.

    Parameters
    ----------
    table : ParameterTable
        Holds labels and constraints.
    free_of_row : (n_rows,) int
        Row to free parameter, -1 where fixed.
    values : (n_rows,) float
        Values of fixed rows.
    n_free : int
        q.

    Raises
    ------
    ModelError
        For unknown labels, circular definitions, or linear constraints that contradict each other.
    """
    chosen = {op: tuple(c for c in table.constraints if c.op in op) for op in ((":=",), ("==",), ("<", ">"))}
    defined, equalities, inequalities = (
        constraint_functions(table, written, free_of_row, values) for written in chosen.values()
    )
    inequalities = _with_bounds(inequalities, table, free_of_row)
    linear = _linear(equalities, n_free)
    written = [chosen["==",][k] for k in linear]
    origin, directions = _eliminate(equalities.subset(linear), written, n_free)
    others = [k for k in range(len(equalities)) if k not in linear]
    return Constraints(defined, equalities.subset(others), inequalities, origin, directions)


def constraint_functions(
    table: ParameterTable, written: tuple[Constraint, ...], free_of_row: Ints, values: Floats
) -> Functions:
    """Turn definitions or constraints into functions of the free parameters.

    Parameters
    ----------
    table : ParameterTable
        Holds labels and definitions.
    written : tuple of Constraint
        ``:=`` as they are; ``==`` and ``>`` as left minus right, ``<`` as right minus left.
    free_of_row, values
        As for :func:`compile_constraints`.

    Raises
    ------
    ModelError
        For unknown labels and circular definitions.
    """
    labels, constants = _labels(table, (*table.constraints, *written), free_of_row, values)
    definitions = _definitions(table.definitions, {*labels, *constants})
    expressions = []
    for c in written:
        left, left_names = parse_expression(c.lhs, c.place) if c.op != ":=" else (_zero, ())
        right, right_names = parse_expression(c.rhs, c.place)
        for name in (*left_names, *right_names):
            _known(name, {*labels, *constants, *definitions}, c)
        expressions.append(_difference(right, left) if c.op in (":=", "<") else _difference(left, right))
    names = tuple(c.lhs if c.op == ":=" else f"{c.lhs} {c.op} {c.rhs}" for c in written)
    return Functions(names, tuple(expressions), labels, constants, definitions)


def _with_bounds(functions: Functions, table: ParameterTable, free_of_row: Ints) -> Functions:
    """Add ``lower()`` and ``upper()`` of single parameters as inequalities."""
    names, expressions, labels = list(functions.names), list(functions._expressions), dict(functions._labels)
    for k, row in enumerate(table.rows):
        for bound, sign in ((row.lower, 1.0), (row.upper, -1.0)):
            if free_of_row[k] < 0 or not np.isfinite(bound):
                continue
            labels[f".p{k + 1}."] = int(free_of_row[k])
            names.append(f"{row.name} {'>' if sign > 0 else '<'} {bound:g}")
            expressions.append(_beyond(f".p{k + 1}.", bound, sign))
    return replace(functions, names=tuple(names), _expressions=tuple(expressions), _labels=labels)


def _beyond(label: str, bound: float, sign: float) -> Expression:
    return lambda values: sign * (values[label] - bound)


def _labels(
    table: ParameterTable, written: tuple[Constraint, ...], free_of_row: Ints, values: Floats
) -> tuple[dict[str, int], dict[str, float]]:
    labels: dict[str, int] = {}
    constants: dict[str, float] = {}
    if not written:
        return labels, constants
    used = " ".join(f"{c.lhs} {c.rhs}" for c in written)
    for k, row in enumerate(table.rows):
        for name in (row.label, f".p{k + 1}."):
            if not name or name not in used:
                continue
            if free_of_row[k] >= 0:
                labels[name] = int(free_of_row[k])
            else:
                constants[name] = float(values[k])
    return labels, constants


def _definitions(written: tuple[Constraint, ...], known: set[str]) -> dict[str, Expression]:
    parsed = {c.lhs: (*parse_expression(c.rhs, c.place), c) for c in written}
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        state[name] = 1
        _, names, constraint = parsed[name]
        for used in names:
            if used in parsed and used not in known:
                if state.get(used) == 1:
                    raise ModelError(
                        f"the definition of {name!r} is circular",
                        place=constraint.place,
                        cure="Break the circle",
                    )
                if used not in state:
                    visit(used)
        state[name] = 2

    for name in parsed:
        if name not in state:
            visit(name)
    return {name: expression for name, (expression, _, _) in parsed.items()}


def _zero(values: Values) -> complex:
    return 0j


def _difference(left: Expression, right: Expression) -> Expression:
    return lambda values: left(values) - right(values)


def _known(name: str, known: set[str], constraint: Constraint) -> None:
    if name not in known:
        labels = ", ".join(sorted(name for name in known if not name.startswith(".p"))) or "none"
        raise ModelError(
            f"unknown label {name!r}",
            place=constraint.place,
            cure=f"Label a parameter in a formula as {name}*variable (labels here: {labels})",
            code="unknown-label",
        )


def _linear(functions: Functions, n_free: int) -> list[int]:
    # A function whose gradient is the same at two unrelated points is taken to be linear, as lavaan does.
    if not len(functions):
        return []
    points = np.random.default_rng(0).uniform(0.3, 1.7, size=(2, n_free))
    first, second = (functions.jacobian(point) for point in points)
    same = np.isclose(first, second, rtol=1e-9, atol=1e-12).all(axis=1)
    return [int(k) for k in np.flatnonzero(same)]


def _eliminate(functions: Functions, written: list[Constraint], n_free: int) -> tuple[Floats, Floats | None]:
    """Solve A x = b by Gauss-Jordan, so that the remaining parameters keep their meaning."""
    origin = np.zeros(n_free)
    if not len(functions):
        return origin, None
    matrix = functions.jacobian(origin)
    right = -functions.values(origin)
    pivots: list[int] = []
    rank = 0
    for row in range(len(functions)):
        size = np.abs(matrix[row]).max() if n_free else 0.0
        if size < 1e-10:
            if abs(right[row]) > 1e-8:
                c = written[row]
                raise ModelError(
                    f"the constraint {c.lhs} {c.op} {c.rhs} cannot be met",
                    place=c.place,
                    cure="Free a parameter in it, or drop it",
                    code="contradiction",
                )
            continue
        pivot = n_free - 1 - int(np.argmax(np.abs(matrix[row])[::-1] > 0.5 * size))
        right[row] /= matrix[row, pivot]
        matrix[row] /= matrix[row, pivot]
        for other in range(len(functions)):
            if other != row and matrix[other, pivot]:
                right[other] -= matrix[other, pivot] * right[row]
                matrix[other] -= matrix[other, pivot] * matrix[row]
        matrix[[row, rank]], right[[row, rank]] = matrix[[rank, row]], right[[rank, row]]
        written[row], written[rank] = written[rank], written[row]
        pivots.append(pivot)
        rank += 1
    kept = [k for k in range(n_free) if k not in set(pivots)]
    directions = np.zeros((n_free, len(kept)))
    directions[kept, range(len(kept))] = 1.0
    for row, pivot in enumerate(pivots):
        origin[pivot] = right[row]
        directions[pivot] = -matrix[row, kept]
    return origin, directions
