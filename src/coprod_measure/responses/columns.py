"""Which column holds which item: by id, by the name map, by the exact wording; never by position."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.instrument.name_map import NameMap
from coprod_measure.responses.answers import label_table
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.personal_data import is_personal_name
from coprod_measure.responses.told_columns import Columns, Told, kept_columns, told_columns
from coprod_measure.responses.wordings import item_of_wording, items_by_wording, same_words

_NAMED = 12
_WAVE_AT_THE_END = re.compile(r"^(?P<item>.+?)[._-]?(?P<wave>(?:w|t|wave|time)_?\d{1,2})$", re.IGNORECASE)
_WAVE_AT_THE_START = re.compile(r"^(?P<wave>(?:w|t|wave|time)_?\d{1,2})[._-]?(?P<item>.+)$", re.IGNORECASE)
_OURS = {"", "synthetic"}  # no column, and the one that says that nobody gave these answers


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where things are in a file (values are column positions).

    Attributes
    ----------
    also : mapping
        Item id to its further columns, where the study names several for one item.
    options : mapping
        (Item id, code) to the column of one option of a multiple-choice item.
    stored : mapping
        Item id to what the platform stores for its codes, where the name map says so.
    kept : mapping
        Name to column, for the further columns that the study keeps.
    unmapped : tuple of str
        Columns that nothing claims.
    personal : tuple of str
        Columns dropped because they identify people.
    """

    items: Mapping[str, int]
    also: Mapping[str, tuple[int, ...]]
    options: Mapping[tuple[str, int], int]
    stored: Mapping[str, Mapping[str, int]]
    kept: Mapping[str, int]
    unmapped: tuple[str, ...]
    personal: tuple[str, ...]
    warnings: tuple[str, ...]


def match_columns(
    export: Export,
    instrument: Instrument,
    keep: Sequence[str] = (),
    names: NameMap | None = None,
    form: str = "",
    columns: Columns | None = None,
    waves: Mapping[str, str] | None = None,
) -> ColumnMap:
    """Find each item's column.

    Parameters
    ----------
    instrument : Instrument
        Whose item ids count.
    keep : sequence of str
        Further columns that the study wants (groups, conditions), by name or pattern.
    names : NameMap, optional
        What was written beside the questionnaire when it was exported to the platform.
    form : str
        The form that was fielded: its items are missed when the file lacks them.
    columns : mapping, optional
        What the study says of headings: item id to heading, pattern or several of them.
    waves : mapping, optional
        What the study says of waves side by side, of which this is one: name to pattern.

    Raises
    ------
    ResponsesError
        No item found; two columns for one item; a column that is nearly an item that is otherwise absent; a
        column to keep that is not there. All problems at once.
    """
    header = export.table.header
    told = told_columns(export, instrument, columns or {})
    claims = _claims(export, instrument, names, told)
    options = {**_option_columns(export, instrument, names), **told.options}
    problems = [*told.problems, *_doubled(export, claims)]
    items = {id_: positions[0] for id_, positions in {**claims, **told.items}.items()}
    claimed = {position for positions in (*claims.values(), *told.items.values()) for position in positions}
    taken = claimed | set(options.values()) | set(export.about.values()) | export.technical
    kept, absent = kept_columns(export, keep, taken)
    problems += absent
    rest = [
        p for p in range(len(header)) if p not in taken and p not in kept.values() and header[p] not in _OURS
    ]
    personal = [p for p in rest if is_personal_name(header[p])]
    unmapped = [p for p in rest if p not in set(personal)]
    side_by_side = _waves_side_by_side(export, instrument, unmapped, waves or {})
    if side_by_side:
        raise ResponsesError.from_problems([side_by_side])
    if not items and not problems:
        raise _nothing_found(export, instrument, [header[p] for p in unmapped], names)
    nearly = _nearly_items(export, instrument, unmapped, set(items), form)
    problems += [_name_map_missing(export, nearly)] if names is None and len(nearly) > _NAMED else nearly
    if problems:
        raise ResponsesError.from_problems(problems)
    found = {*items, *(id_ for id_, _ in options)}
    return ColumnMap(
        items={id_: items[id_] for id_ in instrument.items if id_ in items},
        also={id_: positions[1:] for id_, positions in told.items.items() if len(positions) > 1},
        options=options,
        stored={id_: one.values for id_, one in names.items.items() if one.values} if names else {},
        kept=kept,
        unmapped=tuple(header[p] for p in unmapped),
        personal=tuple(header[p] for p in personal),
        warnings=(*_warnings(export, unmapped), *_form_warnings(export, instrument, form, found)),
    )


def _claims(
    export: Export, instrument: Instrument, names: NameMap | None, told: Told
) -> dict[str, list[int]]:
    """Positions of the columns that claim an item, by id or by wording, where the study names none."""
    claims: dict[str, list[int]] = {}
    claimed = {position for positions in told.items.values() for position in positions}
    claimed |= set(told.options.values())
    item_of = {
        code: id_
        for id_, named in (names.items if names else {}).items()
        if not named.option_columns
        for code in (named.code, named.column)
    }
    if names:
        item_of |= {named.column: id_ for id_, named in names.items.items() if not named.option_columns}
    for position, codes in enumerate(export.codes):
        for id_ in [item_of.get(code, code) for code in codes if position not in claimed]:
            if id_ in told.items:
                continue
            if id_ in instrument.items and instrument.items[id_].kind != "display":
                claims.setdefault(id_, []).append(position)
                claimed.add(position)
                break
    by_wording = items_by_wording(instrument) if export.wordings else {}
    worded: set[str] = set()
    for position, wording in export.wordings.items():
        item = item_of_wording(wording, by_wording) if position not in claimed else None
        if item and item not in told.items and (item not in claims or item in worded):
            claims.setdefault(item, []).append(position)
            worded.add(item)
    return claims


def _option_columns(
    export: Export, instrument: Instrument, names: NameMap | None
) -> dict[tuple[str, int], int]:
    """Columns of multiple-choice items: ``item_3``, ``item___3`` (REDCap), ``item/3`` (Kobo), ``item[3]``."""
    wanted = {item.id: item for item in instrument.items.values() if item.kind == "multiple_choice"}
    if not wanted:
        return {}
    found: dict[tuple[str, int], int] = {}
    mapped = {
        column: (id_, int(option))
        for id_, named in (names.items if names else {}).items()
        for option, column in named.option_columns.items()
    }
    for position, codes in enumerate(export.codes):
        for code in codes:
            if code in mapped:
                found.setdefault(mapped[code], position)
                continue  # the option that its name seems to bear may be another
            parts = re.match(r"^(.*?)(?:___|_|/|\[)(-?\d+)\]?$", code)
            if parts and parts[1] in wanted:
                found.setdefault((parts[1], int(parts[2])), position)
    return _options_by_label(export, instrument, wanted) | found


def _options_by_label(
    export: Export, instrument: Instrument, wanted: Mapping[str, Item]
) -> dict[tuple[str, int], int]:
    """Find columns headed by the question and one of its options: ``Which tools? [Saw]``."""
    questions = {same_words(item.text): item for item in wanted.values()}
    found: dict[tuple[str, int], int] = {}
    for position, wording in export.wordings.items():
        parts = re.fullmatch(r"(.+?)\s*(?:\[(.+)\]|-\s+(.+)|:\s+(.+))", wording.strip(), re.DOTALL)
        item = questions.get(same_words(parts[1])) if parts else None
        scale = instrument.scale_of(item.id) if item else None
        if parts and item and scale:
            code = label_table(scale)[0].get(same_words(parts[2] or parts[3] or parts[4]))
            if code is not None:
                found.setdefault((item.id, int(code)), position)
    return found


def _doubled(export: Export, claims: Mapping[str, list[int]]) -> list[Problem]:
    header = export.table.header
    return [
        Problem(
            f"{export.table.name}, columns {', '.join(str(p + 1) for p in positions)}",
            f"the item {id_!r} has {len(positions)} columns ({', '.join(header[p] for p in positions)})",
            "Remove or rename all but one; if each person answered one of them, name them under 'columns'",
            "column-twice",
        )
        for id_, positions in claims.items()
        if len(positions) > 1
    ]


def _nothing_found(
    export: Export, instrument: Instrument, found: Sequence[str], names: NameMap | None
) -> ResponsesError:
    known = ", ".join(list(instrument.items)[:5])
    cure = (
        f"Columns are found by item id ({known}, ...), by the wording, by names.json of the export, or by a "
        "line under responses in the study file: columns: {item: heading}"
    )
    if names is not None:
        cure = f"The names.json beside it is of an export for {names.platform}, form {names.form!r}. {cure}"
    if export.recognised_by.startswith("named by the user"):
        cure = f"It was read as {export.platform}, as asked; leave 'source' out to have it recognised. {cure}"
    cure = ". ".join([*(word for word in export.warnings if word.startswith("names.json")), cure])
    words = "".join((*export.table.header, *export.table.labels.values()))
    if export.table.guessed and not words.isascii():
        cure += (
            f". Letters were read as {export.table.guessed}: where they look wrong, name the encoding under "
            "responses (encoding: cp1251, gb18030, shift_jis, ...)"
        )
    return ResponsesError(
        f"none of the columns is an item of {instrument.id!r} (found {_listed(found) or 'none'})",
        place=export.table.name,
        cure=cure,
        code="no-items",
    )


def _waves_side_by_side(
    export: Export, instrument: Instrument, unmapped: Sequence[int], named: Mapping[str, str]
) -> Problem | None:
    """Refuse a panel in wide format that nobody named, in one sentence and not in one a column."""
    waves: dict[str, str] = {}  # what the columns of a wave are called, to the first of them
    for position in unmapped:
        name = export.table.header[position]
        for form in (_WAVE_AT_THE_END, _WAVE_AT_THE_START):
            found = form.match(name)
            if found and found["item"] in instrument.items:
                waves.setdefault(name.replace(found["item"], "*", 1), name)
    if not waves:
        return None
    patterns = [f'{name}: "{pattern}"' for name, pattern in named.items()]
    patterns += [f'{"".join(re.findall("[a-zA-Z0-9]", pattern))}: "{pattern}"' for pattern in waves]
    cause = f"the waves of a panel stand side by side ({_listed(list(waves.values()))}), {len(waves)} in all"
    cure = f"Say under responses in the study file which columns are whose: wave: {{{', '.join(patterns)}}}"
    return Problem(
        export.table.name,
        f"{cause}, beside the {len(named)} that the study names" if named else cause,
        f"{cure}, or take those columns out of the file" if named else cure,
        "waves-side-by-side",
    )


def _nearly_items(
    export: Export, instrument: Instrument, unmapped: Sequence[int], found: set[str], form: str
) -> list[Problem]:
    """Refuse a column that all but names an absent item; a series may go on beyond what the study asks."""
    asked = instrument.forms[form].item_ids if form in instrument.forms else tuple(instrument.items)
    absent = [id_ for id_ in asked if id_ not in found and instrument.items[id_].kind != "display"]
    if not absent:
        return []
    folded = {_plain(id_): id_ for id_ in absent}
    series = Counter(_stem(export.table.header[position]) for position in unmapped)
    problems = []
    for position in unmapped:
        name = export.table.header[position]
        near = folded.get(_plain(name))
        if near is None and len(name) < 80:
            close = get_close_matches(name, absent, n=3, cutoff=0.85)
            near = next((id_ for id_ in close if not _stem(name) or _stem(id_) != _stem(name)), None)
        siblings = [id_ for id_ in absent if _stem(name) and _stem(id_) == _stem(name)]
        if near is None and len(siblings) == 1 and series[_stem(name)] == 1:
            near = siblings[0]
        begun = any(_stem(id_) == _stem(name) for id_ in found)
        if near is not None or (siblings and not begun):
            cause = f"{name!r} is not an item of {instrument.id!r}"
            place = f"{export.table.name}, column {name}"
            cure = f"Did you mean {near!r}?" if near else "Rename it, or name it as a column to keep"
            problems.append(Problem(place, cause, cure, "unknown-item"))
    return problems


def _name_map_missing(export: Export, nearly: Sequence[Problem]) -> Problem:
    """Say once what ails a file whose platform changed the names of all items."""
    columns = [problem.place.rpartition("column ")[2] for problem in nearly]
    return Problem(
        export.table.name,
        f"{len(nearly)} columns are called almost as items are ({_listed(columns)})",
        "Put the names.json that `coprod export` wrote with the questionnaire beside this file, or write "
        "under responses which heading is whose: columns: {item: heading}",
        "name-map-missing",
    )


def _stem(name: str) -> str:
    """Name of a numbered series: ``trust`` for ``trust_3``, ``A`` for ``A3``; empty without a number."""
    numbered = re.match(r"^(.*?)_?\d{1,9}$", name[-1000:])
    return numbered[1] if numbered else ""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _warnings(export: Export, positions: Sequence[int]) -> Iterator[str]:
    """Name the columns that were left out."""
    unmapped = [export.table.header[position] for position in positions]
    if unmapped:
        number = f"{len(unmapped)} columns belong" if len(unmapped) > 1 else "1 column belongs"
        were = "were" if len(unmapped) > 1 else "was"
        yield f"{export.table.name}: {number} to no item and {were} left out: {_listed(unmapped)}"
    repeated = sorted(name for name, times in Counter(unmapped).items() if times > 1)
    if repeated:
        yield f"{export.table.name}: columns that stand there more than once: {_listed(repeated)}"


def _form_warnings(export: Export, instrument: Instrument, form: str, found: set[str]) -> Iterator[str]:
    """Compare the items found with those that the form asks; the rest of the bank is not missed."""
    if form not in instrument.forms and instrument.forms:
        return
    listed = instrument.forms[form].item_ids if form in instrument.forms else instrument.items
    asked = [id_ for id_ in listed if instrument.items[id_].kind != "display"]
    strange = [id_ for id_ in instrument.items if id_ in found and id_ not in asked]
    if strange:
        others = [other.id for other in instrument.forms.values() if found <= set(other.item_ids)]
        hint = f"; was the form {others[0]!r} fielded, which asks all of them?" if len(others) == 1 else ""
        yield (
            f"{export.table.name}: holds {_items(len(strange))} that the form {form!r} does not ask: "
            f"{_listed(strange)}{hint}"
        )
    lacking = [id_ for id_ in asked if id_ not in found]
    if lacking:
        whose = f"the form {form!r}" if form else repr(instrument.id)
        yield f"{export.table.name}: lacks {_items(len(lacking))} of {whose}: {_listed(lacking)}"


def _items(number: int) -> str:
    return f"{number} item{'s' * (number > 1)}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name if len(name) <= 40 else name[:37] + "..." for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
