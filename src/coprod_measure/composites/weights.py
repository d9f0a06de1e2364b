"""The PLS algorithm: weights of composites, for many correlation matrices at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.composites.model import Design
from coprod_measure.estimation.arrays import Floats

SCHEMES = ("path", "factor", "centroid")


@dataclass(frozen=True, slots=True)
class Rule:
    """How weights are found.

    Attributes
    ----------
    scheme : str
        Inner weights: ``"path"``, ``"factor"`` or ``"centroid"``.
    tolerance : float
        Largest change of a weight at which the iteration stops.
    max_iterations : int
    """

    scheme: str = "path"
    tolerance: float = 1e-9
    max_iterations: int = 300


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of B samples.

    Attributes
    ----------
    outer : (B, p, J) float
        Of standardised items; composites have variance 1.
    converged : (B,) bool
    iterations : (B,) int
    turned : (B, J) bool
        Whether the composite was turned round, so that its loadings have a positive sum.
    """

    outer: Floats
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]
    turned: NDArray[np.bool_]


def find_weights(r: Floats, design: Design, rule: Rule) -> Weights:
    r"""Iterate outer and inner estimation until the weights stand (Lohmoeller 1989, ch. 2).

    Parameters
    ----------
    r : (B, p, p) float
        Correlations of the items.
    design : Design
    rule : Rule
        Equal weights at the start. A sample without solution (an item that does not vary, a singular block)
        has NaN and is not converged.

    Examples
    --------
    >>> from coprod_measure.composites.model import plan_of
    >>> r = np.array([[[1.0, 0.5, 0.6], [0.5, 1.0, 0.3], [0.6, 0.3, 1.0]]])
    >>> found = find_weights(r, plan_of("f =~ x1 + x2\ny ~ f").last, Rule())
    >>> found.outer[0, :2, 0].round(4).tolist(), bool(found.converged[0])
    ([0.7559, 0.378], True)
    """
    draws, p = r.shape[:2]
    w = np.zeros((draws, p, len(design.names)))
    for j, block in enumerate(design.blocks):
        w[:, block, j] = 1.0
    usable = np.isfinite(r.reshape(draws, -1)).all(axis=1)
    w[~usable] = np.nan
    w[usable] = _standardised(r[usable], w[usable])
    converged, iterations = np.zeros(draws, dtype=bool), np.zeros(draws, dtype=np.int64)
    active = np.flatnonzero(usable)
    # B blocks do not change: their inverses are found once.
    inverse = {
        j: _inverses(r[:, block][:, :, block])
        for j, block in enumerate(design.blocks)
        if design.modes[j] == "b" and len(block) > 1
    }
    causes = [(j, design.causes(j)) for j in design.outcomes] if rule.scheme == "path" else []
    near = design.acts | design.acts.T
    for _ in range(rule.max_iterations):
        if not active.size:
            break
        moments = r if active.size == draws else r[active]
        own, inverted = w[active], {j: m[active] for j, m in inverse.items()}
        with_composites = moments @ own
        inner = _inner(np.swapaxes(own, 1, 2) @ with_composites, near, causes, rule.scheme)
        new = _standardised(moments, _outer(with_composites @ inner, design, inverted))
        iterations[active] += 1
        change = np.abs(new - own).max(axis=(1, 2))
        w[active] = new
        # A NaN is no number that could still move.
        done = ~(change > rule.tolerance)
        converged[active[done]] = np.isfinite(change[done])
        active = active[~done]
    return _turned(r, w, design, converged, iterations)


def _inverses(blocks: Floats) -> Floats:
    usable = np.flatnonzero(np.isfinite(blocks.reshape(len(blocks), -1)).all(axis=1))
    usable = usable[np.linalg.cond(blocks[usable]) < 1e12]
    found = np.full_like(blocks, np.nan)
    found[usable] = np.linalg.inv(blocks[usable])
    return found


def _outer(covariances: Floats, design: Design, inverse: dict[int, Floats]) -> Floats:
    """Outer weights, up to scale, from covariances (B, p, J) of the items with the inner composites."""
    new = np.zeros_like(covariances)
    for j, block in enumerate(design.blocks):
        rows = list(block)
        if design.modes[j] == "unit" or len(rows) == 1:
            new[:, rows, j] = 1.0
        elif j in inverse:
            new[:, rows, j] = np.einsum("bik,bk->bi", inverse[j], covariances[:, rows, j])
        else:
            new[:, rows, j] = covariances[:, rows, j]
    return new


def _standardised(r: Floats, w: Floats) -> Floats:
    variance = np.einsum("bij,bij->bj", w, r @ w)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = w / np.sqrt(variance)[:, None, :]
    return found


def _inner(
    c: Floats, near: NDArray[np.bool_], causes: list[tuple[int, NDArray[np.intp]]], scheme: str
) -> Floats:
    """Inner weights: column j says which neighbours stand for construct j."""
    if scheme == "centroid":
        return np.where(near, np.sign(c), 0.0)
    e: Floats = np.where(near, c, 0.0)
    for j, own in causes:
        e[:, own, j] = regression(c, own, j)
    return e


def regression(c: Floats, causes: NDArray[np.intp], j: int) -> Floats:
    """Coefficients (B, k) of construct ``j`` on its causes; NaN where the causes are collinear."""
    inner = c[:, causes[:, None], causes]
    right = c[:, causes, j][..., None]
    try:
        return np.asarray(np.linalg.solve(inner, right)[..., 0], dtype=float)
    except np.linalg.LinAlgError:
        found = np.full(right.shape[:2], np.nan)
        for b in range(len(c)):
            if np.isfinite(inner[b]).all() and np.linalg.matrix_rank(inner[b]) == len(causes):
                found[b] = np.linalg.solve(inner[b], right[b])[:, 0]
    return found


def _turned(
    r: Floats, w: Floats, design: Design, converged: NDArray[np.bool_], iterations: NDArray[np.int64]
) -> Weights:
    loadings = r @ w
    own = np.stack([loadings[:, list(b), j].sum(axis=1) for j, b in enumerate(design.blocks)], axis=1)
    turned = own < 0.0
    return Weights(np.where(turned[:, None, :], -w, w), converged, iterations, turned)
