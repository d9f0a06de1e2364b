"""The record of what respondents answered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.notebook import Shown
from coprod_measure.responses.cleaning_rules import CleaningRules, Step

Known = TypeVar("Known")
SEVERAL_ROWS = ("wave", "category", "partner", "episode", "instance")
"""What tells rows of one person apart."""
LOG_COLUMNS = ("respondent", "column", "before", "after", "rule", "reason")
FLOW_COLUMNS = ("step", "rule", "n_in", "n_out", "excluded", "marked", "reason")


def empty_log() -> pd.DataFrame:
    """Log of answers that nothing was done to."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in LOG_COLUMNS})


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answers came from.

    Attributes
    ----------
    name : str
        File name without its folder.
    sha256 : str
        Hash of the raw file, which is never written to.
    platform : str
        Which importer read it (``"qualtrics"``, ``"table"``); ``recognised_by`` says why.
    synthetic : bool
        Whether the file or its ORIGIN says that no person gave these answers.
    columns : mapping
        Item id to the name of its column in the file.
    names_sha256, origin_sha256, context_sha256 : str
        Hashes of the name map, of the ORIGIN.md and of the table of countries that were read with the file;
        empty where there was none.
    """

    name: str
    sha256: str
    platform: str
    recognised_by: str
    n_rows: int
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    names_sha256: str = ""
    origin_sha256: str = ""
    context_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """The rows of one wave or category, each person once, out of several rows a person.

    Attributes
    ----------
    wave, category : str
        Which; empty where the answers know none.
    people, rows : int
        Of all answers, to compare.
    """

    wave: str
    category: str
    people: int
    rows: int


CLUSTER, WEIGHT = "(cluster)", "(weight)"
"""Columns that no item can be called, for a fit."""


@dataclass(frozen=True, slots=True, repr=False)
class Responses(Shown):
    """Answers of an instrument; a value: cleaning returns a new one.

    Attributes
    ----------
    frame : pandas.DataFrame
        The keyed table: one row a respondent and, where they are told apart, wave and category (index: their
        ids), one column an item id, reversed items mirrored so that high always means high, float with NaN
        where no answer is.
    shown : pandas.DataFrame
        The same cells as given, before keying: what longstring and similar indices need.
    missing : pandas.DataFrame
        Same shape, ``""`` where answered, else ``"not_shown"``, ``"unanswered"`` or ``"not_applicable"``.
    about : pandas.DataFrame
        One row as in ``frame``: whose it is (``respondent``), what the platform adds (``duration``,
        ``finished``, ``started``, ``language``), the design (``wave``, ``category``, ``partner``,
        ``episode``, ``country``, ``weight``, ``cluster``), other columns that the study keeps (groups),
        and marks of cleaning.
    log : pandas.DataFrame
        One row a changed or excluded cell or person (:data:`LOG_COLUMNS`).
    steps : tuple of Step
        Reading first, then one a cleaning rule.
    unmapped : tuple of str
        Columns of the file that no item claims and the study does not keep.
    warnings : tuple of str
        Plain words, each naming the item, column or respondent.
    form : str
        Id of the form that was fielded; empty when unknown.
    rules : CleaningRules or None
        What the answers were cleaned by, with the hash of its file; None before cleaning.
    positions : pandas.DataFrame or None
        Place of each shuffled item in its block as the respondent saw it, where the platform tells; one row a
        respondent, one column such an item.
    """

    instrument: Instrument
    frame: pd.DataFrame
    shown: pd.DataFrame
    missing: pd.DataFrame
    about: pd.DataFrame
    source: Source
    log: pd.DataFrame
    steps: tuple[Step, ...]
    unmapped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    form: str = ""
    rules: CleaningRules | None = None
    positions: pd.DataFrame | None = None
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, compute: Callable[[], Known]) -> Known:
        """Work out once what follows from these answers and many tests ask for; of many rows, each time.

        What is given back is shared: it is to be read only. Other answers (:func:`dataclasses.replace`) begin
        without it. ``key`` names all that ``compute`` depends on beside the answers.
        """
        if len(self.frame) >= _FEW:
            return compute()
        if key not in self._known:
            self._known[key] = compute()
        found: Known = self._known[key]
        return found

    def __getstate__(self) -> list[Any]:
        """Travel without what is easily worked out again."""
        return [{} if one.name == "_known" else getattr(self, one.name) for one in fields(self)]

    def values(self, items: Sequence[str]) -> np.ndarray:
        """Keyed answers to some items, shape (rows, items); of few rows all are laid out once."""
        if len(self.frame) >= _FEW:
            return np.asarray(self.frame[list(items)], dtype=float)
        table, place = self.once("values", self._as_one_array)
        return np.asarray(table[:, [place[name] for name in items]])

    def _as_one_array(self) -> tuple[np.ndarray, dict[str, int]]:
        numbers = self.frame.select_dtypes("number")
        return numbers.to_numpy(dtype=float, na_value=np.nan), {x: k for k, x in enumerate(numbers.columns)}

    @property
    def n(self) -> int:
        """Number of rows; of people only where each has one (see :attr:`people`)."""
        return len(self.frame)

    @property
    def rows(self) -> int:
        """Number of rows: one a person, wave and category."""
        return len(self.frame)

    @property
    def people(self) -> int:
        """Number of people."""
        if "respondent" not in self.about:
            return len(self.frame)
        return self.once("people", lambda: int(self.about["respondent"].nunique()))

    @property
    def waves(self) -> int:
        """Number of waves; 1 where none are told apart."""
        return max(len(self._names("wave")), 1)

    @property
    def wave_names(self) -> tuple[str, ...]:
        """Waves, in the order of numbers, else of appearance."""
        return tuple(self._names("wave"))

    @property
    def several_in_a_wave(self) -> bool:
        """Whether the design gives a person several rows in a wave: categories, partners, episodes."""
        return any(name in self.about for name in SEVERAL_ROWS[1:])

    @property
    def categories(self) -> int:
        """Number of product categories; 1 where none are told apart."""
        return max(len(self._names("category")), 1)

    def sampling(self) -> tuple[pd.DataFrame, dict[str, str]]:
        """Give the columns that errors and tests must know of, and the options of a fit that name them.

        Clusters are those that the study names, else people who have several rows; weights are those that
        the study names.

        Returns
        -------
        pandas.DataFrame, dict
            Columns :data:`CLUSTER` and :data:`WEIGHT` as far as there are such, and ``{"cluster": CLUSTER,
            "weights": WEIGHT}`` likewise; both empty where rows are independent and weigh the same.
        """
        columns: dict[str, pd.Series] = {}
        if "cluster" in self.about:
            columns[CLUSTER] = self.about["cluster"]
        elif self.people < self.rows:
            columns[CLUSTER] = self.about["respondent"]
        if "weight" in self.about:
            columns[WEIGHT] = self.about["weight"]
        names = {"cluster": CLUSTER, "weights": WEIGHT}
        options = {option: name for option, name in names.items() if name in columns}
        return pd.DataFrame(columns, index=self.frame.index), options

    def one_row_a_person(self, wave: str = "", category: str = "") -> tuple[Responses, Occasion | None]:
        """Keep one wave and category, and of what is left one row a person, so that rows are people.

        Parameters
        ----------
        wave, category : str
            Which; the first wave and the most frequent category when empty.

        Returns
        -------
        Responses, Occasion or None
            None where every person has one row anyway.

        Raises
        ------
        ResponsesError
            If there is no such wave or category.
        """
        if self.people == self.rows and not (wave or category):
            return self, None
        keep = pd.Series(True, index=self.frame.index)
        chosen = {"wave": wave, "category": category}
        for key, asked in chosen.items():
            names = self._names(key)
            if asked and asked not in names:
                raise ResponsesError(
                    f"there is no {key} {asked!r}",
                    place=self.source.name,
                    cure=f"Choose from {', '.join(names)}" if names else f"Leave {key} out",
                    code=f"unknown-{key}",
                )
            if names:
                of_rows = self.about.loc[keep, key].astype("str")
                chosen[key] = asked or (names[0] if key == "wave" else str(of_rows.value_counts().index[0]))
                keep &= self.about[key].astype("str") == chosen[key]
        one = self.keep(self.frame.index[keep])
        one = one.keep(one.frame.index[~one.about["respondent"].duplicated()])
        return one, Occasion(chosen["wave"], chosen["category"], self.people, self.rows)

    def _names(self, key: str) -> list[str]:
        """Waves or categories, in the order of numbers, also after a word (``T10``), else of appearance."""
        if key not in self.about:
            return []
        found = self.about[key].dropna().unique()
        names = [str(one) for one in found if str(one) != ""]
        told = pd.Series(names, dtype="str")
        if len(set(told.str.replace(r"\d+$", "", regex=True))) == 1:
            told = told.str.extract(r"(\d+)$", expand=False)
        numbers = pd.to_numeric(told, errors="coerce")
        return names if numbers.isna().any() else [names[i] for i in numbers.argsort()]

    @property
    def flow(self) -> pd.DataFrame:
        """One row a cleaning step (:data:`FLOW_COLUMNS`)."""
        rows = [
            (number, one.rule, one.n_in, one.n_out, one.excluded, one.marked, one.reason)
            for number, one in enumerate(self.steps)
        ]
        return pd.DataFrame(rows, columns=list(FLOW_COLUMNS))

    def keep(self, respondents: pd.Index) -> Responses:
        """Return the same record for some respondents only."""
        return kept([self], respondents)

    def without(self, *design: str) -> Responses:
        """Return the same record as if rows weighed the same or were drawn one by one.

        ``*design``: ``"weight"``, ``"cluster"``.
        """
        named = [name for name in design if name in self.about]
        return replace(self, about=self.about.drop(columns=named)) if named else self

    def items_of(self, construct_id: str) -> pd.DataFrame:
        """Keyed answers to the items of one construct that the data hold."""
        ids = [item.id for item in self.instrument.items_of(construct_id) if item.id in self.frame]
        return self.frame[ids]


_FEW = 50_000
"""Rows below which tables are taken whole, which is sooner."""


def kept(held: list[Responses], respondents: pd.Index) -> Responses:
    """Keep some respondents of the one record in ``held``, which is taken out of it.

    Columns are taken one by one, so that a million rows that nobody else holds do not stand twice; a column
    that ``shown`` and ``frame`` share stays shared.
    """
    one = held.pop()
    places = one.frame.index.get_indexer(respondents)
    if len(one.frame) < _FEW:
        own = ("frame", "shown", "missing", "about", "positions")
        taken = {name: part.take(places) for name in own if (part := getattr(one, name)) is not None}
        return replace(one, **taken)
    parts = [
        {name: getattr(one, part)[name].array for name in getattr(one, part).columns}
        for part in ("shown", "frame", "missing")
    ]
    empty = pd.DataFrame(index=one.frame.index[places])
    rest = replace(
        one,
        frame=empty,
        shown=empty,
        missing=empty,
        about=one.about.iloc[places],
        positions=None if one.positions is None else one.positions.iloc[places],
    )
    del one
    shown, frame, missing = parts
    for name in list(shown):
        shared = name in frame and np.shares_memory(np.asarray(shown[name]), np.asarray(frame[name]))
        shown[name] = shown[name].take(places)
        frame |= {name: shown[name]} if shared else {}
    for part in (frame, missing):
        for name in part:
            if part is missing or part[name] is not shown.get(name):
                part[name] = part[name].take(places)
    whole = (pd.DataFrame(part, index=empty.index, copy=False) for part in parts)
    return replace(rest, **dict(zip(("shown", "frame", "missing"), whole, strict=True)))
