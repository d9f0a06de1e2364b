"""Implied moments and their derivatives.

Every derivative of Sigma is c (a b' + b a') with a and b columns of one narrow basis
E = [I, Lambda A, Lambda A Psi A'], A = (I - Beta)^-1. So gradients and information matrices are gathered
from E' M E, a matrix of order p + 2m, and no matrix of order p(p+1)/2 is ever formed (the chain rule of
Bollen 1989, appendix 4A, written with low rank).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, Ints, in_basis
from coprod_measure.estimation.missing.fiml_information import LowRank
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.model.pairs import Gathered, over_pairs

DIFFERENTIABLE = ("lambda", "beta", "psi", "theta", "nu", "alpha")


@dataclass(frozen=True, slots=True)
class Implied:
    """The matrices of one group at one point, and what they imply.

    Attributes
    ----------
    lam, beta, psi, theta : float arrays
        (p, m), (m, m), (m, m), (p, p).
    nu, alpha : float arrays
        (p,) and (m,).
    a : (m, m) float
        (I - Beta)^-1.
    lam_a : (p, m) float
        Lambda A.
    v : (m, m) float
        Covariance of the latent variables, A Psi A'.
    lam_v : (p, m) float
        Lambda V.
    sigma : (p, p) float
        Implied covariance.
    mu : (p,) float
        Implied mean.
    eta_mean : (m,) float
        A alpha.
    """

    lam: Floats
    beta: Floats
    psi: Floats
    theta: Floats
    nu: Floats
    alpha: Floats
    a: Floats
    lam_a: Floats
    v: Floats
    lam_v: Floats
    sigma: Floats
    mu: Floats
    eta_mean: Floats

    @property
    def basis(self) -> Floats:
        """E = [I, Lambda A, Lambda V], shape (p, p + 2m)."""
        p, m = self.lam.shape
        basis = np.zeros((p, p + 2 * m))
        basis.flat[:: p + 2 * m + 1] = 1.0
        basis[:, p : p + m], basis[:, p + m :] = self.lam_a, self.lam_v
        return basis


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Rules for the derivatives of one group's moments by its free parameters.

    Attributes
    ----------
    free : (k,) int
        Which free parameters.
    left, right : (k,) int
        Columns a and b of the basis.
    scale : (k,) float
        c in c (a b' + b a'); 0 where Sigma does not depend on the parameter.
    mean_from : (k,) int
        The derivative of mu is a times ``eta_mean[mean_from]``; -1 stands for a factor 1, -2 for 0.
    matrix : (k,) int
        Which matrix holds the parameter: position in :data:`DIFFERENTIABLE`.
    i, j : (k,) int
        Its cell.
    """

    free: Ints
    left: Ints
    right: Ints
    scale: Floats
    mean_from: Ints
    matrix: Ints
    i: Ints
    j: Ints

    def mean_factor(self, implied: Implied) -> Floats:
        """Factors of a in the derivative of mu, shape (k,)."""
        return np.append(implied.eta_mean, (0.0, 1.0))[self.mean_from]

    def low_rank(self, implied: Implied) -> LowRank:
        """Write the derivatives at a point as low-rank terms, in the order of ``free``."""
        return LowRank(implied.basis, self.left, self.right, self.scale, self.mean_factor(implied))


def derivative_rules(group: GroupMatrices, free_of_row: Ints) -> Derivatives:
    """Say for every free parameter which low-rank term its derivative is.

    Parameters
    ----------
    group : GroupMatrices
        Cells of the parameters.
    free_of_row : (n_rows,) int
        Row of the table to free parameter, -1 where fixed.
    """
    p, m = len(group.observed), len(group.latent)
    parts = []
    for matrix, name in enumerate(DIFFERENTIABLE):
        place = group.places[name]
        kept = free_of_row[place.row] >= 0
        free, i, j = free_of_row[place.row][kept], place.i[kept], place.j[kept]
        half = np.where(i == j, 0.5, 1.0)
        one, nothing = np.ones(len(i)), np.zeros(len(i))
        none, whole = np.full(len(i), -2), np.full(len(i), -1)
        rule = {
            "lambda": (i, p + m + j, one, j),
            "beta": (p + i, p + m + j, one, j),
            "psi": (p + i, p + j, half, none),
            "theta": (i, j, half, none),
            "nu": (i, i, nothing, whole),
            "alpha": (p + i, p + i, nothing, whole),
        }[name]
        parts.append((free, *rule, np.full(len(i), matrix), i, j))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Derivatives(*(column[order] for column in columns))


def implied_moments(group: GroupMatrices, values: Floats) -> Implied:
    """Compute Sigma and mu of one group.

    Parameters
    ----------
    group : GroupMatrices
        Cells of the parameters.
    values : (n_rows,) float
        Value of every row of the table.

    Raises
    ------
    EstimationError
        If I - Beta is singular.
    """
    p, m = len(group.observed), len(group.latent)
    lam = group.constant.copy()
    beta, psi, theta = np.zeros((m, m)), np.zeros((m, m)), np.zeros((p, p))
    nu, alpha = np.zeros(p), np.zeros(m)
    for name, matrix in (("lambda", lam), ("beta", beta), ("psi", psi), ("theta", theta)):
        place = group.places[name]
        matrix[place.i, place.j] = values[place.row]
        if name in ("psi", "theta"):
            matrix[place.j, place.i] = values[place.row]
    for name, vector in (("nu", nu), ("alpha", alpha)):
        place = group.places[name]
        vector[place.i] = values[place.row]
    a: Floats = np.eye(m, dtype=np.float64)
    if len(group.places["beta"].row):
        try:
            a = np.asarray(np.linalg.inv(a - beta), dtype=np.float64)
        except np.linalg.LinAlgError as error:
            raise EstimationError(
                "the equations among variables cannot be solved (I - Beta is singular)"
            ) from error
    lam_a = lam @ a
    v = a @ psi @ a.T
    lam_v = lam @ v
    eta_mean = a @ alpha
    sigma = lam_v @ lam.T
    sigma += theta
    mu = nu + lam @ eta_mean
    return Implied(lam, beta, psi, theta, nu, alpha, a, lam_a, v, lam_v, sigma, mu, eta_mean)


def gradient_of(rules: Derivatives, implied: Implied, g_sigma: Floats, g_mu: Floats | None) -> Floats:
    """Chain rule: derivatives of a scalar by the free parameters of one group.

    Parameters
    ----------
    rules : Derivatives
        From :func:`derivative_rules`.
    implied : Implied
        At the point.
    g_sigma : (p, p) float, symmetric
        G with dF = tr(G dSigma).
    g_mu : (p,) float or None
        dF = g' dmu.

    Returns
    -------
    (k,) float
        In the order of ``rules.free``.
    """
    basis = implied.basis
    adjoint = in_basis(g_sigma, basis)
    gradient = 2.0 * rules.scale * adjoint[rules.left, rules.right]
    if g_mu is not None:
        gradient = gradient + (g_mu @ basis)[rules.left] * rules.mean_factor(implied)
    return gradient


def information_of(rules: Derivatives, implied: Implied, weight: Floats, *, means: bool) -> Floats:
    """Normal-theory information of one group and one observation (Bollen 1989, eq. 4A.5).

    Parameters
    ----------
    rules : Derivatives
        From :func:`derivative_rules`.
    implied : Implied
        At the point.
    weight : (p, p) float
        Inverse of the covariance that stands in the metric.
    means : bool
        Whether the mean structure counts.

    Returns
    -------
    (k, k) float
        1/2 tr(W dSigma_r W dSigma_s) + dmu_r' W dmu_s.
    """
    return information_along(rules.low_rank(implied), weight, means=means)


def information_along(slopes: LowRank, weight: Floats, *, means: bool) -> Floats:
    """Compute the same from low-rank derivatives of Sigma and mu, shape (k, k)."""
    basis, scale, shift = slopes.basis, slopes.scale, slopes.shift
    cells = Gathered(in_basis(weight, basis), slopes.left, slopes.right)

    def part(rows: slice, to: int) -> Floats:
        alike = cells.ll(rows, to)
        own = cells.lr(rows, to)
        own *= cells.rl(rows, to)
        own += alike * cells.rr(rows, to)
        own *= scale[:to]
        own *= scale[rows, None]
        if means:
            alike *= shift[:to]
            alike *= shift[rows, None]
            own += alike
        return own

    return over_pairs(len(scale), part)


def jacobian_of(rules: Derivatives, implied: Implied) -> tuple[Floats, Floats]:
    """Differentiate vech(Sigma) (lower triangle by columns) and mu.

    Parameters
    ----------
    rules : Derivatives
        From :func:`derivative_rules`.
    implied : Implied
        At the point.

    Returns
    -------
    d_sigma : (p(p+1)/2, k) float
    d_mu : (p, k) float
    """
    basis = implied.basis
    j, i = np.triu_indices(len(implied.mu))
    a, b = basis[:, rules.left], basis[:, rules.right] * rules.scale
    return a[i] * b[j] + a[j] * b[i], a * rules.mean_factor(implied)


def variance_slopes(rules: Derivatives, implied: Implied, n_free: int) -> tuple[Floats, Floats]:
    """Differentiate the implied variances of observed and latent variables, shapes (p, q) and (m, q)."""
    basis = implied.basis
    observed = np.zeros((basis.shape[0], n_free))
    np.add.at(observed.T, rules.free, (2.0 * rules.scale * basis[:, rules.left] * basis[:, rules.right]).T)
    latent = np.zeros((len(implied.v), n_free))
    in_beta, in_psi = (rules.matrix == DIFFERENTIABLE.index(name) for name in ("beta", "psi"))
    a, v = implied.a, implied.v
    np.add.at(latent.T, rules.free[in_beta], 2.0 * (a[:, rules.i[in_beta]] * v[:, rules.j[in_beta]]).T)
    psi = 2.0 * rules.scale[in_psi] * a[:, rules.i[in_psi]] * a[:, rules.j[in_psi]]
    np.add.at(latent.T, rules.free[in_psi], psi.T)
    return observed, latent


def moment_jacobian(rules: Derivatives, implied: Implied, n_free: int) -> Floats:
    """Differentiate means and vech(Sigma) of one group by all free parameters, shape (p + p(p+1)/2, q)."""
    d_sigma, d_mu = jacobian_of(rules, implied)
    jacobian = np.zeros((len(d_mu) + len(d_sigma), n_free))
    np.add.at(jacobian.T, rules.free, np.vstack([d_mu, d_sigma]).T)
    return jacobian
