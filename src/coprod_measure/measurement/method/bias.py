"""Signs of method variance that need no marker: one factor, collinearity, an unmeasured method factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.estimation.model.standardize import standardize
from coprod_measure.estimation.specification.writing import formula, unused
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.differences import difference
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import latent_correlations, measurement_model
from coprod_measure.measurement.factors.correlations import correlations
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.method.path_changes import NOT_ASKED, path_changes
from coprod_measure.measurement.sampling import Data, modelled, one_row
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

COLLINEARITY_COLUMNS = ("construct", "vif", "above_3_3")
METHOD_COLUMNS = ("construct", "trait", "method", "method_se")
METHOD = "method"
VIF_LIMIT = 3.3
"""Full collinearity above which method variance is suspected (Kock 2015)."""
SINGULAR = 1e-6
"""Smallest eigenvalue of latent correlations whose inverse still means something."""


_Improvement = tuple[float | NotAvailable, float, float | NotAvailable]


@dataclass(frozen=True, slots=True, repr=False)
class MethodBias(Shown):
    """What can be said about method variance without a marker.

    Attributes
    ----------
    harman : float
        Share of the items' variance on the first unrotated principal component. It is no evidence: it misses
        strong method variance and blames strong constructs (Podsakoff et al. 2003); reviewers ask for it.
    collinearity : pandas.DataFrame or NotAvailable
        One row a construct (:data:`COLLINEARITY_COLUMNS`), from latent correlations.
    method_factor : pandas.DataFrame or NotAvailable
        One row a construct (:data:`METHOD_COLUMNS`): mean share of item variance on the construct and on an
        uncorrelated factor of all items, with the delta-method error of the latter (NaN where it has none).
    delta_chisq, pvalue : float or NotAvailable
        What the method factor improves, or why that is not known.
    delta_df : float
        Degrees of freedom that it takes, 0 where it could not be fitted.
    paths : pandas.DataFrame or NotAvailable
        ``lhs rhs baseline method method_ci_lower method_ci_upper``: standardised structural paths without
        and with the method factor, and 95 % intervals of the latter.
    """

    harman: float
    collinearity: pd.DataFrame | NotAvailable
    method_factor: pd.DataFrame | NotAvailable
    delta_chisq: float | NotAvailable
    delta_df: float
    pvalue: float | NotAvailable
    paths: pd.DataFrame | NotAvailable = NOT_ASKED
    messages: tuple[str, ...] = ()
    estimator: str = "ML"

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`COLLINEARITY_COLUMNS`; no rows where it is not available."""
        if isinstance(self.collinearity, NotAvailable):
            return pd.DataFrame(columns=list(COLLINEARITY_COLUMNS))
        return self.collinearity.copy()


def method_bias(
    data: Data,
    constructs: Constructs | None = None,
    *,
    structure: str = "",
    estimator: str = "ML",
    missing: str = "listwise",
) -> MethodBias:
    """Look for method variance without a marker.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    structure : str
        Regressions among the constructs in model syntax, to see what the method factor does to them.
    estimator, missing
        See :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    CoprodError
        If fewer than two reflective constructs have two items, or their model cannot be fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.method_bias(bfi, traits).table()["vif"].round(1).tolist()
    [1.0, 1.0]
    """
    data = one_row(data)
    answers, frame, sampling = modelled(data)
    sets = [
        one
        for one in item_sets(answers, constructs)
        if one.measurement == "reflective" and len(one.items) > 1
    ]
    members = {one.construct: one.items for one in sets}
    if len(members) < 2:
        raise MeasurementError("fewer than two reflective constructs have two items or more")
    items = [item for group in members.values() for item in group]
    text = measurement_model(members)
    fitting = {"estimator": estimator, "missing": missing, **sampling}
    fit = cfa(text, frame, std_lv=True, **fitting)  # type: ignore[arg-type]
    phi, _ = latent_correlations(fit)
    factor, (delta, df, pvalue), messages = _method_factor(members, frame, fitting, fit)
    return MethodBias(
        harman=harman_share(correlations(data, items).matrix),
        collinearity=_collinearity(phi),
        method_factor=factor,
        delta_chisq=delta,
        delta_df=df,
        pvalue=pvalue,
        paths=factor
        if isinstance(factor, NotAvailable)
        else path_changes(
            {"baseline": text, "method": with_method(members)},
            structure,
            list(members),
            method_of(members),
            frame,
            fitting,
        ),
        messages=(*fit.messages, *messages),
        estimator=estimator,
    )


def with_method(members: Mapping[str, Sequence[str]]) -> str:
    """Write the model in which all items load on an uncorrelated method factor too."""
    items = [item for own in members.values() for item in own]
    factor = method_of(members)
    apart = [formula(factor, "~~", ("0", name)) for name in members]
    return "\n".join([measurement_model(members), formula(factor, "=~", *items), *apart])


def method_of(members: Mapping[str, Sequence[str]]) -> str:
    """Name the method factor as no construct and no item is named."""
    return unused(METHOD, (*members, *(item for own in members.values() for item in own)))


def harman_share(R: Array) -> float:
    """Share of variance on the first principal component of a correlation matrix (Harman 1976)."""
    return float(np.linalg.eigvalsh(R)[-1] / len(R))


def variance_inflation(R: Array) -> Array:
    """Variance inflation factor of each variable given all others, ``diag(R^-1)``, shape (p,)."""
    return np.asarray(np.diagonal(np.linalg.inv(R)), dtype=np.float64)


def _collinearity(phi: pd.DataFrame) -> pd.DataFrame | NotAvailable:
    R = phi.to_numpy(dtype=float)
    if not np.isfinite(R).all() or np.linalg.eigvalsh(R)[0] < SINGULAR:
        return NotAvailable(
            "the latent correlations are not positive definite, so some constructs cannot be told apart"
        )
    vif = variance_inflation(R)
    return pd.DataFrame(
        {"construct": list(phi.columns), "vif": vif, "above_3_3": vif > VIF_LIMIT},
        columns=list(COLLINEARITY_COLUMNS),
    )


def _method_factor(
    members: dict[str, tuple[str, ...]], frame: pd.DataFrame, fitting: Mapping[str, Any], without: Fit
) -> tuple[pd.DataFrame | NotAvailable, _Improvement, list[str]]:
    if len(members) < 3:
        reason = "with fewer than three constructs a method factor cannot be told from their correlation"
        return _without_factor(reason)
    try:
        fit = cfa(with_method(members), frame, std_lv=True, **fitting)
    except CoprodError as problem:
        return _without_factor(problem.in_one_line)
    if not (fit.converged and fit.identified):
        return _without_factor("the model with a method factor did not converge or is not identified")
    messages = [f"method factor: {words}" for words in fit.messages if "left out" not in words]
    return _shares(fit, members), difference(without, fit), messages


def _without_factor(reason: str) -> tuple[NotAvailable, _Improvement, list[str]]:
    missing = NotAvailable(reason)
    return missing, (missing, 0.0, missing), []


def _shares(fit: Fit, members: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Average squared standardised loadings, with the error of the method's by the delta method."""
    solution = standardize(fit.solution.model, fit.solution.minimum.x, observed=True)
    place = {(row.lhs, row.rhs): k for k, row in enumerate(fit.solution.model.table.rows) if row.op == "=~"}
    covariance = fit.covariance_or_reason
    rows, factor = [], method_of(members)
    for name, items in members.items():
        trait = solution.rows[[place[name, item] for item in items]]
        at = [place[factor, item] for item in items]
        method = solution.rows[at]
        slopes = 2.0 * method @ solution.jacobian[at] / len(items)
        error = (
            float("nan")
            if isinstance(covariance, NotAvailable)
            else float(np.sqrt(slopes @ covariance @ slopes))
        )
        rows.append((name, float(np.mean(trait**2)), float(np.mean(method**2)), error))
    return pd.DataFrame(rows, columns=list(METHOD_COLUMNS))


def examine(x: Examination) -> MethodBias:
    """Compute the part ``method_bias``."""
    return method_bias(x.clean, x.modelled, structure=x.options.structure, **x.options.fitting)
