"""From weights to loadings, paths and what follows from them, for many samples at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coprod_measure.composites.component_factors import find_component_factors
from coprod_measure.composites.component_weights import find_component_weights
from coprod_measure.composites.model import Design, Plan
from coprod_measure.composites.moments import correlations, latent_correlations, means_and_covariances
from coprod_measure.composites.weights import Rule, Weights, find_weights, regressions_of
from coprod_measure.estimation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Basis:
    """What turns the answers of respondents into columns of the last design.

    Attributes
    ----------
    mean, sd : (B, p) float
        Of the items, divisor n; 0 and 1 where they are ordered.
    first : (B, p, J') float or None
        Weights of the first stage.
    """

    mean: Floats
    sd: Floats
    first: Floats | None


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of B samples; J constructs, p columns.

    Attributes
    ----------
    r : (B, p, p) float
        Correlations of the columns.
    loadings : (B, p, J) float
        Own loadings, zero elsewhere; consistent ones for common factors when asked for.
    rho_a : (B, J) float
        Reliability of the composites, of GSCAm that of its weights; NaN where it has no meaning (Mode B, unit
        weights, one item).
    c : (B, J, J) float
        Correlations of the constructs, disattenuated when asked for.
    paths : (B, J, J) float
        Row acts on column; of standardised constructs.
    r2 : (B, J) float
        NaN for constructs that nothing acts on.
    total : (B, J, J) float
        Total effects, products in their own units.
    unit : (B, J) float
        Standard deviation of a product of standardised scores or items; 1 for other constructs.
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
    basis: Basis

    @property
    def slopes(self) -> Floats:
        """Paths with products of standardised scores in their own units."""
        return self.paths / self.unit[:, :, None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done with each sample.

    Attributes
    ----------
    ordered : tuple of bool
        Items that enter by the normal variables behind them; empty for none.
    """

    plan: Plan
    rule: Rule
    consistent: bool = False
    em: bool = False
    ordered: tuple[bool, ...] = ()

    @property
    def by_scores(self) -> bool:
        """Whether composites are sums of the items themselves, so that respondents have scores."""
        return not any(self.ordered)


def estimate(x: Floats, counts: Floats, recipe: Recipe) -> Estimates:
    """Estimate the model in each sample.

    Parameters
    ----------
    x : (n, p) float
        Items; NaN where missing.
    counts : (B, n) float
        How often each sample holds each row.
    """
    plan = recipe.plan
    if recipe.by_scores:
        mean, cov = means_and_covariances(x, counts, recipe.em)
    else:
        mean = np.zeros((len(counts), x.shape[1]))
        cov = latent_correlations(x, counts, np.array(recipe.ordered))
    r = correlations(cov)
    first = None if plan.first is None else _weights(r, plan.first, recipe.rule)
    basis = Basis(mean, np.sqrt(np.einsum("bii->bi", cov)), None if first is None else first.outer)
    unit = None
    if plan.multiplies:
        derived = derived_columns(x, counts, basis, plan)
        cov = _extended(x, counts, mean, cov, derived)
        r = correlations(cov)
    elif first is not None:
        r = _with_scores(r, first.outer[:, :, [one for (one,) in plan.derived]])
    found = _weights(r, plan.last, recipe.rule)
    if first is not None:
        found = replace(found, converged=found.converged & first.converged)
    if plan.multiplies:
        unit = _units(found, r, cov, counts.sum(axis=1), plan)
    return of_correlations(r, recipe, found, unit, basis)


@np.errstate(invalid="ignore")
def _with_scores(r: Floats, w: Floats) -> Floats:
    """Correlations of the items and of composites of them, (B, p + k, p + k): no answers are needed."""
    crossed = r @ w
    top = np.concatenate([r, crossed], axis=2)
    own = np.swapaxes(w, 1, 2) @ crossed
    return np.concatenate([top, np.concatenate([np.swapaxes(crossed, 1, 2), own], axis=2)], axis=1)


def _weights(r: Floats, design: Design, rule: Rule) -> Weights:
    finds = {"gsca": find_component_weights, "gscam": find_component_factors}
    return finds.get(rule.scheme, find_weights)(r, design, rule)


def _units(found: Weights, r: Floats, cov: Floats, size: Floats, plan: Plan) -> Floats:
    """Give standard deviations of products, (B, J): of several columns the mean, weighted by loadings."""
    unit = np.ones(found.turned.shape)
    multiplied = [k for k, one in enumerate(plan.derived, start=len(plan.items)) if len(one) > 1]
    # Scores and standardised items have variance 1 with divisor n - 1.
    sd = np.sqrt(np.einsum("bii->bi", cov) * ((size - 1.0) / size)[:, None])
    for j, block in enumerate(plan.last.blocks):
        if set(block) & set(multiplied):
            loadings = np.abs(np.einsum("bki,bi->bk", r[:, list(block)], found.outer[:, :, j]))
            unit[:, j] = (sd[:, list(block)] * loadings).sum(axis=1) / loadings.sum(axis=1)
    return unit


@np.errstate(divide="ignore", invalid="ignore")
def derived_columns(x: Floats, counts: Floats, basis: Basis, plan: Plan) -> Floats:
    """Scores and products, (B, n, k), of all rows, with what is known from the rows that are counted."""
    z = np.nan_to_num((x[None] - basis.mean[:, None, :]) / basis.sd[:, None, :])
    factors = z if basis.first is None else z @ basis.first
    derived = np.stack([factors[:, :, list(one)].prod(axis=2) for one in plan.derived], axis=2)
    return _cleared(derived, x, counts, basis.mean, plan) if plan.cleared_of else derived


def _cleared(derived: Floats, x: Floats, counts: Floats, mean: Floats, plan: Plan) -> Floats:
    """Residuals of the derived columns after regression on the items they are made of."""
    left = derived.copy()
    deviations = np.nan_to_num(x[None] - mean[:, None, :])
    for owners in dict.fromkeys(plan.cleared_of):
        columns = [k for k, one in enumerate(plan.cleared_of) if one == owners]
        design = deviations[:, :, list(owners)]
        design = np.concatenate([np.ones((*design.shape[:2], 1)), design], axis=2)
        weighted = np.swapaxes(design * counts[:, :, None], 1, 2)
        slopes = np.linalg.pinv(weighted @ design) @ (weighted @ derived[:, :, columns])
        left[:, :, columns] -= design @ slopes
    return left


def _extended(x: Floats, counts: Floats, mean: Floats, cov: Floats, derived: Floats) -> Floats:
    """Covariances of the items and of the columns made from scores."""
    share = counts / counts.sum(axis=1, keepdims=True)
    centred = derived - np.einsum("bn,bnk->bk", share, derived)[:, None, :]
    weighted = np.swapaxes(centred * share[:, :, None], 1, 2)
    deviations = np.nan_to_num(x[None] - mean[:, None, :])
    with_items, own = weighted @ deviations, weighted @ centred
    top = np.concatenate([cov, np.swapaxes(with_items, 1, 2)], axis=2)
    return np.concatenate([top, np.concatenate([with_items, own], axis=2)], axis=1)


@np.errstate(divide="ignore", invalid="ignore")
def of_correlations(
    r: Floats, recipe: Recipe, weights: Weights, unit: Floats | None, basis: Basis
) -> Estimates:
    """Find loadings, construct correlations and paths of given weights."""
    w, design = weights.outer, recipe.plan.last
    unit = np.ones(weights.turned.shape) if unit is None else unit
    crossed = r @ w
    loadings = np.where(design.own(len(w[0])), crossed, 0.0)
    c = np.swapaxes(w, 1, 2) @ crossed
    reliability = rho_a(r, w, design) if weights.reliability is None else weights.reliability
    usable = weights.converged.copy()
    if recipe.consistent:
        corrected = np.array(design.common) & np.array([mode == "a" for mode in design.modes])
        trusted = np.where(corrected, reliability, 1.0)
        usable &= ((trusted > 0.0) & (trusted <= 1.0)).all(axis=1)
        root = np.sqrt(trusted)
        consistent = w * (root / np.einsum("bij,bij->bj", w, w))[:, None, :]
        c = c / (root[:, :, None] * root[:, None, :])
        loadings = np.where(corrected[None, None, :], consistent, loadings)
        diagonal = np.arange(len(design.names))
        c[:, diagonal, diagonal] = 1.0
        usable &= (np.abs(c) <= 1.0 + 1e-12).all(axis=(1, 2))
    paths, r2 = path_coefficients(c, design)
    total = total_effects(paths / unit[:, :, None])
    return Estimates(r, weights, loadings, reliability, c, paths, r2, total, unit, usable, basis)


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
    paths = regressions_of(design).put(c, np.zeros_like(c))
    return paths, np.where(design.acts.any(axis=0), (paths * c).sum(axis=1), np.nan)


def total_effects(paths: Floats) -> Floats:
    """Direct and indirect effects together, (B, J, J)."""
    total, step = paths.copy(), paths
    for _ in range(paths.shape[1] - 2):
        step = step @ paths
        total += step
    return total
