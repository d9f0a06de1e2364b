"""What is judged is what is printed, at every limit and beside it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coprod_measure.measurement import guides
from coprod_measure.measurement.guides import Guide, as_printed
from coprod_measure.report.model_fit import in_words, judge
from coprod_measure.report.numbers import bounded, p_value, stars

ALL = [
    one
    for name, value in vars(guides).items()
    if name.isupper()
    for one in (value if isinstance(value, tuple) else (value,))
]


def read(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize("guide", ALL)
@given(st.integers(-200, 200), st.floats(-1e-9, 1e-9))
def test_a_value_is_judged_as_it_is_printed(guide: Guide, step: int, jitter: float) -> None:
    value = guide.limit + step * 0.05 * 10.0**-guide.digits + jitter
    printed = read(bounded(value, guide.digits))
    expected = {
        "at least": printed >= guide.limit,
        "at most": printed <= guide.limit,
        "below": printed < guide.limit,
    }
    assert guide.met(value) is expected[guide.side]
    assert as_printed(value, guide.digits) == printed


def test_every_limit_is_met_where_it_stands_and_no_gap_is_met() -> None:
    assert len(ALL) >= 13
    for guide in ALL:
        assert guide.met(guide.limit) is (guide.side != "below")
        assert not guide.met(math.nan)


@given(st.integers(850, 1000), st.integers(0, 120), st.integers(0, 120), st.integers(-49, 49))
@example(950, 60, 80, -20)
def test_the_judgement_of_a_model_follows_from_its_words(cfi: int, rmsea: int, srmr: int, off: int) -> None:
    shift = off * 1e-5
    measures = pd.Series(
        {"df": 4.0, "cfi": cfi / 1000 + shift, "rmsea": rmsea / 1000 + shift, "srmr": srmr / 1000 + shift}
    )
    shown = {part.split(" = ")[0]: read(part.split(" = ")[1]) for part in in_words(measures).split(", ")}
    close = shown["CFI"] >= 0.95 and shown["RMSEA"] <= 0.06 and shown["SRMR"] <= 0.08
    poor = shown["CFI"] < 0.90 or shown["RMSEA"] > 0.10 or shown["SRMR"] > 0.10
    assert judge(measures) == ("poor" if poor else "close" if close else "acceptable")


@given(st.floats(0.0, 0.2))
@example(0.0498)
@example(0.00999999)
@example(0.00099999)
def test_a_printed_p_has_the_stars_that_it_shows(p: float) -> None:
    shown = p_value(p)
    assert stars(0.0 if shown.startswith("<") else read(shown)) == stars(p)
