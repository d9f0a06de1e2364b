"""What causes are ranked by: a model's covariances and draws of them, or the yes/no answers of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods.complete_rows import complete_rows, name_collinear
from coprod_measure.structure.methods.dominance import Dominance
from coprod_measure.structure.methods.ranking import Ranking
from coprod_measure.structure.methods.relative_importance import (
    dominance,
    dominance_of_correlations,
    usable_correlations,
)
from coprod_measure.structure.methods.relative_weights import weights_of_sets, weights_of_slopes
from coprod_measure.structure.methods.resampling import resampled_counts, resampled_covariances
from coprod_measure.structure.methods.subset_fits import (
    MOST_SETS,
    MOST_SETS_OF_YES_NO,
    drawn_slopes,
    subset_logits,
)

Sets = Mapping[str, Sequence[str]]
_CONFIDENCE = 0.95
_FEWEST_USABLE = 2
_FEWEST_DRAWS, _MOST_PRODUCTS = 100, 10_000_000_000
"""Draws of a yes/no answer: as many as keep subsets, respondents and pairs of predictors below this (about
half a minute), but this many at least."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Relative weights of causes.

    Attributes
    ----------
    total : float
        What they add up to.
    measure : str
        ``"r2"`` or ``"mcfadden"``.
    """

    ranking: Ranking
    total: float
    measure: str
    n: int
    draws: int
    failed: int


class Source(Protocol):
    """Gives dominance and relative weights of sets of variables."""

    @property
    def most(self) -> int:
        """Sets of which all subsets can be compared."""

    @property
    def lost(self) -> float:
        """Share of draws that were no covariances, so that all were drawn on the scale of the logarithm."""

    def correlations(self, names: Sequence[str]) -> pd.DataFrame:
        """Give those of some predictors."""

    def dominance(self, sets: Sets, draws: int) -> Dominance:
        """Compare all subsets of the sets."""

    def weights(self, sets: Sets) -> Weighed:
        """Split what all explain by relative weights."""


def most_sets(*, yes_no: bool) -> int:
    """Say of how many causes all subsets can be compared."""
    return MOST_SETS_OF_YES_NO if yes_no else MOST_SETS


@dataclass(frozen=True, slots=True)
class FromCovariances:
    """A model's covariances.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (q, q)
    drawn : ndarray, shape (draws, q, q)
        The same with parameters drawn from their sampling distribution.
    target : str
    held : tuple of str
        What every model holds.
    """

    frame: pd.DataFrame
    drawn: Floats
    target: str
    held: tuple[str, ...]
    n: int
    lost: float = 0.0

    @property
    def most(self) -> int:
        """As :data:`MOST_SETS`."""
        return MOST_SETS

    def correlations(self, names: Sequence[str]) -> pd.DataFrame:
        """Give those of the model."""
        S = self.frame.loc[list(names), list(names)]
        with np.errstate(invalid="ignore"):
            scale = np.sqrt(np.diag(S))
            return S / np.outer(scale, scale)

    def dominance(self, sets: Sets, draws: int) -> Dominance:
        """Compare all subsets of the sets, with the first draws."""
        names = [name for own in sets.values() for name in own]
        drawn = self.drawn[:draws]
        return dominance_of_correlations(
            self.frame, drawn, self.target, names, self.n, sets=sets, always=self.held
        )

    def weights(self, sets: Sets) -> Weighed:
        """Split R2 by relative weights."""
        places = self.frame.columns.get_indexer
        chosen = [places(list(own)).tolist() for own in sets.values()]
        held, target = places(list(self.held)).tolist(), int(places([self.target])[0])
        usable = usable_correlations(self.drawn)
        seen = weights_of_sets(self.frame.to_numpy(dtype=float)[None], chosen, held, target)[:, 0]
        drawn: Floats | NotAvailable = NotAvailable("the draws are singular")
        if len(usable) >= _FEWEST_USABLE:
            drawn = weights_of_sets(usable, chosen, held, target)
        ranking = Ranking(tuple(sets), seen, drawn, _CONFIDENCE)
        asked = len(self.drawn)
        return Weighed(ranking, float(seen.sum()), "r2", self.n, asked, asked - len(usable))


@dataclass(frozen=True, slots=True)
class FromAnswers:
    """Answers of people; the outcome is 0 or 1.

    Attributes
    ----------
    frame : pandas.DataFrame
    target : str
    held : tuple of str
        What every model holds.
    draws, seed : int
        Bootstrap draws of respondents at most.
    """

    frame: pd.DataFrame
    target: str
    held: tuple[str, ...]
    draws: int
    seed: int

    @property
    def lost(self) -> float:
        """None: people are drawn."""
        return 0.0

    @property
    def most(self) -> int:
        """As :data:`MOST_SETS_OF_YES_NO`."""
        return MOST_SETS_OF_YES_NO

    def correlations(self, names: Sequence[str]) -> pd.DataFrame:
        """Give those of people who answered all."""
        return self.frame[list(names)].dropna().corr()

    def dominance(self, sets: Sets, draws: int) -> Dominance:
        """Compare all subsets of the sets by McFadden's measure, with as many draws as time allows."""
        names = [name for own in sets.values() for name in own]
        p = len(names) + len(self.held) + 1
        affordable = max(_FEWEST_DRAWS, _MOST_PRODUCTS // ((len(self.frame) * p * (p + 1) // 2) << len(sets)))
        return dominance(
            self.frame, self.target, names, sets=sets, always=self.held, seed=self.seed,
            bootstrap=min(draws, self.draws, affordable),
        )  # fmt: skip

    def weights(self, sets: Sets) -> Weighed:
        """Split McFadden's measure by relative weights of the logit model."""
        names = [name for own in sets.values() for name in own]
        rows = complete_rows(self.frame, [*self.held, *names, self.target], len(names) + 2)
        x, yes = rows.numbers[:, :-1], rows.numbers[:, -1]
        name_collinear(x, [*self.held, *names])
        h, n = len(self.held), len(yes)
        whole = subset_logits(x, yes, [range(h, x.shape[1])], range(h))
        if whole.separated.any():
            raise DataError(
                f"the predictors part the answers of {self.target!r} completely: a logit has no slope",
                cure="Leave out the predictor that decides alone, or collect more answers",
                code="separation",
            )
        counts = resampled_counts(n, self.draws, self.seed)
        counts = counts[(counts @ yes > 0) & (counts @ yes < n)]
        counts = np.vstack([np.ones(n), counts])
        loglik, slopes = drawn_slopes(x, yes, counts)
        base = drawn_slopes(x[:, :h], yes, counts)[0] if h else _constant_alone(yes, counts)
        S = resampled_covariances(x, counts)
        usable = (loglik < -1e-4 * n) & (np.linalg.eigvalsh(S)[:, 0] > 1e-10)
        explained = ((base - loglik) / _constant_alone(yes, counts))[usable]
        S = S[usable]
        if h:
            S = S[:, h:, h:] - S[:, h:, :h] @ np.linalg.solve(S[:, :h, :h], S[:, :h, h:])
        scale = np.sqrt(np.einsum("bii->bi", S))
        R = S / scale[:, :, None] / scale[:, None, :]
        own = weights_of_slopes(R, slopes[usable][:, h:] * scale, list(sets.values()), explained)  # type: ignore[arg-type]
        drawn: Floats | NotAvailable = NotAvailable("the predictors part the answers of all draws")
        if own.shape[1] > _FEWEST_USABLE:
            drawn = own[:, 1:]
        ranking = Ranking(tuple(sets), own[:, 0], drawn, _CONFIDENCE)
        failed = self.draws - (own.shape[1] - 1)
        return Weighed(ranking, float(own[:, 0].sum()), "mcfadden", n, self.draws, failed)


def _constant_alone(yes: Floats, counts: Floats) -> Floats:
    """Log-likelihood of each draw without predictors."""
    n = counts.sum(axis=1)
    share = counts @ yes / n
    return np.asarray(n * (share * np.log(share) + (1 - share) * np.log1p(-share)))
