"""The PLS algorithm: weights of composites, for many correlation matrices at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coprod_measure.composites.model import Design, padded
from coprod_measure.estimation.arrays import Floats

SCHEMES = ("path", "factor", "centroid")
MOST_COLLINEAR = 1e10
"""Largest condition of the correlations of a Mode B block."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How weights are found.

    Attributes
    ----------
    scheme : str
        Inner weights: ``"path"``, ``"factor"`` or ``"centroid"``; ``"gsca"`` for one criterion of all,
        ``"gscam"`` for one with unique parts of the items.
    tolerance : float
        Largest change of a weight at which the iteration stops.
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
    reliability : (B, J) float or None
        Of composites of items with unique parts, where their weights came with it (GSCAm).
    unique : (B, p) float or None
        Loadings of these items on their unique parts.
    """

    outer: Floats
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]
    turned: NDArray[np.bool_]
    reliability: Floats | None = None
    unique: Floats | None = None


@np.errstate(divide="ignore", invalid="ignore")
def find_weights(r: Floats, design: Design, rule: Rule) -> Weights:
    r"""Iterate outer and inner estimation until the weights stand (Lohmoeller 1989, ch. 2).

    Parameters
    ----------
    r : (B, p, p) float
        Correlations of the items.
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
    # An item of two constructs is taken twice, so that each row has one construct.
    rows = np.array([i for block in design.blocks for i in block])
    owners = np.repeat(np.arange(len(design.names)), [len(block) for block in design.blocks])
    own = owners[:, None] == np.arange(len(design.names))
    given = np.isfinite(r.reshape(draws, -1)).all(axis=1)
    weights = np.full((draws, len(rows), len(design.names)), np.nan)
    converged, iterations = np.zeros(draws, dtype=bool), np.full(draws, rule.max_iterations)
    iterations[~given] = 0
    active = np.flatnonzero(given)
    moments = r[active[:, None, None], rows[:, None], rows]
    regression = _regression(moments, design)
    fixed = np.where(own & _is_fixed(design)[owners, None], 1.0, 0.0)
    free = own & (fixed == 0.0)
    regressions = regressions_of(design) if rule.scheme == "path" else None
    near = design.acts | design.acts.T
    old, crossed = _standardised(moments, np.tile(own.astype(float), (active.size, 1, 1)))
    for step in range(1, rule.max_iterations + 1):
        if not active.size:
            break
        c = np.swapaxes(old, 1, 2) @ crossed
        inner = np.where(near, np.sign(c) if rule.scheme == "centroid" else c, 0.0)
        outer = crossed @ (inner if regressions is None else regressions.put(c, inner))
        if regression is not None:
            outer = regression @ outer
        new, crossed = _standardised(moments, np.where(free, outer, fixed))
        change = np.abs(new - old).max(axis=(1, 2))
        # A NaN is no number that could still move.
        moving, old = change > rule.tolerance, new
        if not moving.all():
            ended = active[~moving]
            weights[ended], iterations[ended] = new[~moving], step
            converged[ended] = np.isfinite(change[~moving])
            active, moments, old, crossed = active[moving], moments[moving], old[moving], crossed[moving]
            regression = None if regression is None else regression[moving]
    weights[active] = old
    w = np.zeros((draws, p, len(design.names)))
    w[:, rows, owners] = weights[:, np.arange(len(rows)), owners]
    turned = np.where(design.own(p), r @ w, 0.0).sum(axis=1) < 0.0
    return Weights(np.where(turned[:, None, :], -w, w), converged, iterations, turned)


def _is_fixed(design: Design) -> NDArray[np.bool_]:
    """Tell constructs whose weights are not estimated, (J,)."""
    modes = zip(design.modes, design.blocks, strict=True)
    return np.array([mode == "unit" or len(block) == 1 for mode, block in modes])


def _regression(r: Floats, design: Design) -> Floats | None:
    """Inverses of the Mode B blocks and 1 elsewhere on the diagonal, (B, p, p), of the rows of all blocks.

    They do not change and are found once; NaN where items are collinear.
    """
    ends = np.cumsum([len(block) for block in design.blocks])
    chosen = (np.array(design.modes) == "b") & ~_is_fixed(design)
    if not chosen.any():
        return None
    rows, given = padded([range(end - len(design.blocks[j]), end) for j, end in enumerate(ends) if chosen[j]])
    pairs = given[:, :, None] & given[:, None, :]
    inner = np.where(pairs, r[:, rows[:, :, None], rows[:, None, :]], np.eye(rows.shape[1]))
    values, vectors = np.linalg.eigh(inner)
    # Padding adds roots of one, which the roots of correlations have between them.
    values[values[..., 0] * MOST_COLLINEAR < values[..., -1]] = np.nan
    inverses = (vectors / values[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    found = np.tile(np.eye(r.shape[1]), (len(r), 1, 1))
    which, first, second = np.nonzero(pairs)
    found[:, rows[which, first], rows[which, second]] = inverses[:, which, first, second]
    return found


def _standardised(r: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weights of composites of variance 1, and covariances of the items with them."""
    crossed = r @ w
    scale = 1.0 / np.sqrt((w * crossed).sum(axis=1, keepdims=True))
    return w * scale, crossed * scale


class Regressions:
    """Regressions of all outcomes on their causes at once, padded to the one with most causes.

    Indices point into the correlations of the constructs, with 0 and 1 after them.
    """

    def __init__(self, design: Design) -> None:
        outcomes, size = np.array(design.outcomes), len(design.names)
        causes, given = padded([design.causes(j).tolist() for j in design.outcomes])
        pairs = given[:, :, None] & given[:, None, :]
        zero, one = size**2, size**2 + 1
        inner = causes[:, :, None] * size + causes[:, None, :]
        self._inner = np.where(pairs, inner, np.where(np.eye(causes.shape[1]) > 0.0, one, zero))
        self._right = np.where(given, causes * size + outcomes[:, None], zero)[..., None]
        self._causes, self._solved = causes[given], np.flatnonzero(given)
        self._outcomes = outcomes[np.nonzero(given)[0]]

    def put(self, c: Floats, into: Floats) -> Floats:
        """Put the paths of correlations ``c`` in their places (cause, outcome), (B, J, J) both.

        NaN where causes are collinear.
        """
        flat = np.zeros((len(c), c.shape[1] * c.shape[2] + 2))
        flat[:, :-2] = c.reshape(len(c), -1)
        flat[:, -1] = 1.0
        inner, right = flat.take(self._inner, axis=1), flat.take(self._right, axis=1)
        try:
            solved = np.linalg.solve(inner, right)
        except np.linalg.LinAlgError:
            solved = np.full(right.shape, np.nan)
            sound = np.asarray(np.isfinite(inner).all(axis=(2, 3)))
            sound[sound] = np.linalg.matrix_rank(inner[sound]) == inner.shape[-1]
            solved[sound] = np.linalg.solve(inner[sound], right[sound])
        into[:, self._causes, self._outcomes] = solved.reshape(len(c), -1).take(self._solved, axis=1)
        return into


@lru_cache(maxsize=64)
def regressions_of(design: Design) -> Regressions:
    """Regressions of a design, which is the same in every sample."""
    return Regressions(design)
