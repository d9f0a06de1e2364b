"""A package for a data repository, run anew elsewhere: every file made again and compared byte by byte."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coprod_measure.errors import InputError
from coprod_measure.provenance import sha256_of_bytes, sha256_of_file, versions
from coprod_measure.report.archive import MANIFEST, RECORDS, write_archive
from coprod_measure.report.write import renew_report
from coprod_measure.study.definition import read_study
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms


@dataclass(frozen=True, slots=True)
class Again:
    """What running a package anew gave.

    Attributes
    ----------
    same, different, missing : tuple of str
        Files of the package with the same bytes, with other bytes, and those that were not made.
    archive : Path
        The package that was made anew.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]
    missing: tuple[str, ...]
    archive: Path


def run_again(
    package: str | Path,
    study_file: str,
    out: str | Path | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> Again:
    """Walk the street from the cleaned answers of an unpacked package, and compare all files with its own.

    Parameters
    ----------
    package : str or pathlib.Path
        Folder that ``coprod archive`` wrote and that was unpacked.
    study_file : str
        Of the study, from the folder.
    out : str or pathlib.Path, optional
        Where records, report and the new package go; ``again`` in the folder when left out.
    progress : callable, optional
        Called with a few words before each part.

    Raises
    ------
    InputError
        If the folder holds no package, or files of it were changed.
    CoprodError
        If the study cannot be run.
    """
    package = Path(package).absolute()
    listed = package / MANIFEST
    if not listed.is_file():
        cure = "Unpack what `coprod archive` wrote, and name the folder"
        raise InputError("there is no package here", place=str(package), cure=cure, code="no-package")
    wanted = {
        name: digest
        for digest, _, name in (
            line.partition("  ") for line in listed.read_text(encoding="utf-8").splitlines()
        )
    }
    changed = [name for name, digest in wanted.items() if _digest(package / name) != digest]
    if changed:
        cause = f"not as they were handed in: {', '.join(changed)}"
        raise InputError(
            cause, place=str(package), cure="Unpack the package once more", code="package-changed"
        )
    again = Path(out).absolute() if out is not None else package / "again"
    study = with_out(read_study(package / study_file, answers_needed=False), again)
    forms = sorted(
        {Path(name).suffix[1:] for name in wanted if Path(name).name.startswith(f"{study.id}-report.")}
    )
    records = package / RECORDS
    with Rooms(study, progress=progress, tell=progress) as rooms:
        rooms.adopt("clean", records / f"{study.id}-clean.zip")
        for room in ("quality", "measure", "test"):
            rooms.make(room)
        compared = records / f"{study.id}-exclusions.zip"
        if compared.is_file():
            rooms.adopt("exclusions", compared)
        else:
            rooms.make("exclusions")
        results = rooms.results()
    renew_report(results, again, forms)
    made = write_archive(results, again / f"{study.id}-archive.zip")
    with zipfile.ZipFile(made) as archive:
        found = {name: sha256_of_bytes(archive.read(name)) for name in archive.namelist()}
    same = tuple(name for name, digest in wanted.items() if found.get(name) == digest)
    missing = tuple(name for name in wanted if name not in found)
    different = tuple(name for name in wanted if name not in {*same, *missing})
    return Again(same, different, missing, made)


def _digest(path: Path) -> str:
    return sha256_of_file(path) if path.is_file() else ""


def in_words(again: Again) -> str:
    """Say what is the same and what is not, a line each."""
    lines = [f"{len(again.same)} files have the same bytes as in the package."]
    lines += [f"other bytes: {name}" for name in again.different]
    lines += [f"not made: {name}" for name in again.missing]
    if "versions.json" in again.different:
        lines.append(f"The versions differ: here {', '.join(f'{k} {v}' for k, v in versions().items())}.")
    return "\n".join(lines)
