r"""Normal likelihood of incomplete data by patterns: value, gradient, and the completed rows behind both.

With :math:`W = \Sigma^{-1}` and the missing variables :math:`m` of a pattern, the inverse of the observed
part of :math:`\Sigma` is :math:`W - W K_p W`, where :math:`K_p` is :math:`W_{mm}^{-1}` (the covariance of
the missing given the observed) padded with zeros. So nothing larger than the number of *missing* variables
is ever inverted, and the gradient takes the form that EM gives it (Dempster, Laird & Rubin 1977):
:math:`\frac12 W(Z'Z + \sum_p n_p K_p - n\Sigma)W`, with Z the centred rows filled with conditional means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import inverse_and_logdet
from coprod_measure.estimation.missing.patterns import Array, Block, MissingPatterns

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Completed:
    """Incomplete rows completed at given moments.

    Attributes
    ----------
    precision : ndarray, shape (p, p)
        Inverse of Sigma.
    filled : ndarray, shape (R, p)
        Rows of the patterns, centred, with conditional means in the gaps.
    residual_covariances : tuple of ndarray, each of shape (b, k, k)
        Covariance of the missing given the observed variables, for each block and pattern.
    spread : ndarray, shape (p, p)
        Sum of these over all people, padded with zeros.
    log_det : float
        Sum over all people of the log determinant of their observed part of Sigma.
    """

    precision: Array
    filled: Array
    residual_covariances: tuple[Array, ...]
    spread: Array
    log_det: float

    @property
    def weighted(self) -> Array:
        """Centred answers of each row times the inverse of its part of Sigma, shape (R, p); zero in gaps."""
        return np.asarray(self.filled @ self.precision)


def complete(patterns: MissingPatterns, sigma: Array, mu: Array) -> Completed:
    """Fill each row with the conditional means of what it lacks.

    Parameters
    ----------
    sigma : ndarray, shape (p, p)
    mu : ndarray, shape (p,)

    Raises
    ------
    EstimationError
        If sigma is not positive definite.
    """
    try:
        precision, log_det = inverse_and_logdet(sigma)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            "the implied covariance matrix is not positive definite",
            cure="look for nearly equal variables or a variance near zero",
            code="sigma-not-positive-definite",
        ) from error
    p = sigma.shape[0]
    log_det *= patterns.n
    centred = patterns.rows - patterns.locations[:, None] * mu
    centred *= patterns.observed[patterns.row_patterns]
    leverage = centred @ precision
    spread = np.zeros(p * p)
    residuals = []
    for block in patterns.blocks:
        cells = block.missing[:, :, None] * p + block.missing[:, None, :]
        inner = precision.ravel()[cells]
        weights = patterns.weights[block.patterns]
        single = inner.shape[1] == 1
        residual = 1.0 / inner if single else np.linalg.inv(inner)
        log_det += float(weights @ (np.log(inner[:, 0, 0]) if single else np.linalg.slogdet(inner)[1]))
        residuals.append(residual)
        spread += np.bincount(
            cells.ravel(), weights=(residual * weights[:, None, None]).ravel(), minlength=p * p
        )
        fill_block(centred, leverage, block, residual)
    return Completed(precision, centred, tuple(residuals), spread.reshape(p, p), log_det)


def fill_block(centred: Array, leverage: Array, block: Block, residual: Array) -> None:
    """Write conditional means into the gaps of a block's rows, in place."""
    columns = block.missing[block.slots]
    known = leverage[block.rows[:, None], columns]
    centred[block.rows[:, None], columns] = -np.einsum("rij,rj->ri", residual[block.slots], known)


def log_likelihood(patterns: MissingPatterns, completed: Completed) -> float:
    """Log-likelihood of all people, with its constant."""
    quadratic = float(np.einsum("ij,ij->", completed.filled @ completed.precision, completed.filled))
    answers = float(patterns.weights @ patterns.observed.sum(axis=1))
    return -0.5 * (answers * LOG_2PI + completed.log_det + quadratic)


def moment_gradient(patterns: MissingPatterns, completed: Completed, sigma: Array) -> tuple[Array, Array]:
    """Differentiate the log-likelihood with respect to Sigma and mu.

    Returns
    -------
    by_sigma : ndarray, shape (p, p)
        Symmetric G with ``d logL = sum(G * dSigma)`` for symmetric dSigma.
    by_mu : ndarray, shape (p,)
    """
    excess = completed.filled.T @ completed.filled + completed.spread - patterns.n * sigma
    by_sigma = 0.5 * completed.precision @ excess @ completed.precision
    by_mu = completed.precision @ (patterns.locations @ completed.filled)
    return (by_sigma + by_sigma.T) / 2, by_mu


def casewise_log_likelihood(y: Array, sigma: Array, mu: Array) -> Array:
    """Log-likelihood of each person, shape (n,); zero for a person without any answer.

    Parameters
    ----------
    y : ndarray, shape (n, p)
        NaN marks what is missing.
    sigma : ndarray, shape (p, p)
    mu : ndarray, shape (p,)
    """
    from coprod_measure.estimation.missing.patterns import group_patterns

    patterns = group_patterns(y, compress=False)
    completed = complete(patterns, sigma, mu)
    by_pattern = np.full(patterns.observed.shape[0], np.linalg.slogdet(sigma)[1])
    for block in patterns.blocks:
        inner = completed.precision[block.missing[:, :, None], block.missing[:, None, :]]
        by_pattern[block.patterns] += np.linalg.slogdet(inner)[1]
    by_pattern += patterns.observed.sum(axis=1) * LOG_2PI
    quadratic = np.einsum("ij,ij->i", completed.weighted, completed.filled)
    result = np.zeros(y.shape[0])
    result[patterns.people >= 0] = -0.5 * (by_pattern[patterns.row_patterns] + quadratic)
    return result
