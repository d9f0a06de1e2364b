"""The likelihood of a two-level model with random slopes, given its covariates, as a discrepancy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.discrepancies.two_level import (
    TwoLevel,
    moments_of,
    pairs_of,
    refuse_for_levels,
    scores_of_group,
)
from coprod_measure.estimation.model.implied import DIFFERENTIABLE, Implied
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.two_level.clusters import Clusters, Slopes
from coprod_measure.estimation.two_level.slopes import SlopeClusters


@dataclass(frozen=True, slots=True)
class RandomSlopes(TwoLevel):
    """N F = -2 log L; there are no unrestricted moments to compare the model with.

    What the outcome of a random slope does within, l = Lambda A e_k, depends on loadings and fixed slopes:
    its derivative is (column a of the basis) A[j, k] for the cell (i, j) of Lambda or Beta.
    """

    @property
    def testable(self) -> bool:
        """See :class:`.discrepancy.Discrepancy`."""
        return False

    @property
    def curvature_pays(self) -> bool:
        """See :class:`.discrepancy.Discrepancy`; scoring by products of scores needs it."""
        return True

    def rows(self, model: Model, implied: tuple[Implied, ...]) -> tuple[Clusters, ...]:
        """See :class:`.two_level.TwoLevel`: with what a unit of each path's outcome does within."""
        return tuple(
            own.at(pair[0].lam_a[np.ix_(own.layout.within, path_outcomes(model, group))])
            for group, (own, pair) in enumerate(zip(self.clusters, pairs_of(implied), strict=True))
            if isinstance(own, SlopeClusters)
        )

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        gradient = TwoLevel.gradient(self, model, x)
        implied, slopes = self._at(model, x)
        for group, (own, pair) in enumerate(zip(slopes, pairs_of(implied), strict=True)):
            moved = self._through_paths(model, group, own, pair[0])
            np.add.at(gradient, model.rules[2 * group].free, moved / self.n)
        return gradient

    def cluster_scores(self, model: Model, x: Floats) -> Floats:
        """See :class:`.two_level.TwoLevel`."""
        implied = model.implied(x)
        groups = zip(self.rows(model, implied), pairs_of(model.rules), pairs_of(implied), strict=True)
        found = []
        for group, (rows, rules, pair) in enumerate(groups):
            own = rows.by_cluster(*moments_of(pair))
            scores = scores_of_group(model.n_free, own, rules, pair)
            np.add.at(scores.T, rules[0].free, -0.5 * self._through_paths(model, group, own, pair[0]).T)
            found.append(scores)
        return np.vstack(found)

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; by the products of scores, whose expectation it is."""
        return self.meat(model, x, casewise=True)

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; by differences of the gradient."""
        return self._differences(model, x)

    def _through_paths(self, model: Model, group: int, own: Slopes, within: Implied) -> Floats:
        """Chain rule through the columns l_t, shape (..., k)."""
        assert own.loads is not None
        rules = model.rules[2 * group]
        moving = np.isin(rules.matrix, [DIFFERENTIABLE.index("lambda"), DIFFERENTIABLE.index("beta")])
        a = within.a[np.where(moving, rules.j, 0)][:, path_outcomes(model, group)] * moving[:, None]
        columns = within.basis[self.clusters[group].layout.within][:, rules.left]
        return np.asarray(np.einsum("...wt,wk,kt->...k", own.loads, columns, a))

    def moment_names(self, model: Model) -> NoReturn:
        """Not defined: the moments of the outcomes differ from row to row."""
        _refuse("residuals")

    def srmr_by_level(self, model: Model, x: Floats) -> NoReturn:
        """Not defined."""
        _refuse("SRMR")


def path_outcomes(model: Model, group: int) -> Ints:
    """Positions of the outcomes of random slopes among what is latent within."""
    latent = model.groups[2 * group].latent
    return np.array([latent.index(path.outcome) for path in model.table.levels[0].slopes], dtype=np.int64)


def _refuse(what: str) -> NoReturn:
    refuse_for_levels(f"{what} (there are random slopes)")
