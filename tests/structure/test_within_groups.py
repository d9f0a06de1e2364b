"""Claims that are about some groups of people alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.model_data import data_of_model
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers
from structure.sorted_answers import judged, with_design

DIGITAL = {"pro_category": ("blog", "video", "software")}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Trust drives in blogs and videos, and lowers drive in boats; 30 people bought a tent."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    category = pd.Series(["A blog", "A video", "A boat"] * 300, index=found.frame.index)
    category.iloc[:30] = "A tent"
    turned = found.frame.copy()
    turned.loc[category == "A boat", ["drive_1", "drive_2", "drive_3"]] = (
        6 - turned.loc[category == "A boat", ["drive_1", "drive_2", "drive_3"]]
    )
    return replace(found, frame=turned, shown=turned, about=found.about.assign(category=category))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return judged(
        answers,
        a_claim("W1", "direct", ("trust",), ("drive",), "positive", within=DIGITAL),
        a_claim("W2", "direct", ("trust",), ("drive",), "positive", within={"pro_category": ("boat",)}),
        a_claim("W3", "direct", ("trust",), ("drive",), "positive"),
        a_claim("W4", "direct", ("trust",), ("drive",), "positive", within={"country": ("land",)}),
        a_claim("W5", "direct", ("trust",), ("drive",), "positive", within={"pro_category": ("gold",)}),
        a_claim("W6", "direct", ("trust",), ("drive",), "positive", within={"pro_category": ("tent",)}),
        a_claim("W7", "direct", ("trust",), ("joined",), "positive", within=DIGITAL),
        a_claim("W8", "incremental", ("trust",), ("drive",), "positive", versus=("skill",), within=DIGITAL),
    )


def reason(tests: HypothesisTests, id_: str) -> str:
    return str(tests.table().set_index("id").loc[id_, "reason"])


def test_the_verdict_rests_on_the_groups(tests: HypothesisTests) -> None:
    verdicts = tests.verdicts.set_index("id")["verdict"].to_dict()
    assert verdicts["W1"] == "supported"
    assert verdicts["W2"] == "contradicted"
    n = tests.claims.set_index("hypothesis")["n"]
    assert (n["W1"], n["W2"], n["W3"], n["W7"], n["W8"]) == (580, 290, 900, 580, 580)
    assert "among the 580 people of pro_category A blog, A video" in reason(tests, "W1")


def test_it_is_what_the_same_people_alone_give(tests: HypothesisTests, answers: Responses) -> None:
    digital = answers.about["category"].isin(["A blog", "A video"])
    alone = answers.keep(answers.frame.index[digital])
    claims = (
        a_claim("W1", "direct", ("trust",), ("drive",), "positive"),
        a_claim("W7", "direct", ("trust",), ("joined",), "positive"),
    )
    again = judged(alone, *claims).verdicts.set_index("id")
    same = ["estimate", "std", "pvalue"]
    for id_ in ("W1", "W7"):
        found = tests.verdicts.set_index("id").loc[id_, same].astype(float)
        np.testing.assert_allclose(found, again.loc[id_, same].astype(float), rtol=1e-8)


def test_what_cannot_be_told_apart_is_of_everybody_and_says_so(tests: HypothesisTests) -> None:
    verdicts = tests.verdicts.set_index("id")
    for id_, words in (("W4", "nothing says who is in which"), ("W5", "none is called so")):
        assert words in reason(tests, id_)
        assert verdicts.loc[id_, "std"] == pytest.approx(verdicts.loc["W3", "std"])


def test_a_word_is_a_whole_name_where_a_group_has_it(answers: Responses) -> None:
    """Men, and not the women in whose name the word stands too; what looks misspelt is told."""
    category = np.where(np.arange(900) % 3 < 2, "Female", "Male")
    sorted_ = replace(answers, about=answers.about.assign(category=category))
    only = {"pro_category": ("male", "femal_", "divers")}
    found = judged(sorted_, a_claim("W1", "direct", ("trust",), ("drive",), "positive", within=only))
    assert "among the 300 people of pro_category Male" in reason(found, "W1")
    assert "no group of pro_category is called femal_" in reason(found, "W1")


def test_too_few_are_not_judged(tests: HypothesisTests) -> None:
    assert tests.verdicts.set_index("id").loc["W6", "verdict"] == "not testable here"
    assert (
        reason(tests, "W6")
        == "it is about pro_category A tent, of which 30 people answered. Collect 50 or more"
    )


def test_models_and_paths_say_whose_they_are(tests: HypothesisTests, answers: Responses) -> None:
    by_claim = {one.hypotheses: (number, one) for number, one in enumerate(tests.models, start=1)}
    number, model = by_claim["W1",]
    assert model.who == "pro_category: A blog, A video"
    own = tests.paths[tests.paths["model"] == number]
    assert set(own["respondents"]) == {model.who}
    assert own["n"].tolist() == [580]
    assert sorted(set(tests.paths["model"])) == list(range(len(tests.models) + 1))  # 0: the decision
    data = data_of_model(model, with_design(answers.instrument.theory), answers, {})
    assert len(data) == 580
    shown = PAGES["paths"].blocks(tests, Labels(answers.instrument))
    together = next(one for one in shown if one.id == "estimated-together")
    assert [row.values for row in together.rows if "A blog" in str(row.values[0])] == [
        ("Structural model of respondents with pro_category: A blog, A video", 580, "W1"),
        ("Logistic regression of Joined of respondents with pro_category: A blog, A video", 580, "W7"),
    ]


def test_rows_of_one_person_stay_one_person(answers: Responses) -> None:
    """Each person answers about a boat and a blog: within blogs every person has a row."""
    half = answers.about.assign(
        respondent=[f"r{k // 2}" for k in range(900)], category=["A boat", "A blog"] * 450
    )
    both = replace(answers, about=half)
    found = judged(both, a_claim("W1", "direct", ("trust",), ("drive",), "positive", within=DIGITAL))
    assert "among the 450 people" in reason(found, "W1")
    assert found.models[0].sampling == ()


def test_controls_are_left_out_beside_them(answers: Responses) -> None:
    """One kind runs once for each population, whether it takes controls or not."""
    age = np.random.default_rng(3).normal(40, 9, 900)
    found = judged(
        replace(answers, about=answers.about.assign(age=age)),
        a_claim("W1", "direct", ("trust",), ("drive",), "positive", within=DIGITAL),
        a_claim("W3", "direct", ("trust",), ("drive",), "positive"),
        a_claim("W9", "necessity", ("trust",), ("will",), within=DIGITAL),
        controls=["age"],
    )
    assert found.without_controls is not None
    both = [one.verdicts.set_index("id") for one in (found, found.without_controls)]
    assert both[0].index.tolist() == both[1].index.tolist() == ["W1", "W3", "W9"]
    assert not both[0].loc[["W1", "W3"], "std"].isna().any()
    assert (both[0]["std"] - both[1]["std"]).loc[["W1", "W3"]].abs().min() > 0
    assert both[0].loc["W9", "verdict"] == both[1].loc["W9", "verdict"] != "not testable here"
