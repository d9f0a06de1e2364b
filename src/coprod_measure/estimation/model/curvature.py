"""Second derivatives of discrepancies, in closed form.

A column of the basis E = [I, Lambda A, Lambda V] changes with parameter s by X[s] times its left column plus
Y[s] times its right column. With that, the curvature of Sigma is gathered from E' G E like the gradient is,
and observed information costs about as much as expected information.
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats, in_basis
from coprod_measure.estimation.missing.fiml_information import LowRank
from coprod_measure.estimation.model.implied import DIFFERENTIABLE, Derivatives, Implied
from coprod_measure.estimation.model.pairs import Gathered, Part, over_pairs


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
    return over_pairs(len(rules.free), _bent(rules, implied, g_sigma, g_mu))


def _bent(rules: Derivatives, implied: Implied, g_sigma: Floats, g_mu: Floats | None) -> Part:
    basis, scale, left, right = implied.basis, rules.scale, rules.left, rules.right
    x, y = _basis_changes(rules, implied)
    cells = Gathered(in_basis(g_sigma, basis), left, right)
    p, m = implied.lam.shape
    of_means = None if g_mu is None else _mean_curvature(rules, implied, g_mu @ basis, x)

    def part(rows: slice, to: int) -> Floats:
        # X moves the columns of Lambda A and Lambda V, Y those of Lambda V, which is never a.
        last = right[rows].max(initial=0)
        if last < p:
            bent = np.zeros((len(right[rows]), to))
        else:
            bent = x[left[rows], :to]
            bent *= cells.rl(rows, to)
            bent += x[right[rows], :to] * cells.ll(rows, to)
        if last >= p + m:
            bent += y[right[rows], :to] * cells.lr(rows, to)
        bent *= 2.0 * scale[rows, None]
        if of_means is not None:
            bent += of_means[rows, :to]
        return bent

    return part


def _basis_changes(rules: Derivatives, implied: Implied) -> tuple[Floats, Floats]:
    """X and Y, a column a parameter."""
    p, m = implied.lam.shape
    x = np.zeros((p + 2 * m, len(rules.free)))
    y = np.zeros_like(x)
    in_lambda, in_beta, in_psi = (
        rules.matrix == DIFFERENTIABLE.index(name) for name in ("lambda", "beta", "psi")
    )
    moving = in_lambda | in_beta
    x[p : p + m, moving] = implied.a[rules.j[moving]].T
    x[p + m :, moving] = implied.v[:, rules.j[moving]]
    y[p + m :, in_beta] = implied.a[:, rules.i[in_beta]]
    half = rules.scale[in_psi]
    x[p + m :, in_psi] = half * implied.a[:, rules.j[in_psi]]
    y[p + m :, in_psi] = half * implied.a[:, rules.i[in_psi]]
    return x, y


def _mean_curvature(rules: Derivatives, implied: Implied, pulled: Floats, x: Floats) -> Floats:
    # d mu / dr = factor_r E[:, left_r]; both the factor (A alpha) and the column (Lambda A) move with s.
    factor = rules.mean_factor(implied)
    left = rules.left
    columns = factor[:, None] * (x[left] * pulled[left])
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
    flat = _flat(rules.low_rank(implied), inverse, spread, distance)
    bent = _bent(rules, implied, inverse - spread, g_mu)

    def part(rows: slice, to: int) -> Floats:
        both = flat(rows, to)
        both += bent(rows, to)
        return both

    return over_pairs(len(rules.free), part)


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
    return over_pairs(len(slopes.scale), _flat(slopes, inverse, spread, distance))


def _flat(slopes: LowRank, inverse: Floats, spread: Floats, distance: Floats | None) -> Part:
    basis, left, right, scale, factor = slopes.basis, slopes.left, slopes.right, slopes.scale, slopes.shift
    w = Gathered(in_basis(inverse, basis), left, right)
    m = Gathered(in_basis(2.0 * spread - inverse, basis), left, right)
    pulled = np.zeros(basis.shape[1]) if distance is None else distance @ inverse @ basis

    def part(rows: slice, to: int) -> Floats:
        ll, lr, rl = w.ll(rows, to), w.lr(rows, to), w.rl(rows, to)
        flat = lr * m.rl(rows, to)
        flat += rl * m.lr(rows, to)
        flat += ll * m.rr(rows, to)
        flat += w.rr(rows, to) * m.ll(rows, to)
        flat *= scale[:to]
        flat *= scale[rows, None]
        if distance is not None:
            own, other = (pulled[side][rows, None] for side in (left, right))
            flat += 2.0 * factor[rows, None] * factor[:to] * ll
            flat += 2.0 * scale[rows, None] * factor[:to] * (own * rl + other * ll)
            flat += 2.0 * factor[rows, None] * scale[:to] * (pulled[left[:to]] * lr + pulled[right[:to]] * ll)
        return flat

    return part
