"""Fit the models behind claims: in one step, or structural after measurement where they are large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import amended
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.settled import settled
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.structure.evidence import Context

MOST_IN_ONE_STEP = 30
"""Constructs up to which measurement and structure are estimated together."""
_BY_LIKELIHOOD = ("ML", "MLR")


def in_two_steps(constructs: int, context: Context) -> bool:
    """Whether a model is fitted structural after measurement."""
    if context.fit is None or context.fit.name not in _BY_LIKELIHOOD:
        return False
    return context.method == "sam" or (context.method == "auto" and constructs > MOST_IN_ONE_STEP)


def fit_structure(
    syntax: str,
    data: pd.DataFrame,
    context: Context,
    constructs: Sequence[str],
    sampling: Mapping[str, Any] | None = None,
) -> Fit:
    """Fit a structural model.

    Parameters
    ----------
    context : Context
        Its method and options.
    constructs : sequence of str
        Variables of the structure.
    sampling : mapping, optional
        Clusters and weights, as options of a fit.

    Raises
    ------
    EstimationError
        If it did not converge.
    """
    if context.fit is None:
        raise ValueError("a study that is only checked fits no model")
    options = amended(context.fit, **(sampling or {}))
    if not in_two_steps(len(constructs), context):
        return settled(fit_model("sem", syntax, data, options))
    many = len(constructs) > MOST_IN_ONE_STEP
    if many and options.missing == "listwise":
        # Of complete answers the estimates are the same, and the errors hold for many causes.
        data = data.dropna()
    fit = sam(
        syntax,
        data,
        missing="fiml" if many else options.missing,
        moments="factors" if many else None,
        fixed_x=options.fixed_x,
        cluster=options.cluster,
        weights=options.weights,
        se="twostep_robust" if options.name == "MLR" else None,
    )
    settled(fit)
    return fit
