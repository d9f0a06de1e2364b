"""The profiled likelihood of a linear model with crossed random intercepts.

Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). *Journal of Statistical Software*, 67(1). The
factor with most levels has a diagonal block and is eliminated exactly, so that nothing larger than the other
factors is ever factorised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix


@dataclass(frozen=True, slots=True)
class Profile:
    """What one choice of relative standard deviations gives.

    Attributes
    ----------
    log_det : float
        Of the covariance matrix of the data in units of the residual variance.
    cross : ndarray, shape (p + 1, p + 1)
        ``[X y]' V^-1 [X y]`` in these units.
    """

    log_det: float
    cross: np.ndarray

    @property
    def information(self) -> np.ndarray:
        """``X' V^-1 X``; shape (p, p)."""
        return self.cross[:-1, :-1]

    @property
    def beta(self) -> np.ndarray:
        """Coefficients; shape (p,)."""
        return np.asarray(np.linalg.solve(self.information, self.cross[:-1, -1]))

    @property
    def residual(self) -> float:
        """Weighted sum of squared residuals."""
        return float(self.cross[-1, -1] - self.cross[:-1, -1] @ self.beta)


class CrossedDesign:
    """Cross-products of a design, made once.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
    factors : list of ndarray of int, shape (n,)
        Level of each row, from 0.
    """

    def __init__(self, y: np.ndarray, X: np.ndarray, factors: list[np.ndarray]) -> None:
        self.n, self.p = X.shape
        levels = [int(f.max()) + 1 for f in factors]
        self.order = sorted(range(len(factors)), key=lambda k: -levels[k])
        self.levels = [levels[k] for k in self.order]
        W = np.column_stack([X, y])
        Z = [
            csr_matrix((np.ones(self.n), (np.arange(self.n), factors[k])), shape=(self.n, levels[k]))
            for k in self.order
        ]
        self.WW = W.T @ W
        self.ZW = [z.T @ W for z in Z]
        self.count = np.asarray(Z[0].sum(axis=0)).ravel()
        self.B = [(Z[0].T @ z).toarray() for z in Z[1:]]
        self.C = [[np.asarray((a.T @ b).toarray()) for b in Z[1:]] for a in Z[1:]]

    def profile(self, theta: np.ndarray) -> Profile:
        """Evaluate at standard deviations relative to the residual's; one a factor, in the user's order."""
        t = np.asarray(theta)[self.order]
        d = t[0] ** 2 * self.count + 1
        w = t[0] * self.ZW[0]
        cross = self.WW - (w.T / d) @ w
        log_det = float(np.log(d).sum())
        if len(t) > 1:
            B = np.hstack([t[0] * t[k + 1] * b for k, b in enumerate(self.B)])
            C = np.block(
                [[t[i + 1] * t[j + 1] * c for j, c in enumerate(row)] for i, row in enumerate(self.C)]
            )
            S = C + np.eye(len(C)) - (B.T / d) @ B
            r = np.vstack([t[k + 1] * zw for k, zw in enumerate(self.ZW[1:])]) - (B.T / d) @ w
            L = cho_factor(S, lower=True)
            cross = cross - r.T @ cho_solve(L, r)
            log_det += 2 * float(np.log(np.diagonal(L[0])).sum())
        return Profile(log_det, cross)

    def deviance(self, theta: np.ndarray, *, reml: bool) -> float:
        """Minus twice the (restricted) log likelihood, residual variance profiled out."""
        found = self.profile(theta)
        df = self.n - self.p if reml else self.n
        value = found.log_det + df * (1 + np.log(2 * np.pi * max(found.residual, 1e-300) / df))
        return float(value + (np.linalg.slogdet(found.information)[1] if reml else 0.0))

    def deviance_of_variances(self, variances: np.ndarray, *, reml: bool) -> float:
        """Evaluate the same at given variances: one a factor, the residual's last."""
        sigma2 = variances[-1]
        found = self.profile(np.sqrt(np.maximum(variances[:-1], 0) / sigma2))
        df = self.n - self.p if reml else self.n
        value = found.log_det + df * np.log(2 * np.pi * sigma2) + found.residual / sigma2
        return float(value + (np.linalg.slogdet(found.information)[1] if reml else 0.0))

    def covariance(self, variances: np.ndarray) -> np.ndarray:
        """Covariance of the coefficients at given variances; shape (p, p)."""
        found = self.profile(np.sqrt(np.maximum(variances[:-1], 0) / variances[-1]))
        return np.asarray(variances[-1] * np.linalg.inv(found.information))
