"""A fit as plain text."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.options import UNSCALED

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

LONGEST_NAME = 44
_COLUMNS = {"est": 9, "se": 8, "z": 8, "p": 7, "95 % interval": 18, "std": 8}
"""Headings and least widths of what is told of a parameter."""
_SRMR_OF_LEVELS = ("srmr_within", "srmr_between")


def summary(fit: Fitted, measures: Mapping[str, float]) -> str:
    """Write estimates, fit and warnings of a fit as text.

    Returns
    -------
    str
        Ends with a line end.
    """
    options, labels, headed = fit.options, fit.group_labels, 0
    state = "converged" if fit.converged else "DID NOT CONVERGE"
    parts = f", {fit.parts}" if fit.parts else ""
    lines = [
        f"{options.name} estimation {state} after {fit.n_iterations} iterations",
        f"n = {fit.n}{parts}, {fit.n_parameters} free parameters",
        f"admissible: {_yes(fit.admissible)}, identified: {_yes(fit.identified)}",
        "",
    ]
    if "chisq" in measures:
        lines.append(
            f"{_test_name(fit)} {measures['chisq']:.3f}, df {measures['df']:g}, "
            f"{_p(measures.get('pvalue', math.nan))}"
        )
    if "chisq_scaled" in measures:
        lines.append(
            f"scaled     {measures['chisq_scaled']:.3f}, df {measures['df_scaled']:g}, "
            f"{_p(measures.get('pvalue_scaled', math.nan))}, factor {measures['chisq_scaling_factor']:.3f}"
        )
    for suffix, name in (("", ""), ("_robust", "robust ")):
        if f"cfi{suffix}" in measures and f"rmsea_ci_upper{suffix}" in measures:
            tli = measures.get(f"tli{suffix}", math.nan)
            lines.append(
                f"{name}CFI {measures[f'cfi{suffix}']:.3f}, TLI {tli:.3f}, "
                f"RMSEA {measures[f'rmsea{suffix}']:.3f} "
                f"[{measures[f'rmsea_ci_lower{suffix}']:.3f}, {measures[f'rmsea_ci_upper{suffix}']:.3f}]"
            )
    if "srmr" in measures:
        levels = [f"{measures[name]:.3f} {name[5:]}" for name in _SRMR_OF_LEVELS if name in measures]
        lines.append(f"SRMR {' and '.join(levels) or format(measures['srmr'], '.3f')}")
    if "logl" in measures:
        lines.append(
            f"log-likelihood {measures['logl']:.3f}, AIC {measures['aic']:.2f}, BIC {measures['bic']:.2f}"
        )
    for (*_, number), part in fit.parameters.groupby(list(fit.columns), sort=False):
        if len(labels) > 1 and number:
            lines += ["", f"{fit.columns[-1].capitalize()} {number}: {labels[headed]}"]
            headed += 1
        lines += _tables(part, options.ordered)
    if fit.messages:
        lines += ["", "Messages", *(f"  - {message}" for message in fit.messages)]
    return "\n".join(lines) + "\n"


def one_line(fit: Fitted) -> str:
    """Name kind, estimator, outcome and size of a fit, and where the rest is.

    Only what costs nothing: a robust test, which can take seconds, is left to the summary.
    """
    scaled = fit.options.test_statistic not in UNSCALED
    test = f"{'unscaled ' * scaled}chi-square {fit.test.value:.3f}, df {fit.df:g}"
    if not fit.solution.discrepancy.testable:
        test = f"no test, df {fit.df:g}"
    state = "converged" if fit.converged else "DID NOT CONVERGE"
    parts = f" in {fit.parts}" if fit.parts else ""
    asked = f"{fit.request.kind} by {fit.options.name}"
    return f"<{asked}: {state}, n = {fit.n}{parts}, {test}; fit.summary() shows all>"


def _test_name(fit: Fitted) -> str:
    return "Browne's residual chi-square" if fit.test.name.startswith("browne") else "chi-square"


def _tables(part: pd.DataFrame, ordered: Collection[str]) -> list[str]:
    lines: list[str] = []
    told = [(row.op, _cells(row, ordered)) for row in part.itertuples() if not _by_convention(row)]
    columns = enumerate(_COLUMNS.values(), start=1)
    widths = [max([least, *(len(cells[k]) + 1 for _, cells in told)]) for k, least in columns]
    name = max([25, *(len(cells[0]) + 2 for _, cells in told)])
    for op, heading in _HEADINGS.items():
        rows = [cells for own, cells in told if own == op]
        if rows:
            lines += ["", f"{heading:<{name + 2}}{_aligned(tuple(_COLUMNS), widths)}"]
        lines += [f"  {cells[0]:<{name}}{_aligned(cells[1:], widths)}".rstrip() for cells in rows]
    return lines


def _cells(row: Any, ordered: Collection[str]) -> tuple[str, ...]:
    """Name, estimate, error, z, p, interval and standardised estimate of one parameter, as they are shown."""
    fixed = float(row.se) == 0.0
    known = not (fixed or math.isnan(row.ci_lower))
    return (
        _name(row)[:LONGEST_NAME],
        _number(row.est),
        _without_error(row, ordered) if fixed else _number(row.se),
        _number(row.z),
        _small(row.pvalue),
        f"[{_number(row.ci_lower)}, {_number(row.ci_upper)}]" if known else "",
        _number(row.std_all),
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _name(row: Any) -> str:
    name = f"{row.lhs} := {row.rhs}" if row.op == ":=" else f"{row.lhs} {row.op} {row.rhs}".rstrip()
    return f"{name} ({row.label})" if row.label and row.op != ":=" else name


def _without_error(row: Any, ordered: Collection[str]) -> str:
    """Tell what was fixed from what follows: residual variances or scales of ordered variables."""
    own = row.op == "~*~" or (row.op == "~~" and row.lhs == row.rhs)
    return "follows" if own and row.lhs in ordered and float(row.est) != 1.0 else "fixed"


def _by_convention(row: Any) -> bool:
    """Whether a row says nothing: an intercept held at zero, a scale held at one."""
    return float(row.se) == 0.0 and (row.op, float(row.est)) in (("~1", 0.0), ("~*~", 1.0))


def _number(value: object) -> str:
    number = float(str(value))
    return "" if math.isnan(number) else f"{number:.3f}"


def _small(pvalue: float) -> str:
    return "< .001" if pvalue < 0.001 else _number(pvalue).replace("0.", ".")


def _p(value: float) -> str:
    if math.isnan(value):
        return "no test"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".")


def _yes(value: bool) -> str:
    return "yes" if value else "NO"
