"""Formats follow the Publication Manual (APA, 7th ed., 6.36 and 6.44), and edges of our own."""

import math

import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.report import numbers
from coprod_measure.report.document import Column, Row, Table


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.7831, ".78"), (-0.054, "−.05"), (-0.004, ".00"), (0.999, "1.00"), (1.02, "1.02"), (-1.3, "−1.30")],
)
def test_bounded_numbers_lose_their_leading_zero(number: float, text: str) -> None:
    assert numbers.bounded(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.00099, "< .001"), (0.001, ".001"), (0.0341, ".034"), (1.0, "1.000")]
)
def test_p_values(number: float, text: str) -> None:
    assert numbers.p_value(number) == text


def test_decimals_keep_the_zero_and_use_a_real_minus() -> None:
    assert numbers.decimal(0.5) == "0.50"
    assert numbers.decimal(-0.001) == "0.00"
    assert numbers.decimal(-12345.678, 1) == "−12,345.7"
    assert numbers.count(2436.0) == "2,436"
    assert numbers.number_text(2346.0, "df") == "2346"
    assert numbers.number_text(17.256, "df") == "17.26"
    assert numbers.chi_square(1285.306, 1024, 0.0000001) == "χ²(1024) = 1,285.31, p < .001"
    assert numbers.percent(0.1234, 1) == "12.3%"
    assert numbers.interval(-0.02, 0.5, "bounded") == "[−.02, .50]"


def test_missing_values_are_dashes_with_one_letter_a_reason() -> None:
    few, none = NotAvailable("fewer than three items"), NotAvailable("composite")
    table = Table(
        "t",
        "T",
        (Column("construct"), Column("α", "bounded"), Column("CI", "bounded"), Column("n", "count")),
        (
            Row(("a", few, few, 10)),
            Row(("b", none, (0.1, 0.2), math.nan)),
            Row(("c", True, (math.nan, 0.2), -math.inf)),
        ),
        notes=("General.",),
    )
    shown = numbers.shown(table)
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["a", "—", "—", "10"],
        ["b", "—", "[.10, .20]", "—"],
        ["c", "yes", "—", "—"],
    ]
    assert [[cell.mark for cell in row] for row in shown.rows] == [
        ["", "a", "a", ""],
        ["", "b", "", "c"],
        ["", "", "c", "c"],
    ]
    assert shown.reasons == (
        ("a", "fewer than three items"),
        ("b", "composite"),
        ("c", "there is no finite value"),
    )
    assert shown.notes == ("General.",)


def test_more_reasons_than_letters_stay_distinct() -> None:
    rows = tuple(Row((f"r{i}", NotAvailable(f"reason {i}"))) for i in range(60))
    marks = [mark for mark, _ in numbers.shown(Table("t", "T", (Column("a"), Column("b")), rows)).reasons]
    assert len(set(marks)) == 60
