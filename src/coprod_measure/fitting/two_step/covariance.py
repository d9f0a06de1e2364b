"""Covariance of the estimates of a model fitted in two steps, by the options."""

from __future__ import annotations

import numpy as np

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.two_step.casewise import casewise_parts
from coprod_measure.estimation.two_step.errors import (
    SecondStep,
    assembled,
    block_inverse,
    first_step_covariance,
    second_step,
    two_step_covariance,
)
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.estimation.two_step.factor_errors import factor_covariance
from coprod_measure.estimation.two_step.latent_influences import influence_trace, latent_influences
from coprod_measure.estimation.two_step.moment_errors import (
    fits_in_moments,
    latent_covariance,
    local_covariance,
    robust_parts,
    spread_structure,
    test_trace,
)
from coprod_measure.estimation.two_step.products import product_covariance
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.two_step.options import SamOptions
from coprod_measure.fitting.two_step.product_order import product_order
from coprod_measure.fitting.two_step.second_step import Estimated


def is_plain(two: TwoStep, options: FitOptions) -> bool:
    """Whether data are complete, unweighted, without clusters, and items few enough (`MOST_ITEMS`)."""
    whole = not isinstance(two.sample, IncompleteMoments) and not (options.cluster or options.weights)
    return whole and fits_in_moments(two.model)


def sam_covariance(found: Estimated, sam: SamOptions, options: FitOptions) -> Floats | NotAvailable:
    """Compute the covariance of all estimates, (q, q).

    Raises
    ------
    EstimationError
        If a part is not identified, or these errors are not available for the data.
    """
    if sam.standard_errors == "none":
        return NotAvailable("standard errors were not asked for")
    two = found.two
    v11 = measurement_covariance(two, options)
    if found.products:
        _refuse_for_products(options)
    if found.products or sam.standard_errors == "local":
        return _local(two, v11, latent_sampling_covariance(found, options))
    if found.factors:
        return factor_covariance(two, found.factors, v11, robust=sam.standard_errors != "twostep")
    step = second_step(two, _information(two, options))
    if sam.standard_errors == "twostep":
        return two_step_covariance(two, step, v11)
    parts = robust_parts(two, step) if is_plain(two, options) else casewise_parts(two, step)
    return assembled(two, step, *parts)


def measurement_covariance(two: TwoStep, options: FitOptions) -> Floats:
    """Covariance of the measurement estimates, blocks independent."""
    observed = options.missing == "fiml" if options.information is None else options.information == "observed"
    return first_step_covariance(
        two, [block_inverse(block, observed=observed) / block.sample.n for block in two.blocks]
    )


def _information(two: TwoStep, options: FitOptions) -> Floats | None:
    """Information of the joint model: of incomplete data, and observed where that is asked for."""
    if isinstance(two.sample, IncompleteMoments):
        full = FullInformation(two.sample)
        if options.information == "expected":
            return full.information(two.model, two.x)
        return full.hessian(two.model, two.x) / 2.0
    return None


def _local(two: TwoStep, v11: Floats, latent: Floats | NotAvailable) -> Floats:
    if isinstance(latent, NotAvailable):
        raise EstimationError(
            latent.reason, place="option se", cure='Use se="twostep_robust"', code="no-local-errors"
        )
    own = local_covariance(two.structure, latent)
    if own is None:
        raise EstimationError(
            "the structural part is not identified by the moments of the latent variables",
            place="model",
            cure="Drop a path, or fit the whole model with cm.sem",
            code="structure-not-identified",
        )
    first, second = np.flatnonzero(two.first), np.flatnonzero(two.second)
    step = SecondStep(np.empty((0, 0)), np.empty((0, 0)), first, second)
    return assembled(two, step, v11, np.zeros((len(second), len(first))), spread_structure(two, own))


def latent_sampling_covariance(found: Estimated, options: FitOptions) -> Floats | NotAvailable:
    """Compute the sampling covariance of the latent moments, or say why there is none."""
    two = found.two
    if found.products:
        _, order = product_order(two.parts)
        return product_covariance(two, found.products, measurement_covariance(two, options), order)
    if not is_plain(two, options):
        return NotAvailable("covariances of latent moments need complete answers of at most 60 items")
    return latent_covariance(two)


# Sampling covariance of the latent moments, or what people add to them where that would be too large.
Spread = Floats | list[list[Floats]]


def latent_spread(found: Estimated, options: FitOptions) -> Spread | NotAvailable:
    """Compute how the latent moments vary, for the test of the structure.

    Raises
    ------
    EstimationError
        If a block, or the moments that the answers tell of, are not identified.
    """
    if found.products or (is_plain(found.two, options) and not found.factors):
        return latent_sampling_covariance(found, options)
    return latent_influences(found.two, found.factors)


def structural_trace(structure: Solution, spread: Spread) -> float | NotAvailable:
    """Compute tr(U Gamma) for the test of a structure."""
    trace = influence_trace(structure, spread) if isinstance(spread, list) else test_trace(structure, spread)
    return NotAvailable("the information of the structural part is singular") if trace is None else trace


def _refuse_for_products(options: FitOptions) -> None:
    if options.cluster or options.weights:
        raise EstimationError(
            "errors of products are not available with clusters or weights",
            place="option cluster" if options.cluster else "option weights",
            cure="Use product indicators (cm.product_indicators) with cm.sem",
            code="products-clustered",
        )
