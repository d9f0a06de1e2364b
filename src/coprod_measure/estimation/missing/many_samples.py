"""Means and covariances of incomplete normal data in many samples of the same rows at once, by EM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.missing.patterns import Array, MissingPatterns, group_patterns
from coprod_measure.estimation.missing.saturated import SINGULAR, saturated_moments

TOLERANCE = 1e-6
"""Largest change of a moment in one step, in standard deviations: far below what samples differ by."""
MAX_ITERATIONS = 500
NUMBERS = 2_000_000
"""Numbers held at a time by one array of completed rows."""


@dataclass(frozen=True, slots=True)
class _Samples:
    """Samples of incomplete rows as deviations from a centre.

    Attributes
    ----------
    y : (R, p)
        The incomplete rows, 0 where missing; ``seen`` tells where not.
    counts : (B, R)
    totals, squares : (B, p) and (B, p, p)
        Sums of the complete rows and of their products.
    complete : (B,)
        Number of complete rows.
    patterns : MissingPatterns
        Of the incomplete rows.
    """

    y: Array
    seen: NDArray[np.bool_]
    counts: Array
    totals: Array
    squares: Array
    complete: Array
    patterns: MissingPatterns

    def of(self, chosen: NDArray[np.bool_]) -> _Samples:
        parts = (self.counts[chosen], self.totals[chosen], self.squares[chosen], self.complete[chosen])
        return _Samples(self.y, self.seen, *parts, self.patterns)


def moments_of_samples(x: Array, counts: Array) -> tuple[Array, Array]:
    """Estimate each sample from where all rows together end (Dempster, Laird & Rubin 1977, with SQUAREM).

    Parameters
    ----------
    x : (n, p) float
        NaN where missing.
    counts : (B, n) float
        How often each sample holds each row.

    Returns
    -------
    mean : (B, p) float
    cov : (B, p, p) float
        NaN for a sample in which a variable is not answered or does not vary, or variables depend on each
        other.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 300)
    >>> x[:80, 1] = np.nan
    >>> counts = rng.multinomial(300, np.full(300, 1 / 300), 2).astype(float)
    >>> mean, cov = moments_of_samples(x, counts)
    >>> alone = saturated_moments(group_patterns(np.repeat(x, counts[1].astype(int), axis=0)))
    >>> bool(np.allclose(cov[1], alone.cov, atol=1e-5))
    True
    """
    start = saturated_moments(group_patterns(x), tolerance=1e-5)
    answered = ~np.isnan(x).all(axis=1)
    deviations = (x - start.mean)[answered]
    whole = ~np.isnan(deviations).any(axis=1)
    y, full = deviations[~whole], deviations[whole]
    patterns = group_patterns(y, compress=False)
    upper = np.triu_indices(x.shape[1])
    mean, cov = np.empty((len(counts), x.shape[1])), np.empty((len(counts), x.shape[1], x.shape[1]))
    step = max(1, NUMBERS // max(1, y.size))
    for at in range(0, len(counts), step):
        own = counts[at : at + step, answered]
        squares = np.empty((len(own), x.shape[1], x.shape[1]))
        squares[:, upper[0], upper[1]] = own[:, whole] @ (full[:, upper[0]] * full[:, upper[1]])
        squares[:, upper[1], upper[0]] = squares[:, upper[0], upper[1]]
        complete = own[:, whole]
        samples = _Samples(
            np.nan_to_num(y),
            ~np.isnan(y),
            own[:, ~whole],
            complete @ full,
            squares,
            complete.sum(axis=1),
            patterns,
        )
        varies = _varies(samples, full, complete)
        mean[at : at + step], cov[at : at + step] = _converged(samples, start.cov, varies)
    return mean + start.mean, cov


def _varies(samples: _Samples, full: Array, complete: Array) -> NDArray[np.bool_]:
    """Tell samples in which every variable has two values, (B,)."""
    seen = np.concatenate([samples.seen, np.ones(full.shape, dtype=bool)]).astype(float)
    values = np.concatenate([samples.y, full])
    counts = np.concatenate([samples.counts, complete], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = counts @ seen
        variance = counts @ (values**2 * seen) / size - (counts @ (values * seen) / size) ** 2
    return np.asarray((variance > 1e-12 * (values**2).mean(axis=0)).all(axis=1))


def _converged(samples: _Samples, cov: Array, usable: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Run EM with squared extrapolation until no moment of a sample moves; a centre of 0 to start from."""
    size, p = samples.totals.shape
    scale = np.sqrt(np.diag(cov))
    units = np.concatenate([scale, np.outer(scale, scale).ravel()])
    found = np.full((size, p + p * p), np.nan)
    active = np.flatnonzero(usable)
    samples = samples.of(usable)
    old = np.tile(np.concatenate([np.zeros(p), cov.ravel()]), (len(active), 1))
    for _ in range(MAX_ITERATIONS):
        if not active.size:
            break
        one = _em_step(samples, old)
        two = _em_step(samples, one)
        change = np.abs((two - one) / units).max(axis=1)
        # A NaN is a sample that has no solution.
        moving = change > TOLERANCE
        found[active[~moving]] = two[~moving]
        old = _extrapolated(old / units, one / units, two / units)[moving] * units
        samples, active, two = samples.of(moving), active[moving], two[moving]
        beyond = ~_definite(old, p)
        old[beyond] = two[beyond]
    return found[:, :p], found[:, p:].reshape(-1, p, p)


def _extrapolated(old: Array, one: Array, two: Array) -> Array:
    """Jump along the path of two steps (Varadhan & Roland 2008), not beyond four times its length."""
    first, bend = one - old, two - 2.0 * one + old
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.sqrt((first**2).sum(axis=1) / (bend**2).sum(axis=1))[:, None]
    length = np.clip(np.nan_to_num(length, nan=1.0), 1.0, 4.0)
    found: Array = old + 2.0 * length * first + length**2 * bend
    return found


def _definite(moments: Array, p: int) -> NDArray[np.bool_]:
    """Tell covariances that have an inverse, (B,)."""
    cov = moments[:, p:].reshape(-1, p, p)
    own = np.einsum("bii->bi", cov)
    sound = np.isfinite(cov).all(axis=(1, 2)) & (own > 0.0).all(axis=1)
    root = np.sqrt(np.where(sound[:, None], own, 1.0))
    r = np.where(sound[:, None, None], cov / (root[:, :, None] * root[:, None, :]), np.eye(p))
    values = np.linalg.eigvalsh(r)
    return np.asarray(sound & (values[:, 0] > SINGULAR * values[:, -1]))


def _em_step(samples: _Samples, moments: Array) -> Array:
    """One step of each sample: means, then covariances, (B, p + p * p); NaN where there is no inverse."""
    size, p = samples.totals.shape
    sound = _definite(moments, p)
    mean = np.where(sound[:, None], moments[:, :p], 0.0)
    cov = np.where(sound[:, None, None], moments[:, p:].reshape(-1, p, p), np.eye(p))
    precision = np.linalg.inv(cov)
    filled = np.where(samples.seen, samples.y - mean[:, None, :], 0.0)
    leverage = filled @ precision
    cells = np.zeros(size * p * p)
    at = np.arange(size)[:, None, None, None] * p * p
    for block in samples.patterns.blocks:
        missing = block.missing
        inner = precision[:, missing[:, :, None], missing[:, None, :]]
        residual = np.linalg.inv(inner)
        weight = _by_pattern(samples.counts[:, block.rows], block.slots, len(missing))
        spread = residual * weight[:, :, None, None]
        where = at + missing[:, :, None] * p + missing[:, None, :]
        cells += np.bincount(where.ravel(), spread.ravel(), len(cells))
        columns = missing[block.slots]
        known = leverage[:, block.rows[:, None], columns]
        filled[:, block.rows[:, None], columns] = -(residual[:, block.slots] @ known[..., None])[..., 0]
    n = samples.complete + samples.counts.sum(axis=1)
    weighted = filled * samples.counts[:, :, None]
    apart = samples.totals - samples.complete[:, None] * mean
    shift = (weighted.sum(axis=1) + apart) / n[:, None]
    crossed = samples.totals[:, :, None] * mean[:, None, :]
    squares = samples.squares - crossed - np.swapaxes(crossed, 1, 2)
    squares += samples.complete[:, None, None] * mean[:, :, None] * mean[:, None, :]
    squares += np.swapaxes(weighted, 1, 2) @ filled + cells.reshape(size, p, p)
    new = squares / n[:, None, None] - shift[:, :, None] * shift[:, None, :]
    found = np.concatenate([mean + shift, ((new + np.swapaxes(new, 1, 2)) / 2.0).reshape(size, -1)], axis=1)
    found[~sound] = np.nan
    return found


def _by_pattern(counts: Array, slots: NDArray[np.intp], patterns: int) -> Array:
    """Rows of each pattern in each sample, (B, patterns)."""
    size = len(counts)
    where = np.arange(size)[:, None] * patterns + slots
    sums: Array = np.bincount(where.ravel(), counts.ravel(), size * patterns).astype(float)
    return sums.reshape(size, patterns)
