"""`sem`, `cfa`, `growth` and `lavaan`: model text and data in, a `Fit` out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.answer_codes import said_of_codes
from coprod_measure.arguments import spelled
from coprod_measure.errors import DataError, ModelError
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.solution.bounds import bounded
from coprod_measure.estimation.solution.estimate import Solution, estimate
from coprod_measure.estimation.solution.instrumental import instrumental_solution
from coprod_measure.estimation.solution.rotated_solution import rotated_estimate
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.composites import with_composites
from coprod_measure.estimation.specification.default_parameters import OF_GROWTH, OF_SEM
from coprod_measure.estimation.specification.levels import exogenous_names, variables_by_level
from coprod_measure.estimation.specification.parameter_table import GROUP_EQUAL, Defaults, ParameterTable
from coprod_measure.estimation.specification.random_slopes import with_slopes
from coprod_measure.estimation.specification.syntax import ModelText, parse_model
from coprod_measure.estimation.specification.variables import classify
from coprod_measure.fitting.data import Dataset, Moments, read_data
from coprod_measure.fitting.option_rules import fit_options, refuse_with_composites
from coprod_measure.fitting.options import ALL_OUTCOMES, FitKeywords, FitOptions, rotation_of
from coprod_measure.fitting.request import FitRequest, Kind
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.said_aloud import about_names, about_text, with_ordered_columns
from coprod_measure.fitting.sample import build_discrepancy, sample_moments
from coprod_measure.fitting.semopy_engine import refuse_for_semopy, semopy_minimum
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.two_level.fit import fit_two_level
from coprod_measure.fitting.two_level.options import two_level_options
from coprod_measure.fitting.two_level.sample import without_empty_rows
from coprod_measure.fitting.usable_moments import check_invertible

_AUTOMATIC = {"sem": OF_SEM, "cfa": OF_SEM, "growth": OF_GROWTH}


@spelled(FitKeywords, FitOptions)
def sem(model: str, data: pd.DataFrame | Moments, **options: Unpack[FitKeywords]) -> Fit:
    r"""Fit a structural equation model.

    Parameters
    ----------
    model : str
        In lavaan's syntax.
    data : pandas.DataFrame or Moments
        One row a respondent, or a covariance matrix with its sample size.
    **options
        See :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    ModelError
        If the model or an option is wrong.
    DataError
        If the data cannot be analysed.
    EstimationError
        If there is nothing to estimate from (singular moments).

    Examples
    --------
    >>> import coprod_measure as cm
    >>> import pandas as pd
    >>> names = ["effort", "fit", "loyalty"]
    >>> cov = pd.DataFrame([[1.0, 0.5, 0.3], [0.5, 1.0, 0.4], [0.3, 0.4, 1.0]], names, names)
    >>> fit = cm.sem("fit ~ a*effort\nloyalty ~ b*fit\nab := a*b", cm.Moments(cov, 200))
    >>> fit.parameters.query("op == ':='")[["label", "est", "se"]].round(3).values.tolist()
    [['ab', 0.2, 0.041]]
    >>> round(float(fit.fit_measures["chisq"]), 3), fit.df
    (3.2, 1)
    """
    return fit_model("sem", model, data, fit_options(dict(options)))


@spelled(FitKeywords, FitOptions)
def cfa(model: str, data: pd.DataFrame | Moments, **options: Unpack[FitKeywords]) -> Fit:
    r"""Fit a confirmatory factor model: marker variables, free latent covariances; see :func:`sem`.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> fit = cm.cfa("neuroticism =~ N1 + N2 + N3\nextraversion =~ E3 + E4 + E5", bfi)
    >>> fit.fit_measures[["chisq", "df", "cfi"]].round(2).tolist()
    [18.96, 8.0, 0.98]
    """
    return fit_model("cfa", model, data, fit_options(dict(options)))


@spelled(FitKeywords, FitOptions)
def growth(model: str, data: pd.DataFrame | Moments, **options: Unpack[FitKeywords]) -> Fit:
    r"""Fit a growth curve model: latent means free, intercepts fixed to zero; see :func:`sem`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> start, slope = rng.normal(5, 1, 300), rng.normal(0.5, 0.3, 300)
    >>> waves = {f"t{k}": start + k * slope + rng.normal(0, 0.5, 300) for k in range(3)}
    >>> fit = cm.growth("i =~ 1*t0 + 1*t1 + 1*t2\ns =~ 0*t0 + 1*t1 + 2*t2", pd.DataFrame(waves))
    >>> fit.parameters.query("op == '~1' and lhs in ['i', 's']")["est"].round(1).tolist()
    [4.9, 0.5]
    """
    return fit_model("growth", model, data, fit_options(dict(options)))


@spelled(FitKeywords, FitOptions)
def lavaan(model: str, data: pd.DataFrame | Moments, **options: Unpack[FitKeywords]) -> Fit:
    r"""Fit exactly the model that is written, as lavaan's ``lavaan()`` does; see :func:`sem`.

    Nothing is freed and no residual variance is added by itself, unless ``auto=`` names it: models with
    constrained residuals (random-intercept cross-lagged, latent change) need this door.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> moments = cm.Moments(pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], ["x", "y"], ["x", "y"]), 100)
    >>> fit = cm.lavaan("y ~ x\ny ~~ y", moments)
    >>> round(float(fit.parameters.est[0]), 3)
    0.5
    """
    return fit_model("lavaan", model, data, fit_options(dict(options)))


def fit_model(kind: Kind, model: str, data: pd.DataFrame | Moments, options: FitOptions) -> Fit:
    """Fit a model with options that are already checked."""
    if options.auto and kind != "lavaan":
        cure = "Leave it out, or call lavaan()"
        raise ModelError(f"{kind} has automatic parameters of its own", place="option auto", cure=cure)
    if options.engine == "semopy":
        refuse_for_semopy(kind, data, options)
    if options.correlation:
        # The scale of a variable is a parameter, so that no covariate is as it was found.
        options = replace(options, fixed_x=False)
    text = _read(model, options)
    within = variables_by_level(text.formulas)[0].observed if text.two_level else ()
    if within:
        options = two_level_options(options, data)
    if options.ordered == ALL_OUTCOMES:
        options = replace(options, ordered=classify(text.formulas).endogenous)
    variables = classify(text.formulas, options.ordered)
    if variables.ordered and not options.ordered:
        options = replace(options, ordered=variables.ordered)
    options, said = with_ordered_columns(data, variables, options)
    variables = classify(text.formulas, options.ordered) if said else variables
    said += about_names(data, variables, options)
    if options.group_equal == GROUP_EQUAL and not variables.ordered:
        options = replace(options, group_equal=tuple(one for one in GROUP_EQUAL if one != "thresholds"))
    if "thresholds" in options.group_equal and not variables.ordered:
        cure = 'Name the ordered variables in ordered=, or write "intercepts"'
        raise ModelError("there are no thresholds to hold equal", place="option group_equal", cure=cure)
    if options.ordered and not variables.ordered and variables.exogenous:
        cause = f"none of what is ordered ({', '.join(options.ordered)}) is an outcome or an indicator here"
        cure = "Leave ordered= out: covariates are taken as numbers"
        raise ModelError(cause, place="option ordered", cure=cure, code="nothing-ordered")
    # As in lavaan: full information is about the outcomes; fixed covariates must be known.
    needed = exogenous_names(text.formulas) if options.incomplete and options.fixed_x else ()
    dataset = read_data(data, variables.measured, options, variables.ordered, needed)
    if within:
        dataset = without_empty_rows(dataset, within)
    said += about_text(text, options, dataset.labels)
    codes = (said_of_codes(np.array(found), name) for name, found in dataset.categories.items())
    dataset = replace(dataset, messages=(*dataset.messages, *said, *chain.from_iterable(codes)))
    fit = fit_request(FitRequest(kind, model, options, text, dataset))
    if options.engine == "semopy":
        return Fit(fit.request, replace(fit.solution, minimum=semopy_minimum(fit)))
    return fit


def _read(model: str, options: FitOptions) -> ModelText:
    """Parse a model, with ``<~`` as the rules have it."""
    text = parse_model(model, levels=True)
    weighted = any(f.op == "<~" for f in text.formulas)
    if text.two_level and (weighted or any(f.efa for f in text.formulas)):
        cause = "exploratory blocks and composites are for models of one level"
        raise ModelError(cause, place="model", cure="Write f =~ ... in the levels", code="levels")
    if options.rotation in ("none", "promax") and any(f.efa for f in text.formulas):
        cause = f"blocks by efa() have exact errors, which a rotation by {options.rotation} has none of"
        cure = 'Use "geomin", "oblimin" or another, or cm.efa()'
        raise ModelError(cause, place="option rotation", cure=cure, code="rotation")
    if not weighted or options.lavaan == "0.6":
        return with_slopes(text)
    refuse_with_composites(options)
    return with_composites(text)


def refit(
    fit: Fit,
    *,
    group_equal: tuple[str, ...],
    group_partial: tuple[str, ...] = (),
    model: str = "",
    afresh: bool = True,
) -> Fit:
    """Fit the same model to the same data with other equalities over groups, starting from what is known.

    Parameters
    ----------
    fit : Fit
        By the native engine.
    group_equal, group_partial : tuple of str
        See :class:`coprod_measure.fitting.options.FitOptions`.
    model : str
        Where the text itself says what is equal: the text, of the same variables and thresholds.
    afresh : bool
        Whether to try other starting points where this one leads nowhere.
    """
    options = replace(fit.options, group_equal=group_equal, group_partial=group_partial)
    request = replace(fit.request, options=options)
    if model:
        request = replace(request, model=model, text=parse_model(model))
    return fit_request(request, near=fit, afresh=afresh)


def fit_request(request: FitRequest, near: Fit | None = None, *, afresh: bool = True) -> Fit:
    """Fit what is already read and checked; replicates start here.

    Parameters
    ----------
    near : Fit, optional
        Of a similar model on the same data, whose moments and estimates can be used again.
    afresh : bool
        Whether to try other starting points where those estimates lead nowhere.
    """
    options = request.options
    table = build_table(request.kind, request.text, request.data, options)
    if table.mean_structure and any(g.cov is not None and g.mean is None for g in request.data.groups):
        raise DataError("the model has means, but no means were given", place="moments", cure="Give means=")
    with one_thread():
        if table.levels:
            return fit_two_level(request, table)
        sample = sample_moments(request.data, options, table) if near is None else near.solution.sample
        if options.discrepancy in ("ML", "GLS") and options.missing == "listwise":
            labels = request.data.labels
            check_invertible(sample, table.variables.observed, labels)
        if options.bounds != "none":
            table = bounded(table, sample, options.bounds)
        if options.name == "MIIV":
            return Fit(request, instrumental_solution(table, sample))
        solution = _solved(request, table, sample, near, afresh=afresh)
    return Fit(request, solution, None if near is None else near.baseline)


def _solved(
    request: FitRequest,
    table: ParameterTable,
    sample: SampleMoments,
    near: Fit | None,
    *,
    afresh: bool = False,
) -> Solution:
    def discrepancy(model: Model) -> Discrepancy:
        return build_discrepancy(sample, request.options, model)

    known = None if near is None else near.solution
    if table.rotation is not None:
        return rotated_estimate(table, sample, discrepancy)
    return estimate(table, sample, discrepancy, known, afresh=afresh)


def fit_near(request: FitRequest, near: Fit) -> Fit:
    """Fit other answers with the table of a model that was fitted before, starting at its estimates."""
    table = near.solution.model.table
    with one_thread():
        sample = sample_moments(request.data, request.options, table)
        solution = _solved(request, table, sample, near)
    return Fit(request, solution)


def build_table(kind: Kind, text: ModelText, data: Dataset, options: FitOptions) -> ParameterTable:
    """Complete the parameter table by the defaults of ``sem``, ``cfa`` or ``growth``."""
    means = options.mean_structure
    needed = kind == "growth" or options.incomplete or bool(options.group or options.cluster)
    defaults = Defaults(
        mean_structure=(needed or "intercepts" in options.effect_coding) if means is None else means,
        automatic=_automatic(kind, options),
        std_lv=options.std_lv,
        orthogonal=options.orthogonal,
        effect_coding=options.effect_coding,
        correlation=options.correlation,
        rotation=rotation_of(options),
        fixed_x=options.fixed_x and (not options.least_squares or bool(options.ordered)),
        parameterization=options.parameterization,
        group_equal=_with_synonyms(options),
        group_partial=options.group_partial,
        thresholds_apart=options.lavaan != "0.6",
        n_thresholds={name: len(values) - 1 for name, values in data.categories.items()},
    )
    labels = data.labels
    table = parameter_table(text, defaults, n_groups=len(labels), group_labels=labels)
    _check_thresholds(table, data)
    return table


def _check_thresholds(table: ParameterTable, data: Dataset) -> None:
    """Refuse fewer or more thresholds than the answers have."""
    written = Counter(row.lhs for row in table.rows if row.op == "|")
    asked = {name: (len(values) - 1) * len(data.labels) for name, values in data.categories.items()}
    if lacking := [name for name, number in asked.items() if written[name] < number]:
        cause = f"{', '.join(lacking)} are ordered, and the model has not all of their thresholds"
        cure = f'Write {lacking[0]} | t1 + t2 + ..., or auto=("th", ...)'
        raise ModelError(cause, place="model", cure=cure, code="no-thresholds")
    for name, number in asked.items():
        if written[name] > number:
            known = len(data.categories[name])
            cause = f"{name} has {known} categories, and the model more than {known - 1} thresholds of it"
            raise ModelError(cause, place="model", cure=f"Leave t{known} out", code="thresholds")


def _automatic(kind: Kind, options: FitOptions) -> frozenset[str]:
    found = _AUTOMATIC.get(kind, frozenset(options.auto))
    if "loadings" in options.effect_coding:
        found -= {"fix_first"}
    return found | {"int_lv_free"} if "intercepts" in options.effect_coding else found


def _with_synonyms(options: FitOptions) -> tuple[str, ...]:
    """Hold thresholds of ordered and intercepts of continuous variables equal together, as lavaan 0.6 did."""
    asked, both = options.group_equal, ("thresholds", "intercepts")
    if options.lavaan != "0.6" or not options.ordered or not set(both) & set(asked):
        return asked
    return (*asked, *(kind for kind in both if kind not in asked))
