"""Google Forms: the form as its API or a script gives it (JSON), or the respondents' page as it is saved.

All three tell the same; answers come in a table that is headed by the wordings, grids as ``Title [Row]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coprod_measure.drafting.question import Choice, Found, Question, one_line, points

_PAGE_DATA = re.compile(r"FB_PUBLIC_LOAD_DATA_\s*=\s*")
_MOST_BYTES = 1 << 24
_LANGUAGE = re.compile(r"<html[^>]*\blang=[\"']?([a-zA-Z]{2,3})")
_OF_PAGE = {  # the page's numbers of types
    0: "text", 1: "text", 2: "one", 3: "one", 4: "several", 5: "scale", 6: "note", 7: "grid", 8: "section",
    18: "scale",
}  # fmt: skip
_OF_SCRIPT = {
    "TEXT": "text", "PARAGRAPH_TEXT": "text", "MULTIPLE_CHOICE": "one", "LIST": "one", "CHECKBOX": "several",
    "SCALE": "scale", "RATING": "scale", "GRID": "grid", "SECTION_HEADER": "note", "PAGE_BREAK": "section",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """An item of the form; ``kind`` as in the tables above, else what the file calls it."""

    kind: str
    title: str
    options: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    span: tuple[int, int] = (1, 5)
    ends: tuple[str, str] = ("", "")
    other: bool = False
    jumps: bool = False


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is a form of Google."""
    text = _text(path, start)
    if text.startswith("{"):
        return '"questionItem"' in text or '"questionGroupItem"' in text or '"publishedUrl"' in text
    return bool(_PAGE_DATA.search(text))


def _text(path: Path, start: bytes) -> str:
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if head not in (b"{", b"<") or path.stat().st_size > _MOST_BYTES:
        return ""
    return path.read_bytes().decode("utf-8-sig", errors="replace").lstrip()


def read(path: Path) -> Found:
    """Read sections, questions, options, scales with their ends, and the rows of grids."""
    text = path.read_text(encoding="utf-8-sig")
    language = "en"
    if text.lstrip().startswith("{"):
        form = json.loads(text)
        api = "metadata" not in form
        title = str((form.get("info") if api else form["metadata"]).get("title") or "")
        asked = list(map(_of_api if api else _of_script, form["items"]))
    else:
        found = _PAGE_DATA.search(text)
        data = json.JSONDecoder().raw_decode(text, found.end() if found else 0)[0]
        title, asked = str(data[1][8] or data[3] or ""), list(map(_of_page, data[1][1] or ()))
        if said := _LANGUAGE.search(text):
            language = said[1].lower()
    notes: list[str] = []
    questions: list[Question] = []
    tables: dict[str, dict[str, str]] = {}
    blocks: dict[str, dict[str, str]] = {"section_1": {}}
    for one in asked:
        if one.kind == "section":
            blocks[f"section_{len(blocks) + 1}"] = {language: one.title} if one.title else {}
            continue
        name = f"q{len({question.table or question.name for question in questions}) + 1}"
        if one.kind == "grid":
            tables[name] = {language: one.title or name}
        questions += _questions(one, name, list(blocks)[-1], language, notes)
    return Found(
        "google_forms", one_line(title) or path.stem, (language,), tuple(questions),
        blocks=blocks, tables=tables, notes=tuple(notes),
    )  # fmt: skip


def _questions(asked: _Asked, name: str, block: str, language: str, notes: list[str]) -> Iterator[Question]:
    texts = {language: asked.title or name}
    notes += [f"{name}: its option 'other'"] * asked.other
    notes += [f"{name}: where its answers lead to"] * asked.jumps
    options = tuple(Choice(option, {language: option}) for option in asked.options)
    if asked.kind == "grid":
        for number, row in enumerate(asked.rows, start=1):
            column = f"{asked.title} [{row}]".strip()
            yield Question(
                f"{name}_{number}", column, {language: row}, "single_choice", options, table=name, block=block
            )
    elif asked.kind == "scale":
        choices = points(*asked.span, asked.ends, language)
        yield Question(name, asked.title, texts, "scale", choices, block=block)
    elif asked.kind in {"one", "several"}:
        kind: Any = "single_choice" if asked.kind == "one" else "multiple_choice"
        yield Question(name, asked.title, texts, kind, options, block=block)
    elif asked.kind in {"text", "note"}:
        yield Question(name, asked.title, texts, "text" if asked.kind == "text" else "display", block=block)
    else:
        notes.append(f"{asked.title or name}: a question of the type {asked.kind}")


def _of_api(item: Mapping[str, Any]) -> _Asked:
    title = one_line(str(item.get("title") or ""))
    if "pageBreakItem" in item:
        return _Asked("section", title)
    if "textItem" in item:
        return _Asked("note", title)
    if group := item.get("questionGroupItem"):
        rows = tuple(one_line(str(one["rowQuestion"]["title"])) for one in group["questions"])
        columns = group.get("grid", {}).get("columns", {})
        kind = "grid" if columns.get("type") == "RADIO" else "grid of ticks"
        return _Asked(kind, title, _values(columns.get("options")), rows)
    question = (item.get("questionItem") or {}).get("question", {})
    if choice := question.get("choiceQuestion"):
        listed = choice.get("options") or ()
        jumps = any("goToAction" in one or "goToSectionId" in one for one in listed)
        kind = "several" if choice.get("type") == "CHECKBOX" else "one"
        other = any(one.get("isOther") for one in listed)
        return _Asked(kind, title, _values(listed), other=other, jumps=jumps)
    if scale := question.get("scaleQuestion"):
        span = int(scale.get("low", 0)), int(scale["high"])
        return _Asked("scale", title, span=span, ends=_pair(scale.get("lowLabel"), scale.get("highLabel")))
    if rating := question.get("ratingQuestion"):
        return _Asked("scale", title, span=(1, int(rating["ratingScaleLevel"])))
    named = next((key for key in question if key.endswith("Question")), next(iter(item), ""))
    return _Asked("text" if named == "textQuestion" else named, title)


def _of_script(item: Mapping[str, Any]) -> _Asked:
    title, type_ = one_line(str(item.get("title") or "")), str(item.get("type"))
    span = int(item.get("lowerBound", 1)), int(item.get("upperBound", item.get("ratingScaleLevel", 5)))
    return _Asked(
        _OF_SCRIPT.get(type_, type_),
        title,
        _values(item.get("columns") if type_ == "GRID" else item.get("choices")),
        tuple(one_line(str(row)) for row in item.get("rows") or ()),
        span,
        _pair(item.get("leftLabel"), item.get("rightLabel")),
        other=bool(item.get("hasOtherOption")),
    )


def _of_page(item: Sequence[Any]) -> _Asked:
    """``[id, title, help, type, fields]``; a field is ``[id, options, required, row or ends, ...]``."""
    title, type_ = one_line(str(item[1] or "")), item[3]
    kind = _OF_PAGE.get(type_, f"number {type_}")
    fields = (item[4] if len(item) > 4 else None) or []
    if not fields or not isinstance(fields[0], list):
        return _Asked(kind, title)
    listed = (fields[0][1] if len(fields[0]) > 1 else None) or []
    extra = (fields[0][3] if len(fields[0]) > 3 else None) or []
    if kind == "grid":
        ticks = any(len(one) > 11 and one[11] and one[11][0] for one in fields)
        rows = tuple(one_line(str(one[3][0])) for one in fields)
        return _Asked("grid of ticks" if ticks else "grid", title, _firsts(listed), rows)
    if kind == "scale":
        numbers = [int(one) for one in _firsts(listed)] or [1, 5]
        return _Asked(kind, title, span=(numbers[0], numbers[-1]), ends=_pair(*(*extra, "", "")[:2]))
    other = any(len(one) > 4 and one[4] == 1 for one in listed)
    jumps = any(len(one) > 2 and one[2] is not None for one in listed)
    return _Asked(kind, title, _firsts(listed), other=other, jumps=jumps)


def _values(listed: Any) -> tuple[str, ...]:
    found = (one.get("value") if isinstance(one, dict) else one for one in listed or ())
    return tuple(one_line(str(one)) for one in found if one not in (None, ""))


def _firsts(listed: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(one_line(str(one[0])) for one in listed if one[0] not in (None, ""))


def _pair(low: Any, high: Any) -> tuple[str, str]:
    return one_line(str(low or "")), one_line(str(high or ""))
