"""Write a questionnaire for a platform, with its name map and what the platform cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from coprod_measure.errors import InputError, InstrumentError, OutputError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.exports.questionnaire import Export, Questionnaire, questionnaire
from coprod_measure.instrument.name_map import NameMap, name_map_json, read_name_map
from coprod_measure.output_files import a_year_that_archives_know, write_text, write_whole
from coprod_measure.yaml_files import did_you_mean

PLATFORMS = ("qualtrics", "qsf", "limesurvey", "xlsform", "redcap", "surveyjs", "ddi", "spss", "word", "html")


@dataclass(frozen=True, slots=True)
class WrittenExport:
    """What was written, and what the platform cannot say."""

    paths: tuple[Path, ...]
    cannot_say: tuple[str, ...]


def write_export(
    instrument: Instrument,
    platform: str,
    out: Path,
    *,
    form: str | None = None,
    language: str | None = None,
    fills: Mapping[str, str] | None = None,
    layout: str = "single",
) -> WrittenExport:
    """Write a questionnaire for a platform.

    Parameters
    ----------
    platform : str
        One of :data:`PLATFORMS`.
    out : pathlib.Path
        Folder to write into; it is created.
    form, language : str, optional
        See :func:`~coprod_measure.instrument.exports.questionnaire.questionnaire`.
    fills : mapping, optional
        Placeholder to text.
    layout : {"single", "matrix"}
        Qualtrics only: one question an item, or tables.

    Returns
    -------
    WrittenExport
        Paths, ``names.json`` last.

    Raises
    ------
    InputError
        If platform, form or language is unknown, or the folder cannot be written or holds the ``names.json``
        of another instrument, platform or form.
    """
    if platform not in PLATFORMS:
        cure = did_you_mean(platform, PLATFORMS)
        raise InputError(f"there is no platform '{platform}'", cure=cure, code="unknown-platform")
    shown = questionnaire(instrument, form, language, fills)
    with a_year_that_archives_know():
        made = exporter(platform)(shown, **({"layout": layout} if platform == "qualtrics" else {}))
    _refuse_foreign_names(out / "names.json", made.names)
    paths = []
    for name, content in made.files.items():
        write_whole(out / name, _writer(content))
        paths.append(out / name)
    write_text(out / "names.json", name_map_json(made.names))
    return WrittenExport((*paths, out / "names.json"), made.cannot_say)


def _refuse_foreign_names(path: Path, ours: NameMap) -> None:
    """Keep the names of another export: without them its answers could not be read, or be read wrongly."""
    if not path.is_file():
        return
    try:
        theirs = read_name_map(path)
        if (theirs.instrument, theirs.platform, theirs.form) == (ours.instrument, ours.platform, ours.form):
            return
        whose = f"{theirs.platform} export of {theirs.instrument!r}, form {theirs.form!r}"
    except InstrumentError:
        whose = "something else"
    raise OutputError(
        f"belongs to another export ({whose})",
        place=str(path),
        cure="Choose another folder with --out, one for each export",
        code="foreign-outputs",
    )


def exporter(platform: str) -> Callable[..., Export]:
    """Import the ``export`` function of a platform."""
    module: Any = import_module(f"coprod_measure.instrument.exports.{platform}")
    function: Callable[..., Export] = module.export
    return function


def _writer(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


__all__ = ["PLATFORMS", "Questionnaire", "WrittenExport", "exporter", "write_export"]
