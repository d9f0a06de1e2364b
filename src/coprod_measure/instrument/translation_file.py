"""Put translations into an instrument file, keeping its comments and the order of its keys."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.translation import TranslationRow
from coprod_measure.output_files import write_text
from coprod_measure.yaml_files import read_yaml

_INDENTED_LIST = re.compile(r"^\w+:\n(?: *#.*\n)* +- ", re.MULTILINE)


def write_translated(source: Path, out: Path, language: str, rows: Sequence[TranslationRow]) -> None:
    """Write a copy of an instrument file with the translations in it.

    Parameters
    ----------
    source : pathlib.Path
        The instrument file. It is not changed unless ``out`` is the same path.
    out : pathlib.Path
        Where the new file shall lie; a theory that is named by a relative path must lie beside it likewise.
    language : str
        Language of the rows; added to ``languages`` if it is new.
    rows : sequence of TranslationRow
        From :func:`~coprod_measure.instrument.translation.read_translations`. Rows without translation leave
        the file as it is.

    Raises
    ------
    InstrumentError
        If ``source`` cannot be read.
    OutputError
        If ``out`` cannot be written.
    """
    from ruamel.yaml import YAML

    read_yaml(source, error=InstrumentError)
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 100_000
    text = source.read_text(encoding="utf-8-sig")
    if _INDENTED_LIST.search(text):
        yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(text)
    done = {row.key: row for row in rows if row.translation}
    if language not in data["languages"]:
        data["languages"].append(language)
    for group in data["questions"]:
        for id_, entry in group["items"].items():
            if row := done.get(f"item:{id_}"):
                _put(entry.setdefault("translations", {}), language, _entry(row))
    _put_names(data, language, done)
    _put_labels(data, language, done)
    _put_titles(data, language, done)
    written = io.StringIO()
    yaml.dump(data, written)
    write_text(out, written.getvalue())


def _put(mapping: Any, key: str, value: Any) -> None:
    """Set a value in the style of the one that stands there; the same value is not touched."""
    from ruamel.yaml.comments import CommentedSeq

    old = mapping.get(key)
    if old == value:
        return
    if isinstance(old, dict):
        for name in set(old) - set(value):
            del old[name]
        old.update(value)
    elif isinstance(value, list):
        mapping[key] = CommentedSeq(value)
        mapping[key].fa.set_flow_style()
    else:
        mapping[key] = value


def _entry(row: TranslationRow) -> dict[str, Any]:
    names = [name.strip() for name in row.translators.split(";") if name.strip()]
    about: dict[str, Any] = {
        "text": row.translation,
        "status": row.status,
        "source_hash": _quoted(row.source_hash),
    }
    return about | ({"translators": names} if names else {})


def _quoted(text: str) -> Any:
    """Quote what YAML could take for a number: a hash of digits only, or like ``12e4567``."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(text)


def _put_names(data: Any, language: str, done: Mapping[str, TranslationRow]) -> None:
    if row := done.get("title"):
        _put(data.setdefault("title_translations", {}), language, row.translation)
    for name in data.get("placeholders", {}):
        if row := done.get(f"placeholder:{name}"):
            placed = data.setdefault("placeholder_translations", {}).setdefault(language, {})
            _put(placed, name, row.translation)


def _put_labels(data: Any, language: str, done: Mapping[str, TranslationRow]) -> None:
    for id_, scale in data.get("scales", {}).items():
        found = [done.get(f"scale:{id_}:{code}") for code in scale["codes"]]
        labels = [row.translation for row in found if row is not None]
        if len(labels) == len(found):
            _put(scale["labels"], language, labels)
        if row := done.get(f"scale:{id_}:{scale.get('not_applicable')}"):
            _put(scale.setdefault("not_applicable_labels", {}), language, row.translation)


def _put_titles(data: Any, language: str, done: Mapping[str, TranslationRow]) -> None:
    for id_, form in data.get("forms", {}).items():
        for block in form["blocks"]:
            if row := done.get(f"block:{id_}:{block['id']}"):
                _put(block["title"], language, row.translation)
