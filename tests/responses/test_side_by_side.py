"""A panel with its waves side by side is read as if it had come in long format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
WIDE = (
    "id,age,trust_1_w1,trust_2_w1,skill_1_w1,duration_w1,trust_1_w2,trust_2_w2,duration_w2\n"
    "a,30,1,2,3,60,4,4,70\n"
    "b,40,5,,9,61,,,\n"
    "c,50,,,,,1,1,72\n"
)
LONG = (
    "id,age,wave,trust_1,trust_2,skill_1,duration\n"
    "a,30,before,1,2,3,60\n"
    "b,40,before,5,,9,61\n"
    "c,50,before,,,,\n"
    "a,30,after,4,4,-97,70\n"
    "b,40,after,,,-97,\n"
    "c,50,after,1,1,-97,72\n"
)
PATTERNS = {"before": "*_w1", "after": "*_w2"}


def test_same_as_long_format(written: Written, instrument: Instrument) -> None:
    wide = read_responses(written(WIDE), instrument, wave=PATTERNS)
    long = read_responses(written(LONG, "long.csv"), instrument, wave="wave", form="main")
    order = ["a/before", "b/before", "a/after", "c/after"]
    assert list(wide.frame.index) == order
    for name in ("frame", "shown"):
        pd.testing.assert_frame_equal(getattr(wide, name), getattr(long, name).loc[order])
    assert wide.missing.astype("str").equals(long.missing.astype("str").loc[order])
    assert wide.about["wave"].tolist() == long.about.loc[order, "wave"].tolist()
    assert wide.about["duration"].equals(long.about.loc[order, "duration"])
    assert wide.frame.loc["a/after", "age"] == 30
    assert wide.source.n_rows == wide.flow["n_in"].iloc[0] == 4
    assert [warning for warning in wide.warnings if "no answer in wave" in warning] == [
        "export.csv: 1 of 3 people have no answer in wave 'before'",
        "export.csv: 1 of 3 people have no answer in wave 'after'",
    ]
    assert clean(wide).n == 4


def test_who_answered_nothing_stays_for_the_rules(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(WIDE + "d,60,,,,,,,\n"), instrument, wave=PATTERNS)
    assert "d" in set(got.about["respondent"])
    assert (got.about["respondent"] == "d").sum() == 1


def test_beginnings_work_as_well_as_endings_and_categories_as_well_as_waves(
    written: Written, instrument: Instrument
) -> None:
    text = "id,car_trust_1,phone_trust_1,phone_skill_1\na,1,2,3\n"
    got = read_responses(written(text), instrument, category={"car": "car_*", "phone": "phone_*"})
    assert list(got.frame.index) == ["a/car", "a/phone"]
    assert got.about["category"].tolist() == ["car", "phone"]
    assert got.missing.loc["a/car", "skill_1"] == "not_shown"


def test_problems_name_file_pattern_row_and_column(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written(WIDE.replace("4,4,70", "44,4,70")), instrument, wave=PATTERNS)
    (problem,) = error.value.problems
    assert problem.place == "export.csv (*_w2), row 2, column trust_1"


@pytest.mark.parametrize(
    ("patterns", "code"),
    [
        ({"a": "_w1", "b": "*_w2"}, "wrong-pattern"),
        ({"a": "*_w1*", "b": "*_w2"}, "wrong-pattern"),
        ({"a": "*_w1", "b": "*_w3"}, "no-such-part"),
        ({"a": "*_w1", "b": "trust*"}, "ambiguous-pattern"),
    ],
)
def test_patterns_that_do_not_fit(
    written: Written, instrument: Instrument, patterns: dict[str, str], code: str
) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written(WIDE), instrument, wave=patterns)
    assert [problem.code for problem in error.value.problems] == [code]


def test_only_one_key_can_stand_side_by_side(written: Written, instrument: Instrument) -> None:
    with pytest.raises(ResponsesError, match="cannot both"):
        read_responses(written(WIDE), instrument, wave=PATTERNS, category=PATTERNS)
