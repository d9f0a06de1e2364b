"""The codebook of an instrument: its tables in Markdown, HTML, XLSX or JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from coprod_measure.errors import InputError, InstrumentError
from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.instrument.forms import minutes, pair_coverage, version_items
from coprod_measure.instrument.wording import item_text, options
from coprod_measure.output_files import spreadsheet_text, write_text, write_whole
from coprod_measure.yaml_files import did_you_mean

Format = Literal["markdown", "html", "xlsx", "json"]
_CONSTRUCT_COLUMNS = (
    *("construct", "name", "definition", "stage", "domain", "measurement", "unit", "direction", "sources"),
    *("place", "items"),
)
_ITEM_COLUMNS = (
    *("item", "wording", "construct", "scale", "role", "kind", "reversed", "codes", "shown_if", "status"),
    *("forms", "source", "history"),
)
# A page is read by scrolling down, so what would make a table too wide stands in one last cell.
_MOST_COLUMNS, _OWN_COLUMNS = 6, 4
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1a1a1a}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;border-top:2px solid;border-bottom:2px solid}
th,td{text-align:start;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc}
.more{width:35%;min-width:16rem;overflow-wrap:anywhere}
th{border-bottom:1px solid #1a1a1a}
"""


@dataclass(frozen=True, slots=True)
class CodebookTable:
    """One table: ``rows`` hold text in the order of ``columns``."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def of_form(instrument: Instrument, form: str) -> Instrument:
    """Take the part of an instrument that a form asks: its items, their scales and constructs.

    Raises
    ------
    InstrumentError
        If there is no such form.
    """
    if form not in instrument.forms:
        cure = did_you_mean(form, instrument.forms)
        raise InstrumentError(f"'{instrument.id}' has no form '{form}'", cure=cure, code="unknown-form")
    items = {id_: instrument.items[id_] for id_ in instrument.forms[form].item_ids}
    scales = {item.scale_id for item in items.values()}
    measured = {item.construct_id for item in items.values()}
    return replace(
        instrument,
        items=items,
        scales={id_: scale for id_, scale in instrument.scales.items() if id_ in scales},
        constructs={id_: one for id_, one in instrument.constructs.items() if id_ in measured},
        forms={form: instrument.forms[form]},
    )


def tables_text(
    title: str, tables: Sequence[CodebookTable], form: Literal["markdown", "html", "json"]
) -> str:
    """Render tables under a title; what stands in them is escaped."""
    return _RENDER[form](title, tuple(tables))


def codebook_tables(instrument: Instrument, language: str | None = None) -> tuple[CodebookTable, ...]:
    """Collect what a codebook tells.

    ``language``: language of wording and labels; the source language without it. Returns instrument,
    constructs, items, scales, forms; the covariance coverage where a form plans gaps.

    Raises
    ------
    InstrumentError
        If the instrument does not have the language.
    """
    lang = language or instrument.languages[0]
    if lang not in instrument.languages:
        cure = did_you_mean(lang, instrument.languages)
        raise InstrumentError(
            f"'{instrument.id}' has no language '{lang}'", cure=cure, code="unknown-language"
        )
    return (
        _about(instrument, lang),
        _constructs(instrument),
        _items(instrument, lang),
        _scales(instrument, lang),
        _forms(instrument, lang),
        *_coverage(instrument),
    )


def codebook_text(
    instrument: Instrument, form: Literal["markdown", "html", "json"], language: str | None = None
) -> str:
    """Render the codebook as text; what stands in the file is escaped."""
    return tables_text(instrument.title, codebook_tables(instrument, language), form)


def write_codebook(instrument: Instrument, path: Path, form: Format, language: str | None = None) -> None:
    """Write the codebook, whole or not at all.

    ``form``: ``"markdown"``, ``"html"``, ``"xlsx"`` or ``"json"``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if form == "xlsx":
        tables = codebook_tables(instrument, language)
        write_whole(path, lambda temporary: _write_xlsx(temporary, tables))
    else:
        write_text(path, codebook_text(instrument, form, language))


def format_of(path: Path) -> Format:
    """Tell the format from the ending of a file name."""
    known: dict[str, Format] = {".md": "markdown", ".html": "html", ".xlsx": "xlsx", ".json": "json"}
    if path.suffix.lower() not in known:
        cause = f"no codebook format ends in '{path.suffix}'"
        raise InputError(cause, place=str(path), cure=f"Use one of {', '.join(known)}", code="unknown-format")
    return known[path.suffix.lower()]


def _about(instrument: Instrument, language: str) -> CodebookTable:
    theory = instrument.theory
    rows = (
        ("id", instrument.id),
        ("title", instrument.title),
        ("version", instrument.version),
        ("licence", instrument.license or "not stated"),
        ("languages", ", ".join(instrument.languages)),
        ("language of this codebook", language),
        ("theory", f"{theory.id} {theory.version}: {theory.title}"),
        ("source of the theory", theory.source),
        ("constructs", str(len(instrument.constructs))),
        ("items", str(len(instrument.items))),
        *((f"placeholder {{{name}}}", text) for name, text in instrument.placeholders.items()),
        ("SHA-256 of the file", instrument.sha256),
    )
    return CodebookTable("Instrument", ("property", "value"), rows)


def _constructs(instrument: Instrument) -> CodebookTable:
    stages = instrument.theory.stages
    rows = tuple(
        (
            construct.id,
            construct.name,
            construct.definition,
            stages[construct.stage].name if construct.stage in stages else construct.stage,
            construct.domain,
            construct.measurement,
            ", ".join(construct.unit),
            construct.direction,
            "; ".join(construct.sources),
            construct.place,
            ", ".join(item.id for item in instrument.items_of(construct.id)),
        )
        for construct in instrument.constructs.values()
    )
    return CodebookTable("Constructs", _CONSTRUCT_COLUMNS, rows)


def _items(instrument: Instrument, language: str) -> CodebookTable:
    used: dict[str, list[str]] = {id_: [] for id_ in instrument.items}
    for form in instrument.forms.values():
        for item_id in form.item_ids:
            used[item_id].append(form.id)
    rows = tuple(_item_row(instrument, item, language, used[item.id]) for item in instrument.items.values())
    return CodebookTable("Items", _ITEM_COLUMNS, rows)


def _item_row(instrument: Instrument, item: Item, language: str, forms: list[str]) -> tuple[str, ...]:
    translation = item.translations.get(language)
    translated = language == instrument.languages[0] or translation is not None
    status = translation.status if translation else item.status
    return (
        item.id,
        item_text(instrument, item, language),
        item.construct_id or "",
        item.scale_id or _range(item),
        item.role,
        item.kind,
        "yes" if item.reverse else "",
        _key(item),
        item.show_if,
        status if translated else f"not translated into {language}",
        ", ".join(forms),
        item.source,
        "; ".join(map(_event, item.history)),
    )


def _event(entry: Mapping[str, str]) -> str:
    """Write what happened to an item: ``2026-01-31 revised, why: hard to read``."""
    when = " ".join(entry[key] for key in ("date", "action") if key in entry)
    return ", ".join(
        [when, *(f"{key}: {text}" for key, text in entry.items() if key not in {"date", "action"})]
    )


def _key(item: Item) -> str:
    right = f"right: {', '.join(map(str, item.expected))}" if item.expected else ""
    wrong = f"wrong: {', '.join(map(str, item.failing))}" if item.failing else ""
    return "; ".join(filter(None, (right, wrong)))


def _range(item: Item) -> str:
    if item.minimum is None and item.maximum is None:
        return ""
    low = "" if item.minimum is None else f"{item.minimum:g}"
    high = "" if item.maximum is None else f"{item.maximum:g}"
    return f"{low} to {high}".strip()


def _scales(instrument: Instrument, language: str) -> CodebookTable:
    rows = tuple(
        (
            scale.id,
            "; ".join(f"{code} = {label}" for code, label in options(scale, language)),
            "yes" if scale.bipolar else "no",
            "yes" if scale.ordered else "no",
        )
        for scale in instrument.scales.values()
    )
    return CodebookTable("Scales", ("scale", "answers", "two opposite ends", "ordered"), rows)


def _forms(instrument: Instrument, language: str) -> CodebookTable:
    rows = []
    for form in instrument.forms.values():
        times = minutes(instrument, form.id, language)
        for version, items in version_items(form).items():
            blocks = [
                block.id for block in form.blocks if not form.versions or block.id in form.versions[version]
            ]
            wave = "" if form.wave is None else str(form.wave)
            about = (form.id, form.title, version, wave, str(len(items)), f"{times[version]:.1f}")
            rows.append((*about, ", ".join(blocks), form.note))
    columns = ("form", "title", "version", "wave", "items", "minutes (estimate)", "blocks", "note")
    return CodebookTable("Forms", columns, tuple(rows))


def _coverage(instrument: Instrument) -> tuple[CodebookTable, ...]:
    """Share of respondents that planned missing leaves for each pair of constructs."""
    planned = [form.id for form in instrument.forms.values() if form.versions]
    rows = [
        (form_id, one, two, f"{coverage.lowest[i, j]:.3f}", f"{coverage.mean[i, j]:.3f}")
        for form_id in planned
        for coverage in [pair_coverage(instrument, form_id)]
        for i, one in enumerate(coverage.constructs)
        for j, two in enumerate(coverage.constructs[: i + 1])
    ]
    columns = ("form", "construct", "with", "lowest share of an item pair", "mean share")
    return (CodebookTable("Covariance coverage", columns, tuple(rows)),) if planned else ()


def _markdown(title: str, tables: tuple[CodebookTable, ...]) -> str:
    lines = [f"# {_markdown_cell(title)}", ""]
    for table in tables:
        lines += [
            f"## {table.title}",
            "",
            _markdown_row(table.columns),
            _markdown_row(["---"] * len(table.columns)),
        ]
        lines += [*map(_markdown_row, table.rows), ""]
    return "\n".join(lines)


def _markdown_row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cell if cell == '---' else _markdown_cell(cell) for cell in cells)} |"


def _markdown_cell(text: str) -> str:
    flat = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{character}" if character in "\\|*_`[]#" else character for character in flat)


def _html(title: str, tables: tuple[CodebookTable, ...]) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}: codebook</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{html.escape(title)}</h1>",
    ]
    for table in tables:
        own = _OWN_COLUMNS if len(table.columns) > _MOST_COLUMNS else len(table.columns)
        columns = [*table.columns[:own], *["more"] * (own < len(table.columns))]
        head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
        parts.append(f"<h2>{html.escape(table.title)}</h2>")
        parts.append(f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>')
        for row in table.rows:
            cells = "".join(f'<td dir="auto">{html.escape(cell)}</td>' for cell in row[:own])
            parts.append(f"<tr>{cells}{_html_more(table.columns[own:], row[own:])}</tr>")
        parts.append("</tbody></table></div>")
    return "\n".join([*parts, "</main></body></html>", ""])


def _html_more(columns: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """One cell for all further columns, each named; what is empty is left out."""
    named = " \u00b7 ".join(
        f"{html.escape(column.replace('_', ' '))}: <bdi>{html.escape(cell)}</bdi>"
        for column, cell in zip(columns, cells, strict=True)
        if cell
    )
    return f'<td class="more">{named}</td>' if columns else ""


def _json(title: str, tables: tuple[CodebookTable, ...]) -> str:
    content = {
        table.title.lower(): [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for table in tables
    }
    return json.dumps({"title": title, **content}, ensure_ascii=False, indent=2) + "\n"


_RENDER: dict[str, Callable[[str, tuple[CodebookTable, ...]], str]] = {
    "markdown": _markdown,
    "html": _html,
    "json": _json,
}


def _write_xlsx(path: Path, tables: tuple[CodebookTable, ...]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.title)
        sheet.freeze_panes = "B2"
        for row in (table.columns, *table.rows):
            sheet.append([spreadsheet_text(cell) for cell in row])
    book.save(path)
