"""What every part of the measurement is computed from: answers, options, and the parts before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import pandas as pd

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable, fault_of
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.parts import BY_NAME, ON_REQUEST
from coprod_measure.measurement.usable_items import usable_items
from coprod_measure.responses.dataset import Responses

Progress = Callable[[str], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MeasurementOptions:
    """How the measurement is examined; checked when it is made.

    Attributes
    ----------
    constructs : tuple of str or None
        In the measurement model; None: all that the answers hold items of.
    n_factors : int or None
        Exploratory factors; None: what parallel analysis keeps.
    rotation, extraction : str
        See :func:`~coprod_measure.measurement.factors.exploratory.efa`.
    correlation : {"pearson", "polychoric"}
        Behind the number of factors and the exploratory factors.
    estimator, missing : str
        Of the confirmatory models.
    groups : tuple of str
        Columns whose values are compared: items or kept columns.
    reference : mapping of str to str
        Column under ``groups`` to the group that the others are compared with; left out, the largest.
    levels : tuple of str
        Of invariance.
    htmt_draws : int
        Bootstrap draws behind the intervals of HTMT and of the coefficients of reliability.
    comparison_data : bool
        Whether the number of factors is also asked of simulated comparison data, which takes seconds.
    criteria : mapping
        Composite, or structure of composites, to the item that asks for the whole of it.
    structure : str
        Regressions among the constructs in model syntax, for what method variance does to them.
    permutations : int
        Shuffled groups of the permutation tests.
    collapse_empty_categories : bool
        Whether the ladder of ordered answers joins a category that a group never used with its neighbour, in
        all groups.
    extras : tuple of str
        Parts on request, from :data:`~coprod_measure.measurement.parts.ON_REQUEST`.

    Raises
    ------
    CoprodError
        If a part on request is unknown, or the models cannot be fitted so.
    """

    constructs: tuple[str, ...] | None = None
    n_factors: int | None = None
    rotation: str = "oblimin"
    extraction: str = "minres"
    correlation: Literal["pearson", "polychoric"] = "pearson"
    parallel_draws: int = 200
    estimator: str = "ML"
    missing: str = "listwise"
    groups: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ("configural", "metric", "scalar", "strict")
    htmt_draws: int = 500
    comparison_data: bool = False
    criteria: Mapping[str, str] = field(default_factory=dict)
    structure: str = ""
    permutations: int = 200
    collapse_empty_categories: bool = False
    extras: tuple[str, ...] = ()
    wave: str = ""
    category: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        unknown = [name for name in self.extras if name not in ON_REQUEST]
        if unknown:
            raise MeasurementError(
                f"there is no further part called {unknown[0]}",
                cure=f"Choose from {', '.join(ON_REQUEST)}",
                code="unknown-extra",
            )
        fit_options(self.fitting)

    @property
    def fitting(self) -> dict[str, Any]:
        """Estimator and treatment of missing answers, as models take them."""
        return {"estimator": self.estimator, "missing": self.missing}

    @property
    def missing_ordered(self) -> str:
        """How models of ordered answers treat missing ones: they have no likelihood of whole respondents."""
        return "listwise" if self.missing == "listwise" else "pairwise"


@dataclass
class Examination:
    """One run over all parts.

    Attributes
    ----------
    clean : Responses
        One row a person.
    whole : Responses or None
        All rows, where people may have several: what waves and scores take.
    found : dict
        Part to its record, or why it does not exist; filled in the order of the parts.
    failures : dict
        Part to the traceback of what nobody foresaw.
    """

    clean: Responses
    options: MeasurementOptions
    say: Progress = lambda _: None
    whole: Responses | None = None
    found: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @cached_property
    def panel(self) -> Responses:
        """All waves, of the category that the other parts look at where people answer for several."""
        if self.rows.categories < 2:
            return self.rows
        about = self.rows.about
        chosen = self.options.category or str(self.clean.about["category"].iloc[0])
        return self.rows.keep(self.rows.frame.index[about["category"].astype("str") == chosen])

    @property
    def rows(self) -> Responses:
        """All rows of all people."""
        return self.clean if self.whole is None else self.whole

    @cached_property
    def sets(self) -> list[ItemSet]:
        """Items and keyed answers of every construct asked for."""
        asked = self.options.constructs
        wanted = None if asked is None else {name: list(self.clean.items_of(name).columns) for name in asked}
        return list(item_sets(self.clean, wanted))

    @cached_property
    def usable(self) -> tuple[dict[str, tuple[str, ...]], pd.DataFrame]:
        """Constructs with the items that models can use, and a frame of the items set aside."""
        return usable_items(self.sets)

    @property
    def everything(self) -> dict[str, tuple[str, ...]]:
        """Constructs with all their items."""
        return {one.construct: one.items for one in self.sets}

    @property
    def scales(self) -> dict[str, tuple[str, ...]]:
        """Constructs with their usable items; with all of them where none is left, so that all say why."""
        return {name: self.usable[0].get(name, items) for name, items in self.everything.items()}

    @property
    def reflective(self) -> list[str]:
        """Usable items of reflective constructs."""
        names = [one.construct for one in self.sets if one.measurement == "reflective"]
        return [item for name in names for item in self.usable[0].get(name, ())]

    @property
    def modelled(self) -> Constructs:
        """Constructs as the models take them: those merged that the theory says to merge."""
        merges = self.found.get("merges")
        known: Constructs = self.usable[0] if merges is None or not merges else merges.constructs
        return known

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Reflective constructs in the models."""
        items = set(self.reflective)
        return {name: tuple(own) for name, own in self.modelled.items() if set(own) <= items}

    def without(self, not_taken: Collection[str]) -> Examination:
        """Give what a part sees that takes no weights or no clusters, by the options of a fit."""
        columns = [{"weights": "weight"}.get(option, option) for option in not_taken]
        if not columns:
            return self
        whole = None if self.whole is None else self.whole.without(*columns)
        return replace(self, clean=self.clean.without(*columns), whole=whole)

    def attempt(self, name: str, compute: Callable[[], Result]) -> Result | NotAvailable:
        """Compute a part; whatever stops it becomes the reason why the part is missing.

        An error that names its cause is told as it is. Anything else is a fault of the program: its
        traceback is kept for the file that the run names.
        """
        try:
            return compute()
        except CoprodError as problem:
            return NotAvailable(problem.in_one_line)
        except Exception as error:
            fault = fault_of(error)
            self.failures[name] = fault.traceback
            return NotAvailable(fault.reason)

    def each_group(self, name: str, compute: Callable[[str], Result]) -> dict[str, Result | NotAvailable]:
        """Compute a part for every grouping of the study; one that fails does not stop the others."""
        if not self.options.groups:
            raise MeasurementError("the study names no groups", cure="Name columns under groups")
        found = {}
        for group in self.options.groups:
            self.say(f"{BY_NAME[name].title}: {group}")
            found[group] = self.attempt(f"{name}, {group}", lambda group=group: compute(group))  # type: ignore[misc]
        return found


def set_aside(x: Examination) -> pd.DataFrame:
    """Compute the part ``set_aside``: ``construct item reason``."""
    return x.usable[1]
