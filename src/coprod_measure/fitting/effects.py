"""Effects of one variable on another, with intervals."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import ModelError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.effects import (
    Path,
    effects_at,
    effects_jacobian,
    find_paths,
    is_recursive,
)
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.model.standardize import standardized_values
from coprod_measure.fitting.bootstrap import bootstrap_fit
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.parameter_frame import delta_errors, row_jacobian, test_columns

Interval = Literal["delta", "monte_carlo", "bootstrap"]
COLUMNS = ("effect", "path", "group", "est", "se", "z", "pvalue", "ci_lower", "ci_upper", "std_all")


def effects_frame(
    fit: Fitted,
    source: str,
    target: str,
    *,
    interval: Interval = "delta",
    draws: Draws,
    level: float = 0.95,
) -> pd.DataFrame:
    """List the direct, every specific indirect, the total indirect and the total effect.

    Parameters
    ----------
    fit : Fitted
        With regressions among ``source``, ``target`` and what lies between.
    source, target : str
        Variables.
    interval : str
        ``"delta"`` (symmetric), ``"monte_carlo"`` (MacKinnon, Lockwood & Williams 2004) or ``"bootstrap"``
        (percentile; bias-corrected intervals reject too often, Hayes & Scharkow 2013).
    draws : Draws
        Of the Monte Carlo method, or bootstrap replicates.
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; ``effect`` is ``direct``, ``indirect``, ``total indirect`` or ``total``.

    Raises
    ------
    ModelError
        If a variable is unknown, no path leads from source to target, or the paths run in circles.
    """
    model = fit.solution.model
    known = {name for row in model.table.rows if row.op in ("~", "<~") for name in (row.lhs, row.rhs)}
    for name in (source, target):
        if name not in known:
            raise ModelError(
                f"{name!r} has no regression in the model",
                place="effects",
                cure=f"Use one of {', '.join(sorted(known)) or 'none'}",
                code="unknown-variable",
            )
    points = _points(fit, interval, draws)
    paths = {group: find_paths(model, source, target, group) for group in range(1, model.table.n_groups + 1)}
    if model.table.levels and any(paths.values()):
        paths = {number: found for number, found in paths.items() if found}
    frames = [_group_frame(fit, found, group, points, level) for group, found in paths.items()]
    return pd.concat(frames, ignore_index=True)


def _group_frame(
    fit: Fitted, paths: list[Path], group: int, points: Floats | None, level: float
) -> pd.DataFrame:
    model, x = fit.solution.model, fit.solution.minimum.x
    if not paths:
        raise ModelError(
            "no path leads from source to target", place="effects", cure="Turn them round?", code="no-path"
        )
    if not is_recursive(model, group):
        raise ModelError(
            "the regressions run in circles, so that effects do not add up along paths",
            place="effects",
            cure="Remove the feedback, or define the effect with :=",
            code="not-recursive",
        )
    values = model.values(x)
    jacobian = effects_jacobian(paths, values) @ row_jacobian(model)
    covariance: Floats | NotAvailable = fit.covariance_or_reason
    standard = effects_at(paths, standardized_values(model, x)[1])
    kinds = ["direct" if len(path.rows) == 1 else "indirect" for path in paths]
    est, se = effects_at(paths, values), delta_errors(jacobian, covariance)
    frame = pd.DataFrame(
        {
            "effect": [*kinds, "total indirect", "total"],
            "path": [*(" -> ".join(path.names) for path in paths), "", ""],
            "group": group,
            "est": est,
            "se": se,
            **test_columns(est, se, level),
            "std_all": standard,
        }
    )
    if points is not None:
        sampled = _sampled(model, paths, points)
        tail = (1.0 - level) / 2.0
        frame = frame.assign(
            se=sampled.std(axis=0, ddof=1),
            ci_lower=np.quantile(sampled, tail, axis=0),
            ci_upper=np.quantile(sampled, 1.0 - tail, axis=0),
        )
    if not any(kind == "indirect" for kind in kinds):
        frame = frame[frame["effect"] != "total indirect"]
    return frame[list(COLUMNS)]


def _points(fit: Fitted, interval: Interval, draws: Draws) -> Floats | None:
    """Draw free parameters, shape (draws, q), where the interval needs any."""
    if interval == "delta":
        return None
    if interval == "bootstrap":
        return bootstrap_fit(fit.request, fit.solution, draws).estimates
    x, rng = fit.solution.minimum.x, np.random.default_rng(draws.seed)
    points: Floats = rng.multivariate_normal(x, fit.covariance, size=draws.number, method="eigh")
    return points


def _sampled(model: Model, paths: list[Path], points: Floats) -> Floats:
    """Values of every path, of their indirect sum and of the total at every draw."""
    rows = row_values(model.free_of_row, points, model.fixed)
    single = np.column_stack([rows[:, list(path.rows)].prod(axis=1) for path in paths])
    longer = np.array([len(path.rows) > 1 for path in paths], dtype=bool)
    return np.column_stack([single, single[:, longer].sum(axis=1), single.sum(axis=1)])
