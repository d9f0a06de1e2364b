"""Microsoft Forms: the form as the page itself loads it (JSON); the platform exports answers alone.

Answers come in a workbook that is headed by the wordings, those of a Likert table by its statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coprod_measure.drafting.question import Choice, Found, Question, plain_text, points
from coprod_measure.instrument.definition import Kind

_TABLE, _ROW, _SECTION = "Question.MatrixChoiceGroup", "Question.MatrixChoice", "Question.ColumnGroup"
_MOST_BYTES = 1 << 24


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is a form of Microsoft."""
    json_ = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and path.stat().st_size <= _MOST_BYTES
    return json_ and b'"questionInfo"' in path.read_bytes()


def read(path: Path) -> Found:
    """Read sections, questions, options, ratings with their ends, and Likert tables."""
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    form = content.get("form") or content.get("data") or content
    language = str(form.get("locale") or "en")[:2].lower()
    listed = form.get("questions") or form.get("value") or []
    asked = sorted(listed, key=lambda one: float(one.get("order") or 0))
    notes: list[str] = []
    questions: list[Question] = []
    tables: dict[str, dict[str, str]] = {}
    blocks: dict[str, dict[str, str]] = {"section_1": {}}
    table_of: dict[str, tuple[str, tuple[Choice, ...]]] = {}
    number = 0
    for one in asked:
        type_, text = str(one.get("type")), plain_text(str(one.get("title") or ""))
        block = list(blocks)[-1]
        if type_ == _SECTION:
            blocks[f"section_{len(blocks) + 1}"] = {language: text} if text else {}
        elif type_ == _ROW:
            table, choices = table_of[str(one["groupId"])]
            rows = sum(question.table == table for question in questions)
            name, texts = f"{table}_{rows + 1}", {language: text}
            questions.append(Question(name, text, texts, "single_choice", choices, table=table, block=block))
        else:
            number += 1
            name = f"q{number}"
            if type_ == _TABLE:
                tables[name] = {language: text or name}
                table_of[str(one["id"])] = name, _choices(one.get("choices"), "displayText", language)
            else:
                questions += _question(one, type_, name, text, block, language, notes)
    return Found(
        "microsoft_forms", plain_text(str(form.get("title") or "")) or path.stem, (language,),
        tuple(questions), blocks=blocks, tables=tables, notes=tuple(notes),
    )  # fmt: skip


def _question(
    asked: Mapping[str, Any], type_: str, name: str, text: str, block: str, language: str, notes: list[str]
) -> Iterator[Question]:
    info = json.loads(asked.get("questionInfo") or "{}")
    texts = {language: text or name}
    ends = (
        plain_text(str(info.get("LeftDescription") or "")),
        plain_text(str(info.get("RightDescription") or "")),
    )
    if type_ == "Question.Choice":
        listed = info.get("Choices") or []
        kind: Kind = "multiple_choice" if info.get("ChoiceType") == 2 else "single_choice"
        notes += [f"{name}: its option 'other'"] * bool(info.get("AllowOtherAnswer"))
        notes += [f"{name}: where its answers lead to"] * any("BranchInfo" in one for one in listed)
        yield Question(name, text, texts, kind, _choices(listed, "Description", language), block=block)
    elif type_ in {"Question.Rating", "Question.NPS"}:
        nps = type_ == "Question.NPS"
        low, high = (0, 10) if nps else (int(info.get("MinRating") or 1), int(info.get("Length") or 5))
        yield Question(name, text, texts, "scale", points(low, high, ends, language), block=block)
    elif type_ == "Question.TextField":
        yield Question(name, text, texts, "text", block=block)
    else:
        notes.append(f"{text or name}: a question of the type {type_.removeprefix('Question.')}")


def _choices(listed: Any, key: str, language: str) -> tuple[Choice, ...]:
    shown = sorted(listed or (), key=lambda one: float(one.get("order") or 0))
    words = [plain_text(str(one.get(key) or one.get("description") or "")) for one in shown]
    return tuple(Choice(word, {language: word}) for word in words if word)
