"""What a ladder of invariance, the search below it and the sizes of differences ask of models.

Groups (:mod:`.group_models`), ordered answers (:mod:`.ordered`) and waves (:mod:`.waves`) answer it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.fitting.result import Fit

EFFECT_COLUMNS = ("construct", "item", "group", "label", "dmacs", "delta_loading", "delta_intercept", "n")
MEAN_COLUMNS = ("construct", "group", "label", "est", "se", "pvalue")
KEPT = 2
"""Items of a construct that stay equal and carry its common scale (Byrne, Shavelson and Muthén 1989)."""
PARTS = ("thresholds", "loadings", "intercepts", "residuals")
"""What levels make equal, in their order."""


@dataclass(frozen=True, slots=True)
class Freed:
    """A parameter that may differ between groups.

    Attributes
    ----------
    parameter : str
        As :func:`parameter_of` names it: ``"A1|t"`` (all thresholds), ``"A=~A1"`` or ``"A1~1"``.
    delta_chisq : float
        What freeing it gains in the construct's own model.
    """

    construct: str
    item: str
    parameter: str
    delta_chisq: float


class LadderModels(ABC):
    """Models of all constructs for a ladder, and of one by itself for search and effect sizes."""

    __slots__ = ()
    constructs: Mapping[str, Sequence[str]]
    parts: ClassVar[tuple[str, ...]]
    """What may be searched, from :data:`PARTS`, in its order."""

    @property
    @abstractmethod
    def later(self) -> int:
        """How many groups or waves are compared with the first."""

    @abstractmethod
    def fit_all(
        self, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None, *, afresh: bool = True
    ) -> Fit:
        """Fit all constructs with parts equal but for the parameters named.

        ``near``: a level below, where to start; ``afresh``: whether other starts are tried where that leads
        nowhere.
        """

    @abstractmethod
    def fit_one(
        self, construct: str, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """Fit one construct by itself; what does not converge from ``near`` is not tried again."""

    @abstractmethod
    def effects(self) -> pd.DataFrame:
        """Size of every item's difference from the first group or wave; columns :data:`EFFECT_COLUMNS`."""

    @abstractmethod
    def means(self, fit: Fit) -> pd.DataFrame:
        """Latent means of a level against the first group or wave; columns :data:`MEAN_COLUMNS`."""

    @property
    def searchable(self) -> tuple[str, ...]:
        """The constructs of three items or more."""
        return tuple(name for name, items in self.constructs.items() if len(items) > KEPT)

    def found(
        self, construct: str, equal: Sequence[str], freed: Sequence[Freed], near: Fit | None = None
    ) -> Fit | None:
        """Fit one construct; None where that fails, since a chi-square away from the minimum says nothing."""
        try:
            fit = self.fit_one(construct, equal, unequal_parameters(freed, equal), near)
        except CoprodError:
            return None
        return fit if fit.converged else None


def parameter_of(construct: str, item: str, part: str) -> str:
    """Name an item's parameter of one part: ``A1|t``, ``A=~A1``, ``A1~1`` or ``A1~~A1``."""
    names = {"thresholds": f"{item}|t", "loadings": f"{construct}=~{item}", "intercepts": f"{item}~1"}
    return names.get(part, f"{item}~~{item}")


def unequal_parameters(freed: Sequence[Freed], equal: Sequence[str]) -> list[str]:
    """Name what stays unequal: an item that differs in one part is not comparable in what follows either.

    ``equal``: what is equal otherwise, from :data:`PARTS`.
    """
    found = []
    for one in freed:
        own = [parameter_of(one.construct, one.item, part) for part in PARTS]
        first = own.index(one.parameter)
        found += [name for name, part in zip(own[first:], PARTS[first:], strict=True) if part in equal]
    return sorted(set(found))
