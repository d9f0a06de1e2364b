"""The likelihood of rows whose slopes differ between clusters, given the covariates.

A row is mu + E v + sum_t x_t l_t s_t + u: v is the cluster's part, s_t the slope of path t, with mean and
covariance from level 2, x_t its observed covariate, and l_t what a unit of the path's outcome does to all
variables within, a column of Lambda (I - Beta)^-1. Given the covariates this is normal, so that v and s are
integrated out exactly (Rockwood 2020, section 3.2). Sums of products of (1, x) by cluster and pattern are
all that depends on the covariates.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.two_level.clusters import Slopes
from coprod_measure.estimation.two_level.incomplete import Between, IncompleteClusters, Within


@dataclass(frozen=True)
class SlopeClusters(IncompleteClusters):
    """Rows in clusters with random slopes.

    Attributes
    ----------
    covariate : (T,) int
        Position of each path's covariate among the variables.
    of_slope : (T,) int
        Its slope, counted from 0; slopes stand behind all variables in the moments of level 2.
    loads : (w, T) float
        The columns l_t; see :meth:`at`.
    """

    covariate: Ints
    of_slope: Ints
    loads: Floats = field(init=False)
    design: Floats = field(init=False)
    products: Floats = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        design = np.column_stack([np.ones(len(self.values)), self.values[:, self.covariate]])
        products = np.zeros((len(self.patterns), self.layout.n_clusters, *(2 * (design.shape[1],))))
        for k, pattern in enumerate(self.patterns):
            own = design[pattern.rows]
            np.add.at(products[k], self.cluster[pattern.rows], own[:, :, None] * own[:, None, :])
        loads = np.zeros((len(self.layout.within), len(self.covariate)))
        for name, value in (("design", design), ("products", products), ("loads", loads)):
            object.__setattr__(self, name, value)

    def at(self, loads: Floats) -> SlopeClusters:
        """Take the same rows with other columns l_t."""
        found = copy(self)
        object.__setattr__(found, "loads", loads)
        return found

    @property
    def carried(self) -> Ints:
        """See :class:`.incomplete.IncompleteClusters`: the parts of variables, then the slopes."""
        first = self.values.shape[1]
        return np.concatenate([self.layout.within, first + np.arange(int(self.of_slope.max()) + 1)])

    @property
    def _maps(self) -> Floats:
        """M of sum_a (1, x)_a M_a, which takes (v, s) to what it adds to a row, shape (1 + T, w, w + q)."""
        w, n_slopes = len(self.layout.within), int(self.of_slope.max()) + 1
        maps = np.zeros((1 + len(self.covariate), w, w + n_slopes))
        maps[0, :, :w] = np.eye(w)
        for t, slope in enumerate(self.of_slope):
            maps[1 + t, :, w + slope] = self.loads[:, t]
        return maps

    def added(self, known: Between) -> Floats:
        """See :class:`.incomplete.IncompleteClusters`."""
        by_cluster = np.einsum("awv,jv->jaw", self._maps, known.posterior)
        return np.asarray(np.einsum("na,naw->nw", self.design, by_cluster[self.cluster]))

    def along_paths(self, known: Between, mean: Floats) -> Floats:
        """Take the expected slope of each path times its covariate, shape (n, T)."""
        first, w = self.values.shape[1], len(self.layout.within)
        slopes = mean[first:] + known.posterior[:, w:]
        return self.design[:, 1:] * slopes[:, self.of_slope][self.cluster]

    def slopes(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`.clusters.Clusters`."""
        each = self.by_cluster(within, between, mean)
        assert each.loads is not None
        value = float(np.sum(each.value))
        sums = (part.sum(axis=0) for part in (each.within, each.between, each.mean, each.loads))
        return Slopes(value, *sums)

    def by_cluster(self, within: Floats, between: Floats, mean: Floats) -> Slopes:
        """See :class:`.clusters.Clusters`; with derivatives by l_t."""
        layout, w = self.layout, len(self.layout.within)
        rows, found = self.expected(within, between, mean)
        maps, inverses = self._maps, np.array(rows.inverses)
        pulled = self.pulled(rows, found)
        spread = np.einsum("awv,jvu->jawu", maps, found.spread)
        by_within = -layout.summed((pulled[:, :, None] * pulled[:, None, :]).reshape(len(pulled), -1))
        by_within = by_within.reshape(-1, w, w)
        slopes = mean[self.values.shape[1] :] + found.posterior[:, w:]
        crossed = layout.summed(pulled[:, None, :] * self.design[:, 1:, None])
        by_loads = -2.0 * (crossed * slopes[:, self.of_slope, None]).transpose(0, 2, 1)
        of_paths = spread[:, :, :, w + self.of_slope]
        for count, product, inverse in zip(self.counts.T, self.products, inverses, strict=True):
            weighed = np.einsum("jab,bxu->jaxu", product, maps)
            inner = np.einsum("jawu,jaxu->jwx", spread, weighed)
            by_within += count[:, None, None] * inverse - inverse @ inner @ inverse
            by_loads += 2.0 * inverse @ np.einsum("jat,jawt->jwt", product[:, :, 1:], of_paths)
        whole = found.slopes.within
        row, column = layout.cells
        whole[:, row, column] = by_within
        return Slopes(found.slopes.value, whole, found.slopes.between, found.slopes.mean, by_loads)

    def _rows(self, within: Floats, residuals: Floats, mean: Floats) -> Within:
        """See :class:`.incomplete.IncompleteClusters`."""
        slopes = mean[self.values.shape[1] :][self.of_slope]
        rows = super()._rows(within, residuals - (self.design[:, 1:] * slopes) @ self.loads.T, mean)
        maps = self._maps
        a = sum(
            np.einsum("jab,abvu->jvu", product, np.einsum("awv,wx,bxu->abvu", maps, inverse, maps))
            for product, inverse in zip(self.products, rows.inverses, strict=True)
        )
        sums = self.layout.summed(self.design[:, :, None] * rows.pulled[:, None, :])
        return Within(
            rows.residuals, rows.pulled, rows.inverses, a, np.einsum("jaw,awv->jv", sums, maps), rows.value
        )

    def _check(self, within: Floats, between: Floats) -> None:
        """See :class:`.incomplete.IncompleteClusters`; here the covariance of the rows alone decides."""
