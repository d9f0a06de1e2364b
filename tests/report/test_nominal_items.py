from dataclasses import replace

import pytest

from coprod_measure.measurement.items import item_analysis
from coprod_measure.report.about_items import about_items
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.labels import Labels
from report.report_fixtures import nominal_answers


def test_two_answers_without_an_order_are_shares_too() -> None:
    asked = nominal_answers()
    scale = replace(asked.instrument.scales[asked.instrument.items["c1"].scale_id or ""], codes=(1, 2))
    scales = {**asked.instrument.scales, asked.instrument.items["c1"].scale_id or "": scale}
    asked = replace(asked, instrument=replace(asked.instrument, scales=scales))
    items = item_analysis(asked)
    assert items.table().set_index("item").loc["c1", ["mean", "sd"]].isna().all()
    assert "c1" in items.correlations  # of which one the mean is the share does not matter there
    section = about_items(items, Labels(asked.instrument))
    statistics, shares = (block for block in section.blocks if isinstance(block, Table))
    assert "c1" not in [row.values[0] for row in statistics.rows]
    assert shares.rows[0].values[0] == "c1"


def test_answers_without_an_order_are_shares_and_no_bars() -> None:
    asked = nominal_answers()
    section = about_items(item_analysis(asked), Labels(asked.instrument))
    statistics, shares = (block for block in section.blocks if isinstance(block, Table))
    assert "c1" not in [row.values[0] for row in statistics.rows]
    assert [row.values[0] for row in shares.rows] == ["c1", "Woman", "Man", "Another gender"]
    assert sum(float(row.values[2]) for row in shares.rows[1:]) == pytest.approx(1.0)  # type: ignore[arg-type]
    figures = [block for block in section.blocks if isinstance(block, Figure)]
    assert "8 items" in figures[0].alt
