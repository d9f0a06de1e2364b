"""What the model leaves unexplained: residual moments and explained variance."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.solution.estimate import Solution

Kind = Literal["raw", "correlation", "normalized", "standardized"]


def residual_frame(solution: Solution, kind: str, *, robust: bool) -> pd.DataFrame:
    """List the residuals of all moments.

    Parameters
    ----------
    kind : str
        ``"raw"``: sample minus implied. ``"correlation"``: the same on the scale of correlations.
        ``"normalized"``: raw over the standard error of the sample moment. ``"standardized"``: raw over the
        standard error of the residual.
    robust : bool
        Whether these errors do without normality, where the estimator knows such.

    Returns
    -------
    pandas.DataFrame
        ``group lhs op rhs residual``; ``op`` is ``~~``, ``~1``, ``|`` or ``~``. NaN where a residual is
        zero by construction.

    Raises
    ------
    ModelError
        If there is no such kind.
    """
    kind = one_of("kind", kind, get_args(Kind))
    discrepancy, model, x = solution.discrepancy, solution.model, solution.minimum.x
    compute = discrepancy.correlation_residuals if kind == "correlation" else discrepancy.residuals
    values = compute(model, x)
    if kind in ("normalized", "standardized"):
        directions = free_directions(model, solution.minimum) if kind == "standardized" else None
        errors = discrepancy.residual_errors(model, x, directions, robust=robust)
        values = [own / error for own, error in zip(values, errors, strict=True)]
    frames = [
        pd.DataFrame(names, columns=["lhs", "op", "rhs"]).assign(residual=own, group=number)
        for number, (names, own) in enumerate(zip(discrepancy.moment_names(model), values, strict=True), 1)
    ]
    return pd.concat(frames, ignore_index=True)[["group", "lhs", "op", "rhs", "residual"]]


def explained_variance(solution: Solution) -> pd.DataFrame:
    """Compute R-squared of every variable with an equation or with factors behind it.

    Returns
    -------
    pandas.DataFrame
        ``group variable r_squared``; NaN where the residual variance is negative.
    """
    model, x = solution.model, solution.minimum.x
    values = model.values(x)
    rows = []
    # What makes up a composite is no equation of it.
    causes = ("=~", "~") if model.table.variables.composites else ("=~", "~", "<~")
    for number, (group, implied) in enumerate(zip(model.groups, model.implied(x), strict=True), start=1):
        total = dict(zip(group.observed, np.diagonal(implied.sigma), strict=True))
        total |= dict(zip(group.latent, np.diagonal(implied.v), strict=True))
        own = [(k, row) for k, row in enumerate(model.table.rows) if row.group == number]
        dependent = dict.fromkeys(
            row.rhs if row.op == "=~" else row.lhs for _, row in own if row.op in causes
        )
        residual = {row.lhs: values[k] for k, row in own if row.op == "~~" and row.lhs == row.rhs}
        for name in dependent:
            left = residual.get(name, 0.0)
            share = 1.0 - left / total[name] if left >= 0 and total[name] > 0 else np.nan
            rows.append((number, name, share))
    return pd.DataFrame(rows, columns=["group", "variable", "r_squared"])
