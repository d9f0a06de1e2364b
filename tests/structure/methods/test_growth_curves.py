"""Shapes of change against lavaan, and shapes that are known."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError

REFERENCE = Path(__file__).parents[2] / "reference"
T = {"t": ["t1", "t2", "t3", "t4"]}


def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / "growth.csv")


@pytest.mark.parametrize(
    ("shape", "case", "names"),
    [
        ("linear", "lavaan_ml_growth", {"i": "level", "s": "slope"}),
        ("quadratic", "growth_quadratic", {"i": "level", "s": "slope", "q": "bend"}),
        ("dual", "lavaan_exact_dual_change", {"l1": "level", "s": "change", "d2": "step_2"}),
    ],
)
def test_a_shape_is_that_of_lavaan(shape: str, case: str, names: dict[str, str]) -> None:
    found = cm.growth_curves(data(), T, shapes=[shape])
    measures = pd.read_csv(REFERENCE / case / "fit_measures.csv").set_index("name")["value"]
    ours = found.fit_table().iloc[0]
    for name in ("chisq", "df", "aic", "bic", "rmsea", "cfi"):
        assert ours[name] == pytest.approx(measures[name], abs=1e-4), name
    table = found.table(shape).set_index("parameter")
    stored = pd.read_csv(REFERENCE / case / "parameters.csv").fillna({"rhs": ""})
    compared = 0
    for row in stored.itertuples():
        if row.lhs in names and row.op != "=~" and row.se > 0 and row.rhs in {*names, ""}:
            own = table.loc[f"{names[row.lhs]} {row.op} {names.get(row.rhs, '')}".strip()]
            assert (own["est"], own["se"]) == (
                pytest.approx(row.est, abs=1e-5),
                pytest.approx(row.se, abs=1e-4),
            )
            compared += 1
    assert compared >= 5


def test_covariates_of_persons_and_of_waves_are_those_of_lavaan() -> None:
    wide: dict[str, Any] = T | {"c": ["c1", "c2", "c3", "c4"]}
    found = cm.growth_curves(data(), wide, covariates=["x1", "x2"], shapes=["linear"])
    measures = pd.read_csv(REFERENCE / "lavaan_ml_growth_covariates" / "fit_measures.csv").set_index("name")[
        "value"
    ]
    stored = pd.read_csv(REFERENCE / "lavaan_ml_growth_covariates" / "parameters.csv").set_index(
        ["lhs", "op", "rhs"]
    )
    table = found.table().set_index("parameter")
    assert found.fit_table()["chisq"].iloc[0] == pytest.approx(measures["chisq"], abs=1e-4)
    for (ours, theirs), x in product((("level", "i"), ("slope", "s")), ("x1", "x2")):
        own, peer = table.loc[f"{ours} ~ {x}"], stored.loc[(theirs, "~", x)]
        assert (own["est"], own["se"]) == (
            pytest.approx(peer["est"], abs=1e-5),
            pytest.approx(peer["se"], abs=1e-4),
        )


def curve(values: list[float], n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    level, slope = rng.normal(0, 1, (n, 1)), rng.normal(1, 0.5, (n, 1))
    return pd.DataFrame(
        level + slope * np.array(values) + rng.normal(0, 0.5, (n, len(values))), columns=T["t"][: len(values)]
    )


def test_the_shape_that_made_the_data_is_chosen() -> None:
    assert cm.growth_curves(curve([0, 1, 2, 3]), T, shapes=["none", "linear", "basis"]).chosen == "linear"
    saturating = cm.growth_curves(curve([0, 2, 2.7, 3]), T, shapes=["none", "linear", "basis"])
    assert saturating.chosen == "basis"
    table = saturating.table().set_index("parameter")
    assert table.loc["slope =~ t_2", "ci_lower"] < 2 < table.loc["slope =~ t_2", "ci_upper"]


def test_those_who_left_count() -> None:
    frame = curve([0, 1, 2, 3])
    high = frame["t2"] > frame["t2"].median()
    frame.loc[high, ["t3", "t4"]] = np.nan
    slope = cm.growth_curves(frame, T, shapes=["linear"]).table().set_index("parameter").loc["slope ~1"]
    stayed = (
        cm.growth_curves(frame[~high], T, shapes=["linear"]).table().set_index("parameter").loc["slope ~1"]
    )
    assert slope["ci_lower"] < 1.0 < slope["ci_upper"]
    assert stayed["ci_upper"] < 1.0  # as the mean of those who stayed would have it


def test_bad_input_is_named() -> None:
    three = cm.growth_curves(data(), {"t": ["t1", "t2", "t3"]}, shapes=["linear", "basis"])
    assert str(three.unavailable["basis"]) == "not available: needs 4 waves; there are 3"
    uneven = cm.growth_curves(data(), T, times=[0, 1, 2, 6], shapes=["linear", "dual"])
    assert "equal intervals" in str(uneven.unavailable["dual"])
    with pytest.raises(DataError, match="cubic is not known"):
        cm.growth_curves(data(), T, shapes=["cubic"])
    with pytest.raises(DataError, match="no shape can be fitted .linear: needs 3 waves; there are 2"):
        cm.growth_curves(data(), {"t": ["t1", "t2"]}, shapes=["linear"])
    with pytest.raises(DataError, match="one rising number a wave"):
        cm.growth_curves(data(), T, times=[0, 2, 1, 3])


def test_covariates_may_have_the_names_of_factors() -> None:
    wide = curve([0.0, 1.0, 2.0, 3.0])
    told = np.random.default_rng(5).normal(size=(2, len(wide)))
    plain = cm.growth_curves(
        wide.assign(a=told[0], b=told[1]), {"y": list(wide)}, covariates=["a", "b"], shapes=["linear", "dual"]
    )
    named = cm.growth_curves(
        wide.assign(level=told[0], slope=told[1]),
        {"y": list(wide)},
        covariates=["level", "slope"],
        shapes=["linear", "dual"],
    )
    for shape in ("linear", "dual"):
        np.testing.assert_allclose(named.table(shape)["est"], plain.table(shape)["est"], atol=1e-6)
    assert "slope ~ level (covariate)" in set(named.table("linear")["parameter"])
    dual = cm.growth_curves(wide, {"step": list(wide)}, shapes=["dual"])
    np.testing.assert_allclose(
        dual.table()["est"],
        cm.growth_curves(wide, {"y": list(wide)}, shapes=["dual"]).table()["est"],
        atol=1e-6,
    )
