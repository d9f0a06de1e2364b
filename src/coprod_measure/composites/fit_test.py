"""How far items' correlations are from those of the model: bootstrap tests of exact fit, and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import options_of, share, spelled, whole_number
from coprod_measure.composites.draws import Piece, in_pieces, resampled
from coprod_measure.composites.estimates import Estimates, Recipe, estimate
from coprod_measure.composites.quality import Fit, distances, fit_of, implied_items
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread, one_thread
from coprod_measure.workers import Where, Workers

MODELS = (("saturated", True), ("estimated", False))
INTERVALS = ("model", "measure", "value", "mean", "lower", "upper", "unusable")
COLUMNS = ("model", "measure", "value", "q95", "q99", "pvalue", "unusable")


@spelled(Where, Workers)
@on_one_thread
def fit_test(
    x: Floats, recipe: Recipe, sample: Estimates, draws: int = 1000, seed: int = 1, **where: Unpack[Where]
) -> pd.DataFrame | NotAvailable:
    r"""Compare SRMR, d_ULS and d_G with their distribution in a population that the model describes.

    Standardised items are turned by :math:`S^{-1/2} \Sigma^{1/2}`, so that their correlations are those of
    the model, and drawn with replacement (Beran & Srivastava 1985; Dijkstra & Henseler 2015).

    Parameters
    ----------
    x : (n, p) float
    **where
        See :class:`coprod_measure.workers.Workers`; the draws stay the same.

    Returns
    -------
    pandas.DataFrame or NotAvailable
        Columns :data:`COLUMNS`; models ``saturated`` and ``estimated``. ``unusable`` draws are left out.
    """
    why = untestable(x, recipe)
    if why is not None:
        return why
    if not sample.usable[0]:
        return NotAvailable("the estimates are not admissible")
    draws = whole_number("draws", draws, 100)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    turned, own = {}, {}
    for name, saturated in MODELS:
        sigma = implied_items(sample, recipe.plan.last, recipe.consistent, saturated)
        if np.linalg.eigvalsh(sigma[0]).min() <= 0.0:
            return NotAvailable("the model implies correlations that no answers can have")
        turned[name] = z @ _power(sample.r[0], -0.5) @ _power(sigma[0], 0.5)
        own[name] = fit_of(sample.r, sigma)
    drawn = _drawn(turned, recipe, draws, seed, where)
    rows = []
    for name, _ in MODELS:
        for measure in Fit.__slots__:
            value, chance = float(getattr(own[name], measure)[0]), drawn[name][measure]
            if len(chance) < draws / 2:
                return NotAvailable(f"{draws - len(chance)} of {draws} draws have no admissible solution")
            p = float((1 + (chance >= value).sum()) / (1 + len(chance)))
            q95, q99 = np.quantile(chance, [0.95, 0.99])
            rows.append((name, measure, value, q95, q99, p, draws - len(chance)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


@spelled(Where, Workers)
@on_one_thread
def fit_intervals(
    x: Floats,
    recipe: Recipe,
    sample: Estimates,
    draws: int = 1000,
    seed: int = 1,
    level: float = 0.95,
    **where: Unpack[Where],
) -> pd.DataFrame | NotAvailable:
    r"""Give intervals for the distances that the model has in the population.

    A draw is farther from its model than the sample by chance, as the sample is farther than the population:
    with :math:`q` the quantiles of the drawn squared distances, the population's lies between :math:`2d -
    q_{1-\alpha/2}` and :math:`2d - q_{\alpha/2}`, and not below 0 (basic bootstrap interval; Davison &
    Hinkley 1997, ch. 5). SRMR is the root of a multiple of d_ULS, and so are its limits.

    Parameters
    ----------
    x : (n, p) float
    **where
        See :class:`coprod_measure.workers.Workers`; the draws stay the same.

    Returns
    -------
    pandas.DataFrame or NotAvailable
        Columns :data:`INTERVALS`; ``mean`` is that of the draws, ``unusable`` ones left out.
    """
    why = no_distance(recipe, sample)
    if why is not None:
        return why
    draws, tails = whole_number("draws", draws, 100), (1.0 - share("level", level)) / 2.0
    drawn = _drawn(dict.fromkeys(dict(MODELS), x), recipe, draws, seed, where)
    rows = []
    for name, saturated in MODELS:
        own = distances(sample, recipe.plan.last, recipe.consistent, saturated)
        for measure in Fit.__slots__:
            value, chance = float(getattr(own, measure)[0]), drawn[name][measure]
            if len(chance) < draws / 2:
                return NotAvailable(f"{draws - len(chance)} of {draws} draws have no admissible solution")
            power = 2.0 if measure == "srmr" else 1.0
            low, high = np.quantile(chance**power, [tails, 1.0 - tails])
            limits = np.maximum([2.0 * value**power - high, 2.0 * value**power - low], 0.0) ** (1.0 / power)
            rows.append((name, measure, value, chance.mean(), *limits, draws - len(chance)))
    return pd.DataFrame(rows, columns=list(INTERVALS))


def _drawn(
    rows: Mapping[str, Floats], recipe: Recipe, draws: int, seed: int, where: Where
) -> dict[str, dict[str, Floats]]:
    """Draw rows with replacement, and give the distances of each model in the draws that have them."""
    measured = partial(_piece, rows, recipe, seed)
    found = in_pieces(draws, options_of(Workers, where), measured, dict, (recipe, seed, dict(rows)))
    return {
        name: {m: np.concatenate([one[name][m] for one in found]) for m in Fit.__slots__} for name in rows
    }


def _piece(rows: Mapping[str, Floats], recipe: Recipe, seed: int, piece: Piece) -> dict[str, Any]:
    """Measure some draws; of what cannot be estimated there is nothing."""
    found = {}
    # Intervals draw from the same rows for both models: these are estimated once.
    apart = {id(one): one for one in rows.values()}
    with one_thread():
        drawn = {key: estimate(one, resampled(len(one), seed, piece), recipe) for key, one in apart.items()}
        for name, saturated in MODELS:
            sample = drawn[id(rows[name])]
            one = distances(sample, recipe.plan.last, recipe.consistent, saturated)
            own = {measure: getattr(one, measure)[sample.usable] for measure in Fit.__slots__}
            found[name] = {measure: values[np.isfinite(values)].tolist() for measure, values in own.items()}
    return found


def no_distance(recipe: Recipe, sample: Estimates) -> NotAvailable | None:
    """Say why a model implies no correlations of its items."""
    columns = [column for block in recipe.plan.last.blocks for column in block]
    if len(set(columns)) < len(columns):
        return NotAvailable("items belong to two constructs")
    if recipe.plan.multiplies:
        return NotAvailable("products have no correlations that the model implies")
    return None if sample.usable[0] else NotAvailable("the estimates are not admissible")


def untestable(x: Floats, recipe: Recipe) -> NotAvailable | None:
    """Say why a model implies no correlations of its items that could be drawn from."""
    columns = [column for block in recipe.plan.last.blocks for column in block]
    if recipe.plan.derived:
        return NotAvailable(
            "products and scores of a first stage have no correlations that the model implies"
        )
    if len(set(columns)) < len(columns):
        return NotAvailable("items belong to two constructs")
    if not recipe.by_scores:
        return NotAvailable("ordered answers are not turned")
    if np.isnan(x).any():
        return NotAvailable("rows have missing answers")
    return None


def _power(matrix: Floats, exponent: float) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    found: Floats = (vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T
    return found
