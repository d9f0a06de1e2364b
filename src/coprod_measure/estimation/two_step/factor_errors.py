"""Errors of the second step where factors, not items, have moments: all of it in the space of the factors.

Sigma enters only through B = L' Sigma^-1 L and G = Sigma^-1 L of each pattern of answers, so that I22 and
I21 are sums over patterns of matrices of the order of the factors.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.two_step.errors import SecondStep, add_information, inverse_information
from coprod_measure.estimation.two_step.estimate import TwoStep, keys_of
from coprod_measure.estimation.two_step.factor_moments import FactorData, metric
from coprod_measure.estimation.two_step.moment_errors import Touch, measurement_slopes

# Patterns of answers whose information is summed one by one; beyond, those that differ by a tenth are pooled.
MOST_PATTERNS = 60
ALIKE = 0.1


def factor_second_step(two: TwoStep, data: tuple[FactorData, ...]) -> SecondStep:
    """Gather the expected information that links the two steps, pattern by pattern.

    Parameters
    ----------
    two : TwoStep
    data : tuple of FactorData
        One a group.
    """
    first, second = np.flatnonzero(two.first), np.flatnonzero(two.second)
    structure = two.structure.model
    place = _places(two, second)
    own, cross = np.zeros((len(second), len(second))), np.zeros((len(second), len(first)))
    slopes = measurement_slopes(two)
    moments = zip(
        two.sample.shares,
        structure.implied(two.structure.minimum.x),
        structure.rules,
        data,
        slopes,
        strict=True,
    )
    for share, implied, rules, known, touches in moments:
        where = place[rules.free]
        rows = np.flatnonzero(where >= 0)
        turned = [np.zeros_like(implied.sigma) for _ in first]
        moved = np.zeros((len(first), len(implied.mu)))
        for weight, precision, loaded in pooled(known):
            b = metric(precision, implied.sigma)
            g = loaded.T @ np.linalg.inv(np.eye(len(b)) + implied.sigma @ precision).T
            add_information(
                own, share * weight, rules, implied, b, (rows, rows), where, means=structure.means
            )
            _turn(turned, moved, weight, g, implied.sigma @ b, implied.mu, touches)
        basis = implied.basis
        factor = rules.mean_factor(implied)
        left, right = rules.left[rows], rules.right[rows]
        for k, (matrix, shift) in enumerate(zip(turned, moved, strict=True)):
            spread = basis.T @ (matrix @ basis)
            value = rules.scale[rows] * spread[left, right]
            if structure.means:
                value = value + factor[rows] * (shift @ basis)[left]
            np.add.at(cross[:, k], where[rows], share * value)
    return SecondStep(inverse_information(two, own, second), cross, first, second)


def _places(two: TwoStep, second: np.ndarray) -> np.ndarray:
    """Place each free parameter of the structure among the structural parameters; -1 where none."""
    joint = keys_of(two.model)
    place_of = {int(number): k for k, number in enumerate(second)}
    place = np.full(two.structure.model.n_free, -1)
    for key, number in keys_of(two.structure.model).items():
        if key in joint:
            place[number] = place_of[joint[key]]
    return place


def factor_scores_of_structure(two: TwoStep, data: tuple[FactorData, ...]) -> tuple[Floats, ...]:
    """Score of each respondent, by all parameters of the joint model, a (n_g, q) array a group.

    With u = L' Sigma^-1 (y - mu) and dPhi = s (a b' + b a') of a structural parameter, the score of one
    respondent is s (a'u u'b - a'B b), B as above; a mean adds its slope times u. Columns of measurement
    are zero: its influences come from the blocks.
    """
    second = np.flatnonzero(two.second)
    place = _places(two, second)
    structure = two.structure.model
    found = []
    for implied, rules, known in zip(
        structure.implied(two.structure.minimum.x), structure.rules, data, strict=True
    ):
        where = place[rules.free]
        rows = np.flatnonzero(where >= 0)
        left, right, scale = rules.left[rows], rules.right[rows], rules.scale[rows]
        basis, factor = implied.basis, rules.mean_factor(implied)[rows]
        gather = sparse.csr_matrix(
            (np.ones(len(rows)), (np.arange(len(rows)), second[where[rows]])), (len(rows), two.model.n_free)
        )
        scores = np.zeros((len(known.scores), two.model.n_free))
        for k, precision in enumerate(known.precision):
            people = np.flatnonzero(known.pattern == k)
            shrink = np.linalg.inv(np.eye(len(precision)) + precision @ implied.sigma)
            u = (known.scores[people] - precision @ implied.mu) @ shrink.T @ basis
            b = basis.T @ metric(precision, implied.sigma) @ basis
            own = scale * (u[:, left] * u[:, right] - b[left, right])
            if structure.means:
                own = own + factor * u[:, left]
            scores[people] = own @ gather
        found.append(scores)
    return tuple(found)


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
