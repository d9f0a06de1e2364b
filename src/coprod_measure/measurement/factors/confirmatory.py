"""Confirmatory factor analysis of an instrument: its own measurement model, fitted and taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from coprod_measure.errors import EstimationError, MeasurementError, ModelError, NotAvailable
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.normality import Mardia, mardia
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.sampling import Data, modelled, one_row
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

LOADING_COLUMNS = ("construct", "item", "est", "se", "z", "pvalue", "std", "std_se", "r_squared")
RESIDUAL_COLUMNS = ("item_1", "item_2", "residual", "z")
MOST_INDICES = 15
_NOT_LOOKED_AT = NotAvailable("it was not computed")
LARGE_RESIDUAL = 0.10
"""Absolute residual correlation that reviewers ask to see (Kline 2016, ch. 12)."""


@dataclass(frozen=True, slots=True, repr=False)
class Confirmatory(Shown):
    """A fitted measurement model.

    Attributes
    ----------
    model : str
        Its syntax.
    parameters : pandas.DataFrame
        ``lhs op rhs group label est se z pvalue ci_lower ci_upper std_lv std_all``.
    loadings : pandas.DataFrame
        One row a loading (:data:`LOADING_COLUMNS`); ``std`` is the standardised loading, ``std_se`` its
        standard error by the delta method (NaN where it has none), ``r_squared`` its
        square where the item loads on one factor.
    fit_measures : pandas.Series
        lavaan's names with ``_`` for ``.``; scaled and robust forms where the estimator has them.
    why_missing : dict
        Fit measure to the reason why it is absent.
    latent_correlations : pandas.DataFrame, shape (k, k)
    latent_errors : pandas.DataFrame, shape (k, k)
        Standard errors of the correlations, 0 on the diagonal.
    residual_correlations : pandas.DataFrame, shape (p, p)
        Observed minus implied correlations.
    large_residuals : pandas.DataFrame
        Pairs beyond :data:`LARGE_RESIDUAL`, largest first (:data:`RESIDUAL_COLUMNS`); ``z`` is the residual
        over its standard error, NaN where it has none.
    unavailable : dict
        Constructs left out of the model, with the reason.
    modification_indices : pandas.DataFrame
        The largest, as ``Fit.modification_indices`` (:data:`MOST_INDICES` at most).
    normality : Mardia or NotAvailable
        Of the items.
    script : str
        For R: fits the model with lavaan to the items in ``data.csv``; empty where it has none.
    """

    model: str
    parameters: pd.DataFrame
    loadings: pd.DataFrame
    fit_measures: pd.Series
    why_missing: dict[str, str]
    latent_correlations: pd.DataFrame
    latent_errors: pd.DataFrame
    residual_correlations: pd.DataFrame
    large_residuals: pd.DataFrame
    unavailable: dict[str, NotAvailable]
    n: int
    estimator: str
    missing: str
    converged: bool
    admissible: bool
    identified: bool
    messages: tuple[str, ...] = ()
    modification_indices: pd.DataFrame = field(default_factory=pd.DataFrame)
    normality: Mardia | NotAvailable = _NOT_LOOKED_AT
    script: str = ""

    def table(self) -> pd.DataFrame:
        """One row a loading; columns :data:`LOADING_COLUMNS`."""
        return self.loadings.copy()


def confirmatory(
    data: Data,
    constructs: Constructs | None = None,
    *,
    model: str | None = None,
    estimator: str = "ML",
    missing: str = "listwise",
    ordered: Sequence[str] = (),
) -> Confirmatory:
    """Fit the model in which each item loads on its own construct and all constructs correlate.

    Composites are left out: their items are not reflections of one cause. A construct of a single item enters
    as that item without error.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    model : str, optional
        Model syntax to fit instead.
    estimator, missing, ordered
        See :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    CoprodError
        If there is no reflective construct of two items or more, or the model cannot be estimated.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.confirmatory(bfi, traits).table()[["item", "std"]].round(2).head(2).to_numpy().tolist()
    [['E3', 0.71], ['E4', 0.55]]
    """
    data = one_row(data)
    fit, unavailable = fit_constructs(
        data, constructs, model=model, estimator=estimator, missing=missing, ordered=ordered
    )
    found = taken_apart(fit, unavailable)
    answers = modelled(data)[1][list(dict.fromkeys(found.loadings["item"]))]
    return replace(
        found,
        modification_indices=largest_indices(fit),
        normality=mardia(answers) if not ordered else NotAvailable("ordered answers are not normal"),
        script=script_of(fit),
    )


def fit_constructs(
    data: Data,
    constructs: Constructs | None = None,
    *,
    model: str | None = None,
    estimator: str = "ML",
    missing: str = "listwise",
    ordered: Sequence[str] = (),
) -> tuple[Fit, dict[str, NotAvailable]]:
    """Fit the model of :func:`confirmatory`, and say of the constructs that are not in it why."""
    answers, frame, sampling = modelled(data)
    unavailable: dict[str, NotAvailable] = {}
    if model is None:
        kept, unavailable = fit_for_a_model(item_sets(answers, constructs))
        model = measurement_model({one.construct: one.items for one in kept})
    fit = cfa(
        model,
        frame,
        estimator=estimator,
        missing=missing,
        ordered=tuple(ordered),
        cluster=sampling.get("cluster"),
        weights=sampling.get("weights"),
    )
    return fit, unavailable


def script_of(fit: Fit) -> str:
    """Write the script that fits the model with lavaan to ``data.csv``; empty where lavaan has none."""
    try:
        return fit.to_lavaan()
    except ModelError:
        return ""


def largest_indices(fit: Fit) -> pd.DataFrame:
    """Give the modification indices that are significant by themselves, the largest of them."""
    if not fit.converged:
        return pd.DataFrame()
    try:
        return fit.modification_indices(minimum=float(chi2.isf(0.05, 1))).head(MOST_INDICES)
    except EstimationError:
        return pd.DataFrame()


def measurement_model(constructs: Mapping[str, Sequence[str]]) -> str:
    """Write the syntax in which every item loads on its own construct only.

    Raises
    ------
    MeasurementError
        If a construct has the name of an item.
    """
    items = {item for own in constructs.values() for item in own}
    both = [name for name in constructs if name in items]
    if both:
        cure = "Rename the construct"
        raise MeasurementError(f"{both[0]!r} is a construct and an item", cure=cure, code="name-collision")
    return loadings(constructs)


def loadings(factors: Mapping[str, Sequence[str]]) -> str:
    """Write one formula a factor; what loads on it may be factors of their own."""
    return "\n".join(formula(name, "=~", *own) for name, own in factors.items())


def taken_apart(fit: Fit, unavailable: dict[str, NotAvailable] | None = None) -> Confirmatory:
    """Collect what reviewers ask for from a fit of one group."""
    parameters = fit.parameters
    latent, errors = latent_correlations(fit)
    residuals = residual_correlations(fit)
    return Confirmatory(
        model=fit.request.model,
        parameters=parameters,
        loadings=loadings_of(parameters, fit.standardized()),
        fit_measures=fit.fit_measures,
        why_missing=dict(fit.why_missing),
        latent_correlations=latent,
        latent_errors=errors,
        residual_correlations=residuals,
        large_residuals=pairs_left(residuals, fit),
        unavailable=unavailable or {},
        n=fit.n,
        estimator=str(fit.options.estimator or "ML"),
        missing=fit.options.missing,
        converged=fit.converged,
        admissible=fit.admissible,
        identified=fit.identified,
        messages=tuple(fit.messages),
    )


def latent_correlations(fit: Fit, group: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correlations of the latent variables of one group, and their standard errors.

    Returns
    -------
    pandas.DataFrame, pandas.DataFrame
        Both of shape (k, k); an error that is not available is NaN.
    """
    matrices = fit.solution.model.groups[group]
    names = list(matrices.latent[: matrices.n_latent])
    v = fit.implied[group].v[: len(names), : len(names)]
    scale = np.sqrt(np.diagonal(v))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = pd.DataFrame(v / np.outer(scale, scale), index=names, columns=names)
    errors = pd.DataFrame(np.where(np.eye(len(v), dtype=bool), 0.0, np.nan), index=names, columns=names)
    standardized = fit.standardized()
    rows = standardized[(standardized["op"] == "~~") & standardized["lhs"].isin(names)]
    rows = rows[rows["group"] == group + 1]
    for row in rows.itertuples():
        if row.rhs in names and row.lhs != row.rhs:
            errors.loc[row.lhs, row.rhs] = errors.loc[row.rhs, row.lhs] = row.se
    return values, errors


def residual_correlations(fit: Fit, group: int = 0) -> pd.DataFrame:
    """Observed minus implied correlations (Bollen 1989, p. 257), shape (p, p)."""
    names = list(fit.solution.model.groups[group].observed)
    observed = _correlations(fit.solution.sample.groups[group].cov)
    implied = _correlations(fit.implied[group].sigma)
    return pd.DataFrame(observed - implied, index=names, columns=names)


def fit_for_a_model(sets: Sequence[ItemSet]) -> tuple[list[ItemSet], dict[str, NotAvailable]]:
    """Keep what is reflective, and say why the rest is left out."""
    kept, unavailable = [], {}
    for one in sets:
        if one.measurement != "reflective":
            unavailable[one.construct] = NotAvailable(
                f"measured as {one.measurement}: its items are not reflections of one cause"
            )
        else:
            kept.append(one)
    if not any(len(one.items) > 1 for one in kept):
        raise MeasurementError(
            "no reflective construct has two items or more",
            cure="A confirmatory factor analysis needs constructs of several items",
            code="no-factors",
        )
    return kept, unavailable


def loadings_of(parameters: pd.DataFrame, standardized: pd.DataFrame) -> pd.DataFrame:
    """Give one row a loading (:data:`LOADING_COLUMNS`).

    ``standardized``: with the errors of the standardised solution.
    """
    rows, errors = (frame[frame["op"] == "=~"] for frame in (parameters, standardized))
    by_name = {(row.lhs, row.rhs): row.se for row in errors.itertuples() if row.se > 0}
    table = pd.DataFrame(
        {
            "construct": rows["lhs"].to_numpy(),
            "item": rows["rhs"].to_numpy(),
            **{name: rows[name].to_numpy() for name in ("est", "se", "z", "pvalue")},
            "std": rows["std_all"].to_numpy(),
            "std_se": [by_name.get(pair, np.nan) for pair in zip(rows["lhs"], rows["rhs"], strict=True)],
            "r_squared": rows["std_all"].to_numpy() ** 2,
        },
        columns=list(LOADING_COLUMNS),
    )
    table.loc[table["item"].duplicated(keep=False), "r_squared"] = np.nan
    return table


def pairs_left(residuals: pd.DataFrame, fit: Fit | None = None) -> pd.DataFrame:
    """Name the pairs of items whose residual correlation is large, with their z if there is a fit."""
    values, names = residuals.to_numpy(), list(residuals.columns)
    pairs = [
        (names[j], names[i], float(values[i, j]))
        for i, j in zip(*np.tril_indices(len(names), -1), strict=True)
        if abs(values[i, j]) > LARGE_RESIDUAL
    ]
    pairs.sort(key=lambda pair: -abs(pair[2]))
    z = _residual_z(fit) if fit is not None and pairs else {}
    rows = [(*pair, z.get(frozenset(pair[:2]), np.nan)) for pair in pairs]
    return pd.DataFrame(rows, columns=list(RESIDUAL_COLUMNS))


def _residual_z(fit: Fit, group: int = 1) -> dict[frozenset[str], float]:
    try:
        rows = fit.residuals("standardized").query("op == '~~' and group == @group")
    except EstimationError:
        return {}
    return {frozenset(pair): z for *pair, z in rows[["lhs", "rhs", "residual"]].itertuples(index=False)}


def _correlations(S: Array) -> Array:
    scale = np.sqrt(np.diagonal(S))
    return np.asarray(S / np.outer(scale, scale))


def examine_ordered(x: Examination) -> Confirmatory:
    """Compute the part ``ordinal_model``: WLSMV, beside the model that takes answers for quantities."""
    sets = [one for one in item_sets(x.clean, x.modelled) if one.measurement == "reflective"]
    items = [item for one in sets for item in one.items]
    members = {one.construct: one.items for one in sets}
    missing = x.options.missing_ordered
    found = confirmatory(x.clean, members, estimator="WLSMV", missing=missing, ordered=items)
    if missing == "listwise":
        return found
    seen = x.clean.frame[items].notna().to_numpy(dtype=int)
    both = (seen.T @ seen)[np.tril_indices(len(items), -1)]
    words = (
        f"each correlation rests on those who answered both items: {both.min()} to {both.max()} respondents"
    )
    return replace(found, messages=(words, *found.messages))
