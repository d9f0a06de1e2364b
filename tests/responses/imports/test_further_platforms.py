"""Exports of further platforms.

All texts here are hand-made. Columns and codes follow what the platforms publish (SoSci: "Additional variables in the
data set"; EFS: "Export", its variables, and duration -1 after a break) or public code that reads their exports
(SurveyMonkey, Typeform, Wenjuanxing, Microsoft Forms); no platform wrote a file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.imports.sniff import SOURCES
from coprod_measure.responses.imports.table import load_table
from coprod_measure.responses.read import read_responses
from responses.old_excel import old_workbook

Written = Callable[..., Path]

OLD_EXCEL = Path(__file__).parent / "examples" / "old_excel.xls"
MICROSOFT_FORMS = (
    "ID,Start time,Completion time,Email,Name,I know how to do it.,Which tools?\n"
    "1,3/1/25 10:00:00,3/1/25 10:00:50,anonymous,,Agree,Saw;Glue;\n"
    "2,3/1/25 10:01:00,3/1/25 10:03:00,anonymous,,Disagree,\n"
)
SOSCI = (
    '"CASE"\t"QUESTNNR"\t"MODE"\t"STARTED"\t"skill_1"\t"tools_1"\t"tools_2"\t"TIME001"\t"TIME_SUM"\t"MAILSENT"\t'
    '"LASTDATA"\t"FINISHED"\t"LASTPAGE"\t"MAXPAGE"\n'
    '"Interview number"\t"Questionnaire"\t"Mode"\t"Start"\t"I know"\t"Saw"\t"Drill"\t"Page 1"\t"Sum"\t"Mail"\t'
    '"Last"\t"Done"\t"Page"\t"Furthest"\n'
    '31\t"base"\t"interview"\t2026-02-01 10:00:00\t4\t2\t1\t30\t90\t\t2026-02-01 10:01:30\t"T"\t2\t2\n'
    '32\t"base"\t"interview"\t2026-02-01 11:00:00\t-9\t-9\t-9\t12\t12\t\t2026-02-01 11:00:12\t"F"\t1\t1\n'
    '33\t"base"\t"pretest"\t2026-02-01 12:00:00\t5\t1\t2\t40\t80\t\t2026-02-01 12:01:20\t"T"\t2\t2\n'
)
SURVEYMONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,How far do you agree?,,Which tools?,,Your age?\n"
    ",,,,,I know how to do it.,I can teach it.,Saw,Drill,Open-Ended Response\n"
    "118,4,01/30/2026 10:00:00 AM,01/30/2026 10:02:00 AM,192.0.2.4,Agree,Neither,Saw,,44\n"
    "119,4,01/30/2026 11:00:00 AM,01/30/2026 11:01:00 AM,192.0.2.5,Disagree,Agree,,Drill,\n"
)
TYPEFORM = (
    "#,I know how to do it.,Your age?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,"
    "Tags\n"
    "k3v9,4,31,completed,2026-02-01 10:00:00,,2026-02-01 10:01:00,a1b2c3secret,\n"
    "p0q7,2,52,completed,2026-02-01 10:05:00,,2026-02-01 10:07:00,a1b2c3secret,\n"
)
WENJUANXING = (
    "序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、I know how to do it.,2、tick—I can teach it.,3、Which tools?\n"
    "1,2026/1/5 10:00:00,95秒,微信,N/A,192.0.2.7(省-市),4,5,Saw┋Glue\n"
    "2,2026/1/5 10:05:00,120秒,微信,N/A,192.0.2.7(省-市),3,(跳过),Drill\n"
)
FORMR = (
    "session,created,modified,ended,expired,skill_1,age\n"
    "kX9secretOne,2026-02-01 10:00:00,2026-02-01 10:01:00,2026-02-01 10:02:00,,4,40\n"
    "kX9secretTwo,2026-02-01 11:00:00,2026-02-01 11:01:00,,,5,\n"
)
UNIPARK = (
    "lfdn;external_lfdn;tester;dispcode;lastpage;quality;duration;skill_1;v_2;browser\n"
    "7;0;0;31;900;0;140;4;-77;Firefox\n"
    "8;0;0;22;300;0;20;5;3;Firefox\n"
    "9;0;1;31;900;0;60;2;3;Firefox\n"
    "10;0;0;32;900;0;-1;2;3;Firefox\n"
)


def test_microsoft_forms(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(MICROSOFT_FORMS), instrument)
    assert got.source.platform == "microsoft_forms"
    assert got.shown["skill_1"].tolist() == [4, 2]
    assert got.about["tools:3"].tolist()[0] == 1
    assert got.about["duration"].tolist() == [50, 120]
    assert got.about["started"].tolist() == ["", ""]  # March or January: the file does not say
    assert clean(got).n == 2


def test_sosci(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(SOSCI), instrument)
    assert got.source.platform == "sosci"
    assert list(got.frame.index) == ["31", "32", "33"]
    assert got.missing["skill_1"].tolist() == ["", "unanswered", ""]
    assert got.about["finished"].tolist() == [1, 0, 1]
    assert got.about["preview"].tolist() == [0, 0, 1]
    assert got.about["duration"].tolist() == [90, 12, 80]
    assert got.about["page:1"].tolist() == [30, 12, 40]
    assert got.about["tools:1"].tolist() == [1, 0, 0]
    assert got.about["tools:2"].tolist() == [0, 0, 1]
    assert got.unmapped == ()


def test_surveymonkey(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(SURVEYMONKEY), instrument)
    assert got.source.platform == "surveymonkey"
    assert got.shown[["skill_1", "skill_3", "age"]].iloc[0].tolist() == [4, 3, 44]
    assert got.about["tools:2"].tolist() == [0, 1]
    assert got.about["duration"].tolist() == [120, 60]
    assert got.about["started"].tolist()[0] == "2026-01-30 10:00:00"
    assert "192.0.2" not in got.about.to_csv()


def test_surveymonkey_as_older_exports_and_r_spell_it(written: Written, instrument: Instrument) -> None:
    head = "RespondentID,CollectorID,StartDate,EndDate,IP Address,Custom Data,I know how to do it.,Your age?"
    rows = "1001,7,2024-01-01 10:00:00,2024-01-01 10:01:00,192.0.2.3,,4,28\n1002,7,,,192.0.2.4,,3,35\n"
    for names in (head, head.replace("ID", "_id").lower()):
        got = read_responses(written(f"{names}\n,,,,,,,\n{rows}"), instrument)
        assert got.source.platform == "surveymonkey"
        assert got.shown[["skill_1", "age"]].iloc[0].tolist() == [4, 28]
        assert got.about["respondent"].tolist() == ["1001", "1002"]
        assert got.about["duration"].iloc[0] == 60


def test_typeform_lists_with_strokes(written: Written, instrument: Instrument) -> None:
    head = "#,I know how to do it.,Which tools?,Start Date (UTC),Submit Date (UTC),Network ID"
    times = "2018-04-03 09:05:14,2018-04-03 09:05:40,d356"
    path = written(f'{head}\na,4,"Saw / Glue",{times}\nb,2," / Drill",{times}\nc,2,,{times}\n')
    got = read_responses(path, instrument)
    assert got.about[["tools:1", "tools:2", "tools:3"]].iloc[:2].to_numpy().tolist() == [[1, 0, 1], [0, 1, 0]]


def test_typeform(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(TYPEFORM), instrument)
    assert got.source.platform == "typeform"
    assert got.shown["skill_1"].tolist() == [4, 2]
    assert got.about["duration"].tolist() == [60, 120]
    assert got.about["device"].nunique() == 1
    assert "secret" not in got.about.to_csv()


def test_wenjuanxing(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(WENJUANXING), instrument)
    assert got.source.platform == "wenjuanxing"
    assert got.source.columns["skill_3"] == "2、tick—I can teach it."
    assert got.missing["skill_3"].tolist() == ["", "not_shown"]
    assert got.about["duration"].tolist() == [95, 120]
    assert got.about["ended"].tolist()[0] == "2026-01-05 10:00:00"
    assert got.about["tools:3"].tolist() == [1, 0]
    assert "192.0.2" not in got.about.to_csv()


def test_formr(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(FORMR), instrument)
    assert got.source.platform == "formr"
    assert got.about["finished"].tolist() == [1, 0]
    assert "secret" not in got.about.to_csv() + "".join(got.frame.index)


def test_unipark(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(UNIPARK), instrument, columns={"skill_2": "v_2"})
    assert got.source.platform == "unipark"
    assert got.missing["skill_2"].tolist() == ["not_shown", "", "", ""]
    assert got.about["finished"].tolist() == [1, 0, 1, 1]
    assert got.about["preview"].tolist() == [0, 0, 1, 0]
    assert got.about["duration"].fillna(-9).tolist() == [140, 20, 60, -9]  # came back later: not known


def test_an_spss_file_of_a_platform_keeps_what_the_platform_says(
    tmp_path: Path, instrument: Instrument
) -> None:
    frame = pd.DataFrame({"Status": [0.0, 1.0], "Finished": [1.0, 0.0], "Duration__in_seconds_": [55.0, 66.0],
                          "ResponseId": ["R_a", "R_b"], "Q7": [4.0, 5.0]})  # fmt: skip
    path = tmp_path / "q.sav"
    pyreadstat.write_sav(frame, str(path), column_labels={"Q7": "How far? - I can teach it."})
    got = read_responses(path, instrument)
    assert got.source.platform == "spss"
    assert got.about["preview"].tolist() == [0, 1]
    assert got.about["duration"].tolist() == [55, 66]
    assert got.source.columns == {"skill_3": "Q7"}


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_stata_files_of_all_versions(tmp_path: Path, instrument: Instrument, version: int) -> None:
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(pd.DataFrame({"skill_1": [4.0, 5.0]}), str(path), version=version)
    assert read_responses(path, instrument).shown["skill_1"].tolist() == [4, 5]


def test_a_stata_version_that_is_not_known_yet(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(pd.DataFrame({"skill_1": [4.0, 5.0]}), str(path), version=15)
    path.write_bytes(path.read_bytes().replace(b"<release>119", b"<release>199", 1))
    with pytest.raises(ResponsesError, match=r"is not a \.dta file that can be read. Save it again"):
        read_responses(path, instrument)


def test_answers_nested_deeper_than_any_question_are_refused(tmp_path: Path) -> None:
    file, key = tmp_path / "answers.json", "k" * 30_000
    file.write_text(f"[{f'{{{chr(34)}{key}{chr(34)}:' * 60}1{'}' * 60}]", encoding="utf-8")
    with pytest.raises(ResponsesError, match="nests an answer more than 20 levels deep"):
        load_table(file)


@pytest.mark.parametrize(
    "spans", ["colspan=90000 rowspan='90000'", 'rowspan = " &#57;0000000"', f"colspan={'0' * 99}9000000"]
)
def test_a_page_whose_cells_stand_for_millions_is_refused(tmp_path: Path, spans: str) -> None:
    page = tmp_path / "page.xls"
    page.write_text(f"<table><tr><th>a<th>b<tr><td {spans}>1</table>", encoding="utf-8")
    with pytest.raises(ResponsesError, match="merges more than 4,000,000 cells"):
        load_table(page)
    page.write_text("<table><tr><th>a<th>b<tr><td colspan=2 rowspan=3>1</table>", encoding="utf-8")
    assert load_table(page).cells.shape == (3, 2)


def test_a_page_and_a_new_workbook_under_an_old_ending(tmp_path: Path, instrument: Instrument) -> None:
    page = tmp_path / "page.xls"
    rows = "<tr><th>id</th><th>skill_1</th></tr><tr><td>a</td><td>4</td></tr><tr><td>b</td><td>5</td></tr>"
    page.write_text(f"<html><body><table>{rows}</table></body></html>", encoding="utf-8")
    got = read_responses(page, instrument)
    assert got.shown["skill_1"].tolist() == [4, 5]
    assert "web page" in got.warnings[0]
    book = tmp_path / "book.xlsx"
    pd.DataFrame({"id": ["a"], "skill_1": [3]}).to_excel(book, index=False)
    old = book.rename(tmp_path / "book.xls")
    assert read_responses(old, instrument).shown["skill_1"].tolist() == [3]
    broken = tmp_path / "broken.xls"
    broken.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(ResponsesError, match=r"save it as \.xlsx"):
        read_responses(broken, instrument)


def test_a_workbook_of_old_excel(instrument: Instrument) -> None:
    got = read_responses(OLD_EXCEL, instrument, keep=["noise"])
    assert got.shown["skill_1"].tolist() == [4, 5, 2]
    assert got.shown["skill_3"].fillna(0).tolist() == [4, 2, 0]
    assert got.about["noise"].tolist() == ["Größe", "Ответ", "回答"]
    assert "sheet 'Daten' was read; other sheets were left alone: 'Codeplan'" in got.warnings[0]
    draft = draft_instrument(OLD_EXCEL)
    assert list(draft.instrument.items)[:3] == ["skill_1", "skill_3", "age"]


def test_cells_of_old_excel_are_what_they_are(tmp_path: Path, instrument: Instrument) -> None:
    """Whole numbers, halves, gaps and infinite numbers; rows that are shorter and longer than the header."""
    path = tmp_path / "a.xls"
    cells = [
        (0, 0, "skill_1"),
        (0, 1, "noise"),
        (1, 0, 4.0),
        (1, 1, 2.5),
        (2, 1, math.inf),
        (3, 0, 5.0),
        (3, 7, 1.0),
    ]
    path.write_bytes(old_workbook([], cells, [(0, 0, "left alone")]))
    raw = load_table(path)
    assert raw.header == ("skill_1", "noise")
    assert raw.cells.to_numpy(dtype=object).tolist() == [[4, 2.5], [None, math.inf], [5, None]]
    assert raw.warnings == ("a.xls: sheet 's1' was read; other sheets were left alone: 's2'",)


def test_a_far_cell_of_old_excel_does_not_make_the_cells_before_it(tmp_path: Path) -> None:
    """One stands in the last corner of each sheet: 17 million cells in a few hundred bytes."""
    path = tmp_path / "a.xls"
    corner = [(0, 0, "joy_1"), (9, 0, 1.0), (65_535, 255, 1.0)]
    path.write_bytes(old_workbook(*[corner] * 3))
    assert path.stat().st_size < 6_000
    assert load_table(path).cells.shape == (65_535, 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "survey.lss",
            "<?xml version='1.0'?><document><LimeSurveyDocType>Survey",
            "questionnaire of LimeSurvey",
        ),
        ("survey.txt", "class\ttype/scale\tname\trelevance\n", "questionnaire of LimeSurvey"),
        ("survey.qsf", '{"SurveyEntry": {}}', "questionnaire of Qualtrics"),
        ("survey.json", '{"SurveyEntry": {}}', "questionnaire of Qualtrics"),
        ("survey.json", '{"pages": [{"elements": []}]}', "questionnaire of SurveyJS"),
        ("form.csv", '"Variable / Field Name","Form Name"\nrecord_id,a\n', "questionnaire of REDCap"),
        ("form.json", '{"info": {}, "items": [{"questionItem": {}}]}', "questionnaire of Google Forms"),
        ("form.json", '{"questions": [{"questionInfo": "{}"}]}', "questionnaire of Microsoft Forms"),
        ("form.csv", "type,name,label::English\ninteger,age,Age\n", "questionnaire of XLSForm"),
        (
            "names.json",
            json.dumps({"format": "coprod-names/1"}),
            "is the name map that `coprod export` wrote",
        ),
        ("study.yaml", "id: x\n", "is a YAML file"),
    ],
)
def test_a_questionnaire_is_no_file_of_answers(
    written: Written, instrument: Instrument, name: str, content: str, said: str
) -> None:
    with pytest.raises(ResponsesError, match=said) as error:
        read_responses(written(content, name), instrument)
    assert error.value.problems[0].cure


def test_a_source_that_was_named_and_a_foreign_name_map_are_said(
    written: Written, instrument: Instrument
) -> None:
    path = written("q1,q2\n1,2\n")
    names = {
        "format": "coprod-names/1", "platform": "limesurvey", "instrument": "toy", "instrument_sha256": "",
        "form": "main", "items": {"trust_1": {"code": "x", "column": "x"}},
    }  # fmt: skip
    (path.parent / "names.json").write_text(json.dumps(names), encoding="utf-8")
    with pytest.raises(ResponsesError, match="read as kobo, as asked.*of an export for limesurvey"):
        read_responses(path, instrument, "kobo")
    beside = path.parent / "names.json"
    beside.write_text(json.dumps({**names, "instrument": "other"}), encoding="utf-8")
    with pytest.raises(ResponsesError, match="names.json beside it is of 'other', not 'toy'"):
        read_responses(path, instrument)
    path.write_text("trust_1\n3\n4\n", encoding="utf-8")
    assert read_responses(path, instrument).warnings[0].startswith("names.json beside it is of 'other'")
    with pytest.raises(ResponsesError, match="the source 'qualtrix' is unknown. Use one of auto, "):
        read_responses(path, instrument, "qualtrix")


def test_every_platform_has_a_name() -> None:
    further = {"sosci", "microsoft_forms", "surveymonkey", "typeform", "wenjuanxing", "formr", "unipark"}
    assert further <= set(SOURCES)
