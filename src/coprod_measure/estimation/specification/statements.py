"""Cut a model text into statements: tokens with their place, and the block that each statement stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from coprod_measure.errors import ModelError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+)
    |(?P<comment>[#!][^\n]*)
    |(?P<newline>\n|;)
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?P<quoted>`(?:[^`\n]|``)+`)
    |(?P<operator>~\*~|=~|<~|~~|:=|==|~|\||<=|>=|!=|<|>)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>(?:[^\W\d]|\.)[\w.]*(?::(?:[^\W\d]|\.)[\w.]*)?)
    |(?P<punctuation>[-+*/^(),?:])""",
    re.VERBOSE,
)
_CURES = {
    "=": "Did you mean =~ or ~? An equality is written ==",
    '"': "Close the quotation mark",
    "'": "Close the quotation mark",
    "`": "Close the quotation mark",
    "−": "Write the minus of the keyboard, -",
    "–": "Write the minus of the keyboard, -",
    "—": "Write the minus of the keyboard, -",
    "“": 'Write straight quotation marks, "',
    "”": 'Write straight quotation marks, "',
    "‘": "Write straight quotation marks, '",
    "’": "Write straight quotation marks, '",
    "×": "Write *",
    "%": "A column with this sign in its name is written in backticks, `like this`",
}
_HEADERS = ("group", "level", "block")
_LEVELS = {"1": 1, "within": 1, "2": 2, "between": 2, "cluster": 2}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the model text with its place, from 1; a name may have stood in backticks."""

    kind: str
    text: str
    line: int
    column: int
    quoted: bool = False

    @property
    def depth(self) -> int:
        """1 for an opening parenthesis, -1 for a closing one."""
        return {"(": 1, ")": -1}.get(self.text, 0) if self.kind == "punctuation" else 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One formula or constraint.

    Attributes
    ----------
    tokens : list of Token
        With one operator among them.
    block : str
        The group whose ``group:`` block it stands in, as written; empty outside of blocks.
    level : int
        1 (within) or 2 (between) in the ``level:`` blocks of a two-level model, else 0.
    """

    tokens: list[Token]
    block: str = ""
    level: int = 0

    @property
    def operator_at(self) -> int:
        """Position of the operator."""
        return _operators(self.tokens)[0]


def fail(cause: str, token: Token, cure: str = "", code: str = "syntax") -> NoReturn:
    """Raise an error that names the place of a token."""
    raise ModelError(cause, place=f"model, line {token.line}, column {token.column}", cure=cure, code=code)


def statements(text: str) -> list[Statement]:
    """Cut a text at line ends and ``;``; a line without an operator continues the statement before it.

    ``text``: in lavaan's syntax.

    Raises
    ------
    ModelError
        If a character has no meaning here, or a statement has no operator or more than one.
    """
    block, level = "", 0
    found: list[Statement] = []
    unfinished: list[Token] = []
    for line in _lines(_tokens(text)):
        header = _header(line)
        if header is not None:
            _refuse_without_operator(unfinished)
            block, level, unfinished = *_in_blocks(line[0], header, block), []
            continue
        operators = _operators(line)
        inside = found and (found[-1].block, found[-1].level) == (block, level)
        if inside and not operators and not unfinished:
            found[-1].tokens.extend(line)
            continue
        unfinished = unfinished + line
        if operators:
            found.append(Statement(unfinished, block, level))
            unfinished = []
    _refuse_without_operator(unfinished)
    for statement in found:
        written = [statement.tokens[k] for k in _operators(statement.tokens)]
        if len(written) > 1:
            fail(
                f"a second operator {written[1].text!r} in one formula",
                written[1],
                "Start a new line or use ;",
            )
        if written[0].text in ("<=", ">=", "!="):
            fail(f"{written[0].text!r} is no constraint", written[0], "Use < > or ==")
    return found


def _operators(tokens: list[Token]) -> list[int]:
    """Positions of the operators outside of parentheses; inside they compare (``ifelse(a > 0, a, 0)``)."""
    depth, found = 0, []
    for k, token in enumerate(tokens):
        depth += token.depth
        if token.kind == "operator" and depth <= 0:
            found.append(k)
    return found


def _refuse_without_operator(tokens: list[Token]) -> None:
    if tokens:
        fail("no operator in this formula", tokens[0], "Use one of =~ <~ ~ ~~ ~1 | ~*~ := == < >")


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    line, line_start, position = 1, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            character = text[position]
            bad = Token("bad", character, line, position - line_start + 1)
            fail(f"unexpected character {character!r}", bad, _CURES.get(character, "Remove it"))
        kind, column = str(match.lastgroup), position - line_start + 1
        if kind == "quoted":
            name = match.group()[1:-1].replace("``", "`")
            found.append(Token("name", name, line, column, quoted=True))
            _join_product(found, text[position - 2 : position])
        elif kind not in ("space", "comment"):
            found.append(Token(kind, match.group(), line, column))
            _join_product(found, text[position - 2 : position])
        position = match.end()
        if match.group() == "\n":
            line, line_start = line + 1, position
    return found


def _join_product(tokens: list[Token], before: str) -> None:
    """Make one name of ```a b`:c``, in place; ``before`` are the two characters that stand before ``c``."""
    if len(tokens) < 3 or before[-1:] != ":" or before[0].isspace():
        return
    first, colon, second = tokens[-3:]
    names = all(token.kind in ("name", "string") for token in (first, second))
    quoted = any(token.quoted or token.kind == "string" for token in (first, second))
    if colon.text == ":" and names and quoted and (first.quoted or first.text not in _HEADERS):
        parts = [token.text[1:-1] if token.kind == "string" else token.text for token in (first, second)]
        tokens[-3:] = [Token("name", ":".join(parts), first.line, first.column, quoted=True)]


def _lines(tokens: list[Token]) -> list[list[Token]]:
    """Cut at line ends that stand outside of parentheses."""
    lines: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.depth
        if token.kind == "newline" and depth <= 0:
            lines.append([])
        elif token.kind != "newline":
            lines[-1].append(token)
    return [line for line in lines if line]


def _header(line: list[Token]) -> tuple[str, str] | None:
    """Read ``group: 1``, ``group: "Grant-White"`` or ``level: within``; None for any other line."""
    word, colon, value = line[0].text.partition(":")
    rest = line[1:]
    if line[0].quoted:
        return None
    if not colon and rest and rest[0].text == ":":
        colon, rest = ":", rest[1:]
    if word not in _HEADERS or not colon:
        return None
    if word == "block":
        fail("block: blocks are not supported", line[0], "Write group: or level: blocks", "blocks")
    if len(rest) == 1 and not value and rest[0].kind in ("name", "number", "string"):
        return word, rest[0].text
    if not rest and value:
        return word, value
    cause, cure = f"a {word}: line names one {word} and nothing else", f"Write {word}: 1 on its own line"
    fail(cause, line[0], cure, "blocks")


def _in_blocks(token: Token, header: tuple[str, str], block: str) -> tuple[str, int]:
    """Say which group and which level what follows a header is written for."""
    word, value = header
    if word == "group":
        return value, 0
    found = _LEVELS.get(value.strip("\"'"))
    if found is None:
        fail(f"there is no level {value}", token, "Write level: 1 (within) and level: 2 (between)", "blocks")
    return block, found
