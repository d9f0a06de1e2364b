"""Exports of every other platform, written by hand after their documented shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import Named, NameMap
from coprod_measure.responses.imports.sniff import SOURCES
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]

LIMESURVEY = (
    '\ufeff"id";"submitdate";"lastpage";"startlanguage";"seed";"ipaddr";"TRUST[trust_1]";"TRUST[trust_2]";'
    '"skill_1";"tools[1]";"tools[2]";"age";"interviewtime";"groupTime3"\r\n'
    '"1";"2026-01-13 10:00:00";"4";"de";"77";"192.0.2.9";"4";"2";"N/A";"Y";"";"31,0";"300.5";"20.1"\r\n'
    '"2";"";"1";"de";"78";"192.0.2.8";"5";"";"\'-99";"";"Y";"";"";""\r\n'
    "\r\n"
)
LIMESURVEY_TEXTS = (
    '"Response ID","Date submitted","Last page","Start language","How far do you agree? [I know how to do it.]",'
    '"How far do you agree? [They keep their word.]"\n'
    '"7","2026-01-13 10:00:00","4","en","Agree","Stimme nicht zu"\n'
)
REDCAP = (
    "record_id,redcap_event_name,redcap_survey_identifier,toy_timestamp,trust_1,skill_1,tools___1,tools___3,"
    "toy_complete\n"
    "1,wave_1_arm_1,x@example.org,2026-01-13 10:00,4,5,1,0,2\n"
    "1,wave_2_arm_1,,[not completed],3,,0,1,0\n"
)
REDCAP_LABELS = (
    "Record ID,Survey Timestamp,I have done it before.,Your age?,Complete?\n1,,Agree,40,Complete\n"
)
KOBO = (
    '"start";"end";"toy/generated_table_list_label_2";"toy/trust_1";"toy/skill_1";"tools";"tools/1";"tools/2";'
    '"tools/3";"_id";"_uuid";"_submission_time";"_submitted_by";"_index"\n'
    '"2026-01-13T10:00:00.000+01:00";"2026-01-13T10:05:00.000+01:00";"";"4";"2";"1 3";"1";"0";"1";"55";"u-1";'
    '"2026-01-13T09:06:00";"anna";"1"\n'
)
ODK = (
    "SubmissionDate,toy-trust_1,toy-tools,meta-instanceID,KEY,SubmitterName\n"
    "2026-01-13T09:06:00.000Z,5,2 3,uuid:1,uuid:1,Anna\n"
)
GOOGLE = (
    "Zeitstempel,Ich verlasse mich auf the provider.,Tick [I can teach it.],Your age?,Which tools?\n"
    '2026/01/13 10:00:00 AM GMT+1,Stimme völlig zu,Neither,33,"Saw, Glue"\n'
)


def test_limesurvey_codes(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(LIMESURVEY), instrument)
    assert got.source.platform == "limesurvey"
    assert got.shown.loc["1", ["trust_1", "trust_2", "age"]].tolist() == [4, 2, 31]
    assert got.frame.loc["1", "trust_2"] == 4
    assert got.missing["skill_1"].tolist() == ["unanswered", "unanswered"]
    assert got.about["finished"].tolist() == [1, 0]
    assert got.about["tools:2"].tolist() == [0, 1]
    assert got.about["duration"].tolist()[0] == 300.5
    assert got.about["page:3"].tolist()[0] == 20.1
    assert "192.0.2" not in got.about.to_csv()


def test_limesurvey_full_texts(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(LIMESURVEY_TEXTS), instrument)
    assert got.source.platform == "limesurvey"
    assert got.frame.loc["7"].to_dict() == {"trust_3": 2, "skill_1": 4}


def test_redcap_raw_with_events(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(REDCAP), instrument)
    assert got.source.platform == "redcap"
    assert list(got.frame.index) == ["1/wave_1_arm_1", "1/wave_2_arm_1"]
    assert got.about["wave"].tolist() == ["wave_1_arm_1", "wave_2_arm_1"]
    assert got.about["tools:3"].tolist() == [0, 1]
    assert got.about["finished"].tolist() == [1, 0]
    assert "example.org" not in got.about.to_csv()


def test_redcap_labels(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(REDCAP_LABELS), instrument)
    assert got.source.platform == "redcap"
    assert got.frame.loc["1"].to_dict() == {"skill_2": 4, "age": 40}


def test_kobo_groups_lists_and_generated_columns(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(KOBO), instrument)
    assert got.source.platform == "kobo"
    assert got.frame.loc["u-1"].to_dict() == {"trust_1": 4, "skill_1": 2}
    assert [got.about[f"tools:{code}"].iloc[0] for code in (1, 2, 3)] == [1, 0, 1]
    assert got.about["duration"].tolist() == [300]
    assert got.unmapped == ()
    assert "anna" not in got.about.to_csv()


def test_odk_group_prefix_and_space_list(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(ODK), instrument)
    assert got.source.platform == "kobo"
    assert got.frame.loc["uuid:1", "trust_1"] == 5
    assert [got.about[f"tools:{code}"].iloc[0] for code in (1, 2, 3)] == [0, 1, 1]


def test_google_forms_in_any_language(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(GOOGLE), instrument)
    assert got.source.platform == "google_forms"
    assert got.frame.iloc[0].to_dict() == {"trust_1": 5, "skill_3": 3, "age": 33}
    assert got.about["ended"].tolist() == ["2026-01-13 09:00:00"]
    assert [got.about[f"tools:{code}"].iloc[0] for code in (1, 2, 3)] == [1, 0, 1]


def test_surveyjs_nested(written: Written, instrument: Instrument) -> None:
    answers = [
        {"id": "a", "agree": {"trust_1": 4, "trust_2": 2}, "tools": [1, 3], "age": 30},
        {"id": "b", "agree": {"trust_1": 1}},
    ]
    got = read_responses(written(json.dumps(answers), "answers.json"), instrument)
    assert got.source.platform == "surveyjs"
    assert got.shown.loc["a"].to_dict() == {"trust_1": 4, "trust_2": 2, "age": 30}
    assert got.missing.loc["b", "trust_2"] == "unanswered"
    assert got.about["tools:3"].tolist()[0] == 1


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_spss_and_stata(tmp_path: Path, instrument: Instrument, ending: str) -> None:
    path = tmp_path / f"answers.{ending}"
    frame = pd.DataFrame(
        {"respondent": ["a", "b", "c"], "trust_1": [4.0, -99, np.nan], "age": [20.0, 30, 40]}
    )
    labels = {"trust_1": {1: "Strongly disagree", 5: "Strongly agree"}}
    if ending == "sav":
        pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges={"trust_1": [-99]})
    else:
        pyreadstat.write_dta(frame, path, variable_value_labels=labels)
    got = read_responses(path, instrument)
    assert got.source.platform == "spss"
    assert got.frame["trust_1"].tolist()[0] == 4
    assert got.missing["trust_1"].tolist() == ["", "unanswered", "unanswered"]
    assert not any("other way" in warning for warning in got.warnings)


def test_labels_that_run_the_other_way_are_named(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "answers.sav"
    labels = {"trust_1": {1: "Strongly agree", 5: "Strongly disagree"}}
    pyreadstat.write_sav(pd.DataFrame({"trust_1": [4.0]}), path, variable_value_labels=labels)
    got = read_responses(path, instrument)
    assert any("trust_1" in warning and "other way" in warning for warning in got.warnings)


def test_codes_of_a_platform_come_back_through_its_name_map(written: Written, instrument: Instrument) -> None:
    names = NameMap(
        "limesurvey",
        "toy",
        "",
        "main",
        {
            "trust_1": Named("trust1", "T[trust1]", {}, {"A1": 1, "A5": 5}),
            "tools": Named("tools", "tools", {"1": "tools[t1]", "3": "tools[t3]"}),
        },
    )
    text = "id,submitdate,lastpage,startlanguage,T[trust1],tools[t1],tools[t3]\n1,,2,en,A5,Y,\n"
    got = read_responses(written(text), instrument, names=names)
    assert got.frame["trust_1"].tolist() == [5]
    assert got.about[["tools:1", "tools:3"]].iloc[0].tolist() == [1, 0]


def test_a_source_named_by_the_user_overrides(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("id,trust_1\n1,2\n"), instrument, "limesurvey")
    assert got.source.platform == "limesurvey"
    assert "named by the user" in got.source.recognised_by
    with pytest.raises(ResponsesError, match="unknown"):
        read_responses(written("id,trust_1\n1,2\n"), instrument, "surveymonster")
    assert "auto" in SOURCES


def test_redcap_by_its_first_column_with_events_of_one_record(
    written: Written, instrument: Instrument
) -> None:
    text = (
        "study_id,redcap_event_name,age,tools___1,tools___2,about_complete,skill_1,skill_2,mood_complete\n"
        "7,baseline_arm_1,41,1,0,2,,,\n"
        "7,later_arm_1,,,,,4,5,2\n"
        "8,baseline_arm_1,29,0,1,0,,,\n"
        "8,later_arm_1,,,,,2,,0\n"
    )
    got = read_responses(written(text), instrument)
    assert got.source.platform == "redcap"
    assert got.people == 2
    later = got.about["wave"] == "later_arm_1"
    assert got.frame.loc[later, "age"].tolist() == [41, 29]
    assert got.frame.loc[~later, "skill_1"].isna().all()
    assert got.about.loc[later, "tools:2"].tolist() == [0, 1]
    assert got.about.loc[later, "finished"].tolist() == [1, 0]
    assert any("asked once of a record" in warning for warning in got.warnings)


def test_odk_as_r_writes_its_names(written: Written, instrument: Instrument) -> None:
    text = "SubmissionDate,toy.trust_1,meta.instanceID,KEY\n2026-01-13T09:06:00.000Z,5,uuid:1,uuid:1\n"
    got = read_responses(written(text), instrument)
    assert got.source.platform == "kobo"
    assert got.frame["trust_1"].tolist() == [5]


def test_limesurvey_by_its_heads_alone_also_with_points(written: Written, instrument: Instrument) -> None:
    for heads in ("T[trust_1],T[trust_3],age", "T.trust_1.,T.trust_3.,age"):
        got = read_responses(written(f"{heads}\n4,5,30\n"), instrument)
        assert got.source.platform == "limesurvey"
        assert got.shown[["trust_1", "trust_3"]].iloc[0].tolist() == [4, 5]


def test_qualtrics_by_its_own_columns_under_one_header_row(written: Written, instrument: Instrument) -> None:
    for heads in (
        "StartDate,Status,Duration (in seconds),ResponseId",
        "startDate,Status,Duration..in.seconds.,ResponseId",
    ):
        got = read_responses(written(f"{heads},skill_1\n2026-02-01 10:00:00,1,77,R_1a,4\n"), instrument)
        assert got.source.platform == "qualtrics"
        assert got.about["preview"].tolist() == [1]
        assert got.about["duration"].tolist() == [77]
