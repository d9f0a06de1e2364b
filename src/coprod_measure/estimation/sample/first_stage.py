"""First stage: thresholds and means, slopes on covariates and variances, one variable at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.sample.bivariate_normal import INFINITE
from coprod_measure.estimation.sample.polychoric import SMALLEST_PROBABILITY
from coprod_measure.estimation.sample.thresholds import padded_thresholds, thresholds_from_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MOST_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class Answers:
    """Data of one group: ordered and continuous variables, covariates, weights.

    Attributes
    ----------
    values : ndarray, shape (n, p)
        Ordered columns hold categories 0, 1, ...; NaN where missing.
    ordered : ndarray of bool, shape (p,)
        Which columns are ordered.
    covariates : ndarray, shape (n, x)
        What everything is conditional on; complete; often without columns.
    weights : ndarray, shape (n,)
        Sampling weights, ones if there are none.
    """

    values: Floats
    ordered: Bools
    covariates: Floats
    weights: Floats

    @property
    def where(self) -> Ints:
        """Positions of the ordered variables."""
        return np.flatnonzero(self.ordered)

    @property
    def codes(self) -> Ints:
        """Categories of the ordered variables, -1 where missing; shape (n, number of ordered)."""
        chosen = self.values[:, self.ordered]
        return np.where(np.isnan(chosen), -1.0, chosen).astype(np.int64)

    def part(self, rows: slice) -> Answers:
        """Take some of the respondents."""
        return Answers(self.values[rows], self.ordered, self.covariates[rows], self.weights[rows])


def answers(
    values: Floats, ordered: Bools, weights: Floats | None = None, covariates: Floats | None = None
) -> Answers:
    """Complete the data of a group with unit weights and no covariates where none are given."""
    n = values.shape[0]
    return Answers(
        values,
        ordered,
        np.zeros((n, 0)) if covariates is None else covariates,
        np.ones(n) if weights is None else weights,
    )


@dataclass(frozen=True, slots=True)
class FirstStage:
    """Estimates of the first stage.

    Attributes
    ----------
    thresholds : tuple of ndarray
        Thresholds of each variable, empty for continuous ones.
    means, variances : ndarray, shape (p,)
        Intercepts and residual variances (maximum likelihood) of continuous variables; 0 and 1 for ordered.
    slopes : ndarray, shape (p, x)
        Regressions of all variables, or of their latent responses, on the covariates.
    """

    thresholds: tuple[Floats, ...]
    means: Floats
    variances: Floats
    slopes: Floats

    @property
    def padded(self) -> Floats:
        """Thresholds of the ordered variables with both ends; shape (number of ordered, K + 1)."""
        cuts = tuple(own for own in self.thresholds if own.size)
        return padded_thresholds(cuts, 1 + max((own.size for own in cuts), default=0))

    def standardised(self, data: Answers) -> Floats:
        """Residuals of continuous variables over their standard deviation; shape (n, p)."""
        residuals = data.values - self.means - data.covariates @ self.slopes.T
        z: Floats = residuals / np.sqrt(self.variances)
        return z

    def limits(self, data: Answers) -> tuple[Floats, Floats]:
        """Where the residual of each latent response lies; two arrays (n, number of ordered)."""
        codes, padded = data.codes, self.padded
        columns = np.arange(codes.shape[1])
        shift = data.covariates @ self.slopes[data.ordered].T
        lower = np.where(codes >= 0, padded[columns, np.maximum(codes, 0)], -INFINITE)
        upper = np.where(codes >= 0, padded[columns, np.maximum(codes, 0) + 1], INFINITE)
        return (
            np.where(lower > -INFINITE, lower - shift, lower),
            np.where(upper < INFINITE, upper - shift, upper),
        )


def first_stage(data: Answers) -> FirstStage:
    """Estimate thresholds, means, slopes and variances of each variable by itself.

    ``data``: each category is chosen by somebody. Returns ordinary least squares for continuous variables,
    probit for ordered ones.
    """
    p, x = data.ordered.size, data.covariates.shape[1]
    thresholds = [np.zeros(0)] * p
    means, variances, slopes = np.zeros(p), np.ones(p), np.zeros((p, x))
    for v in range(p):
        seen = ~np.isnan(data.values[:, v])
        own, mass, given = data.values[seen, v], data.weights[seen], data.covariates[seen]
        if data.ordered[v]:
            codes = own.astype(np.int64)
            thresholds[v], slopes[v] = probit_regression(codes, given, mass)
            continue
        design = np.column_stack([np.ones(own.size), given])
        weighted = design.T * mass
        solution = np.linalg.solve(weighted @ design, weighted @ own)
        means[v], slopes[v] = solution[0], solution[1:]
        variances[v] = mass @ (own - design @ solution) ** 2 / mass.sum()
    return FirstStage(tuple(thresholds), means, variances, slopes)


def probit_regression(codes: Ints, covariates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Ordered probit regression by maximum likelihood.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Categories 0, 1, ..., each of them present.
    covariates : ndarray, shape (n, x)
        Without a constant.
    weights : ndarray, shape (n,)
        Sampling weights.

    Returns
    -------
    thresholds : ndarray, shape (K - 1,)
    slopes : ndarray, shape (x,)
        ``P(y <= k) = Phi(tau_k - covariates @ slopes)``.

    Notes
    -----
    McKelvey and Zavoina (1975), Journal of Mathematical Sociology 4, 103-120; steps of Berndt, Hall,
    Hall and Hausman (1974) with halving.
    """
    cuts = thresholds_from_counts(np.bincount(codes, weights=weights).astype(np.float64))
    x = covariates.shape[1]
    if x == 0:
        return cuts, np.zeros(0)
    centre = covariates.mean(axis=0)
    centred = covariates - centre
    theta = np.concatenate([cuts, np.zeros(x)])
    value = _probit_log_likelihood(theta, codes, centred, weights)
    for _ in range(_MOST_ITERATIONS):
        scores, information = _probit_scores(theta, codes, centred, weights)
        try:
            step = np.linalg.solve(information, weights @ scores)
        except np.linalg.LinAlgError as error:
            cause = "an ordered answer follows from the covariates without error"
            cure = "Leave out the covariate that decides alone"
            raise EstimationError(cause, place="data", cure=cure, code="separated") from error
        length, new_value = 1.0, -np.inf
        while length > 1e-8:
            new_value = _probit_log_likelihood(theta + length * step, codes, centred, weights)
            if new_value >= value:
                break
            length /= 2.0
        if new_value < value:
            break
        theta, value = theta + length * step, new_value
        if np.max(np.abs(step)) < 1e-9:
            break
    slopes = theta[cuts.size :]
    return theta[: cuts.size] + centre @ slopes, slopes


def univariate_scores(data: Answers, stage: FirstStage, v: int) -> Floats:
    """Scores of each respondent by thresholds and slopes, or by mean, slopes and variance, of variable `v`.

    Parameters
    ----------
    data : Answers
        Any respondents.
    stage : FirstStage
        Estimates.
    v : int
        Which variable.

    Returns
    -------
    ndarray, shape (n, k)
        Unweighted; zero where the answer is missing.
    """
    seen = ~np.isnan(data.values[:, v])
    if data.ordered[v]:
        codes = np.where(seen, data.values[:, v], 0.0).astype(np.int64)
        theta = np.concatenate([stage.thresholds[v], stage.slopes[v]])
        scores, _ = _probit_scores(theta, codes, data.covariates, data.weights)
        return scores * seen[:, None]
    sd = np.sqrt(stage.variances[v])
    z = (data.values[:, v] - stage.means[v] - data.covariates @ stage.slopes[v]) / sd
    z = np.where(seen, z, 0.0)
    by_mean = z / sd
    by_variance = (z * z - seen) / (2.0 * sd * sd)
    return np.column_stack([by_mean, by_mean[:, None] * data.covariates, by_variance])


def _probit_log_likelihood(theta: Floats, codes: Ints, covariates: Floats, weights: Floats) -> float:
    n_cuts = theta.size - covariates.shape[1]
    cuts = np.concatenate([[-INFINITE], theta[:n_cuts], [INFINITE]])
    if np.any(np.diff(cuts) <= 0.0):
        return -np.inf
    shift = covariates @ theta[n_cuts:]
    lower, upper = _between(cuts, codes, shift)
    return float(weights @ np.log(interval_probability(lower, upper)))


def _between(cuts: Floats, codes: Ints, shift: Floats) -> tuple[Floats, Floats]:
    lower, upper = cuts[codes], cuts[codes + 1]
    return (
        np.where(lower > -INFINITE, lower - shift, lower),
        np.where(upper < INFINITE, upper - shift, upper),
    )


def _probit_scores(theta: Floats, codes: Ints, covariates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Scores (n, k) by thresholds and slopes, and the weighted sum of their products (k, k)."""
    n_cuts = theta.size - covariates.shape[1]
    cuts = np.concatenate([[-INFINITE], theta[:n_cuts], [INFINITE]])
    shift = covariates @ theta[n_cuts:]
    lower, upper = _between(cuts, codes, shift)
    probability = interval_probability(lower, upper)
    up, down = normal_density(upper) / probability, normal_density(lower) / probability
    number = np.arange(n_cuts)
    by_cut = np.where(codes[:, None] == number, up[:, None], 0.0)
    by_cut -= np.where(codes[:, None] == number + 1, down[:, None], 0.0)
    scores = np.column_stack([by_cut, (down - up)[:, None] * covariates])
    return scores, (scores * weights[:, None]).T @ scores


def interval_probability(lower: Floats, upper: Floats) -> Floats:
    """Find the normal probability between two limits, mirrored in the upper tail to keep its digits."""
    mirrored = lower > 0.0
    low, high = np.where(mirrored, -upper, lower), np.where(mirrored, -lower, upper)
    probability: Floats = np.maximum(ndtr(high) - ndtr(low), SMALLEST_PROBABILITY)
    return probability


def expected_response(lower: Floats, upper: Floats) -> Floats:
    """Mean of a standard normal variable between two limits; 0 for the whole line."""
    expected: Floats = (normal_density(lower) - normal_density(upper)) / interval_probability(lower, upper)
    return expected


def normal_density(z: Floats) -> Floats:
    """Density of the standard normal distribution."""
    density: Floats = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return density
