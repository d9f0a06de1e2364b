"""Correlations of items in many samples at once: each sample counts how often it holds each respondent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.missing.many_samples import moments_of_samples
from coprod_measure.estimation.missing.patterns import group_patterns
from coprod_measure.estimation.missing.saturated import saturated_moments
from coprod_measure.estimation.sample.ordinal_moments import ordinal_moments


def means_and_covariances(x: Floats, counts: Floats, em: bool = False) -> tuple[Floats, Floats]:
    """Means and covariances (divisor n) of each sample.

    Parameters
    ----------
    x : (n, p) float
        NaN where missing: replaced by the mean of the sample, or EM moments of the normal model.
    counts : (B, n) float
        How often each sample holds each row.

    Returns
    -------
    mean : (B, p) float
    cov : (B, p, p) float

    Examples
    --------
    >>> x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, np.nan]])
    >>> mean, cov = means_and_covariances(x, np.ones((1, 3)))
    >>> mean[0].tolist(), cov[0].round(3).tolist()
    ([2.0, 1.5], [[0.667, -0.167], [-0.167, 0.167]])
    """
    seen = ~np.isnan(x)
    complete = bool(seen.all())
    if em and not complete:
        if len(counts) > 1:
            return moments_of_samples(x, counts)
        used = counts[0] > 0
        found = saturated_moments(group_patterns(x[used], counts[0, used]))
        return found.mean[None], found.cov[None]
    p = x.shape[1]
    centre = x.mean(axis=0) if complete else np.nanmean(x, axis=0)
    z = x - centre if complete else np.where(seen, x - centre, 0.0)
    size = counts.sum(axis=1)
    mean = counts @ z / (size[:, None] if complete else counts @ seen.astype(float))
    if len(counts) == 1:
        share = counts[0] / size[0]
        apart = z - mean[0] if complete else np.where(seen, z - mean[0], 0.0)
        return mean + centre, ((apart * share[:, None]).T @ apart)[None]
    upper = np.triu_indices(p)
    cov = np.empty((len(counts), p, p))
    products = counts @ (z[:, upper[0]] * z[:, upper[1]])
    if complete:
        products -= mean[:, upper[0]] * mean[:, upper[1]] * size[:, None]
    else:
        first, second = mean[:, upper[0]], mean[:, upper[1]]
        s = seen.astype(float)
        products -= counts @ (z[:, upper[0]] * s[:, upper[1]]) * second
        products -= counts @ (s[:, upper[0]] * z[:, upper[1]]) * first
        products += counts @ (s[:, upper[0]] * s[:, upper[1]]) * first * second
    cov[:, upper[0], upper[1]] = cov[:, upper[1], upper[0]] = products / size[:, None]
    # What does not vary in a sample leaves rounding for a variance.
    own = np.einsum("bii->bi", cov)
    own[own < 1e-12 * (z**2).mean(axis=0)] = 0.0
    return mean + centre, cov


def correlations(cov: Floats) -> Floats:
    """Correlations of covariances, (..., p, p); an item that does not vary in a sample becomes NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / np.sqrt(np.einsum("...ii->...i", cov))
        found: Floats = cov * scale[..., :, None] * scale[..., None, :]
    return found


def latent_correlations(x: Floats, counts: Floats, ordered: NDArray[np.bool_]) -> Floats:
    """Polychoric, polyserial and Pearson correlations of each sample, (B, p, p).

    ``x``: ordered columns hold categories from 0 on. A sample closes up categories it lacks; one in which
    an item does not vary is NaN.
    """
    found = np.full((len(counts), x.shape[1], x.shape[1]), np.nan)
    for b, own in enumerate(counts):
        rows = np.repeat(x, own.astype(int), axis=0)
        if (rows.max(axis=0) == rows.min(axis=0)).any():
            continue
        for j in np.flatnonzero(ordered):
            rows[:, j] = np.unique(rows[:, j], return_inverse=True)[1]
        found[b] = ordinal_moments(rows, ordered).correlations
    return found
