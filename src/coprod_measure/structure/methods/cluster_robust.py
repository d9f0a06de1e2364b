"""Regression whose errors know that rows of one person, category or country are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError, counted


@dataclass(frozen=True, slots=True)
class JointTest:
    """Several restrictions at once."""

    f: float
    df1: float
    df2: float
    pvalue: float


@dataclass(frozen=True, slots=True)
class ClusterRobust:
    """Least squares with errors robust to clusters.

    Attributes
    ----------
    coef : ndarray, shape (p,)
    cov : ndarray, shape (p, p)
    df : ndarray, shape (p,)
        Degrees of freedom of each t test.
    """

    coef: np.ndarray
    cov: np.ndarray
    n: int
    clusters: int
    df: np.ndarray

    @property
    def se(self) -> np.ndarray:
        """Shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.cov)))

    def pvalues(self) -> np.ndarray:
        """Two-sided, by t; shape (p,)."""
        return np.asarray(2 * t_distribution.sf(np.abs(self.coef / self.se), self.df))

    def joint(self, L: np.ndarray) -> JointTest:
        """Test ``L @ coef = 0``, as Hotelling's T2 would: q restrictions cost q - 1 clusters.

        Raises
        ------
        DataError
            If there are no more clusters than restrictions.
        """
        q = len(L)
        df2 = self.clusters - q
        if df2 < 1:
            cause = f"{self.clusters} clusters are too few to test {q} differences at once"
            raise DataError(cause, place="joint test", cure="Compare fewer groups, or ask more people")
        gap = L @ self.coef
        wald = float(gap @ np.linalg.pinv(L @ self.cov @ L.T) @ gap)
        f = wald * df2 / (q * (self.clusters - 1))
        return JointTest(f, q, df2, float(f_distribution.sf(f, q, df2)))


def cluster_robust(
    y: np.ndarray, X: np.ndarray, cluster: np.ndarray, *, few: bool = False, of: np.ndarray | None = None
) -> ClusterRobust:
    """Fit by least squares, with the sandwich over clusters.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
    cluster : ndarray, shape (n,)
    few : bool
        Whether clusters are few: errors without the bias of CR1, and degrees of freedom that tell how many
        clusters each coefficient rests on.
    of : ndarray, shape (q, p), optional
        Combinations of coefficients that are wanted in place of each coefficient.

    Notes
    -----
    CR1: ``G / (G - 1) * (n - 1) / (n - p)`` times ``(X'X)^-1 sum_g X_g' e_g e_g' X_g (X'X)^-1`` (Liang and
    Zeger 1986, *Biometrika* 73, 13-22, with the correction that Stata has); ``G - 1`` degrees of freedom.

    CR2: residuals of each cluster times ``(I - H_gg)^(-1/2)``, and Satterthwaite's degrees of freedom where
    rows are independent (Bell and McCaffrey 2002, *Survey Methodology* 28, 169-181; Pustejovsky and Tipton
    2018, *Journal of Business & Economic Statistics* 36, 672-683). With a row a cluster it is HC2.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> g = np.repeat(np.arange(40), 5)
    >>> X = np.column_stack([np.ones(200), rng.normal(size=40)[g]])
    >>> y = X @ [1.0, 0.5] + rng.normal(size=40)[g] + rng.normal(size=200)
    >>> found = cluster_robust(y, X, g)
    >>> [round(float(v), 2) for v in (found.coef[1], found.se[1])]
    [0.62, 0.17]
    """
    _, code = np.unique(cluster, return_inverse=True)
    (n, p), g = X.shape, int(code.max()) + 1
    if g < 2 or n <= p or np.linalg.matrix_rank(X) < p:
        cause = f"{counted(n, 'row')} in {counted(g, 'cluster')} do not tell {p} coefficients apart"
        raise DataError(cause, place="cluster-robust errors", cure="Leave predictors out, or ask more people")
    bread = np.linalg.inv(X.T @ X)
    coef = bread @ (X.T @ y)
    residual = y - X @ coef
    L = np.eye(p) if of is None else of
    if few:
        cov, df = _bias_reduced(X, residual, code, bread, L)
        return ClusterRobust(L @ coef, cov, n, g, df)
    scores = np.zeros((g, p))
    np.add.at(scores, code, X * residual[:, None])
    factor = g / (g - 1) * (n - 1) / (n - p)
    cov = factor * bread @ (scores.T @ scores) @ bread
    return ClusterRobust(L @ coef, L @ cov @ L.T, n, g, np.full(len(L), g - 1.0))


def joint_of_few(y: np.ndarray, X: np.ndarray, cluster: np.ndarray, L: np.ndarray) -> JointTest:
    """Test ``L @ coef = 0`` by CR2, with degrees of freedom that tell how few clusters it rests on.

    Notes
    -----
    ``F = (eta - q + 1) / (eta q) Q`` with q and ``eta - q + 1`` degrees of freedom, eta such that the
    covariance of the combinations varies in all as a Wishart matrix would where rows are independent (HTZ of
    Tipton and Pustejovsky 2015, *Journal of Educational and Behavioral Statistics* 40, 604-634).

    Raises
    ------
    DataError
        If clusters are too few for it.
    """
    whole = cluster_robust(y, X, cluster, few=True, of=L)
    _, code = np.unique(cluster, return_inverse=True)
    bread, q = np.linalg.inv(X.T @ X), len(L)
    # Combinations that are uncorrelated, of variance one, where rows are independent.
    unit = np.linalg.solve(np.linalg.cholesky(L @ bread @ L.T), L)
    _, own, inside = _scores(X, np.zeros(len(y)), code, bread, unit)
    within = np.einsum("gjp,gkp->gjk", own, own)
    i, w = np.einsum("gjj->g", inside), np.einsum("gjj->g", within)
    spread = float((i * i - 2 * i * w).sum() + np.einsum("gjk,gkj->", inside - 2 * within, inside))
    flat = own.reshape(len(own), -1)
    square = flat @ flat.T if len(flat) < flat.shape[1] else flat.T @ flat
    spread += float((square**2).sum())
    if len(own) == len(y):  # of one row each `own` is an outer product: the other sum is the same
        spread += float((square**2).sum())
    else:
        outer = np.einsum("gjp,gkr->jkpr", own, own)
        spread += float(np.einsum("jkpr,jkrp->", outer, outer))
    eta = q * (q + 1) / spread
    if eta - q + 1 <= 0:
        cause = f"{counted(whole.clusters, 'cluster')} are too few to test {q} differences at once"
        raise DataError(cause, place="joint test", cure="Compare fewer groups, or ask more people")
    wald = float(whole.coef @ np.linalg.pinv(whole.cov) @ whole.coef)
    f, df2 = (eta - q + 1) / (eta * q) * wald, eta - q + 1
    return JointTest(f, q, df2, float(f_distribution.sf(f, q, df2)))


def _bias_reduced(
    X: np.ndarray, residual: np.ndarray, code: np.ndarray, bread: np.ndarray, L: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the covariance of combinations ``L`` by CR2 and its degrees of freedom."""
    scores, own, between = _scores(X, residual, code, bread, L)
    inside = np.einsum("gjj->gj", between)
    # Of the covariance of scores, Omega = diag(inside) - own own', trace(Omega)^2 / trace(Omega^2) needs no
    # square matrix of clusters.
    squares = np.einsum("gjp,gjp->gj", own, own)
    crossed = np.einsum("gjp,gjr->jpr", own, own)
    spread = (inside**2 - 2 * inside * squares).sum(axis=0) + (crossed**2).sum(axis=(1, 2))
    return scores.T @ scores, (inside - squares).sum(axis=0) ** 2 / spread


def _scores(
    X: np.ndarray, residual: np.ndarray, code: np.ndarray, bread: np.ndarray, L: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what each cluster adds to combinations ``L``, shape (g, q), and what that varies by.

    Where rows are independent scores s and t of clusters g and h covary by ``inside[g, s, t]`` if g is h,
    less ``own[g, s] @ own[h, t]``.

    Notes
    -----
    With ``Z = X H``, ``H H' = (X'X)^-1``, the hat matrix of a cluster is ``Z_g Z_g'``, whose powers come from
    the eigenvalues of ``Z_g' Z_g``. A cluster that alone tells a coefficient adds nothing to its error.
    """
    half = np.linalg.cholesky(bread)
    Z, wanted = X @ half, L @ half
    if len(code) == int(code.max()) + 1:  # a row each, whose hat matrix is a number
        z, rest = Z[np.argsort(code)], residual[np.argsort(code)]
        left = 1 - (z * z).sum(axis=1)
        w = (z @ wanted.T) * np.where(left > 1e-10, np.maximum(left, 1e-10) ** -0.5, 0.0)[:, None]
        return w * rest[:, None], w[:, :, None] * z[:, None, :], w[:, :, None] * w[:, None, :]
    parts = np.split(np.argsort(code, kind="stable"), np.flatnonzero(np.diff(np.sort(code))) + 1)
    moments = np.stack([Z[rows].T @ Z[rows] for rows in parts])
    shares, V = np.linalg.eigh(moments)
    free = np.where(shares < 1 - 1e-10, 1 - shares, np.inf)
    # A_g Z_g = Z_g V diag(free^-1/2) V', as A_g acts on the left singular vectors of Z_g.
    turned = wanted @ (V / np.sqrt(free)[:, None, :] @ V.transpose(0, 2, 1))
    scores = np.einsum("gjq,gq->gj", turned, np.stack([Z[rows].T @ residual[rows] for rows in parts]))
    own = turned @ moments
    return scores, own, np.einsum("gjq,gkq->gjk", own, turned)
