"""YAML 1.2 in, plain data out, and the line and column of everything.

Files are composed to nodes, not loaded: nodes keep their place, and anchors are counted before they expand.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coprod_measure.errors import CoprodError, CoprodWarning, Problem
from coprod_measure.plain_text import cleaned
from coprod_measure.yaml_nodes import DEEPEST, TooDeepError, is_mapping, nodes_of
from coprod_measure.yaml_syntax import syntax_problems

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Loc = Sequence[str | int]
Severity = Literal["error", "warning", "note"]

MAX_BYTES = 3_000_000
MAX_NODES = 1_000_000
MAX_SEPARATORS = 150_000
_MOST_DIGITS = 300
_SHOWN_CHOICES = 12
_MANY = 250
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value", "binary")
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: an ``error`` makes the file unusable, a ``warning`` a reviewer would raise."""

    severity: Severity
    problem: Problem

    def __str__(self) -> str:
        return f"{self.severity}: {self.problem} [{self.problem.code}]"


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file as read, with the place of everything in it.

    Attributes
    ----------
    data : dict
        Its content as plain Python values; keys are always text, dates stay text.
    problems : tuple of Problem
        What is wrong with YAML that could be read (duplicate keys); :func:`read_yaml` raises them.
    """

    path: Path
    data: dict[str, Any]
    sha256: str
    problems: tuple[Problem, ...] = ()
    _root: Node | None = None
    _index: dict[int, dict[str, tuple[Node, Node]]] = field(default_factory=dict)

    def place(self, loc: Loc) -> str:
        """Say where the deepest part of ``loc`` that exists stands: ``"study.yaml:12:3"``."""
        node, mark = self._root, getattr(self._root, "start_mark", None)
        for part in loc:
            entries = getattr(node, "value", None)
            if isinstance(part, int) and isinstance(entries, list) and not is_mapping(node):
                if part >= len(entries):
                    break
                node = entries[part]
                mark = node.start_mark
            elif is_mapping(node) and str(part) in (children := self._children(node)):
                key, node = children[str(part)]
                mark = key.start_mark
        return _place(self.path, mark)

    def problem(self, loc: Loc, cause: str, cure: str, code: str) -> Problem:
        """Build a problem that stands at ``loc``."""
        return Problem(self.place(loc), cause, cure, code)

    def finding(self, severity: Severity, loc: Loc, cause: str, cure: str, code: str) -> Finding:
        """Build a finding that stands at ``loc``."""
        return Finding(severity, self.problem(loc, cause, cure, code))

    def names(self, *loc: str) -> list[str]:
        """Keys below ``loc`` as written, also of entries that are unsound."""
        value: Any = self.data
        for part in loc:
            value = value.get(part) if isinstance(value, dict) else None
        return list(value) if isinstance(value, dict) else []

    def _children(self, node: Any) -> dict[str, tuple[Node, Node]]:
        if id(node) not in self._index:
            self._index[id(node)] = {
                cleaned(str(key.value)): (key, value) for key, value in reversed(node.value)
            }
        return self._index[id(node)]


def read_yaml(path: Path, *, error: type[CoprodError]) -> YamlFile:
    """Read a YAML 1.2 file whose top is a mapping.

    ``path``: the file, UTF-8, at most :data:`MAX_BYTES` long.

    Raises
    ------
    CoprodError
        Of type ``error``: no such file, not UTF-8, not YAML, a tab, a duplicate key, anchors that explode.
    """
    file = open_yaml(path, error=error)
    if file.problems:
        raise error.from_problems(file.problems)
    return file


def open_yaml(path: Path, *, error: type[CoprodError]) -> YamlFile:
    """Read like :func:`read_yaml`, but keep duplicate keys as ``problems`` so that more can be found."""
    raw = _bytes_of(path, error)
    root = _compose(path, _text_of(path, raw, error), error)
    builder = _Builder(path)
    try:
        builder.refuse_explosion(root)
        data = builder.value(root)
    except _UnusableError as unusable:
        raise error.from_problems([unusable.problem]) from None
    if not isinstance(data, dict):
        raise error(
            "must hold keys with values at its top",
            place=_place(path, getattr(root, "start_mark", None)),
            cure="Begin with lines such as 'id: my_questionnaire'",
            code="not-a-mapping",
        )
    if builder.said:
        warnings.warn(builder.said, CoprodWarning, stacklevel=3)
    return YamlFile(path, data, hashlib.sha256(raw).hexdigest(), tuple(builder.problems), root)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest of the known names, or list them.

    Examples
    --------
    >>> did_you_mean("agre7", ["agree7", "likely5"])
    "Did you mean 'agree7'?"
    >>> did_you_mean("xyz", ["agree7", "likely5"])
    'Known are: agree7, likely5'
    """
    return _nearest(word, tuple(known))


@lru_cache(maxsize=512)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    # A file of ten thousand unknown ids must not take minutes: of many names, those that begin alike.
    alike, length = known, 2
    while len(alike) > _MANY and length < len(word):
        length += 1
        alike = tuple(name for name in alike if name.startswith(word[:length]))
    near = [name for name in known if name.casefold() == word.casefold()][:1]
    near = near or get_close_matches(word, alike[:_MANY], n=1, cutoff=0.7)
    if not near and len(word) > 2:
        near = [name for name in alike if name.startswith(word)][:1]
    if near:
        return f"Did you mean '{near[0]}'?"
    if not known:
        return "None is known here"
    more = f" and {len(known) - _SHOWN_CHOICES} more" if len(known) > _SHOWN_CHOICES else ""
    return f"Known are: {', '.join(known[:_SHOWN_CHOICES])}{more}"


class _UnusableError(Exception):
    """The nodes cannot be turned into data."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.cause)
        self.problem = problem


class _Builder:
    """Turns nodes into plain data; a node that several aliases share is built once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.said = ""
        self._built: dict[int, Any] = {}

    def refuse_explosion(self, root: Any) -> None:
        """Count the nodes as if every alias were written out, without writing it out."""
        sizes: dict[int, int] = {}
        open_nodes: set[int] = set()

        def size(node: Any) -> int:
            if id(node) in sizes:
                return sizes[id(node)]
            if id(node) in open_nodes:
                raise self._unusable(node, "an anchor contains itself", "Remove it", "recursive-anchor")
            open_nodes.add(id(node))
            total = 1
            if not isinstance(node.value, str):
                for child in node.value:
                    total += sum(map(size, child)) if isinstance(child, tuple) else size(child)
            open_nodes.discard(id(node))
            sizes[id(node)] = total
            return total

        if root is not None and size(root) > MAX_NODES:
            raise self._unusable(
                root,
                f"holds more than {MAX_NODES:,} values once its anchors are written out",
                "Write the content without anchors, or split the file",
                "too-large",
            )

    def value(self, node: Any) -> Any:
        """Build the value of a node."""
        if node is None:
            return None
        if id(node) not in self._built:
            self._built[id(node)] = self._build(node)
        return self._built[id(node)]

    def _build(self, node: Any) -> Any:
        if str(node.tag) not in _PLAIN_TAGS:
            self._add(node, f"tag '{node.tag}' is not known here", "Remove the tag", "unknown-tag")
        if isinstance(node.value, str):
            return self._scalar(node)
        if not is_mapping(node):
            return [self.value(child) for child in node.value]
        built: dict[str, Any] = {}
        for key, child in node.value:
            name = self._clean(key) if isinstance(key.value, str) else None
            if name is None:
                self._add(key, "a key must be a single word or text", "Write 'key: value'", "complex-key")
            elif name in built:
                self._add(key, f"key '{name}' stands here twice", "Keep one of the two", "duplicate-key")
            else:
                built[name] = self.value(child)
        return built

    def _scalar(self, node: Any) -> Any:
        kind = str(node.tag).rpartition(":")[2]
        text = self._clean(node)
        try:
            if kind == "int":
                return _integer(text)
            if kind == "float":
                return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return text
        if kind == "bool":
            return text.lower() == "true"
        return None if kind == "null" else text

    def _clean(self, node: Any) -> str:
        """Take out control characters, and say so once a file."""
        text: str = node.value
        plain = cleaned(text)
        if plain is not text and not self.said:
            self.said = f"{_place(self.path, node.start_mark)}: control characters were taken out of the text"
        return plain

    def _add(self, node: Any, cause: str, cure: str, code: str) -> None:
        self.problems.append(Problem(_place(self.path, node.start_mark), cause, cure, code))

    def _unusable(self, node: Any, cause: str, cure: str, code: str) -> _UnusableError:
        return _UnusableError(Problem(_place(self.path, node.start_mark), cause, cure, code))


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    if len(digits) > _MOST_DIGITS:
        raise ValueError("nobody counts that far; it is text, and refused where a number is due")
    base = {"0x": 16, "0o": 8, "0b": 2}.get(digits.lstrip("+-")[:2].lower(), 10)
    return int(digits, base)


def _bytes_of(path: Path, error: type[CoprodError]) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        missing = isinstance(problem, FileNotFoundError)
        cause = "there is no such file" if missing else f"cannot be read ({problem.strerror})"
        code = "no-such-file" if missing else "unreadable-file"
        cure = _neighbour(path) if missing else "Choose a readable YAML file"
        raise error(cause, place=_shown(path), cure=cure, code=code) from None
    if len(raw) > MAX_BYTES:
        raise error(
            f"is larger than {MAX_BYTES / 1e6:.0f} MB",
            place=_shown(path),
            cure="Split the file",
            code="too-large",
        )
    return raw


def _neighbour(path: Path) -> str:
    beside = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
    return did_you_mean(path.name, beside) if beside else "Check the path"


def _text_of(path: Path, raw: bytes, error: type[CoprodError]) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise error(
            "is not UTF-8 text",
            place=f"{_shown(path)}:{line}:1",
            cure="Save the file with the encoding UTF-8",
            code="not-utf8",
        ) from None
    # Parsing takes some 50 microseconds a value: whoever sends a million of them is refused before.
    if sum(text.count(mark) for mark in ",[{\n") > MAX_SEPARATORS:
        raise error("holds too many values", place=_shown(path), cure="Split the file", code="too-large")
    return text


def _compose(path: Path, text: str, error: type[CoprodError]) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        return nodes_of(text)
    except TooDeepError as deep:
        cause, place = f"is nested more than {DEEPEST} levels deep", _place(path, deep.mark)
        raise error(cause, place=place, cure="Write fewer levels", code="too-deep") from None
    except YAMLError as problem:
        raise error.from_problems(syntax_problems(_shown(path), text, problem)) from None


def _shown(path: Path) -> str:
    """Path as a user reads it: relative where it lies below the working folder."""
    below = path.is_absolute() and path.is_relative_to(Path.cwd())
    return str(path.relative_to(Path.cwd()) if below else path)


def _place(path: Path, mark: Any) -> str:
    return f"{_shown(path)}:{mark.line + 1}:{mark.column + 1}" if mark else _shown(path)
