"""Reliability of scales whose answers are categories, not quantities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.arguments import whole_number
from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.estimation.sample.bivariate_normal import bivariate_normal_cdf
from coprod_measure.estimation.specification.writing import formula, unused
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.polychorics import polychoric
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.formulas import cronbach_alpha
from coprod_measure.measurement.sampling import Data, Sampling, people
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import WEIGHT

Array = NDArray[np.float64]

ORDINAL_COLUMNS = ("construct", "n", "alpha_ordinal", "omega", "omega_ci_lower", "omega_ci_upper")


@dataclass(frozen=True, slots=True, repr=False)
class OrdinalReliability(Shown):
    """Categorical omega and ordinal alpha of every construct.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a construct (:data:`ORDINAL_COLUMNS`). ``omega`` is the reliability of the sum of the answers
        as given; ``alpha_ordinal`` that of the sum of the normal variables behind them, which nobody sees.
    unavailable : pandas.DataFrame
        ``construct statistic reason``.
    draws, seed, failed_draws : int
        Of the bootstrap; draws that could not be fitted are left out and counted.
    """

    coefficients: pd.DataFrame
    unavailable: pd.DataFrame
    draws: int
    seed: int
    failed_draws: int
    confidence: float

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`ORDINAL_COLUMNS`."""
        return self.coefficients.copy()


def ordinal_reliability(
    data: Data,
    constructs: Constructs | None = None,
    *,
    bootstrap: int = 0,
    confidence: float = 0.95,
    seed: int = 1,
) -> OrdinalReliability:
    """Fit one factor to polychoric correlations (DWLS) and bring it back to the answers as given.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person. Weights enter the correlations; draws are of whole clusters where there are such.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    bootstrap : int
        Draws for percentile intervals of omega; 0 for none.
    """
    whole_number("bootstrap", bootstrap, 0)
    rows: list[dict[str, object]] = []
    unavailable: list[tuple[str, str, str]] = []
    failed = 0
    data, sampling = people(data)
    for one in item_sets(data, constructs):
        kept = one.frame.notna().all(axis=1)
        complete, drawn = one.frame[kept].reset_index(drop=True), sampling.of(kept.to_numpy())
        row: dict[str, object] = {"construct": one.construct, "n": len(complete)}
        try:
            _require_a_factor(one)
            R = polychoric(complete, weights=drawn.weights).correlations.to_numpy(dtype=float)
            row |= {"alpha_ordinal": cronbach_alpha(R), "omega": _omega_of(complete, drawn.weights)}
            if bootstrap:
                lower, upper, gone = _interval(complete, drawn, bootstrap, confidence, seed)
                row |= {"omega_ci_lower": lower, "omega_ci_upper": upper}
                failed += gone
        except CoprodError as problem:
            unavailable.append((one.construct, "omega", problem.problems[0].cause))
        rows.append(row)
    return OrdinalReliability(
        pd.DataFrame(rows, columns=list(ORDINAL_COLUMNS)),
        pd.DataFrame(unavailable, columns=["construct", "statistic", "reason"]),
        bootstrap,
        seed,
        failed,
        confidence,
    )


def categorical_omega(loadings: Array, thresholds: list[Array]) -> float:
    """Reliability of the sum of ordered answers (Green and Yang 2009, eq. 21).

    The covariance of two answers with cumulative probabilities ``P(tau)`` is the sum over their thresholds of
    ``P2(tau_c, tau_c'; rho) - P(tau_c) P(tau_c')``; the true part uses the correlation that the factor
    implies, on the diagonal too, the total the model's correlations and the answers' own variances.

    Parameters
    ----------
    loadings : ndarray, shape (p,)
        Standardised loadings of the normal variables behind the answers.
    thresholds : list of p ndarrays
        Thresholds of each item, ascending.
    """
    p = len(loadings)
    common, total = np.empty((p, p)), np.empty((p, p))
    for i in range(p):
        for j in range(p):
            common[i, j] = _covariance(thresholds[i], thresholds[j], float(loadings[i] * loadings[j]))
        total[i] = common[i]
        total[i, i] = _variance(thresholds[i])
    return float(common.sum() / total.sum())


def _covariance(first: Array, second: Array, rho: float) -> float:
    h, k = first[:, None], second[None, :]
    return float(
        np.sum(bivariate_normal_cdf(h, k, np.full((len(first), len(second)), rho)) - ndtr(h) * ndtr(k))
    )


def _variance(thresholds: Array) -> float:
    below = ndtr(thresholds)
    return float(np.sum(np.minimum(below[:, None], below[None, :]) - np.outer(below, below)))


def _omega_of(frame: pd.DataFrame, weights: Array | None) -> float:
    return categorical_omega(*one_factor_of_ordered(frame, weights))


def one_factor_of_ordered(frame: pd.DataFrame, weights: Array | None) -> tuple[Array, list[Array]]:
    """Fit one factor to ordered items: their loadings, and the thresholds of each.

    Raises
    ------
    MeasurementError
        If there is no proper solution.
    """
    names = [str(name) for name in frame.columns]
    given = frame if weights is None else frame.assign(**{WEIGHT: weights})
    fit = cfa(
        formula(unused("f", names), "=~", *names),
        given.dropna(),
        ordered=tuple(names),
        std_lv=True,
        estimator="DWLS",
        weights=None if weights is None else WEIGHT,
    )
    if not fit.converged:
        raise MeasurementError("the one-factor model did not converge")
    rows = fit.parameters
    loadings = rows.loc[rows["op"] == "=~", "est"].to_numpy(dtype=float)
    if np.any(np.abs(loadings) >= 1):
        raise MeasurementError("the one-factor model leaves an item no error variance (Heywood case)")
    cuts = rows[rows["op"] == "|"]
    return loadings, [cuts.loc[cuts["lhs"] == name, "est"].to_numpy(dtype=float) for name in names]


def _interval(
    frame: pd.DataFrame, drawn: Sampling, draws: int, confidence: float, seed: int
) -> tuple[float, float, int]:
    kept = []
    for rows in drawn.draws(len(frame), draws, seed):
        try:
            kept.append(_omega_of(frame.iloc[rows].reset_index(drop=True), drawn.of(rows).weights))
        except CoprodError:
            continue
    if len(kept) < 0.5 * draws:
        raise MeasurementError(f"only {len(kept)} of {draws} bootstrap draws could be fitted")
    tail = 50.0 * (1.0 - confidence)
    lower, upper = np.percentile(kept, [tail, 100.0 - tail])
    return float(lower), float(upper), draws - len(kept)


def _require_a_factor(one: ItemSet) -> None:
    if one.measurement != "reflective":
        raise MeasurementError(f"measured as {one.measurement}: its items need not agree with each other")
    if len(one.items) < 3:
        raise MeasurementError("a one-factor model needs at least three items")


def examine(x: Examination) -> OrdinalReliability:
    """Compute the part ``ordinal_reliability``."""
    draws = min(x.options.htmt_draws, 100)
    return ordinal_reliability(x.clean, x.modelled, bootstrap=draws, seed=x.options.seed)
