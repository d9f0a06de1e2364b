"""Draws of a covariance matrix whose normal approximation holds on the scale of its logarithm."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats


def on_log_scale(estimate: Floats, deviations: Floats) -> Floats:
    r"""Draw covariance matrices that are positive definite, whatever their errors.

    Parameters
    ----------
    estimate : ndarray, shape (k, k)
        Positive definite.
    deviations : ndarray, shape (draws, k, k)
        From the estimate, by its normal approximation; symmetric.

    Notes
    -----
    :math:`\exp(\log S + D_S(\Delta))` (Chiu, Leonard and Tsui 1996, Journal of the American Statistical
    Association 91, 198-210), with :math:`D_S` the derivative of the logarithm: in the eigenvectors of S each
    element of :math:`\Delta` times :math:`(\ln l_i - \ln l_j) / (l_i - l_j)`. Small ones stay.

    Examples
    --------
    >>> S, far = np.array([[1.0, 0.9], [0.9, 1.0]]), np.array([[[0.0, 0.2], [0.2, 0.0]]])
    >>> float(np.linalg.eigvalsh(S + far)[0, 0].round(2))
    -0.1
    >>> bool(np.linalg.eigvalsh(on_log_scale(S, far))[0, 0] > 0)
    True
    """
    values, vectors = np.linalg.eigh(estimate)
    logs, apart = np.log(values), np.subtract.outer(values, values)
    alike = np.abs(apart) <= 1e-9 * values.max()
    slopes = np.subtract.outer(logs, logs) / np.where(alike, 1.0, apart)
    slopes = np.where(alike, 1.0 / values, slopes)
    turned = vectors.T @ deviations @ vectors * slopes + np.diag(logs)
    own, axes = np.linalg.eigh(turned)
    whole = vectors @ axes
    return np.asarray((whole * np.exp(own)[:, None, :]) @ whole.transpose(0, 2, 1))
