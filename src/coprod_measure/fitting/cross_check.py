"""Our estimates beside semopy's: two engines that share no line of code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.semopy_engine import semopy_estimates


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """Estimates of two engines side by side.

    Attributes
    ----------
    estimates : pandas.DataFrame
        ``lhs op rhs est est_semopy se se_semopy``.
    largest_difference : float
        Between estimates, relative where they exceed one.
    largest_error_difference : float
        The same for standard errors.
    """

    estimates: pd.DataFrame
    largest_difference: float
    largest_error_difference: float


def cross_check(
    model: str, data: pd.DataFrame, kind: Literal["sem", "cfa"] = "sem", **options: bool
) -> CrossCheck:
    """Fit by both engines and compare estimates and standard errors.

    Parameters
    ----------
    model : str
        In lavaan's syntax.
    data : pandas.DataFrame
        Complete data.
    kind : str
        Whose defaults to use.
    **options
        ``std_lv``, ``orthogonal``, ``fixed_x`` as for :func:`sem`.
    """
    fit = fit_model(kind, model, data, fit_options(dict(options)))
    theirs = semopy_estimates(fit)
    ours = fit.parameters.query("op != ':='").set_index(["lhs", "op", "rhs"])
    both = ours[["est", "se"]].join(
        theirs.rename(columns={"est": "est_semopy", "se": "se_semopy"}), how="inner"
    )
    free = both[both["se"] > 0]
    return CrossCheck(
        free.reset_index(),
        _largest(free["est"], free["est_semopy"]),
        _largest(free["se"], free["se_semopy"]),
    )


def _largest(ours: pd.Series, theirs: pd.Series) -> float:
    return float(((ours - theirs).abs() / ours.abs().clip(lower=1.0)).max())
