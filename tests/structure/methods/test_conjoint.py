"""Choices among offers against survival and mlogit, and designs that tell more than chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, NotAvailable

CASE = Path(__file__).parents[2] / "reference" / "conjoint"
EXPECTED: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
ATTRIBUTES = ["price", "support", "design", "none"]
KEYS = {"person": "person", "task": "task", "chosen": "chosen"}


def data() -> pd.DataFrame:
    return pd.read_csv(CASE / "data.csv")


def test_the_conditional_logit_is_that_of_clogit() -> None:
    found = cm.conjoint(data().sample(frac=1, random_state=1), ATTRIBUTES, **KEYS)
    stored = EXPECTED["clogit"]
    table = found.table().set_index("attribute")
    for name in ATTRIBUTES:
        assert table.loc[name, "est"] == pytest.approx(stored["coef"][name], abs=1e-6)
        assert table.loc[name, "se"] == pytest.approx(EXPECTED["cluster"]["robust_se"][name], abs=1e-4)
    assert (found.fit.null, found.fit.loglik) == pytest.approx(tuple(stored["loglik"]), abs=1e-6)
    paid = found.willingness_to_pay("price").set_index("attribute")
    assert paid.loc["design", "wtp"] == pytest.approx(stored["wtp"]["design"], abs=1e-6)
    assert found.importance()["importance"].sum() == pytest.approx(1.0)


def test_the_mixed_logit_is_that_of_mlogit_within_the_error_of_simulation() -> None:
    found = cm.conjoint(data(), ATTRIBUTES, **KEYS, model="mixed", draws=60)
    table = found.table().set_index("attribute")
    stored = EXPECTED["mixed"]
    assert found.fit.loglik == pytest.approx(stored["loglik"], abs=3.0)
    for name in ATTRIBUTES:
        assert table.loc[name, "est"] == pytest.approx(stored["coef"][name][0], abs=0.04)
        # The sign of a standard deviation has no meaning, and a small one is weakly told.
        assert table.loc[name, "sd"] == pytest.approx(abs(stored["coef"][f"sd.{name}"][0]), abs=0.15)


def test_errors_of_the_mixed_logit_are_those_of_the_observed_information() -> None:
    """Those that mlogit prints take the tasks of one person as independent, some 12 % too small for means."""
    by_r = json.loads((CASE / "mixed_errors.json").read_text(encoding="utf-8"))
    printed = [se for _, se in EXPECTED["mixed"]["coef"].values()]
    assert by_r["by_task"][:7] == pytest.approx(printed[:7], rel=0.02)
    found = cm.conjoint(data(), ATTRIBUTES, **KEYS, model="mixed", draws=500).fit
    assert found.loglik == pytest.approx(by_r["loglik"], abs=0.5)
    # The last is a small standard deviation, which these choices hardly tell; that of its mean, "none", depends on it.
    assert found.estimates[:7] == pytest.approx(
        np.abs(by_r["estimates"][:7]) * [-1, 1, 1, -1, 1, 1, 1], abs=0.02
    )
    assert np.sqrt(np.diagonal(found.cov))[:7] == pytest.approx(by_r["observed"][:7], rel=0.05)


def test_shares_of_equal_offers_are_equal_and_follow_worth() -> None:
    found = cm.conjoint(data(), ATTRIBUTES, **KEYS)
    offers = pd.DataFrame(
        {"price": [0, 0, -1], "support": [1, 1, 1], "design": 0, "none": 0}, index=["a", "b", "cheap"]
    )
    shares = found.shares(offers)
    assert shares.sum() == pytest.approx(1.0)
    assert shares["a"] == pytest.approx(shares["b"])
    assert shares["cheap"] / shares["a"] == pytest.approx(np.exp(0.6841677582791))


def test_levels_in_words_and_a_price_that_attracts() -> None:
    frame = data()
    frame["help"] = np.where(frame["support"] == 1, "some", "no")
    worded = cm.conjoint(frame, ["price", "help", "design", "none"], **KEYS)
    assert worded.columns[1] == ("help", "some")
    assert worded.fit.estimates == pytest.approx(cm.conjoint(data(), ATTRIBUTES, **KEYS).fit.estimates)
    turned = cm.conjoint(frame.assign(price=-frame["price"]), ATTRIBUTES, **KEYS).willingness_to_pay("price")
    assert isinstance(turned, NotAvailable)
    assert "dearer offers were not chosen less often" in turned.reason


def test_bad_and_unbalanced_tasks_are_named() -> None:
    frame = data()
    for change, attributes, words in (
        (frame.assign(chosen=0), ATTRIBUTES, "1440 tasks do not have exactly one choice .person 1 task 1"),
        (frame.drop(index=[1, 2]), ATTRIBUTES, "1 tasks show one alternative"),
        (
            frame.assign(same=frame["person"]),
            [*ATTRIBUTES, "same"],
            "attribute same: never differs within a task",
        ),
        (frame.assign(twice=2 * frame["price"]), [*ATTRIBUTES, "twice"], "cannot be told apart"),
        (frame.assign(chosen=2), ATTRIBUTES, "holds values other than 0 and 1"),
        (frame, ["colour"], "there is no column 'colour'"),
    ):
        with pytest.raises(DataError, match=words):
            cm.conjoint(change, attributes, **KEYS)
    assert "price: unbalanced" in cm.conjoint(frame, ATTRIBUTES, **KEYS).messages[0]


def test_a_design_is_balanced_obeys_prohibitions_and_tells_more_than_chance() -> None:
    attributes = {"price": [1, 2, 3], "help": ["none", "some"], "place": ["home", "shop", "web"]}
    made = cm.conjoint_design(attributes, tasks=9, prohibited=[{"help": "none", "place": "home"}], starts=2)
    assert made.d_error < made.random_d_error
    assert not ((made.tasks["help"] == "none") & (made.tasks["place"] == "home")).any()
    assert not made.tasks.duplicated(["task", "price", "help", "place"]).any()
    counts = made.counts().groupby("attribute")["n"]
    assert (counts.max() - counts.min() <= 3).all()
    # The best design for two levels and pairs shows opposite levels: I = tasks * 1/4, D error 4 / tasks.
    pairs = cm.conjoint_design({"a": [0, 1]}, tasks=8, alternatives=2, starts=1)
    assert pairs.d_error == pytest.approx(0.5)


def test_impossible_designs_are_named() -> None:
    two = {"a": [0, 1], "b": [0, 1]}
    for options, words in (
        ({"attributes": {"a": [1]}}, "attribute a: has one level"),
        ({"attributes": two, "prohibited": [{"a": 0}]}, "leaves no offer with a = 0"),
        ({"attributes": two, "prohibited": [{"c": 0}]}, "c = 0 does not exist"),
        ({"attributes": two, "tasks": 1, "alternatives": 2}, "1 tasks of 2 cannot tell 2 part-worths"),
        ({"attributes": two, "priors": {"a": [1, 2]}}, "priors need a number"),
    ):
        with pytest.raises(DataError, match=words):
            cm.conjoint_design(**options)
