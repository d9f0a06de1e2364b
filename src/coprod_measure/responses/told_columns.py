"""Columns that the study file names: ``columns`` for items, ``keep`` for what is carried along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from coprod_measure.errors import Problem
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.personal_data import holds_personal_cells, is_personal_name
from coprod_measure.responses.wordings import same_words

_STAR = "*"

Columns = Mapping[str, str | Sequence[str]]
"""Item id (or ``item:code`` for an option) to heading or headings; a star stands for any text."""


@dataclass(slots=True)
class Told:
    """Positions of the columns that the study names for items and options, and what is wrong with them."""

    items: dict[str, tuple[int, ...]] = field(default_factory=dict)
    options: dict[tuple[str, int], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def told_columns(export: Export, instrument: Instrument, columns: Columns) -> Told:
    """Look up what ``columns`` of the study file names.

    A star in an item's id and in its heading is the same text: ``{"mood_*": "DM02_0*"}``. Several headings,
    or one with a star alone, are several columns of one item, of which each person answered one.
    """
    told = Told()
    for name, given in columns.items():
        headings = [given] if isinstance(given, str) else list(given)
        for id_, wanted in _items_meant(name, headings, instrument, export.table.header).items():
            item, _, code = id_.partition(":")
            if item not in instrument.items:
                near = get_close_matches(item, list(instrument.items), n=1)
                cure = f"Did you mean {near[0]!r}?" if near else "Name items of the instrument"
                cause = f"'columns' names {item!r}, which is no item of {instrument.id!r}"
                told.problems.append(Problem(export.table.name, cause, cure, "unknown-item"))
                continue
            found: list[int] = []
            for heading in wanted:
                positions = _positions(export.table.header, heading)
                if not positions:
                    told.problems.append(_not_there(export, heading, f"that 'columns' names for {id_!r}"))
                found += [position for position in positions if position not in found]
            if not found:
                continue
            if code.lstrip("-").isdigit():
                told.options[item, int(code)] = found[0]
            elif len(found) > 1 and instrument.items[item].kind == "multiple_choice":
                cause = f"'columns' names {len(found)} columns for the options of {item!r}"
                cure = f"Write a line an option: '{item}:1': ..."
                told.problems.append(Problem(export.table.name, cause, cure, "options-together"))
            else:
                told.items[item] = tuple(found)
    return told


def kept_columns(
    export: Export, keep: Sequence[str], taken: set[int]
) -> tuple[dict[str, int], list[Problem]]:
    """Find the columns to carry along, by name or by a pattern with stars.

    A pattern takes no column that an item or the platform has, and none with personal data: such a column is
    kept only by its own name.
    """
    header = export.table.header
    kept: dict[str, int] = {}
    problems = []
    for name in keep:
        if name in header:
            kept[name] = header.index(name)
            continue
        positions = _positions(header, name) if _STAR in name else []
        if not positions:
            problems.append(_not_there(export, name, "to keep"))
        for position in positions:
            personal = is_personal_name(header[position]) or holds_personal_cells(
                export.table.cells[position]
            )
            if position not in taken and not personal:
                kept.setdefault(header[position], position)
    return kept, problems


def fits(pattern: str, name: str) -> bool:
    """Whether a name is called like a pattern with stars."""
    return bool(_fitted(pattern, name))


def _items_meant(
    name: str, headings: Sequence[str], instrument: Instrument, header: Sequence[str]
) -> dict[str, list[str]]:
    if _STAR not in name:
        return {name: list(headings)}
    meant: dict[str, list[str]] = {}
    for id_ in instrument.items:
        if found := _fitted(name, id_):
            meant[id_] = [heading.replace(_STAR, found[1], 1) for heading in headings]
    there = {id_: wanted for id_, wanted in meant.items() if any(_positions(header, one) for one in wanted)}
    return there or {name: list(headings)}


def _positions(header: Sequence[str], heading: str) -> list[int]:
    """Columns of that very heading; else of the same words; else those that fit the stars in it."""
    exact = [position for position, name in enumerate(header) if name == heading]
    if exact:
        return exact
    words = same_words(heading)
    alike = [position for position, name in enumerate(header) if same_words(name) == words]
    if alike or _STAR not in heading:
        return alike
    return [position for position, name in enumerate(header) if fits(heading, name)]


def _fitted(pattern: str, name: str) -> re.Match[str] | None:
    return re.fullmatch("(.*)".join(map(re.escape, pattern.split(_STAR))), name, re.DOTALL)


def _not_there(export: Export, name: str, for_what: str) -> Problem:
    near = get_close_matches(name, export.table.header, n=1)
    cure = f"Did you mean {near[0]!r}?" if near else "Check the heading, or take it off the list"
    return Problem(export.table.name, f"there is no column {name!r} {for_what}", cure, "missing-column")
