"""Expected latent values of rows and of clusters, given all answers of a cluster (empirical Bayes).

What a cluster carries into its rows has a normal distribution once they are seen; the latent variables of the
second level follow from it by regression, those of the first from what is left of each row (Skrondal &
Rabe-Hesketh 2009).
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters
from coprod_measure.estimation.two_level.incomplete import IncompleteClusters
from coprod_measure.estimation.two_level.slopes import SlopeClusters


def row_scores(clusters: Clusters, implied: tuple[Implied, ...], n_latent: int, reach: Floats) -> Floats:
    """Score the latent variables of level 1.

    Parameters
    ----------
    implied : tuple of Implied
        Of level 1 and level 2.
    n_latent : int
        How many columns of the matrices are truly latent.
    reach : (n_latent, T) float
        What a unit of the outcome of each random slope does to them.

    Returns
    -------
    (n, n_latent) float
        In the order of the sorted rows.
    """
    within, between = implied
    rows = _by_patterns(clusters)
    mean = within.mu + between.mu
    found, known = rows.expected(within.sigma, between.sigma, mean)
    covariance = (within.lam @ within.v)[rows.layout.within, :n_latent]
    scores = within.eta_mean[:n_latent] + rows.pulled(found, known) @ covariance
    if isinstance(rows, SlopeClusters):
        scores = scores + rows.along_paths(known, mean) @ reach.T
    return np.asarray(scores)


def cluster_scores(clusters: Clusters, implied: tuple[Implied, ...], n_latent: int) -> tuple[Floats, Floats]:
    """Score the latent variables of level 2 and the slopes, shapes (J, n_latent) and (J, q)."""
    within, between = implied
    rows = _by_patterns(clusters)
    mean = within.mu + between.mu
    _, known = rows.expected(within.sigma, between.sigma, mean)
    covariance = (between.lam @ between.v)[:, :n_latent]
    scores = np.tile(between.eta_mean[:n_latent], (rows.layout.n_clusters, 1))
    for pattern in rows.second_patterns:
        outer = rows.layout.only_between[pattern.observed]
        chosen = np.concatenate([rows.carried, outer])
        seen = rows.second_level[np.ix_(pattern.rows, pattern.observed)] - mean[outer]
        distance = np.hstack([known.posterior[pattern.rows], seen])
        inverse = np.linalg.pinv(between.sigma[np.ix_(chosen, chosen)], rcond=1e-10, hermitian=True)
        scores[pattern.rows] += distance @ inverse @ covariance[chosen]
    first = len(rows.layout.within)
    return scores, known.posterior[:, first:] + mean[rows.carried[first:]]


def _by_patterns(clusters: Clusters) -> IncompleteClusters:
    if isinstance(clusters, CompleteClusters):
        return IncompleteClusters(clusters.layout, clusters.values)
    assert isinstance(clusters, IncompleteClusters)
    return clusters
