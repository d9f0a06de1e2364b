"""How well every subset of the predictors explains an outcome: R2 in one pass, pseudo R2 by Newton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats

Bools = NDArray[np.bool_]
MEASURES = ("r2", "mcfadden", "cox_snell", "nagelkerke", "estrella")
"""Of a continuous outcome the first, of a yes/no outcome the others."""
MULTIVARIATE = ("r2", "p2")
MOST_SETS = 14
MOST_SETS_OF_YES_NO = 10
"""Sets whose subsets are fitted by logit models in a study: each doubles the time."""
_TINY_PIVOT = 1e-9


def subset_r2(
    covariances: Floats,
    sets: Sequence[Sequence[int]],
    always: Sequence[int] = (),
    outcomes: Sequence[int] = (-1,),
    measure: str = "r2",
) -> Floats:
    """R2 of the outcome on every subset of the sets, for a stack of covariance matrices.

    One sweep a set: of the matrix that is left, a copy without the set and a copy with the set partialled out
    (Gaussian elimination) go on, so that no subset is solved twice. With several outcomes, R2_XY
    (1 - |residual| / |total|) or P2_YX (mean explained share), Azen and Budescu (2006, Journal of
    Educational and Behavioral Statistics 31, 157-180).

    Parameters
    ----------
    covariances : ndarray, shape (draws, q, q)
        Covariance or correlation matrices of all variables.
    sets : sequence of sequence of int
        Columns of each set of predictors; k sets.
    always : sequence of int
        Columns that every model holds.
    outcomes : sequence of int
        Columns of the outcomes.
    measure : str
        One of :data:`MULTIVARIATE`; both are R2 where there is one outcome.

    Returns
    -------
    ndarray, shape (2**k, draws)
        Row m holds the subset whose sets are the bits of m.

    Raises
    ------
    EstimationError
        If a matrix is not positive definite.

    Examples
    --------
    >>> R = np.array([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]])
    >>> subset_r2(R[None], [[0], [1]])[:, 0].round(2).tolist()
    [0.0, 0.36, 0.09, 0.45]
    """
    last = [int(np.arange(covariances.shape[-1])[o]) for o in outcomes]
    order = [*always, *(i for one in sets for i in one), *last]
    S = covariances[:, order][:, :, order]
    # Subsets and draws last: every step of the elimination then runs along contiguous memory.
    left = np.ascontiguousarray((S / np.einsum("bii->bi", S)[:, None, :]).transpose(1, 2, 0))[:, :, None, :]
    total = left[-len(last) :, -len(last) :, 0]
    left = _without(left, len(always))
    for one in sets:
        left = np.concatenate([left[len(one) :, len(one) :], _without(left, len(one))], axis=2)
    if len(last) == 1:
        return np.asarray(1.0 - left[0, 0] / total[0, 0])
    residual, whole = left.transpose(2, 3, 0, 1), total.transpose(2, 0, 1)
    if measure == "p2":
        explained = np.trace(np.linalg.solve(whole, residual), axis1=-2, axis2=-1) / len(last)
        return np.asarray(1.0 - explained)
    return np.asarray(1.0 - np.linalg.det(residual) / np.linalg.det(whole))


def _without(left: Floats, count: int) -> Floats:
    """Partial the first variables out of what is left."""
    for _ in range(count):
        pivot = left[0, 0]
        if not np.all(pivot > _TINY_PIVOT):
            raise EstimationError(
                "the correlation matrix of the predictors is not positive definite: "
                "one of them is a combination of others",
                cure="Leave one of them out, or name those that belong together as a set",
                code="collinear",
            )
        left = left[1:, 1:] - left[1:, :1] * left[:1, 1:] / pivot
    return left


@dataclass(frozen=True, slots=True)
class LogitFits:
    """Log-likelihoods of logit models.

    Attributes
    ----------
    null : ndarray, shape (draws,)
        Of the constant alone.
    separated : ndarray of bool, shape (2**k, draws)
        Where the predictors part yes from no completely, so that no slope exists.
    """

    loglik: Floats
    null: Floats
    n: float
    separated: Bools


def subset_logits(
    x: Floats,
    yes: Floats,
    sets: Sequence[Sequence[int]],
    always: Sequence[int] = (),
    counts: Floats | None = None,
) -> LogitFits:
    """Fit a logit model to every subset by Newton's method, all subsets and draws side by side.

    Parameters
    ----------
    yes : ndarray, shape (n,)
        0 or 1.
    sets, always
        As in :func:`subset_r2`, columns of ``x``.
    counts : ndarray, shape (draws, n), optional
        How often a bootstrap draw holds each row; left out: once.

    Examples
    --------
    >>> x = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0]])
    >>> fits = subset_logits(x, np.array([0.0, 0, 1, 0, 1, 1]), [[0]])
    >>> pseudo_r2(fits, "mcfadden")[:, 0].round(3).tolist()
    [0.0, 0.404]
    """
    n = len(yes)
    weight = np.ones((1, n)) if counts is None else counts
    z = _with_constant(x)
    held = np.zeros((2 ** len(sets), z.shape[1]), dtype=bool)
    held[:, [0, *(i + 1 for i in always)]] = True
    for k, one in enumerate(sets):
        rows = np.flatnonzero(np.arange(len(held)) >> k & 1)
        held[np.ix_(rows, np.asarray(one) + 1)] = True
    share = weight @ yes / weight.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        null = weight.sum(axis=1) * (share * np.log(share) + (1 - share) * np.log1p(-share))
    start = np.zeros(held.shape)
    start[:, 0] = np.log(yes.mean() / (1 - yes.mean()))
    loglik, beta = _newton(z, yes, held, np.ones((len(held), n)), start)
    if counts is not None:
        loglik = np.empty((len(held), len(weight)))
        # Draws start from the sample's own slopes; whatever is worked on at once stays in the cache.
        step = max(1, int(1e6 / (n * len(held))))
        for first in range(0, len(weight), step):
            w = weight[first : first + step]
            found, _ = _newton(
                z,
                yes,
                np.tile(held, (len(w), 1)),
                np.repeat(w, len(held), axis=0),
                np.tile(beta, (len(w), 1)),
            )
            loglik[:, first : first + step] = found.reshape(len(w), -1).T
    loglik = loglik.reshape(len(held), -1)
    return LogitFits(loglik, null, float(weight[0].sum()), loglik > -1e-4 * n)


def drawn_slopes(x: Floats, yes: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Fit the logit model of all predictors to each draw: its log-likelihood, and slopes a unit of ``x``.

    Parameters
    ----------
    x : ndarray, shape (n, p)
    yes : ndarray, shape (n,)
        0 or 1.
    counts : ndarray, shape (draws, n)

    Returns
    -------
    loglik : ndarray, shape (draws,)
    slopes : ndarray, shape (draws, p)

    Examples
    --------
    >>> x = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0]])
    >>> _, slopes = drawn_slopes(x, np.array([0.0, 0, 1, 0, 1, 1]), np.ones((1, 6)))
    >>> slopes.round(2).tolist()
    [[1.21]]
    """
    z = _with_constant(x)
    start = np.zeros((len(counts), z.shape[1]))
    start[:, 0] = np.log(yes.mean() / (1 - yes.mean()))
    loglik, beta = _newton(z, yes, np.ones(start.shape, dtype=bool), counts, start)
    return loglik, beta[:, 1:] / x.std(axis=0)


def _with_constant(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])


def _newton(z: Floats, yes: Floats, held: Bools, weight: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood and slopes of each row of ``held`` under its row of ``weight``."""
    p = z.shape[1]
    first, second = np.triu_indices(p)
    products = z[:, first] * z[:, second]
    fixed = ~held
    loglik = np.full(len(held), -np.inf)
    for _ in range(40):
        eta = np.clip(beta @ z.T, -30, 30)
        odds = np.exp(eta)
        new = np.einsum("ij,ij->i", weight, yes * eta - np.log1p(odds))
        if np.max(new - loglik) < 1e-8:
            break
        loglik = new
        mean = odds / (1 + odds)
        gradient = (weight * (yes - mean)) @ z
        half = (weight * mean * (1 - mean)) @ products
        hessian = np.empty((len(held), p, p))
        hessian[:, first, second] = hessian[:, second, first] = half
        hessian[fixed] = 0.0
        hessian.transpose(0, 2, 1)[fixed] = 0.0
        hessian[:, range(p), range(p)] += np.where(fixed, 1.0, 1e-12)
        gradient[fixed] = 0.0
        beta = beta + np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return np.maximum(loglik, new), beta


def pseudo_r2(fits: LogitFits, measure: str) -> Floats:
    """Pseudo R2 of logit models (Azen and Traxel 2009, J. Educational and Behavioral Statistics 34, 319-347).

    ``measure``: ``"mcfadden"``, ``"cox_snell"``, ``"nagelkerke"`` or ``"estrella"``.
    """
    n, null, loglik = fits.n, fits.null, fits.loglik
    if measure == "mcfadden":
        return np.asarray(1.0 - loglik / null)
    if measure == "estrella":
        return np.asarray(1.0 - np.clip(loglik / null, 0, None) ** (-2.0 * null / n))
    cox_snell = 1.0 - np.exp(2.0 * (null - loglik) / n)
    return np.asarray(cox_snell / (1.0 - np.exp(2.0 * null / n)) if measure == "nagelkerke" else cox_snell)
