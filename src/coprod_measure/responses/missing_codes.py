"""Cells that the study says are no answers, for all items or for some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.imports.raw_table import Export, MissingKind, number_text
from coprod_measure.responses.wordings import same_words

Limited = Mapping[str, str | Sequence[str]]
MissingCodes = Mapping[str, MissingKind | Limited]
_KINDS = ("not_shown", "unanswered", "not_applicable")


def with_missing_codes(export: Export, codes: MissingCodes | None, instrument: Instrument) -> Export:
    """Add what the study says of missing cells to what the platform says.

    ``codes``: cell to kind, or to ``{"means": kind, "among": [items, scales or constructs]}``.

    Raises
    ------
    ResponsesError
        If ``among`` names nothing of the instrument, or a kind is unknown.
    """
    everywhere: dict[str, MissingKind] = {}
    within: dict[str, dict[str, MissingKind]] = {}
    problems: list[Problem] = []
    known = [*instrument.items, *instrument.scales, *instrument.constructs]
    for cell, given in (codes or {}).items():
        limits = given if isinstance(given, Mapping) else {"means": given}
        kind, among = limits.get("means"), limits.get("among", ())
        if kind not in _KINDS:
            cause = f"missing_codes gives {cell!r} the meaning {kind!r}"
            problems.append(Problem("", cause, f"Use {', '.join(_KINDS)}", "unknown-kind"))
            continue
        meaning: MissingKind = kind  # type: ignore[assignment]
        names = [among] if isinstance(among, str) else list(among)
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                cure = f"Did you mean {near[0]!r}?" if near else "Name items, scales or constructs"
                cause = f"missing_codes limits {cell!r} to {name!r}, which {instrument.id!r} does not have"
                problems.append(Problem("", cause, cure, "unknown-item"))
            within.setdefault(name, {})[_cell_text(cell)] = meaning
        if not names:
            everywhere[_cell_text(cell)] = meaning
    if problems:
        raise ResponsesError.from_problems(problems)
    return replace(export, missing={**export.missing, **everywhere}, told=everywhere, told_within=within)


def _cell_text(cell: object) -> str:
    """Write a cell as it is looked up: numbers as files show them, Stata's ``.a`` as the letter it stores."""
    text = same_words(str(cell))
    try:
        return number_text(float(text))
    except ValueError:
        return text[1:] if len(text) == 2 and text[0] == "." else text
