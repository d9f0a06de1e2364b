"""Classes with their own regression: the kernel of mixture regression."""

from __future__ import annotations

import numpy as np

from coprod_measure.structure.methods.mixture_em import Parameters

FLOOR = 1e-4


class RegressionKernel:
    """A linear regression with normal residuals in every class.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
        With the intercept.
    """

    def __init__(self, y: np.ndarray, X: np.ndarray) -> None:
        self.y, self.X, self.weight = y, X, np.ones(len(y))
        self.overall = float(np.var(y))

    def start(self, k: int, starts: int, rng: np.random.Generator) -> Parameters:
        """Fit random parts of the sample; ``beta`` (starts, p, k) and ``var`` (starts, k)."""
        resp = (
            rng.dirichlet(np.full(k, 0.3), (starts, len(self.y)))
            if k > 1
            else np.ones((starts, len(self.y), 1))
        )
        return self.update(resp)

    def log_density(self, theta: Parameters) -> np.ndarray:
        """Give the normal log density of the outcome."""
        residual = self.y[:, None] - self.X @ theta["beta"]
        var = theta["var"][:, None, :]
        return np.asarray(-0.5 * (residual**2 / var + np.log(2 * np.pi * var)))

    def update(self, resp: np.ndarray) -> Parameters:
        """Weighted least squares in every class."""
        A = np.einsum("np,nq,snk->skpq", self.X, self.X, resp, optimize=True)
        A = A + 1e-10 * np.eye(self.X.shape[1])
        b = np.einsum("np,n,snk->skp", self.X, self.y, resp, optimize=True)
        beta = np.swapaxes(np.linalg.solve(A, b[..., None])[..., 0], 1, 2)
        residual = self.y[:, None] - self.X @ beta
        var = (resp * residual**2).sum(axis=1) / np.maximum(resp.sum(axis=1), 1e-12)
        return {"beta": beta, "var": var}

    def degenerate(self, theta: Parameters) -> np.ndarray:
        """Whether a residual variance has all but vanished."""
        return np.asarray(theta["var"].min(axis=1) < FLOOR * self.overall)

    def n_parameters(self, k: int) -> int:
        """Coefficients and a residual variance a class."""
        return int(k * (self.X.shape[1] + 1))

    def simulate(self, theta: Parameters, classes: np.ndarray, rng: np.random.Generator) -> RegressionKernel:
        """Draw outcomes of people of known classes."""
        X = self.X[: len(classes)]
        fitted = (X * theta["beta"][:, classes].T).sum(axis=1)
        return RegressionKernel(
            fitted + rng.standard_normal(len(classes)) * np.sqrt(theta["var"][classes]), X
        )
