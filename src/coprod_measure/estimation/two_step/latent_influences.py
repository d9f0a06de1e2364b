"""The corrected test of the structure from what each respondent adds to the moments of the factors.

A respondent moves these moments through the answers and through the measurement estimates. With z_i the sum
of both, J Gamma J' is the mean of z_i z_i' (sums over clusters stand for people), so that tr(U Gamma) of
Satorra & Bentler (1994) is the mean of z_i' W z_i - s_i' I^-1 s_i, s_i = D'W z_i: no matrix of the order of
Gamma is formed. That is what missing answers, clusters, weights and many items need.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_solve

from coprod_measure.estimation.arrays import Floats, inverse_and_logdet
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.two_step.casewise import first_influences, summed
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.estimation.two_step.factor_errors import (
    factor_scores,
    factored,
    moved_by_measurement,
    structural_pull,
)
from coprod_measure.estimation.two_step.factor_moments import FactorData
from coprod_measure.estimation.two_step.mapping import mapping_weight, moment_slopes, vech_products
from coprod_measure.estimation.two_step.moment_errors import (
    Touch,
    answers_beyond_covariates,
    measurement_slopes,
    rescaled,
    structural_inverse,
)

# Respondents whose quadratic forms are computed at once.
_CHUNK = 256


def latent_influences(two: TwoStep, factors: tuple[FactorData, ...] = ()) -> list[list[Floats]]:
    """Influence of respondents on the latent moments, by group of the moments, then of the people.

    Parameters
    ----------
    factors : tuple of FactorData
        One a group, where the factors' own moments were estimated.

    Returns
    -------
    list of list of (n_h, M) float
        Of mean and vech of group g: summed over people and divided by the sample size the error of these
        moments. Rows are clusters where there are any.

    Raises
    ------
    EstimationError
        If the saturated moments, or moments of the factors, are not identified.
    """
    people = first_influences(two, np.flatnonzero(two.first), observed=True)
    first = [summed(group, own) for group, own in zip(two.sample.groups, people, strict=True)]
    found = []
    for g, slopes in enumerate(measurement_slopes(two)):
        by_first, direct = _of_factors(two, g, slopes, factors[g]) if factors else _of_items(two, g, slopes)
        row = [own @ by_first.T for own in first]
        row[g] = row[g] + direct / two.sample.shares[g]
        found.append(row)
    return found


def _of_factors(two: TwoStep, g: int, slopes: list[Touch], known: FactorData) -> tuple[Floats, Floats]:
    """Slopes by the measurement (M, q1), and influences of the answers (n_g, M)."""
    information, cross = moved_by_measurement(two, g, known, slopes)
    factor = factored(information)
    scores = summed(two.sample.groups[g], factor_scores(two, g, known))
    return -cho_solve(factor, cross), cho_solve(factor, scores.T).T


def _of_items(two: TwoStep, g: int, slopes: list[Touch]) -> tuple[Floats, Floats]:
    part, latent, own = two.measurement[g], two.latent[g], two.sample.groups[g]
    weight = mapping_weight(part, own.cov, own.n, two.mapping)
    by_first = moment_slopes(part, latent, own.cov, own.mean, weight, two.mapping, slopes)
    if isinstance(two.sample, IncompleteMoments):
        saturated = two.sample.information[g]
        solved = saturated.solve(saturated.scores.T) * own.n
        direct = vech_products(latent.mapping)[:, saturated.kept] @ solved
    else:
        answers, explained = answers_beyond_covariates(two, g)
        b, a = np.triu_indices(len(latent.mean))
        u = answers @ latent.mapping.T
        products = u[:, a] * u[:, b]
        if explained is not None and own.clusters is None:  # as lavaan 0.7-2
            v = explained @ latent.mapping.T
            u, products = u - v, products - v[:, a] * v[:, b]
        people = np.hstack([u, products])
        weights = np.ones(len(people)) if own.weights is None else own.weights
        people -= weights @ people / own.n
        direct = summed(own, people * weights[:, None]).T
    return by_first, (rescaled(direct, latent) if (latent.scale != 1.0).any() else direct).T


def influence_trace(structure: Solution, influences: list[list[Floats]]) -> float | None:
    """tr(U Gamma) of the structure's test; None when it is not identified."""
    inverse = structural_inverse(structure)
    if inverse is None:
        return None
    total = 0.0
    scores: list[Floats | float] = [0.0] * len(influences)
    for g, (share, implied) in enumerate(
        zip(structure.sample.shares, structure.model.implied(structure.minimum.x), strict=True)
    ):
        pull = structural_pull(structure, g)
        precision, _ = inverse_and_logdet(implied.sigma)
        for h, own in enumerate(influences[g]):
            scores[h] = scores[h] + own @ pull.T
            total += share * _quadratic(own, precision, means=structure.model.means)
    total -= sum(float(((own @ inverse) * own).sum()) for own in scores)
    return total / structure.sample.n


def _quadratic(rows: Floats, precision: Floats, *, means: bool) -> float:
    """Sum of d' S^-1 d + tr(S^-1 D S^-1 D) / 2 over rows of mean d and vech(D)."""
    m = len(precision)
    b, a = np.triu_indices(m)
    root = np.linalg.cholesky(precision)
    total = float(((rows[:, :m] @ root) ** 2).sum()) if means else 0.0
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK, m:]
        d = np.zeros((len(some), m, m))
        d[:, a, b] = d[:, b, a] = some
        total += 0.5 * float(((root.T @ d @ root) ** 2).sum())
    return total
