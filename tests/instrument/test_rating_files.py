import json

import numpy as np
import pytest

from coprod_measure.cli.app import run_app
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


def test_one_command_judges_by_ratios_and_counts_a_pretest(tmp_path, capsys):
    ratings, log = tmp_path / "ratings.csv", tmp_path / "log.csv"
    experts = ",".join(f"e{k}" for k in range(8))
    ratings.write_text(f"item,{experts}\nsit_trust_1,{'3,' * 7}3\nsit_trust_2,{'3,' * 5}1,1,2\n", "utf-8")
    log.write_text(
        "item,respondent,probe,problem,decision,new_wording\nsit_trust_1,a,why?,comprehension,revise,Mended.\n"
        "sit_trust_1,b,why?,,keep,\n",
        "utf-8",
    )
    asked = ["content-validity", "etgar2007", "--ratings", str(ratings), "--essential", "--highest", "3"]
    assert run_app([*asked, "--pretest", str(log), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["cvr"], row["essential"]) for row in told["items"]] == [(1.0, True), (0.25, False)]
    # Wilson, Pan and Schumsky (2012), Table 2: .582 for 8 experts, one-sided at .05.
    assert told["items"][0]["cvr_required"] == pytest.approx(0.582, abs=5e-4)
    (row,) = told["pretest"]
    assert (row["respondents"], row["comprehension"], row["none"], row["new_wording"]) == (2, 1, 1, "Mended.")
    assert run_app(["content-validity", "etgar2007"]) == 2
    assert "name --ratings, --pretest or both" in capsys.readouterr().err
