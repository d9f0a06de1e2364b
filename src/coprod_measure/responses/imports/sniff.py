"""Which platform wrote a file: the first importer that can say why wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports import spss, table
from coprod_measure.responses.imports.raw_table import Export, RawTable

_IN_ORDER = (
    "surveyjs", "spss", "qualtrics", "limesurvey", "redcap", "kobo", "google_forms", "microsoft_forms",
    "sosci", "surveymonkey", "typeform", "wenjuanxing", "unipark", "formr",
)  # fmt: skip
_PLATFORMS: dict[str, ModuleType] = {
    name: import_module(f"coprod_measure.responses.imports.{name}") for name in _IN_ORDER
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


def _with_platform(export: Export) -> Export:
    """Add what the platform that wrote an SPSS file names its own columns."""
    for platform in _PLATFORMS.values():
        if platform is not spss and (reason := platform.recognise(export.table)):
            theirs: Export = platform.interpret(export.table, reason)
            if len(theirs.table.cells) < len(export.table.cells):
                return export
            return replace(
                export,
                recognised_by=f"{export.recognised_by}, with {reason}",
                about={**export.about, **theirs.about},
                technical=(export.technical | theirs.technical) - {*export.about.values()},
                missing={**theirs.missing, **export.missing},
            )
    return export


def _interpret(platform: ModuleType, raw: RawTable, reason: str) -> Export:
    read: Callable[[RawTable, str], Export] = platform.interpret
    export = read(raw, reason)
    if platform is spss:
        export = _with_platform(export)
    if export.table.cells.empty:
        raise ResponsesError(
            "has a header and no answers below it",
            place=raw.name,
            cure="Export the answers again; perhaps a filter was on",
            code="no-answers",
        )
    return export
