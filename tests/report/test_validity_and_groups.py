import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.htmt import HTMT_COLUMNS, Htmt
from coprod_measure.report.about_groups import about_groups, highest_level
from coprod_measure.report.about_validity import about_validity
from coprod_measure.report.document import Callout, Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import shown
from report.report_fixtures import two_stage_instrument

LABELS = Labels(two_stage_instrument())


def _htmt() -> Htmt:
    pairs = pd.DataFrame(
        [
            ("a", "b", 0.40, 0.30, 0.50, True, True, True),
            ("a", "c", 0.91, 0.88, 0.95, False, False, True),
            ("b", "c", 0.80, 0.74, 0.87, False, True, True),
        ],
        columns=list(HTMT_COLUMNS),
    )
    ratios = pd.DataFrame(
        [[1, 0.4, 0.91], [0.4, 1, 0.8], [0.91, 0.8, 1]], index=list("abc"), columns=list("abc")
    )
    why = {"d": NotAvailable("measured as composite")}
    return Htmt(ratios, pairs, "arithmetic", "pearson", "listwise", 500, 1000, 3, 0.95, 2, why)


def test_close_pairs_are_named_the_closest_first() -> None:
    section = about_validity(NotAvailable("no model"), _htmt(), LABELS)
    assert section.blocks[0] == Callout("No validity from the measurement model: no model.", "", "note")
    words = section.blocks[1]
    assert isinstance(words, Paragraph)
    assert words.text == (
        "Of 3 pairs of constructs, 1 are told apart by the usual guide: the upper end of its interval lies "
        "below .85. Hard to tell apart: Construct A with Construct C (.91) and Construct B with Construct C "
        "(.80)."
    )
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [cell.text for cell in shown(table).rows[0]] == [
        "Construct A", "Construct C", ".91", "[.88, .95]", "no", "no", "yes",
    ]  # fmt: skip
    assert any("2 draws" in note for note in table.notes)


def _ladder(*changes: tuple[float, float]) -> pd.DataFrame:
    rows = [
        ("configural", *[np.nan] * 2),
        *((n, *c) for n, c in zip(("metric", "scalar"), changes, strict=True)),
    ]
    table = pd.DataFrame(rows, columns=["level", "delta_cfi", "delta_rmsea"])
    for name in ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "delta_chisq", "delta_df", "delta_pvalue"):
        table[name] = 0.5
    return table


@pytest.mark.parametrize(
    ("table", "level"),
    [
        (_ladder((-0.002, 0.001), (-0.004, 0.0)), "scalar"),
        (_ladder((-0.002, 0.001), (-0.030, 0.004)), "metric"),
        (_ladder((-0.002, 0.020), (0.0, 0.0)), "configural"),
    ],
)
def test_the_ladder_ends_where_a_step_costs_too_much(table: pd.DataFrame, level: str) -> None:
    assert highest_level(table) == level


def test_groups_say_what_may_be_compared() -> None:
    found = {"gender": _ladder((-0.002, 0.001), (-0.030, 0.004)), "age": NotAvailable("too few in a group")}
    section = about_groups(found, {"gender": "Gender"})
    words = section.blocks[0]
    assert isinstance(words, Paragraph)
    assert "Invariance holds up to the metric level" in words.text
    assert words.text.endswith("Means of the groups should not be compared.")
    assert Callout("Groups by age: too few in a group.", "Not compared.", "note") in section.blocks
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [cell.text for cell in shown(table).rows[0]][6:] == [""] * 5
