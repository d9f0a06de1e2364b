"""Estimates that may be judged: those of a search that ended."""

from __future__ import annotations

from coprod_measure.errors import EstimationError
from coprod_measure.fitting.result import Fit


def settled(fit: Fit) -> Fit:
    """Hand a fit on whose search for estimates ended: what did not end is no estimate, whatever its p value.

    Raises
    ------
    EstimationError
        If it did not converge.
    """
    if fit.converged:
        return fit
    said = next((str(one) for one in fit.messages if "converge" in one), "estimation did not converge")
    raise EstimationError(
        said.partition(";")[0],
        cure="Collect more answers, or relate fewer constructs at once",
        code="no-convergence",
    )
