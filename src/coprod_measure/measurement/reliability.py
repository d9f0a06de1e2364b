"""How free of error the scale of each construct is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.one_factor import OneFactor, one_factor
from coprod_measure.measurement.resampled_reliability import (
    percentile_interval,
    resampled_alpha,
    resampled_omega,
)
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]
Missing = Literal["pairwise", "listwise"]

RELIABILITY_COLUMNS = (
    "construct",
    "alpha",
    "alpha_ci_lower",
    "alpha_ci_upper",
    "omega",
    "omega_ci_lower",
    "omega_ci_upper",
    "cr",
    "ave",
)
UNAVAILABLE_COLUMNS = ("construct", "statistic", "reason")
LOADING_COLUMNS = ("construct", "item", "loading", "se", "std", "uniqueness")


@dataclass(frozen=True, slots=True)
class Reliability:
    """Reliability of every construct.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a construct (:data:`RELIABILITY_COLUMNS`). A missing number has its reason in ``unavailable``.
    sizes : pandas.DataFrame
        ``construct items n n_complete``: respondents with at least one answer and with all of them.
    loadings : pandas.DataFrame
        One row an item of a construct with a one-factor model (:data:`LOADING_COLUMNS`): loading and standard
        error in the item's own units with the factor's variance at 1, standardised loading, standardised
        uniqueness.
    unavailable : pandas.DataFrame
        ``construct statistic reason`` of every number that does not exist.
    confidence : float
        Level of the intervals.
    missing : str
        How alpha's covariances treat unanswered items; omega, CR and AVE use complete answers to the scale.
    draws, seed : int
        Bootstrap draws behind the intervals; 0 draws: Feldt's interval and the delta method.
    warnings : tuple of str
    """

    coefficients: pd.DataFrame
    sizes: pd.DataFrame
    loadings: pd.DataFrame
    unavailable: pd.DataFrame
    confidence: float
    missing: str
    draws: int = 0
    seed: int = 1
    warnings: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`RELIABILITY_COLUMNS`."""
        return self.coefficients.copy()


def reliability(
    data: Responses | pd.DataFrame,
    constructs: Constructs | None = None,
    *,
    missing: Missing = "pairwise",
    confidence: float = 0.95,
    bootstrap: int = 0,
    seed: int = 1,
) -> Reliability:
    """Alpha, omega, composite reliability and average variance extracted of every construct.

    Omega, CR and AVE rest on a one-factor model of each construct's items by maximum likelihood: omega from
    loadings in the items' own units (the reliability of the sum score, McDonald 1999), CR from standardised
    loadings (Fornell and Larcker 1981). The same two under the whole measurement model are in
    :mod:`coprod_measure.measurement.validity`.

    Parameters
    ----------
    data : Responses or pandas.DataFrame
        Clean responses, or keyed items.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    missing : {"pairwise", "listwise"}
        Covariances for alpha: each pair on its own respondents (as R's psych), or complete answers only.
    confidence : float
        Level of the intervals: Feldt's for alpha, delta method for omega.
    bootstrap, seed : int
        Draws for percentile intervals of alpha and omega instead; 0 for none.

    Returns
    -------
    Reliability
    """
    rows: list[dict[str, object]] = []
    loadings: list[pd.DataFrame] = []
    unavailable: list[tuple[str, str, str]] = []
    sizes: list[tuple[str, int, int, int]] = []
    warnings: list[str] = []
    for one in item_sets(data, constructs):
        complete = one.frame.dropna()
        sizes.append((one.construct, len(one.items), one.n, len(complete)))
        row: dict[str, object] = {"construct": one.construct}
        try:
            row |= _alpha_of(one, missing, confidence)
            if bootstrap:
                answers = complete if missing == "listwise" else one.frame.dropna(how="all")
                drawn = resampled_alpha(answers.to_numpy(), bootstrap, seed)
                row |= _interval_of("alpha", drawn, bootstrap, confidence)
        except CoprodError as problem:
            unavailable.append((one.construct, "alpha", problem.problems[0].cause))
        try:
            model = _one_factor_of(one, complete)
            row |= _omega_of(model, confidence)
            loadings.append(_loadings_of(one, model))
            if bootstrap:
                drawn = resampled_omega(complete.to_numpy(), bootstrap, seed)
                row |= _interval_of("omega", drawn, bootstrap, confidence)
            warnings += _heywood(one, model)
        except CoprodError as problem:
            reason = problem.problems[0].cause
            unavailable += [(one.construct, statistic, reason) for statistic in ("omega", "cr", "ave")]
        rows.append(row)
    return Reliability(
        coefficients=pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS)),
        sizes=pd.DataFrame(sizes, columns=["construct", "items", "n", "n_complete"]),
        loadings=_stack(loadings),
        unavailable=pd.DataFrame(unavailable, columns=list(UNAVAILABLE_COLUMNS)),
        confidence=confidence,
        missing=missing,
        draws=bootstrap,
        seed=seed,
        warnings=tuple(warnings),
    )


def cronbach_alpha(S: Array) -> float:
    """Coefficient alpha (Cronbach 1951, eq. 2).

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Covariance matrix of the items; a correlation matrix gives standardised alpha.
    """
    p = len(S)
    return float(p / (p - 1) * (1.0 - np.trace(S) / S.sum()))


def feldt_interval(alpha: float, n: int, p: int, confidence: float = 0.95) -> tuple[float, float]:
    """Confidence interval of alpha (Feldt, Woodruff and Salih 1987, eq. 8).

    Parameters
    ----------
    alpha : float
        Sample value.
    n, p : int
        Respondents and items.
    """
    tail = (1.0 - confidence) / 2.0
    df1, df2 = n - 1, (n - 1) * (p - 1)
    lower = 1.0 - (1.0 - alpha) * stats.f.ppf(1.0 - tail, df1, df2)
    upper = 1.0 - (1.0 - alpha) * stats.f.ppf(tail, df1, df2)
    return float(lower), float(upper)


def composite_reliability(loadings: Array, uniquenesses: Array) -> float:
    """Share of the variance of an unweighted sum that its factor explains.

    With loadings in the items' own units this is omega (McDonald 1999, eq. 6.20b), with standardised ones the
    composite reliability of Fornell and Larcker (1981, eq. 10).

    Parameters
    ----------
    loadings, uniquenesses : ndarray, shape (p,)
        Of a factor with variance 1.
    """
    common = float(np.sum(loadings)) ** 2
    return common / (common + float(np.sum(uniquenesses)))


def average_variance_extracted(standardized: Array) -> float:
    """Mean squared standardised loading (Fornell and Larcker 1981, eq. 11)."""
    return float(np.mean(np.square(standardized)))


def omega_gradient(loadings: Array, uniquenesses: Array) -> Array:
    """Differentiate :func:`composite_reliability` by loadings, then uniquenesses; shape (2p,)."""
    total = float(np.sum(loadings))
    error = float(np.sum(uniquenesses))
    below = (total**2 + error) ** 2
    p = len(loadings)
    return np.concatenate([np.full(p, 2.0 * total * error / below), np.full(p, -(total**2) / below)])


def _alpha_of(one: ItemSet, missing: Missing, confidence: float) -> dict[str, float]:
    _require_reflective(one)
    if len(one.items) < 2:
        raise MeasurementError("a single item has no internal consistency", code="single-item")
    frame = one.frame.dropna() if missing == "listwise" else one.frame
    n = len(frame) if missing == "listwise" else one.n
    if n < 3:
        raise MeasurementError(f"only {n} respondents answered", code="too-few-respondents")
    S = frame.cov().to_numpy()
    _require_variances(one, S)
    if not np.all(np.isfinite(S)):
        raise MeasurementError("two items of the scale were never answered together", code="no-overlap")
    if S.sum() <= 0:
        raise MeasurementError("the sum of the items does not vary", code="no-variance")
    alpha = cronbach_alpha(S)
    lower, upper = feldt_interval(alpha, n, len(one.items), confidence)
    return {"alpha": alpha, "alpha_ci_lower": lower, "alpha_ci_upper": upper}


def _one_factor_of(one: ItemSet, complete: pd.DataFrame) -> OneFactor:
    _require_reflective(one)
    if len(one.items) < 3:
        raise MeasurementError("a one-factor model needs at least three items", code="too-few-items")
    _require_variances(one, one.frame.cov().to_numpy())
    if len(complete) <= len(one.items):
        raise MeasurementError(
            f"only {len(complete)} respondents answered every item of the scale", code="too-few-respondents"
        )
    S = complete.cov().to_numpy() * (len(complete) - 1) / len(complete)
    _require_variances(one, S)
    return one_factor(S, len(complete))


def _omega_of(model: OneFactor, confidence: float) -> dict[str, float]:
    omega = composite_reliability(model.loadings, model.uniquenesses)
    gradient = omega_gradient(model.loadings, model.uniquenesses)
    spread = stats.norm.ppf(0.5 + confidence / 2.0) * np.sqrt(gradient @ model.covariance @ gradient)
    std = model.standardized
    return {
        "omega": omega,
        "omega_ci_lower": float(omega - spread),
        "omega_ci_upper": float(omega + spread),
        "cr": composite_reliability(std, 1.0 - std**2),
        "ave": average_variance_extracted(std),
    }


def _interval_of(name: str, drawn: Array, draws: int, confidence: float) -> dict[str, float]:
    lower, upper = percentile_interval(drawn, draws, confidence)
    return {f"{name}_ci_lower": lower, f"{name}_ci_upper": upper}


def _loadings_of(one: ItemSet, model: OneFactor) -> pd.DataFrame:
    p = len(one.items)
    return pd.DataFrame(
        {
            "construct": one.construct,
            "item": one.items,
            "loading": model.loadings,
            "se": np.sqrt(np.diagonal(model.covariance)[:p]),
            "std": model.standardized,
            "uniqueness": 1.0 - model.standardized**2,
        }
    )


def _heywood(one: ItemSet, model: OneFactor) -> list[str]:
    return [
        f"{one.construct}: the one-factor model leaves no error variance for {one.items[j]}; "
        "omega, CR and AVE are not to be trusted"
        for j in model.at_bound
    ]


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=list(LOADING_COLUMNS))
    return pd.concat(frames, ignore_index=True)


def _require_reflective(one: ItemSet) -> None:
    if one.measurement != "reflective":
        raise MeasurementError(
            f"{one.construct} is measured as {one.measurement}: its items need not agree with each other",
            code="not-reflective",
        )


def _require_variances(one: ItemSet, S: Array) -> None:
    silent = [item for item in one.items if one.frame[item].isna().all()]
    if silent:
        raise MeasurementError(f"nobody answered {', '.join(silent)}", code="all-missing")
    constant = [item for item, v in zip(one.items, np.diagonal(S), strict=True) if not v > 0]
    if constant:
        raise MeasurementError(
            f"{', '.join(constant)} did not vary: everybody gave the same answer", code="constant-item"
        )
