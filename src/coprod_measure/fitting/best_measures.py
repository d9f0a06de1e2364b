"""A fit measure in the form that is to be reported: one rule for verdicts, reports and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

import pandas as pd

from coprod_measure.errors import NotAvailable

Form = Literal["robust", "scaled", "standard"]
Measures: TypeAlias = Mapping[str, float] | pd.Series
_TESTS = ("chisq", "df", "pvalue")
_OF_TESTS = ("cfi", "tli", "nnfi", "rni", "rmsea")
"""Indices made of chi-squares, for which a corrected test gives other values."""


@dataclass(frozen=True, slots=True)
class Best:
    """A fit measure and the form that it is in."""

    value: float
    form: Form


def best(measures: Measures, name: str) -> Best | NotAvailable:
    """Find a fit measure in the form that is to be reported.

    The test is reported scaled where the estimator corrects it. CFI, TLI and RMSEA are reported robust, as
    estimates of what they are in the population (Brosseau-Liard & Savalei, 2014; Savalei, 2021; with missing
    answers Zhang & Savalei, 2023); where no robust form exists, as with MLMVS and with ordered items beside
    continuous ones, scaled, because their standard form presumes what the estimator was chosen to avoid. An
    interval has the form of its measure. All other measures have one form.

    Parameters
    ----------
    measures : mapping or pandas.Series
        As ``Fit.fit_measures``.
    name : str
        ``"cfi"``, ``"chisq"``, ``"rmsea_ci_lower"``, ...

    Examples
    --------
    >>> best({"cfi": 0.95, "cfi_scaled": 0.93, "srmr": 0.04}, "cfi")
    Best(value=0.93, form='scaled')
    >>> best({"cfi": 0.95, "cfi_scaled": 0.93, "srmr": 0.04}, "srmr").form
    'standard'
    """
    return _in_form(measures, name, comparable_form([measures], name))


def comparable(measures: Sequence[Measures], name: str) -> list[float]:
    """Take a measure of several fits in one form, because differences between forms mean nothing.

    The form is the best that all fits have, by the rule of :func:`best`; NaN where a fit has none.
    """
    form = comparable_form(measures, name)
    found = [_in_form(one, name, form) for one in measures]
    return [float("nan") if isinstance(one, NotAvailable) else one.value for one in found]


def comparable_form(measures: Sequence[Measures], name: str) -> Form:
    """Find the best form that all fits have."""
    stem = "chisq" if name in _TESTS else name.partition("_")[0]
    forms: tuple[Form, ...] = ("robust", "scaled") if stem in _OF_TESTS else ("scaled",)
    for form in forms if measures else ():
        if all(_has(one, f"{stem}_{form}") for one in measures):
            return form
    return "standard"


def _in_form(measures: Measures, name: str, form: Form) -> Best | NotAvailable:
    key = name if form == "standard" else f"{name}_{form}"
    if not _has(measures, key):
        return NotAvailable("this estimator gives no such measure")
    return Best(float(measures[key]), form)


def _has(measures: Measures, key: str) -> bool:
    return key in measures and measures[key] is not None and isfinite(measures[key])
