"""Maximum likelihood means and covariances of incomplete normal data, by accelerated EM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.missing.fiml import complete, log_likelihood
from coprod_measure.estimation.missing.patterns import Array, MissingPatterns

MAX_ITERATIONS = 2000
# lavaan stops when no moment moves by 1e-5 (em.h1.tol); acceleration makes two more digits nearly free.
TOLERANCE = 1e-8


# Share of the largest eigenvalue of the correlations below which they count as singular.
SINGULAR = 1e-9
# The same where EM has not come to rest: it creeps towards a singular matrix.
NEARLY_SINGULAR = 1e-6


class UnusableColumnsError(EstimationError):
    """Some columns leave the saturated moments without a value, or without an inverse.

    Attributes
    ----------
    columns : tuple of int
        Which ones.
    """

    def __init__(self, columns: Iterable[int], cause: str, cure: str, code: str) -> None:
        self.columns = tuple(int(column) for column in columns)
        super().__init__(cause, place=_place([f"number {k + 1}" for k in self.columns]), cure=cure, code=code)

    def named(self, names: Sequence[str]) -> EstimationError:
        """Tell it by the names of the columns.

        Parameters
        ----------
        names : sequence of str, length p
            Of all columns of the data.

        Examples
        --------
        >>> error = UnusableColumnsError((1,), "no value is observed", "Leave it out", "nothing-observed")
        >>> str(error.named(["x", "y", "z"]))
        'variable y: no value is observed. Leave it out'
        """
        (problem,) = self.problems
        place = _place([names[column] for column in self.columns])
        return EstimationError(problem.cause, place=place, cure=problem.cure, code=problem.code)


class SingularMomentsError(UnusableColumnsError):
    """The saturated moments have no inverse: the columns depend on each other."""

    def __init__(self, columns: Iterable[int]) -> None:
        super().__init__(
            columns,
            "the covariance matrix of the incomplete data is singular",
            "Look for duplicates, sums of others, or variables with few answers",
            "singular-covariance",
        )


def _place(names: Sequence[str]) -> str:
    return f"variable{'s' * (len(names) > 1)} {', '.join(names)}"


@dataclass(frozen=True, slots=True)
class SaturatedMoments:
    """Moments of the unrestricted model.

    Attributes
    ----------
    mean : ndarray, shape (p,)
    cov : ndarray, shape (p, p)
    n_iterations : int
        EM steps taken.
    dependent : tuple of int
        Variables that depend on each other where the likelihood grows without bound: the moments and
        ``log_likelihood`` are then those of the last step with an inverse.
    """

    mean: Array
    cov: Array
    log_likelihood: float
    n_iterations: int
    converged: bool
    dependent: tuple[int, ...] = ()


def saturated_moments(
    patterns: MissingPatterns,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    bounded: bool = True,
) -> SaturatedMoments:
    """Estimate means and covariances by EM with squared extrapolation (SQUAREM, Varadhan & Roland 2008).

    Parameters
    ----------
    tolerance : float
        Largest change of a moment in one EM step at which the iteration stops, in units of the variables'
        standard deviations.
    max_iterations : int
        Limit of EM steps.
    bounded : bool
        Whether to refuse a likelihood without a maximum.

    Raises
    ------
    EstimationError
        If a variable has no answers or does not vary, or variables depend on each other.
    """
    mean, cov = _start(patterns)
    scale = np.sqrt(np.diag(cov))
    steps, change, value = 0, np.inf, -np.inf
    dependent: tuple[int, ...] = ()
    while steps < max_iterations:
        mean1, cov1, before = _em_step(patterns, mean, cov)
        mean2, cov2, _ = (mean1, cov1, 0.0) if _dependent(cov1) else _em_step(patterns, mean1, cov1)
        dependent = _dependent(cov2)
        if dependent:
            break
        steps += 2
        change = max(
            np.abs((mean2 - mean1) / scale).max(), np.abs((cov2 - cov1) / np.outer(scale, scale)).max()
        )
        if change < tolerance:
            mean, cov = mean2, cov2
            break
        value = max(value, before)
        mean, cov = _extrapolate(patterns, (mean, mean1, mean2), (cov, cov1, cov2), scale, value)
    if change >= tolerance:
        dependent = dependent or _dependent(cov, NEARLY_SINGULAR)
    if dependent and bounded:
        raise SingularMomentsError(dependent)
    final = complete(patterns, cov, mean)
    value = log_likelihood(patterns, final)
    return SaturatedMoments(mean, cov, value, steps, bool(change < tolerance), dependent)


def _start(patterns: MissingPatterns) -> tuple[Array, Array]:
    """Means and variances of the observed values; no covariances."""
    seen = patterns.observed.astype(float)
    counts = patterns.weights @ seen
    if (counts == 0).any():
        raise UnusableColumnsError(
            np.flatnonzero(counts == 0), "no value is observed", "Leave it out", "nothing-observed"
        )
    here = seen[patterns.row_patterns]
    mean = patterns.locations @ patterns.rows / counts
    deviations = (patterns.rows - np.outer(patterns.locations, mean)) * here
    variances = (deviations**2).sum(axis=0) / counts
    if (variances <= 0).any():
        raise UnusableColumnsError(
            np.flatnonzero(variances <= 0), "all answers are alike", "Leave it out", "constant-variable"
        )
    return mean, np.diag(variances)


def _em_step(patterns: MissingPatterns, mean: Array, cov: Array) -> tuple[Array, Array, float]:
    """One E and M step, and the log-likelihood before it."""
    completed = complete(patterns, cov, mean)
    n = patterns.n
    shift = patterns.locations @ completed.filled / n
    new = (completed.filled.T @ completed.filled + completed.spread) / n - np.outer(shift, shift)
    return mean + shift, (new + new.T) / 2, log_likelihood(patterns, completed)


def _dependent(cov: Array, share: float = SINGULAR) -> tuple[int, ...]:
    """Name the variables that depend on each other, before an inverse fails."""
    scale = np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(scale, scale))
    if values[0] >= share * values[-1]:
        return ()
    size = np.abs(vectors[:, 0])
    return tuple(int(k) for k in np.flatnonzero(size > 0.2 * size.max()))


def _extrapolate(
    patterns: MissingPatterns,
    means: tuple[Array, Array, Array],
    covs: tuple[Array, Array, Array],
    scale: Array,
    value: float,
) -> tuple[Array, Array]:
    """Jump along the path of two EM steps, or stay at the second when the jump leads downhill."""
    spread = np.outer(scale, scale)
    first = np.concatenate([(means[1] - means[0]) / scale, ((covs[1] - covs[0]) / spread).ravel()])
    second = np.concatenate([(means[2] - means[1]) / scale, ((covs[2] - covs[1]) / spread).ravel()])
    bend = second - first
    length = -np.sqrt(first @ first / max(float(bend @ bend), 1e-300))
    if length > -1.0:
        return means[2], covs[2]
    mean = means[0] - 2 * length * (means[1] - means[0]) + length**2 * (means[2] - 2 * means[1] + means[0])
    cov = covs[0] - 2 * length * (covs[1] - covs[0]) + length**2 * (covs[2] - 2 * covs[1] + covs[0])
    try:
        reached = log_likelihood(patterns, complete(patterns, cov, mean))
    except EstimationError:
        return means[2], covs[2]
    return (mean, cov) if reached > value else (means[2], covs[2])
