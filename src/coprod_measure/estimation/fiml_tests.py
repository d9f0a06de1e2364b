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
from scipy.linalg import cho_factor, cho_solve

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.discrepancy import MaximumLikelihood
from coprod_measure.estimation.fiml_information import LowRank, complete_information
from coprod_measure.estimation.full_information import FullInformation
from coprod_measure.estimation.implied import jacobian_of
from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.model import Model

TINY = 1e-150
# Below this share of its own information, a moment is known through nothing but rounding.
SMALLEST_PIVOT = 1e-7


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


@dataclass(frozen=True, slots=True)
class SaturatedInformation:
    """Information about the moments that the model explains, for one group and all its people.

    Attributes
    ----------
    kept : ndarray of bool, shape (p + p*,)
        Means and vech(Sigma) without the moments that belong to fixed covariates alone.
    incomplete, complete : ndarray, shape (s, s)
        W_m and W_c.
    scores : ndarray, shape (n, s)
        Of people; of clusters where there are any.
    """

    kept: np.ndarray
    incomplete: Floats
    complete: Floats
    scores: Floats

    def solve(self, right: Floats) -> Floats:
        """Multiply by the inverse of W_m."""
        scale = np.sqrt(np.abs(np.diag(self.incomplete))) + TINY
        problem = EstimationError(
            "the saturated moments of the incomplete data are not identified",
            cure="look for two variables that nobody answered both of",
            code="saturated-not-identified",
        )
        try:
            factor = cho_factor(self.incomplete / np.outer(scale, scale), lower=True)
        except np.linalg.LinAlgError as error:
            raise problem from error
        if np.diag(factor[0]).min() < SMALLEST_PIVOT:
            raise problem
        return np.asarray(cho_solve(factor, right / scale[:, None]) / scale[:, None])


def saturated_information(
    full: FullInformation, fixed: tuple[int, ...] = ()
) -> tuple[SaturatedInformation, ...]:
    """Gather what the tests need about the saturated model, group by group.

    Parameters
    ----------
    full : FullInformation
    fixed : tuple of int
        Columns of the covariates whose moments are fixed.
    """
    groups = []
    for number, moments in enumerate(full.saturated):
        p = len(moments.mean)
        is_fixed = np.isin(np.arange(p), fixed)
        column, row = np.triu_indices(p)
        kept = np.concatenate([~is_fixed, ~(is_fixed[row] & is_fixed[column])])
        incomplete = full.saturated_information(moments.cov, moments.mean, number)
        precision = np.asarray(np.linalg.inv(moments.cov), dtype=float)
        complete = full.patterns[number].n * complete_information(precision, LowRank.of_moments(p))
        scores = _summed(
            full.saturated_scores(moments.cov, moments.mean, number), full.sample.groups[number].clusters
        )
        groups.append(
            SaturatedInformation(
                kept, incomplete[np.ix_(kept, kept)], complete[np.ix_(kept, kept)], scores[:, kept]
            )
        )
    return tuple(groups)


def saturated_trace(groups: tuple[SaturatedInformation, ...]) -> float:
    """Sum over groups of tr(J W_m^-1): the first part of the trace of MLR's scaled test."""
    return sum(float(np.einsum("ij,ji->", group.solve(group.scores.T), group.scores)) for group in groups)


def corrected_chi_square(
    full: FullInformation, model: Model, x: Floats, groups: tuple[SaturatedInformation, ...], *, robust: bool
) -> CorrectedChiSquare:
    """Compute the chi-square and trace of the corrected fit indices.

    Parameters
    ----------
    full : FullInformation
    model : Model
        The model, or the baseline model.
    x : ndarray, shape (q,)
        Its FIML estimates.
    groups : tuple of SaturatedInformation
    robust : bool
        Version 3, for robust errors, instead of version 6.
    """
    chi_square = full.sample.n * MaximumLikelihood(full.sample).value(model, x)
    deltas = [_jacobian(model, x, number)[group.kept] for number, group in enumerate(groups)]
    of_incomplete = sum(d.T @ group.incomplete @ d for d, group in zip(deltas, groups, strict=True))
    of_complete = sum(d.T @ group.complete @ d for d, group in zip(deltas, groups, strict=True))
    reduce = model.constraints.reduce_matrix
    inverse = np.linalg.inv(reduce(np.asarray(of_incomplete)))
    projected = inverse @ reduce(np.asarray(of_complete))
    if not robust:
        whole = sum(float(np.trace(group.solve(group.complete))) for group in groups)
        return CorrectedChiSquare(chi_square, whole - float(np.trace(projected)))
    whole, crossed, squared = 0.0, np.zeros_like(of_complete), np.zeros_like(of_complete)
    for d, group in zip(deltas, groups, strict=True):
        # J = S'S stays factored: S is as tall as there are people, J as wide as there are moments.
        solved = group.solve(group.scores.T)
        through = solved.T @ group.complete
        whole += float(np.einsum("ij,ji->", through, solved))
        along = group.scores @ d
        crossed = crossed + along.T @ (through @ d)
        squared = squared + along.T @ along
    trace = whole - 2.0 * float(np.trace(inverse @ reduce(crossed)))
    trace += float(np.trace(projected @ inverse @ reduce(squared)))
    return CorrectedChiSquare(chi_square, trace)


def _jacobian(model: Model, x: Floats, number: int) -> Floats:
    """Differentiate means and vech(Sigma) of a group by all free parameters, shape (p + p*, q)."""
    rules, implied = model.rules[number], model.implied(x)[number]
    d_sigma, d_mu = jacobian_of(rules, implied)
    jacobian = np.zeros((d_sigma.shape[0] + d_mu.shape[0], model.n_free))
    np.add.at(jacobian.T, rules.free, np.vstack([d_mu, d_sigma]).T)
    return jacobian


def _summed(scores: Floats, clusters: np.ndarray | None) -> Floats:
    """Sum scores within clusters, times the root of C / (C - 1) for C clusters."""
    if clusters is None:
        return scores
    _, number = np.unique(clusters, return_inverse=True)
    count = int(number.max()) + 1
    total = np.zeros((count, scores.shape[1]))
    np.add.at(total, number, scores)
    return np.asarray(total * np.sqrt(count / (count - 1)))
