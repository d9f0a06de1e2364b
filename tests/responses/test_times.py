"""Times of any source are instants; what was assumed is said, and what cannot be read."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coprod_measure.responses.times import read_times

UTC = "times with several offsets were brought to UTC"
CASES = {
    "a change to summer time": (
        ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"], ["2026-03-29 00:30:00", "2026-03-29 01:30:00"], [UTC],
    ),
    "two countries, a minus of typesetters": (
        ["2026-01-05 10:00:00\u22120500", "2026-01-05 16:00:00+0100"], ["2026-01-05 15:00:00"] * 2, [UTC],
    ),
    "days alone": (["2026-01-05", "2026-02-05"], ["2026-01-05 00:00:00", "2026-02-05 00:00:00"], []),
    "twelve hours": (
        ["1/13/2026 12:05 AM", "1/5/2026 2:03 PM"], ["2026-01-13 00:05:00", "2026-01-05 14:03:00"], [],
    ),
    "twelve hours with points": (
        ["13/01/2026 2:03:00 p.m.", "05/01/2026 12:00:00 p.m."], ["2026-01-13 14:03:00", "2026-01-05 12:00:00"], [],
    ),
    "months by name": (
        ["5 January 2026 10:03", "Jan 7, 2026 12:03:04"], ["2026-01-05 10:03:00", "2026-01-07 12:03:04"], [],
    ),
    "mail": (
        ["Mon, 05 Jan 2026 10:03:04 +0100", "Tue, 06 Jan 2026 10:03:04 GMT"],
        ["2026-01-05 09:03:04", "2026-01-06 10:03:04"], [UTC],
    ),
    "browsers": (
        ["Mon Jan 05 2026 10:03:04 GMT+0530 (India Standard Time)"] * 2, ["2026-01-05 04:33:04"] * 2, [],
    ),
    "forms of two offsets": (
        ["2026/03/28 10:00:00 AM GMT+1", "2026/03/29 10:00:00 PM GMT+2"], ["2026-03-28 09:00:00", "2026-03-29 20:00:00"], [UTC],
    ),
    "days of spreadsheets": (
        ["46027.5", "46028"], ["2026-01-05 12:00:00", "2026-01-06 00:00:00"],
        ["numbers were read as days, as spreadsheets count them"],
    ),
    "milliseconds": (
        ["1767607384000", "1767610000123"], ["2026-01-05 10:03:04", "2026-01-05 10:46:40"],
        ["numbers were read as milliseconds since 1970, UTC"],
    ),
    "weeks": (
        ["2026-W02-1T10:00:00", "2026W033", "2026-W53"], ["2026-01-05 10:00:00", "2026-01-14 00:00:00", "2026-12-28 00:00:00"],
        ["weeks of ISO 8601 were read, those without a day as their Monday"],
    ),
    "which number is the month": (["1/5/2026 10:03"] * 2, ["", ""], ["2 times of 2 cannot be read and stay empty"]),
    "a zone with several meanings": (["5 Jan 2026 10:03 IST"], [""], ["1 time of 1 cannot be read and stay empty"]),
    "no such day": (["2026-02-30 10:00:00", "2026-01-05 10:00:00"], ["", "2026-01-05 10:00:00"], ["1 time of 2 cannot be"]),
    "some without an offset": (
        ["2026-01-05 10:00:00+01:00", "2026-01-05 10:00:00", ""], ["2026-01-05 09:00:00", "2026-01-05 10:00:00", ""],
        [UTC + "; those without one were taken for UTC"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_times(case: str) -> None:
    written, instants, said = CASES[case]
    times, told = read_times(pd.Series(written, dtype="str"), "started")
    assert times.tolist() == instants
    assert len(told) == len(said)
    assert all(f"started: {one}" in other for one, other in zip(said, told, strict=True))


def test_times_of_frames() -> None:
    at = pd.Series(pd.to_datetime(["2026-01-05T10:00:00+01:00", None]))
    assert read_times(at, "started")[0].tolist() == ["2026-01-05 09:00:00", ""]


@example(["-1"])
@given(st.lists(st.text("0123456789-+:/.TZW ,aApPmMJn\u0663\u2212()", max_size=30), min_size=1, max_size=4))
def test_any_text_is_a_time_or_none(texts: list[str]) -> None:
    times, _ = read_times(pd.Series(texts, dtype="str"), "started")
    assert len(times) == len(texts)
    assert all(text == "" or text[:4].isdigit() for text in times)
