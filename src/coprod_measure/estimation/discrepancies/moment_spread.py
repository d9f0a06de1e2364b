"""How sample moments spread, and what estimation leaves of it in the residuals.

To first order the residuals of group g are e_g - Delta_g E^-1 sum_h (n_h / N) Delta_h' V_h e_h, with e the
errors of the sample moments, Delta their derivatives by the parameters, V their weight and E the information:
where parameters are equal over groups, the errors of one group come into the residuals of another (Ogasawara
2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.influences import Influence

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class MomentSpread:
    """Sampling covariance of one group's moments, as far as residuals need it.

    Attributes
    ----------
    gamma : (m,) float
        Diagonal of Gamma: n times the variances of the moments.
    jacobian : (m, q) float
        Delta.
    along : (m, q) float
        Gamma V Delta.
    meat : (q, q) float
        Delta' V Gamma V Delta.
    """

    gamma: Floats
    jacobian: Floats
    along: Floats
    meat: Floats


def variances_left(
    groups: Sequence[MomentSpread], shares: Sequence[float], inverse: Floats | None
) -> list[Floats]:
    """Compute n times the variances of each group's residuals; without E^-1 of its sample moments."""
    if inverse is None:
        return [group.gamma for group in groups]
    meat = np.sum([share * group.meat for share, group in zip(shares, groups, strict=True)], axis=0)
    middle = inverse @ meat @ inverse
    return [
        group.gamma
        - share
        * (
            2.0 * np.einsum("ij,ij->i", group.jacobian @ inverse, group.along)
            - np.einsum("ij,ij->i", group.jacobian @ middle, group.jacobian)
        )
        for share, group in zip(shares, groups, strict=True)
    ]


def normal_spread(
    cov: Floats, fixed: list[int], jacobian: Floats, weigh: Callable[[Floats], Floats], weight: Floats
) -> MomentSpread:
    """Take the spread of normal answers; given fixed covariates, without the part that these explain.

    Parameters
    ----------
    cov : (p, p) float
        Sample covariances S.
    fixed : list of int
        Positions of the fixed covariates.
    jacobian : (m, q) float
        Of covariances by columns, then of means if the model has them.
    weigh : callable
        Weighs a symmetric matrix of changes of Sigma, D to W D W: then Gamma V Delta is S W D W S.
    weight : (p, p) float
        W, for changes of the means.
    """
    p = len(cov)
    j, i = np.triu_indices(p)
    explained = np.zeros_like(cov)
    if fixed:
        explained = cov[:, fixed] @ np.linalg.solve(cov[np.ix_(fixed, fixed)], cov[fixed])
    n_cov = len(i)
    gamma, along, dual = np.zeros(len(jacobian)), np.zeros_like(jacobian), np.zeros_like(jacobian)
    for matrix, sign in ((cov, 1.0), (explained, -1.0)):
        gamma[:n_cov] += sign * (matrix[i, i] * matrix[j, j] + matrix[i, j] ** 2)
    halves = np.where(i == j, 0.5, 1.0)
    for k, column in enumerate(jacobian[:n_cov].T):
        if column.any():
            change = np.zeros((p, p))
            change[i, j] = change[j, i] = column
            turned = weigh(change)
            dual[:n_cov, k] = halves * turned[i, j]
            along[:n_cov, k] = (cov @ turned @ cov - explained @ turned @ explained)[i, j]
    if len(jacobian) > n_cov:
        gamma[n_cov:] = np.diagonal(cov - explained)
        dual[n_cov:] = weight @ jacobian[n_cov:]
        along[n_cov:] = (cov - explained) @ dual[n_cov:]
    return MomentSpread(gamma, jacobian, along, dual.T @ along)


def empirical_spread(person: Influence, scores: Floats, jacobian: Floats) -> MomentSpread:
    """Take the spread of answers of any distribution, clustered or weighted (Browne 1984).

    Parameters
    ----------
    scores : (n, q) float
        Delta' V e_i, weighed and summed within clusters.
    jacobian : (m, q) float
        Of covariances by columns, then of means if the model has them.
    """
    gamma, along = np.zeros(len(jacobian)), np.zeros_like(jacobian)
    for place, rows in _moment_influences(person, len(jacobian)):
        own = person.summed(rows)
        gamma[place] = np.einsum("ij,ij->j", own, own) / person.n
        along[place] = own.T @ scores / person.n
    return MomentSpread(gamma, jacobian, along, scores.T @ scores / person.n)


def _moment_influences(person: Influence, count: int) -> Iterator[tuple[slice, Floats]]:
    """Influence of respondents on some of the moments after the other, centred."""
    z, hat = person.z, person.explained
    weights = np.ones(len(z)) if person.weights is None else person.weights
    j, i = np.triu_indices(z.shape[1])
    step = max(1, _CELLS_AT_ONCE // len(z))
    for start in range(0, len(i), step):
        a, b = i[start : start + step], j[start : start + step]
        rows = z[:, a] * z[:, b] - (0.0 if hat is None else hat[:, a] * hat[:, b])
        yield slice(start, start + len(a)), rows - weights @ rows / weights.sum()
    if count > len(i):
        yield slice(len(i), count), z if hat is None else z - hat
