"""Pages of tests over time: who was seen when, and tables that several hypotheses share."""

from dataclasses import replace

import pandas as pd

from coprod_measure.report.document import Table
from coprod_measure.report.hypotheses.over_time import PAGE
from coprod_measure.report.labels import Labels
from report.report_fixtures import hypothesis_tests, two_stage_instrument


def _fits(first: str, second: str, chisq: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": ["riclpm", "clpm"], "chisq": [chisq, 30.0], "df": [10, 12], "cfi": [0.99, 0.98],
            "rmsea": [0.01, 0.02], "bic": [100.0, 120.0], "variables": [(first, second)] * 2,
        }
    )  # fmt: skip


def test_tables_that_hypotheses_share_stand_once_and_name_them_all() -> None:
    shared, own = _fits("a", "b", 20.0), _fits("b", "c", 25.0)
    tables = {
        "H1": {"panel_fit": shared},
        "H2": {"panel_fit": pd.concat([shared, own], ignore_index=True)},
        "H3": {"panel_fit": _fits("a", "b", 21.0)},
    }
    tests = replace(hypothesis_tests(), tables=tables)
    (table,) = [one for one in PAGE.blocks(tests, Labels(two_stage_instrument())) if isinstance(one, Table)]
    heads = [str(row.values[0]) for row in table.rows if row.heading]
    assert [head.split(":")[0] for head in heads] == ["H1 and H2", "H2", "H3"]
    assert len(table.rows) == 3 + 6


def test_newcomers_have_a_column() -> None:
    frame = pd.DataFrame(
        {
            "wave": ["1", "2"], "n": [40, 35], "share_of_first": [1.0, 0.8], "joined": [40, 3], "left": [8, 0],
            "returned": [0, 0],
        }
    )  # fmt: skip
    tests = replace(hypothesis_tests(), tables={"H1": {"attendance": frame}})
    (table,) = [one for one in PAGE.blocks(tests, Labels(two_stage_instrument())) if isinstance(one, Table)]
    place = [column.label for column in table.columns].index("First seen here")
    assert [row.values[place] for row in table.rows] == [40, 3]
