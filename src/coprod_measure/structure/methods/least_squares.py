"""Least squares with errors that unequal variances do not disturb."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats


def hc3(design: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Regress and give coefficients, their HC3 covariance and residuals.

    Parameters
    ----------
    design : ndarray, shape (n, p)
        Of full rank, with its constant.
    y : ndarray, shape (n,)

    Notes
    -----
    MacKinnon and White (1985), Journal of Econometrics 29, 305-325: each residual is divided by what its row
    leaves itself, ``1 - h``.

    Examples
    --------
    >>> x = np.arange(6.0)
    >>> y = 2.0 * x + np.array([0.1, -0.1, 0.0, 0.0, -0.1, 0.1])
    >>> b, V, rest = hc3(np.column_stack([np.ones(6), x]), y)
    >>> float(b[1].round(2)), float(np.sqrt(V[1, 1]).round(3)), float(abs(rest.sum()).round(6))
    (2.0, 0.046, 0.0)
    """
    bread = np.linalg.inv(design.T @ design)
    b = bread @ (design.T @ y)
    rest = y - design @ b
    leverage = np.einsum("ij,jk,ik->i", design, bread, design)
    scores = design * (rest / (1.0 - np.clip(leverage, 0.0, 1.0 - 1e-9)))[:, None]
    return b, bread @ (scores.T @ scores) @ bread, rest
