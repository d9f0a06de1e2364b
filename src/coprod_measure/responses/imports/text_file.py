"""Delimited text: encoding, delimiter and shape are found out, never assumed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice
from pathlib import Path

import pandas as pd

from coprod_measure.errors import CoprodError, Problem, ResponsesError, counted
from coprod_measure.plain_text import is_text_encoding
from coprod_measure.responses.imports.raw_table import RawTable, refuse_many_cells

_DELIMITERS = (",", ";", "\t", "|")
_MOST_COLUMNS = 20_000
_CHUNK = 1 << 24
_SHOWN = 20
_BLOCK = 50_000
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


def read_text_table(path: Path, encoding: str | None = None, *, large: bool = False) -> RawTable:
    """Read a CSV, TSV or otherwise delimited file as text cells.

    ``encoding``: overrides what the bytes suggest. With a warning when the encoding is not UTF-8.

    Raises
    ------
    ResponsesError
        Empty, binary, cut off, ragged or mixed in encoding.
    """
    wanted, (encoding, warnings) = encoding, _encoding(path, encoding)
    delimiter, header = _first_record(path, encoding)
    if len(header) > _MOST_COLUMNS:
        raise ResponsesError(
            f"has {len(header):,} columns, more than any questionnaire (limit {_MOST_COLUMNS:,})",
            place=f"{path.name}, row 1",
            cure="Check that rows and columns are not swapped",
            code="too-many-columns",
        )
    refuse_many_cells(path.name, _lines(path), len(header), large=large)
    cells = _body(path, encoding, delimiter, len(header))
    if cells.empty:
        raise ResponsesError(
            "has a header and no answers below it",
            place=path.name,
            cure="Export the answers again; perhaps a filter was on",
            code="no-answers",
        )
    return RawTable(
        name=path.name,
        header=tuple(name.strip() for name in header),
        cells=cells,
        decimal_comma=delimiter == ";",
        warnings=warnings,
        guessed=encoding if wanted is None and encoding in {"cp1252", "latin-1"} else "",
    )


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))


def _encoding(path: Path, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    start = _start(path)
    if wanted is not None:
        return _known_encoding(path, wanted), ()
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _known_encoding(path, "utf-16"), (f"{path.name}: is UTF-16; read as such",)
    if start.startswith(codecs.BOM_UTF8):
        return _known_encoding(path, "utf-8-sig"), ()
    valid, high, multibyte, undefined = _byte_census(path)
    if valid:
        return "utf-8", ()
    if multibyte and high > 0:
        raise ResponsesError(
            f"mixes encodings: {multibyte} characters beyond ASCII are UTF-8, {high} are not",
            place=path.name,
            cure="Export it again as UTF-8, or name one under responses in the study file: encoding: gb18030 "
            "(Chinese), shift_jis (Japanese), cp1251 (Cyrillic), ...",
            code="mixed-encodings",
        )
    guess = "latin-1" if undefined else "cp1252"
    shown = "Latin-1" if undefined else "Windows-1252 (Latin-1)"
    return guess, (f"{path.name}: is not UTF-8; read as {shown}. Export it as UTF-8 to be safe",)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise ResponsesError("is empty", place=path.name, cure="Export it again", code="empty-file")
    return start


def _known_encoding(path: Path, wanted: str) -> str:
    if not is_text_encoding(wanted):
        raise ResponsesError(
            f"the encoding {wanted!r} is unknown",
            place=path.name,
            cure="Use for example utf-8, utf-16, cp1252",
            code="unknown-encoding",
        )
    decoder = codecs.getincrementaldecoder(wanted)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise ResponsesError(
            f"is not {wanted}",
            place=path.name,
            cure="Export it again as UTF-8, or name the right encoding in the study file",
            code="wrong-encoding",
        ) from error
    return wanted


def _byte_census(path: Path) -> tuple[bool, int, int, bool]:
    """Whether the bytes are UTF-8; bytes that are not; characters that are; any byte that cp1252 lacks."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, high, multibyte, undefined = True, 0, 0, False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                raise ResponsesError(
                    "holds NUL bytes, so it is not a text file, or it is damaged",
                    place=path.name,
                    cure="Export it again; workbooks need the ending .xlsx",
                    code="nul-bytes",
                )
            if valid:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    valid = False
            if not chunk.isascii():
                characters = _MULTIBYTE.findall(chunk)
                multibyte += len(characters)
                high += len(_HIGH.findall(chunk)) - sum(map(len, characters))
                undefined |= any(byte in chunk for byte in b"\x81\x8d\x8f\x90\x9d")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        valid = False
    return valid, high, multibyte, undefined


def _first_record(path: Path, encoding: str) -> tuple[str, list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(1 << 22)
    best: tuple[str, list[str]] = (",", [])
    for delimiter in _DELIMITERS:
        try:
            record = next(csv.reader(io.StringIO(start), delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(record) > len(best[1]):
            best = delimiter, record
    if not any(name.strip() for name in best[1]):
        raise ResponsesError(
            "has no column names in its first row",
            place=path.name,
            cure="Export it with a header row",
            code="no-header",
        )
    return best


def _body(path: Path, encoding: str, delimiter: str, width: int) -> pd.DataFrame:
    """Read the records below the header; the index counts as a spreadsheet does, blank rows are left out."""
    blocks: list[pd.DataFrame] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[Problem] = []
    with path.open(encoding=encoding, newline="") as file:
        records = enumerate(csv.reader(file, delimiter=delimiter, strict=True), start=1)
        try:
            for number, record in islice(records, 1, None):
                if not any(record):
                    continue
                if len(record) != width:
                    if len(record) < width or any(record[width:]):
                        ragged.append(_ragged(path.name, number, len(record), width))
                        continue
                    record = record[:width]
                rows.append(record)
                numbers.append(number)
                if len(rows) == _BLOCK:
                    blocks.append(_block(rows, numbers, width))
                    rows, numbers = [], []
        except csv.Error as error:
            raise _unparsable(path.name, str(error), number=(numbers or [1])[-1] + 1) from error
    if ragged:
        raise _all_ragged(path.name, ragged)
    blocks.append(_block(rows, numbers, width))
    return pd.concat(blocks) if len(blocks) > 1 else blocks[0]


def _block(rows: list[list[str]], numbers: list[int], width: int) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * width
    cells = {position: pd.array(list(column), dtype="str") for position, column in enumerate(columns)}
    return pd.DataFrame(cells, index=pd.Index(numbers, dtype="int64"), copy=False)


def _ragged(name: str, number: int, cells: int, width: int) -> Problem:
    cure = "The file was cut off or damaged; export it again"
    if cells > width:
        cure = "Quote cells that hold the delimiter, or export again"
    return Problem(f"{name}, row {number}", f"has {cells} cells, the header has {width}", cure, "ragged-rows")


def _all_ragged(name: str, problems: list[Problem]) -> CoprodError:
    shown = problems[:_SHOWN]
    if len(problems) > _SHOWN:
        more = (
            f"{counted(len(problems) - _SHOWN, 'more row has', 'more rows have')} "
            "another number of cells than the header"
        )
        shown.append(Problem(name, more, "", "ragged-rows"))
    return ResponsesError.from_problems(shown)


def _unparsable(name: str, message: str, number: int) -> ResponsesError:
    if "unexpected end of data" in message:
        return ResponsesError(
            "ends inside a quoted cell: the file was cut off, or a quotation mark is not closed",
            place=name,
            cure="Export it again",
            code="truncated-file",
        )
    cause = (
        "holds a cell of more than 131,072 characters" if "limit" in message else "has a stray quotation mark"
    )
    return ResponsesError(
        f"cannot be read as delimited text: it {cause}",
        place=f"{name}, row {number}",
        cure="Export it again as CSV (UTF-8); an open quotation mark may stand further up",
        code="unreadable",
    )
