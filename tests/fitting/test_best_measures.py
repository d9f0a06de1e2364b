from __future__ import annotations

import math

import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.fitting.best_measures import best, comparable, comparable_form

CORRECTED = {
    "chisq": 40.0, "chisq_scaled": 30.0, "df": 24.0, "df_scaled": 20.5, "pvalue": 0.02, "pvalue_scaled": 0.08,
    "cfi": 0.90, "cfi_scaled": 0.91, "cfi_robust": 0.92, "rmsea": 0.10, "rmsea_scaled": 0.09,
    "rmsea_ci_lower": 0.07, "rmsea_ci_lower_scaled": 0.06, "srmr": 0.04,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("cfi", 0.92, "robust"),
        ("rmsea", 0.09, "scaled"),
        ("rmsea_ci_lower", 0.06, "scaled"),
        ("chisq", 30.0, "scaled"),
        ("df", 20.5, "scaled"),
        ("pvalue", 0.08, "scaled"),
        ("srmr", 0.04, "standard"),
    ],
)
@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_the_form_to_be_reported(kind, name, value, form):
    found = best(kind(CORRECTED), name)
    assert (found.value, found.form) == (value, form)


def test_an_interval_has_the_form_of_its_measure():
    robust_without_interval = {**CORRECTED, "rmsea_robust": 0.085}
    assert best(robust_without_interval, "rmsea").form == "robust"
    assert isinstance(best(robust_without_interval, "rmsea_ci_lower"), NotAvailable)


def test_what_is_not_there_or_not_finite_is_no_measure():
    assert isinstance(best({"cfi": math.nan}, "cfi"), NotAvailable)
    assert isinstance(best({}, "tli"), NotAvailable)


def test_fits_are_compared_in_a_form_that_all_have():
    plain = {"cfi": 0.95, "cfi_scaled": 0.94}
    assert comparable([CORRECTED, plain], "cfi") == [0.91, 0.94]
    assert comparable([CORRECTED, {"cfi": 0.95}], "cfi") == [0.90, 0.95]
    assert comparable_form([], "cfi") == "standard"
