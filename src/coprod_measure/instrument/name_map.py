"""Which platform code stands for which item: written beside every export, read back by the import."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from coprod_measure.errors import InstrumentError
from coprod_measure.provenance import is_file, sha256_of_bytes

FORMAT = "coprod-names/1"


@dataclass(frozen=True, slots=True)
class Named:
    """How a platform calls an item.

    Attributes
    ----------
    code : str
        The platform's name of the question.
    column : str
        The column of the answers in the platform's data export.
    option_columns : mapping
        Multiple choice: our code, as text, to the column that says whether it was ticked.
    values : mapping
        Stored value, as text, to our code; only where the two differ.
    """

    code: str
    column: str
    option_columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NameMap:
    """The names of all items of an export, by item id."""

    platform: str
    instrument: str
    instrument_sha256: str
    form: str
    items: Mapping[str, Named]
    sha256: str = ""


def name_map_json(names: NameMap) -> str:
    """Render the map as the content of ``names.json``."""
    content = {name: value for name, value in asdict(names).items() if name != "sha256"}
    return json.dumps({"format": FORMAT, **content}, indent=2, ensure_ascii=False) + "\n"


def read_name_map(path: Path) -> NameMap:
    """Read a ``names.json`` that an export wrote.

    Raises
    ------
    InstrumentError
        If there is no such file or it is no name map.
    """
    try:
        raw = path.read_bytes()
        content = json.loads(raw.decode("utf-8"))
        _expect_format(content.pop("format"))
        items = {id_: Named(**named) for id_, named in content.pop("items").items()}
        return NameMap(**{**content, "items": items, "sha256": sha256_of_bytes(raw)})
    except OSError as error:
        raise InstrumentError(
            f"cannot be read ({error.strerror})", place=str(path), cure="Check the path", code="no-such-file"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InstrumentError(
            f"is no name map ({error})",
            place=str(path),
            cure="Export the instrument again",
            code="bad-name-map",
        ) from None


def name_map_beside(answers: Path) -> NameMap | None:
    """Read the ``names.json`` beside a file of answers; None where there is none."""
    beside = answers.parent / "names.json"
    return read_name_map(beside) if is_file(beside) else None


def _expect_format(found: object) -> None:
    if found != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")


def unique_names(
    ids: Iterable[str], shape: Callable[[str], str], longest: int, taken: Iterable[str] = ()
) -> dict[str, str]:
    """Give every id a name that a platform accepts, no two alike without case.

    Parameters
    ----------
    shape : callable
        Turns an id into the platform's alphabet.

    Returns
    -------
    dict of str to str
        Id to name; a number at the end sets apart what would collide.
    """
    used = {name.casefold() for name in taken}
    found: dict[str, str] = {}
    for id_ in ids:
        stem = shape(id_)[:longest]
        name, number = stem, 1
        while name.casefold() in used:
            number += 1
            name = f"{stem[: longest - len(str(number))]}{number}"
        used.add(name.casefold())
        found[id_] = name
    return found


def alphanumeric(id_: str) -> str:
    """Letters and digits only, beginning with a letter (LimeSurvey)."""
    bare = re.sub(r"[^A-Za-z0-9]", "", id_)
    return bare if bare[:1].isalpha() else f"q{bare}"


def lowercase(id_: str) -> str:
    """Lowercase letters, digits and ``_`` (REDCap)."""
    return re.sub(r"[^a-z0-9_]", "_", id_.lower())
