"""The chi-square difference of two nested fits, in the form that their estimator asks for."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable
from coprod_measure.fitting.result import Fit


def difference(fit: Fit, other: Fit) -> tuple[float | NotAvailable, float, float | NotAvailable]:
    """Test what separates two nested fits: statistic, df and p value, or why there is none."""
    found = fit.compare(other)
    if isinstance(found.statistic, NotAvailable) and found.method == "satorra_bentler_2001":
        found = fit.compare(other, method="satorra_bentler_2010")  # never negative
    if isinstance(found.statistic, NotAvailable):
        return found.statistic, float(found.df), found.statistic
    if isinstance(found.pvalue, NotAvailable):
        return found.pvalue, float(found.df), found.pvalue
    return float(found.statistic), float(found.df), float(found.pvalue)
