"""Files go out whole or not at all, and text from data never becomes a formula."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from coprod_measure.errors import OutputError

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_UNFINISHED = ".unfinished"
_STALE_AFTER = 3600.0  # seconds; no single file takes as long, so its writer is gone


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place.

    What an earlier writer of the same file left behind when it was killed is removed, once it is an hour old.

    Parameters
    ----------
    path : pathlib.Path
        Where the file shall lie; its folder is created.
    write : callable
        Receives the temporary path and writes the whole content there.

    Raises
    ------
    OutputError
        If the folder or the file cannot be written. ``path`` is then as it was before.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
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


def _sweep(path: Path) -> None:
    """Remove unfinished files of writers of ``path`` that did not live to rename them."""
    for left in path.parent.glob(f".*{_UNFINISHED}"):
        with suppress(OSError):  # another writer may be sweeping too
            if left.name.startswith(f".{path.name}.") and time.time() - left.stat().st_mtime > _STALE_AFTER:
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
