"""Rules of judging, against lm() in R (tests/reference/judgement_rules) and samples of known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.judgement_rules import (
    FREE,
    RULES,
    JudgementRules,
    held_out,
    judgement_rules,
    scored,
)

CASE = Path(__file__).parents[2] / "reference" / "judgement_rules"
NAMES, POINTS = ["a", "b", "c"], ["wa", "wb", "wc"]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(CASE / "data.csv")


def test_errors_of_people_left_out_are_those_of_r(data: pd.DataFrame) -> None:
    known = json.loads((CASE / "values.json").read_text())
    x, w, y, fold = (data[own].to_numpy(float) for own in (NAMES, POINTS, "y", "fold"))
    errors = held_out(y, x, scored(x, w, RULES), RULES, fold)
    assert errors.mean(axis=0) == pytest.approx([known["mse"][name] for name in (*RULES, FREE)], abs=1e-10)
    learned = held_out(y, x, None, ("additive", "lexical"), fold)
    assert learned.mean(axis=0)[:2] == pytest.approx(
        [known["mse"][name] for name in ("sum", "take_best")], abs=1e-10
    )
    nobody = np.zeros(len(y), dtype=int)
    alone = np.full(len(y), known["alone"])
    found = JudgementRules((*RULES, FREE), ("lexical",), nobody, errors, alone, errors, alone, {})
    gain, se = found.gain("lexical", "lexical", "additive")
    assert (gain, se) == pytest.approx((known["gain"], known["se"]), abs=1e-10)


def test_a_less_important_point_only_breaks_ties() -> None:
    """Exactly the order of a dictionary, whatever the points are, and a mean where they are equal."""
    x = np.array([[a, b, c] for a in range(1, 8) for b in range(1, 8) for c in range(1, 8)], float)
    score = scored(x, np.tile([50.0, 30.0, 20.0], (len(x), 1)), ["lexical"])[:, 0]
    assert (np.diff(score) > 0).all()
    turned = scored(x, np.array([0.1, 0.5, 0.2]), ["lexical"])[:, 0]
    assert turned[np.lexsort((x[:, 0], x[:, 2], x[:, 1]))].tolist() == sorted(turned)
    same = scored(x, np.full_like(x, 33.0), ["lexical", "additive"])
    assert same[:, 0] == pytest.approx(same[:, 1])


def drawn(rng: np.random.Generator, n: int, share: float) -> pd.DataFrame:
    """Judge by ``share`` lexically and else additively, whoever says what."""
    z = 0.55 * rng.standard_normal((n, 1)) + 0.83 * rng.standard_normal((n, 4))
    x, w = np.clip(np.round(4 + 1.5 * z), 1, 7), rng.multinomial(20, [0.25] * 4, n) * 5.0
    add, lex = (one / one.std() for one in scored(x, w, ["additive", "lexical"]).T)
    y = (1 - share) * add + share * lex
    frame = pd.DataFrame(np.column_stack([x, w]), columns=list("abcdefgh"))
    return frame.assign(y=y / y.std() + 1.5 * rng.standard_normal(n), says="lexical")


@pytest.mark.slow
def test_where_both_rules_err_alike_one_in_twenty_is_shown() -> None:
    """A gain of zero is rejected in 2 to 9 % of 300 samples (three standard errors around .05 are .012, .088)."""
    rng = np.random.default_rng(5)
    z = []
    for _ in range(300):
        found = judgement_rules(
            drawn(rng, 300, 0.5), "y", list("abcd"), stated="says", importance=list("efgh"),
            rules=["additive", "lexical"], repeats=1,
        )  # fmt: skip
        gain, se = found.gain("lexical", "lexical", "additive")
        z.append(gain / se)
    assert 0.012 < np.mean(np.abs(z) > 1.96) < 0.088
    assert abs(np.mean(z)) < 0.25


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_rule_that_people_judge_by_predicts_them_better(share: float) -> None:
    found = judgement_rules(
        drawn(np.random.default_rng(2), 1000, share), "y", list("abcd"), stated="says", repeats=2,
        importance=list("efgh"),
    )  # fmt: skip
    gain, se = found.gain("lexical", "lexical", "additive")
    assert (gain / se) * (2 * share - 1) > 3
    gains = found.gains().set_index(["group", "rule", "rival"])
    assert gains.loc[("lexical", "additive", "lexical"), "gain"] == pytest.approx(-gain)
    table = found.table().set_index(["group", "rule"])["r2"]
    assert table["lexical", "lexical"] - table["lexical", "additive"] == pytest.approx(gain)


def test_bad_input_is_named(data: pd.DataFrame) -> None:
    data = data.assign(says="additive")
    how = {"stated": "says", "importance": POINTS}
    with pytest.raises(DataError, match="one attribute has no rule"):
        judgement_rules(data, "y", ["a"], stated="says")
    with pytest.raises(DataError, match="not as many points"):
        judgement_rules(data, "y", ["a", "b"], **how)
    with pytest.raises(DataError, match="there is no column 'said'"):
        judgement_rules(data, "y", NAMES, stated="said")
    with pytest.raises(DataError, match="y is named in two places"):
        judgement_rules(data, "y", [*NAMES, "y"], stated="says")
    with pytest.raises(DataError, match="a did not vary"):
        judgement_rules(data.assign(a=1), "y", NAMES, **how)
    with pytest.raises(DataError, match="no rule is stated by 30 people or more, of 240 complete answers"):
        judgement_rules(data.assign(says="else"), "y", NAMES, **how)
    with pytest.raises(DataError, match="only 20 rows have"):
        judgement_rules(data.head(20), "y", NAMES, **how)
    few = data.assign(says=np.where(np.arange(240) < 12, "lexical", "additive"))
    assert judgement_rules(few, "y", NAMES, repeats=1, **how).small == {
        "lexical": 12, "conjunctive": 0, "disjunctive": 0,
    }  # fmt: skip
