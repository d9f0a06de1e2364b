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


def recognise(table: RawTable) -> str:
    """Say why the table is a REDCap export, or nothing."""
    own = _OWN & set(table.header)
    if own:
        return f"REDCap's own column {min(own)}"
    if table.header[0] == "Record ID" and "Complete?" in table.header:
        return "the columns Record ID and Complete? (labels)"
    done = [name for name in table.header if name.endswith("_complete")]
    if table.header[0] == "record_id" and (done or any("___" in name for name in table.header)):
        return f"record_id first, and {done[0] if done else 'checkbox columns'}"
    return ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by variable name, or in the label export by their wording.

    In a checkbox, "not chosen" and "not answered" are both 0: REDCap does not tell them apart.
    """
    about = column_positions(table.header, _ABOUT)
    technical = set()
    for position, name in enumerate(table.header):
        if name in _TECHNICAL or name.endswith(("_timestamp", "_complete")):
            technical.add(position)
        if name.endswith("_complete"):
            about["finished"] = position
        if name.endswith("_timestamp"):
            about["ended"] = position
    return Export(
        platform="redcap",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name, name.replace("____", "___-")) for name in table.header),
        wordings=dict(enumerate(table.header)),
        about=about,
        technical=frozenset(technical - set(about.values())),
    )
