"""Rankings of causes whose weights are known, latent and of a yes/no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> HypothesisTests:
    """Drive explains .36 of will; trust acts through drive alone; skill does nothing."""
    answers: Responses = small_answers(tmp_path_factory.mktemp("small"))
    level, will = "relative_importance", ("will",)
    claims = (
        a_claim("R1", level, ("drive", "trust", "skill"), will, "positive", tested_by=("first_rank",)),
        a_claim("R2", level, ("trust", "drive", "skill"), will, "positive", tested_by=("first_rank",)),
        a_claim("R3", level, ("drive", "skill"), will, "positive"),
        a_claim("R4", level, ("skill", "drive"), ("joined",), "unsigned"),
        a_claim("R5", level, ("drive", "unasked"), will, "positive"),
        a_claim("R6", level, ("grounds", "drive"), will, "unsigned"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    return run_hypotheses(theory, answers, missing="listwise", draws=500)


def test_verdicts(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "R1": "supported",
        "R2": "contradicted",
        "R3": "not supported",
        "R4": "supported",
        "R5": "not testable here",
        "R6": "supported",
    }
    assert "only one of its causes" in table.loc["R5", "reason"]
    assert "drive ranks first of 3 for will" in table.loc["R1", "reason"]


def test_values_add_up_to_the_explained_share(tests: HypothesisTests) -> None:
    shown = tests.tables["R1"]["importance"]
    assert shown["general"].sum() == pytest.approx(shown["total"].iloc[0])
    assert shown.set_index("predictor").loc["drive", "general"] == pytest.approx(0.36 - 0.045, abs=0.08)
    assert (shown["ci_lower"] < shown["general"]).all()
    assert tests.tables["R4"]["importance"]["measure"].iloc[0] == "mcfadden"


def test_a_structure_enters_as_one_set(tests: HypothesisTests) -> None:
    assert set(tests.tables["R6"]["importance"]["predictor"]) == {"grounds", "drive"}
