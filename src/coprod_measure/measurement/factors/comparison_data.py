"""Comparison data: samples with a known number of factors and the items' own distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ComparisonData:
    """How well samples from populations of 1, 2, ... factors reproduce the observed eigenvalues.

    Attributes
    ----------
    n_factors : int
        The last number that fitted better than the one before it.
    misfit : ndarray, shape (tried, samples)
        Root mean squared distance of eigenvalues.
    samples, tried : int
        Samples drawn from each population, and the populations tried.
    """

    n_factors: int
    misfit: Array
    samples: int
    tried: int


def comparison_data(
    answers: Array,
    *,
    largest: int = 12,
    samples: int = 200,
    population: int = 10_000,
    alpha: float = 0.30,
    seed: int = 1,
) -> ComparisonData:
    """Find the number of factors by comparison data (Ruscio and Roche 2012).

    Parameters
    ----------
    answers : ndarray, shape (n, p)
        Complete answers.
    largest : int
        Most factors tried.
    samples, population : int
        Samples drawn from each finite population, and its size.
    alpha : float
        One-sided Mann-Whitney level at which one more factor counts as better; .30 is the authors' choice.
    """
    rng = np.random.default_rng(seed)
    n, p = answers.shape
    R = np.asarray(np.corrcoef(answers.T), dtype=np.float64)
    observed = np.asarray(np.linalg.eigvalsh(R)[::-1], dtype=np.float64)
    marginals = np.sort(answers[rng.integers(0, n, population)], axis=0)
    misfit: list[Array] = []
    for m in range(1, min(largest, p // 2) + 1):
        drawn = population_with_factors(R, marginals, m, rng)
        misfit.append(
            np.array([_distance(drawn[rng.integers(0, population, n)], observed) for _ in range(samples)])
        )
        if m > 1:
            better = stats.mannwhitneyu(misfit[-1], misfit[-2], alternative="less").pvalue < alpha
            if not better:
                return ComparisonData(m - 1, np.array(misfit), samples, m)
    return ComparisonData(len(misfit), np.array(misfit), samples, len(misfit))


def population_with_factors(
    R: Array, marginals: Array, m: int, rng: np.random.Generator, *, trials: int = 5, rounds: int = 60
) -> Array:
    """Draw a finite population of ``m`` factors with given correlations and marginal distributions.

    Normal data of ``m`` factors are given the marginals rank by rank; that weakens the correlations, so the
    intermediate ones are moved by what is missing until the reproduction no longer improves (Ruscio and
    Kaczetow 2008).

    Parameters
    ----------
    R : ndarray, shape (p, p)
        Correlations to reproduce.
    marginals : ndarray, shape (N, p)
        Each column ascending.
    """
    size, p = marginals.shape
    common, unique = rng.standard_normal((size, m)), rng.standard_normal((size, p))
    target, best, best_error, step = R.copy(), marginals, np.inf, 1.0
    best_residual = np.zeros_like(R)
    best_target, failures = R, 0
    for _ in range(rounds):
        loadings = _principal_axis_loadings(target, m)
        data = common @ loadings.T + unique * np.sqrt(np.maximum(1.0 - np.sum(loadings**2, axis=1), 0.0))
        ranked = np.empty_like(data)
        np.put_along_axis(ranked, np.argsort(data, axis=0), marginals, axis=0)
        residual = R - np.corrcoef(ranked.T)
        error = float(np.sqrt(np.mean(residual[np.tril_indices(p, -1)] ** 2)))
        if error < best_error - 1e-6:
            best, best_error, best_residual, best_target = ranked, error, residual, target
            failures, step = 0, 1.0
        else:
            failures += 1
            step *= 0.5
        if failures >= trials:
            break
        target = np.clip(best_target + step * best_residual, -0.999, 0.999)
        np.fill_diagonal(target, 1.0)
    return best


def _principal_axis_loadings(R: Array, m: int, rounds: int = 50) -> Array:
    reduced = R.copy()
    for _ in range(rounds):
        values, vectors = np.linalg.eigh(reduced)
        loadings = vectors[:, ::-1][:, :m] * np.sqrt(np.maximum(values[::-1][:m], 0.0))
        communalities = np.sum(loadings**2, axis=1)
        change = float(np.max(np.abs(communalities - np.diagonal(reduced))))
        np.fill_diagonal(reduced, np.minimum(communalities, 0.999))
        if change < 1e-3:
            break
    excess = np.sqrt(np.maximum(np.sum(loadings**2, axis=1), 1.0))
    return np.asarray(loadings / excess[:, None])


def _distance(sample: Array, observed: Array) -> float:
    values = np.linalg.eigvalsh(np.corrcoef(sample.T))[::-1]
    return float(np.sqrt(np.mean((values - observed) ** 2)))
