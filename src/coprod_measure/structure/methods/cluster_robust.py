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
    """

    coef: np.ndarray
    cov: np.ndarray
    n: int
    clusters: int

    @property
    def se(self) -> np.ndarray:
        """Shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.cov)))

    def pvalues(self) -> np.ndarray:
        """Two-sided, by t with ``clusters - 1`` degrees of freedom; shape (p,)."""
        return np.asarray(2 * t_distribution.sf(np.abs(self.coef / self.se), self.clusters - 1))

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


def cluster_robust(y: np.ndarray, X: np.ndarray, cluster: np.ndarray) -> ClusterRobust:
    """Fit by least squares, with the sandwich over clusters.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
    cluster : ndarray, shape (n,)

    Notes
    -----
    CR1: ``G / (G - 1) * (n - 1) / (n - p)`` times ``(X'X)^-1 sum_g X_g' e_g e_g' X_g (X'X)^-1`` (Liang and
    Zeger 1986, *Biometrika* 73, 13-22, with the correction that Stata has).

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
    scores = np.zeros((g, p))
    np.add.at(scores, code, X * (y - X @ coef)[:, None])
    factor = g / (g - 1) * (n - 1) / (n - p)
    return ClusterRobust(coef, factor * bread @ (scores.T @ scores) @ bread, n, g)
