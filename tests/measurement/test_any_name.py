"""Columns and constructs of any name work in every function that writes a model from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError
from coprod_measure.measurement.factors.rivals import rivals
from coprod_measure.measurement.reliability.ordinal import ordinal_reliability
from coprod_measure.measurement.validity.discriminant_tests import discriminant_tests

PLAIN = {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3", "b4"], "c": ["c1", "c2", "c3", "c4"]}
ODD = {
    "my scale": ["item 1", "2b", "c-3", "f"],
    "general": ["method", "marker", "a`b", "X"],
    "method_": ["(", "NA", "ü x", "1"],
}


def answers(constructs: dict[str, list[str]]) -> pd.DataFrame:
    """The same numbers under other names."""
    rng = np.random.default_rng(4)
    factors = rng.multivariate_normal(np.zeros(3), 0.4 + 0.6 * np.eye(3), 300)
    columns = {
        item: np.clip(np.round(0.8 * factors[:, k] + 0.6 * rng.standard_normal(300) + 3.0), 1, 5)
        for k, items in enumerate(constructs.values())
        for item in items
    }
    return pd.DataFrame(columns).assign(group=np.where(np.arange(300) % 2, "x", "y"))


def _confirmatory(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    return cm.confirmatory(data, constructs).fit_measures["chisq"]


def _rivals(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    return rivals(data, constructs).table()[["chisq", "cfi"]].to_numpy(float).tolist()


def _scores(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    return cm.scores(data, constructs, method="regression").values.to_numpy(float)[:5].tolist()


def _invariance(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = cm.invariance(constructs, data, group="group").table()
    assert len(found) > 2
    return found["chisq"].tolist()


def _ordered_invariance(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    merged = data.replace({1.0: 2.0, 5.0: 4.0})
    items = [item for own in constructs.values() for item in own]
    found = cm.invariance(constructs, merged, group="group", ordered=items).table()
    assert len(found) > 2
    return found["chisq"].tolist()


def _alignment(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = cm.alignment(data, constructs, group="group").means
    assert len(found)
    return found.select_dtypes("number").to_numpy(float).tolist()


def _method(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = cm.method_bias(data, constructs)
    return [found.harman, *found.table()["vif"]]


def _information(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = cm.item_information(data, constructs)
    assert found.unavailable.empty
    return found.table().select_dtypes("number").to_numpy(float).tolist()


def _omega(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = [ordinal_reliability(data[items]) for items in constructs.values()]
    assert all(one.unavailable.empty for one in found)
    return [one.table().select_dtypes("number").to_numpy(float).tolist() for one in found]


def _htmt(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    return cm.htmt(constructs, data).table().select_dtypes("number").to_numpy(float).tolist()


def _discriminant(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    found = discriminant_tests(data, constructs).table()
    return found.select_dtypes("number").to_numpy(float).tolist()


def _marker(data: pd.DataFrame, constructs: dict[str, list[str]]) -> Any:
    *own, last = constructs
    found = cm.marker_ladder(data, {name: constructs[name] for name in own}, marker=constructs[last])
    return found.models["chisq"].tolist()


@pytest.mark.parametrize(
    "compute",
    [
        _confirmatory,
        _rivals,
        _scores,
        _invariance,
        _ordered_invariance,
        _alignment,
        _method,
        _information,
        _omega,
        _htmt,
        _discriminant,
        _marker,
    ],
)
def test_names_change_no_number(compute: Callable[[pd.DataFrame, dict[str, list[str]]], Any]) -> None:
    odd, plain = (np.ravel(compute(answers(names), names)).astype(float) for names in (ODD, PLAIN))
    assert odd == pytest.approx(plain, rel=1e-6, nan_ok=True)


def test_a_construct_with_the_name_of_an_item_is_refused_in_words() -> None:
    data = answers(PLAIN)
    with pytest.raises(CoprodError, match="'a1' is a construct and an item"):
        cm.confirmatory(data, {"a1": PLAIN["a"], "b": PLAIN["b"]})
