"""Gaps: what was received against what was wanted, with a known surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Amount falls with the square of the gap between trust and skill; will rises with drive, not with trust."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    frame = found.frame.copy()
    means = {name: frame[[f"{name}_{k}" for k in (1, 2, 3)]].mean(axis=1) for name in ("trust", "skill")}
    noise = np.random.default_rng(3).normal(size=(900, 2))
    for k, item in enumerate(("amount_1", "amount_2")):
        frame[item] = 5 - 0.6 * (means["trust"] - means["skill"]) ** 2 + 0.5 * noise[:, k]
    return replace(found, frame=frame)


def test_verdicts(answers: Responses) -> None:
    claims = (
        a_claim("D1", "discrepancy", ("trust", "skill"), ("amount",), "unsigned"),
        a_claim("D2", "discrepancy", ("trust", "drive"), ("will",), "positive"),
        a_claim("D3", "discrepancy", ("trust", "drive"), ("will",), "unsigned"),
        a_claim("D4", "discrepancy", ("trust",), ("will",), "unsigned"),
        a_claim("D5", "discrepancy", ("unasked", "drive"), ("will",), "positive"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    tests = run_hypotheses(theory, answers, missing="listwise", draws=300)
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "D1": "supported", "D2": "supported", "D3": "not supported",
        "D4": "not testable here", "D5": "not testable here",
    }  # fmt: skip
    # z = 5 - .6 (x - y)²: a4 = -2.4, a3 = 0, and only the gap counts.
    values = tests.tables["D1"]["surface"].set_index("parameter")["estimate"]
    assert values["a4"] == pytest.approx(-2.4, abs=0.15)
    assert values["a3"] == pytest.approx(0.0, abs=0.1)
    assert tests.tables["D1"]["rivals"]["model"].iloc[0] in ("SQD", "SSQD", "RR", "SRR")
    # Trust and drive are factors with loadings of .8 and error .36: among factors the slopes are steeper.
    latent = tests.tables["D2"]["latent"].set_index("parameter")["estimate"]
    observed = tests.tables["D2"]["surface"].set_index("parameter")["estimate"]
    assert latent["b2"] > 1.1 * observed["b2"]
    assert latent["a3"] == pytest.approx(-0.6, abs=0.15)
    assert "latent" not in tests.tables["D1"]
    assert "among factors, a3 is" in table.loc["D2", "reason"]
    assert "unasked" in table.loc["D5", "reason"]
    assert tests.tables["D1"]["points"]["count"].sum() == 900


def test_a_direct_rating_of_the_gap_stands_beside(answers: Responses) -> None:
    claim = a_claim(
        "D", "discrepancy", ("trust", "drive"), ("will",), "positive", checked_by=("amount", "unasked")
    )
    theory = replace(answers.instrument.theory, hypotheses={"D": claim})
    tests = run_hypotheses(theory, answers, missing="listwise", draws=50)
    (told,) = (one.fields for one in tests.reasons["D"] if one.code == "asked_directly")
    frame = answers.frame
    means = [
        frame[[one for one in frame if one.startswith(f"{id_}_")]].mean(axis=1) for id_ in ("amount", "will")
    ]
    assert told["explained"] == pytest.approx(np.corrcoef(means)[0, 1] ** 2)
    assert told["rating"] == "amount"
