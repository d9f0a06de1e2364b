"""Values of competing causes, their draws, and the probability of each rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.arguments import place_of
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Ranking:
    """What each of several causes explains, and how surely they rank so.

    Attributes
    ----------
    names : sequence of str
    explained : ndarray, shape (k,)
        The largest ranks first.
    drawn : ndarray, shape (k, draws), or NotAvailable
    confidence : float
        Of the intervals.

    Examples
    --------
    >>> ranking = Ranking("ab", np.array([0.2, 0.3]), np.array([[0.1, 0.2, 0.3], [0.2, 0.3, 0.2]]), 0.9)
    >>> ranking.order().tolist(), ranking.probabilities()["b"].round(2).tolist()
    ([1, 0], [0.67, 0.33])
    >>> ranking.expected().round(2).tolist()
    [1.67, 1.33]
    """

    names: Sequence[str]
    explained: Floats
    drawn: Floats | NotAvailable
    confidence: float

    def ranks(self) -> np.ndarray:
        """Rank of each; equal ones share the better rank."""
        return np.asarray((self.explained > self.explained[:, None]).sum(axis=1) + 1)

    def order(self) -> np.ndarray:
        """Places of the causes, the most important first."""
        return np.argsort(self.ranks(), kind="stable")

    def interval(self) -> Floats:
        """Percentile interval of each, shape (2, k); NaN without draws."""
        if isinstance(self.drawn, NotAvailable):
            return np.full((2, len(self.explained)), np.nan)
        tail = 50.0 * (1.0 - self.confidence)
        return np.asarray(np.percentile(self.drawn, [tail, 100.0 - tail], axis=1))

    def probabilities(self) -> pd.DataFrame:
        """Share of the draws in which a cause (column) takes a rank (row); NaN without draws."""
        k = len(self.names)
        ranks = pd.Index(range(1, k + 1), name="rank")
        if isinstance(self.drawn, NotAvailable):
            return pd.DataFrame(np.nan, ranks, list(self.names))
        place = np.argsort(np.argsort(-self.drawn, axis=0, kind="stable"), axis=0)
        return pd.DataFrame([(place == r).mean(axis=1) for r in range(k)], ranks, list(self.names))

    def expected(self) -> Floats:
        """Mean rank of each over the draws, shape (k,)."""
        shares = self.probabilities()
        return np.asarray(shares.index.to_numpy(dtype=float) @ shares.to_numpy())

    def rival_of(self, name: str) -> tuple[str, float]:
        """Name the cause that most often explains more than this one; its share of the draws."""
        own = place_of("name", name, self.names)
        if isinstance(self.drawn, NotAvailable):
            return "", float("nan")
        ahead = (self.drawn > self.drawn[own]).mean(axis=1)
        return self.names[int(ahead.argmax())], float(ahead.max())

    def table(self) -> pd.DataFrame:
        """One row a cause, the most important first: ``predictor expected probabilities``."""
        shares, expected = self.probabilities(), self.expected()
        rows = [(self.names[i], expected[i], tuple(shares.iloc[:, i])) for i in self.order()]
        return pd.DataFrame(rows, columns=["predictor", "expected", "probabilities"])
