"""Qualtrics exports, written by hand after the documented shape: three, two and no extra header rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import Named, NameMap, name_map_json
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
NAMES = "StartDate,Status,IPAddress,Duration (in seconds),Finished,ResponseId,UserLanguage,trust_1,QM_1,noise"
# The second row is in the language of whoever exports.
TEXTS = 'Anfangsdatum,Antworttyp,IP-Adresse,Dauer (in Sekunden),Beendet,Antwort-ID,Sprache,"I rely, on it",Rate - I have done it before.,x'
IDS = ",".join(
    f'"{{""ImportId"":""{name}""}}"'
    for name in (
        "startDate",
        "status",
        "ipAddress",
        "duration",
        "finished",
        "_recordId",
        "userLanguage",
        "QID1",
        "QID2_1",
        "QID3",
    )
)
ROWS = [
    "2026-01-13 08:00:00,0,192.0.2.1,120,1,R_1,EN,4,5,hm",
    "2026-01-13 09:00:00,1,192.0.2.2,80,0,R_2,DE,-99,,",
]


def test_three_header_rows(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("\n".join([NAMES, TEXTS, IDS, *ROWS])), instrument)
    assert got.source.platform == "qualtrics"
    assert "ImportId" in got.source.recognised_by
    assert list(got.frame.index) == ["R_1", "R_2"]
    assert got.frame["trust_1"].tolist()[0] == 4
    assert got.about["duration"].tolist() == [120, 80]
    assert got.about["finished"].tolist() == [1, 0]
    assert got.about["preview"].tolist() == [0, 1]
    assert got.about["started"].tolist()[0] == "2026-01-13 08:00:00"
    assert "192.0.2.1" not in got.about.to_csv()
    assert got.unmapped == ("noise",)


def test_matrix_rows_are_found_by_their_exact_wording(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("\n".join([NAMES, TEXTS, IDS, *ROWS])), instrument)
    assert got.frame["skill_2"].tolist()[0] == 5


def test_minus_99_tells_unanswered_from_not_shown(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("\n".join([NAMES, TEXTS, IDS, *ROWS])), instrument)
    assert got.missing["trust_1"].tolist() == ["", "unanswered"]
    assert got.missing["skill_2"].tolist() == ["", "not_shown"]


def test_legacy_export_with_two_header_rows(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("\n".join([NAMES, TEXTS, *ROWS])), instrument)
    assert got.source.platform == "qualtrics"
    assert list(got.frame.index) == ["R_1", "R_2"]


def test_row_numbers_are_those_of_the_file(written: Written, instrument: Instrument) -> None:
    wrong = ROWS[1].replace("-99", "8")
    with pytest.raises(ResponsesError, match="row 5, column trust_1"):
        read_responses(written("\n".join([NAMES, TEXTS, IDS, ROWS[0], wrong])), instrument)


def test_only_the_headers(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError, match="no answers"):
        read_responses(written("\n".join([NAMES, TEXTS, IDS])), instrument)


def test_localised_headings_are_found_by_import_id(written: Written, instrument: Instrument) -> None:
    names = NAMES.replace("Duration (in seconds)", "Dauer").replace("ResponseId", "Antwort-ID")
    got = read_responses(written("\n".join([names, TEXTS, IDS, *ROWS])), instrument)
    assert list(got.frame.index) == ["R_1", "R_2"]
    assert got.about["duration"].tolist() == [120, 80]


def test_name_map_beside_the_file_is_used(written: Written, instrument: Instrument) -> None:
    names = NameMap("qualtrics", "toy", "", "main", {"skill_3": Named("QM", "QM_1", {}, {"21": 1, "25": 5})})
    written(name_map_json(names), "names.json")
    rows = [ROWS[0].replace(",5,hm", ",25,hm"), ROWS[1]]
    got = read_responses(written("\n".join([NAMES, TEXTS, IDS, *rows])), instrument)
    assert got.frame["skill_3"].tolist()[0] == 5
    assert "skill_2" not in got.frame
