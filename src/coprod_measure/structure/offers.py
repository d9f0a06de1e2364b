"""Choice tasks of a questionnaire: which offers a question shows, and which each person took."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.instrument.definition import Instrument, Scale
from coprod_measure.responses.dataset import Responses

NONE = "none"
"""Column of the alternative to take none of the offers."""
BETWEEN_ATTRIBUTES, BEFORE_LEVEL = "; ", ": "
_PLACE = re.compile(
    r"(?i)((option|offer|alternative|choice|concept|card|profile|product|angebot)\s*#?)?([a-h]|\d+)"
    r"|.*([$#]\{|\{\{|\[%|\[question|\[field|\[pipe).*"
)
_NUMBER = re.compile(r"([$£€¥]?)\s?(-?\d+(?:\.\d+)?)(\s?[^\d]{0,12})")


@dataclass(frozen=True, slots=True)
class Tasks:
    """Choice tasks on one construct.

    Attributes
    ----------
    items : tuple of str
        A question each.
    offers : pandas.DataFrame
        One row an option: ``item code``, one column an attribute, and :data:`NONE` where a task has it.
    attributes : tuple of str
        Without :data:`NONE`.
    """

    items: tuple[str, ...]
    offers: pd.DataFrame
    attributes: tuple[str, ...]

    def answers(self, responses: Responses) -> pd.DataFrame:
        """One row a person, task and alternative: ``person task chosen``, attributes, :data:`NONE`."""
        parts = []
        people = responses.about["respondent"]
        for item, own in self.offers.groupby("item", sort=False):
            answers = responses.frame[str(item)]
            answers = answers[answers.isin(own["code"])]
            crossed = pd.DataFrame({"person": people[answers.index], "task": item, "answer": answers}).merge(
                own.drop(columns="item"), how="cross"
            )
            parts.append(crossed)
        rows = pd.concat(parts, ignore_index=True)
        return rows.assign(chosen=(rows["answer"] == rows["code"]).astype(int)).drop(
            columns=["answer", "code"]
        )


def tasks_of(construct: str, responses: Responses) -> Tasks | None:
    """Find questions on a construct whose options are offers: ``"Price: 20 €; Support: by phone"``.

    One option may be none of them. A number is one where every level is, with the same unit.
    """
    instrument = responses.instrument
    shown: list[dict[str, str | int]] = []
    items = [item.id for item in instrument.items_of(construct) if item.id in responses.frame]
    for item in items:
        options = options_of_task(item, instrument)
        if options is None:
            return None
        shown += options
    frame = pd.DataFrame(shown)
    attributes = tuple(name for name in frame.columns if name not in ("item", "code", NONE))
    if not attributes:
        return None
    offered = frame[NONE] == 0
    for name in attributes:
        levels = list(dict.fromkeys(frame.loc[offered, name]))
        if any(not isinstance(level, str) for level in levels):
            return None
        numbers = _numbers(levels)
        if numbers is not None:
            # Who takes none takes no level: the middle or the first stands there, as none has its own worth.
            frame[name] = frame[name].map(numbers).fillna(sum(numbers.values()) / len(numbers))
        else:
            frame[name] = pd.Categorical(frame[name].fillna(levels[0]), categories=levels)
    return Tasks(tuple(items), frame if (~offered).any() else frame.drop(columns=NONE), attributes)


def options_of_task(item: str, instrument: Instrument) -> list[dict[str, str | int]] | None:
    """Take options apart: ``code``, :data:`NONE` and attributes of each; None where they are no offers."""
    scale = instrument.scale_of(item)
    if scale is None:
        return None
    rows: list[dict[str, str | int]] = []
    for code, label in zip(scale.codes, scale.labels.get(instrument.languages[0], ()), strict=False):
        pairs = [part.split(BEFORE_LEVEL, 1) for part in label.split(BETWEEN_ATTRIBUTES)]
        offer = {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}
        whole = len(offer) == len(pairs)
        rows.append({"item": item, "code": code, NONE: int(not whole), **(offer if whole else {})})
    return rows if sum(int(row[NONE]) for row in rows) <= 1 < len(rows) else None


def names_nothing(scale: Scale) -> bool:
    """Whether options are mere places, "Option 1", or texts put in later: each person may have seen others.

    One option more may be none of them.

    Examples
    --------
    >>> names_nothing(Scale("task", (1, 2, 3), {"en": ("Option A", "Option B", "None of these")}))
    True
    """
    labels = next(iter(scale.labels.values()), ())
    return 0 < len(labels) <= 1 + sum(_PLACE.fullmatch(one.strip()) is not None for one in labels) > 2


def _numbers(levels: Sequence[str]) -> dict[str, float] | None:
    """Levels as numbers, where all are, in one unit."""
    found = [_NUMBER.fullmatch(level) for level in levels]
    if not all(found) or len({(one[1], one[3].strip()) for one in found if one}) != 1:
        return None
    return {level: float(one[2]) for level, one in zip(levels, found, strict=True) if one}
