"""What the parser's complaint about a YAML file means in plain words, with the place and the cure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from coprod_measure.errors import Problem

_INDENTED_BY_TAB = re.compile(r"^ *\t")
_QUOTE = re.compile(r"[\"']")


class _Said(NamedTuple):
    """A cause, its cure, and the mark it stands at when that is not where the parser gave up."""

    cause: str
    cure: str
    mark: Any = None


_PLAIN = {
    "unknown escape character": _Said(
        "a backslash inside double quotes begins an escape that YAML does not know",
        "Write the backslash twice, or use single quotes",
    ),
    "expected a single document": _Said("a second document begins at '---'", "Keep one document in a file"),
    "could not find expected ':'": _Said("a ':' is missing after a key here or above", "Write 'key: value'"),
}


def syntax_problems(path: str, text: str, error: Any) -> list[Problem]:
    """Explain why a text is no YAML.

    ``path``: the file, as the user knows it. Returns every line that is indented with a tab, if there are
    any; else the one thing that stopped the parser.
    """
    lines = text.splitlines() or [""]
    tabs = [
        Problem(
            f"{path}:{number}:{line.index(chr(9)) + 1}",
            "the line is indented with a tab, which YAML forbids",
            "Use spaces",
            "tab",
        )
        for number, line in enumerate(lines, start=1)
        if _INDENTED_BY_TAB.match(line)
    ]
    if tabs:
        return tabs
    if (position := getattr(error, "position", None)) is not None:
        # Characters that no YAML file may hold are met before there are lines.
        column = position - text.rfind("\n", 0, position)
        place = f"{path}:{text.count(chr(10), 0, position) + 1}:{column}"
        cause = f"the character U+{ord(text[position]):04X} cannot stand in a YAML file"
        return [Problem(place, cause, "Remove it", "yaml-syntax")]
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = _meaning(error, mark, lines)
    mark = said.mark or mark
    place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
    return [Problem(place, said.cause, said.cure, "yaml-syntax")]


def _meaning(error: Any, mark: Any, lines: list[str]) -> _Said:
    complaint = " ".join(str(getattr(error, "problem", None) or error).split())
    near = lines[max(0, mark.line - 1) : mark.line + 1] if mark else []
    said = _layout(complaint, near, mark) or _marks(complaint, error)
    if said is None:
        quotes = ", quotes" if _QUOTE.search("".join(near)) else ""
        cure = f"Check indentation, colons{quotes} and brackets here and in the line above"
        said = _Said(f"not YAML: {complaint}", cure)
    return said


def _layout(complaint: str, near: list[str], mark: Any) -> _Said | None:
    """Lines that do not fit together; ``near`` ends with the line where the parser gave up."""
    before = near[-1][: mark.column] if near else ""
    above = near[0].strip() if len(near) > 1 else ""
    astray = _Said("the line does not line up with those above it", "Indent it like its neighbours")
    if "sequence entries are not allowed" in complaint:
        return _Said("a list cannot begin on the line of its key", "Begin each '- ' on a line of its own")
    if "mapping values are not allowed" in complaint:
        if ": " in before:
            return _Said("the text holds a ':' of its own", "Put the text in quotes")
        if above and not re.search(r":|^[-#]", above):
            return _Said("the line above has no ':' after its key", "Write 'key: value'")
        return astray
    if "expected <block end>" in complaint:
        if before.rstrip().endswith(('"', "'")):
            return _Said("text follows the closing quotation mark", "Put all of the text into the quotes")
        return astray
    return None


def _marks(complaint: str, error: Any) -> _Said | None:
    """Quotes, brackets and other characters that mean something to YAML."""
    context = str(getattr(error, "context", None) or "")
    opened = getattr(error, "context_mark", None)
    if "end of stream" in complaint and "quoted scalar" in context:
        return _Said("the quotation mark that opens here is never closed", "Close it", opened)
    if found := re.search(r"expected ',' or '([\]}])'", complaint):
        where = f" in line {opened.line + 1}" if opened else ""
        cause = f"a ',' or a '{found[1]}' is missing after the '{'[' if found[1] == ']' else '{'}'{where}"
        return _Said(
            cause,
            "Separate the entries by commas, close the bracket, and put a text with ': ' or ',' in quotes",
        )
    if found := re.search(r"character '(.+?)' that cannot start", complaint):
        return _Said(f"a text cannot begin with '{found[1]}'", "Put the text in quotes")
    if found := re.search(r"undefined alias '(.+)'", complaint):
        cause = f"'*{found[1]}' points to an anchor that is not there"
        return _Said(cause, "Put the text in quotes if it is to begin with '*'")
    for words, said in _PLAIN.items():
        if words in f"{context} {complaint}":
            return said
    return None
