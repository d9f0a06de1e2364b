"""Factor scores."""

from __future__ import annotations

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.implied import Implied


def regression_scores(implied: Implied, n_latent: int, data: Floats) -> Floats:
    """Expect the latent variables given what was answered (Thurstone 1935; empirical Bayes).

    Parameters
    ----------
    n_latent : int
        How many columns are truly latent.
    data : (n, p) float
        NaN where missing; then the scores use what is there.

    Returns
    -------
    (n, n_latent) float
    """
    covariance = (implied.lam @ implied.v)[:, :n_latent]
    return _by_pattern(
        data,
        lambda seen: np.linalg.solve(implied.sigma[np.ix_(seen, seen)], covariance[seen]),
        implied.mu,
        implied.eta_mean[:n_latent],
    )


def bartlett_scores(implied: Implied, n_latent: int, data: Floats) -> Floats:
    """Weighted least squares estimates of each person's latent values (Bartlett 1937).

    Parameters
    ----------
    implied, n_latent, data
        As for :func:`regression_scores`.

    Returns
    -------
    (n, n_latent) float

    Raises
    ------
    EstimationError
        If a latent variable has no indicator with residual variance.
    """
    lam = implied.lam[:, :n_latent]
    doubled = np.abs(implied.lam[:, n_latent:]).sum(axis=1) > 0
    usable = (np.diagonal(implied.theta) > 1e-10) & ~doubled

    def weights(seen: np.ndarray) -> Floats:
        kept = seen & usable
        theta = implied.theta[np.ix_(kept, kept)]
        weighted = np.linalg.solve(theta, lam[kept])
        information = lam[kept].T @ weighted
        if np.linalg.matrix_rank(information) < n_latent:
            return np.full((int(seen.sum()), n_latent), np.nan)
        found = np.zeros((len(seen), n_latent))
        found[kept] = weighted @ np.linalg.inv(information)
        chosen: Floats = found[seen]
        return chosen

    if n_latent and np.isnan(weights(np.ones(len(lam), dtype=bool))).any():
        raise EstimationError(
            "Bartlett scores need indicators with residual variance for every latent variable",
            cure='Use method="regression"',
            code="scores",
        )
    centre = implied.nu + lam @ implied.eta_mean[:n_latent]
    return _by_pattern(data, weights, centre, implied.eta_mean[:n_latent])


def _by_pattern(data: Floats, weights: object, centre: Floats, eta_mean: Floats) -> Floats:
    assert callable(weights)
    seen = ~np.isnan(data)
    scores = np.full((len(data), len(eta_mean)), np.nan)
    patterns, number = np.unique(seen, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        rows = np.ravel(number) == k
        if pattern.any():
            centred = data[np.ix_(rows, pattern)] - centre[pattern]
            scores[rows] = eta_mean + centred @ weights(pattern)
        else:
            scores[rows] = eta_mean
    return scores
