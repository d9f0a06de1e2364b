"""Foreign C code reads a stranger's file in a process of its own: where it dies, only that process does."""

from __future__ import annotations

import faulthandler
import gc
import io
import json
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.responses.imports.raw_table import RawTable

_MOST_SECONDS = 300
_MOST_BYTES = 4 << 30
_BY_POSITION = ("labels", "value_labels", "missing_values")


def read_apart(
    read: Callable[[], RawTable], path: Path, *, library: str = "", large: bool = False
) -> RawTable:
    """Call a reader in a child process with limits on time and memory, and take over what it read.

    What comes back is numbers, Arrow texts and JSON: nothing that the child wrote is executed. Where a system
    cannot fork, the reader is called here.

    ``library``: what the reader needs, imported before, so that the child need not. ``read``: gives the
    table. ``path``: of the file, for messages. ``large``: lifts the limits.

    Raises
    ------
    ResponsesError
        What the reader found, or that it died.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return read()
    if library:
        import_module(library)
    with tempfile.TemporaryFile() as handed:
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child starts no thread and ends itself
            child = os.fork()
        if child == 0:
            _be_the_child(read, handed, large=large)
        try:
            _, status = os.waitpid(child, 0)
        except BaseException:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        if status != 0:
            raise _died(path, os.waitstatus_to_exitcode(status))
        handed.seek(0)
        return _taken(handed)


def _be_the_child(read: Callable[[], RawTable], handed: IO[bytes], *, large: bool) -> None:
    code = 70
    try:
        import resource

        gc.freeze()
        faulthandler.disable()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not large:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_BYTES,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            _hand_over(read(), handed)
        except ResponsesError as error:
            told = [[one.place, one.cause, one.cure, one.code] for one in error.problems]
            handed.write(json.dumps({"problems": told}).encode() + b"\n")
        handed.flush()
        code = 0
    finally:
        os._exit(code)


def _died(path: Path, code: int) -> ResponsesError:
    why = {-signal.SIGXCPU: f"takes more than {_MOST_SECONDS} seconds to read", 70: "needs too much memory"}
    cause = why.get(code, "is damaged so that the library that reads such files dies of it")
    cure = "Save or export it again"
    if code in why:
        cure += "; if it is as it should be, write large: true under responses in the study file"
    return ResponsesError(cause, place=path.name, cure=cure, code="reader-died")


def _hand_over(table: RawTable, file: IO[bytes]) -> None:
    """Write one line of JSON about the table, then a block a column."""
    blocks = [_block(table.cells.iloc[:, place]) for place in range(table.cells.shape[1])]
    about = {
        **{name: getattr(table, name) for name in ("name", "header", "first_row", "form", "decimal_comma")},
        "warnings": table.warnings,
        "labels": list(table.labels.items()),
        "value_labels": [[at, list(said.items())] for at, said in table.value_labels.items()],
        "missing_values": [[at, list(codes)] for at, codes in table.missing_values.items()],
        "blocks": [[kind, len(data)] for kind, data in (*blocks, _block(table.cells.index.to_series()))],
    }
    file.write(json.dumps(about).encode() + b"\n")
    for _, data in (*blocks, _block(table.cells.index.to_series())):
        file.write(data)


def _taken(file: IO[bytes]) -> RawTable:
    about: dict[str, Any] = json.loads(file.readline())
    if "problems" in about:
        raise ResponsesError.from_problems(Problem(*one) for one in about["problems"])
    *columns, index = (_column(kind, file.read(size)) for kind, size in about.pop("blocks"))
    about["cells"] = pd.DataFrame(dict(enumerate(columns)), copy=False)
    about["cells"].index = (
        pd.RangeIndex(int(index[0]), int(index[-1]) + 1) if _steps(index) else pd.Index(index)
    )
    about["cells"].columns = pd.RangeIndex(len(columns))
    about["labels"] = dict(about["labels"])
    about["value_labels"] = {at: dict(said) for at, said in about["value_labels"]}
    about["missing_values"] = {at: frozenset(codes) for at, codes in about["missing_values"]}
    return RawTable(**{**about, "header": tuple(about["header"]), "warnings": tuple(about["warnings"])})


def _steps(index: np.ndarray) -> bool:
    return bool(len(index)) and int(index[-1]) - int(index[0]) + 1 == len(index)


def _block(column: pd.Series) -> tuple[str, bytes]:
    """Numbers and times as NumPy writes them, texts as Arrow, mixtures as JSON with their kinds."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufmM":
        buffer = io.BytesIO()
        np.save(buffer, column.to_numpy(), allow_pickle=False)
        return "numbers", buffer.getvalue()
    if isinstance(column.dtype, pd.StringDtype):
        import pyarrow

        texts = pyarrow.array(column, type=pyarrow.large_string(), from_pandas=True)
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, pyarrow.schema([("a", texts.type)])) as writer:
            writer.write_table(pyarrow.table({"a": texts}))
        return "texts", sink.getvalue().to_pybytes()
    kind = "objects" if column.dtype == object else str(column.dtype)
    return kind, json.dumps([_plain(cell) for cell in column.astype(object)]).encode()


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell if not isinstance(cell, np.generic) else cell.item()
    if cell is pd.NaT or cell is pd.NA:
        return None
    if hasattr(cell, "isoformat"):
        return {type(cell).__name__: cell.isoformat()}
    return cell.item() if isinstance(cell, np.generic) else str(cell)


def _column(kind: str, data: bytes) -> Any:
    if kind == "numbers":
        return np.load(io.BytesIO(data), allow_pickle=False)
    if kind == "texts":
        import pyarrow

        return pd.array(pyarrow.ipc.open_stream(data).read_all()["a"], dtype="str")
    cells = [_restored(cell) for cell in json.loads(data)]
    if kind == "objects":
        found = np.empty(len(cells), dtype=object)
        found[:] = cells
        return found
    return pd.Series(cells, dtype=kind).array


def _restored(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    import datetime

    ((kind, text),) = cell.items()
    kinds: dict[str, Callable[[str], Any]] = {
        "Timestamp": pd.Timestamp,
        "datetime": datetime.datetime.fromisoformat,
        "date": datetime.date.fromisoformat,
        "time": datetime.time.fromisoformat,
    }
    return kinds[kind](text)
