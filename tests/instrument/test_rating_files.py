import numpy as np
import pytest

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.rating_files import PretestEntry, read_expert_ratings, read_pretest_log
from coprod_measure.instrument.spreadsheet import write_sheet


@pytest.fixture
def write(tmp_path):
    def write_text(text: str):
        path = tmp_path / "sheet.csv"
        path.write_bytes(text.encode("utf-8-sig"))
        return path

    return write_text


def test_ratings_with_gaps(example, write):
    frame = read_expert_ratings(write("item;ann;ben\njoy_1;4;\njoy_2;3;2\n"), example("small"))
    assert list(frame.columns) == ["ann", "ben"]
    np.testing.assert_array_equal(frame.loc["joy_1"], [4, np.nan])


def test_ratings_in_a_workbook(example, tmp_path):
    write_sheet(
        tmp_path / "ratings.xlsx", [("item", "ann"), ("joy_1", "4"), ("", ""), ("joy_2", "2,5")], "ratings"
    )
    frame = read_expert_ratings(tmp_path / "ratings.xlsx", example("small"))
    np.testing.assert_array_equal(frame["ann"], [4, 2.5])


def test_rows_keep_their_number_in_the_sheet(example, write):
    with pytest.raises(InstrumentError, match="row 4"):
        read_expert_ratings(write("item,ann\njoy_1,4\n,\njoy_9,4\n"), example("small"))


def test_every_wrong_rating_row_is_named(example, write):
    path = write("item,ann\njoy_9,4\njoy_1,x\njoy_1,3\n")
    with pytest.raises(InstrumentError) as caught:
        read_expert_ratings(path, example("small"))
    assert [(p.place.partition(", ")[2], p.code) for p in caught.value.problems] == [
        ("row 2", "unknown-item"),
        ("row 3, column ann", "not-a-number"),
        ("row 4", "duplicate-key"),
    ]


def test_pretest_log(example, write):
    head = "item,respondent,probe,problem,decision,new_wording\n"
    log = write(
        head + 'joy_1,p1,"What is ""it""?",comprehension,revise,I like doing {task}.\njoy_2,p1,,,keep,\n'
    )
    assert read_pretest_log(log, example("small")) == (
        PretestEntry("joy_1", "p1", 'What is "it"?', "comprehension", "revise", "I like doing {task}."),
        PretestEntry("joy_2", "p1", "", "none", "keep"),
    )


def test_every_wrong_pretest_row_is_named(example, write):
    head = "item,respondent,probe,problem,decision,new_wording\n"
    path = write(head + "joy_1,p1,,confusion,keep,\njoy_1,p1,,none,kept,\njoy_1,p1,,response,revise,\n")
    with pytest.raises(InstrumentError) as caught:
        read_pretest_log(path, example("small"))
    assert [p.code for p in caught.value.problems] == ["unknown-value", "unknown-value", "missing-wording"]


@pytest.mark.parametrize("reader", [read_expert_ratings, read_pretest_log])
def test_other_files_are_refused(example, write, tmp_path, reader):
    with pytest.raises(InstrumentError, match="are missing"):
        reader(write("a,b\n1,2\n"), example("small"))
    with pytest.raises(InstrumentError, match="cannot be read"):
        reader(tmp_path / "nowhere.csv", example("small"))
    (tmp_path / "latin.csv").write_bytes(b"item,\xff\n")
    with pytest.raises(InstrumentError, match="not UTF-8"):
        reader(tmp_path / "latin.csv", example("small"))
