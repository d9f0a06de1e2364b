"""Qualtrics Advanced Format TXT: commands in double brackets, each with the lines that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.instrument.definition import Kind

_COMMAND = re.compile(r"^\[\[([A-Za-z]+)(?::(.*))?\]\]\s*$")
_LANGUAGE = re.compile(r"_([a-z]{2,3})$")


def recognise(path: Path, start: bytes) -> bool:
    """Whether the first line is that of the format."""
    return start.lstrip(b"\xef\xbb\xbf\r\n ").startswith(b"[[AdvancedFormat]]")


def read(path: Path) -> Found:
    """Read blocks, questions, options with their recode values, and tables."""
    named = _LANGUAGE.search(path.stem)
    language = named[1] if named else "en"
    questions: list[Question] = []
    headings: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    for number, (block, parts) in enumerate(_parts(path.read_text(encoding="utf-8-sig")), start=1):
        kind, tag, text, options, answers = _taken_apart(parts, f"Q{number}")
        if kind.startswith("Matrix"):
            headings[tag] = {language: text}
            choices = _choices(answers, language)
            questions += [
                Question(
                    f"{tag}_{row}", f"{tag}_{row}", {language: label}, "single_choice", choices,
                    table=tag, block=block,
                )
                for row, label in options
            ]  # fmt: skip
        elif kind.startswith(("MC", "TE", "DB")):
            questions.append(_single(kind, tag, {language: text}, _choices(options, language), block))
        else:
            notes.append(f"{tag}: a question of the type {kind}")
    return Found("qualtrics", path.stem, (language,), tuple(questions), tables=headings, notes=tuple(notes))


def _single(kind: str, tag: str, texts: dict[str, str], choices: tuple[Choice, ...], block: str) -> Question:
    ours: Kind = "single_choice"
    if kind.startswith(("TE", "DB")):
        ours = "text" if kind.startswith("TE") else "display"
    elif "Multi" in kind:
        ours = "multiple_choice"
    ticked = {one.stored: f"{tag}_{one.stored}" for one in choices} if ours == "multiple_choice" else {}
    return Question(tag, tag, texts, ours, choices, ticked, block=block)


def _parts(text: str) -> Iterator[tuple[str, list[tuple[str, str, list[str]]]]]:
    """Each question with its block: a list of command, argument and lines below it."""
    block = ""
    parts: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        command = _COMMAND.match(line)
        if command is None:
            if parts:
                parts[-1][2].append(line)
            continue
        name, argument = command[1], command[2] or ""
        if name in {"Question", "Block", "PageBreak", "ED"}:
            if parts:
                yield block, parts
            parts = []
        if name == "Block":
            block = argument
        elif name == "Question" or parts:
            parts.append((name, argument, []))
    if parts:
        yield block, parts


def _taken_apart(
    parts: list[tuple[str, str, list[str]]], fallback: str
) -> tuple[str, str, str, list[tuple[str, str]], list[tuple[str, str]]]:
    """Type, tag, text, options and columns of a question."""
    tag, lines = fallback, list(parts[0][2])
    lists: dict[str, list[tuple[str, str]]] = {"Choice": [], "Answer": []}
    for name, argument, below in parts[1:]:
        if name == "ID":
            tag, lines = argument or fallback, lines + below
        elif name in {"Choices", "Answers"}:
            labels = [plain_text(line) for line in below if line.strip()]
            lists[name.removesuffix("s")] += [(str(n), label) for n, label in enumerate(labels, start=1)]
        elif name in lists:
            label = plain_text(" ".join(below))
            lists[name].append((argument or str(len(lists[name]) + 1), label))
    return parts[0][1], tag, plain_text(" ".join(lines)), lists["Choice"], lists["Answer"]


def _choices(options: list[tuple[str, str]], language: str) -> tuple[Choice, ...]:
    return tuple(Choice(stored, {language: label}) for stored, label in options)
