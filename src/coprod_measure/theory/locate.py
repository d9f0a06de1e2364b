"""Find a YAML file by its path or by the name of a shipped one."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.errors import CoprodError
from coprod_measure.provenance import is_file
from coprod_measure.shipped import shipped_folder
from coprod_measure.yaml_files import did_you_mean

_SUFFIXES = {".yaml", ".yml"}


def locate(
    name_or_path: str | Path, folder: str, *, what: str, error: type[CoprodError], beside: Path | None = None
) -> Path:
    """Find a YAML file.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        A path (it ends in ``.yaml`` or ``.yml``, or holds a folder), or the name of a shipped file.
    folder : str
        Where the shipped ones lie (``"instruments/theory"``).
    what : str
        What it is, for the message (``"theory"``).
    error : type of CoprodError
        Raised when no shipped file has this name.
    beside : pathlib.Path, optional
        Folder that relative paths start from; the working folder without it.

    Returns
    -------
    pathlib.Path
        A path is returned unchecked: reading it says whether it exists.
    """
    path = Path(name_or_path)
    if path.suffix in _SUFFIXES or len(path.parts) > 1:
        return path if beside is None else beside / path
    shipped = {file.stem: file for file in sorted(shipped_folder(folder).glob("*.yaml"))}
    name = str(name_or_path)
    if name in shipped:
        return shipped[name]
    if is_file(path):
        return path
    raise error(
        f"no {what} called '{name}' is shipped",
        cure=f"A file of your own is named by its path, such as '{name}.yaml'. {did_you_mean(name, shipped)}",
        code=f"unknown-{what}",
    )
