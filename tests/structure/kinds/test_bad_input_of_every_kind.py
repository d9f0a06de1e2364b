"""One theory with a claim of every kind of one occasion: what damaged answers stop is named, and the rest is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import NOT_TESTABLE
from structure.by_hand import a_claim
from structure.own_theory import CLAIMS, repair_answers

Damage = Callable[[pd.DataFrame], None]
HOW = {
    "moderated": {"second_opinion": False}, "necessity": {"permutations": 40}, "choice": {"draws": 2},
    "segmentation": {"most": 2, "starts": 1},
}  # fmt: skip
ALWAYS = {"codes": "the options of place have no order"}


def constant(*constructs: str) -> Damage:
    def damage(frame: pd.DataFrame) -> None:
        for name in frame.filter(regex=f"^({'|'.join(constructs)})_"):
            frame[name] = frame[name].iloc[0]

    return damage


def collinear(frame: pd.DataFrame) -> None:
    for k in (1, 2, 3):
        frame[f"joy_{k}"], frame[f"got_{k}"] = frame[f"skill_{k}"], frame[f"hoped_{k}"]


def separated(frame: pd.DataFrame) -> None:
    skill = frame.filter(regex="^skill_").mean(axis=1)
    frame["decided_1"] = (skill > 4).astype(float)
    frame["way_1"] = np.select([skill > 4.6, skill > 3.4], [3.0, 2.0], 1.0)


def nobody(frame: pd.DataFrame) -> None:
    frame[list(frame.filter(regex="^skill_"))] = np.nan


def thin(frame: pd.DataFrame) -> None:
    """Two people are left in the third group and in one cell of the choice."""
    frame.loc[frame.index[4:], "place_1"] = np.arange(len(frame) - 4) % 2 + 1.0
    frame.loc[frame.index[:4], "place_1"] = 3.0


def whole(frame: pd.DataFrame) -> None:
    pass


GROUPS = {
    "groups": "fewer than two groups of 50",
    "means": "fewer than two groups",
    "same": "fewer than two groups",
    "rule": "no rule is stated by 30 people or more",
}
CASES: Mapping[str, tuple[Damage, int, Mapping[str, str]]] = {
    # damage, people, what is not testable and why
    "whole": (whole, 300, {}),
    "one group": (constant("place"), 300, GROUPS),
    "an empty cell": (thin, 300, {"rule": "conjunctive (4)"}),
    "a constant moderator": (
        constant("joy"), 300,
        dict.fromkeys(("mediated", "amount", "first", "more", "two", "one"), "joy_3: is constant")
        | {"order": "joy did not vary", "kinds": "item joy: does not vary", "rule": "joy did not vary"},
    ),
    "a constant outcome": (
        constant("repair", "pleased", "decided", "way"), 300,
        dict.fromkeys(("direct", "mediated", "amount", "groups", "same", "first", "more"), "is constant")
        | {"decision": "everybody gave the same answer", "choice": "everybody gave the same answer to 'way'"}
        | {"gap": "pleased did not vary", "needed": "repair did not vary", "order": "repair did not vary"}
        | {"means": "repair does not vary within any group", "rule": "pleased did not vary"},
    ),
    "perfect separation": (
        separated, 300, {"decision": "separate yes from no perfectly", "choice": "skill parts the answers"}
    ),
    "collinear predictors": (
        collinear, 300,
        dict.fromkeys(("mediated", "amount", "first", "more", "two", "one", "order"), "duplicates")
        | {"gap": "collinear"},
    ),
    "nobody": (
        nobody, 300,
        dict.fromkeys(("direct", "decision", "mediated", "amount", "groups", "first", "order"), "0 people answered")
        | {"same": "fewer than two groups", "more": "has no answers", "needed": "only 0 rows"}
        | {"choice": "only 0 rows", "two": "0 people answered", "one": "0 people answered"}
        | {"kinds": "item skill: has no answers", "rule": "only 0 rows"},
    ),
    "forty people": (
        whole, 40,
        {"groups": GROUPS["groups"], "same": GROUPS["same"], "kinds": "only 40 answered. Kinds of people need 50", "rule": GROUPS["rule"]},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return repair_answers(tmp_path_factory.mktemp("repair"))


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named_and_the_rest_comes(answers: Responses, case: str) -> None:
    damage, n, named = CASES[case]
    frame = answers.frame.iloc[:n].copy()
    damage(frame)
    damaged = replace(answers.keep(frame.index), frame=frame, shown=frame)
    tests = judge(
        answers.instrument.theory,
        damaged,
        draws=60,
        missing="fiml",
        adjust="none",
        kinds=HOW,
        verdicts_only=True,
    )
    table = tests.table().set_index("id")
    stopped = {id_: row["reason"] for id_, row in table.iterrows() if row["verdict"] == NOT_TESTABLE}
    assert set(stopped) == set(named) | set(ALWAYS)
    for id_, words in {**ALWAYS, **named}.items():
        assert words in stopped[id_], (id_, stopped[id_])
        assert "\n" not in stopped[id_]
    assert tests.failures == {}


def test_a_claim_of_every_kind_of_one_occasion_is_there() -> None:
    elsewhere = {"levels", "experiments", "over_time", "transitions", "conjoint"}  # test_bad_design.py
    assert {kind for kind, _ in CLAIMS.values()} == set(KINDS) - elsewhere


def test_claims_that_cannot_share_a_model_stand_in_one_each(answers: Responses) -> None:
    """Causes that are copies of each other: alone each has its effect, a model of both has none."""
    frame = answers.frame.copy()
    collinear(frame)
    claims = [a_claim(name, "direct", (name,), ("repair",), "positive") for name in ("skill", "joy", "worry")]
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    how = {"draws": 60, "missing": "listwise", "adjust": "none"}
    tests = judge(theory, replace(answers, frame=frame, shown=frame), **how)
    table = tests.table().set_index("id")
    assert table.loc[["skill", "joy"], "verdict"].tolist() == ["supported"] * 2
    assert table.loc["skill", "estimate"] == pytest.approx(table.loc["joy", "estimate"])
    assert table["reason"].str.contains("estimated by itself").all()
    alone = judge(replace(theory, hypotheses={"skill": claims[0]}), answers, **how).table()
    assert table.loc["skill", "estimate"] == pytest.approx(alone["estimate"].iloc[0])
