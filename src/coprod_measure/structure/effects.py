"""Direct and indirect effects with Monte Carlo intervals, from structural estimates and their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class StructuralEstimates:
    """Estimated relations among the variables of a fitted model.

    Attributes
    ----------
    names : tuple of str
        The k variables.
    beta, psi : ndarray, shape (k, k)
        Regressions ``beta[effect, cause]`` and (residual) covariances.
    beta_parameter, psi_parameter : ndarray of int, shape (k, k)
        Position of each free element among the model's free parameters, -1 where fixed.
    covariance : ndarray, shape (p, p)
        Sampling covariance of the free parameters.
    """

    names: tuple[str, ...]
    beta: np.ndarray
    psi: np.ndarray
    beta_parameter: np.ndarray
    psi_parameter: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect.

    Attributes
    ----------
    estimate, se : float
        On the units of the variables; ``se`` is that of the path, or the standard deviation over the draws of
        an indirect effect.
    std, std_draws : float, ndarray of shape (draws,)
        Standardised effect and its Monte Carlo distribution.
    draws : ndarray, shape (draws,)
        Monte Carlo distribution of ``estimate``.
    """

    estimate: float
    se: float
    std: float
    draws: np.ndarray
    std_draws: np.ndarray


@dataclass(frozen=True, slots=True)
class StructuralDraws:
    """Structural matrices drawn from the sampling distribution of their estimates.

    Attributes
    ----------
    beta, std_beta : ndarray, shape (draws + 1, k, k)
        Regressions and standardised regressions; the first entry is the estimate itself.
    beta_se : ndarray, shape (k, k)
        Standard errors of the regressions; 0 where fixed.
    discarded : int
        Draws with a variance that is not positive, left out.
    """

    names: tuple[str, ...]
    beta: np.ndarray
    std_beta: np.ndarray
    beta_se: np.ndarray
    discarded: int


def draw_structure(estimates: StructuralEstimates, draws: int, seed: int) -> StructuralDraws:
    """Draw structural matrices from the asymptotic normal distribution of their parameters.

    Parameters
    ----------
    estimates : StructuralEstimates
        Point estimates and sampling covariance.
    draws, seed : int
        How many, and from which stream.

    Returns
    -------
    StructuralDraws

    Notes
    -----
    Monte Carlo method for indirect effects: MacKinnon, Lockwood and Williams (2004), Multivariate Behavioral
    Research 39, 99-128; Preacher and Selig (2012), Communication Methods and Measures 6, 77-98.
    """
    beta, psi = draw_matrices(estimates, draws, seed)
    k = len(estimates.names)
    inverse = np.linalg.inv(np.eye(k) - beta)
    variances = np.einsum("dij,djk,dik->di", inverse, psi, inverse, optimize=True)
    proper = (variances > 0).all(axis=1)
    proper[0] = True
    with np.errstate(invalid="ignore"):
        sd = np.sqrt(np.where(variances > 0, variances, np.nan))
    std_beta = beta * sd[:, None, :] / sd[:, :, None]
    errors = np.sqrt(np.clip(np.append(np.diagonal(estimates.covariance), 0.0), 0.0, None))
    return StructuralDraws(
        estimates.names,
        beta[proper],
        std_beta[proper],
        errors[estimates.beta_parameter],
        int((~proper).sum()),
    )


def draw_matrices(estimates: StructuralEstimates, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw regressions and covariances, each of shape (draws + 1, k, k); the first entry is the estimate."""
    used = np.unique(np.concatenate([estimates.beta_parameter.ravel(), estimates.psi_parameter.ravel()]))
    used = used[used >= 0]
    deviations = _normal_draws(estimates.covariance[np.ix_(used, used)], draws, seed)
    position = np.full(len(estimates.covariance) + 1, -1)
    position[used] = np.arange(len(used))
    beta = _perturb(estimates.beta, position[estimates.beta_parameter], deviations)
    return beta, _perturb(estimates.psi, position[estimates.psi_parameter], deviations)


def effect_of(drawn: StructuralDraws, source: str, target: str, via: Sequence[Sequence[str]] = ()) -> Effect:
    """Compute an effect along given steps.

    Parameters
    ----------
    drawn : StructuralDraws
        From :func:`draw_structure`.
    source, target : str
        Names of variables.
    via : sequence of sequence of str
        Mediators in order; the products through the mediators of one step are summed. Empty: the direct path.

    Returns
    -------
    Effect
    """
    estimate, std = (
        _along(matrix, drawn.names, source, target, via) for matrix in (drawn.beta, drawn.std_beta)
    )
    if via:
        se = np.std(estimate[1:], ddof=1)
    else:
        se = drawn.beta_se[drawn.names.index(target), drawn.names.index(source)]
    return Effect(float(estimate[0]), float(se), float(std[0]), estimate[1:], std[1:])


def percentile_interval(draws: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a Monte Carlo distribution."""
    tail = (1.0 - level) / 2.0
    lower, upper = np.quantile(draws, [tail, 1.0 - tail])
    return float(lower), float(upper)


def two_sided_p(draws: np.ndarray) -> float:
    """Two-sided p: twice the smaller share of draws on one side of zero, never below one draw."""
    n = len(draws)
    beyond = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2.0 * (beyond + 1) / (n + 1))


def _normal_draws(covariance: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Draw deviations, shape (draws + 1, p); the first row is zero so that it gives the estimate."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    rng = np.random.default_rng(seed)
    return np.vstack([np.zeros(len(covariance)), rng.standard_normal((draws, len(covariance))) @ root.T])


def _perturb(matrix: np.ndarray, parameter: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    drawn = np.repeat(matrix[None], len(deviations), axis=0)
    free = parameter >= 0
    drawn[:, free] += deviations[:, parameter[free]]
    return drawn


def _along(
    matrix: np.ndarray, names: tuple[str, ...], source: str, target: str, via: Sequence[Sequence[str]]
) -> np.ndarray:
    before = [names.index(source)]
    carried = np.ones((len(matrix), 1))
    for step in (*via, (target,)):
        after = [names.index(name) for name in step]
        carried = np.einsum("dab,db->da", matrix[:, after][:, :, before], carried)
        before = after
    return carried[:, 0]
