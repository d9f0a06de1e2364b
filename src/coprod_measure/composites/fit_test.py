"""Whether the items' correlations are those of the model: bootstrap tests of exact fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.arguments import whole_number
from coprod_measure.composites.estimates import Estimates, Recipe, estimate
from coprod_measure.composites.quality import Fit, fit_of, implied_items
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread

CHUNK = 250
COLUMNS = ("model", "measure", "value", "q95", "q99", "pvalue", "unusable")


@on_one_thread
def fit_test(
    x: Floats, recipe: Recipe, sample: Estimates, draws: int = 1000, seed: int = 1
) -> pd.DataFrame | NotAvailable:
    r"""Compare SRMR, d_ULS and d_G with their distribution in a population that the model describes.

    Standardised items are turned by :math:`S^{-1/2} \Sigma^{1/2}`, so that their correlations are those of
    the model, and drawn with replacement (Beran & Srivastava 1985; Dijkstra & Henseler 2015).

    Parameters
    ----------
    x : (n, p) float

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
    design, n = recipe.plan.last, len(x)
    draws = whole_number("draws", draws, 100)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    rows = []
    for name, saturated in (("saturated", True), ("estimated", False)):
        sigma = implied_items(sample, design, recipe.consistent, saturated)
        if np.linalg.eigvalsh(sigma[0]).min() <= 0.0:
            return NotAvailable("the model implies correlations that no answers can have")
        turned = z @ _power(sample.r[0], -0.5) @ _power(sigma[0], 0.5)
        rng = np.random.default_rng(seed)
        parts, left_out = [], 0
        for start in range(0, draws, CHUNK):
            counts = rng.multinomial(n, np.full(n, 1.0 / n), min(CHUNK, draws - start)).astype(float)
            found = estimate(turned, counts, recipe)
            implied = implied_items(found, design, recipe.consistent, saturated)
            parts.append(fit_of(found.r[found.usable], implied[found.usable]))
            left_out += int((~found.usable).sum())
        own = fit_of(sample.r, sigma)
        for measure in Fit.__slots__:
            value = float(getattr(own, measure)[0])
            chance = np.concatenate([getattr(part, measure) for part in parts])
            chance = chance[np.isfinite(chance)]
            if len(chance) < draws / 2:
                return NotAvailable(f"{draws - len(chance)} of {draws} draws have no admissible solution")
            p = float((1 + (chance >= value).sum()) / (1 + len(chance)))
            q95, q99 = np.quantile(chance, [0.95, 0.99])
            rows.append((name, measure, value, q95, q99, p, left_out))
    return pd.DataFrame(rows, columns=list(COLUMNS))


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
