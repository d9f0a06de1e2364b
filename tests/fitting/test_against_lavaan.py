"""Every stored lavaan case against our fit of the same model, data and options: each number of both tables.

A case is a folder ``tests/reference/lavaan_*``: ``model.txt``, ``options.json`` (our keywords), and what
``case.R`` wrote: ``parameters.csv`` and ``fit_measures.csv``, with lavaan's version in ``session.json``. Where
lavaan itself is inexact or wrong, ``options.json`` says so, with the reason, under ``looser`` or ``not_compared``.
``lavaan_07_*`` are of 0.7-2; cases of 0.6-14 whose rules have changed since ask for ``lavaan="0.6"``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.agreement import CASES, keyed, read_case
from coprod_measure.fitting.fit_measures import residual_measures

# Both programs stop an iteration somewhere: differences up to these are noise of the stopping rule, larger
# ones are differences of definition. Relative to the reference value where that is above one.
ESTIMATES = 1e-5
ERRORS = 1e-4
MEASURES = 1e-4
# Polychoric correlations are themselves the result of an iteration, and lavaan stops its own earlier.
ORDINAL = 1e-3

COLUMNS = {
    "est": ESTIMATES,
    "std_lv": ESTIMATES,
    "std_all": ESTIMATES,
    "se": ERRORS,
    "ci_lower": ERRORS,
    "ci_upper": ERRORS,
}
# z and p are the two columns above divided and looked up.
RATIOS = {"z": 1e-3, "pvalue": ERRORS}

BASE_MEASURES = frozenset(
    """chisq df pvalue baseline_chisq baseline_df cfi tli nnfi rfi nfi ifi rni logl unrestricted_logl aic bic
    bic2 rmsea rmsea_ci_lower rmsea_ci_upper rmsea_pvalue srmr gfi npar ntotal""".split()  # noqa: SIM905
)
COMPARED = {name + suffix for name in BASE_MEASURES for suffix in ("", "_scaled", "_robust")} - {
    "gfi_robust"
} | {
    "chisq_scaling_factor",
    "fmin",
}


def apart(ours: float, theirs: float, tolerance: float) -> bool:
    """Whether two numbers differ by more than the tolerance, relative for numbers above one."""
    if np.isnan(theirs):
        return False
    return not abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))


def differing_parameters(
    ours: pd.DataFrame, theirs: pd.DataFrame, ordinal: bool, at_least: float = 0.0
) -> list[str]:
    """One line for each row or number that does not agree."""
    mine, reference = keyed(ours), keyed(theirs)
    lines = [f"row {key} is not in our table" for key in reference.keys() - mine.keys()]
    lines += [f"row {key} is not in lavaan's table" for key in mine.keys() - reference.keys()]
    for key in reference.keys() & mine.keys():
        for column, tolerance in (COLUMNS | RATIOS).items():
            limit = max(tolerance, ORDINAL if ordinal else at_least)
            a, b = float(mine[key][column]), float(reference[key][column])
            if column in RATIOS and not reference[key]["se"] > 0:
                continue
            if apart(a, b, limit):
                lines.append(f"{' '.join(map(str, key))}: {column} {a:.7g}, lavaan {b:.7g}")
    return sorted(lines)


def differing_measures(
    ours: pd.Series, theirs: pd.Series, ordinal: bool, without: Iterable[str] = ()
) -> list[str]:
    """One line for each fit measure that lavaan gives and we lack or give otherwise."""
    lines = []
    for name in sorted(COMPARED.intersection(theirs.index).difference(without)):
        if np.isnan(theirs[name]):
            continue
        if name not in ours.index:
            lines.append(f"{name}: missing, lavaan {theirs[name]:.7g}")
        elif apart(float(ours[name]), theirs[name], ORDINAL if ordinal else MEASURES):
            lines.append(f"{name}: {ours[name]:.7g}, lavaan {theirs[name]:.7g}")
    return lines


def test_there_are_at_least_sixty_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name.removeprefix("lavaan_"))
def test_case_agrees_with_lavaan(folder: Path) -> None:
    fit, case = read_case(folder)
    ordinal = bool(case["options"].get("ordered"))
    parameters = pd.read_csv(folder / "parameters.csv", keep_default_na=True)
    measures = pd.read_csv(folder / "fit_measures.csv").set_index("name")["value"]
    assert fit.converged
    at_least = case.get("looser", {}).get("estimates", 0.0)
    without = case.get("not_compared", {}).get("measures", ())
    if fit.options.correlation or fit.solution.model.table.variables.composites:
        # lavaan gives no errors of what follows from the rest; ours are those of what it follows from.
        follows = (parameters["lhs"] == parameters["rhs"]) | (parameters["op"] == "~1")
        own = follows & (parameters["se"] == 0)
        parameters.loc[own, ["se", "ci_lower", "ci_upper"]] = np.nan
    if case.get("not_compared", {}).get("errors"):
        parameters[["se", "ci_lower", "ci_upper", "z"]] = np.nan
    lines = differing_parameters(fit.parameters, parameters, ordinal, at_least)
    ours = fit.fit_measures
    if "gfi" in ours:
        # lavaan counts means, so that its GFI depends on where the scale begins; 0.7 calls that index gfi_lisrel.
        ours["gfi"] = residual_measures(fit.solution, fit.df, means=True)["gfi"]
        measures["gfi"] = measures.get("gfi_lisrel", measures["gfi"])
    if not fit.options.distributed and fit.test.name == "standard":
        # 0.6-14 looked the statistic of DWLS and ULS up in the chi-square distribution, which it has not.
        without = [*without, "pvalue"]
        assert "pvalue" not in ours
        assert fit.why_missing["pvalue"]
    lines += differing_measures(ours, measures, ordinal, without)
    assert not lines, f"{folder.name}: {len(lines)} differences\n" + "\n".join(lines)
