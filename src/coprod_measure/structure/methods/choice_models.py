"""Log-likelihoods of models of choices, each by respondent and open to complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, loggamma

from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods.likelihood import LogLikelihood

_LOG_ROOT = 0.5 * np.log(2.0 * np.pi)


def _log_logistic(eta: NDArray[Any]) -> NDArray[Any]:
    """log(1 / (1 + exp(-eta))), without overflow."""
    negative = np.where(np.real(eta) > 0, -eta, eta)
    return np.where(np.real(eta) > 0, 0.0, eta) - np.log(1.0 + np.exp(negative))


def logit(x: Floats, yes: Floats) -> LogLikelihood:
    """Yes or no by the logistic distribution; x (n, p) holds the constant, yes (n,) is 0 or 1."""
    sign = 2.0 * yes - 1.0
    return lambda b: _log_logistic(sign * (x @ b))


def probit(x: Floats, yes: Floats) -> LogLikelihood:
    """Yes or no by the normal distribution."""
    sign = 2.0 * yes - 1.0
    return lambda b: np.asarray(log_ndtr(sign * (x @ b)))


def multinomial(x: Floats, choice: np.ndarray, options: int) -> LogLikelihood:
    """One of several options (McFadden 1974); choice (n,) counts from 0, which is the base."""

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        eta = x @ b.reshape(options - 1, -1).T
        eta = np.column_stack([np.zeros(len(x)), eta])
        top = np.real(eta).max(axis=1, keepdims=True)
        own = (eta - top)[np.arange(len(x)), choice]
        return np.asarray(own - np.log(np.exp(eta - top).sum(axis=1)))

    return loglik


def truncated_normal(x: Floats, y: Floats) -> LogLikelihood:
    """Give positive amounts of those who have any (Cragg 1971, Econometrica 39, 829-844); last is log s."""

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        mean, log_s = x @ b[:-1], b[-1]
        s = np.exp(log_s)
        return np.asarray(-0.5 * ((y - mean) / s) ** 2 - log_s - _LOG_ROOT - log_ndtr(mean / s))

    return loglik


def tobit(x: Floats, y: Floats) -> LogLikelihood:
    """Zero, or a positive amount, by one process (Tobin 1958); the last parameter is log s."""

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        mean, log_s = x @ b[:-1], b[-1]
        s = np.exp(log_s)
        some = -0.5 * ((y - mean) / s) ** 2 - log_s - _LOG_ROOT
        return np.asarray(np.where(y > 0, some, log_ndtr(-mean / s)))

    return loglik


def truncated_poisson(x: Floats, y: Floats) -> LogLikelihood:
    """Give counts of those who have any (Mullahy 1986)."""

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        eta = x @ b
        rate = np.exp(eta)
        return np.asarray(y * eta - rate - loggamma(y + 1.0) - np.log1p(-np.exp(-rate)))

    return loglik


def truncated_negative_binomial(x: Floats, y: Floats) -> LogLikelihood:
    """Give counts of those who have any, more spread than Poisson's (Mullahy 1986); last is log theta.

    The variance of the counts before truncation is ``m + m**2 / theta``.
    """

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        eta, theta = x @ b[:-1], np.exp(b[-1])
        share = -np.log1p(np.exp(eta) / theta)  # log of theta / (theta + m)
        ways = loggamma(y + theta) - loggamma(theta) - loggamma(y + 1.0)
        return np.asarray(ways + (theta + y) * share + y * (eta - b[-1]) - np.log1p(-np.exp(theta * share)))

    return loglik


def heckman(z: Floats, selected: Floats, x: Floats, y: Floats) -> LogLikelihood:
    """Give an outcome seen of those selected (Heckman 1979): selection, outcome, log s, atanh rho.

    Parameters
    ----------
    z, x : ndarray, shape (n, q), (n, p)
        Of selection and outcome.
    selected, y : ndarray, shape (n,)
        ``y`` is any number where not selected.
    """
    q = z.shape[1]

    def loglik(b: NDArray[Any]) -> NDArray[Any]:
        index, mean, log_s = z @ b[:q], x @ b[q:-2], b[-2]
        rho = np.tanh(b[-1])
        u = (y - mean) / np.exp(log_s)
        seen = -0.5 * u**2 - log_s - _LOG_ROOT + log_ndtr((index + rho * u) / np.sqrt(1.0 - rho**2))
        return np.asarray(np.where(selected > 0, seen, log_ndtr(-index)))

    return loglik
