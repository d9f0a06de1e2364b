import pytest

from coprod_measure.measurement.items import item_analysis
from coprod_measure.report.about_items import about_items
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.labels import Labels
from report.report_fixtures import nominal_answers


def test_answers_without_an_order_are_shares_and_no_bars() -> None:
    asked = nominal_answers()
    section = about_items(item_analysis(asked), Labels(asked.instrument))
    statistics, shares = (block for block in section.blocks if isinstance(block, Table))
    assert "c1" not in [row.values[0] for row in statistics.rows]
    assert [row.values[0] for row in shares.rows] == ["c1", "Woman", "Man", "Another gender"]
    assert sum(float(row.values[2]) for row in shares.rows[1:]) == pytest.approx(1.0)  # type: ignore[arg-type]
    figures = [block for block in section.blocks if isinstance(block, Figure)]
    assert "8 items" in figures[0].alt
