r"""Traces behind robust tests and corrected fit indices of incomplete data.

With W_m and W_c the information about the saturated moments in the incomplete and in complete data, J the
cross product of their scores and Delta the derivatives of the moments by the parameters:

* the scaled test of MLR takes tr(J W_m^-1) for the saturated model, less tr(B E^-1) for the model
  (Yuan & Bentler 2000; Asparouhov & Muthen 2005);
* CFI and RMSEA refer to the population of complete data when the chi-square is that of the saturated
  moments, and its expectation tr(W_c W_m^-1) - tr(E^-1 Delta' W_c Delta), E = Delta' W_m Delta (Zhang &
  Savalei 2023, FIML-C version 6); with robust errors version 3, in which J stands for W_m in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import MaximumLikelihood
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.missing.saturated_information import SaturatedInformation
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.solution.minimize import Minimum


@dataclass(frozen=True, slots=True)
class CorrectedChiSquare:
    """Chi-square as complete data would give it, for indices of approximate fit only.

    Attributes
    ----------
    chi_square : float
        N times the complete-data discrepancy of the saturated moments.
    trace : float
        Its expectation under a correct model; divided by the degrees of freedom, the c of the robust indices.
    """

    chi_square: float
    trace: float


def yuan_bentler_trace(full: FullInformation, model: Model, x: Floats, inverse: Floats) -> float:
    """Compute tr(J W_m^-1) - tr(B E^-1): over the degrees of freedom, the scaling factor of MLR's test.

    Parameters
    ----------
    full : FullInformation
    model : Model
    x : ndarray, shape (q,)
        Its estimates.
    inverse : ndarray, shape (q, q)
        E^-1, of one observation and under the constraints.
    """
    meat = full.first_order_information(model, x)
    return saturated_trace(full.sample.information) - float(np.einsum("ij,ji->", meat, inverse))


def saturated_trace(groups: tuple[SaturatedInformation, ...]) -> float:
    """Sum tr(J W_m^-1) over groups."""
    return sum(group.score_trace for group in groups)


def corrected_chi_square(
    full: FullInformation, model: Model, minimum: Minimum, *, robust: bool
) -> CorrectedChiSquare:
    """Compute the chi-square and trace of the corrected fit indices.

    Parameters
    ----------
    full : FullInformation
    model : Model
        The model, or the baseline model.
    minimum : Minimum
        Its FIML estimates.
    robust : bool
        Version 3, for robust errors, instead of version 6.
    """
    groups, x = full.sample.information, minimum.x
    chi_square = full.sample.n * MaximumLikelihood(full.sample).value(model, x)
    directions = free_directions(model, minimum)
    # A loading moves one row of Sigma, a variance one entry: nearly all derivatives are zero.
    deltas = [
        csr_array(moment_jacobian(rules, implied, model.n_free)[group.kept] @ directions)
        for rules, implied, group in zip(model.rules, model.implied(x), groups, strict=True)
    ]
    of_incomplete = sum((d.T @ group.incomplete) @ d for d, group in zip(deltas, groups, strict=True))
    of_complete = sum((d.T @ group.complete) @ d for d, group in zip(deltas, groups, strict=True))
    inverse = np.linalg.inv(np.asarray(of_incomplete))
    projected = inverse @ of_complete
    if not robust:
        whole = sum(group.completed_trace for group in groups)
        return CorrectedChiSquare(chi_square, whole - float(np.trace(projected)))
    whole, crossed, squared = 0.0, np.zeros_like(of_complete), np.zeros_like(of_complete)
    for d, group in zip(deltas, groups, strict=True):
        # J = S'S stays factored: S is as tall as there are people, J as wide as there are moments.
        whole += group.completed_score_trace
        along = group.scores @ d
        crossed = crossed + along.T @ (group.completed_scores @ d)
        squared = squared + along.T @ along
    trace = whole - 2.0 * float(np.trace(inverse @ crossed))
    trace += float(np.trace(projected @ inverse @ squared))
    return CorrectedChiSquare(chi_square, trace)
