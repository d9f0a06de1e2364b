"""From a file to answers: by id, codes or labels, three kinds of missing, every problem placed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
PLAIN = "id,trust_1,trust_2,skill_1,age\na,1,2,3,30\nb,5,4,,41\nc,NA,9,-99,-97\n"


def codes(error: pytest.ExceptionInfo[ResponsesError]) -> set[str]:
    return {problem.code for problem in error.value.problems}


def test_plain_csv_is_keyed_by_item_id(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(PLAIN), instrument)
    assert list(got.frame.index) == ["a", "b", "c"]
    assert list(got.frame.columns) == ["trust_1", "trust_2", "skill_1", "age"]
    assert got.frame["trust_2"].tolist()[:2] == [4, 2]
    assert got.shown["trust_2"].tolist()[:2] == [2, 4]
    assert got.frame["age"].tolist()[:2] == [30, 41]
    assert got.source.platform == "table"
    assert got.source.sha256 == hashlib.sha256(PLAIN.encode()).hexdigest()
    assert got.form == "main"


def test_three_kinds_of_missing_stay_apart(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(PLAIN), instrument)
    assert got.missing.loc["c"].tolist() == ["unanswered", "not_applicable", "unanswered", "not_shown"]
    assert got.missing.loc["b", "skill_1"] == "unanswered"
    assert (got.missing == "").to_numpy().tolist() == got.frame.notna().to_numpy().tolist()


def test_columns_in_any_order_give_the_same_answers(written: Written, instrument: Instrument) -> None:
    cells = [line.split(",") for line in PLAIN.splitlines()]
    mixed = "\n".join(",".join(line[i] for i in (3, 0, 4, 2, 1)) for line in cells)
    got = read_responses(written(mixed, "mixed.csv"), instrument)
    pd.testing.assert_frame_equal(got.frame, read_responses(written(PLAIN), instrument).frame)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiter_is_found_out(written: Written, instrument: Instrument, delimiter: str) -> None:
    got = read_responses(written(PLAIN.replace(",", delimiter)), instrument)
    pd.testing.assert_frame_equal(got.frame, read_responses(written(PLAIN, "a.csv"), instrument).frame)


def test_decimal_comma_in_semicolon_files(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("trust_1;age\n1;30,5\n"), instrument)
    assert got.frame["age"].tolist() == [30.5]


@pytest.mark.parametrize(
    ("encoding", "warned"), [("utf-8", False), ("utf-8-sig", False), ("cp1252", True), ("utf-16", True)]
)
def test_encodings(written: Written, instrument: Instrument, encoding: str, warned: bool) -> None:
    text = "id,trust_1,skill_1\njürgen 1,Stimme völlig zu,Weder noch\n"
    got = read_responses(written(text, encoding=encoding), instrument)
    assert got.frame.iloc[0].tolist() == [5, 3]
    assert list(got.frame.index) == ["jürgen 1"]
    assert bool(got.warnings) is warned or any("lacks" in warning for warning in got.warnings)
    assert any("UTF" in warning for warning in got.warnings) is warned


def test_labels_of_any_language_are_understood(written: Written, instrument: Instrument) -> None:
    text = "trust_1,trust_2\nStrongly agree,stimme  ZU\n Agree ,Weder noch\n"
    got = read_responses(written(text), instrument)
    assert got.shown.to_numpy().tolist() == [[5, 4], [4, 3]]


def test_codes_and_labels_in_one_column_are_refused(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1,skill_1\n1,1\nAgree,2\n2,3\n"), instrument)
    assert codes(error) == {"mixed-codes-and-labels"}
    assert "row 3, column trust_1" in str(error.value)


def test_all_cells_outside_the_scale_are_named(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1,age\n7,30\n1,200\n2.5,20\nperhaps,20\n"), instrument)
    places = [problem.place for problem in error.value.problems]
    assert places == [
        "export.csv, row 2, column trust_1",
        "export.csv, row 4, column trust_1",
        "export.csv, row 5, column trust_1",
        "export.csv, row 3, column age",
    ]
    assert codes(error) == {"outside-scale"}


def test_amounts_written_in_words_are_one_problem_that_says_how_to_write_them(
    written: Written, instrument: Instrument
) -> None:
    cells = ["22.5", '"12,50"', "20 EUR", "20 EUR", "€30", "about 40", "much", "500"]
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1,age\n" + "".join(f"1,{cell}\n" for cell in cells)), instrument)
    amounts, much, bounds = error.value.problems
    assert amounts.place == "export.csv, row 3, column age"
    assert amounts.cause == "'12,50', '20 EUR', '€30', ... are no numbers (also in row 4, 5, 6, 7)"
    assert "a point before decimals" in amounts.cure
    assert "missing_codes" not in amounts.cure  # which would throw the amounts away
    assert (much.cause, bounds.cause) == ("'much' is no answer to this item", "'500' is outside its bounds")
    assert "missing_codes" in much.cure


def test_many_wrong_cells_are_counted(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1\n" + "\n".join(str(number) for number in range(10, 510))), instrument)
    assert len(error.value.problems) == 21
    assert "480 more" in error.value.problems[-1].cause


def test_the_same_wrong_cell_is_one_problem_with_its_rows(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1,trust_2\n" + "1,2\n" + "8,1\n" * 500), instrument)
    (problem,) = error.value.problems
    assert problem.place == "export.csv, row 3, column trust_1"
    assert problem.cause == "'8' is outside its scale (also in row 4, 5, 6, 7, 8 and 494 more)"
    assert "en 'Strongly disagree' ...; de 'Stimme gar nicht zu' ..." in problem.cure


@pytest.mark.parametrize("cell", ["2024-03-05", "02-Jan", "2.1.2024", "5/4"])
def test_numbers_that_a_spreadsheet_took_for_dates(
    written: Written, instrument: Instrument, cell: str
) -> None:
    with pytest.raises(ResponsesError, match="a spreadsheet may have changed it"):
        read_responses(written(f"trust_1\n{cell}\n"), instrument)


def test_wrong_cells_do_not_leak_addresses(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("trust_1\nanna@example.org\n"), instrument)
    assert "anna" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty-file"),
        ("  \n", "empty-file"),
        ("trust_1,trust_2\n", "no-answers"),
        ("trust_1,trust_1,skill_1\n1,2,3\n", "column-twice"),
        ("trust_1,skill_9\n1,2\n", "unknown-item"),
        ("trust_1,Skill_1\n1,2\n", "unknown-item"),
        ("trust_1,skil_1\n1,2\n", "unknown-item"),
        ("a,b\n1,2\n", "no-items"),
        ("trust_1,skill_1\n1,2,3\n", "ragged-rows"),
        ("trust_1,skill_1,age\n1,2,30\n1\n", "ragged-rows"),
        ('trust_1,skill_1\n1,"2\n', "truncated-file"),
        (b"trust_1,skill_1\n1,\x002\n", "nul-bytes"),
        ("trust_1,wörter\n1,ü\n".encode() + b"2,\xfc\n", "mixed-encodings"),
        (",".join(f"c{i}" for i in range(20_001)) + "\n", "too-many-columns"),
        ("trust_1\n2024-03-05\n", "outside-scale"),
        ("trust_1\nTotalmente de acuerdo\n", "outside-scale"),
    ],
)
def test_bad_files_are_refused(
    written: Written, instrument: Instrument, content: str | bytes, code: str
) -> None:
    path = written(content)
    before = path.read_bytes()
    with pytest.raises(ResponsesError) as error:
        read_responses(path, instrument)
    assert codes(error) == {code}
    assert error.value.problems[0].cure or error.value.problems[0].cause
    assert path.read_bytes() == before


def test_a_slip_of_the_pen_is_answered_with_the_right_id(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError, match="Did you mean 'skill_1'"):
        read_responses(written("trust_1,SKILL_1\n1,2\n"), instrument)


def test_further_numbers_of_a_series_are_unknown_items_unless_kept(
    written: Written, instrument: Instrument
) -> None:
    path = written("trust_1,skill_12,wave_2\n1,2,3\n")
    with pytest.raises(ResponsesError, match="'skill_12' is not an item"):
        read_responses(path, instrument)
    got = read_responses(path, instrument, keep=["skill_12"])
    assert got.about["skill_12"].tolist() == [2]
    assert got.unmapped == ("wave_2",)


def test_missing_file_folder_and_unknown_ending(
    tmp_path: Path, written: Written, instrument: Instrument
) -> None:
    for path, code in (
        (tmp_path / "no.csv", "missing-file"),
        (tmp_path, "missing-file"),
        (written("x", "a.pdf"), "unknown-form"),
    ):
        with pytest.raises(ResponsesError) as error:
            read_responses(path, instrument)
        assert codes(error) == {code}


def test_unmapped_columns_are_named_and_kept_on_request(written: Written, instrument: Instrument) -> None:
    path = written("trust_1,skill_1,arm,noise\n1,2,x,1\n2,3,y,2\n")
    got = read_responses(path, instrument, keep=["arm"])
    assert got.unmapped == ("noise",)
    assert got.about["arm"].tolist() == ["x", "y"]
    assert any("noise" in warning for warning in got.warnings)
    with pytest.raises(ResponsesError, match="Did you mean 'arm'"):
        read_responses(path, instrument, keep=["arms"])


def test_doubled_ids_get_a_unique_index_and_stay_for_cleaning(
    written: Written, instrument: Instrument
) -> None:
    got = read_responses(written("id,trust_1\na,1\nb,2\na,3\n"), instrument)
    assert list(got.frame.index) == ["a", "b", "a#2"]
    assert got.about["respondent"].tolist() == ["a", "b", "a"]


def test_waves_and_categories_become_keys(written: Written, instrument: Instrument) -> None:
    text = "id,round,product,trust_1\na,1,shelf,1\na,2,shelf,2\na,2,tour,3\n"
    got = read_responses(written(text), instrument, wave="round", category="product")
    assert list(got.frame.index) == ["a/1/shelf", "a/2/shelf", "a/2/tour"]
    assert got.about["wave"].tolist() == [1, 2, 2]


def test_personal_columns_are_dropped_and_ids_hidden(written: Written, instrument: Instrument) -> None:
    rows = ["anna@example.org,Anna,192.0.2.7,1", "bo@example.org,Bo,192.0.2.7,2"]
    text = "\n".join(["E-Mail,First Name,IPAddress,trust_1", *rows])
    got = read_responses(written(text), instrument, id_column="E-Mail")
    everything = got.about.to_csv() + got.frame.to_csv() + " ".join(got.warnings)
    for secret in ("anna@", "Anna", "192.0.2.7", "bo@", "Bo"):
        assert secret not in everything
    assert got.about["device"].nunique() == 1
    again = read_responses(written(text), instrument, id_column="E-Mail")
    assert list(again.frame.index) == list(got.frame.index)


def test_multiple_choice_columns_and_text(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("trust_1,tools_1,tools_3,remarks\n1,1,0,hello\n2,0,1,Bo says\n"), instrument)
    assert got.about["tools:1"].tolist() == [1, 0]
    assert got.about["tools:3"].tolist() == [0, 1]
    assert "hello" not in got.about.to_csv()
    assert list(got.frame.columns) == ["trust_1"]


@pytest.mark.parametrize("ending", [".xlsx", ".parquet", ".feather", ".tsv"])
def test_other_forms_say_the_same_as_csv(tmp_path: Path, instrument: Instrument, ending: str) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "trust_1": [1, np.nan], "skill_1": [3.0, 9.0], "age": [20, 30]})
    path = tmp_path / f"answers{ending}"
    if ending == ".tsv":
        frame.to_csv(path, sep="\t", index=False)
    elif ending == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        getattr(frame, f"to_{ending[1:]}")(path)
    got = read_responses(path, instrument)
    assert got.frame.to_numpy(na_value=-1).tolist() == [[1, 3, 20], [-1, -1, 30]]
    assert got.missing["skill_1"].tolist() == ["", "not_applicable"]
    assert list(got.frame.index) == ["a", "b"]


def test_parquet_of_other_types(tmp_path: Path, instrument: Instrument) -> None:
    frame = pd.DataFrame(
        {
            "trust_1": pd.Categorical(["Agree", "Neither"]),
            "skill_1": [Decimal("2"), Decimal("5")],
            "consent": [True, None],
            "tools": [[1, 2], [3]],
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    got = read_responses(tmp_path / "a.parquet", instrument)
    assert got.frame[["trust_1", "skill_1"]].to_numpy().tolist() == [[4, 2], [3, 5]]
    assert got.missing["consent"].tolist() == ["", "unanswered"]


def test_synthetic_answers_are_known_as_such(written: Written, instrument: Instrument) -> None:
    assert not read_responses(written("trust_1\n1\n"), instrument).source.synthetic
    written("# Origin\nSynthetic: yes\n", "ORIGIN.md")
    assert read_responses(written("trust_1\n1\n"), instrument).source.synthetic


def test_parquet_with_bytes_and_large_ids(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "a.parquet"
    frame = {"id": [9.3e18, 1.0], "trust_1": [b"4", None], "other": [b"\x80", b"x"]}
    pd.DataFrame(frame).to_parquet(path)
    for source in ("auto", "qualtrics", "redcap"):
        got = read_responses(path, instrument, source=source)
        assert got.frame["trust_1"].tolist()[0] == 4
        assert got.missing["trust_1"].tolist()[1] == "unanswered"
