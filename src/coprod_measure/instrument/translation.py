"""Translations go out to a spreadsheet and come back: nothing is lost, and what is stale says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import get_args

from coprod_measure.errors import InstrumentError, Problem
from coprod_measure.instrument.definition import Form, Instrument, Item, Scale, Status
from coprod_measure.instrument.spreadsheet import read_sheet, write_sheet
from coprod_measure.instrument.wording import PLACEHOLDER, options, source_hash
from coprod_measure.yaml_files import did_you_mean

_STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """One text and its translation.

    Attributes
    ----------
    key : str
        What it is: ``title``, ``placeholder:task``, ``item:joy_1``, ``scale:agree7:3`` (code 3),
        ``block:core:first``.
    source, source_hash : str
        The text in the source language, and the hash of the one that ``translation`` was made from. The
        translation is stale when the hash is not that of ``source``.
    translators : str
        Names, separated by ``;``.
    """

    key: str
    source: str
    source_hash: str
    translation: str = ""
    status: str = "draft"
    translators: str = ""

    @property
    def stale(self) -> bool:
        """Whether the source has changed since it was translated."""
        return bool(self.translation) and self.source_hash != source_hash(self.source)


COLUMNS = tuple(field.name for field in fields(TranslationRow))


def translation_rows(instrument: Instrument, language: str) -> tuple[TranslationRow, ...]:
    """Collect every text of an instrument with its translation, if there is one.

    ``instrument``: the instrument; its first language is the source. ``language``: language to translate
    into; it may be new to the instrument. Returns the title, placeholders, items, answer labels, titles of
    blocks. A translation without a hash counts as made from today's source.
    """
    filled = instrument.placeholder_translations.get(language, {})
    return (
        _row("title", instrument.title, instrument.title_translations.get(language, "")),
        *(
            _row(f"placeholder:{name}", text, filled.get(name, ""))
            for name, text in instrument.placeholders.items()
        ),
        *(_item_row(item, language) for item in instrument.items.values()),
        *(row for scale in instrument.scales.values() for row in _scale_rows(scale, instrument, language)),
        *(row for form in instrument.forms.values() for row in _title_rows(form, instrument, language)),
    )


def _row(key: str, source: str, translation: str) -> TranslationRow:
    """Make the row of a text whose translation carries no hash in the file."""
    return TranslationRow(key, source, source_hash(source), translation)


def _item_row(item: Item, language: str) -> TranslationRow:
    found = item.translations.get(language)
    if found is None:
        return TranslationRow(f"item:{item.id}", item.text, source_hash(item.text))
    made_from = found.source_hash or source_hash(item.text)
    names = "; ".join(found.translators)
    return TranslationRow(f"item:{item.id}", item.text, made_from, found.text, found.status, names)


def _scale_rows(scale: Scale, instrument: Instrument, language: str) -> Iterator[TranslationRow]:
    source = scale.labels[instrument.languages[0]]
    translated = scale.labels.get(language, ("",) * len(source))
    for code, text, label in zip(scale.codes, source, translated, strict=True):
        yield _row(f"scale:{scale.id}:{code}", text, label)
    if scale.not_applicable is not None:
        *_, (code, text) = options(scale, instrument.languages[0])
        yield _row(f"scale:{scale.id}:{code}", text, scale.not_applicable_labels.get(language, ""))


def _title_rows(form: Form, instrument: Instrument, language: str) -> Iterator[TranslationRow]:
    for block in form.blocks:
        if text := block.title.get(instrument.languages[0], ""):
            translated = block.title.get(language, "")
            yield _row(f"block:{form.id}:{block.id}", text, translated)


def write_translations(rows: Sequence[TranslationRow], path: Path) -> None:
    """Write a sheet for translators.

    ``path``: ``.csv`` (UTF-8 with byte order mark, as spreadsheets expect it) or ``.xlsx``.

    Raises
    ------
    InstrumentError
        If the ending is neither.
    """
    table = [COLUMNS, *(tuple(getattr(row, column) for column in COLUMNS) for row in rows)]
    write_sheet(path, table, "translation")


def read_translations(path: Path, instrument: Instrument) -> tuple[TranslationRow, ...]:
    """Read a sheet that came back.

    ``path``: ``.csv`` or ``.xlsx``, with the columns that :func:`write_translations` wrote, in any order;
    further columns are for the translators. ``instrument``: the instrument as it is now. With today's
    ``source``: rows whose source has changed are ``stale``.

    Raises
    ------
    InstrumentError
        With every row that is wrong: unknown key, unknown status, lost placeholder, a key twice.
    """
    table = read_sheet(path)
    if not table or not set(COLUMNS) <= set(table[0]):
        lacking = ", ".join(sorted(set(COLUMNS) - set(table[0] if table else ())))
        raise InstrumentError(
            f"the columns {lacking} are missing",
            place=path.name,
            cure="Keep the first row of the sheet as it went out",
            code="missing-column",
        )
    head, *body = table
    sources = {row.key: row.source for row in translation_rows(instrument, "")}
    rows: list[TranslationRow] = []
    problems: list[Problem] = []
    for number, cells in enumerate(body, start=2):
        named = dict(zip(head, cells, strict=False))
        if any(named.values()):
            row = TranslationRow(**{column: named.get(column, "") for column in COLUMNS})
            problems += _row_problems(row, f"{path.name}, row {number}", sources, {one.key for one in rows})
            rows.append(replace(row, source=sources.get(row.key, row.source)))
    if problems:
        raise InstrumentError.from_problems(problems)
    return tuple(rows)


def _row_problems(
    row: TranslationRow, place: str, sources: Mapping[str, str], seen: set[str]
) -> Iterator[Problem]:
    if row.key not in sources:
        yield Problem(place, f"there is no text '{row.key}'", did_you_mean(row.key, sources), "unknown-key")
        return
    if row.key in seen:
        yield Problem(
            place, f"'{row.key}' stands twice in the sheet", "Keep one of the rows", "duplicate-key"
        )
    if row.status not in _STATUSES:
        yield Problem(
            place, f"there is no status '{row.status}'", did_you_mean(row.status, _STATUSES), "unknown-status"
        )
    lost = set(PLACEHOLDER.findall(sources[row.key])) - set(PLACEHOLDER.findall(row.translation))
    if row.translation and lost:
        cause = f"the translation of '{row.key}' lacks the placeholder '{{{sorted(lost)[0]}}}'"
        yield Problem(place, cause, "Put it where the word belongs", "placeholder-lost")
