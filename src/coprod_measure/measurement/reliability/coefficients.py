"""How free of error the scale of each construct is."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.arguments import whole_number
from coprod_measure.errors import CoprodError, CoprodWarning, MeasurementError, counted
from coprod_measure.estimation.inference.fit_indices import cfi, chi_square_pvalue, rmsea, srmr
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.formulas import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    feldt_interval,
    omega_gradient,
)
from coprod_measure.measurement.reliability.linearised import (
    alpha_error,
    critical,
    influences,
    one_factor_covariance,
)
from coprod_measure.measurement.reliability.one_factor import OneFactor, one_factor
from coprod_measure.measurement.reliability.resampled import (
    percentile_interval,
    resampled_alpha,
    resampled_omega,
)
from coprod_measure.measurement.sampling import Data, Sampling, pairwise_covariance, people
from coprod_measure.notebook import Shown
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
SIZE_COLUMNS = ("construct", "items", "n", "n_complete", "n_used")
UNAVAILABLE_COLUMNS = ("construct", "statistic", "reason")
FIT_COLUMNS = ("construct", "n", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr")
LOADING_COLUMNS = ("construct", "item", "loading", "se", "std", "uniqueness")


@dataclass(frozen=True, slots=True, repr=False)
class Reliability(Shown):
    """Reliability of every construct.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a construct (:data:`RELIABILITY_COLUMNS`). A missing number has its reason in ``unavailable``.
    sizes : pandas.DataFrame
        ``construct items n n_complete n_used``: respondents with at least one answer, with all of them, and
        those that the coefficients rest on: the complete ones, or the fewest behind a pair of items.
    loadings : pandas.DataFrame
        One row an item of a construct with a one-factor model (:data:`LOADING_COLUMNS`): loading and standard
        error in the item's own units with the factor's variance at 1, standardised loading, standardised
        uniqueness.
    fits : pandas.DataFrame
        One row a construct of four items or more (:data:`FIT_COLUMNS`): how well its one-factor model fits by
        itself; three items fit any data. None with weights or clusters, for which its test does not hold.
    unavailable : pandas.DataFrame
        ``construct statistic reason`` of every number that does not exist.
    confidence : float
        Level of the intervals.
    missing : str
        How the covariances behind all coefficients treat unanswered items.
    draws, seed : int
        Bootstrap draws behind the intervals; 0 draws: Feldt's interval and the delta method.
    sampling : tuple of str
        What errors know of: ``"cluster"``, ``"weights"``.
    """

    coefficients: pd.DataFrame
    sizes: pd.DataFrame
    loadings: pd.DataFrame
    fits: pd.DataFrame
    unavailable: pd.DataFrame
    confidence: float
    missing: str
    draws: int = 0
    seed: int = 1
    warnings: tuple[str, ...] = ()
    sampling: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`RELIABILITY_COLUMNS`."""
        return self.coefficients.copy()


def reliability(
    data: Data,
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
    :mod:`coprod_measure.measurement.validity.constructs`.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean responses, or keyed items. Of people with several rows those of
        :meth:`~coprod_measure.responses.dataset.Responses.one_row_a_person` are taken. Weights enter the
        covariances; with weights or clusters errors and intervals are those of :mod:`.linearised`, and
        bootstrap draws are of whole clusters.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    missing : {"pairwise", "listwise"}
        Covariances behind all coefficients: each pair on its own respondents (as R's psych), or complete
        answers to the scale only. Intervals rest on ``n_used`` of ``sizes``.
    confidence : float
        Level of the intervals: Feldt's for alpha, delta method for omega.
    bootstrap, seed : int
        Draws for percentile intervals of alpha and omega instead; 0 for none.

    Warns
    -----
    CoprodWarning
        Names items of a data frame that run against the others of their scale. Nothing is reversed. Responses
        know which items are reversed, and the keying audit of the cleaning room judges them.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.reliability(bfi, traits).table()[["alpha", "omega"]].round(2).to_numpy().tolist()
    [[0.63, 0.63], [0.81, 0.82]]
    """
    whole_number("bootstrap", bootstrap, 0)
    rows, fits = list[dict[str, object]](), list[dict[str, object]]()
    loadings, unavailable = list[pd.DataFrame](), list[tuple[str, str, str]]()
    sizes: list[tuple[str, int, int, int, int]] = []
    data, sampling = people(data)
    sets = item_sets(data, constructs)
    notes = _opposed_items(sets) if not isinstance(data, Responses) else []
    for one in sets:
        answers, drawn, n_used = _used(one, missing, sampling)
        sizes.append((one.construct, len(one.items), one.n, len(one.frame.dropna()), n_used))
        rows.append(row := dict[str, object](construct=one.construct))
        try:
            S = _covariances(one, answers, n_used, missing, drawn.weights)
            row |= _alpha_of(one, S, n_used, answers, drawn, confidence)
            row |= _drawn("alpha", answers, drawn, bootstrap, confidence, seed)
        except CoprodError as problem:
            unavailable.append((one.construct, "alpha", problem.problems[0].cause))
        try:
            S = _covariances(one, answers, n_used, missing, drawn.weights)
            model = _one_factor_of(one, S, n_used, answers, drawn)
            row |= _omega_of(model, critical(confidence, drawn))
            loadings.append(_loadings_of(one, model))
            fits += [] if drawn else _fit_of(one, model, S, n_used)
            row |= _drawn("omega", answers, drawn, bootstrap, confidence, seed)
            notes += _heywood(one, model)
        except CoprodError as problem:
            why = problem.problems[0].cause
            unavailable += [(one.construct, name, why) for name in ("omega", "cr", "ave")]
    return Reliability(
        coefficients=pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS)),
        sizes=pd.DataFrame(sizes, columns=list(SIZE_COLUMNS)),
        loadings=_stack(loadings),
        fits=pd.DataFrame(fits, columns=list(FIT_COLUMNS)),
        unavailable=pd.DataFrame(unavailable, columns=list(UNAVAILABLE_COLUMNS)),
        confidence=confidence,
        missing=missing,
        draws=bootstrap,
        seed=seed,
        warnings=tuple(notes),
        sampling=sampling.named,
    )


def _used(one: ItemSet, missing: Missing, sampling: Sampling) -> tuple[pd.DataFrame, Sampling, int]:
    seen = one.frame.notna()
    kept = seen.all(axis=1) if missing == "listwise" else seen.any(axis=1)
    return one.frame[kept], sampling.of(kept.to_numpy()), _behind_every_pair(one.frame[kept])


def _behind_every_pair(answers: pd.DataFrame) -> int:
    """Fewest respondents behind a pair of items, or behind the item where there is one only."""
    seen = answers.notna().to_numpy(dtype=float)
    return int((seen.T @ seen).min()) if answers.size else 0


def _covariances(
    one: ItemSet, answers: pd.DataFrame, n: int, missing: Missing, weights: Array | None
) -> Array:
    _require_reflective(one)
    _require_variances(one, one.frame.cov(min_periods=2).to_numpy())
    if n < 3:
        what = "every item of the scale" if missing == "listwise" else "both items of some pair"
        raise MeasurementError(f"only {counted(n, 'respondent')} answered {what}", code="too-few-respondents")
    S = pairwise_covariance(answers.to_numpy(dtype=float), weights)
    _require_variances(one, S)
    return S


def _alpha_of(
    one: ItemSet, S: Array, n: int, answers: pd.DataFrame, drawn: Sampling, confidence: float
) -> dict[str, float]:
    if len(one.items) < 2:
        raise MeasurementError("a single item has no internal consistency", code="single-item")
    if S.sum() <= 0:
        raise MeasurementError("the sum of the items does not vary", code="no-variance")
    alpha = cronbach_alpha(S)
    if drawn:
        error = alpha_error(*influences(answers.to_numpy(dtype=float), drawn), drawn)
        half = critical(confidence, drawn) * error
        lower, upper = alpha - half, alpha + half
    else:
        lower, upper = feldt_interval(alpha, n, len(one.items), confidence)
    return {"alpha": alpha, "alpha_ci_lower": lower, "alpha_ci_upper": upper}


def _one_factor_of(one: ItemSet, S: Array, n: int, answers: pd.DataFrame, drawn: Sampling) -> OneFactor:
    if len(one.items) < 3:
        raise MeasurementError("a one-factor model needs at least three items", code="too-few-items")
    if n <= len(one.items):
        raise MeasurementError(
            f"{counted(n, 'respondent is', 'respondents are')} too few for a model of {len(one.items)} items",
            code="too-few-respondents",
        )
    if float(np.linalg.eigvalsh(S)[0]) <= 0.0:
        raise MeasurementError(
            "the covariances of its items are not positive definite: items repeat each other, or too few "
            "respondents answered them together",
            code="singular",
        )
    S = S * (n - 1) / n
    model = one_factor(S, n)
    if not drawn:
        return model
    _, psi = influences(answers.to_numpy(dtype=float), drawn)
    return replace(model, covariance=one_factor_covariance(model, psi, n, drawn))


def _omega_of(model: OneFactor, half_width: float) -> dict[str, float]:
    omega = composite_reliability(model.loadings, model.uniquenesses)
    gradient = omega_gradient(model.loadings, model.uniquenesses)
    spread = half_width * np.sqrt(gradient @ model.covariance @ gradient)
    std = model.standardized
    return {
        "omega": omega,
        "omega_ci_lower": float(omega - spread),
        "omega_ci_upper": float(omega + spread),
        "cr": composite_reliability(std, 1.0 - std**2),
        "ave": average_variance_extracted(std),
    }


def _drawn(
    name: str, answers: pd.DataFrame, drawn: Sampling, draws: int, confidence: float, seed: int
) -> dict[str, float]:
    """Bootstrap interval that replaces the analytic one; nothing without draws."""
    if not draws:
        return {}
    resampled = resampled_alpha if name == "alpha" else resampled_omega
    values = resampled(answers.to_numpy(dtype=float), draws, seed, drawn)
    lower, upper = percentile_interval(values, draws, confidence)
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


def _fit_of(one: ItemSet, model: OneFactor, S: Array, n: int) -> list[dict[str, object]]:
    if model.df <= 0:
        return []
    p = len(S)
    scale = np.sqrt(np.diagonal(S))
    baseline = -n * float(np.linalg.slogdet(S / np.outer(scale, scale))[1])
    implied = np.outer(model.loadings, model.loadings) + np.diag(model.uniquenesses)
    measures = {
        "chisq": model.chi_square,
        "df": model.df,
        "pvalue": chi_square_pvalue(model.chi_square, model.df),
        "cfi": cfi(model.chi_square, model.df, baseline, p * (p - 1) / 2),
        "rmsea": rmsea(model.chi_square, model.df, n),
        "srmr": srmr(S * (n - 1) / n, implied),
    }
    return [{"construct": one.construct, "n": n, **measures}]


def _opposed_items(sets: Sequence[ItemSet]) -> list[str]:
    """Warn of items to reverse where some corrected item-total correlation is below zero.

    A correct item may fall below zero too where several wrong ones oppose it. Those on the lighter side of
    the first principal component are the wrong ones, as in R's psych.
    """
    found = []
    for one in sets:
        S = one.frame.cov(min_periods=2).to_numpy(dtype=float)
        usable = bool(np.all(np.isfinite(S)) and np.all(np.diagonal(S) > 0))
        if not usable or np.all(S.sum(axis=1) >= np.diagonal(S)):
            continue
        scale = np.sqrt(np.diagonal(S))
        component = np.linalg.eigh(S / np.outer(scale, scale))[1][:, -1]
        items = [item for item, c in zip(one.items, component * component.sum(), strict=True) if c < 0]
        if items:
            verb, them = ("runs", "it") if len(items) == 1 else ("run", "them")
            found.append(
                f"{one.construct}: {', '.join(items)} {verb} against the other items; reverse {them} if "
                "worded the other way, because nothing was reversed here"
            )
            warnings.warn(found[-1], CoprodWarning, stacklevel=3)
    return found


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
            f"measured as {one.measurement}: its items need not agree with each other",
            code="not-reflective",
        )


def _require_variances(one: ItemSet, S: Array) -> None:
    silent = [item for item in one.items if one.frame[item].isna().all()]
    if silent:
        raise MeasurementError(f"nobody answered {', '.join(silent)}", code="all-missing")
    if one.n < 2:
        raise MeasurementError("one respondent is too few", code="too-few")
    constant = [item for item, v in zip(one.items, np.diagonal(S), strict=True) if not v > 0]
    if constant:
        raise MeasurementError(
            f"{', '.join(constant)} did not vary: everybody gave the same answer", code="constant-item"
        )


def examine(x: Examination) -> Reliability:
    """Compute the part ``reliability``: from the one-factor model of each construct by itself."""
    return reliability(x.clean, x.scales)
