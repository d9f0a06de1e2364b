"""The independence model that comparative fit indices compare with."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.estimation.parameter_table import Parameter, ParameterTable


def baseline_table(table: ParameterTable) -> ParameterTable:
    """Build lavaan's baseline: free variances (and means), no covariances but those of exogenous covariates.

    Parameters
    ----------
    table : ParameterTable
        The model whose variables, groups and mean structure the baseline takes.

    Returns
    -------
    ParameterTable
        Without latent variables or constraints.
    """
    variables = table.variables
    exogenous = set(variables.exogenous)
    rows: list[Parameter] = []
    for group in range(1, table.n_groups + 1):
        own = [row for row in table.rows if row.group == group]
        # The means of covariates that are modelled are free, even where growth() holds intercepts at zero.
        rows += [
            replace(row, free=True) if row.op == "~1" and not row.exogenous else row
            for row in own
            if row.op == "|"
            or (row.op in ("~~", "~1") and row.lhs in exogenous and row.rhs in (*exogenous, ""))
        ]
        rows += [
            Parameter(name, "~~", name, group, free=name not in variables.ordered, value=1.0)
            for name in variables.observed
            if name not in exogenous
        ]
        rows += [Parameter(name, "~*~", name, group, free=False, value=1.0) for name in variables.ordered]
        if table.mean_structure:
            rows += [
                Parameter(name, "~1", "", group, free=name not in variables.ordered, value=0.0)
                for name in variables.observed
                if name not in exogenous
            ]
        if variables.ordered:
            # Moments of ordered variables are conditional on fixed covariates: their slopes stay free.
            fixed = [row.lhs for row in own if row.exogenous and row.op == "~1"]
            rows += [Parameter(name, "~", x, group) for name in variables.endogenous for x in fixed]
    keyed = tuple(replace(row, key=f"{row.name}.g{row.group}", label="") for row in rows)
    free = tuple(replace(row, free=True) if row.op == "|" else row for row in keyed)
    plain = replace(variables, latent=(), formative=(), latent_exogenous=(), final=())
    return ParameterTable(free, (), plain, table.n_groups, table.mean_structure)
