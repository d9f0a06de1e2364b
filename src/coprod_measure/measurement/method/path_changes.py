"""What a method factor does to structural paths: the same regressions without and with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.estimation.specification.syntax import parse_model
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.fitting.models import sem
from coprod_measure.fitting.result import Fit

NOT_ASKED = NotAvailable("no structural paths among these constructs were named")


def path_changes(
    models: Mapping[str, str],
    structure: str,
    constructs: Collection[str],
    method: str,
    frame: pd.DataFrame,
    fitting: Mapping[str, Any],
) -> pd.DataFrame | NotAvailable:
    """Fit the regressions under each measurement model.

    Parameters
    ----------
    models : mapping
        Name to measurement model in syntax; the method factor is set apart from every construct by a line
        ``construct ~~ 0*method`` or ``method ~~ 0*construct``.
    structure : str
        Regressions among the constructs, one line an outcome.
    constructs : collection of str
        In the models; paths that name others are left out.
    method : str
        Name of the method factor.
    fitting : mapping
        ``estimator`` and ``missing``.

    Returns
    -------
    pandas.DataFrame or NotAvailable
        ``lhs rhs``, one column of standardised paths a model, and the ends of their 95 % intervals
        ``<model>_ci_lower <model>_ci_upper`` for all models but the first; NaN throughout a model that has
        none.
    """
    structure = paths_among(structure, constructs)
    if not structure:
        return NOT_ASKED
    outcomes = {one.lhs for one in parse_model(structure).formulas}
    # An outcome's residual stands apart from the method by default; only causes are set apart by name.
    apart = {formula(name, "~~", ("0", method)) for name in outcomes}
    apart |= {formula(method, "~~", ("0", name)) for name in outcomes}
    found, reasons = {}, []
    for name, text in models.items():
        lines = [line for line in text.splitlines() if line not in apart]
        try:
            fit = sem("\n".join([*lines, structure]), frame, std_lv=True, **fitting)
        except CoprodError as problem:
            reasons.append(problem.problems[0].cause)
            continue
        if not (fit.converged and fit.identified):
            reasons.append(f"the structural model {name} gives no estimates")
            continue
        found[name] = _paths_of(fit).set_axis([name, f"{name}_ci_lower", f"{name}_ci_upper"], axis=1)
    if len(found) < 2:
        return NotAvailable("; ".join(dict.fromkeys(reasons)))
    ends = [f"{name}_ci_{end}" for name in list(models)[1:] for end in ("lower", "upper")]
    return pd.concat(found.values(), axis=1).reindex(columns=[*models, *ends]).reset_index()


def _paths_of(fit: Fit) -> pd.DataFrame:
    """Take standardised paths with intervals, each construct turned so that its loadings sum to a positive.

    With factor variances fixed a factor and its mirror image fit alike, so that two models can differ in sign
    alone.
    """
    rows = fit.standardized()
    sums = rows[rows["op"] == "=~"].groupby("lhs")["est"].sum()
    paths = rows[rows["op"] == "~"].set_index(["lhs", "rhs"])[["est", "ci_lower", "ci_upper"]]
    mirrored = [(sums[outcome] < 0) != (sums[cause] < 0) for outcome, cause in paths.index]
    paths.loc[mirrored] = -paths.loc[mirrored, ["est", "ci_upper", "ci_lower"]].to_numpy()
    return paths


def paths_among(structure: str, constructs: Collection[str]) -> str:
    """Keep the regressions whose outcome and predictors are among the constructs."""
    if not structure.strip():
        return ""
    kept: dict[str, list[str]] = {}
    for one in parse_model(structure).formulas:
        if one.op == "~" and {one.lhs, one.rhs} <= set(constructs):
            kept.setdefault(one.lhs, []).append(one.rhs)
    return "\n".join(formula(outcome, "~", *causes) for outcome, causes in kept.items())
