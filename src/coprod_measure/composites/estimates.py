"""From weights to loadings, paths and what follows from them, for many samples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.composites.model import Design, Plan
from coprod_measure.composites.moments import correlations, means_and_covariances
from coprod_measure.composites.weights import Rule, Weights, find_weights, regression
from coprod_measure.estimation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of B samples; J constructs, p columns.

    Attributes
    ----------
    r : (B, p, p) float
        Correlations of the columns.
    weights : Weights
    loadings : (B, p, J) float
        Own loadings, zero elsewhere; consistent ones for common factors when asked for.
    rho_a : (B, J) float
        Reliability of the composites; NaN where it has no meaning (Mode B, unit weights, one item).
    c : (B, J, J) float
        Correlations of the constructs, disattenuated when asked for.
    paths : (B, J, J) float
        Row acts on column; of standardised constructs.
    r2 : (B, J) float
        NaN for constructs that nothing acts on.
    total : (B, J, J) float
        Total effects, products in their own units.
    unit : (B, J) float
        Standard deviation of a product of standardised scores; 1 for other constructs.
    usable : (B,) bool
        Converged, and for consistent estimates admissible: reliabilities in (0, 1], no correlation beyond 1.
    """

    r: Floats
    weights: Weights
    loadings: Floats
    rho_a: Floats
    c: Floats
    paths: Floats
    r2: Floats
    total: Floats
    unit: Floats
    usable: NDArray[np.bool_]

    @property
    def slopes(self) -> Floats:
        """Paths with products of standardised scores in their own units."""
        return self.paths / self.unit[:, :, None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done with each sample."""

    plan: Plan
    rule: Rule
    consistent: bool = False
    em: bool = False


def estimate(x: Floats, counts: Floats, recipe: Recipe) -> Estimates:
    """Estimate the model in each sample.

    Parameters
    ----------
    x : (n, p) float
        Items; NaN where missing.
    counts : (B, n) float
        How often each sample holds each row.
    recipe : Recipe
    """
    plan = recipe.plan
    mean, cov = means_and_covariances(x, counts, recipe.em)
    first = find_weights(correlations(cov), plan.first, recipe.rule)
    if plan.second is None:
        return of_correlations(correlations(cov), plan.first, recipe, first, np.ones(first.turned.shape))
    derived = derived_columns(x, mean, cov, first.outer, plan)
    extended = _extended(x, counts, mean, cov, derived)
    r = correlations(extended)
    found = find_weights(r, plan.second, recipe.rule)
    unit = np.ones(found.turned.shape)
    size = counts.sum(axis=1)
    for column, one in enumerate(plan.derived, start=len(plan.items)):
        if len(one) > 1:
            j = plan.second.blocks.index((column,))
            # Scores have variance 1 with divisor n - 1.
            unit[:, j] = np.sqrt(extended[:, column, column] * (size - 1.0) / size)
    return of_correlations(r, plan.second, recipe, found, unit)


def derived_columns(x: Floats, mean: Floats, cov: Floats, weights: Floats, plan: Plan) -> Floats:
    """Scores and products of scores, (B, n, k), from the first stage."""
    scale = np.sqrt(np.einsum("bii->bi", cov))
    z = np.nan_to_num((x[None] - mean[:, None, :]) / scale[:, None, :])
    scores = z @ weights
    return np.stack([scores[:, :, list(one)].prod(axis=2) for one in plan.derived], axis=2)


def _extended(x: Floats, counts: Floats, mean: Floats, cov: Floats, derived: Floats) -> Floats:
    """Covariances of the items and of the columns made from scores."""
    share = counts / counts.sum(axis=1, keepdims=True)
    centred = derived - np.einsum("bn,bnk->bk", share, derived)[:, None, :]
    weighted = np.swapaxes(centred * share[:, :, None], 1, 2)
    deviations = np.nan_to_num(x[None] - mean[:, None, :])
    with_items, own = weighted @ deviations, weighted @ centred
    top = np.concatenate([cov, np.swapaxes(with_items, 1, 2)], axis=2)
    return np.concatenate([top, np.concatenate([with_items, own], axis=2)], axis=1)


def of_correlations(r: Floats, design: Design, recipe: Recipe, weights: Weights, unit: Floats) -> Estimates:
    """Find loadings, construct correlations and paths of given weights."""
    w = weights.outer
    crossed = r @ w
    own = np.zeros(crossed.shape[1:], dtype=bool)
    for j, block in enumerate(design.blocks):
        own[list(block), j] = True
    loadings = np.where(own, crossed, 0.0)
    c = np.swapaxes(w, 1, 2) @ crossed
    reliability = rho_a(r, w, design)
    usable = weights.converged.copy()
    if recipe.consistent:
        corrected = np.array(design.common) & np.array([mode == "a" for mode in design.modes])
        trusted = np.where(corrected, reliability, 1.0)
        usable &= ((trusted > 0.0) & (trusted <= 1.0)).all(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(trusted)
            consistent = w * (root / np.einsum("bij,bij->bj", w, w))[:, None, :]
            c = c / (root[:, :, None] * root[:, None, :])
        loadings = np.where(corrected[None, None, :], consistent, loadings)
        diagonal = np.arange(len(design.names))
        c[:, diagonal, diagonal] = 1.0
        usable &= (np.abs(c) <= 1.0 + 1e-12).all(axis=(1, 2))
    paths, r2 = path_coefficients(c, design)
    total = total_effects(paths / unit[:, :, None])
    return Estimates(r, weights, loadings, reliability, c, paths, r2, total, unit, usable)


def rho_a(r: Floats, w: Floats, design: Design) -> Floats:
    """Reliability of Mode A composites, (B, J) (Dijkstra & Henseler 2015, eq. 3)."""
    found = np.full((len(r), len(design.names)), np.nan)
    for j, block in enumerate(design.blocks):
        if design.modes[j] != "a" or len(block) == 1:
            continue
        v, s = w[:, list(block), j], r[:, list(block)][:, :, list(block)]
        square = (v**2).sum(axis=1)
        above = np.einsum("bi,bij,bj->b", v, s, v) - square
        below = square**2 - (v**4).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[:, j] = square**2 * above / below
    return found


def path_coefficients(c: Floats, design: Design) -> tuple[Floats, Floats]:
    """Regressions of the constructs by least squares: paths (B, J, J) and R2 (B, J)."""
    paths = np.zeros_like(c)
    r2 = np.full(c.shape[:2], np.nan)
    for j in design.outcomes:
        causes = design.causes(j)
        b = regression(c, causes, j)
        paths[:, causes, j] = b
        r2[:, j] = (b * c[:, causes, j]).sum(axis=1)
    return paths, r2


def total_effects(paths: Floats) -> Floats:
    """Direct and indirect effects together, (B, J, J)."""
    total, step = paths.copy(), paths
    for _ in range(paths.shape[1] - 2):
        step = step @ paths
        total += step
    return total
