"""What the study and the scale say of a file: stored values, columns, cells that are no answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Block, Form, Instrument, Item, Scale
from coprod_measure.responses.clean import clean
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
AGREE = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")


def storing(instrument: Instrument, stored: Mapping[str, int] | tuple[str, ...]) -> Instrument:
    scale = replace(instrument.scales["agree5"], stored=stored)
    return replace(instrument, scales={**instrument.scales, "agree5": scale})


@pytest.mark.parametrize("stored", [{"1": 1, "6": 2, "2": 3, "3": 4, "4": 5}, ("1", "6", "2", "3", "4")])
def test_choice_ids_of_a_platform_are_codes_in_the_order_of_the_scale(
    written: Written, instrument: Instrument, stored: Mapping[str, int] | tuple[str, ...]
) -> None:
    path = written("trust_1,trust_2\n1,6\n2,3\n4,4\n")
    got = read_responses(path, storing(instrument, stored))
    assert got.shown["trust_1"].tolist() == [1, 3, 5]
    assert got.shown["trust_2"].tolist() == [2, 4, 5]
    assert got.frame["trust_2"].tolist() == [4, 2, 1]
    other, cure = (
        written("trust_1\n5\n1\n", "other.csv"),
        {"5": {"means": "unanswered", "among": ["trust_1"]}},
    )
    with pytest.raises(ResponsesError, match="'5' is outside its scale. Allowed: 1, 6, 2, 3, 4") as told:
        read_responses(other, storing(instrument, stored))
    assert 'missing_codes: {"5": {means: unanswered, among: [trust_1]}}' in str(told.value)
    got = read_responses(other, storing(instrument, stored), missing_codes=cure)
    assert got.missing["trust_1"].tolist()[0] == "unanswered"


def test_a_file_that_counts_from_zero_is_told_how_to_be_read(
    written: Written, instrument: Instrument
) -> None:
    path = written("trust_1,trust_2\n0,4\n3,0\n4,1\n")
    with pytest.raises(
        ResponsesError, match=r"counts from 0, write under the scale: stored: \[0, 1, 2, 3, 4\]"
    ):
        read_responses(path, instrument)
    got = read_responses(path, storing(instrument, ("0", "1", "2", "3", "4")))
    assert got.shown["trust_1"].tolist() == [1, 4, 5]


def test_words_and_turned_series_are_stored_values_too(written: Written, instrument: Instrument) -> None:
    turned = storing(instrument, ("D4", "D3", "N", "A3", "A4"))
    assert read_responses(written("trust_1\nD4\na4\nN\n"), turned).shown["trust_1"].tolist() == [1, 5, 3]
    labels = read_responses(written("trust_1\nDisagree\nStimme zu\n", "w.csv"), turned)
    assert labels.shown["trust_1"].tolist() == [2, 4]


def test_unknown_stored_values_of_a_scale_are_one_problem_with_the_line_to_write(
    written: Written, instrument: Instrument
) -> None:
    rows = "".join(f"AO0{k},AO0{6 - k},AO03\n" for k in range(1, 6))
    with pytest.raises(ResponsesError) as error:
        read_responses(written(f"trust_1,skill_1,skill_2\n{rows}"), instrument)
    (problem,) = error.value.problems
    assert "stored: [AO01, AO02, AO03, AO04, AO05]" in problem.cure
    got = read_responses(
        written(f"trust_1,skill_1,skill_2\n{rows}"),
        storing(instrument, tuple(f"AO0{k}" for k in range(1, 6))),
    )
    assert got.shown["skill_1"].tolist() == [5, 4, 3, 2, 1]


def eleven(instrument: Instrument, stored: tuple[str, ...] = ()) -> Instrument:
    scale = Scale("agree5", tuple(range(1, 12)), {"en": tuple(map(str, range(11)))}, stored=stored)
    return replace(instrument, scales={**instrument.scales, "agree5": scale})


def test_a_cell_that_is_a_code_and_the_label_of_another_is_asked_about(
    written: Written, instrument: Instrument
) -> None:
    path = written("trust_1,skill_1\n3,7\n5,6\n")
    with pytest.raises(ResponsesError) as error:
        read_responses(path, eleven(instrument))
    (problem,) = error.value.problems
    assert problem.code == "code-or-label"
    labels = tuple(map(str, range(11)))
    assert f"stored: [{', '.join(labels)}] if labels" in problem.cure
    assert read_responses(path, eleven(instrument, labels)).shown["trust_1"].tolist() == [4, 6]
    codes = tuple(map(str, range(1, 12)))
    assert read_responses(path, eleven(instrument, codes)).shown["trust_1"].tolist() == [3, 5]


def test_a_file_that_labels_its_codes_itself_is_not_asked_about(
    tmp_path: Path, instrument: Instrument
) -> None:
    path = tmp_path / "labelled.sav"
    labels = {"trust_1": {code: str(code - 1) for code in range(1, 12)}}
    pyreadstat.write_sav(pd.DataFrame({"trust_1": [3.0, 5.0]}), str(path), variable_value_labels=labels)
    assert read_responses(path, eleven(instrument)).shown["trust_1"].tolist() == [3, 5]


def test_columns_are_named_by_heading_pattern_and_several_for_one_item(
    written: Written, instrument: Instrument
) -> None:
    path = written("来自@1,DM02_1,DM02_2,wife,husband\n1,2,3,4,\n5,4,3,,2\n")
    named = {"trust_1": "*@1", "skill_*": "DM02_*", "trust_3": ["wife", "husband"]}
    got = read_responses(path, instrument, columns=named)
    assert got.shown[["trust_1", "skill_1", "skill_2", "trust_3"]].to_numpy().tolist() == [
        [1, 2, 3, 4],
        [5, 4, 3, 2],
    ]
    assert got.source.columns["trust_3"] == "wife + husband"
    assert got.unmapped == ()


def test_two_columns_of_an_item_may_not_disagree(written: Written, instrument: Instrument) -> None:
    path = written("wife,husband\n4,\n2,3\n")
    with pytest.raises(ResponsesError, match="row 3, column husband: answers the item 'trust_1' otherwise"):
        read_responses(path, instrument, columns={"trust_1": ["wife", "husband"]})


def test_columns_that_are_not_there_are_said(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written("mood,x\n1,2\n"), instrument, columns={"trust_1": "mod", "trust_9": "x"})
    told = str(error.value)
    assert "Did you mean 'mood'?" in told
    assert "'trust_9', which is no item" in told


def test_kept_patterns_leave_items_and_personal_columns_alone(
    written: Written, instrument: Instrument
) -> None:
    path = written("trust_1,group_a,group_b,group_mail\n1,x,2,a@example.org\n")
    got = read_responses(path, instrument, keep=["*"])
    assert got.about["group_a"].tolist() == ["x"]
    assert "group_mail" not in got.about
    assert "example.org" not in got.about.to_csv()
    with pytest.raises(ResponsesError, match="no column 'arm_\\*' to keep"):
        read_responses(path, instrument, keep=["arm_*"])


def test_a_series_may_go_on_beyond_what_the_study_asks(written: Written, instrument: Instrument) -> None:
    three = {f"Q{k}": replace(instrument.items["trust_1"], id=f"Q{k}", text=f"Number {k}") for k in (1, 2, 3)}
    asked = replace(instrument, items=three, forms={"f": Form("f", "F", (Block("b", tuple(three)),))})
    further = ",".join(f"Q{k}" for k in range(4, 30))
    rows = "1,2,3," + ",".join(["text"] * 26)
    got = read_responses(written(f"Q1,Q2,Q3,{further}\n{rows}\n"), asked)
    assert list(got.frame) == ["Q1", "Q2", "Q3"]
    assert len(got.unmapped) == 26
    assert any("Q4, Q5" in warning for warning in got.warnings)


@pytest.mark.parametrize(
    "heading",
    [
        "They keep their word.",
        "<p>They&nbsp;keep their <b>word</b>.</p>",
        "How far? - They keep their word.",
        "How far? [They keep their word.]",
        "7、They keep their word.",
        "Q3. They keep their word.",
        "They.keep.their.word.",
        "They keep their word. *",
    ],
)
def test_a_plain_table_may_be_headed_by_the_wording(
    written: Written, instrument: Instrument, heading: str
) -> None:
    got = read_responses(written(f'id,"{heading}"\na,4\nb,2\n'), instrument)
    assert got.source.columns == {"trust_3": heading}


def test_one_wording_over_two_columns_is_refused(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError, match="the item 'trust_3' has 2 columns"):
        read_responses(written("They keep their word.,They keep their word.\n1,2\n"), instrument)


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_labels_of_typed_files_name_items(tmp_path: Path, instrument: Instrument, ending: str) -> None:
    long = "When I think of all that has been agreed in the last years I can say they always do it"
    items = {**instrument.items, "trust_3": replace(instrument.items["trust_3"], text=long)}
    path = tmp_path / f"answers.{ending}"
    frame = pd.DataFrame({"V1": [1.0, 2.0], "V2": [3.0, 4.0]})
    labels = ["<i>I can teach it.</i>", long[:80]]
    write = pyreadstat.write_sav if ending == "sav" else pyreadstat.write_dta
    write(frame, str(path), column_labels=labels)
    got = read_responses(path, replace(instrument, items=items))
    assert got.source.columns == {"skill_3": "V1", "trust_3": "V2"}


def test_a_missing_code_in_many_items_is_one_line(written: Written, instrument: Instrument) -> None:
    names = ["trust_1", "trust_2", "trust_3", "skill_1"]
    rows = ["1,2,3,4", "-8,-8,-8,-8", "77,77,77,5"]
    with pytest.raises(ResponsesError) as error:
        read_responses(written("\n".join([",".join(names), *rows]) + "\n"), instrument)
    first, second = error.value.problems
    assert "'-8' stands in 4 items (1 row; columns trust_1 ... skill_1)" in first.cause
    assert "'77' stands in 3 items (1 row; columns trust_1, trust_2, trust_3)" in second.cause
    line = 'missing_codes: {"-8": unanswered, "77": unanswered}'
    assert line in first.cure
    got = read_responses(
        written("\n".join([",".join(names), *rows]) + "\n"),
        instrument,
        missing_codes={"-8": "unanswered", "77": "not_shown"},
    )
    assert got.missing["trust_1"].tolist() == ["", "unanswered", "not_shown"]


def test_waves_side_by_side_tell_all_their_problems_at_once(written: Written, instrument: Instrument) -> None:
    path = written("trust_1_a,trust_1_b\n88,99\n1,2\n")
    with pytest.raises(ResponsesError) as error:
        read_responses(path, instrument, wave={"first": "*_a", "second": "*_b"})
    assert [problem.cause[:4] for problem in error.value.problems] == ["'88'", "'99'"]


def test_a_missing_code_may_be_limited_and_then_counts_against_the_scale(
    written: Written, instrument: Instrument
) -> None:
    path = written("trust_1,skill_1,age\n5,5,40\n1,2,9999999\n")
    codes = {"5": {"means": "not_shown", "among": ["trust"]}, "9999999": "unanswered"}
    got = read_responses(path, instrument, missing_codes=codes)
    assert got.missing["trust_1"].tolist() == ["not_shown", ""]
    assert got.shown["skill_1"].tolist() == [5, 2]
    assert got.missing["age"].tolist() == ["", "unanswered"]
    with pytest.raises(ResponsesError, match="limits '5' to 'trus', which 'toy' does not have. Did you mean"):
        read_responses(path, instrument, missing_codes={"5": {"means": "unanswered", "among": ["trus"]}})


def test_what_the_study_says_of_a_code_outranks_what_spss_declares(
    tmp_path: Path, instrument: Instrument
) -> None:
    path = tmp_path / "declared.sav"
    frame = pd.DataFrame({"trust_1": [1.0, -66.0, -8.0], "skill_1": [2.0, 2.0, 2.0]})
    declared = {"trust_1": [{"lo": -99, "hi": -1}]}
    pyreadstat.write_sav(frame, str(path), missing_ranges=declared)
    got = read_responses(path, instrument, missing_codes={"-66": "not_shown"})
    assert got.missing["trust_1"].tolist() == ["", "not_shown", "unanswered"]


def test_options_that_the_scale_does_not_know_are_reported(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError, match="column tools: 'hammer' is no option of this item"):
        read_responses(written('trust_1,tools\n1,"Saw, Hammer"\n2,Drill\n'), instrument)
    with pytest.raises(ResponsesError, match="column tools: '8' is no option"):
        read_responses(written("trust_1,tools\n1,1 8\n"), instrument)
    with pytest.raises(ResponsesError, match="column tools_4: '4' is no option"):
        read_responses(written("trust_1,tools_1,tools_4\n1,1,1\n"), instrument)
    assert read_responses(written("trust_1,tools_1,tools_4\n1,1,0\n"), instrument).n == 1


def test_typed_checks_and_a_single_box_count(written: Written, instrument: Instrument) -> None:
    box = Scale("box", (1,), {"en": ("I agree to take part",)}, bipolar=False, ordered=False)
    typed = Item("typed", "Type violet.", kind="text", role="attention", expected_text=("violet", "Violett"))
    consent = Item("consent", "", kind="multiple_choice", role="consent", scale_id="box", expected=(1,))
    asked = replace(
        instrument,
        scales={**instrument.scales, "box": box},
        items={**instrument.items, "typed": typed, "consent": consent},
    )
    told = "I agree to take part"
    rows = (f"a,1,Violet ,{told}", "b,2,blue,1", f"c,3,,{told}", "d,3,violett,")
    path = written("\n".join(["id,trust_1,typed,consent", *rows]) + "\n")
    read = read_responses(path, asked)
    assert np.array_equal(read.shown["typed"], [1, 0, np.nan, 1], equal_nan=True)
    kept = clean(read)
    assert kept.frame.index.tolist() == ["a", "b", "c"]
    assert kept.about["mark:attention_once"].tolist() == [False, True, False]


def test_why_nobody_is_left_names_the_items_that_were_not_found(
    written: Written, instrument: Instrument
) -> None:
    with pytest.raises(ResponsesError, match=r"; 8 of 9 items are not in the file"):
        clean(read_responses(written("age,tools_1,consent\n30,1,1\n"), instrument, form="main"))
