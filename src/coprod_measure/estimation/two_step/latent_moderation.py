"""Log-likelihood of one product or square of exogenous factors, by quadrature (Klein & Moosbrugger 2000).

Given the moderator z = mu + sd t, a product of it with another factor is linear in that factor, so that the
items are normal: the likelihood of a person is the mean of normal densities over t ~ N(0, 1), which
Gauss-Hermite nodes t_q with weights w_q give. Each node has its own Sigma_q and mu_q:

    eta = (I - B_q)^-1 (alpha_q + zeta),  Var(zeta) = Psi given z, B_q with effects of the products at z_q.

The gradient weighs the gradients of the nodes' normal log-likelihoods by the posterior probabilities of the
nodes (Dempster, Laird & Rubin 1977; Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from coprod_measure.estimation.arrays import Floats

NODES = 48
_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Moderation:
    """A model with products of one moderator.

    Attributes
    ----------
    lam, theta : (p, m) and (p, p) int
        Number of the free parameter in each cell, -1 where fixed.
    beta, psi : (m, m) int
    nu : (p,) int
    fixed : tuple of float arrays
        Values of fixed cells of lam, theta, beta, psi, nu.
    moderator : int
        Which factor is integrated over.
    products : tuple of (int, int, int)
        Outcome, the factor that is multiplied by the moderator, and the number of the parameter.
    """

    lam: np.ndarray
    theta: np.ndarray
    beta: np.ndarray
    psi: np.ndarray
    nu: np.ndarray
    fixed: tuple[Floats, Floats, Floats, Floats, Floats]
    moderator: int
    products: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ModerationFit:
    """Maximum of the likelihood.

    Attributes
    ----------
    x : (q,) float
    covariance : (q, q) float
        Inverse of the observed information.
    """

    x: Floats
    log_likelihood: float
    covariance: Floats
    converged: bool
    n_iterations: int


def _filled(cells: np.ndarray, fixed: Floats, x: Floats) -> Floats:
    return np.where(cells >= 0, x[cells], fixed)


def node_moments(model: Moderation, x: Floats, nodes: Floats) -> tuple[Floats, Floats]:
    """Implied moments of the items at each node: (K, p, p) and (K, p)."""
    parts = (model.lam, model.theta, model.beta, model.psi, model.nu)
    lam, theta, beta, psi, nu = (_filled(c, f, x) for c, f in zip(parts, model.fixed, strict=True))
    m, k = len(psi), model.moderator
    variance = max(psi[k, k], 1e-10)
    deviation = np.sqrt(variance)
    slope = psi[:, k] / variance
    rest = psi - np.outer(slope, psi[k])
    shift = np.outer(nodes * deviation, slope)
    effects = np.repeat((np.eye(m) - beta)[None], len(nodes), axis=0)
    for outcome, factor, number in model.products:
        # Centred: E(xz) is taken off the outcome's intercept.
        effects[:, outcome, factor] -= x[number] * nodes * deviation
        shift[:, outcome] -= x[number] * psi[factor, k]
    inverse = np.linalg.inv(effects)
    loads = lam @ inverse
    sigma = loads @ rest @ loads.transpose(0, 2, 1) + theta
    return sigma, nu + np.einsum("kpm,km->kp", loads, shift)


class Likelihood:
    """The log-likelihood of a sample and its gradient.

    Parameters
    ----------
    data : (n, p) float
    """

    def __init__(self, model: Moderation, data: Floats, n_nodes: int = NODES) -> None:
        nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
        self.model, self.data, self.nodes = model, data, np.asarray(nodes, dtype=np.float64)
        self.log_weights = np.log(weights / weights.sum())

    def _by_node(self, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        sigma, mu = node_moments(self.model, x, self.nodes)
        lower = np.linalg.cholesky(sigma)
        inverse = np.linalg.inv(sigma)
        logdet = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        away = self.data[None] - mu[:, None]
        pulled: Floats = away @ inverse
        p = self.data.shape[1]
        distance = np.einsum("knp,knp->kn", pulled, away)
        density = -0.5 * (p * np.log(2.0 * np.pi) + logdet[:, None] + distance)
        return np.asarray(density + self.log_weights[:, None]), pulled, np.asarray(inverse), mu

    def value(self, x: Floats) -> float:
        """Compute the log-likelihood."""
        return float(logsumexp(self._by_node(x)[0], axis=0).sum())

    def negative(self, x: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood and its gradient; infinite where a node has no density."""
        try:
            joint, pulled, inverse, _ = self._by_node(x)
        except np.linalg.LinAlgError:
            return 1e12, np.zeros_like(x)
        whole = logsumexp(joint, axis=0)
        posterior = np.exp(joint - whole)
        count = posterior.sum(axis=1)
        by_mu = np.einsum("kn,knp->kp", posterior, pulled)
        weighted = pulled * posterior[:, :, None]
        by_sigma = 0.5 * (weighted.transpose(0, 2, 1) @ pulled - count[:, None, None] * inverse)
        gradient = np.zeros_like(x)
        for k in range(len(x)):
            step = np.zeros_like(x)
            step[k] = _STEP
            up, down = (node_moments(self.model, x + sign * step, self.nodes) for sign in (1.0, -1.0))
            d_sigma, d_mu = ((a - b) / (2.0 * _STEP) for a, b in zip(up, down, strict=True))
            gradient[k] = np.vdot(by_sigma, d_sigma) + np.vdot(by_mu, d_mu)
        return -float(whole.sum()), -gradient


def maximise(likelihood: Likelihood, start: Floats) -> ModerationFit:
    """Search the maximum from a starting point (q,), errors from the Hessian there."""
    found = minimize(
        likelihood.negative, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 500}
    )
    x = np.asarray(found.x, dtype=np.float64)
    q = len(x)
    hessian = np.zeros((q, q))
    for k in range(q):
        step = np.zeros(q)
        step[k] = 1e-4
        hessian[k] = (likelihood.negative(x + step)[1] - likelihood.negative(x - step)[1]) / 2e-4
    hessian = (hessian + hessian.T) / 2.0
    gradient = likelihood.negative(x)[1]
    newton = np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)
    x = x - newton
    decrement = float(gradient @ newton)
    return ModerationFit(
        x, likelihood.value(x), np.asarray(np.linalg.inv(hessian)), decrement < 1e-6, int(found.nit)
    )
