"""What those say who decided to take part, where the same hidden thing moves decision and outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from structure.by_hand import answers_of


@pytest.fixture(scope="module")
def answers() -> Responses:
    """Taking part adds .5 to effectiveness; who judges it better than the net judgement says engages more."""
    rng, n = np.random.default_rng(12), 4000
    instrument = read_instrument("etgar2007")
    phases = [item for item in instrument.items if item.startswith("phase_") and item.endswith("_1")]
    propensity, net, hidden = rng.standard_normal((3, n))
    frame = pd.DataFrame({one: (propensity + rng.standard_normal(n) > 0).astype(float) for one in phases})
    taking = frame.mean(axis=1).to_numpy()
    engaged = 0.8 * (taking - 0.5) / taking.std() + net + hidden > 0.0
    outcome = 0.5 * (taking - 0.5) / taking.std() + 0.8 * hidden + 0.5 * rng.standard_normal(n)
    for k in (1, 2, 3):
        frame[f"cb_net_judgement_{k}"] = np.clip(np.round(4 + net + 0.3 * rng.standard_normal(n)), 1, 7)
        own = np.clip(np.round(4 + outcome + 0.3 * rng.standard_normal(n)), 1, 7)
        frame[f"eva_effectiveness_{k}"] = np.where(engaged, own, np.nan)
    frame["decision_engage_1"] = engaged.astype(float)
    about = pd.DataFrame({"respondent": [f"r{k}" for k in range(n)]})
    return answers_of(instrument, frame, about)


def test_the_decision_modelled_gives_what_taking_part_does(answers: Responses) -> None:
    tests = judge(answers.instrument.theory, answers, ["H1f"], missing="listwise", draws=300)
    table = tests.tables["H1f"]["selection"].set_index("method")
    spread = answers.frame.filter(like="phase_").mean(axis=1).std()
    truth = 0.5 / spread
    assert table.loc["ml", "estimate"] == pytest.approx(truth, rel=0.12)
    assert table.loc["naive", "estimate"] < 0.8 * truth
    assert table.loc["ml", "rho_pvalue"] < 0.001
    assert table.loc["ml", "selected"] == int(answers.frame["decision_engage_1"].sum())
    assert "selection_checked" in [one.code for one in tests.reasons["H1f"]]
    shown = PAGES["paths"].blocks(tests, Labels(answers.instrument))
    assert any(getattr(block, "id", "") == "selection-H1f" for block in shown)


def test_claims_about_everybody_need_no_check(answers: Responses) -> None:
    tests = judge(answers.instrument.theory, answers, ["H1e"], missing="listwise", draws=300)
    assert "selection" not in tests.tables.get("H1e", {})
