"""Moments of products of latent variables from mapped scores.

Rosseel, Burghgraeve, Loh and Schermelleh-Engel (2025).

With f = eta + e the mapped score of a person, augmented by a constant 1, B = Var(e) and e normal, products
f_r f_s have known errors (Wall & Amemiya 2000): the covariance of f_r1 f_s1 and f_r2 f_s2 exceeds that of the
products of eta by E[r1,r2] B[s1,s2] + B[r1,r2] E[s1,s2] + E[r1,s2] B[s1,r2] + E[s1,r2] B[r1,s2]
+ B[r1,r2] B[s1,s2] + B[s1,r2] B[r1,s2], where E = E(eta eta'). Where answers are missing, B differs by
pattern and the last two terms are averaged over people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.estimation.two_step.mapped_scores import (
    Patterns,
    Scores,
    answer_patterns,
    mapped_scores,
    score_mapping,
)
from coprod_measure.estimation.two_step.mapping import (
    LatentMoments,
    Mapping,
    Measurement,
    error_share,
    mapping_weight,
    spanned,
)
from coprod_measure.estimation.two_step.moment_errors import Touch, measurement_slopes

# Of differences by measurement parameters, in their units; and doubles of stacked scores held at once.
STEP = 1e-6
STACK = 2_000_000


@dataclass(frozen=True, slots=True)
class _Terms:
    """Kept products f_r f_s (r = 0 for f_s alone), and the pairs of a lower triangle by columns."""

    r: np.ndarray
    s: np.ndarray
    row: np.ndarray
    column: np.ndarray

    @classmethod
    def of(cls, m: int, products: tuple[tuple[int, int], ...]) -> _Terms:
        r = np.array([0] * m + [1 + i for i, _ in products])
        s = np.array([*range(1, m + 1), *(1 + j for _, j in products)])
        column, row = np.triu_indices(len(r))
        return cls(r, s, row, column)

    @property
    def pairs(self) -> tuple[np.ndarray, ...]:
        row, column = self.row, self.column
        return self.r[row], self.s[row], self.r[column], self.s[column]


def _linear(e: Floats, b: Floats, index: tuple[np.ndarray, ...]) -> Floats:
    r1, s1, r2, s2 = index
    return np.asarray(
        e[..., r1, r2] * b[..., s1, s2]
        + e[..., s1, s2] * b[..., r1, r2]
        + e[..., r1, s2] * b[..., s1, r2]
        + e[..., s1, r2] * b[..., r1, s2]
    )


def _squared(b: Floats, index: tuple[np.ndarray, ...]) -> Floats:
    r1, s1, r2, s2 = index
    return np.asarray(b[..., r1, r2] * b[..., s1, s2] + b[..., s1, r2] * b[..., r1, s2])


def _between(scores: Scores, index: tuple[np.ndarray, ...]) -> Floats:
    """Covariance over patterns of what errors add to the means of products."""
    r1, s1, r2, s2 = index
    errors, w = scores.errors, scores.shares
    mean = scores.mean_error
    return np.asarray(w @ (errors[:, r1, s1] * errors[:, r2, s2]) - mean[r1, s1] * mean[r2, s2])


def _error_of_products(scores: Scores, e: Floats, index: tuple[np.ndarray, ...]) -> Floats:
    if len(scores.errors) == 1:
        own = scores.errors[0]
        return np.asarray(_linear(e, own, index) + _squared(own, index))
    mean = scores.mean_error
    squared = scores.shares @ _squared(scores.errors, index)
    return np.asarray(_linear(e, mean, index) + squared + _between(scores, index))


@dataclass(frozen=True, slots=True)
class ProductMoments:
    """Moments of latent variables and of products of them.

    Attributes
    ----------
    cov, mean : (k, k) and (k,) float
        Latent variables first, then products.
    share : float
        Of the error of products that was taken off.
    first_share : float
        Of the error of the latent variables themselves.
    """

    cov: Floats
    mean: Floats
    share: float
    scores: Scores
    terms: _Terms
    first_share: float
    patterns: Patterns


def product_moments(
    scores: Scores, latent: LatentMoments, products: tuple[tuple[int, int], ...], patterns: Patterns
) -> ProductMoments:
    """Correct the moments of products of scores for measurement error.

    ``products`` says which of the m latent variables are multiplied, ``patterns`` whose scores these are.
    """
    m = len(latent.mean)
    terms = _Terms.of(m, products)
    e = np.zeros((1 + m, 1 + m))
    e[0, 0], e[0, 1:], e[1:, 0] = 1.0, latent.mean, latent.mean
    e[1:, 1:] = latent.cov + np.outer(latent.mean, latent.mean)
    made = scores.values[:, terms.r] * scores.values[:, terms.s]
    observed = np.cov(made.T, bias=True)
    k, n = len(terms.r), len(made)
    row, column = terms.row, terms.column
    error = np.zeros((k, k))
    error[row, column] = error[column, row] = _error_of_products(scores, e, terms.pairs)
    share = error_share(observed, error, 2.0 / n, k / (n - 1.0))
    mean = e[terms.r, terms.s]
    return ProductMoments(observed - share * error, mean, share, scores, terms, latent.share, patterns)


def _contributions(found: ProductMoments) -> Floats:
    """Give what each person adds to mean and vech(cov), shape (n, k + k(k+1)/2)."""
    scores, terms, index = found.scores, found.terms, found.terms.pairs
    f, own = scores.values, scores.errors[scores.pattern]
    made = f[:, terms.r] * f[:, terms.s]
    levels = made - found.first_share * own[:, terms.r, terms.s]
    mean = scores.mean_error
    squares = f[:, :, None] * f[:, None, :]
    row, column = terms.row, terms.column
    centred = made - made.mean(axis=0)
    r1, s1, r2, s2 = index
    by_pattern = _squared(scores.errors, index) + scores.errors[:, r1, s1] * scores.errors[:, r2, s2]
    constant = -2.0 * found.first_share * _squared(mean, index) - mean[r1, s1] * mean[r2, s2]
    error = _linear(squares, mean, index) + by_pattern[scores.pattern] + constant
    return np.hstack([levels, centred[:, row] * centred[:, column] - found.share * error])


def _averaged(
    found: ProductMoments, values: Floats, mean: Floats, error_of: Callable[[Floats], Floats]
) -> Floats:
    """Average of the contributions at other measurement estimates, or at a stack of them.

    ``values`` (..., n, 1 + m), and their ``mean`` error; ``error_of`` gives that of products.
    """
    terms, n = found.terms, values.shape[-2]
    e = np.swapaxes(values, -1, -2) @ values / n - found.first_share * mean
    made = values[..., terms.r] * values[..., terms.s]
    level = made.mean(axis=-2)
    spread = np.swapaxes(made, -1, -2) @ made / n - level[..., :, None] * level[..., None, :]
    products = spread[..., terms.row, terms.column] - found.share * error_of(e)
    return np.concatenate([e[..., terms.r, terms.s], products], axis=-1)


def extended(
    two_products: tuple[tuple[int, int], ...],
    order: tuple[int, ...],
    sample: SampleMoments,
    measurement: tuple[Measurement, ...],
    latent: tuple[LatentMoments, ...],
    mapping: Mapping,
    keep: list[ProductMoments],
) -> SampleMoments:
    """Latent moments with those of products, in the structure's order; the parts are put in `keep`."""
    groups = []
    for part, one, own in zip(measurement, latent, sample.groups, strict=True):
        assert own.data is not None
        patterns = answer_patterns(own.data)
        scores = mapped_scores(part, patterns, own.cov, mapping, one.scale)
        found = product_moments(scores, one, two_products, patterns)
        keep.append(found)
        groups.append(GroupMoments(found.cov[np.ix_(order, order)], found.mean[list(order)], own.n))
    return SampleMoments(tuple(groups))


def product_covariance(
    two: TwoStep,
    found: tuple[ProductMoments, ...],
    v11: Floats,
    order: tuple[int, ...],
) -> Floats:
    """Compute the sampling covariance of latent moments with products, groups stacked.

    Parameters
    ----------
    found : tuple of ProductMoments
        One a group.
    v11 : (q1, q1) float
        Covariance of the measurement estimates.
    order : tuple of int
        Where the structure's variables stand among latent variables and products.
    """
    sizes = [len(one.mean) + len(one.mean) * (len(one.mean) + 1) // 2 for one in found]
    whole = all(
        len(one.patterns.seen) == 1 and (own.scale == 1.0).all()
        for one, own in zip(found, two.latent, strict=True)
    )
    slopes = (_slopes_at_once if whole else _slopes_one_by_one)(two, found)
    total = slopes @ v11 @ slopes.T
    start = 0
    for one, size in zip(found, sizes, strict=True):
        added = np.cov(_contributions(one).T, bias=True) / len(one.scores.values)
        total[start : start + size, start : start + size] += added
        start += size
    return _reordered(total, found, order)


def _slopes_one_by_one(two: TwoStep, found: tuple[ProductMoments, ...]) -> Floats:
    """How the moments move with each measurement parameter, (all moments, q1)."""
    start = _moved(two, found, two.measurement)
    columns = []
    steps = STEP * two.model.units[two.first]
    for step, *touched in zip(steps, *measurement_slopes(two), strict=True):
        parts = [_stepped(part, own, step) for part, own in zip(two.measurement, touched, strict=True)]
        columns.append((_moved(two, found, parts) - start) / step)
    return np.column_stack(columns)


def _slopes_at_once(two: TwoStep, found: tuple[ProductMoments, ...]) -> Floats:
    """Do the same for complete answers, where all parameters can move in one stack."""
    slopes = []
    steps = STEP * two.model.units[two.first]
    groups = zip(two.measurement, found, two.sample.groups, measurement_slopes(two), strict=True)
    for part, one, own, touches in groups:
        stack = [part, *(_stepped(part, *each) for each in zip(touches, steps, strict=True))]
        chunk = max(1, STACK // one.scores.values.size)
        found_at = np.vstack(
            [
                _stacked(part, one, own, two.mapping, stack[start : start + chunk])
                for start in range(0, len(stack), chunk)
            ]
        )
        slopes.append((found_at[1:] - found_at[0]).T / steps)
    return np.vstack(slopes)


def _stacked(
    part: Measurement, one: ProductMoments, own: GroupMoments, mapping: Mapping, stack: list[Measurement]
) -> Floats:
    """Average of the contributions of complete answers at each of a stack of measurements."""
    lam, theta, nu = (np.array([getattr(each, name) for each in stack]) for name in ("lam", "theta", "nu"))
    turned = np.swapaxes(lam, -1, -2)
    pulled = turned @ (
        np.linalg.inv(spanned(lam, theta))
        if mapping == "ML"
        else mapping_weight(part, own.cov, own.n, mapping)
    )
    m_matrix = np.linalg.solve(pulled @ lam, pulled)
    m_matrix[:, ~part.latent] = turned[:, ~part.latent]
    back = np.swapaxes(m_matrix, -1, -2)
    (answers,) = one.patterns.answers
    values = np.ones((len(stack), len(answers), 1 + lam.shape[-1]))
    values[..., 1:] = (answers - nu[:, None]) @ back
    errors = np.zeros((len(stack), *(2 * values.shape[-1:])))
    errors[:, 1:, 1:] = m_matrix @ theta @ back
    index = one.terms.pairs
    return _averaged(one, values, errors, lambda e: _linear(e, errors, index) + _squared(errors, index))


def _stepped(part: Measurement, touch: Touch, step: float) -> Measurement:
    touched, d_lam, d_theta, d_nu = touch
    lam, theta, nu = part.lam.copy(), part.theta.copy(), part.nu.copy()
    lam[touched] += step * d_lam
    theta[np.ix_(touched, touched)] += step * d_theta
    nu[touched] += step * d_nu
    return Measurement(lam, theta, nu, part.latent)


def _moved(two: TwoStep, found: tuple[ProductMoments, ...], measurement: Sequence[Measurement]) -> Floats:
    parts = []
    for part, one, latent, own in zip(measurement, found, two.latent, two.sample.groups, strict=True):
        scale = latent.scale
        if (scale != 1.0).any():
            m_matrix = score_mapping(part, own.cov, own.n, two.mapping)
            variance = np.einsum("ij,jk,ik->i", m_matrix, own.cov - latent.share * part.theta, m_matrix)
            scale = np.where(part.latent, np.sqrt(variance), 1.0)
        scores = mapped_scores(part, one.patterns, own.cov, two.mapping, scale)
        error = partial(_error_of_products, scores, index=one.terms.pairs)
        parts.append(_averaged(one, scores.values, scores.mean_error, error))
    return np.concatenate(parts)


def _reordered(total: Floats, found: tuple[ProductMoments, ...], order: tuple[int, ...]) -> Floats:
    place, start = [], 0
    for one in found:
        k = len(one.mean)
        index = np.zeros((k, k), dtype=np.int64)
        b, a = np.triu_indices(k)
        index[a, b] = index[b, a] = np.arange(len(a))
        some = np.array(order)
        place += [start + some, start + k + index[some[a], some[b]]]
        start += k + len(a)
    chosen = np.concatenate(place)
    return np.asarray(total[np.ix_(chosen, chosen)], dtype=np.float64)
