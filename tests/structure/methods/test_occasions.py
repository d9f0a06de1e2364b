"""Waves side by side, and everything that can be wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.occasions import occasions


def long(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": ["a", "a", "a", "b", "b", "c", "c"],
            "wave": [1, 2, 3, 1, 3, 1, 2],
            "use": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            "age": [30, 30, 30, np.nan, 41, 52, 52],
        }
    )
    return frame.assign(**changes)


def read(frame: pd.DataFrame, **options: Any) -> Any:
    return occasions(frame, ["use"], **({"person": "id", "wave": "wave"} | options))


def test_long_rows_become_one_row_a_person_in_order_of_time() -> None:
    shuffled = long().sample(frac=1, random_state=3)
    found = read(shuffled, fixed=["age"]).frame.sort_index()
    expected = pd.DataFrame(
        {
            "use_1": [1.0, 4.0, 6.0],
            "use_2": [2.0, np.nan, 7.0],
            "use_3": [3.0, 5.0, np.nan],
            "age": [30.0, 41.0, 52.0],
        },
        index=pd.Index(["a", "b", "c"], name="id"),
    )
    pd.testing.assert_frame_equal(found, expected, check_index_type=False, check_column_type=False)


def test_who_answered_when() -> None:
    table = read(long()).attendance()
    assert table["n"].tolist() == [3, 2, 2]
    assert table["joined"].tolist() == [3, 0, 0]
    assert read(long().query("wave > 1 or id != 'c'")).attendance()["joined"].tolist() == [2, 1, 0]
    assert table["left"].tolist() == [0, 1, 0]  # c is never seen after wave 2
    assert table["returned"].tolist() == [0, 0, 1]  # b comes back at wave 3
    assert table["share_of_first"].round(4).tolist() == [1.0, 0.6667, 0.6667]


def test_wide_and_long_agree() -> None:
    from_long = read(long())
    wide = from_long.frame.rename(columns={"use_1": "u1", "use_2": "u2", "use_3": "u3"})
    from_wide = occasions(wide, {"use": ["u1", "u2", "u3"]})
    pd.testing.assert_frame_equal(from_wide.frame, from_long.frame)
    assert from_wide.waves == from_long.waves == (1, 2, 3)


def test_waves_named_by_words_with_a_number_sort_by_it() -> None:
    assert read(long(wave=["w10", "w11", "w12", "w10", "w12", "w10", "w11"])).waves == ("w10", "w11", "w12")
    words = ["pre", "mid", "post", "pre", "post", "pre", "mid"]
    assert read(long(wave=words), waves=["pre", "mid", "post"]).waves == ("pre", "mid", "post")


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (long(wave=[1, 1, 3, 1, 3, 1, 2]), {}, "1 person appears twice in a wave .a in 1."),
        (long(wave=1, id=list("abcdefg")), {}, "there is 1 wave. This needs 2 waves"),
        (
            long(wave=["pre", "mid", "post", "pre", "post", "pre", "mid"]),
            {},
            "the order of mid, post, pre is not known",
        ),
        (long(), {"waves": [1, 2]}, "holds 3, which waves= does not name"),
        (long(id=list("abcdefg")), {}, "nobody of an earlier wave answered in wave 2"),
        (long(), {"waves": [1, 2, 3, 4]}, "nobody answered in wave 4"),
        (
            long(day=[3, 2, 1, 1, 2, 1, 2]),
            {"date": "day"},
            "1 person answered a later wave before an earlier one .a.",
        ),
        (long(use="often"), {}, "column use: is not numeric"),
        (long(id=["a", "a", None, "b", "b", "c", "c"]), {}, "1 row has no person or no wave"),
        (long(), {"person": None}, "need the columns of person and wave"),
        (long(), {"wave": "occasion"}, "column occasion: is not in the data"),
    ],
)
def test_bad_input_is_named(frame: pd.DataFrame, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(frame, **options)


def test_wide_lists_have_one_length() -> None:
    frame = pd.DataFrame(np.eye(4), columns=["x1", "x2", "y1", "y2"])
    with pytest.raises(DataError, match=r"unequal numbers of waves \(x 2, y 1\)"):
        occasions(frame, {"x": ["x1", "x2"], "y": ["y1"]})
