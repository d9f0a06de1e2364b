"""Compare fits: difference tests of nested models, information criteria of any."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from coprod_measure.errors import ModelError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.estimation.inference.fit_indices import chi_square_pvalue
from coprod_measure.fitting.fit_measures import likelihood_measures
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.inference import (
    chi_square_value,
    corrected_test,
    infer,
    likelihood_trace,
    unscaled_test,
)
from coprod_measure.fitting.options import UNSCALED
from coprod_measure.notebook import Shown

Method = Literal["standard", "satorra_bentler_2001", "satorra_bentler_2010", "satorra_2000"]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Shown):
    """A difference test and the criteria of two fits.

    Attributes
    ----------
    method : str
        ``"standard"``, ``"satorra_bentler_2001"``, ``"satorra_bentler_2010"`` or ``"satorra_2000"``.
    statistic, df, pvalue : float or NotAvailable
        Of the difference; the restricted model is the one with more degrees of freedom.
    criteria : dict of str to tuple
        What :meth:`table` shows, restricted model first.
    """

    method: Method
    statistic: float | NotAvailable
    df: float
    pvalue: float | NotAvailable
    criteria: dict[str, tuple[object, ...]]

    def table(self) -> pd.DataFrame:
        """One row a fit: ``model df chisq aic bic aic_weight bic_weight``, restricted first."""
        return pd.DataFrame(self.criteria)


def check_comparable(fit: Fitted, other: Fitted, place: str) -> None:
    """Refuse fits whose likelihoods cannot be set against each other.

    Raises
    ------
    ModelError
        If variables, respondents or answers differ, or the likelihoods are of other things: with and without
        means, joint and given covariates, of n and of n - 1, of rows and of clusters.
    """
    if not hasattr(other, "request"):
        raise ModelError(f"{other!r} is no fit", place=place, cure="Hand over a fit of the same data")
    if not fit.request.data.same_as(other.request.data):
        raise ModelError(
            f"the fits are of different variables or respondents (n = {fit.n} and {other.n})",
            place=place,
            cure="Fit both to the same rows and weights, with all variables, and treat missing answers alike",
            code="different-data",
        )
    given, other_given = _given(fit), _given(other)
    apart = ", ".join(sorted(given ^ other_given))
    rules = (
        (
            fit.solution.model.means != other.solution.model.means,
            "one fit has means, the other has none",
            "Give mean_structure=True to both",
        ),
        (
            given != other_given,
            f"one likelihood is given {apart}, the other is of {apart} too",
            "Give fixed_x=False to both",
        ),
        (
            fit.options.cluster != other.options.cluster,
            "one fit has clusters that the other has not",
            "Give both the same cluster=",
        ),
        (
            fit.options.likelihood != other.options.likelihood,
            "one likelihood counts n, the other n - 1",
            "Give both the same likelihood=",
        ),
    )
    for wrong, cause, cure in rules:
        if wrong:
            raise ModelError(cause, place=place, cure=cure, code="not-comparable")


def _given(fit: Fitted) -> frozenset[str]:
    """Covariates whose distribution is no part of the likelihood."""
    return frozenset(row.lhs for row in fit.solution.model.table.rows if row.exogenous)


def compare(fit: Fitted, other: Fitted, *, method: Method | Literal["auto"] = "auto") -> Comparison:
    """Test the restrictions that separate two nested fits, and weigh them by AIC and BIC.

    Parameters
    ----------
    fit, other : Fitted
        On the same data, by the same estimator; in any order.
    method : str
        ``"auto"``: the likelihood-ratio test; Satorra-Bentler (2001) where a scaled test was asked for;
        Satorra (2000) where the test is scaled and shifted, as lavaan does.

    Raises
    ------
    ModelError
        If the fits are of different data or estimators, cannot be compared (:func:`check_comparable`; or
        one test is scaled, the other not), or the method is unknown.
    """
    check_comparable(fit, other, "compare")
    fit.request.need_minimum("compare")
    if method != "auto" and method not in get_args(Method):
        known = ", ".join(("auto", *get_args(Method)))
        raise ModelError(f"there is no test {method!r}", place="compare", cure=f"Use one of {known}")
    if fit.options.name != other.options.name:
        raise ModelError("the fits are by different estimators", place="compare", cure="Use one estimator")
    if _corrected(fit) != _corrected(other):
        tests = f"{fit.options.test_statistic} and {other.options.test_statistic}"
        cure = "Give both the same estimator= and test="
        raise ModelError(f"the tests differ ({tests})", place="compare", cure=cure, code="not-comparable")
    restricted, free = (fit, other) if fit.df >= other.df else (other, fit)
    chosen = _automatic(free) if method == "auto" else method
    df = restricted.df - free.df
    criteria = _criteria(restricted, free, df)
    if df == 0:
        reason = NotAvailable(
            "the models have the same degrees of freedom: they are rivals, not nested; see Fit.vuong"
        )
        return Comparison(chosen, reason, df, reason, criteria)
    statistic: float | NotAvailable
    if chosen == "standard":
        statistic = _distance(restricted) - _distance(free)
    elif chosen == "satorra_2000":
        statistic = _satorra_2000(restricted, free, df)
    else:
        statistic = _scaled_difference(restricted, free, df, chosen)
    if isinstance(statistic, NotAvailable):
        return Comparison(chosen, statistic, df, statistic, criteria)
    return Comparison(chosen, statistic, df, chi_square_pvalue(max(statistic, 0.0), df), criteria)


def _distance(fit: Fitted) -> float:
    """Chi-square; without a saturated likelihood its distance to what the fits of these data share."""
    return fit.test.value if fit.solution.discrepancy.testable else chi_square_value(fit.solution)


def _corrected(fit: Fitted) -> str:
    kind = fit.options.test_statistic
    return "" if kind in UNSCALED and not kind.startswith("browne") else kind


def _automatic(fit: Fitted) -> Method:
    kind = fit.options.test_statistic
    if kind in ("scaled_shifted", "mean_var_adjusted"):
        return "satorra_2000"
    if kind not in UNSCALED:
        return "satorra_bentler_2001"
    return "standard" if fit.options.distributed or kind.startswith("browne") else "satorra_2000"


def _criteria(restricted: Fitted, free: Fitted, df: float) -> dict[str, tuple[object, ...]]:
    both = tuple(information_criteria(fit) for fit in (restricted, free))
    aic, bic = (np.array([found.get(name, math.nan) for found in both]) for name in ("aic", "bic"))
    return {
        "model": ("restricted", "free") if df else ("first", "second"),
        "df": (restricted.df, free.df),
        "chisq": tuple(_reported(fit).value for fit in (restricted, free)),
        "aic": tuple(aic.tolist()),
        "bic": tuple(bic.tolist()),
        "aic_weight": _weights(aic),
        "bic_weight": _weights(bic),
    }


def information_criteria(fit: Fitted) -> dict[str, float]:
    """Take only ``logl``, ``aic``, ``bic`` and ``bic2`` of the fit measures; none without a likelihood."""
    if not fit.solution.discrepancy.likelihood:
        return {}
    return likelihood_measures(fit.solution, float(fit.n), fit.n_parameters)


def _reported(fit: Fitted) -> ChiSquare:
    return fit.test if isinstance(fit.scaled_test, NotAvailable) else fit.scaled_test


def _weights(criterion: Floats) -> tuple[float, ...]:
    """Weights of evidence (Burnham & Anderson 2002, eq. 2.9)."""
    likelihood = np.exp(-0.5 * (criterion - criterion.min()))
    return tuple((likelihood / likelihood.sum()).tolist())


def _scaled_difference(restricted: Fitted, free: Fitted, df: float, method: Method) -> float | NotAvailable:
    """Satorra & Bentler (2001), or (2010), which is never negative."""
    likelihoods = free.solution.discrepancy.likelihood and not free.solution.discrepancy.testable
    if likelihoods and method == "satorra_bentler_2001":
        return _scaled_likelihoods(restricted, free, df)
    difference = restricted.test.value - free.test.value
    c_restricted = _factor(restricted)
    c_free = _factor(free) if method == "satorra_bentler_2001" else _factor_at(restricted, free)
    if isinstance(c_restricted, NotAvailable):
        return c_restricted
    if isinstance(c_free, NotAvailable):
        return c_free
    c = (restricted.df * c_restricted - free.df * c_free) / df
    if c <= 0:
        return NotAvailable(
            "the scaling factor of the difference is negative; use method='satorra_bentler_2010'"
        )
    return difference / c


def _scaled_likelihoods(restricted: Fitted, free: Fitted, df: float) -> float | NotAvailable:
    """Do the same with likelihoods alone, where there is no saturated one to test either fit against."""
    smaller, larger = (likelihood_trace(one.solution, one.options) for one in (restricted, free))
    if isinstance(smaller, NotAvailable):
        return smaller
    if isinstance(larger, NotAvailable):
        return larger
    if larger <= smaller:
        return NotAvailable("the scaling factor of the difference is not above 0")
    return (_distance(restricted) - _distance(free)) / ((larger - smaller) / df)


def _factor(fit: Fitted) -> float | NotAvailable:
    if fit.df == 0:
        return 0.0
    test = fit.scaled_test
    return test if isinstance(test, NotAvailable) else test.scale


def _factor_at(restricted: Fitted, free: Fitted) -> float | NotAvailable:
    """Scaling factor of the free model at the restricted model's estimates."""
    if free.df == 0:
        return 0.0
    model, source = free.solution.model, restricted.solution.model
    known = source.raw_values(restricted.solution.minimum.x)
    place = {(r.lhs, r.op, r.rhs, r.group): k for k, r in enumerate(source.table.rows)}
    x = free.solution.minimum.x.copy()
    for k, row in enumerate(model.first_rows()):
        own = model.table.rows[row]
        at = place.get((own.lhs, own.op, own.rhs, own.group))
        x[k] = known[at] if at is not None else 0.0
    minimum = replace(free.solution.minimum, x=x)
    test: ChiSquare | NotAvailable = corrected_test(
        replace(free.solution, minimum=minimum), free.options, unscaled_test(free.solution, free.options)
    )
    return test if isinstance(test, NotAvailable) else test.scale


def _satorra_2000(restricted: Fitted, free: Fitted, df: float) -> float | NotAvailable:
    """Scale and shift the difference (Satorra 2000; Asparouhov & Muthen 2010)."""
    # Whatever errors are on display, the test asks how the estimates vary (and how they would, were the
    # weights right): expected information with the sandwich of the moments.
    expected = free.options.information or ("observed" if free.options.missing == "fiml" else "expected")
    asked = replace(free.options, se="robust_sem", information=expected)
    sandwich = infer(free.solution, asked).covariance
    naive = infer(free.solution, replace(asked, se="standard")).covariance
    if isinstance(sandwich, NotAvailable):
        return sandwich
    if isinstance(naive, NotAvailable):
        return naive
    larger, smaller = (
        one.solution.discrepancy.moment_slopes(one.solution.model, one.solution.minimum.x)
        for one in (free, restricted)
    )
    basis = free.solution.model.constraints.directions
    basis = np.eye(larger.shape[1]) if basis is None else basis
    own = restricted.solution.model.constraints.directions
    smaller = smaller if own is None else smaller @ own
    through = np.linalg.lstsq(larger @ basis, smaller, rcond=None)[0]
    restrictions = null_space(through.T).T
    if restrictions.shape[0] != round(df):
        return NotAvailable("the models are not nested in their parameters")
    back = np.linalg.pinv(basis)
    inner = restrictions @ back @ naive @ back.T @ restrictions.T
    outer = restrictions @ back @ sandwich @ back.T @ restrictions.T
    product = np.linalg.solve(inner, outer)
    first, second = float(np.trace(product)), float(np.einsum("ij,ji->", product, product))
    a = math.sqrt(df / second)
    return a * (restricted.test.value - free.test.value) + df - a * first
