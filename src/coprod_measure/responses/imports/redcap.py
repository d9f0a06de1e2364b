"""REDCap CSV, raw or with labels: events are waves, checkboxes are one column an option."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {
    "record_id": "respondent",
    "Record ID": "respondent",
    "redcap_event_name": "wave",
    "Event Name": "wave",
    "redcap_repeat_instance": "instance",
    "Repeat Instance": "instance",
}
_TECHNICAL = {
    "redcap_repeat_instrument",
    "redcap_data_access_group",
    "redcap_survey_identifier",
    "Repeat Instrument",
    "Data Access Group",
    "Survey Identifier",
    "Survey Timestamp",
    "Complete?",
}
_OWN = {
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_survey_identifier",
    "redcap_data_access_group",
}


_DONE = {"0", "1", "2", "", "incomplete", "unverified", "complete"}


def recognise(table: RawTable) -> str:
    """Say why the table is a REDCap export, or nothing."""
    own = _OWN & set(table.header)
    if own:
        return f"REDCap's own column {min(own)}"
    if table.header[0] == "Record ID" and "Complete?" in table.header:
        return "the columns Record ID and Complete? (labels)"
    done = [table.header[position] for position in _ends_of_forms(table)]
    boxes = [name for name in table.header if "___" in name]
    if done or (table.header[0] == "record_id" and boxes):
        return f"{done[0] if done else 'checkbox columns'}, and {table.header[0]} first"
    return ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by variable name, or in the label export by their wording.

    The first column is the record, whatever it is called. In a checkbox, "not chosen" and "not answered" are
    both 0: REDCap does not tell them apart.
    """
    about = {"respondent": 0, **column_positions(table.header, _ABOUT)}
    technical = set()
    for position, name in enumerate(table.header):
        if name in _TECHNICAL or name.endswith(("_timestamp", "_complete")):
            technical.add(position)
        if name.endswith("_timestamp"):
            about["ended"] = position
    ends = _ends_of_forms(table)
    if ends:
        about["finished"] = ends[-1]
    return Export(
        platform="redcap",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name, name.replace("____", "___-")) for name in table.header),
        wordings=dict(enumerate(table.header)),
        about=about,
        technical=frozenset(technical - set(about.values())),
        ends_of_forms=ends,
        carries_over="wave" in about or "instance" in about,
    )


def _ends_of_forms(table: RawTable) -> tuple[int, ...]:
    """Columns that say whether the form before them is complete."""
    return tuple(
        position
        for position, name in enumerate(table.header)
        if (name.endswith("_complete") or name == "Complete?")
        and {
            str(cell).strip().casefold().removesuffix(".0")
            for cell in table.cells[position].dropna().unique()
        }
        <= _DONE
    )
