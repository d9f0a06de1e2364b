"""Importance, performance and necessity in one map (cIPMA)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from coprod_measure.composites.importance import Importance, Range, ipma
from coprod_measure.composites.result import Pls
from coprod_measure.errors import DataError
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.necessity import Necessity, necessity

NECESSARY = 0.1
"""Smallest effect of a necessary condition that is called meaningful (Dul 2016)."""
CEILING = "ce_fdh"
COLUMNS = (
    "construct", "importance", "performance", "effect", "pvalue", "necessary", "required", "below",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class CombinedImportance(Shown):
    """What is important for a target, how it stands, and whether the target can do without it.

    Attributes
    ----------
    level : float
        Of the target, from 0 to 100, that is wanted.
    """

    importance: Importance
    necessity: Necessity
    level: float

    def table(self, alpha: float = 0.05) -> pd.DataFrame:
        """One row a construct; columns :data:`COLUMNS`.

        ``effect`` and ``pvalue`` of necessity (CE-FDH); ``necessary`` where the effect is at least
        :data:`NECESSARY` and its p below ``alpha``; ``required``: what the wanted level needs of the
        construct, from 0 to 100 (NaN: nothing); ``below``: share of respondents who have less.
        """
        found = self.necessity.table().set_index("condition")
        needed = self.necessity.bottleneck(CEILING, "actual", "actual", [self.level]).iloc[0]
        needed = needed.where(needed > float("-inf"))
        table = self.importance.constructs.copy()
        names = table["construct"].tolist()
        table["effect"], table["pvalue"] = (
            found.loc[names, "effect"].tolist(),
            found.loc[names, "pvalue"].tolist(),
        )
        table["necessary"] = (table["effect"] >= NECESSARY) & (table["pvalue"] < alpha)
        table["required"] = needed[names].tolist()
        scores = self.importance.scores
        table["below"] = [float((scores[name].dropna() < needed[name] - 1e-9).mean()) for name in names]
        return table[list(COLUMNS)]


def cipma(
    fit: Pls,
    target: str,
    ranges: Range | Mapping[str, Range],
    *,
    level: float = 80.0,
    permutations: int = 10_000,
    seed: int = 1,
) -> CombinedImportance:
    """Combine importance, performance and necessary conditions (Hauff, Richter, Sarstedt & Ringle 2024).

    Necessity takes the respondents who have all scores: with ``missing="em"`` those without a gap.

    Parameters
    ----------
    fit, target, ranges
        See :func:`coprod_measure.composites.importance.ipma`.
    level : float
        Of the target, from 0 to 100, that is wanted.
    permutations, seed : int
        Of the test of necessity; see :func:`coprod_measure.structure.methods.necessity.necessity`.

    Raises
    ------
    ModelError, DataError
        As the two do, and if nobody reaches the level.

    Examples
    --------
    >>> import numpy as np
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(3)
    >>> x = rng.integers(1, 8, 300)
    >>> frame = pd.DataFrame({"x": x, "y": np.maximum(x - rng.integers(0, 3, 300), 1)})
    >>> found = cm.cipma(cm.pls("y ~ x", frame), "y", (1, 7), permutations=500)
    >>> found.table().round(2)[["construct", "effect", "necessary", "required", "below"]].values.tolist()
    [['x', 0.58, True, 83.33, 0.73]]
    """
    mapped = ipma(fit, target, ranges)
    scores = mapped.scores
    reached = float(scores[target].max())
    if not 0.0 < level <= reached:
        cure = f"Give a level above 0, up to {reached:.0f}"
        raise DataError(f"nobody reaches {level:g}", place="argument level", cure=cure, code="level")
    conditions = mapped.constructs["construct"].tolist()
    found = necessity(scores, target, conditions, ceilings=(CEILING,), permutations=permutations, seed=seed)
    return CombinedImportance(mapped, found, float(level))
