"""Control variables: what is held constant in every structural equation, coded by its scale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import InputError
from coprod_measure.estimation.specification.writing import label, unused
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.yaml_files import did_you_mean

ALL = "all"
"""Key of controls that hold for every outcome."""
FEWEST_OF_A_DUMMY = 5
"""Respondents that a category needs for a column of its own; fewer are counted with the reference."""
USABLE = ("scale", "single_choice", "number", "slider")
"""Kinds of questions that can be held constant."""


@dataclass(frozen=True, slots=True)
class Control:
    """One column of a model.

    Attributes
    ----------
    column : str
        Its name in the model.
    source : str
        Item or kept column.
    level, reference : str
        The category that the column marks with 1 and the category that all others are compared with, by code
        or as it stands in the answers; empty for an amount, which enters as it is.
    joined : tuple of str
        Categories of too few respondents, counted with the reference.
    """

    column: str
    source: str
    level: str = ""
    reference: str = ""
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Controls:
    """Coded controls.

    Attributes
    ----------
    sources_of : mapping
        Outcome, or :data:`ALL`, to items and kept columns.
    frame : pandas.DataFrame
        One row a respondent, one column a control.
    """

    coded: tuple[Control, ...] = ()
    sources_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)

    def of(
        self, outcome: str, among: pd.Index | None = None, besides: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Columns that are held constant for an outcome.

        Without those that do not vary ``among`` rows, and items that the model has already (``besides``).
        """
        sources = {*self.sources_of.get(ALL, ()), *self.sources_of.get(outcome, ())} - {*besides}
        names = [one.column for one in self.coded if one.source in sources]
        if among is None or not names:
            return tuple(names)
        spread = self.frame.reindex(among)[names]
        return tuple(name for name in names if spread[name].max() > spread[name].min())

    def varying(self, names: Sequence[str], groups: pd.Series) -> tuple[str, ...]:
        """Those that vary in every group: what sorts the groups cannot be held constant within them."""
        values = self.frame.reindex(groups.index)[list(names)]
        least = values.groupby(groups.to_numpy()).nunique().min()
        return tuple(name for name in names if least[name] > 1)

    def names_of(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Name what the study calls these columns, each once."""
        source = {one.column: one.source for one in self.coded}
        return tuple(dict.fromkeys(source[name] for name in columns))

    def columns(self, names: Collection[str], rows: pd.Index) -> pd.DataFrame:
        """Coded values of some controls for some rows."""
        return self.frame.reindex(rows)[[one.column for one in self.coded if one.column in names]]


NO_CONTROLS = Controls()


def by_outcome(asked: Sequence[str] | Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Give each outcome its controls.

    Examples
    --------
    >>> by_outcome(["age"]), by_outcome({"trust": ["age"]})
    ({'all': ('age',)}, {'trust': ('age',)})
    """
    if isinstance(asked, Mapping):
        return {outcome: tuple(names) for outcome, names in asked.items() if names}
    return {ALL: tuple(asked)} if asked else {}


def code_controls(asked: Mapping[str, Sequence[str]], clean: Responses) -> Controls:
    """Code items and kept columns as columns of a model.

    Numbers, sliders and ordered answers enter as they are; names (nominal scales, text) and yes/no answers
    as one 0/1 column a category, against the largest (Cohen, Cohen, West and Aiken 2003, Applied multiple
    regression, ch. 8).

    Parameters
    ----------
    asked : mapping
        Outcome, or :data:`ALL`, to items and kept columns.

    Raises
    ------
    InputError
        If a name is neither a usable item nor a column, or nobody differs in it.
    """
    coded: list[Control] = []
    columns: dict[str, pd.Series] = {}
    for source in dict.fromkeys(name for names in asked.values() for name in names):
        values = _values(source, clean)
        if values.nunique() < 2:
            raise InputError(
                "all respondents are alike in it",
                place=f"control {source}",
                cure="Leave it out",
                code="constant-control",
            )
        taken = (*clean.frame.columns, *clean.instrument.constructs, *columns)
        if _is_amount(source, values, clean.instrument):
            name = unused(label(source), [one for one in taken if one != source])
            coded.append(Control(name, source))
            columns[name] = pd.to_numeric(values, errors="coerce").astype(float)
            continue
        dummies = _dummies(source, values, taken)
        coded += [one for one, _ in dummies]
        columns |= {one.column: column for one, column in dummies}
    frame = pd.DataFrame(columns, index=clean.frame.index)
    return Controls(tuple(coded), {outcome: tuple(names) for outcome, names in asked.items()}, frame)


def why_unusable(name: str, instrument: Instrument) -> str:
    """Say why an item cannot be held constant; empty where it can."""
    item = instrument.items[name]
    return (
        ""
        if item.kind in USABLE
        else f"a question of the kind {item.kind.replace('_', ' ')} is no amount or group"
    )


def _values(source: str, clean: Responses) -> pd.Series:
    if source in clean.frame:
        why = why_unusable(source, clean.instrument)
        if why:
            raise InputError(why, place=f"control {source}", cure="Leave it out", code="unusable-control")
        return clean.frame[source]
    if source in clean.about:
        found = clean.about[source]
        numbers = pd.to_numeric(found, errors="coerce")
        return (
            numbers if numbers.notna().sum() == found.notna().sum() else found.astype("string").astype(object)
        )
    raise InputError(
        "there is no such item or kept column in the answers",
        place=f"control {source}",
        cure=did_you_mean(source, (*clean.frame.columns, *clean.about.columns)),
        code="unknown-control",
    )


def _is_amount(source: str, values: pd.Series, instrument: Instrument) -> bool:
    scale = instrument.scale_of(source) if source in instrument.items else None
    if scale is not None:
        return scale.ordered and len(scale.codes) > 2
    return bool(pd.api.types.is_numeric_dtype(values) and values.nunique() > 2)


def _dummies(source: str, values: pd.Series, taken: Collection[str]) -> list[tuple[Control, pd.Series]]:
    named = values.map(code_as_text, na_action="ignore")
    sizes = named.value_counts()
    reference = str(sizes.index[0])
    thin = tuple(str(one) for one in sizes[sizes < FEWEST_OF_A_DUMMY].index if one != reference)
    levels = [str(one) for one in sorted(sizes.index) if one != reference and one not in thin]
    if not levels:
        raise InputError(
            f"fewer than {FEWEST_OF_A_DUMMY} respondents differ from the others in it",
            place=f"control {source}",
            cure="Leave it out",
            code="constant-control",
        )
    return [
        (
            Control(unused(label(source, level), taken), source, level, reference, thin),
            named.eq(level).astype(float).where(named.notna()),
        )
        for level in levels
    ]
