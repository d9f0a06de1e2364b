"""Groups that differ and groups that do not, by design and by an answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.report.document import Figure
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Partners go with will, three people have a partner of their own, eight another category."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    will = found.frame[["will_1", "will_2", "will_3"]].mean(axis=1)
    will += 2.0 * np.random.default_rng(1).standard_normal(900)
    partner = pd.Series(
        np.where(will > 3.5, "firm", np.where(will > 2.5, "public", "peers")), index=will.index
    )
    partner.iloc[:3] = "other"
    return replace(
        found,
        about=found.about.assign(
            partner=partner, country=["here", "there"] * 450, category=["a"] * 8 + ["b"] * 892
        ),
    )


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    level = "group_difference"
    claims = (
        a_claim("G1", level, ("partner_type",), ("will",), "unsigned"),
        a_claim("G2", level, ("partner_type",), ("skill",), "unsigned"),
        a_claim("G3", level, ("joined",), ("will",), "positive"),
        a_claim("G4", level, ("joined",), ("will",), "negative"),
        a_claim("G5", level, ("unasked",), ("will",), "unsigned"),
        a_claim("G6", level, ("trust",), ("drive",), "unsigned", moderators=("joined",)),
        a_claim("G7", level, ("trust",), ("drive",), "unsigned", moderators=("sides",)),
        a_claim("G8", level, ("trust",), ("drive",), moderators=("country",), no_difference=True),
        a_claim("G9", level, ("pro_category",), ("skill",), "unsigned"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    return run_hypotheses(theory, answers, missing="listwise", draws=100)


def test_verdicts(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "G1": "supported", "G2": "not supported", "G3": "supported", "G4": "contradicted",
        "G5": "not testable here", "G6": "not supported", "G7": "not testable here", "G8": "supported",
        "G9": "not supported",
    }  # fmt: skip
    assert "left out for fewer than 5 respondents: other" in table.loc["G1", "reason"]
    assert "nothing sorts the respondents by unasked" in table.loc["G5", "reason"]
    assert "sides" in table.loc["G7", "reason"]
    assert "must lie within 0.2" in table.loc["G8", "reason"]
    assert "latent means of skill are not compared" in table.loc["G9", "reason"]
    assert "latent means of will after" in table.loc["G3", "reason"]
    assert tests.tables["G3"]["latent_pairs"]["d"].iloc[0] > 0.8


def test_effects_are_those_of_the_answers(tests: HypothesisTests, answers: Responses) -> None:
    table = tests.table().set_index("id")
    will = answers.frame[["will_1", "will_2", "will_3"]].mean(axis=1)
    kept = answers.about["partner"] != "other"
    groups = will[kept].groupby(answers.about["partner"][kept])
    between = float((groups.size() * (groups.mean() - will[kept].mean()) ** 2).sum())
    total = float(((will[kept] - will[kept].mean()) ** 2).sum())
    assert table.loc["G1", "estimate"] == pytest.approx(between / total)
    yes = answers.frame["joined_1"] == 1
    first, second = will[~yes].to_numpy(), will[yes].to_numpy()
    above = np.mean((second[:, None] > first) + 0.5 * (second[:, None] == first))
    assert table.loc["G3", "estimate"] == pytest.approx(above)


def test_paths_that_differ_contradict_sameness(tests: HypothesisTests, answers: Responses) -> None:
    assert set(tests.tables["G8"]["path_estimates"]["group"]) == {"here", "there"}
    turned = answers.frame.copy()
    items = ["drive_1", "drive_2", "drive_3"]
    there = answers.about["country"] == "there"
    turned.loc[there, items] = 6 - turned.loc[there, items]
    claims = {
        id_: a_claim(
            id_, "group_difference", ("trust",), ("drive",), moderators=("country",), no_difference=same
        )
        for id_, same in (("S", True), ("D", False))
    }
    theory = replace(answers.instrument.theory, hypotheses=claims)
    found = run_hypotheses(theory, replace(answers, frame=turned), missing="listwise", draws=100)
    assert found.table().set_index("id")["verdict"].to_dict() == {"S": "contradicted", "D": "supported"}
    wide = run_hypotheses(
        theory, answers, missing="listwise", draws=100, kinds={"group_difference": {"same_within": 0.02}}
    )
    small = wide.table().set_index("id").loc["S"]
    assert small["verdict"] == "not supported"
    assert "intervals are too wide to show that all paths differ by less than 0.02" in small["reason"]
    titles = [block.id for block in PAGES["group_difference"].blocks(found, Labels(answers.instrument))]
    assert {"equal-paths-D", "paths-by-group-D", "path-pairs-D"} <= set(titles)


@pytest.mark.parametrize("method", ["sem", "sam"])
def test_paths_are_compared_where_nobody_answered_all_of_it(answers: Responses, method: str) -> None:
    """Planned gaps: each third lacks one of three; full information, in one step and in two."""
    frame = answers.frame.copy()
    for k, name in enumerate(("trust", "will", "skill")):
        frame.iloc[k::3, [frame.columns.get_loc(f"{name}_{one}") for one in (1, 2, 3)]] = np.nan
    causes = ("trust", "will", "skill")
    claim = a_claim("S", "group_difference", causes, ("drive",), moderators=("country",), no_difference=True)
    theory = replace(answers.instrument.theory, hypotheses={"S": claim})
    apart = replace(answers, frame=frame)
    found = run_hypotheses(theory, apart, missing="fiml", draws=100, method=method)
    assert found.table()["verdict"].iloc[0] != "not testable here", found.table()["reason"].iloc[0]
    assert ("structural after measurement" in found.table()["reason"].iloc[0]) == (method == "sam")
    whole = run_hypotheses(theory, answers, missing="listwise", draws=100)
    gap = found.tables["S"]["path_estimates"]["est"] - whole.tables["S"]["path_estimates"]["est"]
    assert gap.abs().max() < (0.25 if method == "sem" else 0.4)  # of a third fewer pairs, in other units
    refused = run_hypotheses(theory, apart, missing="listwise", draws=100)
    assert "those who answered all of it" in refused.table()["reason"].iloc[0]


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    blocks = PAGES["group_difference"].blocks(tests, Labels(answers.instrument))
    picture = next(block for block in blocks if isinstance(block, Figure))
    assert "firm (n = " in picture.alt
    assert "other" not in picture.alt


def test_groups_bear_the_words_of_their_answers(tests: HypothesisTests) -> None:
    assert set(tests.tables["G3"]["groups"]["group"]) == {"No", "Yes"}
    assert set(tests.tables["G3"]["group_pairs"][["first", "second"]].to_numpy().ravel()) == {"No", "Yes"}


def test_options_without_an_order_have_no_sign(answers: Responses) -> None:
    instrument = answers.instrument
    scale_id = instrument.items["joined_1"].scale_id
    of_three = replace(
        instrument.scales[scale_id], codes=(0, 1, 2), labels={"en": ("No", "Yes", "Other")}, ordered=False
    )
    frame = answers.frame.copy()
    claims = {"S": a_claim("S", "group_difference", ("joined",), ("will",), "positive")}
    theory = replace(instrument.theory, hypotheses=claims)
    nominal = replace(instrument, scales={**instrument.scales, scale_id: of_three}, theory=theory)
    two = run_hypotheses(theory, replace(answers, instrument=nominal), missing="listwise", draws=100)
    assert "higher in the first of its two groups: Yes, No" in two.table()["reason"].iloc[0]
    assert two.table()["measure"].iloc[0] == "concordance"
    frame.loc[frame.index[:200], "joined_1"] = 2.0
    three = run_hypotheses(
        theory, replace(answers, frame=frame, instrument=nominal), missing="listwise", draws=100
    )
    assert "options of joined have no order" in three.table()["reason"].iloc[0]
    assert three.table()["measure"].iloc[0] == "eta_squared"
