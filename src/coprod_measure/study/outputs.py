"""Which files in an output folder are a study's own, so that none stays that no longer belongs to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from coprod_measure.errors import OutputError, StudyError
from coprod_measure.output_files import write_text
from coprod_measure.provenance import sha256_of_file
from coprod_measure.study.definition import Study


@dataclass(frozen=True, slots=True)
class Part:
    """Files written together: address from the folder to hash, their records, a hash of what they say."""

    files: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    content: str = ""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a study wrote into a folder, and where its study file lies as seen from there."""

    owner: str
    parts: Mapping[str, Part] = field(default_factory=dict)


def claim(study: Study, out: Path) -> None:
    """Take a folder for the outputs of a study.

    Raises
    ------
    OutputError
        If it holds those of another study with the same id.
    """
    found = claimed(study, out) or Outputs(_owner(study, out))
    _write(study, out, replace(found, owner=_owner(study, out)))


def claimed(study: Study, out: Path) -> Outputs | None:
    """Give the list of a study's outputs; None in a folder that holds none.

    Raises
    ------
    OutputError
        If they are those of another study with the same id.
    """
    found = _read(study, out)
    if found is None or found.owner == _owner(study, out):
        return found
    other = out / found.owner
    if not other.is_file() or (Path(study.path).is_file() and other.samefile(study.path)):
        return found  # one of the two was moved
    raise OutputError(
        f"holds the outputs of another study with the same id {study.id!r} ({found.owner})",
        place=str(out),
        cure="Give one of the two another id, or choose another folder with --out",
        code="foreign-outputs",
    )


def replace_part(
    study: Study,
    out: Path,
    part: str,
    written: Iterable[Path],
    records: Mapping[str, str],
    content: str = "",
) -> tuple[Path, ...]:
    """List the files of a part in place of the former ones, and remove what is left of those.

    Former files of the same ``content`` (one study file, in another format) stay. Nothing is done in a folder
    that holds no outputs of a study with this id.

    Returns what was removed. A file that was changed by hand since stays.
    """
    found = claimed(study, out)
    if found is None:
        return ()
    files = {path.relative_to(out).as_posix(): sha256_of_file(path) for path in written}
    former = found.parts.get(part, Part())
    other = {name: digest for name, digest in former.files.items() if name not in files}
    removed: tuple[Path, ...] = ()
    if content and (former.content, former.records) == (content, records):
        files |= other
    else:
        removed = _remove(out, other)
    parts = {**found.parts, part: Part(files, dict(records), content)}
    _write(study, out, Outputs(_owner(study, out), parts))
    return removed


def strange(study: Study, out: Path, path: Path, digest: str) -> bool:
    """Whether a file is listed as the study's own and is another now than the one that was written."""
    found = _read(study, out)
    name = path.relative_to(out).as_posix()
    listed = [part.files[name] for part in found.parts.values() if name in part.files] if found else []
    return bool(listed) and digest not in listed


def outdated(study: Study, out: Path, records: Mapping[str, str]) -> tuple[Path, ...]:
    """Name the files that rest on other records than these."""
    found = _read(study, out)
    parts = found.parts.values() if found else ()
    stale = [name for one in parts if _differ(one.records, records) for name in one.files]
    return tuple(out / name for name in stale if (out / name).is_file())


def remove_outdated(study: Study, out: Path, records: Mapping[str, str]) -> tuple[Path, ...]:
    """Remove the files that rest on other records than these, and name them."""
    found = _read(study, out)
    removed: tuple[Path, ...] = ()
    for one in found.parts.values() if found else ():
        if _differ(one.records, records):
            removed += _remove(out, one.files)
    return removed


def _differ(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return any(now.get(room) != digest for room, digest in before.items())


def _remove(out: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    removed = []
    for name, digest in files.items():
        path = out / name
        if not path.resolve().is_relative_to(out.resolve()):
            continue  # the list is a file that anybody may have written
        if path.is_file() and sha256_of_file(path) == digest:
            path.unlink()
            removed.append(path)
            with suppress(OSError):  # a folder of pictures goes with its last one
                path.parent.rmdir()
    return tuple(removed)


def _owner(study: Study, out: Path) -> str:
    try:
        return Path(os.path.relpath(study.path, out)).as_posix()
    except ValueError:  # another drive
        return str(Path(study.path).absolute())


def _list(study: Study, out: Path) -> Path:
    return out / f".{study.id}-outputs.json"


def _read(study: Study, out: Path) -> Outputs | None:
    try:
        content = json.loads(_list(study, out).read_text(encoding="utf-8"))
        return Outputs(content["owner"], {name: Part(**part) for name, part in content["parts"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _write(study: Study, out: Path, outputs: Outputs) -> None:
    write_text(_list(study, out), json.dumps(asdict(outputs), indent=1) + "\n")


def record_path(study: Study, room: str) -> Path:
    """Name the file that holds the record of a room."""
    return study.out_folder / "records" / f"{study.id}-{room}.zip"


def with_out(study: Study, out: str | Path | None, *, outside: bool = False) -> Study:
    """Return the study with another output folder, or with leave to write outside its own."""
    if out is None:
        return replace(study, outside=study.outside or outside)
    return replace(study, out=str(Path(out).absolute()), outside=True)


def lock_of(study: Study) -> Path:
    """Name the file that a run holds while it writes into the study's folder.

    Raises
    ------
    StudyError
        If only the study file, which may be a stranger's, asks for a folder outside its own.
    """
    if not study.outside and not study.out_folder.resolve().is_relative_to(study.folder.resolve()):
        raise StudyError(
            f"out: {study.out} lies outside the folder of the study",
            place=study.path,
            cure="If that is meant, give --allow-outside, or name the folder with --out",
            code="outside",
        )
    return study.out_folder / f".{study.id}-lock"
