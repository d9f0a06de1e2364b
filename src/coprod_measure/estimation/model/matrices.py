"""Where each parameter stands in the model's matrices.

The representation is LISREL's all-y form, as in lavaan: y = nu + Lambda eta + epsilon,
eta = alpha + Beta eta + zeta. An observed variable with an equation, or one that predicts, doubles as
a latent variable without measurement error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.specification.composites import FOLLOWS
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable

MATRICES = ("lambda", "beta", "psi", "theta", "nu", "alpha", "tau", "delta", "none")


@dataclass(frozen=True, slots=True)
class Placement:
    """Cells of one matrix that rows of the parameter table fill.

    Attributes
    ----------
    row, i, j : (k,) int
        Position in the table and in the matrix (``j`` is 0 for a vector; for ``tau`` the threshold from 0).
    """

    row: Ints
    i: Ints
    j: Ints


@dataclass(frozen=True, slots=True)
class GroupMatrices:
    """The matrices of one group.

    Attributes
    ----------
    observed : tuple of str
        The p variables, rows of Lambda and Theta.
    latent : tuple of str
        The m columns of Lambda: latent variables, then observed ones that double as latent.
    n_latent : int
        How many of them are truly latent.
    constant : (p, m) float
        Ones that tie doubled variables to themselves.
    places : dict
        Matrix name to :class:`Placement`.
    """

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    n_latent: int
    constant: Floats
    places: dict[str, Placement]


def place_parameters(table: ParameterTable) -> tuple[GroupMatrices, ...]:
    """Find the cell of every parameter.

    Returns
    -------
    tuple of GroupMatrices
        One a group, variables in the order of ``table.variables.observed``.
    """
    return tuple(_group(table, group) for group in range(1, table.n_groups + 1))


def _group(table: ParameterTable, group: int) -> GroupMatrices:
    variables = table.variables
    numbered = [(k, row) for k, row in enumerate(table.rows) if row.group == group]
    observed = variables.observed
    doubled = _doubled(
        [row for _, row in numbered], set(variables.latent), composites=bool(variables.composites)
    )
    if table.correlation:
        doubled = set(observed)
    latent = (*variables.latent, *(name for name in observed if name in doubled))
    in_observed = {name: k for k, name in enumerate(observed)}
    in_latent = {name: k for k, name in enumerate(latent)}
    cells: dict[str, list[tuple[int, int, int]]] = {name: [] for name in MATRICES}
    composites = variables.composites
    items = {x for one in composites for x in one.items}
    for k, row in numbered:
        if row.given or (row.op == "<~" and composites) or (row.op == "~1" and row.lhs in items):
            matrix, i, j = "none", 0, 0
        elif row.op in FOLLOWS:
            matrix, i, j = _following_cell(row, in_observed, in_latent)
        else:
            matrix, i, j = _cell(row, in_observed, in_latent)
        if table.correlation and row.op == "~*~":
            matrix, j = "lambda", in_latent[row.lhs]
        cells[matrix].append((k, i, j))
    constant = np.zeros((len(observed), len(latent)))
    for name in doubled if not table.correlation else ():
        constant[in_observed[name], in_latent[name]] = 1.0
    places = {}
    for name, found in cells.items():
        array = np.array(found, dtype=np.int64).reshape(-1, 3)
        places[name] = Placement(array[:, 0], array[:, 1], array[:, 2])
    return GroupMatrices(observed, latent, len(variables.latent), constant, places)


def _doubled(rows: list[Parameter], latent: set[str], *, composites: bool) -> set[str]:
    operators = ("~",) if composites else ("~", "<~")
    rows = [row for row in rows if not row.given]
    found = {name for row in rows if row.op in operators for name in (row.lhs, row.rhs) if name not in latent}
    pairs = [(row.lhs, row.rhs) for row in rows if row.op == "~~" and row.lhs != row.rhs]
    found |= {
        name for pair in pairs if len(latent.intersection(pair)) == 1 for name in pair if name not in latent
    }
    while True:
        more = {
            name
            for pair in pairs
            if found.intersection(pair)
            for name in pair
            if name not in latent and name not in found
        }
        if not more:
            return found
        found |= more


def _following_cell(
    row: Parameter, in_observed: dict[str, int], in_latent: dict[str, int]
) -> tuple[str, int, int]:
    """Place what follows from the weights of a composite."""
    if row.op == "=~*":
        return "lambda", in_observed[row.rhs], in_latent[row.lhs]
    if row.op == "~~*":
        return "theta", in_observed[row.lhs], in_observed[row.rhs]
    return "nu", in_observed[row.lhs], 0


def _cell(row: Parameter, in_observed: dict[str, int], in_latent: dict[str, int]) -> tuple[str, int, int]:
    lhs, op, rhs = row.lhs, row.op, row.rhs
    if op == "=~":
        if rhs in in_latent:
            return "beta", in_latent[rhs], in_latent[lhs]
        return "lambda", in_observed[rhs], in_latent[lhs]
    if op in ("~", "<~"):
        return "beta", in_latent[lhs], in_latent[rhs]
    if op == "~~":
        if lhs in in_latent and rhs in in_latent:
            return "psi", in_latent[lhs], in_latent[rhs]
        return "theta", in_observed[lhs], in_observed[rhs]
    if op == "~1":
        return ("alpha", in_latent[lhs], 0) if lhs in in_latent else ("nu", in_observed[lhs], 0)
    if op == "~*~":
        return "delta", in_observed[lhs], 0
    return "tau", in_observed[lhs], int(rhs.lstrip("t")) - 1
