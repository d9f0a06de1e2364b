"""A second opinion: the same model by an independent program, for plain maximum likelihood."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.solution.minimize import Minimum
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.options import FitOptions


def semopy_minimum(own: Fitted) -> Minimum:
    """Take semopy's estimates for the minimum; everything after the estimates stays ours.

    Parameters
    ----------
    own : Fitted
        Plain ML of one group without means.

    Raises
    ------
    EstimationError
        If semopy fails.
    """
    compiled = own.solution.model
    table = semopy_estimates(own)
    x = own.solution.minimum.x.copy()
    for k, row in enumerate(compiled.first_rows()):
        parameter = compiled.table.rows[row]
        x[k] = table.loc[(parameter.lhs, parameter.op, parameter.rhs), "est"]
    value = own.solution.discrepancy.value(compiled, x)
    gradient = own.solution.discrepancy.gradient(compiled, x)
    converged = bool(np.abs(gradient).max(initial=0.0) < 1e-3)
    return Minimum(x, value, 0, converged, "semopy stopped")


def refuse_for_semopy(kind: str, data: object, options: FitOptions) -> None:
    """Refuse what semopy gets wrong, before anything is fitted.

    Raises
    ------
    ModelError
        For anything but complete-data ML of one group without means.
    """
    plain = (
        kind != "growth"
        and options.name == "ML"
        and options.missing == "listwise"
        and options.group is None
        and not options.ordered
        and not options.cluster
        and not options.weights
        and not options.mean_structure
        and options.likelihood == "normal"
    )
    if not plain or isinstance(data, Moments):
        raise ModelError(
            "semopy is right for complete-data ML of one group without means only",
            place="option engine",
            cure='Use engine="native"',
            code="unsupported-combination",
        )


def semopy_estimates(fit: Fitted) -> pd.DataFrame:
    """Estimate the model of a fit again with semopy: ``est se``, by lhs, op and rhs of our own table."""
    _require_fixed_loadings(fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import semopy

        rows = fit.solution.model.table.rows
        variables = fit.solution.model.table.variables
        plain = {name: f"v{k}" for k, name in enumerate((*variables.observed, *variables.latent))}
        frame = pd.DataFrame(
            fit.request.data.groups[0].answers, columns=[plain[name] for name in variables.observed]
        )
        values = fit.solution.model.fixed
        lines = []
        labels = {}
        for k, row in enumerate(rows):
            if row.exogenous:
                continue
            label = f"_k{fit.solution.model.free_of_row[k]}"
            factor = label if row.free else repr(float(values[k]))
            labels[k] = (row.lhs, row.op, row.rhs)
            lines.append(f"{plain[row.lhs]} {row.op} {factor}*{plain[row.rhs]}")
        model = semopy.Model("\n".join(lines))
        try:
            model.fit(frame)
            table = model.inspect()
        except Exception as error:
            raise EstimationError(f"semopy failed: {error}", place="engine semopy") from error
    found, names = {}, {short: name for name, short in plain.items()}
    for _, line in table.iterrows():
        lhs, op, rhs = names.get(line["lval"], ""), line["op"], names.get(line["rval"], "")
        numbers = {"est": _number(line["Estimate"]), "se": _number(line["Std. Err"])}
        latent = set(variables.latent)
        if op == "~" and rhs in latent and (rhs, "=~", lhs) in labels.values():
            found[rhs, "=~", lhs] = numbers
        else:
            found[lhs, op, rhs] = numbers
            if op == "~~":
                found[rhs, op, lhs] = numbers
    result = pd.DataFrame.from_dict(found, orient="index")
    result.index = pd.MultiIndex.from_tuples(result.index, names=["lhs", "op", "rhs"])
    return result


def _require_fixed_loadings(fit: Fitted) -> None:
    """Refuse factors without a fixed loading: semopy looks for a place to start from without end."""
    rows = fit.solution.model.table.rows
    scaled = {row.lhs for row in rows if row.op == "=~" and not row.free}
    loose = [name for name in fit.solution.model.table.variables.latent if name not in scaled]
    if loose:
        raise EstimationError(
            f"semopy finds no start where no loading of {', '.join(loose)} is fixed",
            place="engine semopy",
            cure="Fix a loading of each factor instead of its variance (without std_lv)",
            code="no-fixed-loading",
        )


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
