"""Standard errors and corrected tests of weighted least squares, from influence vectors.

With Gamma as F'F the matrices U Gamma never have to be formed: their traces are those of F U F', a matrix of
the smaller of respondents and moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.model import Model
from coprod_measure.estimation.weighted_least_squares import WeightedGroup, WeightedLeastSquares


@dataclass(frozen=True, slots=True)
class Traces:
    """What corrections of a test are made of.

    Attributes
    ----------
    first : float
        tr(U Gamma).
    second : float
        tr(U Gamma U Gamma).
    """

    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Inference:
    """Uncertainty of weighted least squares estimates.

    Attributes
    ----------
    naive : (n_free, n_free) float
        Covariance of the estimates if the weight matrix were the right one.
    sandwich : (n_free, n_free) float
        Covariance of the estimates whatever the weight matrix.
    traces : Traces
        For corrected tests of the model.
    """

    naive: Floats
    sandwich: Floats
    traces: Traces


def least_squares_inference(
    discrepancy: WeightedLeastSquares, model: Model, x: Floats, bread: Floats
) -> Inference:
    """Covariance of the estimates and traces for corrected tests.

    Parameters
    ----------
    discrepancy : WeightedLeastSquares
        Moments and weights.
    model : Model
        The compiled model.
    x : (n_free,) float
        Estimates.
    bread : (n_free, n_free) float
        Inverse of the information in the space that constraints leave free (`information.invert`).

    Returns
    -------
    Inference
        Both covariances are divided by N minus the number of groups, as in lavaan.

    Notes
    -----
    Muthen, du Toit and Spisic (1997), Robust inference using weighted least squares, equations 12 to 16;
    Asparouhov and Muthen (2010), Simple second order chi-square correction.
    """
    projected = [
        np.sqrt(group.n / discrepancy.n) * (group.gamma.factor @ _weighted(group, jacobian))
        for group, jacobian in zip(discrepancy.groups, discrepancy.jacobians(model, x), strict=True)
    ]
    meat = sum((part.T @ part for part in projected), np.zeros_like(bread))
    n = discrepancy.n - len(discrepancy.groups)
    return Inference(bread / n, bread @ meat @ bread / n, _traces(discrepancy, projected, bread))


def _weighted(group: WeightedGroup, jacobian: object) -> Floats:
    """W J as a dense matrix."""
    return group.weigh(jacobian.toarray())  # type: ignore[attr-defined]


def _traces(discrepancy: WeightedLeastSquares, projected: list[Floats], bread: Floats) -> Traces:
    """Traces of U Gamma and of its square over all groups."""
    first, second = 0.0, 0.0
    for g, (group, own) in enumerate(zip(discrepancy.groups, projected, strict=True)):
        block = weighted_gram(group.gamma.factor, group.weight) - own @ bread @ own.T
        first += float(np.trace(block))
        second += float(np.einsum("ij,ij->", block, block))
        for other in projected[g + 1 :]:
            across = own @ bread @ other.T
            second += 2.0 * float(np.einsum("ij,ij->", across, across))
    return Traces(first, second)


def weighted_gram(factor: Floats, weight: Floats) -> Floats:
    """F W F' for a weight that is a diagonal or a matrix."""
    if weight.ndim == 2:
        return factor @ weight @ factor.T
    scaled = factor * np.sqrt(weight)
    return scaled @ scaled.T


@dataclass(frozen=True, slots=True)
class BaselineTest:
    """The model in which nothing covaries.

    Attributes
    ----------
    chi_square : float
    df : int
    traces : Traces
    """

    chi_square: float
    df: int
    traces: Traces


def least_squares_baseline(discrepancy: WeightedLeastSquares) -> BaselineTest:
    """Test of the model with free thresholds, means and variances and no covariances.

    Parameters
    ----------
    discrepancy : WeightedLeastSquares
        Moments and weights.

    Returns
    -------
    BaselineTest
        Minimised in closed form: all other moments are saturated, so that the covariances keep the weight
        that is left when the others are free to follow.
    """
    chi_square, df, first, second = 0.0, 0, 0.0, 0.0
    for group in discrepancy.groups:
        p = group.structure.endogenous.size
        pairs = np.arange(group.vector.size - p * (p - 1) // 2, group.vector.size)
        weight, lifted = _weight_left(group.weight, pairs), group.gamma.factor[:, pairs]
        block = weighted_gram(lifted, weight)
        own = group.vector[pairs]
        weighted = weight @ own if weight.ndim == 2 else weight * own
        chi_square += (group.n - 1.0) * float(own @ weighted)
        df += pairs.size
        first += float(np.trace(block))
        second += float(np.einsum("ij,ij->", block, block))
    return BaselineTest(chi_square, df, Traces(first, second))


def _weight_left(weight: Floats, kept: np.ndarray) -> Floats:
    """Weight of moments when all others, which come first, are free to follow (a Schur complement)."""
    if weight.ndim == 1:
        own: Floats = weight[kept]
        return own
    others = np.arange(kept[0])
    cross = weight[np.ix_(others, kept)]
    left: Floats = weight[np.ix_(kept, kept)] - cross.T @ np.linalg.solve(
        weight[np.ix_(others, others)], cross
    )
    return left
