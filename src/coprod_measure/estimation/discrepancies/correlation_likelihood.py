"""Normal-theory chi-square of polychoric correlations at least squares estimates, for robust fit indices.

CFI and RMSEA from weighted least squares depend on the weights and flatter models that fit badly. Savalei
(2021) refers them to the chi-square that the correlations would give under normal theory, with the factor
that corrects its expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError
from scipy.sparse import csr_array

from coprod_measure.estimation.arrays import Floats, Ints, inverse_and_logdet
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedGroup, WeightedLeastSquares
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class CorrelationChiSquare:
    """Normal-theory chi-squares of model and baseline, with their expectations under a correct model.

    Attributes
    ----------
    value, trace : float
        Of the model.
    baseline, baseline_trace : float
        Of the model without correlations.
    """

    value: float
    trace: float
    baseline: float
    baseline_trace: float


def correlation_chi_square(
    discrepancy: WeightedLeastSquares,
    implied: list[Floats],
    jacobians: list[csr_array],
    inverse: Floats,
) -> CorrelationChiSquare | None:
    """Evaluate the normal-theory discrepancy of correlation matrices.

    Parameters
    ----------
    discrepancy : WeightedLeastSquares
        All variables ordered, no covariates.
    implied : list of (q,) float
        Implied moment vectors at the estimates.
    jacobians : list of sparse array, shape (q, n_free)
        Their derivatives.
    inverse : (n_free, n_free) float
        Of the information.

    Returns
    -------
    CorrelationChiSquare or None
        None if a sample or implied correlation matrix is not positive definite.

    Notes
    -----
    Savalei (2021), Psychological Methods 26, 466-488, equations 15 to 20. In several groups the trace of the
    baseline is divided by the share of the group, as lavaan does.
    """
    value, trace, baseline, baseline_trace = 0.0, 0.0, 0.0, 0.0
    slopes = [jacobian[_pairs(group)] for group, jacobian in zip(discrepancy.groups, jacobians, strict=True)]
    shares = [group.n / discrepancy.n for group in discrepancy.groups]
    moved = [
        inverse @ _on_estimates(group, own, share)
        for group, own, share in zip(discrepancy.groups, slopes, shares, strict=True)
    ]
    for g, (group, vector) in enumerate(zip(discrepancy.groups, implied, strict=True)):
        p, pairs = group.structure.endogenous.size, _pairs(group)
        sample, model = _correlations(group.vector[pairs], p), _correlations(vector[pairs], p)
        try:
            _, sample_logdet = inverse_and_logdet(sample)
            precision, logdet = inverse_and_logdet(model)
        except LinAlgError:
            return None
        value += group.n * (logdet - sample_logdet + float(np.einsum("ij,ij->", precision, sample)) - p)
        baseline -= group.n * sample_logdet
        factor = group.gamma.factor[:, pairs]
        baseline_trace += float(np.einsum("ij,ij->", factor, factor)) / shares[g]
        # What is equal over groups carries sampling error of one group into the residuals of another.
        for h, through in enumerate(moved):
            explained = (slopes[g] @ through).T
            left = factor - explained if g == h else -explained
            trace += shares[g] / shares[h] * _normal_theory_trace(left, precision)
    return CorrelationChiSquare(value, trace, baseline, baseline_trace)


def _pairs(group: WeightedGroup) -> Ints:
    """Positions of the correlations in the moment vector."""
    p = group.structure.endogenous.size
    return np.arange(group.vector.size - p * (p - 1) // 2, group.vector.size)


def _on_estimates(group: WeightedGroup, slopes: csr_array, share: float) -> Floats:
    """Influence of the respondents' correlations on the estimating equations; shape (n_free, m)."""
    weights = group.weight if group.weight.ndim == 1 else np.diagonal(group.weight)
    pairs = _pairs(group)
    influence: Floats = (slopes * (share * weights[pairs])[:, None]).T.tocsr() @ group.gamma.factor[
        :, pairs
    ].T
    return influence


def _correlations(values: Floats, p: int) -> Floats:
    matrix = np.eye(p)
    rows, columns = below_diagonal(p)
    matrix[rows, columns] = matrix[columns, rows] = values
    return matrix


def _normal_theory_trace(influence: Floats, precision: Floats) -> float:
    """Sum over rows of 1/2 tr{(W G)^2}, G the symmetric matrix that a row holds, with a diagonal of zeros."""
    p = len(precision)
    rows, columns = below_diagonal(p)
    total = 0.0
    step = max(1, _CELLS_AT_ONCE // (p * p))
    for start in range(0, influence.shape[0], step):
        part = influence[start : start + step]
        matrices = np.zeros((part.shape[0], p, p))
        matrices[:, rows, columns] = matrices[:, columns, rows] = part
        product = precision @ matrices
        total += 0.5 * float(np.einsum("nij,nji->", product, product))
    return total
