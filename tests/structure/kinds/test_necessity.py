"""Necessity of conditions, of which one is needed by construction and one is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import coprod_measure as cm
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Will is cut so that nobody wills more than trust plus one point allows; skill has no such bound."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    frame = found.frame.copy()
    bound = frame[["trust_1", "trust_2", "trust_3"]].mean(axis=1) + 1
    for item in ("will_1", "will_2", "will_3"):
        frame[item] = np.minimum(frame[item], np.floor(bound))
    return replace(found, frame=frame)


def test_verdicts_and_what_is_needed(answers: Responses) -> None:
    claims = (
        a_claim("N1", "necessity", ("trust",), ("will",), "positive"),
        a_claim("N2", "necessity", ("skill",), ("will",), "positive"),
        a_claim("N3", "necessity", ("trust", "skill"), ("will",), "positive"),
        a_claim("N4", "necessity", ("unasked",), ("will",), "positive"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    tests = run_hypotheses(
        theory, answers, missing="listwise", draws=200, kinds={"necessity": {"permutations": 500}}
    )
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "N1": "supported", "N2": "not supported", "N3": "not supported", "N4": "not testable here"
    }  # fmt: skip
    assert table.loc["N1", "estimate"] > 0.1
    needs = tests.tables["N1"]["bottleneck"].set_index("level")["trust"]
    assert needs[100.0] > 50
    assert np.isneginf(needs[0.0])
    points = tests.tables["N1"]["points"]
    assert points["count"].sum() == 900


def test_beside_a_direct_claim_on_request(answers: Responses) -> None:
    """It does not touch the verdict on the claim; the report shows its page."""
    claims = (
        a_claim("D1", "direct", ("trust",), ("will",), "positive"),
        a_claim("D2", "direct", ("skill",), ("will",), "positive"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    how = {"missing": "listwise", "draws": 200}
    alone = run_hypotheses(theory, answers, **how)
    asked = {"permutations": 200, "beside": ("D1",)}
    tests = run_hypotheses(theory, answers, **how, kinds={"necessity": asked})
    assert tests.verdicts.equals(alone.verdicts)
    assert "ceilings" in tests.tables["D1"]
    assert "ceilings" not in tests.tables.get("D2", {})
    (told,) = (one for one in tests.reasons["D1"] if one.code == "necessity_beside")
    assert float(told.fields["d"]) > 0.1
    blocks = about_hypotheses(tests, Labels(answers.instrument)).blocks
    assert {"ceilings-D1", "factor-ceilings-D1"} <= {getattr(block, "id", "") for block in blocks}


def test_on_factor_scores_as_well(answers: Responses) -> None:
    """A single factor of three equally good items orders people as their mean does."""
    claim = a_claim("N1", "necessity", ("trust",), ("will",), "positive")
    theory = replace(answers.instrument.theory, hypotheses={"N1": claim})
    tests = run_hypotheses(theory, answers, missing="listwise", kinds={"necessity": {"permutations": 200}})
    means, factors = (
        tests.tables["N1"][name].set_index("ceiling") for name in ("ceilings", "factor_ceilings")
    )
    assert factors.loc["cr_fdh", "effect"] == pytest.approx(means.loc["cr_fdh", "effect"], abs=0.1)
    assert factors.loc["ce_fdh", "pvalue"] < 0.05


def test_outliers_the_whole_scale_and_a_regression_beside(answers: Responses) -> None:
    """d without each person is that of the others; with the whole scale as scope its area is 4 by 4."""
    claims = (a_claim("N1", "necessity", ("trust", "skill"), ("will",), "positive"),)
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    how = {"missing": "listwise", "draws": 200}
    few = {"permutations": 50}
    answers = answers.keep(answers.frame.index[:120])
    seen = run_hypotheses(theory, answers, **how, kinds={"necessity": few}).tables["N1"]
    whole = run_hypotheses(theory, answers, **how, kinds={"necessity": {**few, "scope": "scale"}}).tables[
        "N1"
    ]
    assert set(whole["ceilings"]["scope"]) == {16.0}
    assert whole["ceilings"]["stated"].all()
    assert not seen["ceilings"]["stated"].any()
    means = answers.frame.filter(regex="^trust|^will").T.groupby(lambda name: name[:-2]).mean().T
    outlier = seen["ceiling_outliers"].query("condition == 'trust'").iloc[0]
    place = ((means["trust"] - outlier["x"]).abs() + (means["will"] - outlier["y"]).abs()).idxmin()
    for table, rows in (("effect", means), ("effect_without", means.drop(place))):
        alone = cm.necessity(rows, "will", ["trust"], permutations=0).table().iloc[0]
        assert outlier[table] == pytest.approx(alone["effect"])
    slopes = seen["necessity_regression"].set_index("condition")
    direct = run_hypotheses(
        replace(theory, hypotheses={"D": a_claim("D", "direct", ("trust", "skill"), ("will",), "positive")}),
        answers, **how,
    ).claims  # fmt: skip
    assert slopes["std"].tolist() == pytest.approx(direct["std"].tolist(), abs=1e-6)


def test_a_composite_of_no_scale_keeps_the_observed_range(answers: Responses) -> None:
    claim = a_claim("N1", "necessity", ("grounds",), ("will",), "positive")
    theory = replace(answers.instrument.theory, hypotheses={"N1": claim})
    kinds = {"necessity": {"permutations": 50, "scope": "scale"}}
    tests = run_hypotheses(theory, answers, missing="listwise", draws=200, kinds=kinds)
    assert not tests.tables["N1"]["ceilings"]["stated"].any()
    assert "grounds is no mean of answers on a scale" in tests.table()["reason"].iloc[0]
