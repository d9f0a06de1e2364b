"""Files go out whole or not at all, and text from data never becomes a formula."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from coprod_measure.errors import OutputError

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_UNFINISHED = ".unfinished"
_STALE_AFTER = 3600.0  # seconds; no single file takes as long, so its writer is gone
_held: set[Path] = set()


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place.

    What an earlier writer of the same file left behind when it was killed is removed, once it is an hour old.

    ``path``: where the file shall lie; its folder is created. ``write``: receives the temporary path and
    writes the whole content there.

    Raises
    ------
    OutputError
        If the folder or the file cannot be written. ``path`` is then as it was before.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
        _sweep(path, Path(name).stat().st_mtime)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
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
    """Make a cell safe for CSV and XLSX: text that a spreadsheet would run gets a leading apostrophe."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


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

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file.fileno()), lock.stat()):  # it was freed and taken meanwhile
            raise BlockingIOError
    except OSError:
        raise OutputError(
            "another run is writing here",
            place=str(lock.parent),
            cure="Wait until it has finished, or choose another folder with --out",
            code="folder-in-use",
        ) from None


def _sweep(path: Path, now: float) -> None:
    """Remove unfinished files of writers of ``path`` that did not live to rename them.

    ``now`` is the time by the clock of the file system, which need not be that of this machine.
    """
    for left in path.parent.glob(f".*{_UNFINISHED}"):
        with suppress(OSError):  # another writer may be sweeping too
            if left.name.startswith(f".{path.name}.") and now - left.stat().st_mtime > _STALE_AFTER:
                left.unlink()


def _write_utf8(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot be written ({error.strerror or error})",
        place=str(path),
        cure="Choose another folder with --out, or free this one",
        code="output-unwritable",
    )
