"""Errors of the second step where factors, not items, have moments: all of it in the space of the factors.

The structure is fitted to mean and Phi of the factors, and these are the maximum of a likelihood in which
Sigma enters only through B = L' Sigma^-1 L and G = Sigma^-1 L of each pattern of answers. So estimates move
with the moments by H^-1 D'W, H the observed information of the structure, and the moments with what people
answered and with the measurement by the information about mean and vech(Phi) (Satorra & Bentler 1994; Yuan &
Bentler 2000). With the information of the joint model at the moments that the structure implies errors were
5 % too small on average of 78 factors, and up to a third for the effect of 70 causes on one variable: the
inverse of their moments as they were seen is larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, inverse_and_logdet
from coprod_measure.estimation.inference.information import invert
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.two_step.casewise import crossed, first_influences
from coprod_measure.estimation.two_step.errors import SecondStep, assembled
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.estimation.two_step.factor_moments import FactorData, metric, metric_and_scores
from coprod_measure.estimation.two_step.moment_errors import (
    Touch,
    measurement_slopes,
    structural_inverse,
    structural_order,
)

# Patterns of answers whose information is summed one by one; beyond, those that differ by a tenth are pooled.
MOST_PATTERNS = 60
ALIKE = 0.1
# Rows of the information about the factors' moments that are gathered at once.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Moments:
    """How structural estimates move with the factors' moments of one group.

    Attributes
    ----------
    spread : (q2, q2) float
        J I^-1 J', J the slopes of the estimates, I the information of one person about mean and vech(Phi).
    by_score : (M, q2) float
        I^-1 J'.
    cross : (M, q1) float
        Information between the moments and the measurement.
    """

    spread: Floats
    by_score: Floats
    cross: Floats


def factor_covariance(two: TwoStep, data: tuple[FactorData, ...], v11: Floats, *, robust: bool) -> Floats:
    """Covariance of all estimates of a structure that was fitted to moments of factors, shape (q, q).

    Parameters
    ----------
    data : tuple of FactorData
        One a group.
    v11 : (q1, q1) float
        Covariance of the measurement estimates, for normal answers.
    robust : bool
        Whether influences of people or clusters are summed instead, which rests on no distribution.

    Raises
    ------
    EstimationError
        If the structural part, or a moment of the factors, is not identified.
    """
    bread = _bread(two.structure)[structural_order(two)]
    slopes = measurement_slopes(two)
    parts = [_moved(two, g, bread, own, slopes[g]) for g, own in enumerate(data)]
    slope = -np.sum([part.by_score.T @ part.cross for part in parts], axis=0)
    first, second = np.flatnonzero(two.first), np.flatnonzero(two.second)
    step = SecondStep(np.empty((0, 0)), np.empty((0, 0)), first, second)
    shares = two.sample.shares
    if not robust:
        v21 = slope @ v11
        v22 = v21 @ slope.T
        for share, part in zip(shares, parts, strict=True):
            v22 += part.spread / (share * two.sample.n)
        return assembled(two, step, v11, v21, v22)
    influences = first_influences(two, first)
    own = [
        factor_scores(two, g, one) @ (part.by_score / share) + influences[g] @ slope.T
        for g, (share, one, part) in enumerate(zip(shares, data, parts, strict=True))
    ]
    return assembled(two, step, *crossed(two, influences, own))


def _bread(structure: Solution) -> Floats:
    """Inverse observed information of the structure given the moments, or expected where it has none."""
    observed = structure.discrepancy.hessian(structure.model, structure.minimum.x) / 2.0
    found = invert(structure.model, structure.minimum, observed)
    inverse = found.inverse if found.positive else structural_inverse(structure)
    if inverse is None:
        raise EstimationError(
            "the latent variables, as these answers show them, all but follow from one another, which leaves "
            "paths open",
            place="model",
            cure="Drop a path, or ask more people about all of them",
            code="structure-not-identified",
        )
    return inverse


def _moved(two: TwoStep, g: int, bread: Floats, known: FactorData, slopes: list[Touch]) -> _Moments:
    """Let the moments of a group move with the answers, and the structure with the moments."""
    information, cross = moved_by_measurement(two, g, known, slopes)
    jacobian = bread @ structural_pull(two.structure, g)
    by_score = cho_solve(factored(information), jacobian.T)
    return _Moments(jacobian @ by_score, by_score, cross)


def moved_by_measurement(
    two: TwoStep, g: int, known: FactorData, slopes: list[Touch]
) -> tuple[Floats, Floats]:
    """Information of one person about mean and vech(Phi) (M, M), and with the measurement (M, q1)."""
    latent, m = two.latent[g], len(two.latent[g].mean)
    patterns = pooled(known)
    metrics = np.array([metric(precision, latent.cov) for _, precision, _ in patterns])
    information = _information(metrics, np.array([weight for weight, *_ in patterns]))
    turned = [np.zeros_like(latent.cov) for _ in slopes]
    moved = np.zeros((len(slopes), m))
    for (weight, precision, loaded), b in zip(patterns, metrics, strict=True):
        g_of = loaded.T @ np.linalg.inv(np.eye(m) + latent.cov @ precision)
        _turn(turned, moved, weight, g_of, latent.cov @ b, latent.mean, slopes)
    b_at, a_at = np.triu_indices(m)
    twice = np.where(a_at == b_at, 0.5, 1.0)
    halves = [twice * own[a_at, b_at] for own in turned]
    return information, np.hstack([moved, np.reshape(halves, (len(slopes), len(a_at)))]).T


def factored(information: Floats) -> tuple[Floats, bool]:
    """Cholesky factor of the information about the factors' moments, which is overwritten.

    Raises
    ------
    EstimationError
        If a moment is not identified.
    """
    try:
        factor, lower = cho_factor(information, overwrite_a=True)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            "moments of the factors are not identified by the answers",
            place="measurement",
            cure="Look for factors that few people answered together",
            code="factor-moments",
        ) from error
    return factor, lower


def _information(metrics: Floats, weights: Floats) -> Floats:
    """Sum up what one person tells of mean and vech(Phi): of Phi_ab and Phi_cd B_ac B_bd + B_ad B_bc."""
    m = metrics.shape[1]
    b, a = np.triu_indices(m)
    index = np.zeros((m, m), dtype=np.int64)
    index[a, b] = index[b, a] = np.arange(len(a))
    cells = metrics[:, a, b]
    products = (cells * weights[:, None]).T @ cells
    half = np.where(a == b, 0.5, 1.0)
    found = np.zeros((m + len(a), m + len(a)))
    found[:m, :m] = np.tensordot(weights, metrics, 1)
    for start in range(0, len(a), _CHUNK):
        some = slice(start, start + _CHUNK)
        up, down = a[some, None], b[some, None]
        own = products[index[up, a], index[down, b]] + products[index[up, b], index[down, a]]
        found[m + start : m + start + len(own), m:] = own * half[some, None] * half
    return found


def structural_pull(structure: Solution, g: int) -> Floats:
    """How the score of the structure moves with mean and vech(Phi) of a group, shape (q2, M).

    Of dSigma = s (l r' + r l') it is s (p q' + q p') with p = Sigma^-1 l and q = Sigma^-1 r.
    """
    implied = structure.model.implied(structure.minimum.x)[g]
    rules = structure.model.rules[g]
    inverse, _ = inverse_and_logdet(implied.sigma)
    turned = inverse @ implied.basis
    p, q = turned[:, rules.left].T, turned[:, rules.right].T
    m = len(inverse)
    b, a = np.triu_indices(m)
    own = np.zeros((len(rules.free), m + len(a)))
    own[:, m:] = p[:, a] * q[:, b]
    own[:, m:] += p[:, b] * q[:, a]
    own[:, m:] *= rules.scale[:, None] * np.where(a == b, 0.5, 1.0)
    if structure.model.means:
        own[:, :m] = rules.mean_factor(implied)[:, None] * p
    found = np.zeros((structure.model.n_free, own.shape[1]))
    np.add.at(found, rules.free, structure.sample.shares[g] * own)
    return found


def factor_scores(two: TwoStep, g: int, known: FactorData) -> Floats:
    """Score of each person of a group by mean and vech(Phi) times the weight, (n_g, M): u, and uu' - B."""
    latent = two.latent[g]
    _, u = metric_and_scores(known, latent.mean, latent.cov)
    b, a = np.triu_indices(len(latent.mean))
    cells = np.array([metric(precision, latent.cov)[a, b] for precision in known.precision])
    half = np.where(a == b, 0.5, 1.0)
    scores = np.hstack([u, half * (u[:, a] * u[:, b] - cells[known.pattern])])
    return scores * (known.weights * len(u))[:, None]


def pooled(data: FactorData) -> list[tuple[float, Floats, Floats]]:
    """Give share, A and L'T^-1 of each pattern; where there are many, those nearly the same are pooled.

    People who left out a few more items than others share their mean precision. It enters the information
    smoothly, so that errors change by the square of what sets them apart.
    """
    shares = data.shares
    if len(shares) <= MOST_PATTERNS:
        return list(zip(shares.tolist(), data.precision, data.loaded, strict=True))
    seen = (data.loaded != 0.0).any(axis=1)
    leaders: list[int] = []
    member = np.zeros(len(shares), dtype=np.int64)
    for k in np.argsort(-shares, kind="stable"):
        apart = (seen[leaders] != seen[k]).mean(axis=1) if leaders else np.ones(1)
        if len(leaders) < MOST_PATTERNS and apart.min() > ALIKE:
            leaders.append(int(k))
            member[k] = len(leaders) - 1
        else:
            member[k] = int(np.argmin(apart))
    found = []
    for group in range(len(leaders)):
        own = member == group
        weight = shares[own] / shares[own].sum()
        precision, loaded = (np.tensordot(weight, x[own], 1) for x in (data.precision, data.loaded))
        found.append((float(shares[own].sum()), precision, loaded))
    return found


def _turn(
    turned: list[Floats],
    moved: Floats,
    weight: float,
    g: Floats,
    explained: Floats,
    mean: Floats,
    touches: list[Touch],
) -> None:
    """Add K = G' dSigma G of every measurement parameter, and what its means move, in place."""
    for k, (touched, d_lam, d_theta, d_nu) in enumerate(touches):
        own = g[touched]
        half = own.T @ (d_lam @ explained)
        turned[k] += weight * (half + half.T + own.T @ d_theta @ own)
        moved[k] += weight * own.T @ (d_nu + d_lam @ mean)
