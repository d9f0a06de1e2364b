"""Second derivatives of discrepancies, in closed form.

A column of the basis E = [I, Lambda A, Lambda V] changes with parameter s by X[s] times its left column plus
Y[s] times its right column. With that, the curvature of Sigma is gathered from E' G E like the gradient is,
and observed information costs about as much as expected information.
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.missing.fiml_information import LowRank
from coprod_measure.estimation.model.implied import DIFFERENTIABLE, Derivatives, Implied, gathered


def moment_curvature(rules: Derivatives, implied: Implied, g_sigma: Floats, g_mu: Floats | None) -> Floats:
    """Second derivatives of the moments, contracted with first derivatives of a scalar by them.

    Parameters
    ----------
    implied : Implied
        At the point.
    g_sigma : (p, p) float, symmetric
        G with dF = tr(G dSigma).
    g_mu : (p,) float or None
        dF = g' dmu.

    Returns
    -------
    (k, k) float
        tr(G d2Sigma / dr ds) + g' d2mu / dr ds.
    """
    basis = implied.basis
    x, y = _basis_changes(rules, implied)
    t = basis.T @ (g_sigma @ basis)
    left, right = rules.left, rules.right
    cells = gathered(t, left, right)
    x_rows, y_rows = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
    of_left = x_rows[left] * cells.rl + y_rows[left] * cells.rr
    of_right = x_rows[right] * cells.ll + y_rows[right] * cells.lr
    curvature: Floats = 2.0 * rules.scale[:, None] * (of_left + of_right)
    if g_mu is not None:
        curvature = curvature + _mean_curvature(rules, implied, g_mu @ basis, x)
    return (curvature + curvature.T) / 2.0


def _basis_changes(rules: Derivatives, implied: Implied) -> tuple[Floats, Floats]:
    p, m = implied.lam.shape
    x = np.zeros((len(rules.free), p + 2 * m))
    y = np.zeros_like(x)
    in_lambda, in_beta, in_psi = (
        rules.matrix == DIFFERENTIABLE.index(name) for name in ("lambda", "beta", "psi")
    )
    moving = in_lambda | in_beta
    x[moving, p : p + m] = implied.a[rules.j[moving]]
    x[moving, p + m :] = implied.v[rules.j[moving]]
    y[in_beta, p + m :] = implied.a[:, rules.i[in_beta]].T
    half = rules.scale[in_psi][:, None]
    x[in_psi, p + m :] = half * implied.a[:, rules.j[in_psi]].T
    y[in_psi, p + m :] = half * implied.a[:, rules.i[in_psi]].T
    return x, y


def _mean_curvature(rules: Derivatives, implied: Implied, pulled: Floats, x: Floats) -> Floats:
    # d mu / dr = factor_r E[:, left_r]; both the factor (A alpha) and the column (Lambda A) move with s.
    factor = rules.mean_factor(implied)
    left = rules.left
    columns = factor[:, None] * (x[:, left] * pulled[left][:, None]).T
    eta = np.zeros((len(implied.eta_mean) + 2, len(left)))
    in_beta, in_alpha = (rules.matrix == DIFFERENTIABLE.index(name) for name in ("beta", "alpha"))
    eta[:-2, in_beta] = implied.a[:, rules.i[in_beta]] * implied.eta_mean[rules.j[in_beta]]
    eta[:-2, in_alpha] = implied.a[:, rules.i[in_alpha]]
    return columns + pulled[left][:, None] * eta[rules.mean_from]


def likelihood_curvature(
    rules: Derivatives, implied: Implied, inverse: Floats, scatter: Floats, distance: Floats | None
) -> Floats:
    """Hessian of log|Sigma| + tr(Sigma^-1 S) + d' Sigma^-1 d for one group.

    Parameters
    ----------
    implied : Implied
        At the point.
    inverse : (p, p) float
        Sigma^-1.
    scatter : (p, p) float
        Sample covariance (S).
    distance : (p,) float or None
        d = m - mu when means are modelled.

    Returns
    -------
    (k, k) float
    """
    g_mu = None
    if distance is not None:
        scatter = scatter + np.outer(distance, distance)
        g_mu = -2.0 * inverse @ distance
    spread = inverse @ scatter @ inverse
    hessian = flat_curvature(rules.low_rank(implied), inverse, spread, distance)
    hessian += moment_curvature(rules, implied, inverse - spread, g_mu)
    return (hessian + hessian.T) / 2.0


def flat_curvature(slopes: LowRank, inverse: Floats, spread: Floats, distance: Floats | None) -> Floats:
    """Second derivatives of the same function as if the moments were linear in the parameters.

    Parameters
    ----------
    slopes : LowRank
        Derivatives of Sigma and mu.
    inverse, spread : (p, p) float
        Sigma^-1, and Sigma^-1 (S + d d') Sigma^-1.
    distance : (p,) float or None
        d.

    Returns
    -------
    (k, k) float
    """
    basis, left, right, scale = slopes.basis, slopes.left, slopes.right, slopes.scale
    t_w, t_m = basis.T @ (inverse @ basis), basis.T @ ((2.0 * spread - inverse) @ basis)
    w, m = gathered(t_w, left, right), gathered(t_m, left, right)
    crossed = w.lr * m.rl
    hessian = crossed + crossed.T + w.rr * m.ll + w.ll * m.rr
    hessian *= np.outer(scale, scale)
    if distance is not None:
        factor = slopes.shift
        pulled = distance @ inverse @ basis
        cross = pulled[left][:, None] * w.rl + pulled[right][:, None] * w.ll
        cross = 2.0 * cross * np.outer(scale, factor)
        hessian += 2.0 * np.outer(factor, factor) * w.ll + cross + cross.T
    return np.asarray(hessian, dtype=np.float64)
