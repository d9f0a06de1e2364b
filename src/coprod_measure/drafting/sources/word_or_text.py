"""A questionnaire as people write it: a Word document, or a text. Lines and tables tell what is what.

``ease_1 I find the app clear.`` is an item, ``(R)`` at its end turns it, ``1 = Never, 5 = Always`` is the
scale of what follows, ``( ) Germany`` an option of the question above, ``[ ] Radio`` one of several; a table
has its options above and an item a row; a short line is a heading.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coprod_measure.drafting.question import Choice, Found, Question, one_line, points
from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.definition import Kind

_ITEM = re.compile(r"^(?P<id>[A-Za-z][A-Za-z_]*_?\d+[a-z]?|\d{1,3}(?=[.)]))[\s.:)]+(?P<text>\S.*)$")
_POINT = re.compile(r"(?<![\w.])(\d{1,2})\s*[=:–]\s*([^,;=()\d][^,;=()]*)")
_OPTION = re.compile(r"^(?P<box>\(\s?\)|\[\s?\]|[○◯●□☐▢❑])\s*(?P<label>\S.*)$")
_REVERSED = re.compile(r"\s*[(\[](?:R|r|reversed?|rev\.?|-)[)\]]\s*$")
_BLANK = re.compile(r"[\s:]*(?:_{3,}|\.{4,}|…{2,})\s*$")
_WORD = re.compile(r"[^\W\d_]{2}")
_SEVERAL = set("[□☐▢❑")
_LONGEST_HEADING, _FEWEST_COLUMNS, _MOST_LINES = 60, 3, 20_000
_MOST_BYTES = 1 << 24
_LANGUAGE = "en"
Row = Sequence[str]


def recognise(path: Path, start: bytes) -> bool:
    """Whether it is a Word document, or a text with an item, a scale or an option that is no table."""
    if path.suffix.lower() == ".docx":
        return start.startswith(b"PK")
    lines = [line.strip() for line in start.decode("utf-8", errors="replace").lstrip("\ufeff").splitlines()]
    first = next((line for line in lines if line), "")
    if path.suffix.lower() != ".txt" or set(first) & set("\t;,|[{<"):
        return False
    return any(_ITEM.match(line) or _OPTION.match(line) or _scale_of(line) for line in lines)


def read(path: Path) -> Found:
    """Read headings, items, scales, options and tables in their order; what is left over is noted."""
    draft = _Reading()
    for cells in _rows_of_word(path) if path.suffix.lower() == ".docx" else _rows_of_text(path):
        if len(cells) >= _FEWEST_COLUMNS:
            draft.take_row(cells)
        else:
            draft.take_line(" ".join(cell for cell in cells if cell))
    draft.finish()
    return Found("table", path.stem, (_LANGUAGE,), tuple(draft.questions), notes=tuple(draft.notes))


@dataclass(slots=True)
class _Reading:
    """What was read so far; ``waiting`` is a question whose options may follow."""

    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    heading: str = ""
    scale: tuple[Choice, ...] = ()
    columns: tuple[Choice, ...] = ()
    waiting: tuple[str, str, tuple[Choice, ...]] | None = None
    options: list[str] = field(default_factory=list)

    def take_row(self, cells: Row) -> None:
        """Take a row of a table: options above, or an item beside its boxes."""
        heads = any(_WORD.search(cell) for cell in cells[1:])
        if heads or not self.columns:
            self.waiting = None  # "How far do you agree?", say
            self.columns = _choices([cell or str(k) for k, cell in enumerate(cells[1:], start=1)])
        elif cells[0]:
            self.finish()
            name, text = _named(cells[0])
            apart = bool(name) and not name.isdigit()  # such names say themselves what belongs together
            self._ask(name, text, "single_choice", self.columns, "" if apart else self.heading)

    def take_line(self, line: str) -> None:
        """Take a line: an option, a scale, a question or a heading."""
        if _OPTION.match(line):
            self.options.append(line)
            return
        self.finish()
        self.columns = ()
        name, text = _named(line)
        if scale := _scale_of(line):
            self.scale = scale
        elif _BLANK.search(line):
            self._ask(name, _BLANK.sub("", text), "text", (), "")
        elif name:
            self.waiting = name, text, self.scale
        elif line.endswith("?"):
            self.waiting = "", text, ()
        elif len(line) <= _LONGEST_HEADING and line[-1] not in ".!:":
            self.heading = line

    def finish(self) -> None:
        """Ask what waits, by its own options or else by the scale above it."""
        if self.waiting is not None:
            name, text, scale = self.waiting
            boxes = [match for match in map(_OPTION.match, self.options) if match]
            choices = _choices([match["label"] for match in boxes]) or scale
            several = bool(boxes) and boxes[0]["box"][0] in _SEVERAL
            if choices:
                kind: Kind = "multiple_choice" if several else "single_choice"
                self._ask(name, text, kind, choices, "" if boxes else self.heading)
            else:
                self.notes.append(f"{text}: nothing says how it is answered")
        self.waiting = None
        self.options.clear()

    def _ask(self, name: str, text: str, kind: Kind, choices: tuple[Choice, ...], table: str) -> None:
        known = {one.name for one in self.questions}
        own = name if name and not name.isdigit() and name not in known else f"q{len(known) + 1}"
        words = {_LANGUAGE: one_line(_REVERSED.sub("", text))}
        ticked = {one.stored: f"{own}_{one.stored}" for one in choices} if kind == "multiple_choice" else {}
        self.questions.append(
            Question(
                own, own, words, kind, choices, ticked, table=table, block=self.heading,
                reverse=bool(_REVERSED.search(text)),
            )
        )  # fmt: skip


def _named(line: str) -> tuple[str, str]:
    """Take the id off a line; its own number counts as one."""
    found = _ITEM.match(line)
    return (found["id"], found["text"]) if found else ("", line)


def _scale_of(line: str) -> tuple[Choice, ...]:
    """Points of a line such as ``1 = Never, 2 = Seldom, 3 = Often``; of the ends alone, those between too."""
    named = {int(code): one_line(label) for code, label in _POINT.findall(line)}
    if len(named) < 2:
        return ()
    low, high = min(named), max(named)
    if len(named) == 2:
        return points(low, high, (named[low], named[high]), _LANGUAGE)
    return tuple(Choice(str(code), {_LANGUAGE: label}) for code, label in sorted(named.items()))


def _choices(labels: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(str(k), {_LANGUAGE: one_line(label)}) for k, label in enumerate(labels, start=1))


def _rows_of_text(path: Path) -> Iterator[Row]:
    for line in path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()[:_MOST_LINES]:
        if line.strip():
            yield [cell.strip() for cell in line.strip().split("\t")]


def _rows_of_word(path: Path) -> Iterator[Row]:
    _refuse_much_text(path)
    from docx import Document
    from docx.opc.exceptions import OpcError
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    try:
        document = Document(str(path))
    except OpcError as error:
        raise ValueError("no Word document") from error
    for number, block in enumerate(document.iter_inner_content()):
        if number > _MOST_LINES:
            return
        if isinstance(block, Paragraph):
            yield from ([one_line(line)] for line in block.text.splitlines() if line.strip())
        elif isinstance(block, Table):
            for row in block.rows:
                cells = [one_line(cell.text) for cell in row.cells]
                if any(cells):
                    yield cells


def _refuse_much_text(path: Path) -> None:
    """Refuse a document that swells when unpacked; pictures are not read."""
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist() if member.filename.endswith(".xml"))
    if size > _MOST_BYTES:
        cause = f"holds {size / 1e6:,.0f} MB of text when unpacked, more than any questionnaire"
        cure = "Copy the questions into a document of their own"
        raise InstrumentError(cause, place=path.name, cure=cure, code="too-large")
