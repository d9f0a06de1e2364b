"""The maximum of the likelihood over all moments of both levels, of complete answers.

Given the variables of one level only, those of both follow a multivariate regression with random intercepts:
coefficients by generalised least squares, then one step of Fisher scoring for the residual covariances R
(within) and T (between). In coordinates with R = I and T diagonal the covariances of cluster means of all
sizes are diagonal, so that the information falls into 2 x 2 blocks, one a pair of variables (Thompson 1962;
Harville 1977): a step costs what a few products of the data's moments cost, whatever the number of
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters, positive_part

ITERATIONS = 500
# Expected fall of -2 log L below which nothing moves.
DECREMENT = 1e-14
# Variance of a contrast between clusters, in those within, from which no search comes back.
SINGULAR = 1e-9
# Largest slope of -2 log L per row, by standardised factors of the moments, at a maximum on the border.
FLAT = 1e-5


@dataclass(frozen=True, slots=True)
class _Sums:
    """Products of the regression: outcomes, covariates within (x), and intercept, x and covariates between.

    Attributes
    ----------
    outcomes, within, between : int arrays
        Positions of the variables.
    inner : (r, r) float
        Products of deviations within clusters.
    outer : (S, r + 1, r + 1) float
        Products of 1 and the means of clusters, summed over clusters of each size.
    sizes, counts : (S,) float
        Each size, and how many clusters have it.
    """

    outcomes: Ints
    within: Ints
    between: Ints
    inner: Floats
    outer: Floats
    sizes: Floats
    counts: Floats

    @property
    def predictors(self) -> Ints:
        """Intercept and covariates, as positions in ``outer``."""
        return np.concatenate([[0], 1 + self.within, 1 + self.between])

    @property
    def free(self) -> float:
        """Contrasts within clusters."""
        return float(self.counts @ (self.sizes - 1.0))


def unrestricted_by_scoring(clusters: CompleteClusters, both: Ints) -> tuple[Floats, Floats, Floats] | None:
    """Find Sigma_W, Sigma_B and mu; None where the search does not end.

    Parameters
    ----------
    both : int array
        Positions of the variables that have a part within and one between.
    """
    layout = clusters.layout
    guess_within, guess_between, _ = clusters.first_guess()
    inside = np.setdiff1d(layout.within, both)
    centres = np.concatenate([np.ones((len(layout.counts), 1)), clusters.centres], axis=1)
    outer = layout.counts[:, None, None] * centres[:, :, None] * centres[:, None, :]
    outer[:, 1:, 1:] += layout.counts[:, None, None] * clusters.spreads
    sums = _Sums(
        both,
        inside,
        layout.only_between,
        clusters.scatter,
        outer,
        layout.each_size.astype(float),
        layout.counts.astype(float),
    )
    cells = np.ix_(both, both)
    found = _scored(sums, guess_within[cells], positive_part(guess_between[cells]))
    return None if found is None else _moments(sums, *found)


def _scored(sums: _Sums, own: Floats, between: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Coefficients, R and T at the maximum."""
    p = len(own)
    if not p:
        return np.zeros((0, len(sums.predictors))), own, between
    for _ in range(ITERATIONS):
        try:
            root = np.linalg.cholesky(own)
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(root)
        ratios, turn = np.linalg.eigh(inverse @ between @ inverse.T)
        to, back = turn.T @ inverse, root @ turn
        spread = ratios + 1.0 / sums.sizes[:, None]
        if spread.min() <= SINGULAR:
            return None
        coefficients, inner, outer = _regressed(sums, to, 1.0 / spread)
        pairs = 1.0 / (spread[:, :, None] * spread[:, None, :])
        slope = outer * pairs - sums.counts[:, None, None] * np.eye(p) * (1.0 / spread)[:, None, :]
        by_own = inner - sums.free * np.eye(p) + np.tensordot(1.0 / sums.sizes, slope, 1)
        by_between = slope.sum(axis=0)
        weights = [np.tensordot(sums.counts / sums.sizes**power, pairs, 1) for power in (0, 1, 2)]
        second = sums.free + weights[2]
        determinant = second * weights[0] - weights[1] ** 2
        d_own = (weights[0] * by_own - weights[1] * by_between) / determinant
        d_between = (second * by_between - weights[1] * by_own) / determinant
        decrement = float(np.vdot(d_own, by_own) + np.vdot(d_between, by_between))
        if decrement < DECREMENT * sums.free:
            return back @ coefficients, own, between
        step = _step(sums, ratios, (d_own, d_between), (inner, outer), decrement)
        if step is None:
            done = decrement < 1e-9
            return (back @ coefficients, own, between) if done else None
        own = back @ (np.eye(p) + step * d_own) @ back.T
        between = back @ (np.diag(ratios) + step * d_between) @ back.T
        own, between = (own + own.T) / 2.0, (between + between.T) / 2.0
    return None


def _regressed(sums: _Sums, to: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients in the new coordinates, and products of what they leave, within and between clusters."""
    y, x, d = sums.outcomes, sums.within, sums.predictors
    left = np.einsum("sk,sij->kij", weights, sums.outer[:, d[:, None], d])
    right = np.einsum("sk,sik->ki", weights, sums.outer[:, d[:, None], 1 + y] @ to.T)
    own = slice(1, 1 + len(x))
    left[:, own, own] += sums.inner[np.ix_(x, x)]
    right[:, own] += (sums.inner[np.ix_(x, y)] @ to.T).T
    coefficients = np.linalg.solve(left, right[:, :, None])[:, :, 0]
    inner_rows = np.concatenate([to, -coefficients[:, own]], axis=1)
    inner_at = np.concatenate([y, x])
    inner = inner_rows @ sums.inner[np.ix_(inner_at, inner_at)] @ inner_rows.T
    outer_rows = np.concatenate([to, -coefficients], axis=1)
    outer_at = np.concatenate([1 + y, d])
    outer = outer_rows @ sums.outer[:, outer_at[:, None], outer_at] @ outer_rows.T
    return coefficients, inner, outer


def _step(
    sums: _Sums,
    ratios: Floats,
    moves: tuple[Floats, Floats],
    left: tuple[Floats, Floats],
    decrement: float,
) -> float | None:
    """Halve the step until -2 log L falls."""
    p = len(ratios)

    def value(step: float) -> float:
        own = np.eye(p) + step * moves[0]
        covariances = np.diag(ratios) + step * moves[1] + own / sums.sizes[:, None, None]
        try:
            inner, outer = np.linalg.cholesky(own), np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError:
            return float("inf")
        logdets = 2.0 * np.log(np.diagonal(outer, axis1=1, axis2=2)).sum(axis=1)
        found = 2.0 * sums.free * np.log(np.diagonal(inner)).sum() + sums.counts @ logdets
        found += np.vdot(np.linalg.inv(own), left[0]) + np.vdot(np.linalg.inv(covariances), left[1])
        return float(found)

    before, step = value(0.0), 1.0
    for _ in range(30):
        if value(step) <= before - 1e-4 * step * decrement or (
            decrement < 1e-6 and value(step) <= before + 1e-10 * abs(before)
        ):
            return step
        step /= 2.0
    return None


def _moments(sums: _Sums, coefficients: Floats, own: Floats, left: Floats) -> tuple[Floats, Floats, Floats]:
    """Put the moments of both levels together from the regression and the covariates' own."""
    r = len(sums.inner)
    within, between, mean = np.zeros((r, r)), np.zeros((r, r)), np.zeros(r)
    y, x, z = sums.outcomes, sums.within, sums.between
    rows, clusters = float(sums.counts @ sums.sizes), float(sums.counts.sum())
    mean[x] = np.tensordot(sums.sizes, sums.outer[:, 0, 1 + x], 1) / rows
    mean[z] = sums.outer[:, 0, 1 + z].sum(axis=0) / clusters
    around = np.tensordot(sums.sizes, sums.outer[:, 1 + x[:, None], 1 + x], 1) + sums.inner[np.ix_(x, x)]
    within[np.ix_(x, x)] = around / rows - np.outer(mean[x], mean[x])
    squares = sums.outer[:, 1 + z[:, None], 1 + z].sum(axis=0) / clusters
    between[np.ix_(z, z)] = squares - np.outer(mean[z], mean[z])
    on_x, on_z = coefficients[:, 1 : 1 + len(x)], coefficients[:, 1 + len(x) :]
    mean[y] = coefficients[:, 0] + on_x @ mean[x] + on_z @ mean[z]
    for matrix, slopes, at, rest in ((within, on_x, x, own), (between, on_z, z, left)):
        across = slopes @ matrix[np.ix_(at, at)]
        matrix[np.ix_(y, at)], matrix[np.ix_(at, y)] = across, across.T
        matrix[np.ix_(y, y)] = rest + across @ slopes.T
    return within, between, mean


def possible_moments(clusters: Clusters, in_between: np.ndarray) -> tuple[Floats, Floats, Floats] | None:
    """Find Sigma_W, Sigma_B and mu among covariance matrices that are possible; None where that does not end.

    Beyond them the likelihood can rise without end: where few clusters have the largest size n, as Sigma_B +
    Sigma_W / n becomes singular. Both are searched as products of triangular factors (Pinheiro & Bates 1996).

    Parameters
    ----------
    in_between : (r,) bool
        Which variables have a part between.
    """
    within, between, mean = clusters.first_guess()
    inner, outer = clusters.layout.within, np.flatnonzero(in_between)
    unit = np.sqrt(np.maximum(np.diagonal(within), 0.0) + np.maximum(np.diagonal(between), 0.0))
    parts = []
    for at, guess in ((inner, within), (outer, between)):
        cells = np.ix_(at, at)
        parts.append((at, np.linalg.cholesky(positive_part(guess[cells] / np.outer(unit[at], unit[at])))))
    lengths = [len(at) * (len(at) + 1) // 2 for at, _ in parts]
    ends, r, n = np.cumsum(lengths), len(mean), clusters.layout.n

    def moments(x: Floats) -> tuple[list[Floats], Floats]:
        roots = []
        for (at, _), own in zip(parts, np.split(x, ends)[:2], strict=True):
            root = np.zeros((r, len(at)))
            row, column = np.tril_indices(len(at))
            root[at[row], column] = own * unit[at[row]]
            roots.append(root)
        return roots, mean + unit * x[ends[-1] :]

    def objective(x: Floats) -> tuple[float, Floats]:
        roots, mu = moments(x)
        try:
            found = clusters.slopes(roots[0] @ roots[0].T, roots[1] @ roots[1].T, mu)
        except np.linalg.LinAlgError:
            return 1e10, np.zeros_like(x)
        gradient = []
        for (at, _), root, by_moments in zip(parts, roots, (found.within, found.between), strict=True):
            row, column = np.tril_indices(len(at))
            gradient.append((2.0 * by_moments @ root)[at[row], column] * unit[at[row]])
        return float(found.value) / n, np.concatenate([*gradient, found.mean * unit]) / n

    start = np.concatenate([*(root[np.tril_indices(len(root))] for _, root in parts), np.zeros(r)])
    options = {"maxiter": 20 * ITERATIONS, "maxfun": 40 * ITERATIONS, "ftol": 1e-15, "gtol": FLAT / 100}
    done = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    if np.abs(done.jac).max() > FLAT:
        return None
    (own, other), mu = moments(done.x)
    return own @ own.T, other @ other.T, mu
