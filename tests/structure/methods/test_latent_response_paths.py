"""Paths on tetrachoric correlations, against lavaan 0.7-2 (tests/reference/latent_response_paths)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import CoprodError
from coprod_measure.structure.methods.latent_response_paths import latent_response_paths

CASES = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def phases() -> pd.DataFrame:
    return pd.read_csv(CASES / "kinds_of_people" / "phases.csv")


def test_paths_and_errors_are_lavaans(phases: pd.DataFrame) -> None:
    known = json.loads((CASES / "latent_response_paths" / "values.json").read_text())

    def row(name: str) -> tuple[float, float]:
        return known[name][0]["est"], known[name][0]["se"]

    both = latent_response_paths(phases, ["phase2", "phase8"], ["phase1", "phase5"]).table()
    for k, name in enumerate(["s1", "s2", "t1", "t2"]):
        assert both.loc[k, ["est", "se"]].tolist() == pytest.approx(row(name), abs=1e-5)
    one = latent_response_paths(phases, ["phase2", "phase8"], ["phase1"])
    for k, name in enumerate(["a1", "a2"]):
        assert one.paths.loc[k, ["est", "se"]].tolist() == pytest.approx(row(name), abs=1e-5)
    assert one.n == 900


def test_the_true_path_is_found_behind_several_yes() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal(20_000)
    y = 0.4 * x + np.sqrt(0.84) * rng.standard_normal(20_000)
    data = pd.DataFrame({"x": np.digitize(x, [-0.5, 0.8]), "y": np.digitize(y, [0.2])})
    found = latent_response_paths(data, ["y"], ["x"]).paths.iloc[0]
    assert found["est"] == pytest.approx(0.4, abs=3 * found["se"])
    assert found["se"] < 0.01
    assert found["r2"] == pytest.approx(found["est"] ** 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"b": 1}, "b: all answers are the same"),
        ({"b": 0.5}, "whole"),
        ({"b": np.nan}, "0 rows have all of a, b"),
        ({"b": lambda d: d["a"]}, "a and b go together without exception"),
    ],
)
def test_what_has_no_path_is_named(change: dict[str, object], said: str) -> None:
    data = pd.DataFrame({"a": np.arange(200) % 2, "b": np.arange(200) // 2 % 2})
    with pytest.raises(CoprodError, match=said):
        latent_response_paths(data.assign(**change), ["b"], ["a"])  # type: ignore[arg-type]


def test_sides_must_be_apart() -> None:
    data = pd.DataFrame({"a": [0, 1] * 50, "b": [0, 1, 1, 0] * 25})
    with pytest.raises(CoprodError, match="not apart"):
        latent_response_paths(data, ["a"], ["a", "b"])
