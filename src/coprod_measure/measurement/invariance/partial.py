"""Which items differ between groups: found in each construct's own model, one parameter at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError
from coprod_measure.fitting.models import cfa, refit
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.factors.confirmatory import measurement_model

Array = NDArray[np.float64]
Step = Literal["thresholds", "metric", "scalar"]

EFFECT_COLUMNS = ("construct", "item", "group", "label", "dmacs", "delta_loading", "delta_intercept", "n")
KEPT = 2
"""Items of a construct that stay equal and carry its common scale (Byrne, Shavelson and Muthén 1989)."""
PARTS = ("thresholds", "loadings", "intercepts", "residuals")
"""What levels make equal, in their order."""
_STEP_OF: dict[str, Step] = {"thresholds": "thresholds", "loadings": "metric", "intercepts": "scalar"}


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


class ConstructModels(Protocol):
    """Models of one construct at a time over groups or waves, the common part of every search here."""

    @property
    def constructs(self) -> Mapping[str, Sequence[str]]:
        """Construct to items."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What may be searched, a part of :data:`PARTS`, in its order."""

    def fit(
        self, construct: str, equal: Sequence[str], partial: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """Fit one construct by itself; ``partial`` names parameters that differ in spite of ``equal``.

        ``near``: of the same construct, where to start; what does not converge from there is not tried again.
        """


class LadderModels(ABC):
    """Models of all constructs for a ladder and of one for the search, which differ in estimator only."""

    __slots__ = ()
    constructs: Mapping[str, Sequence[str]]
    estimator: str
    search_estimator: ClassVar[str]

    def level(self, equal: tuple[str, ...], freed: Sequence[Freed]) -> Fit:
        """Fit all constructs."""
        return self.fit_constructs(self.constructs, equal, unequal_parameters(freed, equal), self.estimator)

    def fit(
        self, construct: str, equal: Sequence[str], partial: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """See :meth:`ConstructModels.fit`."""
        own = {construct: self.constructs[construct]}
        return self.fit_constructs(own, equal, partial, self.search_estimator, near)

    @abstractmethod
    def fit_constructs(
        self,
        constructs: Mapping[str, Sequence[str]],
        equal: Sequence[str],
        unequal: Sequence[str],
        estimator: str,
        near: Fit | None = None,
    ) -> Fit:
        """Fit some constructs with parts equal but for the parameters named."""


@dataclass(frozen=True, slots=True)
class OwnModels:
    """One-construct models over the groups.

    Attributes
    ----------
    frame : pandas.DataFrame
        Items and the grouping column.
    constructs : mapping
        Construct to items; those of fewer than three items are passed over.
    missing : str
        Of the whole model.
    quick : bool
        Whether a construct uses its complete answers in spite of ``missing``, unless most respondents lack
        one: a search fits dozens of these models and needs only their order.
    sampling : mapping
        Options of a fit that name clusters and weights.
    """

    frame: pd.DataFrame
    group: str
    constructs: Mapping[str, Sequence[str]]
    missing: str = "listwise"
    quick: bool = True
    sampling: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, ...]:
        """Loadings and intercepts are searched."""
        return ("loadings", "intercepts")

    def fit(
        self, construct: str, equal: Sequence[str], partial: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """See :meth:`ConstructModels.fit`; factor variance 1 in the first group."""
        if near is not None:
            return refit(near, group_equal=tuple(equal), group_partial=tuple(partial), afresh=False)
        return cfa(
            measurement_model({construct: self.constructs[construct]}),
            self.frame,
            group=self.group,
            group_equal=tuple(equal),
            group_partial=tuple(partial),
            missing=self._missing(construct),
            std_lv=True,
            **self.sampling,
        )

    def _missing(self, construct: str) -> str:
        if not self.quick:
            return self.missing
        complete = self.frame[list(self.constructs[construct])].notna().all(axis=1)
        return "listwise" if complete.mean() > 0.5 else self.missing


def searchable(own: ConstructModels) -> tuple[str, ...]:
    """Name the constructs of three items or more."""
    return tuple(name for name, items in own.constructs.items() if len(items) > KEPT)


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


def worst_parameter(own: ConstructModels, step: Step, freed: Sequence[Freed]) -> Freed | None:
    """Find the parameter whose equality costs most chi-square.

    Parameters
    ----------
    step : {"thresholds", "metric", "scalar"}
        Thresholds, loadings given those, or intercepts given both.
    freed : sequence of Freed
        Parameters that differ already.

    Returns
    -------
    Freed or None
        None when every construct has only :data:`KEPT` equal items left.
    """
    found = [candidate for name in searchable(own) for candidate in _candidates(own, name, step, freed)]
    return max(found, key=lambda candidate: candidate.delta_chisq, default=None)


def searched(own: ConstructModels, level: str) -> bool:
    """Whether parameters may be freed at a level."""
    return level in [_STEP_OF[part] for part in own.parts]


def item_effects(own: OwnModels) -> pd.DataFrame:
    """Size of every item's difference from the first group.

    Each construct is modelled alone, with the respondents that ``own.missing`` lets in. One item at a time
    has its loading and intercept freed while the other items of its construct hold the scale; the
    difference of the two expected answers is averaged over the group's own distribution of the factor and
    divided by the pooled standard deviation of the item (dMACS; Nye and Drasgow 2011, eq. 2).

    Returns one row an item and later group (:data:`EFFECT_COLUMNS`); ``n`` counts the respondents of both
    groups.
    """
    own = replace(own, quick=False)
    rows: list[tuple[object, ...]] = []
    for construct in searchable(own):
        for item, fit in each_item_freed(own, construct):
            k = list(own.constructs[construct]).index(item)
            spreads = [float(np.sqrt(group.cov[k, k])) for group in fit.solution.sample.groups]
            sizes = [group.n for group in fit.solution.sample.groups]
            reference = fit.implied[0]
            for g in range(1, len(sizes)):
                other = fit.implied[g]
                if other.v[0, 0] < 0.0:
                    continue
                loading = float(other.lam[k, 0] - reference.lam[k, 0])
                intercept = float(other.nu[k] - reference.nu[k])
                pooled = pooled_sd(spreads[0], sizes[0], spreads[g], sizes[g])
                size = dmacs(loading, intercept, float(other.alpha[0]), float(other.v[0, 0]), pooled)
                label, n = fit.group_labels[g], sizes[0] + sizes[g]
                rows.append((construct, item, g + 1, label, size, loading, intercept, n))
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def each_item_freed(own: ConstructModels, construct: str) -> Iterator[tuple[str, Fit]]:
    """Fit a construct with all parts equal but those of one item after the other, where that converges."""
    whole = _fitted(own, construct, own.parts, ())
    if whole is None:
        return
    for item in own.constructs[construct]:
        one = Freed(construct, item, parameter_of(construct, item, own.parts[0]), 0.0)
        fit = _fitted(own, construct, own.parts, [one], whole)
        if fit is not None:
            yield item, fit


def without_effect(own: ConstructModels, effects: pd.DataFrame, later: int) -> tuple[str, ...]:
    """Say which items got no effect size for some of the ``later`` groups, in at most one line."""
    sizes = effects["item"].value_counts()
    items = [item for name in searchable(own) for item in own.constructs[name]]
    lacking = [item for item in items if sizes.get(item, 0) < later]
    why = "the model with that item free does not converge, or gives the construct a negative variance"
    return (f"no size of the difference for {', '.join(lacking)}: {why}",) if lacking else ()


def dmacs(delta_loading: float, delta_intercept: float, mean: float, variance: float, sd: float) -> float:
    """Root mean squared difference of two expected answers, in standard deviations (Nye and Drasgow 2011).

    For straight lines the integral over a normal factor is
    ``delta_intercept^2 + 2 delta_intercept delta_loading mean + delta_loading^2 (variance + mean^2)``.

    Parameters
    ----------
    delta_loading, delta_intercept : float
        Focal minus reference group.
    mean, variance : float
        Of the factor in the focal group.
    sd : float
        Pooled standard deviation of the item.
    """
    squared = (
        delta_intercept**2
        + 2.0 * delta_intercept * delta_loading * mean
        + delta_loading**2 * (variance + mean**2)
    )
    return float(np.sqrt(max(squared, 0.0)) / sd)


def pooled_sd(first: float, n_first: float, second: float, n_second: float) -> float:
    """Pooled standard deviation as Nye and Drasgow (2011) take it: weighted by n - 1."""
    total = n_first + n_second - 2.0
    return ((n_first - 1.0) * first + (n_second - 1.0) * second) / total


def _candidates(own: ConstructModels, construct: str, step: Step, freed: Sequence[Freed]) -> list[Freed]:
    mine = [one for one in freed if one.construct == construct]
    gone = {one.item for one in mine}
    left = [item for item in own.constructs[construct] if item not in gone]
    if len(left) <= KEPT:
        return []
    place = [_STEP_OF[part] for part in own.parts].index(step)
    equal, part = own.parts[: place + 1], own.parts[place]
    before = _fitted(own, construct, equal, mine)
    if before is None:
        return []
    found = []
    for item in left:
        one = Freed(construct, item, parameter_of(construct, item, part), 0.0)
        after = _fitted(own, construct, equal, [*mine, one], before)
        if after is not None:
            found.append(replace(one, delta_chisq=before.test.value - after.test.value))
    return found


def _fitted(
    own: ConstructModels,
    construct: str,
    equal: Sequence[str],
    freed: Sequence[Freed],
    near: Fit | None = None,
) -> Fit | None:
    """Fit one construct; None where that fails, since a chi-square away from the minimum says nothing."""
    try:
        fit = own.fit(construct, equal, unequal_parameters(freed, equal), near)
    except CoprodError:
        return None
    return fit if fit.converged else None
