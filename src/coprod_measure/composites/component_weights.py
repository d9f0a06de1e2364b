"""Weights of generalized structured component analysis (GSCA), for many correlation matrices at once."""

from __future__ import annotations

import numpy as np

from coprod_measure.composites.model import Design
from coprod_measure.composites.weights import MOST_COLLINEAR, Rule, Weights, regressions_of
from coprod_measure.estimation.arrays import Floats


@np.errstate(divide="ignore", invalid="ignore")
def find_component_weights(r: Floats, design: Design, rule: Rule) -> Weights:
    r"""Minimise all residual variances together by alternating least squares (Hwang & Takane 2004).

    The sum of the explained variances of the items of constructs written with ``=~`` and of all outcomes is
    as large as it can be: :math:`\sum \lambda_i^2 + \sum R_j^2`. Given loadings and paths :math:`b`, the
    weights of one construct are proportional to its loadings (``=~``) plus its regression weights on what
    the paths say of it, :math:`\sum_m b_{mj}\gamma_m + \sum_k b_{jk}(\gamma_k - \sum_{m \ne j}
    b_{mk}\gamma_m)`.

    Parameters
    ----------
    r : (B, p, p) float
        Correlations of the items.
    design : Design
        No item belongs to two constructs.
    rule : Rule
        Equal weights at the start.

    Examples
    --------
    >>> from coprod_measure.composites.model import plan_of
    >>> r = np.array([[[1.0, 0.5, 0.6], [0.5, 1.0, 0.3], [0.6, 0.3, 1.0]]])
    >>> found = find_component_weights(r, plan_of("f =~ x1 + x2\ny ~ f").last, Rule())
    >>> found.outer[0, :2, 0].round(4).tolist(), bool(found.converged[0])
    ([0.7013, 0.4437], True)
    """
    own = design.own(r.shape[1])
    w, converged = np.where(own, 1.0, 0.0) * np.ones((len(r), 1, 1)), np.zeros(len(r), dtype=bool)
    iterations = np.zeros(len(r), dtype=np.int64)
    blocks = [list(block) for block in design.blocks]
    active = np.asarray(np.isfinite(r.reshape(len(r), -1)).all(axis=1))
    for block in blocks:
        inner = r[:, block][:, :, block]
        sound = np.where(active[:, None, None], inner, np.eye(len(block)))
        active = active & (np.linalg.cond(sound) < MOST_COLLINEAR)
    w[~active] = np.nan
    at = np.flatnonzero(active)
    inverses = [np.asarray(np.linalg.inv(r[at][:, block][:, :, block]), dtype=float) for block in blocks]
    moments, old = r[at], _standardised(r[at], w[at])
    for step in range(1, rule.max_iterations + 1):
        if not at.size:
            break
        new = _improved(moments, old, design, blocks, inverses)
        change = np.abs(new - old).max(axis=(1, 2))
        moving, old = change > rule.tolerance, new
        if not moving.all():
            ended = at[~moving]
            w[ended], iterations[ended], converged[ended] = new[~moving], step, np.isfinite(change[~moving])
            at, moments, old = at[moving], moments[moving], old[moving]
            inverses = [inverse[moving] for inverse in inverses]
    w[at], iterations[at] = old, rule.max_iterations
    turned = np.where(own, r @ w, 0.0).sum(axis=1) < 0.0
    return Weights(np.where(turned[:, None, :], -w, w), converged, iterations, turned)


def _improved(
    r: Floats, w: Floats, design: Design, blocks: list[list[int]], inverses: list[Floats]
) -> Floats:
    """Improve one construct after the other, given the loadings and paths of the weights at the start."""
    crossed = r @ w
    c = np.swapaxes(w, 1, 2) @ crossed
    b = regressions_of(design).put(c, np.zeros_like(c))
    w = w.copy()
    for j, block in enumerate(blocks):
        if design.modes[j] == "unit" or len(block) == 1:
            continue
        # How much each other composite counts in what the paths say of this one.
        inner = b[:, :, j] + b[:, j] - (b @ b[:, j, :, None])[..., 0]
        inner[:, j] = 0.0
        outer = np.einsum("bij,bj->bi", r[:, block] @ w, inner)
        new = np.einsum("bik,bk->bi", inverses[j], outer)
        new += crossed[:, block, j] if design.modes[j] == "a" else 0.0
        variance = np.einsum("bi,bik,bk->b", new, r[:, block][:, :, block], new)
        w[:, block, j] = new / np.sqrt(variance)[:, None]
    return w


def _standardised(r: Floats, w: Floats) -> Floats:
    found: Floats = w / np.sqrt((w * (r @ w)).sum(axis=1, keepdims=True))
    return found
