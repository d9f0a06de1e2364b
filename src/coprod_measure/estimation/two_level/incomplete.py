"""The normal likelihood of incomplete answers in clusters.

For cluster j with cluster part v, A_j is the sum over its rows of the inverses of Sigma_W of what each row
has, and b_j the sum of these inverses times the residuals. Then log|V_j| is the sum of log|Sigma_W,i| plus
log|I + B A_j|, and the distance loses b_j' (I + B A_j)^-1 B b_j (the matrix determinant lemma and Woodbury's
identity), so that no matrix is larger than the number of variables. Variables of the second level alone are
conditioned on: B is what their observed values leave of Sigma_B. Slopes by Sigma_W and mu are those of the
expected complete data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints, inverse_and_logdet
from coprod_measure.estimation.two_level.clusters import (
    LOG_TWO_PI,
    Clusters,
    CompleteClusters,
    Layout,
    Slopes,
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Rows (or clusters) that have answered the same variables, by positions in the rows' own order."""

    observed: Ints
    rows: Ints


@dataclass(frozen=True, slots=True)
class Within:
    """What rows say about their cluster's part: A, b, and the rest of -2 log L.

    With residuals (0 where missing), and these times the inverse of the covariance of what each row has.
    """

    residuals: Floats
    pulled: Floats
    inverses: list[Floats]
    a: Floats
    b: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Between:
    """The cluster part given what is known of the second level's own variables.

    Attributes
    ----------
    posterior : (J, w) float
        Its mean once the rows are seen.
    spread : (J, w, w) float
        Its covariance then: C = (I + B A)^-1 B.
    slopes : Slopes
        By Sigma_B and mu, cluster by cluster, and the value; by Sigma_W still zero.
    """

    posterior: Floats
    spread: Floats
    slopes: Slopes


@dataclass(frozen=True)
class IncompleteClusters(Clusters):
    """Incomplete answers, by patterns of what is known.

    Attributes
    ----------
    values : (n, r) float
        NaN where missing.
    """

    layout: Layout
    values: Floats
    cluster: Ints = field(init=False)
    patterns: list[_Pattern] = field(init=False)
    counts: Floats = field(init=False)
    second_level: Floats = field(init=False)
    second_patterns: list[_Pattern] = field(init=False)

    def __post_init__(self) -> None:
        layout = self.layout
        cluster = np.repeat(np.arange(layout.n_clusters), layout.sizes)
        patterns = _patterns(self.values[:, layout.within])
        counts = np.zeros((layout.n_clusters, len(patterns)))
        for k, pattern in enumerate(patterns):
            counts[:, k] = np.bincount(cluster[pattern.rows], minlength=layout.n_clusters)
        # A value of the second level counts for its cluster, in whichever row it stands.
        second = self.values[:, layout.only_between]
        known = layout.summed((~np.isnan(second)).astype(float))
        with np.errstate(invalid="ignore"):
            second = layout.summed(np.nan_to_num(second)) / np.where(known > 0, known, np.nan)
        for name, value in (
            ("cluster", cluster),
            ("patterns", patterns),
            ("counts", counts),
            ("second_level", second),
            ("second_patterns", _patterns(second)),
        ):
            object.__setattr__(self, name, value)

    @property
    def carried(self) -> Ints:
        """Positions of what clusters carry into their rows."""
        return self.layout.within

    def slopes(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`.clusters.Clusters`."""
        rows, found = self.expected(within, between, mean)
        own, whole = found.slopes, np.zeros_like(within)
        for inverse, residuals, count, _ in self._completed(rows, found):
            squares = residuals.T @ residuals + np.tensordot(count, found.spread, 1)
            whole[self.layout.cells] += count.sum() * inverse - inverse @ squares @ inverse
        return Slopes(float(np.sum(own.value)), whole, own.between.sum(axis=0), own.mean.sum(axis=0))

    def by_cluster(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`.clusters.Clusters`."""
        rows, found = self.expected(within, between, mean)
        own, w = found.slopes, len(self.layout.within)
        by_within = np.zeros((self.layout.n_clusters, w, w))
        for inverse, residuals, count, clusters in self._completed(rows, found):
            pulled = residuals @ inverse
            np.subtract.at(by_within, clusters, pulled[:, :, None] * pulled[:, None, :])
            by_within += count[:, None, None] * (inverse - inverse @ found.spread @ inverse)
        row, column = self.layout.cells
        own.within[:, row, column] = by_within
        return own

    def first_guess(self) -> tuple[Floats, Floats, Floats]:
        """See :class:`.clusters.Clusters`; missing answers at the mean of their cluster, or of all."""
        known = ~np.isnan(self.values)
        filled = np.nan_to_num(self.values)
        counts = self.layout.summed(known.astype(float))
        overall = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        means = np.where(counts > 0, self.layout.summed(filled) / np.maximum(counts, 1), overall)
        return CompleteClusters(self.layout, np.where(known, self.values, means[self.cluster])).first_guess()

    def expected(self, within: Floats, between: Floats, mean: Floats) -> tuple[Within, Between]:
        """Say what rows tell about their clusters, and what is then known of these."""
        inner = self.layout.within
        self._check(within, between)
        residuals = np.nan_to_num(self.values[:, inner] - mean[inner])
        rows = self._rows(within[self.layout.cells], residuals, mean)
        return rows, self._clusters(rows, between, mean)

    def added(self, known: Between) -> Floats:
        """Take what the clusters are expected to carry into each row, shape (n, w)."""
        return known.posterior[self.cluster]

    def pulled(self, rows: Within, known: Between) -> Floats:
        """Take what is expected to be each row's own, times the inverse of the covariance of what it has."""
        own = rows.residuals - self.added(known)
        found = np.zeros_like(own)
        for pattern, inverse in zip(self.patterns, rows.inverses, strict=True):
            found[pattern.rows] = own[pattern.rows] @ inverse
        return found

    def _check(self, within: Floats, between: Floats) -> None:
        """Refuse what would be no covariance of complete clusters."""
        self.layout.inverses(within, between)

    def _completed(self, rows: Within, found: Between) -> Iterator[tuple[Floats, Floats, Floats, Ints]]:
        """Pattern by pattern: inverse of Sigma_W, expected own parts, number by cluster, and clusters."""
        for k, (pattern, inverse) in enumerate(zip(self.patterns, rows.inverses, strict=True)):
            clusters = self.cluster[pattern.rows]
            own = rows.residuals[pattern.rows] - found.posterior[clusters]
            yield inverse, own, self.counts[:, k], clusters

    def _rows(self, within: Floats, residuals: Floats, mean: Floats) -> Within:
        inverses, pulled, value = [], np.zeros_like(residuals), np.zeros(len(residuals))
        for pattern in self.patterns:
            inverse, cells = np.zeros_like(within), np.ix_(pattern.observed, pattern.observed)
            logdet = 0.0
            if pattern.observed.size:
                inverse[cells], logdet = inverse_and_logdet(within[cells])
            own = residuals[pattern.rows]
            pulled[pattern.rows] = own @ inverse
            value[pattern.rows] = logdet + (own * pulled[pattern.rows]).sum(axis=1)
            value[pattern.rows] += LOG_TWO_PI * pattern.observed.size
            inverses.append(inverse)
        a = np.tensordot(self.counts, np.array(inverses), 1)
        return Within(residuals, pulled, inverses, a, self.layout.summed(pulled), self.layout.summed(value))

    def _clusters(self, rows: Within, between: Floats, mean: Floats) -> Between:
        layout, carried, r, w = self.layout, self.carried, len(mean), len(self.carried)
        n = layout.n_clusters
        posterior, spread = np.zeros((n, w)), np.zeros((n, w, w))
        by_between, by_mean, value = np.zeros((n, r, r)), np.zeros((n, r)), rows.value.copy()
        for pattern in self.second_patterns:
            own = pattern.rows
            outer = layout.only_between[pattern.observed]
            distance = self.second_level[np.ix_(own, pattern.observed)] - mean[outer]
            inverse, logdet = (
                inverse_and_logdet(between[np.ix_(outer, outer)]) if outer.size else (np.zeros((0, 0)), 0.0)
            )
            across = between[np.ix_(carried, outer)] @ inverse
            left = between[np.ix_(carried, carried)] - across @ between[np.ix_(outer, carried)]
            a, prior = rows.a[own], distance @ across.T
            weight = np.eye(w) + left @ a
            if np.linalg.eigvalsh(left)[0] < 0 and (np.linalg.eigvals(weight).real <= 0).any():
                raise np.linalg.LinAlgError("no covariance of rows")
            logdets = np.linalg.slogdet(weight)[1]
            c = np.linalg.solve(weight, np.broadcast_to(left, a.shape))
            c = (c + c.transpose(0, 2, 1)) / 2.0
            b = rows.b[own] - _times(a, prior)
            moved = _times(c, b)
            g = b - _times(a, moved)
            m = a - a @ c @ a
            h = distance @ inverse - g @ across
            value[own] += (
                logdets + logdet + LOG_TWO_PI * outer.size + (distance * (distance @ inverse)).sum(axis=1)
            )
            value[own] -= (prior * (rows.b[own] + b)).sum(axis=1) + (b * moved).sum(axis=1)
            posterior[own], spread[own] = prior + moved, c
            whole = np.concatenate([g, h], axis=1)
            crossed = -m @ across
            corner = inverse + across.T @ m @ across
            outline = np.block([[m, crossed], [crossed.transpose(0, 2, 1), corner]])
            chosen = np.concatenate([carried, outer])
            by_between[np.ix_(own, chosen, chosen)] = outline - whole[:, :, None] * whole[:, None, :]
            by_mean[np.ix_(own, chosen)] = -2.0 * whole
        return Between(posterior, spread, Slopes(value, np.zeros((n, r, r)), by_between, by_mean))


def _times(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


def _patterns(values: Floats) -> list[_Pattern]:
    known = ~np.isnan(values)
    each, which = np.unique(known, axis=0, return_inverse=True)
    return [_Pattern(np.flatnonzero(own), np.flatnonzero(which.ravel() == k)) for k, own in enumerate(each)]
