"""How a result was made: hashes of what went in, versions of what computed it."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata
from pathlib import Path

_CHUNK = 1 << 20
_COMPUTING = (
    "coprod-measure",
    "numpy",
    "scipy",
    "pandas",
    "factor_analyzer",
    "semopy",
    "statsmodels",
    "pingouin",
)


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no system could know is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def sha256_of_file(path: Path) -> str:
    """Hash a file without reading it whole into memory. Returns SHA-256, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_bytes(data: bytes) -> str:
    """Hash bytes (SHA-256, 64 hexadecimal digits)."""
    return hashlib.sha256(data).hexdigest()


def package_version() -> str:
    """Version of this package as installed."""
    return metadata.version("coprod-measure")


def versions() -> dict[str, str]:
    """Versions of Python and of every library that computes a number here."""
    found = {"python": platform.python_version()}
    for name in _COMPUTING:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
