"""The independence model that comparative fit indices compare with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.estimation.arrays import inverse_and_logdet
from coprod_measure.estimation.inference.chi_square import ChiSquare, chi_square
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable


def baseline_table(table: ParameterTable) -> ParameterTable:
    """Build lavaan's baseline: free variances (and means), no covariances but those of exogenous covariates.

    ``table``: the model whose variables, groups and mean structure the baseline takes. Returns without latent
    variables or constraints.
    """
    variables = table.variables
    exogenous = set(variables.exogenous)
    rows: list[Parameter] = []
    for group in range(1, table.n_groups + 1):
        own = [row for row in table.rows if row.group == group]
        # The means of covariates that are modelled are free, even where growth() holds intercepts at zero.
        rows += [
            replace(row, free=True) if (row.op == "~1" or table.correlation) and not row.exogenous else row
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
    plain = replace(
        variables, latent=(), formative=(), latent_exogenous=(), final=(), blocks=(), composites=()
    )
    return ParameterTable(free, (), plain, table.n_groups, table.mean_structure)


def independence_test(table: ParameterTable, sample: SampleMoments) -> ChiSquare:
    """Test the baseline by maximum likelihood: its estimates are the sample's variances and means.

    Parameters
    ----------
    table : ParameterTable
        Says which variables are covariates: they may covary in the baseline.
    sample : SampleMoments
        Covariance matrices, shape (p, p) each.

    Returns
    -------
    ChiSquare
        sum_g n_g (sum_k log s_kk + log|S_xx| - log|S|), k outside of the covariates x (Bentler and
        Bonett 1980).
    """
    covariates = set(table.variables.exogenous)
    inside = [k for k, name in enumerate(table.variables.observed) if name in covariates]
    outside = [k for k, name in enumerate(table.variables.observed) if name not in covariates]
    value, df = 0.0, 0
    for moments, share in zip(sample.groups, sample.shares, strict=True):
        logdet = float(np.log(np.diagonal(moments.cov)[outside]).sum()) - inverse_and_logdet(moments.cov)[1]
        if inside:
            logdet += inverse_and_logdet(moments.cov[np.ix_(inside, inside)])[1]
        value += share * logdet
        df += len(outside) * (len(outside) - 1) // 2 + len(outside) * len(inside)
    return chi_square(sample.n * value, df)
