"""One name for a group, whatever type its column has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.codes_as_text import texts_of_codes


@pytest.mark.parametrize(
    "codes",
    [
        [1, 2, None],
        [1.0, 2.0, np.nan],
        ["1", "2", None],
        pd.array([1, 2, None], "Float32"),
        pd.array([1, 2, None], "Int64"),
    ],
)
def test_gaps_change_no_name(codes: list[object]) -> None:
    assert texts_of_codes(pd.Series(codes)).tolist() == ["1", "2", None]


def test_groups_with_gaps_are_named_as_lavaan_names_them() -> None:
    rng = np.random.default_rng(1)
    trait = rng.standard_normal(200)
    data = pd.DataFrame({f"x{k}": trait + rng.standard_normal(200) for k in range(4)})
    data["owner"] = [1.0, 2.0] * 99 + [np.nan, np.nan]
    fit = cm.cfa("f =~ x0 + x1 + x2 + x3", data, group="owner")
    assert fit.group_labels == ("1", "2")
    assert 'group.label = c("1", "2")' in fit.to_lavaan()
