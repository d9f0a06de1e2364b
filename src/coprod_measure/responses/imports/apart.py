"""Foreign C code reads a stranger's file in a process of its own: where it dies, only that process does."""

from __future__ import annotations

import faulthandler
import gc
import json
import mmap
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.responses.imports.raw_table import RawTable

if TYPE_CHECKING:
    import pyarrow

_MOST_SECONDS = 300
_MOST_WAIT = 600
_MOST_BYTES = 3 << 29
_MOST_TEXT = 1 << 28
_TOO_LARGE, _FAILED = 70, 71


def table_apart(
    read: Callable[[], RawTable], path: Path, *, library: str = "", large: bool = False
) -> RawTable:
    """Call a reader in a child process (see :func:`read_apart`) and take over its table."""
    return _unpacked(*read_apart(lambda: _packed(read()), path, library=library, large=large))


def read_apart(
    read: Callable[[], tuple[pyarrow.Table, bytes]], path: Path, *, library: str = "", large: bool = False
) -> tuple[pyarrow.Table, bytes]:
    """Call a reader in a child process with limits on time and memory, and take over what it read.

    The table lies in memory that both processes map, so that numbers come over without a copy. Nothing that
    the child wrote is executed. Where a system cannot do this, the reader is called here.

    ``library``: what the reader needs, imported before, so that the child need not. ``read``: gives a table
    and bytes about it. ``path``: of the file, for messages. ``large``: lifts the limits.

    Raises
    ------
    ResponsesError
        What the reader found, or that it died.
    """
    if sys.platform != "linux":
        return read()
    if library:
        import_module(library)
    handed, (heard, said) = os.memfd_create("table"), os.pipe()
    with os.fdopen(handed, "w+b") as memory, os.fdopen(heard, "rb") as ear:
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child starts no thread and ends itself
            child = os.fork()
        if child == 0:
            _be_the_child(read, path, handed, said, large=large)
        os.close(said)
        try:
            message = _until_it_ends(ear.fileno(), None if large else _MOST_WAIT)
        except BaseException:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        if message is None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if message is None or status != 0:
            raise _died(path, -signal.SIGXCPU if message is None else os.waitstatus_to_exitcode(status))
        return _taken(memory.fileno(), json.loads(message))


def _until_it_ends(pipe: int, seconds: float | None) -> bytes | None:
    """Read until the other side closes it; None where that takes longer than it may."""
    ends, found = time.monotonic() + (seconds or 0), b""
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    while True:
        left = max(0.0, ends - time.monotonic()) * 1000
        if not waiting.poll(None if seconds is None else left):
            return None
        if not (more := os.read(pipe, 1 << 16)):
            return found
        found += more


def _be_the_child(
    read: Callable[[], tuple[pyarrow.Table, bytes]], path: Path, handed: int, said: int, *, large: bool
) -> None:
    code = _FAILED
    try:
        import resource

        gc.freeze()
        faulthandler.disable()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not large:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_BYTES,) * 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        message: dict[str, Any]
        try:
            table, told = read()
            if not large:
                _refuse_much_text(table, path)
            message = {"table": _hand_over(table, told, handed)}
        except ResponsesError as error:
            message = {"problems": [[one.place, one.cause, one.cure, one.code] for one in error.problems]}
        with os.fdopen(said, "wb") as pipe:
            pipe.write(json.dumps(message).encode())
        code = 0
    except MemoryError:
        code = _TOO_LARGE
    finally:
        os._exit(code)


def _died(path: Path, code: int) -> ResponsesError:
    too_long = f"takes more than {_MOST_SECONDS} seconds to read"
    why = {-signal.SIGXCPU: too_long, _TOO_LARGE: "needs too much memory", -signal.SIGXFSZ: "is too large"}
    cause = why.get(code, "is damaged so that the library that reads such files dies of it")
    cure = "Save or export it again"
    if code in why:
        cure += "; if it is as it should be, write large: true under responses in the study file"
    return ResponsesError(cause, place=path.name, cure=cure, code="reader-died")


def _refuse_much_text(table: pyarrow.Table, path: Path) -> None:
    """Refuse texts that a file holds once or squeezed, and a table in every cell."""
    size = sum(_text_bytes(column) for column in table.columns)
    if size > _MOST_TEXT:
        most = f"{_MOST_TEXT / 1e6:,.0f} MB that are read unasked"
        cause = f"holds {size / 1e6:,.0f} MB of text, more than the {most}"
        cure = "Leave out its columns of long texts, or write large: true under responses in the study file"
        raise ResponsesError(cause, place=path.name, cure=cure, code="much-text")


def _text_bytes(column: pyarrow.ChunkedArray) -> int:
    from pyarrow import types

    shared = types.is_dictionary(column.type)
    kind = column.type.value_type if shared else column.type
    if not (types.is_string(kind) or types.is_large_string(kind)):
        return 0
    if not shared:
        return int(column.nbytes)
    from pyarrow import compute

    lengths = (compute.take(compute.binary_length(part.dictionary), part.indices) for part in column.chunks)
    return sum(compute.sum(part).as_py() or 0 for part in lengths)


def _hand_over(table: pyarrow.Table, told: bytes, handed: int) -> int:
    """Write the table as an Arrow stream and what is told of it behind; gives the length of the first."""
    from pyarrow import ipc

    with os.fdopen(handed, "wb", closefd=False) as file:
        with ipc.new_stream(file, table.schema, options=ipc.IpcWriteOptions(use_threads=False)) as stream:
            stream.write_table(table)
        length = file.tell()
        file.write(told)
    return length


def _taken(memory: int, message: dict[str, Any]) -> tuple[pyarrow.Table, bytes]:
    from pyarrow import ipc, py_buffer

    if "problems" in message:
        raise ResponsesError.from_problems(Problem(*one) for one in message["problems"])
    whole = memoryview(mmap.mmap(memory, 0, access=mmap.ACCESS_COPY))
    table = ipc.open_stream(py_buffer(whole[: message["table"]])).read_all()
    return table, bytes(whole[message["table"] :])


def _packed(raw: RawTable) -> tuple[pyarrow.Table, bytes]:
    """Columns of one kind as Arrow, all else as JSON."""
    import pyarrow

    columns: dict[str, pyarrow.Array] = {"index": pyarrow.array(raw.cells.index.to_numpy())}
    mixed: list[tuple[int, str, list[Any]]] = []
    for place in range(raw.cells.shape[1]):
        column = raw.cells.iloc[:, place]
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufmM":
            columns[str(place)] = pyarrow.array(column.to_numpy(), from_pandas=False)
        elif isinstance(column.dtype, pd.StringDtype):
            columns[str(place)] = pyarrow.array(column, type=pyarrow.large_string(), from_pandas=True)
        else:
            kind = "object" if column.dtype == object else str(column.dtype)
            mixed.append((place, kind, [_plain(cell) for cell in column.astype(object)]))
    about = {
        **{
            name: getattr(raw, name)
            for name in ("name", "header", "first_row", "form", "decimal_comma", "guessed")
        },
        "warnings": raw.warnings,
        "labels": list(raw.labels.items()),
        "value_labels": [[at, list(said.items())] for at, said in raw.value_labels.items()],
        "missing_values": [[at, list(codes)] for at, codes in raw.missing_values.items()],
        "mixed": mixed,
    }
    return pyarrow.table(columns), json.dumps(about).encode()


def _unpacked(table: pyarrow.Table, told: bytes) -> RawTable:
    about: dict[str, Any] = json.loads(told)
    frame = table.to_pandas(split_blocks=True, self_destruct=True, use_threads=False)
    index = frame.pop("index").to_numpy()
    columns: dict[int, Any] = {int(name): frame[name].array for name in frame.columns}
    for place, kind, cells in about.pop("mixed"):
        columns[place] = pd.Series([_restored(cell) for cell in cells], dtype=kind).array
    cells = pd.DataFrame({place: columns[place] for place in range(len(columns))}, copy=False)
    steps = bool(len(index)) and int(index[-1]) - int(index[0]) + 1 == len(index)
    cells.index = pd.RangeIndex(int(index[0]), int(index[-1]) + 1) if steps else pd.Index(index)
    cells.columns = pd.RangeIndex(len(columns))
    about["labels"] = dict(about["labels"])
    about["value_labels"] = {at: dict(said) for at, said in about["value_labels"]}
    about["missing_values"] = {at: frozenset(codes) for at, codes in about["missing_values"]}
    about |= {name: tuple(about[name]) for name in ("header", "warnings")}
    return RawTable(**about, cells=cells)


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell if not isinstance(cell, np.generic) else cell.item()
    if cell is pd.NaT or cell is pd.NA:
        return None
    if hasattr(cell, "isoformat"):
        return {type(cell).__name__: cell.isoformat()}
    return cell.item() if isinstance(cell, np.generic) else str(cell)


def _restored(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    import datetime

    ((kind, text),) = cell.items()
    kinds: dict[str, Callable[[str], Any]] = {
        "Timestamp": pd.Timestamp,
        "Timedelta": pd.Timedelta,
        "datetime": datetime.datetime.fromisoformat,
        "date": datetime.date.fromisoformat,
        "time": datetime.time.fromisoformat,
    }
    return kinds[kind](text)
