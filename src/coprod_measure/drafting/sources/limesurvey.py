"""LimeSurvey: archives of a survey or a question (``.lss``, ``.lsq``), and the tab-separated ``.txt``."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.drafting.rules import compare
from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.definition import Kind

_TABLES = {"F", "H", "A", "B", "C", "E"}
_LISTS = {"L", "!", "O", "Z", "W"}
_TICKS = {"M", "P"}
_TEXTS = {"S", "T", "U"}
_BUILT_IN = {  # types whose options the platform itself knows: stored value and label
    "5": [(str(n), str(n)) for n in range(1, 6)],
    "A": [(str(n), str(n)) for n in range(1, 6)],
    "B": [(str(n), str(n)) for n in range(1, 11)],
    "C": [("Y", "Yes"), ("U", "Uncertain"), ("N", "No")],
    "E": [("I", "Increase"), ("S", "Same"), ("D", "Decrease")],
    "Y": [("Y", "Yes"), ("N", "No")],
    "G": [("F", "Female"), ("M", "Male")],
}
_COMPARISON = re.compile(
    r"""\(?\s*([A-Za-z][A-Za-z0-9]*)(?:_([A-Za-z0-9]+))?(?:\.NAOK|\.shown|\.value|\.code)?\s*
    (==|!=|<=|>=|<|>|\beq\b|\bne\b)\s*(?:"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?))\s*\)?""",
    re.VERBOSE,
)
_WORDS = {"eq": "==", "ne": "!="}


@dataclass(slots=True)
class _Asked:
    """A question with its rows and options, each text by language."""

    type: str
    code: str
    block: str
    relevance: str = "1"
    texts: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    row_rules: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    other: bool = False
    bounds: dict[str, str] = field(default_factory=dict)


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is an archive of LimeSurvey or its tab-separated structure."""
    head = start.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].replace(b'"', b"")
    columns = set(head.strip().split(b"\t"))
    return b"LimeSurveyDocType" in start or {b"class", b"type/scale", b"name"} <= columns


def read(path: Path) -> Found:
    """Read groups, questions, rows of arrays, options, translations and simple relevance rules."""
    text = path.read_bytes()
    archive = b"LimeSurveyDocType" in text[:4096]
    title, languages, blocks, asked = _from_archive(text, path) if archive else _from_table(text)
    notes: list[str] = []
    kinds = {one.code: one.type for one in asked}
    questions = [question for one in asked for question in _questions(one, kinds, notes)]
    return Found(
        platform="limesurvey",
        title=plain_text(title) or path.stem,
        languages=tuple(languages),
        questions=tuple(questions),
        blocks={key: _plain(texts) for key, texts in blocks.items()},
        tables={one.code: _plain(one.texts) for one in asked if one.type in _TABLES},
        notes=tuple(notes),
    )


Archive = tuple[str, list[str], dict[str, dict[str, str]], list[_Asked]]


def _from_archive(text: bytes, path: Path) -> Archive:
    if b"<!ENTITY" in text:
        raise InstrumentError(
            "declares XML entities, which no survey archive does",
            place=path.name,
            cure="Export it again",
            code="unreadable",
        )
    root = ElementTree.fromstring(text)

    def rows(section: str) -> list[dict[str, str]]:
        found = root.find(f"{section}/rows")
        return [{cell.tag: cell.text or "" for cell in row} for row in (found if found is not None else ())]

    languages = [one.text or "" for one in root.iterfind("languages/language")]
    base = languages[0] if languages else "en"
    words = _by_id(rows("question_l10ns"), "qid", "question") | _by_id(rows("questions"), "qid", "question")
    words |= _by_id(rows("subquestions"), "qid", "question") | _by_id(
        rows("question_l10ns"), "qid", "question"
    )
    labels = _by_id(rows("answer_l10ns"), "aid", "answer")
    settings = rows("surveys_languagesettings")
    title = next((one["surveyls_title"] for one in settings if one.get("surveyls_language") == base), "")
    groups = _by_id(rows("groups"), "gid", "group_name") | _by_id(rows("group_l10ns"), "gid", "group_name")
    order = {one["gid"]: _number(one.get("group_order", "")) for one in rows("groups")}
    found: dict[str, _Asked] = {}
    parents = sorted(
        _first_of(rows("questions"), "qid"),
        key=lambda one: (order.get(one.get("gid", ""), 0.0), _number(one.get("question_order", ""))),
    )
    for one in parents:
        if one.get("parent_qid", "0") in {"", "0"}:
            asked = _Asked(one["type"], one["title"], one.get("gid", ""), one.get("relevance", "1"))
            asked.texts, asked.other = words.get(one["qid"], {}), one.get("other") == "Y"
            found[one["qid"]] = asked
    children = [*rows("subquestions"), *rows("questions")]
    for row in sorted(_first_of(children, "qid"), key=lambda one: _number(one.get("question_order", ""))):
        parent = found.get(row.get("parent_qid", ""))
        if parent is not None and row.get("scale_id", "0") in {"", "0"}:
            parent.rows[row["title"]] = words.get(row["qid"], {})
            parent.row_rules[row["title"]] = row.get("relevance", "1")
    for row in sorted(rows("answers"), key=lambda one: _number(one.get("sortorder", ""))):
        owner = found.get(row.get("qid", ""))
        if owner is not None and row.get("scale_id", "0") in {"", "0"}:
            option = owner.options.setdefault(row["code"], {})
            option |= labels.get(row.get("aid", ""), {})
            if "answer" in row:
                option[row.get("language", base)] = row["answer"]
    for row in rows("question_attributes"):
        if row.get("qid") in found:
            found[row["qid"]].bounds[row.get("attribute", "")] = row.get("value", "")
    return title, languages or [base], groups, list(found.values())


def _by_id(rows: Iterable[Mapping[str, str]], key: str, text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if text in row and "language" in row:
            found[row[key]][row["language"]] = row[text]
    return dict(found)


def _first_of(rows: Iterable[dict[str, str]], key: str) -> list[dict[str, str]]:
    """One row an id: older archives repeat a question in every language."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row[key], row)
    return list(found.values())


def _from_table(text: bytes) -> Archive:
    decoded = text.decode("utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(decoded, newline=""), delimiter="\t"))
    settings = {row["name"]: row["text"] for row in lines if row["class"] == "S"}
    languages = [settings.get("language", "en"), *settings.get("additional_languages", "").split()]
    title = next((row["text"] for row in lines if row["name"] == "surveyls_title"), "")
    blocks: dict[str, dict[str, str]] = defaultdict(dict)
    found: dict[str, _Asked] = {}
    group, asked = "", None
    for row in lines:
        language, name = row.get("language") or languages[0], row.get("name") or ""
        if row["class"] == "G":
            group = row.get("type/scale") or name
            blocks[group][language] = name
        elif row["class"] == "Q":
            blank = _Asked(row["type/scale"], name, group, row.get("relevance") or "1")
            asked = found.setdefault(name, blank)
            asked.texts[language], asked.other = row["text"], row.get("other") == "Y"
            asked.bounds |= {key: row.get(key) or "" for key in ("min_num_value_n", "max_num_value_n")}
        elif asked is not None and row["class"] == "SQ" and row.get("type/scale", "0") in {"", "0"}:
            asked.rows.setdefault(name, {})[language] = row["text"]
            asked.row_rules.setdefault(name, row.get("relevance") or "1")
        elif asked is not None and row["class"] == "A" and row.get("type/scale", "0") in {"", "0"}:
            asked.options.setdefault(name, {})[language] = row["text"]
    return title, languages, dict(blocks), list(found.values())


def _questions(asked: _Asked, kinds: Mapping[str, str], notes: list[str]) -> Iterable[Question]:
    code, texts = asked.code, _plain(asked.texts)
    rule = _rule(asked.relevance, kinds)
    rules = {row: _rule(text, kinds) for row, text in asked.row_rules.items()}
    unsaid = [code] * (asked.relevance not in {"", "1"} and not rule)
    unsaid += [
        f"{code}[{row}]" for row, text in asked.row_rules.items() if text not in {"", "1"} and not rules[row]
    ]
    notes += [f"{name}: its relevance rule" for name in unsaid]
    notes += [f"{code}: its option 'other'"] * asked.other
    built_in = [Choice(stored, {"en": label}) for stored, label in _BUILT_IN.get(asked.type, [])]
    choices = tuple(Choice(one, _plain(labels)) for one, labels in asked.options.items()) or tuple(built_in)
    if asked.type in _TABLES:
        for row, words in asked.rows.items():
            both = " and ".join(f"({one})" for one in (rule, rules.get(row, "")) if one)
            yield Question(
                f"{code}_{row}", f"{code}[{row}]", _plain(words), "single_choice", choices,
                table=code, block=asked.block, rule=both,
            )  # fmt: skip
    elif asked.type in _TICKS:
        ticks = tuple(Choice(row, _plain(words)) for row, words in asked.rows.items())
        ticked = {row: f"{code}[{row}]" for row in asked.rows}
        yield Question(code, code, texts, "multiple_choice", ticks, ticked, block=asked.block, rule=rule)
    elif asked.type in _LISTS or (built_in and asked.type not in _TABLES):
        yield Question(code, code, texts, "single_choice", choices, block=asked.block, rule=rule)
    elif asked.type in {"N", "X", *_TEXTS}:
        kind: Kind = "number" if asked.type == "N" else "display" if asked.type == "X" else "text"
        low, high = (_bound(asked.bounds.get(key, "")) for key in ("min_num_value_n", "max_num_value_n"))
        yield Question(code, code, texts, kind, block=asked.block, rule=rule, minimum=low, maximum=high)
    else:
        notes.append(f"{code}: a question of the type {asked.type}")


def _rule(relevance: str, kinds: Mapping[str, str]) -> str:
    """Comparisons of questions with answers; empty where everybody is asked or the rule says more."""
    if relevance.strip() in {"", "1"}:
        return ""

    def said(found: re.Match[str]) -> str:
        code, row, op = found[1], found[2], _WORDS.get(found[3], found[3])
        value = next(one for one in (found[4], found[5], found[6]) if one is not None)
        if row and kinds.get(code) in _TICKS:
            ticked = (value == "Y") == (op == "==")
            one = compare(code, "==" if ticked else "!=", row)
        else:
            one = compare(f"{code}_{row}" if row else code, op, value)
        opened, closed = found[0].count("("), found[0].count(")")
        return "(" * max(opened - closed, 0) + one + ")" * max(closed - opened, 0)

    words = _COMPARISON.sub(said, relevance)
    words = re.sub(r"&&", " and ", re.sub(r"\|\|", " or ", words))
    return re.sub(r"!(?=\s*[({])", " not ", words)


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    found = {language: plain_text(text) for language, text in texts.items()}
    return {language: text for language, text in found.items() if text}


def _number(text: str) -> float:
    return float(text) if text.strip().lstrip("-").replace(".", "", 1).isdigit() else 0.0


def _bound(text: str) -> float | None:
    return float(text) if text.strip().lstrip("-").replace(".", "", 1).isdigit() else None
