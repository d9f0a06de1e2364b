"""A second opinion: the same model by an independent program, for plain maximum likelihood."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.options import FitOptions

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """Estimates of two engines side by side.

    Attributes
    ----------
    estimates : pandas.DataFrame
        ``lhs op rhs est est_semopy se se_semopy``.
    largest_difference : float
        Between estimates, relative where they exceed one.
    largest_error_difference : float
        The same for standard errors.
    """

    estimates: pd.DataFrame
    largest_difference: float
    largest_error_difference: float


def fit_with_semopy(
    kind: Literal["sem", "cfa", "growth"], model: str, data: pd.DataFrame | Moments, options: FitOptions
) -> Fit:
    """Estimate with semopy; everything after the estimates is ours.

    Parameters
    ----------
    kind, model, data, options
        As for :func:`coprod_measure.fitting.models.fit_model`.

    Returns
    -------
    Fit
        At semopy's estimates.

    Raises
    ------
    ModelError
        For anything but plain ML of one group without means.
    """
    from dataclasses import replace

    from coprod_measure.estimation.estimate import Solution
    from coprod_measure.estimation.minimize import Minimum
    from coprod_measure.fitting.models import fit_model
    from coprod_measure.fitting.result import Fit

    _refuse(kind, data, options)
    own = fit_model(kind, model, data, replace(options, engine="native"))
    compiled = own.solution.model
    if compiled.means or len(compiled.constraints.equalities) or len(compiled.constraints.inequalities):
        raise ModelError(
            "semopy is used for models without means and nonlinear constraints only", place="model"
        )
    table = _semopy_estimates(own)
    x = own.solution.minimum.x.copy()
    for k, row in enumerate(compiled.first_rows()):
        parameter = compiled.table.rows[row]
        x[k] = table.loc[(parameter.lhs, parameter.op, parameter.rhs), "est"]
    value = own.solution.discrepancy.value(compiled, x)
    gradient = own.solution.discrepancy.gradient(compiled, x)
    converged = bool(np.abs(gradient).max(initial=0.0) < 1e-3)
    minimum = Minimum(x, value, 0, converged, "semopy stopped")
    return Fit(
        replace(own.request, options=options),
        Solution(compiled, own.solution.sample, own.solution.discrepancy, minimum),
    )


def cross_check(model: str, data: pd.DataFrame, **options: bool) -> CrossCheck:
    """Fit by both engines and compare estimates and standard errors.

    Parameters
    ----------
    model : str
        In lavaan's syntax.
    data : pandas.DataFrame
        Complete data.
    **options
        ``std_lv``, ``orthogonal``, ``fixed_x`` as for :func:`sem`.

    Returns
    -------
    CrossCheck
    """
    from coprod_measure.fitting.models import fit_model
    from coprod_measure.fitting.options import fit_options

    fit = fit_model("sem", model, data, fit_options(dict(options)))
    theirs = _semopy_estimates(fit)
    ours = fit.parameters.query("op != ':='").set_index(["lhs", "op", "rhs"])
    both = ours[["est", "se"]].join(
        theirs.rename(columns={"est": "est_semopy", "se": "se_semopy"}), how="inner"
    )
    free = both[both["se"] > 0]
    return CrossCheck(
        free.reset_index(),
        _largest(free["est"], free["est_semopy"]),
        _largest(free["se"], free["se_semopy"]),
    )


def _largest(ours: pd.Series, theirs: pd.Series) -> float:
    return float(((ours - theirs).abs() / ours.abs().clip(lower=1.0)).max())


def _refuse(kind: str, data: object, options: FitOptions) -> None:
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


def _semopy_estimates(fit: Fit) -> pd.DataFrame:
    """Estimates and errors by (lhs, op, rhs) of our own table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import semopy

        rows = fit.solution.model.table.rows
        frame = pd.DataFrame(
            fit.request.data.groups[0].answers, columns=list(fit.solution.model.table.variables.observed)
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
            lines.append(f"{row.lhs} {row.op} {factor}*{row.rhs}")
        model = semopy.Model("\n".join(lines))
        try:
            model.fit(frame)
            table = model.inspect()
        except Exception as error:
            raise EstimationError(f"semopy failed: {error}", place="engine semopy") from error
    found = {}
    for _, line in table.iterrows():
        lhs, op, rhs = line["lval"], line["op"], line["rval"]
        numbers = {"est": _number(line["Estimate"]), "se": _number(line["Std. Err"])}
        latent = set(fit.solution.model.table.variables.latent)
        if op == "~" and rhs in latent and (rhs, "=~", lhs) in labels.values():
            found[rhs, "=~", lhs] = numbers
        else:
            found[lhs, op, rhs] = numbers
            if op == "~~":
                found[rhs, op, lhs] = numbers
    result = pd.DataFrame.from_dict(found, orient="index")
    result.index = pd.MultiIndex.from_tuples(result.index, names=["lhs", "op", "rhs"])
    return result


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
