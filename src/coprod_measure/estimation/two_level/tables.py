"""The models that a two-level model is compared with: unrestricted moments, and independence."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable


def unrestricted_table(
    table: ParameterTable, within: Floats, between: Floats, mean: Floats
) -> ParameterTable:
    """Free all variances, covariances and means of both levels, starting at given ones."""
    position = {name: k for k, name in enumerate(table.variables.observed)}
    rows = []
    for level, (variables, cov) in enumerate(zip(table.levels, (within, between), strict=True), start=1):
        names = variables.observed
        pairs = [*((name, name) for name in names), *combinations(names, 2)]
        rows += [Parameter(a, "~~", b, level, start=float(cov[position[a], position[b]])) for a, b in pairs]
        rows += [
            Parameter(name, "~1", "", level, start=float(mean[position[name]]))
            for name in _with_means(table, level)
        ]
    return _plain(table, rows)


def independence_table(table: ParameterTable) -> ParameterTable:
    """Free variances and means of both levels, and no covariance but those among covariates, as in lavaan."""
    rows = []
    for block in range(1, table.n_groups + 1):
        variables = table.level_of(block)
        fixed = set(variables.exogenous)
        own = [row for row in table.rows if row.group == block and row.op in ("~~", "~1")]
        rows += [row for row in own if row.lhs in fixed and row.rhs in (*fixed, "")]
        rows += [Parameter(name, "~~", name, block) for name in variables.observed if name not in fixed]
        rows += [Parameter(name, "~1", "", block) for name in _with_means(table, block) if name not in fixed]
    return _plain(table, rows)


def count_level_moments(table: ParameterTable) -> int:
    """Count variances, covariances and means of both levels, without those of fixed covariates."""
    total = -sum(row.exogenous for row in table.rows)
    for block in range(1, table.n_groups + 1):
        p = len(table.level_of(block).observed)
        total += p * (p + 1) // 2 + len(_with_means(table, block))
    return total


def _with_means(table: ParameterTable, block: int) -> list[str]:
    """Variables whose mean is a parameter of the level: of both parts of a variable, the one between."""
    within, between = table.levels
    if block % 2 == 0:
        return list(between.observed)
    return [name for name in within.observed if name not in between.observed]


def _plain(table: ParameterTable, rows: list[Parameter]) -> ParameterTable:
    keyed = tuple(replace(row, key=f"{row.name}.{row.group}", label="", place="") for row in rows)
    levels = tuple(replace(one, latent=(), latent_exogenous=(), final=()) for one in table.levels)
    variables = replace(table.variables, latent=(), latent_exogenous=(), final=())
    return replace(table, rows=keyed, constraints=(), variables=variables, levels=levels)


def without_slopes(table: ParameterTable) -> ParameterTable:
    """Leave random slopes out: what the data measure."""
    gone = set(table.slopes)
    measured = table.variables.measured
    levels = tuple(
        replace(one, observed=tuple(name for name in one.observed if name not in gone))
        for one in table.levels
    )
    rows = tuple(row for row in table.rows if not gone & {row.lhs, row.rhs})
    return replace(table, rows=rows, variables=replace(table.variables, observed=measured), levels=levels)
