"""What sandwich errors and corrected tests of weighted least squares are made of: influence vectors.

With Gamma as F'F the matrices U Gamma never have to be formed: their traces are those of F U F', a matrix of
the smaller of respondents and moments.
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedLeastSquares
from coprod_measure.estimation.inference.robust import Traces
from coprod_measure.estimation.model.model import Model


def projected_influences(discrepancy: WeightedLeastSquares, model: Model, x: Floats) -> tuple[Floats, ...]:
    """Influence of respondents on the estimating equations: F W J, group by group.

    Parameters
    ----------
    discrepancy : WeightedLeastSquares
        Moments and weights.
    model : Model
        The compiled model.
    x : (n_free,) float
        Estimates.

    Returns
    -------
    tuple of (m, n_free) float
        Their cross products sum to the middle of the sandwich for one observation.

    Notes
    -----
    Muthen, du Toit and Spisic (1997), Robust inference using weighted least squares, equations 12 to 16.
    """
    return tuple(
        np.asarray(np.sqrt(group.n / discrepancy.n) * group.project(jacobian), dtype=np.float64)
        for group, jacobian in zip(discrepancy.groups, discrepancy.jacobians(model, x), strict=True)
    )


def least_squares_traces(
    discrepancy: WeightedLeastSquares, model: Model, x: Floats, inverse: Floats
) -> Traces:
    """Traces of U Gamma and of its square over all groups, for corrected tests of the model.

    Parameters
    ----------
    discrepancy, model, x
        As in `projected_influences`.
    inverse : (n_free, n_free) float
        Of the information, in the space that constraints leave free.

    Returns
    -------
    Traces

    Notes
    -----
    Satorra and Bentler (1994); Asparouhov and Muthen (2010), Simple second order chi-square correction.
    """
    projected = projected_influences(discrepancy, model, x)
    first, second = 0.0, 0.0
    for g, (group, own) in enumerate(zip(discrepancy.groups, projected, strict=True)):
        block = weighted_gram(group.gamma.factor, group.weight) - own @ inverse @ own.T
        first += float(np.trace(block))
        second += float(np.einsum("ij,ij->", block, block))
        for other in projected[g + 1 :]:
            across = own @ inverse @ other.T
            second += 2.0 * float(np.einsum("ij,ij->", across, across))
    return Traces(first, second)


def weighted_gram(factor: Floats, weight: Floats) -> Floats:
    """F W F' for a weight that is a diagonal or a matrix."""
    if weight.ndim == 2:
        return factor @ weight @ factor.T
    scaled = factor * np.sqrt(weight)
    return scaled @ scaled.T
