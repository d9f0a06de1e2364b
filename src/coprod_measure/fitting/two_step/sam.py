"""`sam`: structural after measurement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.errors import ModelError
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.specification.syntax import ModelText, parse_model
from coprod_measure.estimation.specification.variables import Variables, classify
from coprod_measure.estimation.two_step.estimate import measure
from coprod_measure.estimation.two_step.parts import split
from coprod_measure.fitting.data import Dataset, read_data
from coprod_measure.fitting.models import build_table
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.request import FitRequest
from coprod_measure.fitting.sample import build_discrepancy, sample_moments
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.two_step.options import SamKeywords, SamOptions, sam_options
from coprod_measure.fitting.two_step.sam_fit import SamFit
from coprod_measure.fitting.two_step.second_step import SecondSteps
from coprod_measure.frames import takes_frame


@spelled(SamKeywords, SamOptions, FitOptions)
@takes_frame
def sam(model: str, data: pd.DataFrame, **options: Unpack[SamKeywords]) -> SamFit:
    """Fit a model in two steps: measurement block by block, then the structure of the latent variables.

    A mistake in one block does not spread to the rest, small samples and hundreds of constructs are no
    obstacle, and products of latent variables (``y ~ x + z + x:z``, ``x:x``) are possible.

    Parameters
    ----------
    model : str
        In lavaan's syntax.
    data : pandas.DataFrame
        One row a respondent.
    **options
        See :class:`.options.SamOptions`, and of :class:`coprod_measure.fitting.options.FitOptions`
        ``missing group group_equal group_partial mean_structure fixed_x std_lv orthogonal cluster weights``.

    Returns
    -------
    SamFit
        As of :func:`coprod_measure.sem`, with ``.blocks``, ``.reliability`` and ``.latent_covariance``; tests
        and fit measures are those of the structural part.

    Raises
    ------
    ModelError
        If the model cannot be cut into measurement and structure, or an option is wrong.
    DataError
        If the data cannot be analysed.
    EstimationError
        If a block does not converge or is not identified.

    References
    ----------
    Rosseel, Y., & Loh, W. W. (2024). A structural after measurement approach to structural equation modeling.
    Psychological Methods, 29(3), 561-588.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> draw = np.random.default_rng(1).standard_normal((300, 8))
    >>> f = draw[:, [0]]
    >>> g = 0.5 * f + draw[:, [1]]
    >>> data = pd.DataFrame(np.hstack([f + draw[:, 2:5], g + draw[:, 5:8]]), columns=list("abcxyz"))
    >>> fit = cm.sam("f =~ a + b + c; g =~ x + y + z; g ~ f", data)
    >>> fit.converged
    True
    """
    own, general = sam_options(dict(options))
    text = parse_model(model)
    variables = classify(text.formulas)
    if variables.ordered:
        raise ModelError(
            f"{', '.join(variables.ordered)} have thresholds: ordered variables need one step",
            place="model",
            cure='Use cm.sem with estimator="WLSMV"',
            code="not-in-two-steps",
        )
    if variables.blocks:
        cause = f"the exploratory block {variables.blocks[0].name} is rotated with its structure, in one step"
        raise ModelError(cause, place="model", cure="Use cm.sem", code="not-in-two-steps")
    products = latent_products(text, variables)
    observed = tuple(name for name in variables.observed if name not in products)
    exogenous = tuple(name for name in variables.exogenous if name not in products)
    needed = exogenous if general.missing == "fiml" and general.fixed_x else ()
    dataset = read_data(data, observed, general, (), needed)
    if dataset.summarised:
        raise ModelError("moments are no answers", place="data", cure="Hand over a data frame")
    return sam_fit(FitRequest("sam", model, general, text, dataset), own, products)


def latent_products(text: ModelText, variables: Variables) -> tuple[str, ...]:
    """Products in a model of which a factor is part, each once.

    Raises
    ------
    ModelError
        If a factor of a product has no place in the model, or something explains a product.
    """
    latent = set(variables.latent)
    found = {
        name: f.place
        for f in text.formulas
        for name in (f.lhs, f.rhs)
        if ":" in name and latent.intersection(name.split(":"))
    }
    names = latent | set(variables.observed)
    explained = {f.lhs for f in text.formulas if f.op in ("~", "=~", "<~")}
    for name, place in found.items():
        if unknown := [part for part in name.split(":") if part not in names]:
            cure = f"Add {unknown[0]} to the equation"
            raise ModelError(
                f"{unknown[0]!r} of the product {name} is not in the model", place=place, cure=cure
            )
        if name in explained:
            raise ModelError(
                f"the product {name} cannot be explained", place=place, cure="Let it explain others"
            )
    return tuple(found)


def sam_fit(request: FitRequest, own: SamOptions, products: tuple[str, ...]) -> SamFit:
    """Fit what is already read and checked."""
    options = request.options
    if products and options.mean_structure is None:
        options = replace(options, mean_structure=True)
    table = build_table("sem", request.text, request.data, options)
    whole = with_products(table, products)
    parts = split(whole, own.blocks)
    with one_thread():
        blocks = measure(
            parts,
            _block_samples(request.data, options, table),
            lambda sample, model: build_discrepancy(sample, options, model),
        )
        steps = SecondSteps(request.data, options, own, blocks)
        found = steps.fit(parts, with_observed(table, products))
        loose = None
        if parts.unit:
            loose = steps.fit(split(whole, own.blocks, scaled=False), with_observed(table, products))
    return SamFit(replace(request, options=options), own, found, loose)


def with_products(table: ParameterTable, products: tuple[str, ...]) -> ParameterTable:
    """Make products latent variables without items, with free moments."""
    if not products:
        return table
    rows = tuple(
        replace(row, free=True, exogenous=False, value=math.nan, key=row.key or f"{row.name}.g{row.group}")
        if row.exogenous and (row.lhs in products or row.rhs in products)
        else row
        for row in table.rows
    )
    v = table.variables
    variables = replace(
        v,
        latent=(*v.latent, *products),
        observed=tuple(name for name in v.observed if name not in products),
        exogenous=tuple(name for name in v.exogenous if name not in products),
    )
    return replace(table, rows=rows, variables=variables)


def with_observed(table: ParameterTable, products: tuple[str, ...]) -> ParameterTable:
    """Leave the rows of products out: what is left speaks of columns of the data."""
    rows = tuple(row for row in table.rows if row.lhs not in products and row.rhs not in products)
    return replace(with_products(table, products), rows=rows)


def _block_samples(
    data: Dataset, options: FitOptions, table: ParameterTable
) -> Callable[[tuple[int, ...]], SampleMoments]:
    def sample_of(columns: tuple[int, ...]) -> SampleMoments:
        some = list(columns)
        groups = tuple(replace(group, answers=group.answers[:, some]) for group in data.groups)
        own = replace(data, names=tuple(data.names[k] for k in some), groups=groups)
        return sample_moments(own, options, replace(table, rows=()))

    return sample_of
