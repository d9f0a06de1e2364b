"""What the rows of a two-level sample say, and the likelihood's derivatives by the moments of both levels.

A row is mu + v + u with v the cluster's part (covariance Sigma_B) and u its own (Sigma_W). All matrices stand
in the order of all r observed variables; what a level lacks has zeros there.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints, inverse_and_logdet

LOG_TWO_PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Slopes:
    """The value of -2 log L and how it moves: dF = tr(W dSigma_W) + tr(B dSigma_B) + m' dmu.

    Attributes
    ----------
    value : float or (J,) float
        Of all clusters, or of each.
    within, between : (r, r) or (J, r, r) float
        W and B.
    mean : (r,) or (J, r) float
        m.
    loads : (w, T) or (J, w, T) float, or None
        Derivatives by what random slopes reach within; see :class:`.slopes.SlopeClusters`.
    """

    value: Floats | float
    within: Floats
    between: Floats
    mean: Floats
    loads: Floats | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Independent contrasts with one covariance, w Sigma_W + b Sigma_B.

    Attributes
    ----------
    count : float
        How many there are.
    by_within, by_between : float
        w and b.
    inverse : (r, r) float
        Of the covariance; zeros where it has none.
    about : (r, r) float or None
        Their mean squares and products about mu, where they are known.
    distance : (r,) float or None
        Their mean less mu; None where their mean is zero by construction.
    """

    count: float
    by_within: float
    by_between: float
    inverse: Floats
    about: Floats | None = None
    distance: Floats | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a two-level sample, sorted by cluster, lie in clusters.

    Attributes
    ----------
    within, only_between : int arrays
        Positions of the variables that have a within part, and of those that have none.
    sizes : (J,) int
        Rows of each cluster.
    starts : (J,) int
        First row of each.
    each_size, counts : (S,) int
        Distinct sizes, and how many clusters have them.
    of_size : (J,) int
        Position of each cluster's size among them.
    """

    within: Ints
    only_between: Ints
    sizes: Ints
    starts: Ints = field(init=False)
    each_size: Ints = field(init=False)
    counts: Ints = field(init=False)
    of_size: Ints = field(init=False)

    def __post_init__(self) -> None:
        each, of_size, counts = np.unique(self.sizes, return_inverse=True, return_counts=True)
        object.__setattr__(self, "starts", np.concatenate([[0], np.cumsum(self.sizes)[:-1]]))
        object.__setattr__(self, "each_size", each)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "of_size", of_size)

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.sizes.sum())

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return len(self.sizes)

    @property
    def cells(self) -> tuple[Ints, ...]:
        """Where Sigma_W has entries."""
        return np.ix_(self.within, self.within)

    def summed(self, rows: Floats) -> Floats:
        """Sum rows over each cluster."""
        return np.asarray(np.add.reduceat(rows, self.starts, axis=0), dtype=np.float64)

    def inverse(self, within: Floats) -> tuple[Floats, float]:
        """Invert Sigma_W where it has entries, with its log determinant."""
        inverse = np.zeros_like(within)
        if not self.within.size:
            return inverse, 0.0
        inverse[self.cells], logdet = inverse_and_logdet(within[self.cells])
        return inverse, logdet

    def inverses(self, within: Floats, between: Floats) -> tuple[Floats, Floats]:
        """Invert the covariance of the cluster means of each size, with the log determinants.

        Raises
        ------
        numpy.linalg.LinAlgError
            If one is not positive definite.
        """
        covariances = between + within / self.each_size[:, None, None]
        lower = np.linalg.cholesky(covariances)
        logdets = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(np.linalg.inv(covariances), dtype=np.float64), np.asarray(logdets)


class Clusters(ABC):
    """A two-level sample: rows in the layout's order, NaN where missing."""

    layout: Layout
    values: Floats

    @abstractmethod
    def slopes(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """Value and slopes of -2 log L at Sigma_W, Sigma_B and mu.

        Raises
        ------
        numpy.linalg.LinAlgError
            If they are no moments.
        """

    @abstractmethod
    def by_cluster(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """Give the same cluster by cluster."""

    @abstractmethod
    def first_guess(self) -> tuple[Floats, Floats, Floats]:
        """Sigma_W, Sigma_B and mu by analysis of variance."""

    @property
    def summed_up(self) -> bool:
        """Whether :meth:`parts` knows mean squares too, as it does of complete answers."""
        return False

    def parts(self, within: Floats, between: Floats, mean: Floats) -> list[Part]:
        """Independent contrasts of which the rows consist if none is incomplete."""
        layout = self.layout
        inverses, _ = layout.inverses(within, between)
        first = Part(layout.n - layout.n_clusters, 1.0, 0.0, layout.inverse(within)[0])
        sized = zip(layout.counts, layout.each_size, inverses, strict=True)
        return [first, *(Part(count, 1.0 / size, 1.0, inverse) for count, size, inverse in sized)]


@dataclass(frozen=True)
class CompleteClusters(Clusters):
    """Complete answers, summed up: the deviations within, and the means of clusters of each size.

    With n_j rows, sqrt(n_j) ybar_j and n_j - 1 contrasts are independent, so that clusters of one size are
    one group with covariance Sigma_B + Sigma_W / n_j, and the contrasts another with Sigma_W (McDonald &
    Goldstein 1989; Muthen 1994).

    Attributes
    ----------
    values : (n, r) float
        Sorted by cluster; a variable without a within part has one value a cluster.
    means : (J, r) float
        Of the clusters.
    scatter : (r, r) float
        Squares and products of the deviations from them.
    centres, spreads : (S, r) and (S, r, r) float
        Means and covariances (divisor: their count) of the means of clusters of each size.
    """

    layout: Layout
    values: Floats
    means: Floats = field(init=False)
    scatter: Floats = field(init=False)
    centres: Floats = field(init=False)
    spreads: Floats = field(init=False)

    def __post_init__(self) -> None:
        layout, r = self.layout, self.values.shape[1]
        means = layout.summed(self.values) / layout.sizes[:, None]
        object.__setattr__(self, "means", means)
        deviations = self._deviations
        scatter = np.zeros((r, r))
        scatter[layout.cells] = deviations.T @ deviations
        centres, spreads = np.zeros((len(layout.counts), r)), np.zeros((len(layout.counts), r, r))
        for k in range(len(layout.counts)):
            own = means[layout.of_size == k]
            centres[k] = own.mean(axis=0)
            spreads[k] = (own - centres[k]).T @ (own - centres[k]) / len(own)
        for name, value in (("scatter", scatter), ("centres", centres), ("spreads", spreads)):
            object.__setattr__(self, name, value)

    @property
    def _deviations(self) -> Floats:
        inner, layout = self.layout.within, self.layout
        return np.asarray(self.values[:, inner] - np.repeat(self.means[:, inner], layout.sizes, axis=0))

    @property
    def summed_up(self) -> bool:
        """See :class:`Clusters`."""
        return True

    def parts(self, within: Floats, between: Floats, mean: Floats) -> list[Part]:
        """See :class:`Clusters`."""
        first, *sized = super().parts(within, between, mean)
        known = replace(first, about=self.scatter / first.count if first.count else self.scatter)
        distances = self.centres - mean
        abouts = self._about(mean)
        found = zip(sized, abouts, distances, strict=True)
        return [known, *(replace(part, about=about, distance=own) for part, about, own in found)]

    def _about(self, mean: Floats) -> Floats:
        distance = self.centres - mean
        return np.asarray(self.spreads + distance[:, :, None] * distance[:, None, :])

    def slopes(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`Clusters`."""
        layout, about = self.layout, self._about(mean)
        inverse, logdet = layout.inverse(within)
        inverses, logdets = layout.inverses(within, between)
        free = layout.n - layout.n_clusters
        value = free * logdet + float(np.vdot(inverse, self.scatter)) + self._constant
        value += float(layout.counts @ (logdets + np.einsum("sij,sij->s", inverses, about)))
        of_means = layout.counts[:, None, None] * (inverses - inverses @ about @ inverses)
        by_within = free * inverse - inverse @ self.scatter @ inverse
        by_within[layout.cells] += (of_means / layout.each_size[:, None, None]).sum(axis=0)[layout.cells]
        pulled = (inverses @ (self.centres - mean)[:, :, None])[:, :, 0]
        return Slopes(value, by_within, of_means.sum(axis=0), -2.0 * layout.counts @ pulled)

    def by_cluster(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`Clusters`."""
        layout, inner = self.layout, self.layout.within
        inverse, logdet = layout.inverse(within)
        inverses, logdets = layout.inverses(within, between)
        own, distance = inverses[layout.of_size], self.means - mean
        pulled = np.einsum("jab,jb->ja", own, distance)
        of_means = own - pulled[:, :, None] * pulled[:, None, :]
        deviations = self._deviations
        rows = deviations @ inverse[layout.cells]
        squares = layout.summed((rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1))
        free, (rows_of, columns_of) = layout.sizes - 1, layout.cells
        by_within = free[:, None, None] * inverse
        by_within[:, rows_of, columns_of] -= squares.reshape(-1, len(inner), len(inner))
        by_within[:, rows_of, columns_of] += (of_means / layout.sizes[:, None, None])[:, rows_of, columns_of]
        value = free * logdet + layout.summed((deviations * rows).sum(axis=1))
        value += logdets[layout.of_size] + (distance * pulled).sum(axis=1)
        value += len(inner) * (np.log(layout.sizes) + layout.sizes * LOG_TWO_PI)
        return Slopes(value + len(layout.only_between) * LOG_TWO_PI, by_within, of_means, -2.0 * pulled)

    @property
    def _constant(self) -> float:
        layout, p = self.layout, len(self.layout.within)
        known = layout.n * p + layout.n_clusters * len(layout.only_between)
        return known * LOG_TWO_PI + p * float(np.log(layout.sizes).sum())

    def first_guess(self) -> tuple[Floats, Floats, Floats]:
        """See :class:`Clusters`."""
        layout = self.layout
        within = self.scatter / max(layout.n - layout.n_clusters, 1)
        mean = self.means.mean(axis=0)
        mean[layout.within] = (layout.sizes / layout.n) @ self.means[:, layout.within]
        centred = self.means - mean
        between = centred.T @ centred / layout.n_clusters - within * float((1.0 / layout.sizes).mean())
        return within, between, mean


def positive_part(matrix: Floats, floor: float = 0.05) -> Floats:
    """Raise small and negative eigenvalues of a correlation-like matrix to a floor."""
    scale = np.sqrt(np.maximum(np.diagonal(matrix), 1e-12))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    raised = (vectors * np.maximum(values, floor)) @ vectors.T
    return np.asarray(raised * np.outer(scale, scale), dtype=np.float64)
