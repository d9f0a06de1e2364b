"""The steps of an invariance ladder: fit a level, compare it with the one below, free what does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, cast

import pandas as pd

from coprod_measure.errors import CoprodError, DataError, Message, NotAvailable
from coprod_measure.fitting.best_measures import comparable
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.differences import difference
from coprod_measure.measurement.guides import KEPT_CFI, KEPT_RMSEA
from coprod_measure.measurement.invariance.item_effects import without_effect
from coprod_measure.measurement.invariance.models import (
    EFFECT_COLUMNS,
    MEAN_COLUMNS,
    Freed,
    LadderModels,
    unequal_parameters,
)
from coprod_measure.measurement.invariance.partial import Step, searched, worst_parameter
from coprod_measure.yaml_reading import did_you_mean

INVARIANCE_COLUMNS = (
    "level",
    "chisq",
    "df",
    "pvalue",
    "cfi",
    "rmsea",
    "srmr",
    "delta_chisq",
    "delta_df",
    "delta_pvalue",
    "delta_cfi",
    "delta_rmsea",
)
_UNTESTED = "why there is no test of the difference"
FREED_COLUMNS = ("level", "construct", "item", "parameter", "delta_chisq")
COMPARABLE = ("scalar", "strict", "means")
"""Levels from which on equal standing gives equal answers."""
# Significance of the difference below which a level fails, where only this can be said.
TESTED = 0.05
LEVELS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("intercepts",),
    "strict": ("residuals",),
    "means": ("means",),
}


def wanted_levels(
    asked: Sequence[str], ladder: Mapping[str, tuple[str, ...]] = LEVELS
) -> dict[str, tuple[str, ...]]:
    """Take levels from a ladder, all but ``means`` where none are named.

    Raises
    ------
    DataError
        If one is unknown.
    """
    asked = asked or tuple(level for level in ladder if level != "means")
    unknown = [level for level in asked if level not in ladder]
    if unknown:
        raise DataError(f"there is no level called {unknown[0]}", cure=did_you_mean(unknown[0], ladder))
    return {level: ladder[level] for level in ladder if level in asked}


@dataclass(frozen=True, slots=True)
class Rung:
    """A fitted level, whole or with parameters freed, and the fit that it is compared with."""

    level: str
    fit: Fit
    below: Fit | None
    partial: bool = False

    @property
    def name(self) -> str:
        """``scalar`` or ``partial scalar``."""
        return f"partial {self.level}" if self.partial else self.level


@dataclass(frozen=True, slots=True)
class Climb:
    """What a ladder came to, over groups, ordered answers or waves alike.

    Attributes
    ----------
    freed : tuple of (str, Freed)
        With the level at which each was freed.
    unavailable : dict
        Level to the reason why it could not be fitted.
    """

    rungs: tuple[Rung, ...]
    freed: tuple[tuple[str, Freed], ...]
    unavailable: dict[str, NotAvailable]

    @property
    def highest(self) -> Rung | None:
        """The last rung that holds."""
        holding = held(self.rungs)
        return holding[-1] if holding else None

    @property
    def comparable(self) -> Fit | None:
        """Last fit that holds and lets latent means differ and be compared."""
        fits = [rung.fit for rung in held(self.rungs) if rung.level in ("scalar", "strict")]
        return fits[-1] if fits else None

    def told(self, models: LadderModels, *, effects: bool) -> dict[str, Any]:
        """Fields of the record of invariance that every ladder fills alike."""
        known = effects and bool(self.rungs)
        sizes = models.effects() if known else pd.DataFrame(columns=list(EFFECT_COLUMNS))
        best = self.comparable
        steps = rows(self.rungs)
        untested = [
            f"{row['level']}: no test of the difference ({row[_UNTESTED]})"
            for row in steps
            if _UNTESTED in row
        ]
        return {
            "steps": pd.DataFrame(steps, columns=list(INVARIANCE_COLUMNS)),
            "freed": _freed_table(self.freed),
            "effects": sizes,
            "means": models.means(best) if best is not None else pd.DataFrame(columns=list(MEAN_COLUMNS)),
            "highest": self.highest.name if self.highest else "none",
            "level": self.highest.level if self.highest else "none",
            "tested": tuple(dict.fromkeys(rung.level for rung in self.rungs)),
            "unavailable": self.unavailable,
            "messages": (
                *_messages_of(self.rungs),
                *untested,
                *(without_effect(models, sizes) if known else ()),
            ),
        }


def climb(models: LadderModels, levels: Mapping[str, tuple[str, ...]], *, partial: bool) -> Climb:
    """Fit every level.

    Parameters
    ----------
    levels : mapping
        Level to what it adds to the equalities, in order.
    partial : bool
        Whether parameters are freed where a level fails.
    """
    fit = _from_below(models)
    rungs: list[Rung] = []
    freed: list[tuple[str, Freed]] = []
    unavailable: dict[str, NotAvailable] = {}
    equal: tuple[str, ...] = ()
    below: Fit | None = None
    for level, more_equal in levels.items():
        equal = (*equal, *more_equal)
        try:
            found = fit(equal, [one for _, one in freed])
        except CoprodError as problem:
            unavailable[level] = NotAvailable(problem.in_one_line)
            continue
        if not found.converged:
            why = "; ".join([f"the {level} model did not converge", *found.outnumbered])
            unavailable[level] = NotAvailable(why)
            if below is None:
                # Without a configural model nothing above it can be compared.
                break
            continue
        rungs.append(Rung(level, found, below))
        if partial and below and searched(models, level) and not holds(found, below):
            remedy = _free_until_it_holds(
                lambda more, equal=equal: fit(equal, more),  # type: ignore[misc]
                models,
                cast(Step, level),
                [one for _, one in freed],
                below,
            )
            if remedy is not None:
                found, more = remedy
                freed += [(level, one) for one in more]
                rungs.append(Rung(level, found, below, partial=True))
        below = found
    return Climb(tuple(rungs), tuple(freed), unavailable)


def _from_below(models: LadderModels) -> Callable[[tuple[str, ...], Sequence[Freed]], Fit]:
    """Fit all constructs, each level started at the last one that has a minimum.

    Where one had none from any start, the rest are tried from there only: in drawn answers each of them would
    be searched for as long again.
    """
    start: Fit | None = None
    lost = False

    def fit(equal: tuple[str, ...], freed: Sequence[Freed]) -> Fit:
        nonlocal start, lost
        found = models.fit_all(equal, unequal_parameters(freed, equal), start, afresh=not lost)
        lost = lost or not found.converged
        start = found if found.converged else start
        return found

    return fit


def _free_until_it_holds(
    fit: Callable[[Sequence[Freed]], Fit], models: LadderModels, step: Step, freed: list[Freed], below: Fit
) -> tuple[Fit, list[Freed]] | None:
    """Free the worst parameter until the level holds; None when too few equal ones would be left."""
    more: list[Freed] = []
    while True:
        worst = worst_parameter(models, step, [*freed, *more])
        if worst is None:
            return None
        more.append(worst)
        try:
            found = fit([*freed, *more])
        except CoprodError:
            return None
        if not found.converged:
            return None
        if holds(found, below):
            return found, more


def holds(fit: Fit, below: Fit) -> bool:
    """Whether a level fits about as well as the one below: CFI and RMSEA within their limits.

    Where incomplete answers leave no saturated model neither exists, and the test of the difference decides.
    """
    cfi, cfi_below = comparable((fit.measures, below.measures), "cfi")
    rmsea, rmsea_below = comparable((fit.measures, below.measures), "rmsea")
    if isnan(cfi) and isnan(cfi_below):
        pvalue = difference(fit, below)[2]
        return not isinstance(pvalue, NotAvailable) and pvalue > TESTED
    return KEPT_CFI.met(cfi - cfi_below) and KEPT_RMSEA.met(rmsea - rmsea_below)


def held(rungs: Sequence[Rung]) -> list[Rung]:
    """Rungs up to the last level that holds; a partial one replaces the level that failed."""
    held: list[Rung] = []
    for k, rung in enumerate(rungs):
        if rung.below is None or holds(rung.fit, rung.below):
            held.append(rung)
        elif k + 1 == len(rungs) or not rungs[k + 1].partial:
            break
    return held


def rows(rungs: Sequence[Rung]) -> list[dict[str, object]]:
    """Fit measures of every rung and their change against the fit below it."""
    fits = list(dict.fromkeys(fit for rung in rungs for fit in (rung.fit, rung.below) if fit is not None))
    known = {
        name: dict(zip(fits, comparable([fit.measures for fit in fits], name), strict=True))
        for name in ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr")
    }
    found: list[dict[str, object]] = []
    for rung in rungs:
        row: dict[str, object] = {"level": rung.name}
        row |= {name: values[rung.fit] for name, values in known.items()}
        row["df"] = int(known["df"][rung.fit])
        if rung.below is not None:
            delta, delta_df, delta_pvalue = difference(rung.fit, rung.below)
            row["delta_df"] = delta_df
            if isinstance(delta_pvalue, NotAvailable):
                row[_UNTESTED] = delta_pvalue.reason
            else:
                row |= {"delta_chisq": delta, "delta_pvalue": delta_pvalue}
            for name in ("cfi", "rmsea"):
                row[f"delta_{name}"] = known[name][rung.fit] - known[name][rung.below]
        found.append(row)
    return found


def _freed_table(freed: Sequence[tuple[str, Freed]]) -> pd.DataFrame:
    """Write down what was freed; columns :data:`FREED_COLUMNS`."""
    rows = [(level, one.construct, one.item, one.parameter, one.delta_chisq) for level, one in freed]
    return pd.DataFrame(rows, columns=list(FREED_COLUMNS))


def _messages_of(rungs: Sequence[Rung]) -> list[str]:
    """Collect messages, each once: what all levels say needs no level."""
    found: dict[str, list[str]] = {}
    for rung in rungs:
        for words in rung.fit.messages:
            found.setdefault(words, []).append(rung.name)
    return [
        words if len(by) == len(rungs) else Message(f"{', '.join(by)}: {words}", getattr(words, "code", ""))
        for words, by in found.items()
    ]
