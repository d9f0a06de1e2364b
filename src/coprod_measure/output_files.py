"""Files go out whole or not at all, and text from data never becomes a formula."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import re
import secrets
import stat
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

from coprod_measure.errors import CoprodWarning, OutputError

if TYPE_CHECKING:
    import pandas as pd

# Spaces and invisible signs, which a spreadsheet may leave away, full-width and small forms of the signs.
_SIGN = r"""(?:[^\S\t\r\n]|["\u200b-\u200f\u2060\ufeff])*[=+\-@＝＋－＠﹦﹢﹣﹫]"""
_STARTS = rf"(?={_SIGN}|[\t\r])"
_FORMULA = re.compile("^" + _STARTS)
# A comma file opened where ; or the tab separates falls into other cells than it was written in.
_IN_CELLS = re.compile(r"(^|[;\t\r\n])(?=')|(^|[;\t\r\n])" + _STARTS)
_MARKED = re.compile(rf"(^|[;\t\r\n])'(?={_SIGN}|[\t'])")
_LONGEST_NAME = 200
_UNFINISHED = ".unfinished"
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_held: set[Path] = set()


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place.

    What an earlier writer of the same file left behind when it was killed is removed. A file that is replaced
    keeps its mode, a new one has that of the umask.

    ``path``: where the file shall lie; its folder is created. ``write``: receives the temporary path and
    writes the whole content there.

    Raises
    ------
    OutputError
        If the folder or the file cannot be written. ``path`` is then as it was before.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, temporary = _begin(path)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    try:
        with a_year_that_archives_know():
            write(temporary.absolute())  # writers of others take a folder called ~ for that of the user
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        if sys.platform == "win32":  # an open file cannot be renamed there
            os.close(handle)
            handle = -1
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if handle >= 0:
            os.close(handle)
        temporary.unlink(missing_ok=True)


def ensure_writable(folder: Path) -> None:
    """Create ``folder`` and make sure that files can be written there.

    Raises
    ------
    OutputError
        If not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all (see :func:`write_whole`)."""
    write_whole(path, lambda temporary: _write_utf8(temporary, text))


def spreadsheet_text(value: object) -> object:
    """Make a cell safe for CSV and XLSX: text that a spreadsheet would run gets an apostrophe before it.

    Examples
    --------
    >>> spreadsheet_text("=2+3")
    "'=2+3"
    """
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def from_csv(cell: str) -> str:
    """Undo what :func:`csv_text` did to a cell."""
    return _MARKED.sub(r"\1", cell)


def _csv_cell(value: object) -> object:
    """Mark formulas also after a separator or line break, and what begins with the mark itself."""
    if not isinstance(value, str):
        return value
    if "\r" in value:  # the writer would leave it bare
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _IN_CELLS.sub(r"\1\2'", value)


def csv_of_frame(frame: pd.DataFrame, *, index: bool = True, float_format: str | None = None) -> str:
    """Write a frame as CSV with every text safe for spreadsheets (see :func:`csv_text`)."""
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy(deep=False)
    for place, kind in enumerate(frame.dtypes):
        if not is_numeric_dtype(kind):
            safe.isetitem(place, [_csv_cell(cell) for cell in frame.iloc[:, place]])
    safe.columns = _safe_names(frame.columns)
    if index:
        safe.index = _safe_names(frame.index)
    text: str = safe.to_csv(index=index, lineterminator="\n", float_format=float_format)
    return text


def _safe_names(names: pd.Index) -> pd.Index:
    safe = names.map(lambda name: tuple(map(_csv_cell, name)) if isinstance(name, tuple) else _csv_cell(name))
    return safe.set_names([_csv_cell(name) for name in names.names])


def csv_text(
    rows: Iterable[Iterable[object]],
    *,
    delimiter: str = ",",
    lineterminator: str = "\n",
    defused: bool = True,
) -> str:
    """Write rows as delimited text; with :func:`csv_of_frame` the one door of every CSV.

    What a spreadsheet would run gets an apostrophe before it, also after a separator or a line break within
    the cell, and for full-width signs.

    ``defused``: whether cells are made safe for spreadsheets. A file that a survey platform takes in is not:
    it would show the apostrophes to respondents.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=lineterminator)
    writer.writerows([_csv_cell(cell) for cell in row] if defused else row for row in rows)
    return text.getvalue()


@contextmanager
def only_writer(lock: Path) -> Iterator[None]:
    """Keep other processes from writing the same outputs meanwhile; one that dies frees them.

    Raises
    ------
    OutputError
        If another process is writing, or the folder cannot be written.
    """
    lock = lock.absolute()
    if lock in _held:
        yield
        return
    ensure_writable(lock.parent)
    try:
        with lock.open("a+b") as file:
            _take(file, lock)
            _held.add(lock)
            try:
                yield
            finally:
                _held.discard(lock)
                with suppress(OSError):  # Windows keeps an open file
                    lock.unlink()
    except PermissionError as error:
        raise _unwritable(lock, error) from error


def _take(file: IO[bytes], lock: Path) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # A lock of the process, not of the open file: readers that are forked off would keep that one
            # after a kill until they end.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file.fileno()), lock.stat()):  # it was freed and taken meanwhile
            raise BlockingIOError
    except OSError as error:
        if error.errno in _WITHOUT_LOCKS:
            said = f"{lock.parent}: its file system knows no locks; do not run two commands in it at once"
            warnings.warn(said, CoprodWarning, stacklevel=4)
            return
        raise OutputError(
            "another run is writing here",
            place=str(lock.parent),
            cure="Wait until it has finished, or choose another folder with --out",
            code="folder-in-use",
        ) from None


def _begin(path: Path) -> tuple[int, Path]:
    """Make the unfinished file and hold its lock, by which others see that its writer lives."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.is_file() else None
    while True:
        temporary = path.with_name(f"{_prefix(path)}{secrets.token_hex(4)}{_UNFINISHED}")
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if mode is not None:
            temporary.chmod(mode | stat.S_IWUSR)
        if sys.platform != "win32":
            import fcntl

            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:  # else it was swept before it was locked
            return handle, temporary
        os.close(handle)


@contextmanager
def a_year_that_archives_know() -> Iterator[None]:
    """Let Word and Excel files be written under a clock before 1980 or after 2107, which ZIP cannot say."""
    if 1980 <= time.localtime().tm_year <= 2107:
        yield
        return
    import zipfile

    known = SimpleNamespace(time=time.time, localtime=lambda *_: time.struct_time((1980, 1, 1, *[0] * 6)))
    zipfile.time = known  # type: ignore[attr-defined]
    try:
        yield
    finally:
        zipfile.time = time  # type: ignore[attr-defined]


def _prefix(path: Path) -> str:
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return f".{name}."


def _sweep(path: Path) -> None:
    """Remove unfinished files of writers of ``path`` that did not live to rename them: nobody holds them."""
    begun = _prefix(path)
    for left in path.parent.glob(f".*{_UNFINISHED}"):
        if not left.name.startswith(begun) or left.is_symlink():
            continue
        with suppress(OSError):  # a writer lives, or another one is sweeping too
            if sys.platform != "win32":  # there, what is open cannot be removed
                import fcntl

                with left.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    left.unlink()
            else:
                left.unlink()


def _write_utf8(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _unwritable(path: Path, error: OSError | ValueError) -> OutputError:
    return OutputError(
        f"cannot be written ({getattr(error, 'strerror', None) or error})",
        place=str(path),
        cure="Choose another folder with --out, or free this one",
        code="output-unwritable",
    )
