"""Workbooks of Excel 97, written by hand: no library that is kept up writes them any more."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack

import numpy as np

SECTOR = 512
FREE, END, TABLE = -1, -2, -3


def old_workbook(*sheets: Iterable[tuple[int, int, float | str]]) -> bytes:
    """Give a file of sheets with cells (row, column, content).

    MS-XLS (records BOF, BoundSheet8, Number, Label, EOF) within MS-CFB, both of Microsoft's open specifications.
    """
    begin = _record(0x0809, pack("<HHHHII", 0x0600, 0x0005, 3515, 1996, 0, 6))
    end = _record(0x000A, b"")
    bodies = []
    for cells in sheets:
        body = _record(0x0809, pack("<HHHHII", 0x0600, 0x0010, 3515, 1996, 0, 6))
        bodies.append(body + b"".join(_cell(*cell) for cell in cells) + end)
    names = [f"s{k}".encode() for k in range(len(bodies))]
    at = len(begin) + len(end) + sum(12 + len(name) for name in names)
    stream = begin
    for name, body in zip(names, bodies, strict=True):
        stream += _record(0x0085, pack("<IBBBB", at, 0, 0, len(name), 0) + name)
        at += len(body)
    return _compound(stream + end + b"".join(bodies))


def _record(code: int, data: bytes) -> bytes:
    return pack("<HH", code, len(data)) + data


def _cell(row: int, column: int, content: float | str) -> bytes:
    if isinstance(content, str):
        text = content.encode("latin-1")
        return _record(0x0204, pack("<HHHHB", row, column, 0, len(text), 0) + text)
    return _record(0x0203, pack("<HHHd", row, column, 0, content))


def _compound(stream: bytes) -> bytes:
    """Put the stream into a compound file: header, its sectors, the folder's sector, the table of sectors."""
    stream = stream.ljust(8 * SECTOR, b"\0")
    n = -(-len(stream) // SECTOR)
    n_tables = -(-(n + 1) // (SECTOR // 4 - 1))
    follows = np.full(n_tables * SECTOR // 4, FREE, dtype="<i4")
    follows[:n] = [*range(1, n), END]
    follows[n] = END
    follows[n + 1 : n + 1 + n_tables] = TABLE
    tables = np.full(109, FREE, dtype="<i4")
    tables[:n_tables] = np.arange(n + 1, n + 1 + n_tables)
    header = pack("<8s16xHHHHH10xIiIIiIiI", bytes.fromhex("d0cf11e0a1b11ae1"), 62, 3, 0xFFFE, 9, 6, n_tables, n, 0, 4096, END, 0, END, 0)  # fmt: skip
    folder = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, FREE, 0, len(stream))
    sectors = stream.ljust(n * SECTOR, b"\0") + folder.ljust(SECTOR, b"\0") + follows.tobytes()
    return header + tables.tobytes() + sectors


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return pack("<64sHBBiii36xiI4x", text, len(text), kind, 1, FREE, FREE, child, first, size)
