"""Sandwich errors and corrected tests for complete data, in the space of parameters.

The influence of respondent i on the sample moments is e_i = vech(z_i z_i') less its mean, beside z_i for
the means (z centred; with fixed covariates the part that they explain is taken out). Products such as
e_i' V e_j, V the normal-theory weight, reduce to products of z_i' W z_j. So no matrix of order p(p+1)/2 is
formed. Satorra & Bentler (1994); Yuan & Bentler (2000); Asparouhov & Muthen (2005, 2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats, in_basis, inverse_and_logdet, spread_columns
from coprod_measure.estimation.discrepancies.discrepancy import Traces
from coprod_measure.estimation.model.implied import Derivatives, Implied
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Influence:
    """Influence of every respondent (or cluster) of one group.

    Attributes
    ----------
    z : (n, p) float
        Centred data.
    explained : (n, p) float or None
        What fixed covariates explain of it.
    weights : (n,) float or None
        Sampling weights.
    clusters : (n,) int or None
    n : float
        Respondents, or the sum of their weights.
    """

    z: Floats
    explained: Floats | None
    weights: Floats | None
    clusters: np.ndarray | None
    n: float

    def summed(self, rows: Floats) -> Floats:
        """Weigh rows and sum them within clusters, times the root of C/(C - 1) for C clusters."""
        if self.weights is not None:
            rows = rows * self.weights[:, None]
        if self.clusters is None:
            return rows
        _, number = np.unique(self.clusters, return_inverse=True)
        count = int(number.max()) + 1
        total = np.zeros((count, rows.shape[1]))
        np.add.at(total, number, rows)
        return np.asarray(total * np.sqrt(count / (count - 1)), dtype=np.float64)


def influences(model: Model, sample: SampleMoments) -> tuple[Influence, ...]:
    """Centre the data of every group.

    Parameters
    ----------
    model : Model
        Says which covariates are fixed.
    sample : SampleMoments
        With raw data.
    """
    return tuple(_influence(model, moments, number) for number, moments in enumerate(sample.groups, start=1))


def _influence(model: Model, moments: GroupMoments, group: int) -> Influence:
    assert moments.data is not None
    assert moments.mean is not None
    z = moments.data - moments.mean
    fixed = model.fixed_covariates(group)
    explained = None
    if fixed:
        slopes = np.linalg.solve(moments.cov[np.ix_(fixed, fixed)], moments.cov[fixed])
        explained = z[:, fixed] @ slopes
    return Influence(z, explained, moments.weights, moments.clusters, moments.n)


def casewise_scores(
    model: Model, sample: SampleMoments, x: Floats
) -> tuple[tuple[Floats, ...], tuple[Influence, ...]]:
    """Differentiate each respondent's log-likelihood by the free parameters.

    Parameters
    ----------
    sample : SampleMoments
        With raw data.
    x : (q,) float
        The estimates.

    Returns
    -------
    scores : tuple of (n_g, q) float
    """
    people = influences(model, sample)
    scores = []
    for person, moments, implied, rules in zip(
        people, sample.groups, model.implied(x), model.rules, strict=True
    ):
        shift = moments.mean - implied.mu if model.means and moments.mean is not None else 0.0
        inverse, _ = inverse_and_logdet(implied.sigma)
        basis = implied.basis
        pulled = (person.z + shift) @ (inverse @ basis)
        left = pulled.take(rules.left, axis=1)
        own = left * pulled.take(rules.right, axis=1)
        own -= in_basis(inverse, basis)[rules.left, rules.right]
        own *= rules.scale
        if model.means:
            left *= rules.mean_factor(implied)
            own += left
        scores.append(spread_columns(own, rules.free, model.n_free))
    return tuple(scores), people


def first_order_information(scores: tuple[Floats, ...], people: tuple[Influence, ...]) -> Floats:
    """Cross product of the scores, for one observation (Huber 1967; White 1982)."""
    total = sum(person.n for person in people)
    parts = [person.summed(score) for score, person in zip(scores, people, strict=True)]
    return np.asarray(sum(part.T @ part for part in parts) / total, dtype=np.float64)


def weighted_influences(model: Model, sample: SampleMoments, x: Floats) -> tuple[Floats, ...]:
    """Delta' V e_i for all respondents: what the sandwich of least squares is made of (Browne 1984).

    Returns
    -------
    tuple of (n_g, q) float
        Weighed and summed within clusters; W is the inverse of the implied covariance.
    """
    found = []
    for person, implied, rules in zip(influences(model, sample), model.implied(x), model.rules, strict=True):
        inverse, _ = inverse_and_logdet(implied.sigma)
        projector = inverse @ implied.basis
        own = _products(person.z @ projector, rules, implied, means=model.means)
        if person.explained is not None:
            own = own - _products(person.explained @ projector, rules, implied, means=model.means)
        weights = person.weights if person.weights is not None else np.ones(len(own))
        own = own - weights @ own / weights.sum()
        found.append(spread_columns(person.summed(own), rules.free, model.n_free))
    return tuple(found)


def _products(pulled: Floats, rules: Derivatives, implied: Implied, *, means: bool) -> Floats:
    own = rules.scale * pulled[:, rules.left] * pulled[:, rules.right]
    return own + rules.mean_factor(implied) * pulled[:, rules.left] if means else own


def satorra_bentler_traces(
    model: Model, sample: SampleMoments, x: Floats, inverse: Floats, *, second: bool = False
) -> Traces:
    """Compute tr(U Gamma), U = V - V Delta E^-1 Delta' V, and on demand tr(U Gamma U Gamma).

    Parameters
    ----------
    model, sample, x
        The solution.
    inverse : (q, q) float
        E^-1, the inverse of the expected information of one observation under the constraints.
    second : bool
        The second trace takes time with the square of the number of respondents.
    """
    people = influences(model, sample)
    weighted = weighted_influences(model, sample, x)
    total = sum(person.n for person in people)
    kernels = []
    first = 0.0
    for person, implied, scores in zip(people, model.implied(x), weighted, strict=True):
        kernel = _Kernel(person, inverse_and_logdet(implied.sigma)[0], means=model.means)
        kernels.append(kernel)
        share = person.n / total
        first += (
            kernel.trace() / person.n
            - share * float(np.einsum("ij,jk,ik->", scores, inverse, scores, optimize=True)) / person.n
        )
    if not second:
        return Traces(first, np.nan)
    squares = 0.0
    for g, (person, scores) in enumerate(zip(people, weighted, strict=True)):
        for h, (other, others) in enumerate(zip(people, weighted, strict=True)):
            shares = np.sqrt(person.n * other.n) / total
            for rows in _chunks(len(scores)):
                block = -shares * (scores[rows] @ inverse @ others.T)
                if g == h:
                    block += kernels[g].rows(rows)
                squares += float((block**2).sum()) / (person.n * other.n)
    return Traces(first, squares)


def _chunks(n: int) -> Iterator[slice]:
    for start in range(0, n, _CHUNK):
        yield slice(start, min(start + _CHUNK, n))


class _Kernel:
    """The products e_i' V e_j of one group."""

    def __init__(self, person: Influence, inverse: Floats, *, means: bool) -> None:
        self.person, self.means = person, means
        self.left = person.z @ inverse
        self.explained = None if person.explained is None else person.explained @ inverse
        self.weights = np.ones(len(person.z)) if person.weights is None else person.weights
        self.column = self._column_means()
        self.grand = float(self.weights @ self.column / self.weights.sum())

    def _raw(self, rows: slice) -> Floats:
        z, hat = self.person.z, self.person.explained
        raw = 0.5 * (self.left[rows] @ z.T) ** 2
        if hat is not None and self.explained is not None:
            raw -= 0.5 * (self.left[rows] @ hat.T) ** 2
            raw += 0.5 * (self.explained[rows] @ hat.T) ** 2 - 0.5 * (self.explained[rows] @ z.T) ** 2
        return np.asarray(raw, dtype=np.float64)

    def _column_means(self) -> Floats:
        """Mean over j of the uncentred products: quadratic forms in the mean of z z'."""
        z, hat = self.person.z, self.person.explained
        spread = (z * self.weights[:, None]).T @ z / self.weights.sum()
        if hat is not None and self.explained is not None:
            spread = spread - (hat * self.weights[:, None]).T @ hat / self.weights.sum()
        means = 0.5 * np.einsum("ij,jk,ik->i", self.left, spread, self.left, optimize=True)
        if self.explained is not None:
            means -= 0.5 * np.einsum("ij,jk,ik->i", self.explained, spread, self.explained, optimize=True)
        return np.asarray(means, dtype=np.float64)

    def _of_means(self, rows: slice) -> Floats:
        z, hat = self.person.z, self.person.explained
        if hat is None or self.explained is None:
            return np.asarray(self.left[rows] @ z.T, dtype=np.float64)
        return np.asarray((self.left[rows] - self.explained[rows]) @ (z - hat).T, dtype=np.float64)

    def rows(self, rows: slice) -> Floats:
        """Rows of the kernel, shape (len(rows), n), weighed; clusters are not summed here."""
        block = self._raw(rows) - self.column[rows][:, None] - self.column[None, :] + self.grand
        if self.means:
            block = block + self._of_means(rows)
        if self.person.weights is not None:
            block = block * self.weights[rows][:, None] * self.weights[None, :]
        return block

    def trace(self) -> float:
        """Sum of the diagonal."""
        z, hat = self.person.z, self.person.explained
        own = np.einsum("ij,ij->i", self.left, z)
        diagonal = 0.5 * own**2
        if hat is not None and self.explained is not None:
            cross = np.einsum("ij,ij->i", self.left, hat)
            both = np.einsum("ij,ij->i", self.explained, hat)
            diagonal = diagonal - cross**2 + 0.5 * both**2
            own = own - 2.0 * cross + both
        diagonal = diagonal - 2.0 * self.column + self.grand
        if self.means:
            diagonal = diagonal + own
        return float((self.weights**2 * diagonal).sum())


def saturated_first_order_trace(model: Model, sample: SampleMoments) -> float:
    """Compute tr(B A^-1) of the saturated model, summed over groups (Asparouhov & Muthen 2005).

    Moments of fixed covariates do not count: their marginal part is subtracted.
    """
    total = 0.0
    for number, (person, moments) in enumerate(
        zip(influences(model, sample), sample.groups, strict=True), start=1
    ):
        fixed = model.fixed_covariates(number)
        total += _saturated_part(person, person.z, moments.cov, means=model.means)
        if fixed:
            total -= _saturated_part(
                person, person.z[:, fixed], moments.cov[np.ix_(fixed, fixed)], means=model.means
            )
    return total


def _saturated_part(person: Influence, z: Floats, cov: Floats, *, means: bool) -> float:
    inverse, _ = inverse_and_logdet(cov)
    p = len(cov)
    if person.clusters is None:
        distance = np.einsum("ij,jk,ik->i", z, inverse, z, optimize=True)
        own = 0.5 * (distance**2 - 2.0 * distance + p) + (distance if means else 0.0)
        weights = 1.0 if person.weights is None else person.weights**2
        return float((weights * own).sum()) / person.n
    weights = np.ones(len(z)) if person.weights is None else person.weights
    _, number = np.unique(person.clusters, return_inverse=True)
    count = int(number.max()) + 1
    found = 0.0
    for cluster in range(count):
        chosen = number == cluster
        w, rows = weights[chosen], z[chosen]
        product = inverse @ ((rows * w[:, None]).T @ rows - w.sum() * cov)
        found += 0.5 * float(np.einsum("ij,ji->", product, product))
        if means:
            mean = w @ rows
            found += float(mean @ inverse @ mean)
    return found * count / (count - 1) / person.n
