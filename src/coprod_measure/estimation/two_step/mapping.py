"""From moments of items to moments of latent variables, corrected for measurement error.

With y = nu + Lambda eta + epsilon and a mapping matrix M with M Lambda = I, E(eta) = M (mean - nu) and
Var(eta) = M (S - Theta) M' (Rosseel & Loh 2024, eqs. 5 to 8). The ML mapping is (L'T^-1 L)^-1 L'T^-1; it
equals (L'W L)^-1 L'W with W^-1 = L L' + T, which exists where items are free of error, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats

Mapping = Literal["ML", "GLS", "ULS"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """How p items measure m latent variables in one group.

    Attributes
    ----------
    lam : (p, m) float
        Loadings.
    theta : (p, p) float
        Residual covariances.
    nu : (p,) float
        Intercepts.
    latent : (m,) bool
        False for observed variables, which are their own items.
    """

    lam: Floats
    theta: Floats
    nu: Floats
    latent: np.ndarray


@dataclass(frozen=True, slots=True)
class LatentMoments:
    """Corrected moments of the latent variables of one group.

    Attributes
    ----------
    mapping : (m, p) float
        M; rescaled where variances are.
    observed, error : (m, m) float
        M S M' and M Theta M'.
    share : float
        Of the error that was taken off: 1, or less where the rest would be no covariance matrix
        (Fuller 1987, section 2.2).
    scale : (m,) float
        What latent variables were divided by (1 unless their variances are to be 1).
    """

    cov: Floats
    mean: Floats
    mapping: Floats
    observed: Floats
    error: Floats
    share: float
    scale: Floats

    @property
    def reliability(self) -> Floats:
        """Share of each mapped score's variance that is not error."""
        return np.asarray(np.diagonal(self.cov) / np.diagonal(self.observed), dtype=np.float64)


def mapping_weight(
    part: Measurement, cov: Floats, n: float, kind: Mapping, *, balanced: bool = False
) -> Floats:
    """W in M = (L'W L)^-1 L'W, shape (p, p); ``balanced``: by :func:`spanned`, for no analytic derivative."""
    if kind == "ULS":
        return np.eye(len(cov))
    if kind == "GLS":
        target = cov * (n / (n - 1.0))
    else:
        target = spanned(part.lam, part.theta) if balanced else part.lam @ part.lam.T + part.theta
    try:
        return np.asarray(np.linalg.inv(target), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            "the latent variables have no mapping from their items",
            place="measurement",
            cure="Look for an item without error of its own beside another of the same factor",
            code="no-mapping",
        ) from error


def spanned(lam: Floats, theta: Floats) -> Floats:
    """Theta + c L L', whose inverse maps as that of Theta does, also where items have no error, (..., p, p).

    c makes the two parts of one size whatever the unit of the answers; any other gives the same mapping.
    """
    loadings = lam @ np.swapaxes(lam, -1, -2)
    size, errors = (np.trace(one, axis1=-2, axis2=-1)[..., None, None] for one in (loadings, theta))
    share = np.where(errors > 0.0, errors / np.where(size > 0.0, size, 1.0), 1.0)
    return np.asarray(share * loadings + theta, dtype=np.float64)


def mapping_matrix(part: Measurement, weight: Floats) -> Floats:
    """M, shape (m, p); an observed variable maps on itself."""
    pulled = part.lam.T @ weight
    try:
        found = np.asarray(np.linalg.solve(pulled @ part.lam, pulled), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            "items do not tell the latent variables apart (loadings have no full rank)",
            place="measurement",
            cure="Fit the whole model with cm.sem",
            code="no-mapping",
        ) from error
    found[~part.latent] = part.lam.T[~part.latent]
    return found


def latent_moments(
    part: Measurement,
    cov: Floats,
    mean: Floats | None,
    n: float,
    kind: Mapping,
    unit: np.ndarray | None = None,
) -> LatentMoments:
    """Correct the moments of mapped scores for measurement error.

    Parameters
    ----------
    cov, mean : (p, p) and (p,) float
        Moments of the items.
    kind : str
        Which mapping.
    unit : (m,) bool, optional
        Which latent variances are made 1.

    Examples
    --------
    >>> import numpy as np
    >>> lam = np.array([[1.0], [0.8], [0.6]])
    >>> part = Measurement(lam, np.diag([0.5, 0.6, 0.7]), np.zeros(3), np.array([True]))
    >>> found = latent_moments(part, 2.0 * lam @ lam.T + part.theta, np.zeros(3), 100, "ML")
    >>> round(float(found.cov[0, 0]), 6)
    2.0
    """
    m_matrix = mapping_matrix(part, mapping_weight(part, cov, n, kind))
    observed, error = m_matrix @ cov @ m_matrix.T, m_matrix @ part.theta @ m_matrix.T
    share = error_share(observed, error, 1.0 / (n - 1.0), 1.0 / (n - 1.0))
    corrected = observed - share * error
    centre = np.zeros(len(corrected)) if mean is None else m_matrix @ (mean - part.nu)
    scale = np.ones(len(corrected))
    if unit is not None:
        scale[unit] = np.sqrt(np.diagonal(corrected)[unit])
    both = np.outer(scale, scale)
    return LatentMoments(
        corrected / both,
        centre / scale,
        m_matrix / scale[:, None],
        observed / both,
        error / both,
        share,
        scale,
    )


def error_share(observed: Floats, error: Floats, slack: float, step: float) -> float:
    """Take off less error where the whole of it would leave no covariance matrix (Fuller 1987).

    Parameters
    ----------
    slack : float
        The smallest root of |observed - root error| must exceed 1 + slack, or
    step : float
        that root less this is the share.
    """
    try:
        lower = np.linalg.cholesky(observed)
    except np.linalg.LinAlgError:
        return 1.0
    inner = np.linalg.solve(lower, np.linalg.solve(lower, error).T)
    largest = float(np.linalg.eigvalsh((inner + inner.T) / 2.0)[-1])
    if largest <= 0.0 or 1.0 / largest >= 1.0 + slack:
        return 1.0
    return max(1.0 / largest - step, 0.0)


def moment_slopes(
    part: Measurement,
    moments: LatentMoments,
    cov: Floats,
    mean: Floats | None,
    weight: Floats,
    kind: Mapping,
    slopes: list[tuple[np.ndarray, Floats, Floats, Floats]],
) -> Floats:
    """Differentiate mean and vech(cov) of the latent variables by parameters of measurement.

    Parameters
    ----------
    part, cov, mean, kind
        As in :func:`latent_moments`.
    moments : LatentMoments
        Its result.
    weight : (p, p) float
        From :func:`mapping_weight`.
    slopes : list of (rows, d_lam, d_theta, d_nu)
        For each parameter the items that it touches (k,), and how it moves their rows of Lambda (k, m), of
        Theta (k, k) and of nu (k,).
    """
    m_matrix = moments.mapping * moments.scale[:, None]
    m = len(m_matrix)
    spread = np.linalg.inv(part.lam.T @ weight @ part.lam) - (np.eye(m) if kind == "ML" else 0.0)
    project = weight - weight @ part.lam @ m_matrix
    rest = (cov - moments.share * part.theta) @ m_matrix.T
    pulled, mapped = project @ rest, m_matrix @ rest
    away = np.zeros(len(cov)) if mean is None else mean - part.nu
    pulled_mean, mapped_mean = project @ away, m_matrix @ away
    fixed = ~part.latent
    columns, rows = np.triu_indices(m)
    both = np.outer(moments.scale, moments.scale)
    found = np.zeros((m + len(rows), len(slopes)))
    for k, (touched, d_lam, d_theta, d_nu) in enumerate(slopes):
        own = m_matrix[:, touched]
        d_cov = spread @ d_lam.T @ pulled[touched] - own @ (d_lam @ mapped)
        d_mean = spread @ d_lam.T @ pulled_mean[touched] - own @ (d_lam @ mapped_mean)
        if kind == "ML":
            d_cov -= own @ (d_theta @ pulled[touched])
            d_mean -= own @ (d_theta @ pulled_mean[touched])
        d_cov[fixed], d_mean[fixed] = 0.0, 0.0
        d_cov = d_cov + d_cov.T - moments.share * own @ d_theta @ own.T
        d_mean = d_mean - own @ d_nu
        d_cov, d_mean = d_cov / both, d_mean / moments.scale
        if (moments.scale != 1.0).any():
            turn = np.where(moments.scale != 1.0, np.diagonal(d_cov), 0.0) / 2.0
            d_cov = d_cov - (turn[:, None] + turn) * moments.cov
            d_mean = d_mean - turn * moments.mean
        found[:m, k] = d_mean
        found[m:, k] = d_cov[rows, columns]
    return found


def vech_products(m_matrix: Floats) -> Floats:
    """Jacobian of mean and vech(M S M') by mean and vech(S), for a fixed M (m, p)."""
    m, p = m_matrix.shape
    b, a = np.triu_indices(m)
    j, i = np.triu_indices(p)
    by_cov = m_matrix[a][:, i] * m_matrix[b][:, j]
    by_cov += np.where(i == j, 0.0, m_matrix[a][:, j] * m_matrix[b][:, i])
    found = np.zeros((m + len(a), p + len(i)))
    found[:m, :p], found[m:, p:] = m_matrix, by_cov
    return found
