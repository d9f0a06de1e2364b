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


def cluster_robust(y: np.ndarray, X: np.ndarray, cluster: np.ndarray, *, few: bool = False) -> ClusterRobust:
    """Fit by least squares, with the sandwich over clusters.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
    cluster : ndarray, shape (n,)
    few : bool
        Whether clusters are few: errors without the bias of CR1, and degrees of freedom that tell how many
        clusters each coefficient rests on.

    Notes
    -----
    CR1: ``G / (G - 1) * (n - 1) / (n - p)`` times ``(X'X)^-1 sum_g X_g' e_g e_g' X_g (X'X)^-1`` (Liang and
    Zeger 1986, *Biometrika* 73, 13-22, with the correction that Stata has); ``G - 1`` degrees of freedom.

    CR2: residuals of each cluster times ``(I - H_gg)^(-1/2)``, and Satterthwaite's degrees of freedom where
    rows are independent (Bell and McCaffrey 2002, *Survey Methodology* 28, 169-181; Pustejovsky and Tipton
    2018, *Journal of Business & Economic Statistics* 36, 672-683).

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
    if few:
        cov, df = _bias_reduced(X, residual, code, bread)
        return ClusterRobust(coef, cov, n, g, df)
    scores = np.zeros((g, p))
    np.add.at(scores, code, X * residual[:, None])
    factor = g / (g - 1) * (n - 1) / (n - p)
    return ClusterRobust(coef, factor * bread @ (scores.T @ scores) @ bread, n, g, np.full(p, g - 1.0))


def _bias_reduced(
    X: np.ndarray, residual: np.ndarray, code: np.ndarray, bread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the covariance of CR2 and its degrees of freedom.

    With ``Z = X L``, ``L L' = (X'X)^-1``, the hat matrix of a cluster is ``Z_g Z_g'``, whose powers come from
    the eigenvalues of ``Z_g' Z_g``. A cluster that alone tells a coefficient adds nothing to its error.
    """
    half = np.linalg.cholesky(bread)
    Z, p, g = X @ half, X.shape[1], int(code.max()) + 1
    scores, own, inside = np.zeros((g, p)), np.zeros((g, p, p)), np.zeros((g, p))
    for k in range(g):
        rows = code == k
        shares, V = np.linalg.eigh(Z[rows].T @ Z[rows])
        free = np.where(shares < 1 - 1e-10, 1 - shares, np.inf)
        # A_g Z_g = Z_g V diag(free^-1/2) V', as A_g acts on the left singular vectors of Z_g.
        turned = V / np.sqrt(free) @ V.T
        scores[k] = half @ turned @ (Z[rows].T @ residual[rows])
        own[k] = half @ turned @ (Z[rows].T @ Z[rows])
        inside[k] = np.einsum("jq,qr,jr->j", own[k], turned, half)
    # Covariances of the scores of clusters where rows are independent: s_g' (I - H)_gh s_h.
    df = np.empty(p)
    for j in range(p):
        omega = np.diag(inside[:, j]) - own[:, j] @ own[:, j].T
        df[j] = np.trace(omega) ** 2 / (omega**2).sum()
    return scores.T @ scores, df
