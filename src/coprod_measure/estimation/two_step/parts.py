"""Cut a parameter table into measurement blocks and a structural part (Rosseel & Loh 2024)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable
from coprod_measure.estimation.specification.syntax import Constraint
from coprod_measure.estimation.specification.variables import Variables
from coprod_measure.estimation.two_step.together import Roles, factor_of, groups_of, labels_of, roles_of


@dataclass(frozen=True, slots=True)
class Parts:
    """A model in two steps.

    Attributes
    ----------
    joint : ParameterTable
        The whole model; what the structural part frees is free here too.
    blocks : tuple of ParameterTable
        Measurement blocks, latent covariances free within each.
    structure : ParameterTable
        The structural part: its observed variables are ``targets``.
    targets : tuple of str
        Latent variables that the structure is about, then observed ones in it.
    products : tuple of str
        Targets that are products of others (``"x:z"``).
    notes : tuple of str
        What was joined although nobody asked for it.
    unit : frozenset of (str, int)
        Factors, by group, whose variance is 1 in the model's metric.
    """

    joint: ParameterTable
    blocks: tuple[ParameterTable, ...]
    structure: ParameterTable
    targets: tuple[str, ...]
    products: tuple[str, ...]
    notes: tuple[str, ...]
    unit: frozenset[tuple[str, int]] = frozenset()


def split(
    table: ParameterTable, blocks: Sequence[Sequence[str]] | None = None, *, scaled: bool = True
) -> Parts:
    """Separate what measures from what relates.

    Parameters
    ----------
    table : ParameterTable
        As ``sem()`` completes it; products are latent variables without items.
    blocks : sequence of sequence of str, optional
        Latent variables that are to be measured together. By default each stands alone, and those that share
        items, residual covariances, equal parameters or a higher-order factor stand together.
    scaled : bool
        Whether variances fixed to 1 hold in the structure; without, they are free there, in the metric that
        the measurement blocks give the factors.

    Raises
    ------
    ModelError
        For models that cannot be cut: formative variables, items with an equation, constraints across parts.
    """
    _refuse(table)
    roles = roles_of(table)
    measured = [name for name in table.variables.latent if name in roles.items]
    groups, notes = groups_of(table, roles, measured, blocks or ())
    targets = (*(name for name in table.variables.latent if name not in roles.lower), *roles.doubled)
    kept_fixed = _unit_variances(table, roles)
    joint = _joint(table, targets, kept_fixed, scaled=scaled)
    parts = [_constraints_of(table, group, roles) for group in groups]
    tables = tuple(
        _block(table, set(group), roles, kept_fixed, own)
        for group, own in zip(groups, parts, strict=True)
        if any(roles.items[name] for name in group)
    )
    used = {c for own in parts for c in own}
    rest = tuple(c for c in table.constraints if c.op != ":=" and c not in used)
    structure = _structure(joint, targets, kept_fixed, rest)
    products = tuple(name for name in targets if ":" in name and name not in roles.items)
    unit = frozenset(one for one in kept_fixed if one[0] in targets) if scaled else frozenset()
    return Parts(joint, tables, structure, targets, products, notes, unit)


def _refuse(table: ParameterTable) -> None:
    if table.variables.formative:
        raise ModelError(
            f"{', '.join(table.variables.formative)} are formed by their items",
            place="model",
            cure="Measure in two steps what items reflect; fit composites with cm.sem",
            code="formative-in-two-steps",
        )
    for constraint in table.constraints:
        if constraint.op != ":=" and ".p" in f"{constraint.lhs}{constraint.rhs}":
            raise ModelError(
                "numbered parameters (.p1.) have no place in two steps",
                place=constraint.place,
                cure="Give the parameters labels",
                code="numbered-parameter",
            )


def _unit_variances(table: ParameterTable, roles: Roles) -> frozenset[tuple[str, int]]:
    """Factors (by group) that a fixed variance scales, because no loading is fixed."""
    scaled = {
        (row.lhs, row.group) for row in table.rows if row.op == "=~" and not row.free and row.value != 0.0
    }
    return frozenset(
        (row.lhs, row.group)
        for row in table.rows
        if row.op == "~~"
        and row.lhs == row.rhs
        and row.lhs in roles.items
        and not row.free
        and (row.lhs, row.group) not in scaled
    )


def _constraints_of(table: ParameterTable, group: list[str], roles: Roles) -> tuple[Constraint, ...]:
    owner: dict[str, list[str]] = {}
    for factor, items in roles.items.items():
        for item in items:
            owner.setdefault(item, []).append(factor)
    found = []
    for constraint in table.constraints:
        if constraint.op == ":=":
            continue
        labels = labels_of(constraint, table)
        inside = {row.label: factor_of(row, owner, roles) for row in table.rows if row.label in labels}
        measuring = [factor for factor in inside.values() if factor]
        if measuring and len(measuring) < len(inside):
            raise ModelError(
                f"{constraint.lhs} {constraint.op} {constraint.rhs} ties measurement to structure",
                place=constraint.place,
                cure="Fit the whole model with cm.sem",
                code="constraint-across-steps",
            )
        if measuring and measuring[0] in group:
            found.append(constraint)
    return tuple(found)


def _block(
    table: ParameterTable,
    members: set[str],
    roles: Roles,
    kept_fixed: frozenset[tuple[str, int]],
    constraints: tuple[Constraint, ...],
) -> ParameterTable:
    items = {item for name in members for item in roles.items[name] if item not in roles.lower}
    tops = [name for name in table.variables.latent if name in members and name not in roles.lower]
    rows: list[Parameter] = []
    for row in table.rows:
        names = {row.lhs, row.rhs} - {""}
        if row.op in ("~~", "~1") and names <= members:
            own_variance = row.op == "~~" and row.lhs == row.rhs
            if own_variance and row.lhs in tops and (row.lhs, row.group) not in kept_fixed:
                row = replace(row, free=True, value=math.nan)
            if row.op == "~~" and names <= set(tops):
                row = replace(row, key=_key(row), label="", lower=-math.inf, upper=math.inf)
            rows.append(row)
        elif names <= items | members and (row.op == "=~" or names <= items):
            rows.append(row)
    rows += _missing_covariances(rows, tops, table.n_groups)
    latent = tuple(name for name in table.variables.latent if name in members)
    observed = tuple(name for name in table.variables.observed if name in items)
    variables = Variables(latent, (), observed, (), tuple(tops), (), ())
    return ParameterTable(tuple(rows), constraints, variables, table.n_groups, table.mean_structure)


def _key(row: Parameter) -> str:
    return f"{row.lhs}{row.op}{row.rhs}.g{row.group}"


def _missing_covariances(rows: Iterable[Parameter], names: Sequence[str], n_groups: int) -> list[Parameter]:
    """Free covariances of the pairs that have no row yet."""
    seen = {(frozenset((row.lhs, row.rhs)), row.group) for row in rows if row.op == "~~"}
    made = (
        Parameter(a, "~~", b, group)
        for group in range(1, n_groups + 1)
        for a, b in combinations(names, 2)
        if (frozenset((a, b)), group) not in seen
    )
    return [replace(row, key=_key(row)) for row in made]


def _joint(
    table: ParameterTable,
    targets: tuple[str, ...],
    kept_fixed: frozenset[tuple[str, int]],
    *,
    scaled: bool,
) -> ParameterTable:
    """Add what the structural part frees: covariances of all causes, residual variances of scaled factors."""
    outcomes = {row.lhs for row in table.rows if row.op == "~"}
    causes = [name for name in targets if name not in outcomes]
    observed = {row.lhs for row in table.rows if row.exogenous}
    products = any(":" in name and name in table.variables.latent for name in targets)
    rows = []
    for row in table.rows:
        own_variance = row.op == "~~" and row.lhs == row.rhs
        loose = own_variance and row.lhs in targets and (row.lhs, row.group) in kept_fixed
        loose = loose and (row.lhs in outcomes or not scaled)
        level = products and row.op == "~1" and row.lhs in outcomes and row.lhs in targets
        if loose or (level and not row.user and not row.free):
            row = replace(row, free=True, value=math.nan, key=_key(row))
        rows.append(row)
    added = _missing_covariances(rows, causes, table.n_groups)
    kept = [row for row in added if not {row.lhs, row.rhs} <= observed]
    return replace(table, rows=(*rows, *kept))


def _structure(
    joint: ParameterTable,
    targets: tuple[str, ...],
    kept_fixed: frozenset[tuple[str, int]],
    constraints: tuple[Constraint, ...],
) -> ParameterTable:
    chosen = set(targets)
    rows = []
    for row in joint.rows:
        if row.op not in ("~", "~~", "~1") or not ({row.lhs, row.rhs} - {""}) <= chosen:
            continue
        own_variance = row.op == "~~" and row.lhs == row.rhs
        loose = own_variance and (row.lhs, row.group) in kept_fixed and not row.free
        level = row.op == "~1" and not row.free and row.value == 0.0 and not row.user
        if row.exogenous or loose or level:
            row = replace(row, free=True, exogenous=False, value=math.nan, key=_key(row))
        rows.append(row)
    order = {name: k for k, name in enumerate(targets)}
    outcomes = {row.lhs for row in rows if row.op == "~"}
    # Causes may covary in the baseline, as lavaan has it.
    causes = tuple(name for name in targets if name not in outcomes) if outcomes else ()
    variables = Variables((), (), tuple(sorted(targets, key=order.__getitem__)), causes, (), (), ())
    return ParameterTable(tuple(rows), constraints, variables, joint.n_groups, joint.mean_structure)
