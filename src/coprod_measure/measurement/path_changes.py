"""What a method factor does to structural paths: the same regressions without and with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.fitting.models import sem

NOT_ASKED = NotAvailable("no structural paths among these constructs were named")


def path_changes(
    models: Mapping[str, str],
    structure: str,
    constructs: Collection[str],
    method: str,
    frame: pd.DataFrame,
    missing: str,
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
    frame : pandas.DataFrame
    missing : {"listwise", "fiml"}

    Returns
    -------
    pandas.DataFrame or NotAvailable
        ``lhs rhs`` and one column of standardised paths a model; NaN throughout a model that has none.
    """
    structure = paths_among(structure, constructs)
    if not structure:
        return NOT_ASKED
    outcomes = {line.split("~")[0].strip() for line in structure.splitlines() if "~" in line}
    # An outcome's residual stands apart from the method by default; only causes are set apart by name.
    apart = {f"{name} ~~ 0*{method}" for name in outcomes} | {f"{method} ~~ 0*{name}" for name in outcomes}
    found, reasons = {}, []
    for name, text in models.items():
        lines = [line for line in text.splitlines() if line not in apart]
        try:
            fit = sem("\n".join([*lines, structure]), frame, std_lv=True, missing=missing)
        except CoprodError as problem:
            reasons.append(problem.problems[0].cause)
            continue
        if not (fit.converged and fit.identified):
            reasons.append(f"the structural model {name} gives no estimates")
            continue
        rows = fit.parameters[fit.parameters["op"] == "~"]
        found[name] = rows.set_index(["lhs", "rhs"])["std_all"]
    if len(found) < 2:
        return NotAvailable("; ".join(dict.fromkeys(reasons)))
    return pd.concat(found, axis=1).reindex(columns=list(models)).reset_index()


def paths_among(structure: str, constructs: Collection[str]) -> str:
    """Keep the regressions whose outcome and predictors are among the constructs."""
    kept = []
    for line in structure.splitlines():
        outcome, _, right = line.partition("~")
        causes = [name.strip() for name in right.split("+") if name.strip() in constructs]
        if outcome.strip() in constructs and causes:
            kept.append(f"{outcome.strip()} ~ {' + '.join(causes)}")
    return "\n".join(kept)
