"""The profiled likelihood of a linear model with crossed random intercepts and slopes.

Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). *Journal of Statistical Software*, 67(1). The
factor with most levels has a block of its own for every level and is eliminated exactly, so that nothing
larger than the other factors is ever factorised.
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


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """Random effects of one factor that covary.

    Attributes
    ----------
    level : ndarray of int, shape (n,)
        Level of each row, from 0.
    columns : ndarray, shape (n, q)
        What the effects multiply: ones for an intercept, a predictor for a slope.
    """

    level: np.ndarray
    columns: np.ndarray

    @property
    def q(self) -> int:
        """Effects a level."""
        return int(self.columns.shape[1])

    @property
    def levels(self) -> int:
        """Number of levels."""
        return int(self.level.max()) + 1

    def matrix(self) -> csr_matrix:
        """Design of all effects, those of a level side by side; shape (n, levels * q)."""
        n, q = self.columns.shape
        at = (self.level[:, None] * q + np.arange(q)).ravel()
        shape = (n, self.levels * q)
        return csr_matrix((self.columns.ravel(), (np.repeat(np.arange(n), q), at)), shape=shape)


def lower(values: np.ndarray, q: int) -> np.ndarray:
    """Put a vector of ``q * (q + 1) / 2`` values, row by row, into a lower triangle; shape (q, q)."""
    found = np.zeros((q, q))
    found[np.tril_indices(q)] = values
    return found


class CrossedDesign:
    """Cross-products of a design, made once.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
    terms : list of RandomTerm
    """

    def __init__(self, y: np.ndarray, X: np.ndarray, terms: list[RandomTerm]) -> None:
        self.n, self.p = X.shape
        self.sizes = [term.q for term in terms]
        self.order = sorted(range(len(terms)), key=lambda k: -terms[k].levels)
        self.terms = [terms[k] for k in self.order]
        W = np.column_stack([X, y])
        Z = [term.matrix() for term in self.terms]
        self.WW = W.T @ W
        self.ZW = [(z.T @ W).reshape(t.levels, t.q, -1) for z, t in zip(Z, self.terms, strict=True)]
        first = self.terms[0]
        self.G = np.zeros((first.levels, first.q, first.q))
        np.add.at(self.G, first.level, first.columns[:, :, None] * first.columns[:, None, :])
        self.B = [
            (Z[0].T @ z).toarray().reshape(first.levels, first.q, t.levels, t.q)
            for z, t in zip(Z[1:], self.terms[1:], strict=True)
        ]
        self.C = [
            [
                np.asarray((a.T @ b).toarray()).reshape(s.levels, s.q, t.levels, t.q)
                for b, t in zip(Z[1:], self.terms[1:], strict=True)
            ]
            for a, s in zip(Z[1:], self.terms[1:], strict=True)
        ]

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        """Cut a vector into the lower triangle of each term, in the user's order."""
        ends = np.cumsum([q * (q + 1) // 2 for q in self.sizes])
        return [lower(v, q) for v, q in zip(np.split(values[: ends[-1]], ends[:-1]), self.sizes, strict=True)]

    def profile(self, factors: list[np.ndarray]) -> Profile:
        """Evaluate at factors of the covariance matrices relative to the residual variance.

        Parameters
        ----------
        factors : list of ndarray, shape (q, q)
            Lower triangular, one a term, in the user's order.
        """
        T = [factors[k] for k in self.order]
        D = T[0].T @ self.G @ T[0] + np.eye(len(T[0]))
        rows = len(D) * D.shape[1]
        w = _left(T[0], self.ZW[0])
        cross = self.WW - w.reshape(rows, -1).T @ _solved(D, w).reshape(rows, -1)
        log_det = float(np.linalg.slogdet(D)[1].sum() if D.shape[1] > 1 else np.log(D).sum())
        if len(T) > 1:
            B = [_around(T[0], b, t).reshape(*D.shape[:2], -1) for b, t in zip(self.B, T[1:], strict=True)]
            whole = np.concatenate(B, axis=2)
            half, flat = _solved(D, whole).reshape(rows, -1), whole.reshape(rows, -1)
            C = [
                [
                    _around(s, c, t).reshape(c.shape[0] * c.shape[1], -1)
                    for c, t in zip(row, T[1:], strict=True)
                ]
                for row, s in zip(self.C, T[1:], strict=True)
            ]
            S = np.block(C) + np.eye(flat.shape[1]) - flat.T @ half
            own = [_left(t, zw).reshape(-1, zw.shape[2]) for t, zw in zip(T[1:], self.ZW[1:], strict=True)]
            r = np.vstack(own) - half.T @ w.reshape(rows, -1)
            L = cho_factor(S, lower=True)
            cross = cross - r.T @ cho_solve(L, r)
            log_det += 2 * float(np.log(np.diagonal(L[0])).sum())
        return Profile(log_det, cross)

    def deviance(self, theta: np.ndarray, *, reml: bool) -> float:
        """Minus twice the (restricted) log likelihood, residual variance profiled out.

        ``theta`` holds the lower triangles of the relative factors, row by row, one term after the other.
        """
        found = self.profile(self.split(np.asarray(theta)))
        df = self.n - self.p if reml else self.n
        value = found.log_det + df * (1 + np.log(2 * np.pi * max(found.residual, 1e-300) / df))
        return float(value + (np.linalg.slogdet(found.information)[1] if reml else 0.0))

    def _at(self, variances: np.ndarray) -> tuple[Profile, float]:
        sigma2 = float(variances[-1])
        return self.profile([_root(one / sigma2) for one in self.split(np.asarray(variances)[:-1])]), sigma2

    def deviance_of_variances(self, variances: np.ndarray, *, reml: bool) -> float:
        """Evaluate the same at given (co)variances: a lower triangle a term, the residual's variance last."""
        found, sigma2 = self._at(variances)
        df = self.n - self.p if reml else self.n
        value = found.log_det + df * np.log(2 * np.pi * sigma2) + found.residual / sigma2
        return float(value + (np.linalg.slogdet(found.information)[1] if reml else 0.0))

    def covariance(self, variances: np.ndarray) -> np.ndarray:
        """Covariance of the coefficients at given (co)variances; shape (p, p)."""
        found, sigma2 = self._at(variances)
        return np.asarray(sigma2 * np.linalg.inv(found.information))


def _left(T: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Give ``T' block`` for every level; intercepts alone are a multiplication."""
    return np.asarray(T[0, 0] * blocks if len(T) == 1 else T.T @ blocks)


def _solved(D: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    return np.asarray(blocks / D if D.shape[1] == 1 else np.linalg.solve(D, blocks))


def _around(s: np.ndarray, blocks: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Give ``s' block t`` for every pair of levels; shape as ``blocks``, (levels, q, levels, q)."""
    if len(s) == len(t) == 1:
        return np.asarray(s[0, 0] * t[0, 0] * blocks)
    return np.asarray(np.einsum("ab,lamc,cd->lbmd", s, blocks, t))


def _root(triangle: np.ndarray) -> np.ndarray:
    """Factor of a covariance matrix given by its lower triangle; zero variances stay zero."""
    if len(triangle) == 1:
        return np.asarray(np.sqrt(np.maximum(triangle, 0.0)))
    whole = triangle + np.tril(triangle, -1).T
    values, vectors = np.linalg.eigh(whole)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
