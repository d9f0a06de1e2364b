"""A fit as plain text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit

_HEADINGS = {
    "=~": "Latent variables",
    "<~": "Composites",
    "~": "Regressions",
    "~~": "Variances and covariances",
    "~1": "Intercepts and means",
    "|": "Thresholds",
    "~*~": "Scales",
    ":=": "Defined parameters",
}


def summary(fit: Fit) -> str:
    """Write estimates, fit and warnings of a fit as text.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    str
        Ends with a line end.
    """
    options, measures = fit.options, fit.fit_measures
    state = "converged" if fit.converged else "DID NOT CONVERGE"
    groups = f", {len(fit.group_labels)} groups" if len(fit.group_labels) > 1 else ""
    lines = [
        f"{options.name} estimation {state} after {fit.n_iterations} iterations",
        f"n = {fit.n}{groups}, {fit.n_parameters} free parameters",
        f"admissible: {_yes(fit.admissible)}, identified: {_yes(fit.identified)}",
        "",
        f"chi-square {measures['chisq']:.3f}, df {measures['df']:g}, {_p(measures.get('pvalue', math.nan))}",
    ]
    if "chisq_scaled" in measures:
        lines.append(
            f"scaled     {measures['chisq_scaled']:.3f}, df {measures['df_scaled']:g}, "
            f"{_p(measures.get('pvalue_scaled', math.nan))}, factor {measures['chisq_scaling_factor']:.3f}"
        )
    for suffix, name in (("", ""), ("_robust", "robust ")):
        if f"cfi{suffix}" in measures and f"rmsea_ci_upper{suffix}" in measures:
            lines.append(
                f"{name}CFI {measures[f'cfi{suffix}']:.3f}, TLI {measures[f'tli{suffix}']:.3f}, "
                f"RMSEA {measures[f'rmsea{suffix}']:.3f} "
                f"[{measures[f'rmsea_ci_lower{suffix}']:.3f}, {measures[f'rmsea_ci_upper{suffix}']:.3f}]"
            )
    lines.append(f"SRMR {measures['srmr']:.3f}")
    if "logl" in measures:
        lines.append(
            f"log-likelihood {measures['logl']:.3f}, AIC {measures['aic']:.2f}, BIC {measures['bic']:.2f}"
        )
    for group, part in fit.parameters.groupby("group", sort=False):
        if len(fit.group_labels) > 1 and group:
            lines += ["", f"Group {group}: {fit.group_labels[int(str(group)) - 1]}"]
        lines += _tables(part)
    if fit.messages:
        lines += ["", "Messages", *(f"  - {message}" for message in fit.messages)]
    return "\n".join(lines) + "\n"


def _tables(part: pd.DataFrame) -> list[str]:
    lines: list[str] = []
    for op, heading in _HEADINGS.items():
        rows = part[part["op"] == op]
        if rows.empty:
            continue
        lines += ["", f"{heading:<34}{'est':>10}{'se':>9}{'z':>9}{'p':>8}{'std':>8}"]
        for row in rows.itertuples():
            name = f"{row.lhs} := {row.rhs}" if op == ":=" else f"{row.lhs} {row.op} {row.rhs}"
            label = f" ({row.label})" if row.label and op != ":=" else ""
            lines.append(
                f"  {(name + label)[:31]:<32}{_number(row.est, 10)}{_number(row.se, 9)}{_number(row.z, 9)}"
                f"{_number(row.pvalue, 8)}{_number(row.std_all, 8)}"
            )
    return lines


def _number(value: object, width: int) -> str:
    number = float(str(value))
    return f"{'':>{width}}" if math.isnan(number) else f"{number:>{width}.3f}"


def _p(value: float) -> str:
    if math.isnan(value):
        return "no test"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".")


def _yes(value: bool) -> str:
    return "yes" if value else "NO"
