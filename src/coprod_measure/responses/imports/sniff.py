"""Which platform wrote a file: the first importer that can say why wins."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports import (
    google_forms,
    kobo,
    limesurvey,
    qualtrics,
    redcap,
    spss,
    surveyjs,
    table,
)
from coprod_measure.responses.imports.raw_table import Export, RawTable

_PLATFORMS: dict[str, ModuleType] = {
    "surveyjs": surveyjs,
    "spss": spss,
    "qualtrics": qualtrics,
    "limesurvey": limesurvey,
    "redcap": redcap,
    "kobo": kobo,
    "google_forms": google_forms,
}
SOURCES = ("auto", *_PLATFORMS, "table")


def interpret(raw: RawTable, source: str = "auto") -> Export:
    """Read a table the way the platform that wrote it means it.

    ``source``: one of :data:`SOURCES`; anything but ``"auto"`` overrides what the file looks like.

    Raises
    ------
    ResponsesError
        If ``source`` is unknown, or the file cannot be what ``source`` says.
    """
    if source not in SOURCES:
        raise ResponsesError(
            f"the source {source!r} is unknown",
            cure=f"Use one of {', '.join(SOURCES)}",
            code="unknown-source",
        )
    if source == "auto":
        for platform in _PLATFORMS.values():
            if reason := platform.recognise(raw):
                return _interpret(platform, raw, reason)
        return _interpret(table, raw, "one header row, no platform's own columns")
    if source == "table":
        return _interpret(table, raw, "named by the user")
    reason = _PLATFORMS[source].recognise(raw) or "nothing in the file"
    return _interpret(_PLATFORMS[source], raw, f"named by the user ({reason})")


def _interpret(platform: ModuleType, raw: RawTable, reason: str) -> Export:
    read: Callable[[RawTable, str], Export] = platform.interpret
    export = read(raw, reason)
    if export.table.cells.empty:
        raise ResponsesError(
            "has a header and no answers below it",
            place=raw.name,
            cure="Export the answers again; perhaps a filter was on",
            code="no-answers",
        )
    return export
