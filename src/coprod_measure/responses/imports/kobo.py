"""KoboToolbox and ODK (Central, Briefcase): groups before names, generated columns, space lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {
    "_uuid": "respondent",
    "KEY": "respondent",
    "instanceID": "respondent",
    "meta-instanceID": "respondent",
    "meta/instanceID": "respondent",
    "start": "started",
    "end": "ended",
    "_submission_time": "submitted",
    "SubmissionDate": "submitted",
    "today": "day",
}
_KOBO = {"_id", "_uuid", "_submission_time", "_validation_status", "__version__", "_index", "_submitted_by"}
_ODK = {"SubmissionDate", "KEY", "meta-instanceID", "SubmitterID", "AttachmentsPresent", "ReviewState"}
_GENERATED = re.compile(
    r"(^|[/.:-])(generated_table_list_label_\d+|reserved_name_for_field_list_labels_\d+|_note|__version__|"
    r"instanceID|instanceName|audit|uuid)$"
)
_TECHNICAL = _KOBO | _ODK | {
    "_notes", "_tags", "_status", "_attachments", "FormVersion", "DeviceID", "Edits", "SubmitterName",
    "AttachmentsExpected", "instanceID", "formdef_version",
}  # fmt: skip


def recognise(table: RawTable) -> str:
    """Say why the table is a Kobo or ODK export, or nothing."""
    names = set(_undotted(table.header))
    for who, own in (("Kobo", _KOBO), ("ODK", _ODK)):
        if len(found := sorted(own & names)) >= 2:
            return f"{who}'s own columns {', '.join(found[:3])}"
    return ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by name, with or without the groups before it; by wording in exports with labels."""
    about = column_positions(_undotted(table.header), _ABOUT)
    technical = {
        position
        for position, name in enumerate(_undotted(table.header))
        if name in _TECHNICAL or _GENERATED.search(name)
    }
    return Export(
        platform="kobo",
        recognised_by=recognised_by,
        table=table,
        codes=tuple(_codes(name) for name in table.header),
        wordings=dict(enumerate(table.header)),
        about=about,
        technical=frozenset(technical - set(about.values())),
    )


def _codes(name: str) -> tuple[str, ...]:
    """``group/item``, ``group-item`` and ``group/item/option``: with ever less of what stands before it."""
    parts = re.split(r"[/:.]", name)
    tails = ["/".join(parts[k:]) for k in range(len(parts))]
    return tuple(dict.fromkeys((name, *tails, name.rsplit("-", 1)[-1])))


def _undotted(header: Sequence[str]) -> tuple[str, ...]:
    """Names as the platform wrote them: R makes ``X_uuid`` of ``_uuid`` and points of dashes and strokes."""
    return tuple(name[1:] if name.startswith("X_") else name.replace("meta.", "meta-", 1) for name in header)
