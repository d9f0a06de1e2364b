"""Which factors are measured together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.expressions import parse_expression
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable
from coprod_measure.estimation.specification.syntax import Constraint


@dataclass(frozen=True, slots=True)
class Roles:
    """Items of each factor, factors that only measure higher ones, observed variables in the structure."""

    items: dict[str, tuple[str, ...]]
    lower: frozenset[str]
    doubled: tuple[str, ...]


def roles_of(table: ParameterTable) -> Roles:
    """Tell items, factors and observed variables of the structure apart."""
    latent = set(table.variables.latent)
    items: dict[str, dict[str, None]] = {}
    for row in table.rows:
        if row.op == "=~":
            items.setdefault(row.lhs, {})[row.rhs] = None
    lower = frozenset(name for own in items.values() for name in own if name in latent)
    indicators = {name for own in items.values() for name in own}
    within = {name for row in table.rows if row.op == "~" for name in (row.lhs, row.rhs)}
    within |= {
        name
        for row in table.rows
        if row.op == "~~" and row.lhs != row.rhs and len({row.lhs, row.rhs} & latent) == 1
        for name in (row.lhs, row.rhs)
    }
    for name in sorted(within & (indicators | lower)):
        kind = "factor" if name in lower else "item"
        raise ModelError(
            f"the {kind} {name} measures a factor and has a part in the structure",
            place="model",
            cure="Relate the factor that it measures, or fit the whole model with cm.sem",
            code="item-in-structure",
        )
    free = {name for name in table.variables.observed if name not in indicators}
    return Roles(
        {name: tuple(own) for name, own in items.items()},
        lower,
        tuple(name for name in table.variables.observed if name in free),
    )


def labels_of(constraint: Constraint, table: ParameterTable) -> frozenset[str]:
    """Find the labels in a constraint, through definitions."""
    definitions = {c.lhs: c.rhs for c in table.definitions}
    known = {row.label for row in table.rows if row.label}
    found: set[str] = set()
    waiting = [constraint.lhs, constraint.rhs]
    while waiting:
        for name in parse_expression(waiting.pop(), constraint.place)[1]:
            if name in known:
                found.add(name)
            elif name in definitions:
                waiting.append(definitions[name])
    return frozenset(found)


class _Union:
    """Disjoint sets of names, in the order in which they came."""

    def __init__(self, names: Iterable[str]) -> None:
        self.parent = {name: name for name in names}

    def root(self, name: str) -> str:
        while self.parent[name] != name:
            name = self.parent[name]
        return name

    def join(self, names: Iterable[str]) -> None:
        roots = [self.root(name) for name in names if name in self.parent]
        for root in roots[1:]:
            self.parent[self.root(root)] = self.root(roots[0])

    def sets(self) -> list[list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.parent:
            found.setdefault(self.root(name), []).append(name)
        return list(found.values())


def groups_of(
    table: ParameterTable, roles: Roles, measured: list[str], blocks: Sequence[Sequence[str]]
) -> tuple[list[list[str]], tuple[str, ...]]:
    """Find the factors that are measured together, and what to say about it."""
    for name in (name for block in blocks for name in block):
        if name not in roles.items:
            raise ModelError(
                f"{name!r} is no latent variable of the model",
                place="option blocks",
                cure=f"Latent variables are {', '.join(measured)}",
                code="unknown-block",
            )
    union = _Union(measured)
    for block in blocks:
        union.join(block)
    _join_related(table, roles, union)
    notes = _join_weak(table, roles, union)
    return union.sets(), notes


def _join_related(table: ParameterTable, roles: Roles, union: _Union) -> None:
    """Join factors that share items, residual covariances, parameters or a higher-order factor."""
    owner: dict[str, list[str]] = {}
    for factor, items in roles.items.items():
        for item in items:
            owner.setdefault(item, []).append(factor)
            if item in roles.lower:
                union.join((factor, item))
    for factors in owner.values():
        union.join(factors)
    keys: dict[str, list[str]] = {}
    for row in table.rows:
        if row.op == "~~" and row.lhs != row.rhs and row.lhs in owner and row.rhs in owner:
            union.join((owner[row.lhs][0], owner[row.rhs][0]))
        if row.free and row.key and (mine := factor_of(row, owner, roles)):
            keys.setdefault(row.key, []).append(mine)
    for factors in keys.values():
        union.join(factors)
    for constraint in table.constraints:
        if constraint.op != ":=":
            labels = labels_of(constraint, table)
            union.join(
                mine for row in table.rows if row.label in labels and (mine := factor_of(row, owner, roles))
            )


def factor_of(row: Parameter, owner: dict[str, list[str]], roles: Roles) -> str:
    """Name a factor whose measurement a row belongs to; empty for structural rows."""
    if row.op == "=~":
        return row.lhs
    if row.op in ("~~", "~1") and row.lhs in owner and row.lhs not in roles.lower:
        return owner[row.lhs][0]
    return ""


def _join_weak(table: ParameterTable, roles: Roles, union: _Union) -> tuple[str, ...]:
    """Join a block that its own items do not identify with one that the structure relates it to."""
    notes = []
    for block in union.sets():
        members = set(block)
        if len(union.sets()) == 1 or not _weak(table, members, roles):
            continue
        related = [
            {row.lhs: row.rhs, row.rhs: row.lhs}[name]
            for row in table.rows
            if row.op in ("~", "~~") and row.lhs != row.rhs
            for name in (row.lhs, row.rhs)
            if name in members
        ]
        others = [name for name in (*related, *union.parent) if name in union.parent and name not in members]
        partner = next((name for name in others if len(roles.items[name]) > 2), others[0])
        union.join((partner, block[0]))
        notes.append(
            f"{', '.join(block)}: too few items to be measured alone; measured together with {partner}"
        )
    return tuple(notes)


def _weak(table: ParameterTable, members: set[str], roles: Roles) -> bool:
    items = {item for name in members for item in roles.items[name] if item not in roles.lower}
    keys = {
        row.key
        for row in table.rows
        if row.group == 1
        and row.free
        and row.lhs in (items | members)
        and row.op in ("=~", "~~")
        and (row.op == "=~" or row.rhs in (items | members))
    }
    return len(keys) > len(items) * (len(items) + 1) // 2
