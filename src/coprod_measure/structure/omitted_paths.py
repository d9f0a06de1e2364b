"""What a structural model leaves out: its test against free covariances, and the paths it misses most."""

from __future__ import annotations

import pandas as pd
from scipy.stats import chi2

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.fitting.best_measures import comparable
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.two_step.sam_fit import SamFit
from coprod_measure.structure.path_models import PathModel
from coprod_measure.structure.structural_fit import OMITTED_COLUMNS, OmittedPaths

LARGEST = 5
"""Omitted paths that are named at most."""


def omitted_paths(
    model: PathModel, fit: Fit, data: pd.DataFrame, *, level: float = 0.05
) -> OmittedPaths | NotAvailable:
    """Compare a structural model with one in which all its variables covary freely.

    Parameters
    ----------
    fit : Fit
        Of its syntax.
    data : pandas.DataFrame
        What it was fitted to.
    level : float
        Significance level of the paths that are named, after Holm's adjustment.

    Returns
    -------
    OmittedPaths or NotAvailable
        Or the reason why there is none.

    Notes
    -----
    Anderson and Gerbing (1988), Psychological Bulletin 103, 411-423: the theory's structural model against
    the measurement model. The paths are those of the largest modification indices (Sorbom 1989), of the
    direction that the order of the variables allows.
    """
    options = fit.options
    if not fit.converged:
        return NotAvailable("the model did not converge")
    if isinstance(fit, SamFit):
        return _in_two_steps(model, fit, level)
    try:
        free = fit_model("sem", model.unrestricted_syntax, data, options)
        if not free.converged:
            return NotAvailable("the model in which all variables covary did not converge")
        if fit.df == free.df:
            return NotAvailable("the model relates all its variables")
        difference = fit.compare(free)
    except CoprodError as problem:
        return NotAvailable(problem.in_one_line)
    cfi, cfi_free = comparable([fit.measures, free.measures], "cfi")
    return OmittedPaths(
        delta_chisq=difference.statistic,
        delta_df=difference.df,
        pvalue=difference.pvalue,
        cfi=cfi,
        cfi_unrestricted=cfi_free,
        paths=_largest(model, fit, level),
    )


def _in_two_steps(model: PathModel, fit: SamFit, level: float) -> OmittedPaths | NotAvailable:
    """Read the test of the structure, which is against freely covarying variables already."""
    test = fit.test
    if test.df <= 0:
        return NotAvailable("the model relates all its variables")
    return OmittedPaths(
        delta_chisq=test.value,
        delta_df=test.df,
        pvalue=test.pvalue,
        cfi=float(fit.fit_measures["cfi"]),
        cfi_unrestricted=1.0,
        paths=_largest(model, fit, level),
    )


def _largest(model: PathModel, fit: Fit, level: float) -> pd.DataFrame:
    """Paths from earlier to later variables that the model lacks and the answers ask for."""
    order = {variable.id: k for k, variable in enumerate(model.variables)}
    related = {frozenset(pair) for pair in (*model.paths, *model.covariances)}
    found = fit.modification_indices()
    asked = [
        op == "~"
        and lhs in order
        and rhs in order
        and order[rhs] < order[lhs]
        and frozenset((lhs, rhs)) not in related
        for lhs, op, rhs in zip(found["lhs"], found["op"], found["rhs"], strict=True)
    ]
    paths = found[asked].rename(columns={"rhs": "source", "lhs": "target", "sepc_all": "std"})
    paths["pvalue_adjusted"] = holm(chi2.sf(paths["mi"], 1))
    wanted = paths[paths["pvalue_adjusted"] < level].head(LARGEST)
    return wanted[list(OMITTED_COLUMNS)].reset_index(drop=True)
