"""Numbers in plain tables read as what they count."""

from __future__ import annotations

import pandas as pd
import pytest

from coprod_measure.cli.printing import print_table


def test_counts_are_whole_and_small_p_values_are_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(
        {
            "level": ["a", "b"],
            "delta_df": [float("nan"), 12.0],
            "delta_pvalue": [0.0004, 0.0006],
            "est": [1.0, -2.5],
        }
    )
    print_table(frame)
    head, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["level", "delta_df", "delta_pvalue", "est"]
    assert rows == [["a", "-", "<0.001", "1.000"], ["b", "12", "0.001", "-2.500"]]


@pytest.mark.parametrize("index", [True, False])
def test_lists_of_measures_take_the_name_of_the_line(index: bool, capsys: pytest.CaptureFixture[str]) -> None:
    values = pd.Series({"df": 24.0, "pvalue": 0.0, "cfi": 1.0, "df_scaled": 23.4}, name="value")
    frame = values.to_frame() if index else values.rename_axis("measure").reset_index()
    print_table(frame, index=index)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["df", "24"], ["pvalue", "<0.001"], ["cfi", "1.000"], ["df_scaled", "23.400"]]
