"""Foreign C code reads a stranger's file in a process of its own: where it dies, only that process does."""

from __future__ import annotations

import atexit
import faulthandler
import gc
import json
import mmap
import os
import pickle
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

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

_PATIENCE = 5.0
"""Seconds that a reader waits for another file."""
_LITTLE_WORK = 5.0
"""Seconds of processor up to which a reader waits: the limit on time is one of its whole life."""
_LITTLE_MEMORY = 1 << 28

ReadTable = tuple["pyarrow.Table", bytes]


def table_apart(
    read: Callable[[], RawTable], path: Path, *, library: str = "", large: bool = False
) -> RawTable:
    """Call a reader in a child process (see :func:`read_apart`) and take over its table."""
    return _unpacked(*read_apart(partial(_read_and_pack, read), path, library=library, large=large))


def read_apart(
    read: Callable[[], ReadTable], path: Path, *, library: str = "", large: bool = False
) -> ReadTable:
    """Call a reader in a child process with limits on time and memory, and take over what it read.

    The table lies in memory that both processes map, so that numbers come over without a copy. Nothing that
    the child wrote is executed. Where a system cannot do this, the reader is called here. A child that read
    its file without fault waits some seconds for another one: each fork costs page faults in both processes
    and the threads of BLAS. What such a child refuses, a new one judges.

    ``library``: what the reader needs, imported before, so that the child need not. ``read``: gives a table
    and bytes about it; where it can be pickled (a path from the root), a child that waits may take it.
    ``path``: of the file, for messages. ``large``: lifts the limits.

    Raises
    ------
    ResponsesError
        What the reader found, or that it died.
    """
    if sys.platform != "linux":
        return read()
    if library:
        import_module(library)
    if not large and (waiting := _asked_again(read, path)) is not None:
        with suppress(ResponsesError):
            return waiting.answer(path, _MOST_WAIT)
    return _born(read, path, large=large).answer(path, None if large else _MOST_WAIT)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A child process, and the line on which it tells what it read and is asked again."""

    process: int
    line: socket.socket
    parent: int

    def answer(self, path: Path, seconds: float | None) -> ReadTable:
        try:
            packet, memory = _heard(self.line, seconds)
        except BaseException:
            self.end(kill=True)
            raise
        if not packet:
            code = self.end(kill=packet is None)
            raise _died(path, -signal.SIGXCPU if packet is None else code)
        message = json.loads(packet)
        if message["waits"] and not _waiting:
            _waiting.append(self)
        else:
            self.end()
        with os.fdopen(memory, "rb") as handed:
            return _taken(handed.fileno(), message["length"])

    def end(self, *, kill: bool = False) -> int:
        self.line.close()
        if kill:
            os.kill(self.process, signal.SIGKILL)
        with suppress(ChildProcessError):  # somebody else has waited for it
            return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return _FAILED


_waiting: list[_Reader] = []


@atexit.register
def _end_those_that_wait() -> None:
    while _waiting:
        if (reader := _waiting.pop()).parent == os.getpid():
            reader.end()


def _asked_again(read: Callable[[], ReadTable], path: Path) -> _Reader | None:
    """Ask a child that waits, if there is one, this process made it, and it can be told what to read."""
    try:
        request = pickle.dumps((read, path))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    while _waiting:
        reader = _waiting.pop()
        if reader.parent != os.getpid():
            reader.line.close()
            continue
        try:
            reader.line.send(request)
        except OSError:
            reader.end()
        else:
            return reader
    return None


def _born(read: Callable[[], ReadTable], path: Path, *, large: bool) -> _Reader:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child starts no thread and ends itself
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _be_the_child(read, path, theirs, large=large)
        return _Reader(child, ours.dup(), os.getpid())


def _heard(line: socket.socket, seconds: float | None) -> tuple[bytes | None, int]:
    """Take what the child says and the memory it hands over; None where that takes longer than it may."""
    line.settimeout(seconds)
    try:
        packet, handed, _, _ = socket.recv_fds(line, 1 << 12, 1)
    except TimeoutError:
        return None, -1
    except ConnectionResetError:
        return b"", -1
    return (packet, handed[0]) if handed else (b"", -1)


def _be_the_child(read: Callable[[], ReadTable], path: Path, line: socket.socket, *, large: bool) -> None:
    code = _FAILED
    try:
        import resource

        gc.freeze()
        faulthandler.disable()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _let_go_of_files(line)
        used, first = _memory(), time.process_time()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not large:
            resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_BYTES,) * 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        while True:
            memory, length = _read_into_memory(read, path, large=large)
            little = _memory() - used < _LITTLE_MEMORY and time.process_time() - first < _LITTLE_WORK
            waits = little and length >= 0 and not large
            socket.send_fds(line, [json.dumps({"length": length, "waits": waits}).encode()], [memory])
            os.close(memory)
            line.settimeout(_PATIENCE)
            if not waits or not (request := line.recv(1 << 16)):
                break
            read, path = pickle.loads(request)
        code = 0
    except TimeoutError:
        code = 0
    except MemoryError:
        code = _TOO_LARGE
    finally:
        os._exit(code)


def _let_go_of_files(line: socket.socket) -> None:
    """Close what the parent had open, its locks too: they are gone when it is, whatever the child does."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for one in range(3):
        os.dup2(nowhere, one)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != line.fileno():
            with suppress(OSError):
                os.close(int(name))


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _read_into_memory(read: Callable[[], ReadTable], path: Path, *, large: bool) -> tuple[int, int]:
    """Give memory with the table as an Arrow stream, its length, and behind it what is told of the table.

    Where the reader refuses the file, its problems stand there, and the length is -1.
    """
    memory = os.memfd_create("table")
    with os.fdopen(memory, "wb", closefd=False) as file:
        try:
            table, told = read()
            if not large:
                refuse_much_text(sum(_text_bytes(column) for column in table.columns), path)
            length = _write_stream(table, file)
        except ResponsesError as error:
            told = json.dumps([[one.place, one.cause, one.cure, one.code] for one in error.problems]).encode()
            length = -1
        file.write(told)
    return memory, length


def _died(path: Path, code: int) -> ResponsesError:
    too_long = f"takes more than {_MOST_SECONDS} seconds to read"
    why = {-signal.SIGXCPU: too_long, _TOO_LARGE: "needs too much memory", -signal.SIGXFSZ: "is too large"}
    cause = why.get(code, "is damaged so that the library that reads such files dies of it")
    cure = "Save or export it again"
    if code in why:
        cure += "; if it is as it should be, write large: true under responses in the study file"
    return ResponsesError(cause, place=path.name, cure=cure, code="reader-died")


def refuse_much_text(size: int, path: Path) -> None:
    """Refuse texts, of so many bytes in the cells, that a file holds once or squeezed."""
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


def _write_stream(table: pyarrow.Table, file: BinaryIO) -> int:
    from pyarrow import ipc

    with ipc.new_stream(file, table.schema, options=ipc.IpcWriteOptions(use_threads=False)) as stream:
        stream.write_table(table)
    return file.tell()


def _taken(memory: int, length: int) -> ReadTable:
    from pyarrow import ipc, py_buffer

    whole = memoryview(mmap.mmap(memory, 0, access=mmap.ACCESS_COPY))
    if length < 0:
        raise ResponsesError.from_problems(Problem(*one) for one in json.loads(bytes(whole)))
    return ipc.open_stream(py_buffer(whole[:length])).read_all(), bytes(whole[length:])


def _read_and_pack(read: Callable[[], RawTable]) -> ReadTable:
    return _packed(read())


def _packed(raw: RawTable) -> ReadTable:
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
