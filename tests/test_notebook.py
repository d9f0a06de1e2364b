"""What a console and a notebook show of a result."""

from __future__ import annotations

import pandas as pd

from coprod_measure.measurement.reliability.coefficients import reliability
from report.report_fixtures import NASTY, answers


def test_a_console_shows_one_line_and_a_notebook_a_short_table() -> None:
    found = answers(3000)
    for one in (found, reliability(found)):
        line = repr(one)
        assert line.startswith(type(one).__name__ + "(")
        assert len(line) <= 240
        assert "\n" not in line
        page = one._repr_html_()
        assert "<table" in page
        assert len(page) < 30_000
    assert "frame: 3000 x 9" in repr(found)


def test_cells_of_a_notebook_are_text() -> None:
    found = answers()
    page = type(found)._repr_html_(_Named(pd.DataFrame({NASTY: [NASTY]})))  # type: ignore[arg-type]
    assert "<script" not in page


class _Named:
    def __init__(self, flow: pd.DataFrame) -> None:
        self.flow = flow
