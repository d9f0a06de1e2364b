"""Dominance analysis: from the fits of all subsets to contributions, patterns and rank probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.ranking import Ranking

TABLE_COLUMNS = (
    "predictor", "general", "share", "rank", "ci_lower", "ci_upper", "p_first", "expected_rank", "alone",
    "last", "relative_weight",
)  # fmt: skip
PAIR_COLUMNS = ("dominance", "i", "k", "d", "mean", "se", "p_ik", "p_ki", "p_none", "reproducibility")
THIN = 10
"""Respondents a predictor below which the order is called unsafe."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Who dominates whom, for a stack of draws.

    Attributes
    ----------
    levels : ndarray, shape (k, k, draws)
        Mean contribution of each predictor (second axis) to models of 0, 1, ... others.
    general : ndarray, shape (k, draws)
        Mean over the levels: what Lindeman, Merenda and Gold, and Shapley, give each predictor.
    complete, conditional, overall : ndarray, shape (k, k, draws)
        1 where the row dominates the column, 0 where it is dominated, 0.5 where neither holds: in every
        subset, at every level, and on average.
    """

    levels: Floats
    general: Floats
    complete: Floats
    conditional: Floats
    overall: Floats


def dominance_patterns(fits: Floats) -> Patterns:
    """Take the fits of all subsets apart (Budescu 1993, Psychological Bulletin 114; Azen and Budescu 2003).

    Parameters
    ----------
    fits : ndarray, shape (2**k, draws)
        R2, or a pseudo R2, of each subset; the bits of the row number are its predictors.

    Examples
    --------
    >>> found = dominance_patterns(np.array([[0.0], [0.36], [0.09], [0.45]]))
    >>> found.general[:, 0].round(2).tolist(), float(found.complete[0, 1, 0])
    ([0.36, 0.09], 1.0)
    """
    k = int(np.log2(len(fits)))
    masks = np.arange(len(fits))
    sizes = np.array([int(mask).bit_count() for mask in masks])
    levels = np.empty((k, k, fits.shape[1]))
    for i in range(k):
        without = masks[(masks >> i & 1) == 0]
        gain = fits[without | 1 << i] - fits[without]
        for size in range(k):
            levels[size, i] = gain[sizes[without] == size].mean(axis=0)
    general = levels.mean(axis=0)
    complete = np.full((k, k, fits.shape[1]), 0.5)
    for i, j in combinations(range(k), 2):
        without = masks[((masks >> i | masks >> j) & 1) == 0]
        complete[i, j] = _always(fits[without | 1 << i] - fits[without | 1 << j])
        complete[j, i] = 1.0 - complete[i, j]
    ahead = levels[:, :, None] - levels[:, None, :]
    overall = 0.5 + 0.5 * np.sign(general[:, None] - general[None, :])
    return Patterns(levels, general, complete, _always(ahead), overall)


def _always(difference: Floats) -> Floats:
    """1 where all differences along the first axis are positive, 0 where all are negative, else 0.5."""
    return np.asarray(0.5 + 0.5 * (difference > 0).all(axis=0) - 0.5 * (difference < 0).all(axis=0))


@dataclass(frozen=True, slots=True, repr=False)
class Dominance(Shown):
    """Which predictors matter most.

    Attributes
    ----------
    outcome, predictors, always : tuple of str
        ``predictors`` holds the names of the sets where sets were given.
    measure : str
        Of :data:`~coprod_measure.structure.methods.subset_fits.MEASURES`, or ``"p2"``.
    n, dropped : int
        Respondents, and those left out for gaps.
    base, total : float
        Fit of what is always in the model, and of the whole model.
    fits : ndarray, shape (2**k,)
        Fit of each subset.
    patterns : Patterns
        Of the sample itself (one draw).
    drawn : Patterns or NotAvailable
        Of the bootstrap draws.
    weights : ndarray, shape (k,) or NotAvailable
        Johnson's relative weights, a second opinion.
    draws, seed, failed : int
        Bootstrap draws asked for, and how many of them could not be used.
    thin : bool
        Fewer than :data:`THIN` respondents a predictor.
    """

    outcome: tuple[str, ...]
    predictors: tuple[str, ...]
    always: tuple[str, ...]
    measure: str
    n: int
    dropped: int
    base: float
    total: float
    fits: Floats
    patterns: Patterns
    drawn: Patterns | NotAvailable
    weights: Floats | NotAvailable
    draws: int
    failed: int
    seed: int
    confidence: float
    thin: bool

    @property
    def ranking(self) -> Ranking:
        """General dominance of each predictor, its draws and the probability of its ranks."""
        drawn = self.drawn if isinstance(self.drawn, NotAvailable) else self.drawn.general
        return Ranking(self.predictors, self.patterns.general[:, 0], drawn, self.confidence)

    def table(self) -> pd.DataFrame:
        """One row a predictor, the most important first; columns :data:`TABLE_COLUMNS`."""
        levels, ranking = self.patterns.levels[:, :, 0], self.ranking
        weights = np.nan if isinstance(self.weights, NotAvailable) else self.weights
        columns = (
            np.array(self.predictors, dtype=object), ranking.explained,
            ranking.explained / (self.total - self.base), ranking.ranks(), *ranking.interval(),
            ranking.probabilities().to_numpy()[0], ranking.expected(), levels[0], levels[-1], weights,
        )  # fmt: skip
        order = ranking.order()
        spread = [np.broadcast_to(column, len(order))[order] for column in columns]
        return pd.DataFrame(dict(zip(TABLE_COLUMNS, spread, strict=True)))

    def levels(self) -> pd.DataFrame:
        """Mean contribution (cell) of a predictor (column) beside so many others (row)."""
        rows = pd.Index(range(len(self.predictors)), name="others")
        return pd.DataFrame(self.patterns.levels[:, :, 0], rows, list(self.predictors))

    def matrix(self, kind: str) -> pd.DataFrame:
        """Who dominates whom: 1, 0 or 0.5; ``kind`` is ``"complete"``, ``"conditional"`` or ``"general"``."""
        return pd.DataFrame(
            _matrix(self.patterns, kind)[:, :, 0], list(self.predictors), list(self.predictors)
        )

    def subsets(self) -> pd.DataFrame:
        """Fit of every subset: ``predictors size fit``."""
        held = [
            [name for k, name in enumerate(self.predictors) if mask >> k & 1]
            for mask in range(len(self.fits))
        ]
        return pd.DataFrame(
            {
                "predictors": [" + ".join(map(str, h)) for h in held],
                "size": [len(h) for h in held],
                "fit": self.fits,
            }
        )

    def rank_probabilities(self) -> pd.DataFrame:
        """Share of the draws in which a predictor (column) takes a rank (row); empty without draws."""
        return self.ranking.probabilities()

    def pairs(self) -> pd.DataFrame:
        """One row a pair and kind of dominance; columns :data:`PAIR_COLUMNS`."""
        return pd.DataFrame(list(self._pairs()), columns=list(PAIR_COLUMNS))

    def _pairs(self) -> Iterator[tuple[object, ...]]:
        for kind in ("complete", "conditional", "general"):
            seen = _matrix(self.patterns, kind)[:, :, 0]
            drawn = _matrix(self.drawn, kind) if isinstance(self.drawn, Patterns) else None
            for i, j in combinations(range(len(self.predictors)), 2):
                found: tuple[float, ...] = (np.nan,) * 6
                if drawn is not None:
                    d = drawn[i, j]
                    shares = [float(np.mean(d == value)) for value in (1.0, 0.0, 0.5, seen[i, j])]
                    found = (float(d.mean()), float(d.std(ddof=1)), *shares)
                yield (kind, self.predictors[i], self.predictors[j], float(seen[i, j]), *found)


def _matrix(patterns: Patterns, kind: str) -> Floats:
    found = {"complete": patterns.complete, "conditional": patterns.conditional, "general": patterns.overall}
    return found[one_of("kind", kind, tuple(found))]
