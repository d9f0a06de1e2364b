"""`pls`: model text and data in, a PLS path model out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from coprod_measure.composites.estimates import Recipe, estimate
from coprod_measure.composites.model import Design, Plan, plan_of
from coprod_measure.composites.result import Pls
from coprod_measure.composites.weights import SCHEMES, Rule
from coprod_measure.errors import DataError, EstimationError, ModelError, Problem
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.arguments import one_of, whole_number
from coprod_measure.fitting.threads import on_one_thread

MISSING = ("listwise", "mean", "em")


@on_one_thread
def pls(
    model: str,
    data: pd.DataFrame,
    *,
    consistent: bool = False,
    scheme: str = "path",
    missing: str = "listwise",
    modes: Mapping[str, str] | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 300,
) -> Pls:
    r"""Estimate a PLS path model.

    Parameters
    ----------
    model : str
        lavaan's syntax; see :func:`coprod_measure.composites.model.plan_of`.
    data : pandas.DataFrame
        One row a respondent.
    consistent : bool
        Correct constructs written with ``=~`` for attenuation (PLSc; Dijkstra & Henseler 2015): they are then
        common factors. Without it every construct is a composite.
    scheme : str
        Inner weights: ``"path"``, ``"factor"`` or ``"centroid"``.
    missing : str
        ``"listwise"``, ``"mean"`` (of the item) or ``"em"`` (moments of the normal model).
    modes : mapping, optional
        Construct to ``"A"``, ``"B"`` or ``"unit"``, where it differs from its operator.
    tolerance : float
        Largest change of a weight at which the iteration stops.
    max_iterations : int

    Raises
    ------
    ModelError
        If the model or an option is wrong.
    DataError
        If an item is missing, not a number, does not vary, or rows are too few.
    EstimationError
        If items of a Mode B construct are collinear, or the weights do not converge.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> f = rng.normal(size=300)
    >>> x = pd.DataFrame({f"x{i}": f + rng.normal(size=300) for i in (1, 2, 3)})
    >>> fit = cm.pls("f =~ x1 + x2 + x3\ny ~ f", x.assign(y=f + rng.normal(size=300)), consistent=True)
    >>> fit.paths().round(2)[["from", "to", "est"]].values.tolist()
    [['f', 'y', 0.62]]
    """
    plan = plan_of(model, modes)
    rule = Rule(
        one_of("scheme", scheme, SCHEMES),
        _positive(tolerance),
        whole_number("max_iterations", max_iterations, 1),
    )
    how = one_of("missing", missing, MISSING)
    if how == "em" and plan.second is not None:
        cure = "Use missing='mean' or 'listwise'"
        raise ModelError("EM moments have no scores to multiply", place="argument missing", cure=cure)
    x, dropped = _items(data, plan, how)
    recipe = Recipe(plan, rule, consistent, how == "em")
    found = estimate(x, np.ones((1, len(x))), recipe)
    _refuse_collinear(found.r[0], plan.last, plan.columns)
    if not found.weights.converged[0]:
        cure = "Look for items that correlate with nothing, or raise max_iterations="
        raise EstimationError(
            f"the weights do not stand after {int(found.weights.iterations[0])} iterations",
            place="PLS",
            cure=cure,
            code="no-convergence",
        )
    return Pls(recipe, x, found, dropped)


def _positive(tolerance: float) -> float:
    if not 0.0 < tolerance < 0.1:
        cure = "Give a number such as 1e-7"
        raise ModelError(f"{tolerance!r} cannot be used", place="argument tolerance", cure=cure)
    return float(tolerance)


def _items(data: pd.DataFrame, plan: Plan, how: str) -> tuple[Floats, int]:
    """Columns of the items as numbers, and how many rows were left out."""
    absent = [name for name in plan.items if name not in data.columns]
    wordy = [n for n in plan.items if n not in absent and not pd.api.types.is_numeric_dtype(data[n])]
    problems = [Problem(f"item {n}", "the data have no such column", "Check the spelling") for n in absent]
    problems += [Problem(f"item {n}", "its values are not numbers", "Code the answers") for n in wordy]
    if problems:
        raise DataError.from_problems(problems)
    x = data[list(plan.items)].to_numpy(dtype=float, na_value=np.nan)
    kept = ~np.isnan(x).any(axis=1) if how == "listwise" else ~np.isnan(x).all(axis=1)
    x = x[kept]
    if len(x) <= len(plan.items):
        cure = "Take fewer items, or missing='em' if rows were left out"
        cause = f"{len(x)} usable rows for {len(plan.items)} items"
        raise DataError(cause, place="data", cure=cure, code="too-few-rows")
    for name, column in zip(plan.items, x.T, strict=True):
        if not np.nanstd(column) > 0.0:
            problems.append(Problem(f"item {name}", "all answers are the same", "Leave it out"))
    if problems:
        raise DataError.from_problems(problems)
    return x, int((~kept).sum())


def _refuse_collinear(r: Floats, design: Design, columns: tuple[str, ...]) -> None:
    problems = []
    for j, block in enumerate(design.blocks):
        inner = r[np.ix_(block, block)]
        if design.modes[j] == "b" and np.linalg.cond(inner) > 1e10:
            heavy = np.abs(np.linalg.eigh(inner)[1][:, 0]) > 0.1
            names = ", ".join(columns[c] for c, hit in zip(block, heavy, strict=True) if hit)
            cure = "Leave one of them out, or weight the construct in Mode A"
            problems.append(
                Problem(f"construct {design.names[j]}", f"{names} are collinear", cure, "collinear-items")
            )
    if problems:
        raise EstimationError.from_problems(problems)
