"""Adjusted contrasts as R's emmeans, sandwich and clubSandwich give them, and what no covariate can mend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.ancova import Ancova, ancova
from coprod_measure.structure.methods.contrasts import contrasts

CASE = Path(__file__).parents[2] / "reference" / "ancova"
STORED = json.loads((CASE / "values.json").read_text(encoding="utf-8"))
COLUMNS = ["estimate", "se", "df", "pvalue", "ci_lower", "ci_upper"]
R_COLUMNS = ["est", "se", "df", "p", "lower", "upper"]


@pytest.fixture(scope="module")
def found() -> Ancova:
    """Twelve unequal cells, of which those who took part differ more."""
    frame = pd.read_csv(CASE / "arms.csv")
    cells = [(c, o, f) for c in (0, 1) for o in ("as", "better", "worse") for f in (0, 1)]
    side = {"better": 1, "worse": -1, "as": 0}
    plan: dict[str, dict[object, float]] = {
        "part": {cell: (1 if cell[0] else -1) / 6 for cell in cells},
        "worse": {cell: (1 if cell[0] else -1) / 2 for cell in cells if cell[1] == "worse"},
        "bend": {cell: (1 if cell[0] else -1) * side[cell[1]] / 2 for cell in cells},
    }
    return ancova(frame, "sat", ["cop", "outcome", "choice"], ["age", "skill"], planned=plan)


def test_contrasts_and_means_are_those_of_r(found: Ancova) -> None:
    stored = pd.DataFrame(STORED["table"])[R_COLUMNS].to_numpy()
    table = found.table()
    assert table[COLUMNS].to_numpy() == pytest.approx(stored, rel=1e-8)
    assert table["se"].to_numpy() == pytest.approx(np.array(STORED["hc2"]), rel=1e-8)
    assert found.cells()["adjusted"].to_numpy() == pytest.approx(np.array(STORED["adjusted"]), rel=1e-10)
    own = found.table(own_slopes=True)[COLUMNS].to_numpy()
    assert own == pytest.approx(pd.DataFrame(STORED["own_slopes"])[R_COLUMNS].to_numpy(), rel=1e-8)
    assert (table["d"] * found.unadjusted.spread()[0]).to_numpy() == pytest.approx(table["estimate"])


def test_slopes_and_sums_of_squares_are_those_of_r(found: Ancova) -> None:
    slopes = found.slopes().set_index("covariate")
    stored = pd.DataFrame(STORED["slopes"])[["beta", "SE", "df_Satt", "p_Satt"]].to_numpy()
    own = slopes.loc[["age", "skill"], ["slope", "se", "df", "pvalue"]].to_numpy()
    assert own == pytest.approx(stored, rel=1e-7)
    for name, values in STORED["homogeneity"].items():
        row = slopes.loc[name, ["slopes_f", "slopes_df1", "slopes_df2", "slopes_pvalue"]].astype(float)
        assert row.to_numpy() == pytest.approx(np.array(values), rel=1e-7)
    three = pd.DataFrame(STORED["type3"]).to_numpy()
    effects = found.anova().set_index("effect")
    order = ["cop", "outcome", "choice", "cop x outcome", "cop x choice", "outcome x choice"]
    order.append("cop x outcome x choice")
    assert effects.loc[order, ["ss", "f", "pvalue"]].to_numpy() == pytest.approx(three, rel=1e-7)


def test_within_persons_answers_of_one_may_correlate() -> None:
    frame = pd.read_csv(CASE / "within.csv")
    plan: dict[str, dict[object, float]] = {
        "gap": {("no", "complaints"): 0.5, ("yes", "complaints"): 0.5, ("no", "learning"): -0.5,
                ("yes", "learning"): -0.5},
        "bend": {("no", "complaints"): -1, ("yes", "complaints"): 1, ("no", "learning"): 1,
                 ("yes", "learning"): -1},
    }  # fmt: skip
    found = ancova(frame, "y", ["high"], ["rating", "load"], ["kind"], planned=plan, person="person")
    slopes = found.slopes().set_index("covariate")
    for name, values in STORED["within_homogeneity"].items():
        row = slopes.loc[name, ["slopes_f", "slopes_df1", "slopes_df2", "slopes_pvalue"]].astype(float)
        assert row.to_numpy() == pytest.approx(np.array(values), rel=1e-7)
    stored = pd.DataFrame(STORED["within"])[R_COLUMNS].to_numpy()
    assert found.table()[COLUMNS].to_numpy() == pytest.approx(stored, rel=1e-7)
    assert found.slopes()["arms_pvalue"].isna().all()
    with pytest.raises(DataError, match="compares persons"):
        found.anova()


def test_a_covariate_of_no_use_leaves_welchs_error_and_a_good_one_shrinks_it() -> None:
    rng = np.random.default_rng(2)
    arm = np.repeat([0, 1], [40, 90])
    good, useless = rng.standard_normal((2, 130))
    frame = pd.DataFrame({"arm": arm, "good": good, "useless": useless})
    frame["y"] = 0.5 * arm + 2 * good + (1 + arm) * rng.standard_normal(130)
    # Not correlated with arm or outcome in the sample itself.
    X = np.column_stack([np.eye(2)[arm], frame["y"]])
    frame["useless"] -= X @ np.linalg.lstsq(X, useless, rcond=None)[0]
    plan: dict[str, dict[object, float]] = {"gap": {1: 1, 0: -1}}
    welch = contrasts(frame, "y", ["arm"], planned=plan).table().iloc[0]
    same, sharper = (
        ancova(frame, "y", ["arm"], [name], planned=plan).table().iloc[0] for name in ("useless", "good")
    )
    assert same["estimate"] == pytest.approx(welch["estimate"])
    assert same["se"] == pytest.approx(welch["se"], rel=0.01)
    assert sharper["se"] < 0.8 * welch["se"]


def test_what_no_covariate_can_mend_is_named() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"arm": np.repeat([0, 1], 20), "x": rng.standard_normal(40), "same": 1.0})
    frame["y"], frame["twin"], frame["of_arm"] = rng.standard_normal(40), 3 - frame["x"], frame["arm"] * 2
    for covariates, told in (
        (["same"], "same is told"),
        (["x", "twin"], "twin is told"),
        (["of_arm", "x"], "of_arm is told"),
        ([], "no covariates are named"),
        (["y"], "y is told by what it explains"),
    ):
        with pytest.raises(DataError, match=told):
            ancova(frame, "y", ["arm"], covariates)
    with pytest.raises(DataError, match="one group only"):
        ancova(frame[:20], "y", ["arm"], ["x"])
    with pytest.raises(DataError, match="holds one person"):
        ancova(frame[:21], "y", ["arm"], ["x"])
    half = frame.assign(x=frame["x"].where(frame.index % 2 == 0))
    assert ancova(half, "y", ["arm"], ["x"]).dropped == 20


def test_few_people_of_unequal_spread_reject_as_often_as_they_say() -> None:
    """200 samples of 12 and 24 people, of whom the fewer differ three times as much."""
    rng = np.random.default_rng(7)
    arm, false = np.repeat([0, 1], [12, 24]), [0, 0]
    plan: dict[str, dict[object, float]] = {"gap": {1: 1, 0: -1}}
    for _ in range(200):
        x = rng.standard_normal(36)
        frame = pd.DataFrame({"arm": arm, "x": x, "y": x + (3 - 2 * arm) * rng.standard_normal(36)})
        found = ancova(frame, "y", ["arm"], ["x"], planned=plan)
        false[0] += found.table()["pvalue"].iloc[0] < 0.05
        false[1] += found.slopes()["slopes_pvalue"].iloc[0] < 0.05
    assert false[0] / 200 < 0.085
    assert false[1] / 200 < 0.085
