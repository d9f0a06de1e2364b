"""Factor scores from ordered answers: the most probable latent values given what was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.sample.bivariate_normal import INFINITE
from coprod_measure.estimation.sample.first_stage import interval_probability, normal_density

_MOST_ITERATIONS = 50


@dataclass(frozen=True, slots=True)
class Indicators:
    """Measurement of one group, by latent responses that are independent given the latent variables.

    Attributes
    ----------
    intercepts, residuals : (p,) float
        Residuals are variances.
    thresholds : tuple of (K - 1,) float
        Empty for a continuous variable.
    """

    loadings: Floats
    intercepts: Floats
    residuals: Floats
    thresholds: tuple[Floats, ...]


def modal_scores(indicators: Indicators, answers: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Find the mode of the latent variables given each person's answers (empirical Bayes modal scores).

    Parameters
    ----------
    indicators : Indicators
        The measurement.
    answers : (n, p) float
        Categories 0, 1, ... of ordered variables, values of continuous ones; NaN where missing.
    mean : (n, k) float
        Expected latent values before anything was answered.
    covariance : (k, k) float
        Their covariance.

    Raises
    ------
    EstimationError
        If the covariance of the latent variables or a residual variance is not positive.

    Notes
    -----
    Skrondal and Rabe-Hesketh (2004), Generalized Latent Variable Modeling, section 7.3. The log posterior is
    concave: Newton steps for all people together, halved where they overshoot.
    """
    usable = np.abs(indicators.loadings).sum(axis=1) > 0.0
    if (
        np.linalg.eigvalsh(covariance).min(initial=1.0) <= 1e-10
        or (indicators.residuals[usable] <= 0.0).any()
    ):
        raise EstimationError(
            "scores need positive residual variances and a positive definite latent covariance",
            place="factor_scores",
            cure="Look at fit.messages for Heywood cases",
            code="scores",
        )
    precision = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    scores = mean.copy()
    value, gradient, hessian = _posterior(indicators, answers, scores - mean, scores, precision)
    for _ in range(_MOST_ITERATIONS):
        step = np.linalg.solve(-hessian, gradient[:, :, None])[:, :, 0]
        length = np.ones(len(scores))
        for _ in range(20):
            moved = scores + length[:, None] * step
            found = _posterior(indicators, answers, moved - mean, moved, precision)
            worse = found[0] < value - 1e-12
            if not worse.any():
                break
            length[worse] /= 2.0
        scores, (value, gradient, hessian) = moved, found
        if np.max(np.abs(step), initial=0.0) < 1e-9:
            break
    return scores


def _posterior(
    indicators: Indicators, answers: Floats, deviation: Floats, scores: Floats, precision: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log posterior (n,), gradient (n, k) and Hessian (n, k, k), constants left out."""
    pulled = deviation @ precision
    value = -0.5 * np.einsum("nk,nk->n", pulled, deviation)
    gradient, hessian = -pulled, np.repeat(-precision[None], len(scores), axis=0)
    expected = indicators.intercepts + scores @ indicators.loadings.T
    for j, cuts in enumerate(indicators.thresholds):
        loading = indicators.loadings[j]
        if not loading.any():
            continue
        seen = ~np.isnan(answers[:, j])
        sd = np.sqrt(indicators.residuals[j])
        if cuts.size:
            codes = np.where(seen, answers[:, j], 0.0).astype(np.int64)
            log_density, slope, bend = _ordered(cuts, codes, expected[:, j], sd)
        else:
            z = (np.where(seen, answers[:, j], 0.0) - expected[:, j]) / sd
            log_density, slope, bend = -0.5 * z * z, z / sd, np.full(len(z), -1.0 / sd**2)
        value += seen * log_density
        gradient += (seen * slope)[:, None] * loading
        hessian += (seen * bend)[:, None, None] * np.outer(loading, loading)
    return value, gradient, hessian


def _ordered(cuts: Floats, codes: Ints, expected: Floats, sd: float) -> tuple[Floats, Floats, Floats]:
    """Log-probability of each answer, with first and second derivative by the expected response."""
    padded = np.concatenate([[-INFINITE], cuts, [INFINITE]])
    lower, upper = padded[codes], padded[codes + 1]
    lower = np.where(lower > -INFINITE, (lower - expected) / sd, lower)
    upper = np.where(upper < INFINITE, (upper - expected) / sd, upper)
    probability = interval_probability(lower, upper)
    low, high = normal_density(lower) / probability, normal_density(upper) / probability
    slope = (low - high) / sd
    bend = (lower * low - upper * high) / sd**2 - slope**2
    return np.log(probability), slope, bend
