"""Segments of people for whom different paths hold: a mixture of the inner regressions (FIMIX-PLS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from coprod_measure.arguments import whole_number
from coprod_measure.composites.result import Pls
from coprod_measure.composites.scores import NOT_ORDERED
from coprod_measure.composites.scores import scores as scores_of
from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.notebook import Shown

SMALLEST_VARIANCE = 1e-3
"""Of a residual of standardised scores: a segment that explains more holds a handful of people exactly."""
MOST_ITERATIONS, TOLERANCE = 2000, 1e-6


@dataclass(frozen=True, slots=True, repr=False)
class Segments(Shown):
    """A mixture of K segments.

    Attributes
    ----------
    shares : (K,) float
        Largest first.
    paths : pandas.DataFrame
        Columns segment, from, to, est; of standardised scores.
    loglik, aic, aic3, bic, caic, entropy : float
        ``entropy`` is 1 where every respondent clearly belongs to one segment (Ramaswamy et al. 1993).
    memberships : (n, K) float
        Probability of each segment, by respondent; NaN where one was not divided.
    starts, reached : int
        Starts tried, and how many ended at the best log-likelihood.
    """

    shares: Floats
    paths: pd.DataFrame
    loglik: float
    parameters: int
    memberships: Floats
    starts: int
    reached: int
    seed: int

    @property
    def _divided(self) -> Floats:
        found: Floats = self.memberships[~np.isnan(self.memberships[:, 0])]
        return found

    @property
    def _penalised(self) -> dict[str, float]:
        k, n = self.parameters, len(self._divided)
        factors = {"aic": 2.0, "aic3": 3.0, "bic": np.log(n), "caic": np.log(n) + 1.0}
        return {name: float(-2.0 * self.loglik + factor * k) for name, factor in factors.items()}

    @property
    def entropy(self) -> float:
        """Normed entropy; NaN of one segment is 1."""
        p, (n, k) = self._divided, self._divided.shape
        if k == 1:
            return 1.0
        terms = -p * np.log(np.maximum(p, 1e-300))
        return float(1.0 - terms.sum() / (n * np.log(k)))

    def criteria(self) -> dict[str, float]:
        """Log-likelihood, number of parameters, AIC, AIC3, BIC, CAIC and entropy."""
        return {
            "loglik": self.loglik,
            "parameters": float(self.parameters),
            **self._penalised,
            "entropy": self.entropy,
        }


@on_one_thread
def fimix(fit: Pls, k: int, starts: int = 20, seed: int = 1) -> Segments:
    """Divide respondents by the paths that hold for them (Hahn, Johnson, Herrmann & Huber 2002).

    Scores of the composites stay as they are; every outcome is a regression on its causes without constant,
    with slopes and a residual variance of the segment's own; EM from random memberships, best of ``starts``.

    Parameters
    ----------
    fit : Pls
        Products count as causes of their own. With ``missing="em"`` the weights are those of all respondents,
        and those without a gap are divided: expected scores vary too little.
    k : int
        Number of segments.

    Raises
    ------
    ModelError
        If answers are ordered.
    EstimationError
        If no start ends in segments that are larger than their number of paths.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> x, kind = rng.normal(size=400), np.repeat([0.9, -0.9], 200)
    >>> frame = pd.DataFrame({"x": x, "y": kind * x + 0.3 * rng.normal(size=400)})
    >>> found = cm.fimix(cm.pls("y ~ x", frame), 2)
    >>> found.paths.est.round(1).tolist()
    [0.9, -0.9]
    """
    if not fit.recipe.by_scores:
        raise ModelError(NOT_ORDERED.reason, place="fimix", cure="Estimate the model without ordered=")
    k, starts = whole_number("k", k, 1), whole_number("starts", starts, 1)
    divided = ~np.isnan(fit.x).any(axis=1) if fit.recipe.em else np.ones(fit.n, dtype=bool)
    scores = scores_of(fit.x, fit.estimates, fit.recipe)[divided]
    equations = [(j, fit.design.causes(j)) for j in fit.design.outcomes]
    rng = np.random.default_rng(seed)
    logliks, found, slopes = _em(scores, equations, rng.dirichlet(np.ones(k), (starts, len(scores))))
    best = int(logliks.argmax())
    if not np.isfinite(logliks[best]):
        cure = "Ask for fewer segments"
        raise EstimationError(f"no start ends in {k} segments", place="fimix", cure=cure)
    memberships = found[best]
    order = np.argsort(-memberships.mean(axis=0), kind="stable")
    names = fit.design.names
    rows = [
        (place + 1, names[i], names[j], slopes[j][best, segment, position])
        for place, segment in enumerate(order)
        for j, causes in equations
        for position, i in enumerate(causes)
    ]
    every = np.full((fit.n, k), np.nan)
    every[divided] = memberships[:, order]
    parameters = (k - 1) + k * sum(len(causes) + 1 for _, causes in equations)
    return Segments(
        memberships.mean(axis=0)[order],
        pd.DataFrame(rows, columns=["segment", "from", "to", "est"]),
        float(logliks[best]),
        parameters,
        every,
        starts,
        int((logliks > logliks[best] - 1e-3).sum()),
        seed,
    )


def _em(
    scores: Floats, equations: list[tuple[int, np.ndarray]], memberships: Floats
) -> tuple[Floats, Floats, dict[int, Floats]]:
    """Run EM from S starts at once: log-likelihoods (S,), memberships (S, n, K), slopes of each outcome.

    A start that ends in a segment of too few people, or of a perfect fit, has log-likelihood -inf.
    """
    size, n, k = memberships.shape
    loglik = np.full(size, -np.inf)
    slopes = {j: np.zeros((size, k, len(causes))) for j, causes in equations}
    active = np.arange(size)
    for _ in range(MOST_ITERATIONS):
        own = memberships[active]
        weight = own.sum(axis=1)
        sound = (weight > 1.0 + max(len(causes) for _, causes in equations)).all(axis=1)
        densities = np.broadcast_to(np.log(np.maximum(weight / n, 1e-300))[:, None, :], own.shape).copy()
        for j, causes in equations:
            x, y = scores[:, causes], scores[:, j]
            products = (x[:, :, None] * x[:, None, :]).reshape(n, -1)
            columns = np.swapaxes(own, 1, 2)
            moments = (columns @ products).reshape(len(active), k, len(causes), len(causes))
            sound &= (np.linalg.cond(moments) < 1e12).all(axis=1)
            moments[~sound] = np.eye(len(causes))
            b = np.linalg.solve(moments, (columns @ (x * y[:, None]))[..., None])[..., 0]
            squares = (y[None, :, None] - np.einsum("np,skp->snk", x, b)) ** 2
            variance = (own * squares).sum(axis=1) / np.maximum(weight, 1e-300)
            sound &= (variance > SMALLEST_VARIANCE).all(axis=1)
            variance = np.maximum(variance, SMALLEST_VARIANCE)[:, None, :]
            densities -= 0.5 * (np.log(2.0 * np.pi * variance) + squares / variance)
            slopes[j][active] = b
        total = logsumexp(densities, axis=2)
        memberships[active] = np.exp(densities - total[:, :, None])
        new = np.where(sound, total.sum(axis=1), -np.inf)
        with np.errstate(invalid="ignore"):
            moving = sound & (new - loglik[active] > TOLERANCE)
        loglik[active] = new
        active = active[moving]
        if not active.size:
            break
    return loglik, memberships, slopes
