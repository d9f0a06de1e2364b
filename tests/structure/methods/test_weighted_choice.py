"""Choices with sampling weights and clusters against R, and weights that are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError

CASE = Path(__file__).parents[2] / "reference" / "choice_weights"
R = json.loads((CASE / "values.json").read_text())
_I = np.arange(1, 801)
DECISION = pd.read_csv(CASE.parent / "data" / "decision_sim.csv").assign(
    w=1 + (_I * 37 % 11) / 5, g=(_I - 1) // 8, older=lambda d: (d["age"] > 45).astype(int)
)
CAUSES = ["benefit", "cost", "older"]


@pytest.mark.parametrize(
    ("model", "design", "cluster", "tolerance"),
    [
        ("logit", "rows", None, 1e-6),
        ("logit", "clusters", "g", 1e-6),
        ("probit", "rows", None, 1e-6),
    ],
)
def test_slopes_and_effects_on_shares(model: str, design: str, cluster: str | None, tolerance: float) -> None:
    peer = R[model][design]
    found = cm.choice(DECISION, "engage", CAUSES, model=model, weights="w", cluster=cluster)
    table, effects = found.table(), found.effects()
    assert table["estimate"].to_list() == pytest.approx(peer["est"], abs=1e-6)
    assert table["se"].to_list() == pytest.approx(peer["se"], abs=tolerance)
    assert effects["effect"].to_list() == pytest.approx(peer["ame"], abs=1e-6)
    assert effects["se"].to_list() == pytest.approx(peer["ame_se"], abs=tolerance)


def test_one_of_three_ways() -> None:
    strategy = pd.read_csv(CASE.parent / "data" / "strategy_sim.csv")
    strategy["w"] = 1 + (np.arange(1, len(strategy) + 1) * 29 % 13) / 4
    found = cm.choice(
        strategy, "choice", ["mismatch", "monitoring"], "multinomial", base="information", weights="w"
    )
    table, effects = found.table(), found.effects()
    assert table["estimate"].to_list() == pytest.approx(np.ravel(R["multinomial"]["est"]), abs=2e-5)
    assert table["se"].to_list() == pytest.approx(np.ravel(R["multinomial"]["se"]), rel=1e-4)
    own = effects.pivot(index="term", columns="option", values="effect")[R["multinomial"]["options"]]
    assert own.to_numpy() == pytest.approx(np.array(R["multinomial"]["ame"]), abs=1e-5)
    errors = effects.pivot(index="term", columns="option", values="se")[R["multinomial"]["options"]]
    assert errors.to_numpy() == pytest.approx(np.array(R["multinomial"]["ame_se"]), rel=1e-4)


def test_weights_of_one_are_none_and_their_unit_does_not_matter() -> None:
    plain = cm.choice(DECISION, "engage", CAUSES, errors="robust")
    for weight in (1.0, 250.0):
        found = cm.choice(DECISION.assign(w=weight), "engage", CAUSES, weights="w")
        pd.testing.assert_frame_equal(found.table(), plain.table(), rtol=1e-8)
        pd.testing.assert_frame_equal(found.effects(), plain.effects(), rtol=1e-8)


def test_weights_stand_for_people_who_answered_alike() -> None:
    few = DECISION.head(200).assign(w=np.tile([1.0, 3.0], 100))
    often = few.loc[few.index.repeat(few["w"].astype(int))]
    for model in ("two_part", "continuation"):
        outcome = {"two_part": few["engage"] * np.exp(few["trust"]), "continuation": few["age"] // 25}[model]
        found = cm.choice(few.assign(y=outcome), "y", ["benefit", "cost"], model, weights="w")
        peer = cm.choice(often.assign(y=outcome), "y", ["benefit", "cost"], model)
        assert found.table()["estimate"].to_numpy() == pytest.approx(peer.table()["estimate"], rel=1e-4)


def test_unreliability_is_taken_off_with_weights_too() -> None:
    found = cm.choice(DECISION, "engage", CAUSES, weights="w").mended({"benefit": 0.8}, draws=20).table()
    own = found.set_index("term").loc["benefit"]
    assert own["estimate"] > own["naive"]
    assert own["se"] > own["naive_se"]


def test_what_weights_do_not_have() -> None:
    found = cm.choice(DECISION, "engage", CAUSES, weights="w")
    assert found.tests()["lr"].isna().all()
    with pytest.raises(EstimationError, match="no likelihood to compare"):
        found.fit()
    for wrong in (0.0, -1.0):
        with pytest.raises(DataError, match="'w' holds no weights"):
            cm.choice(DECISION.assign(w=wrong), "engage", CAUSES, weights="w")
