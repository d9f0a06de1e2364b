"""Weights and loadings of GSCA with measurement errors (GSCAm), for many correlation matrices at once."""

from __future__ import annotations

import numpy as np

from coprod_measure.composites.model import Design
from coprod_measure.composites.weights import Rule, Weights
from coprod_measure.estimation.arrays import Floats


@np.errstate(divide="ignore", invalid="ignore")
def find_component_factors(r: Floats, design: Design, rule: Rule) -> Weights:
    r"""Give every item a unique part, and constructs of what items have left (Hwang, Takane & Jung 2017).

    Standardised answers are :math:`Z = \Gamma C + U D + E`: constructs :math:`\Gamma` of :math:`X = Z - UD`,
    unique parts :math:`U` that are orthonormal and orthogonal to :math:`\Gamma`, and of least squares.
    Alternating: weights of a construct proportional to its loadings, loadings :math:`\Gamma'X`, :math:`U`
    the nearest orthonormal matrix to :math:`(I - P_\Gamma)ZD`, :math:`D = diag(U'Z)`. Only :math:`Z'Z`,
    :math:`H = Z'U` and loadings enter, since what completes :math:`U` lies outside the answers: respondents
    are not needed. Steps are lengthened by SQUAREM (Varadhan & Roland 2008, scheme S3).

    Parameters
    ----------
    r : (B, p, p) float
        Correlations of the items.
    design : Design
        Of common factors; an item alone is its construct without a unique part.
    rule : Rule
        ``tolerance`` is the largest change of a loading in one step.

    Examples
    --------
    >>> from coprod_measure.composites.model import plan_of
    >>> loadings = np.array([[0.8, 0.0], [0.7, 0.0], [0.6, 0.0], [0.0, 0.9], [0.0, 0.6], [0.0, 0.5]])
    >>> r = loadings @ [[1.0, 0.5], [0.5, 1.0]] @ loadings.T
    >>> np.fill_diagonal(r, 1.0)
    >>> plan = plan_of("f =~ a + b + c\ng =~ d + e + i\ng ~ f")
    >>> found = find_component_factors(r[None], plan.last, Rule())
    >>> found.reliability[0].round(2).tolist(), (1 - found.unique[0] ** 2).round(2).tolist()
    ([0.76, 0.78], [0.64, 0.49, 0.36, 0.81, 0.36, 0.25])
    """
    own = design.own(r.shape[1])
    state = np.full((len(r), r.shape[1] + 1, r.shape[1]), np.nan)
    converged, iterations = np.zeros(len(r), dtype=bool), np.zeros(len(r), dtype=np.int64)
    at = np.flatnonzero(np.isfinite(r.reshape(len(r), -1)).all(axis=1))
    moments, old = r[at], _start(r[at], own)
    for step in range(1, rule.max_iterations + 1):
        if not at.size:
            break
        once = _improved(moments, old, own)
        change = np.abs(once[:, 0] - old[:, 0]).max(axis=1)
        moving = change > rule.tolerance
        ended = at[~moving]
        state[ended], iterations[ended], converged[ended] = once[~moving], step, np.isfinite(change[~moving])
        at, moments, old, once = at[moving], moments[moving], old[moving], once[moving]
        old = _lengthened(moments, old, once, own)
    state[at], iterations[at] = old, rule.max_iterations
    loadings = np.where(own, state[:, 0, :, None], 0.0)
    scale = np.sqrt((loadings * (r @ loadings)).sum(axis=1, keepdims=True))
    turned = loadings.sum(axis=1) < 0.0
    w = np.where(turned[:, None, :], -1.0, 1.0) * loadings / scale
    reliability = ((loadings**2).sum(axis=1) / scale[:, 0]) ** 2
    return Weights(w, converged, iterations, turned, reliability, np.einsum("bii->bi", state[:, 1:]))


def _start(r: Floats, own: np.ndarray) -> Floats:
    """Equal weights, (B, p + 1, p): loadings above H."""
    equal = own * np.ones((len(r), 1, 1))
    ones = np.ones((len(r), 1, len(own)))
    return np.concatenate([ones, _unique(r, r @ equal, equal, ones[:, 0])], axis=1)


def _improved(r: Floats, state: Floats, own: np.ndarray) -> Floats:
    h = state[:, 1:]
    d = np.einsum("bii->bi", h)
    crossed = r - h * d[:, None, :]
    left = crossed - np.swapaxes(h, 1, 2) * d[:, :, None] + d[:, :, None] * np.eye(len(own)) * d[:, None, :]
    w = np.where(own, state[:, 0, :, None], 0.0)
    w = w / np.sqrt((w * (left @ w)).sum(axis=1, keepdims=True))
    shared = left @ w
    loadings = np.where(own, shared, 0.0).sum(axis=2)
    return np.concatenate([loadings[:, None], _unique(r, crossed @ w, w, d, shared)], axis=1)


def _unique(r: Floats, crossed: Floats, w: Floats, d: Floats, shared: Floats | None = None) -> Floats:
    """Covariances of answers (rows) with unique parts; ``crossed``: of answers with constructs."""
    own = np.swapaxes(w, 1, 2) @ (crossed if shared is None else shared)
    sound = np.isfinite(own).all(axis=(1, 2), keepdims=True)
    inverse = np.linalg.pinv(np.where(sound, own, 1.0), rcond=1e-12, hermitian=True)
    beside = np.where(sound, r - crossed @ inverse @ np.swapaxes(crossed, 1, 2), 1.0)
    values, vectors = np.linalg.eigh(d[:, :, None] * beside * d[:, None, :])
    seen = values > 1e-10 * values[:, -1:]
    root = np.where(seen, 1.0 / np.sqrt(np.where(seen, values, 1.0)), 0.0)
    found = (beside * d[:, None, :]) @ (vectors * root[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return np.where(sound, found, np.nan)


def _lengthened(r: Floats, old: Floats, once: Floats, own: np.ndarray) -> Floats:
    """Go further the way two steps point, and make a step from there."""
    twice = _improved(r, once, own)
    first = once - old
    bend = twice - once - first
    length = np.sqrt((first**2).sum(axis=(1, 2)) / np.maximum((bend**2).sum(axis=(1, 2)), 1e-300))
    length = np.clip(length, 1.0, 1e3)[:, None, None]
    found = _improved(r, old + 2.0 * length * first + length**2 * bend, own)
    return np.where(np.isfinite(found).all(axis=(1, 2), keepdims=True), found, twice)
