"""Simple slopes, Johnson-Neyman regions and moderated mediation against R, and moderators that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import coprod_measure as cm

CASE = Path(__file__).parents[2] / "reference" / "contrasts"
R = json.loads((CASE / "values.json").read_text())
ATTITUDE = pd.read_csv(CASE.parent / "data" / "attitude.csv")
MEDIATED = pd.read_csv(CASE.parent / "data" / "modmed_sim.csv")


@pytest.mark.parametrize("errors", ["classical", "robust"])
def test_simple_slopes(errors: str) -> None:
    found = cm.moderation(ATTITUDE, "rating", "complaints", "learning", controls=["raises"], errors=errors)
    peer = pd.DataFrame(R[f"{errors}_slopes"])
    for ours, theirs in {
        "moderator": "learning",
        "slope": "complaints.trend",
        "se": "SE",
        "ci_lower": "lower.CL",
        "ci_upper": "upper.CL",
    }.items():
        assert found.table()[ours].to_list() == pytest.approx(peer[theirs].to_list())
    assert found.df == 25


def test_at_the_borders_of_a_region_the_slope_is_just_significant() -> None:
    rng = np.random.default_rng(4)
    people = pd.DataFrame(rng.normal(size=(300, 2)), columns=["x", "w"])
    people["y"] = 0.1 * people["x"] + 0.4 * people["x"] * people["w"] + rng.normal(size=300)
    found = cm.moderation(people, "y", "x", "w")
    (low, first), (second, high) = found.regions
    assert (low, high) == found.bounds
    critical = t.ppf(0.975, found.df)
    assert found.table([first, second])["t"].abs().to_list() == pytest.approx([critical, critical])
    inside = found.table([low, (low + first) / 2, (second + high) / 2, high])
    assert (inside["pvalue"] < 0.05).all()
    assert found.table([(first + second) / 2])["pvalue"].iloc[0] > 0.05
    assert found.share == pytest.approx(np.mean((people["w"] <= first) | (people["w"] >= second)))


def test_two_groups_have_two_slopes_and_no_region() -> None:
    people = MEDIATED.assign(group=MEDIATED["W"] > 0)
    found = cm.moderation(people.astype(float), "attr", "cop", "group")
    assert found.values == (0.0, 1.0)
    assert found.regions == ()
    within = people[people["group"]].groupby("cop")["attr"].mean()
    assert found.table()["slope"].iloc[1] == pytest.approx(within[1] - within[0])


ROLES = {"outcome": "sat", "predictor": "cop", "mediator": "attr", "moderator": "W"}


def test_index_of_moderated_mediation() -> None:
    found = cm.moderated_mediation(MEDIATED, **ROLES, bootstrap=4000, seed=2)
    assert [found.index, *found.indirect] == pytest.approx(R["first"])
    row = found.table().iloc[0]
    assert [row["ci_lower"], row["ci_upper"]] == pytest.approx(R["first_ci"], abs=0.008)
    assert row["se"] == pytest.approx(R["first_se"], rel=0.06)
    second = cm.moderated_mediation(MEDIATED, **ROLES, stage="second", bootstrap=0)
    assert second.index == pytest.approx(R["second"])
    assert second.table()["ci_lower"].isna().all()


def test_variables_of_a_moderated_mediation_are_named() -> None:
    said = "1 of its arguments are taken by place.*outcome=..., predictor=..., mediator=..., moderator=...$"
    with pytest.raises(cm.CoprodError, match=said):
        cm.moderated_mediation(MEDIATED, "cop", "attr", "sat", "W")


def test_moderators_that_cannot_be_used_are_named() -> None:
    data = MEDIATED.assign(one=1.0, twice=2 * MEDIATED["cop"])
    with pytest.raises(cm.CoprodError, match="one did not vary"):
        cm.moderation(data, "attr", "cop", "one")
    with pytest.raises(cm.CoprodError, match="cop, twice, cop x twice are collinear|are collinear"):
        cm.moderation(data, "attr", "cop", "twice")
    with pytest.raises(cm.CoprodError, match="not known"):
        cm.moderated_mediation(data, **ROLES, stage="third")
