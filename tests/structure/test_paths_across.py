"""Paths of a claim over groups, beside its verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.own_theory import repair_answers
from structure.small_answers import small_answers
from structure.sorted_answers import judged

SEEN = {"dress": 1.0, "hairdo": 1.0, "soap": -1.0, "salt": -1.0}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Trust drives in dresses and hairdos as ever, and the other way round in soap; few bought a boat."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    kinds = ["A dress", "A hairdo", "Liquid soap"]
    category = pd.Series(kinds * 300, index=found.frame.index)
    category.iloc[:30] = "A boat"
    turned = found.frame.copy()
    drive = ["drive_1", "drive_2", "drive_3"]
    turned.loc[category == "Liquid soap", drive] = 6 - turned.loc[category == "Liquid soap", drive]
    about = found.about.assign(category=category)
    return replace(found, frame=turned, shown=turned, about=about)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    across = {"across": ("pro_category",), "contrast": SEEN}
    return judged(
        answers,
        a_claim("A1", "direct", ("trust",), ("drive",), "positive", **across),
        a_claim(
            "A2", "direct", ("trust",), ("drive", "joined"), "positive", across=("country", "pro_category")
        ),
        a_claim("A3", "direct", ("trust",), ("drive",), "positive"),
        a_claim("A4", "mediated", ("trust",), ("will",), "positive", via=("drive",), **across),
        a_claim(
            "A5", "direct", ("skill",), ("will",), across=("pro_category",), contrast={"gold": 1, "salt": -1}
        ),
    )


def reason(tests: HypothesisTests, id_: str) -> str:
    return str(tests.table().set_index("id").loc[id_, "reason"])


def test_the_contrast_is_that_of_the_model_of_all_groups(tests: HypothesisTests, answers: Responses) -> None:
    data = answers.frame.assign(category=answers.about["category"])
    data = data[data["category"] != "A boat"].sort_values("category", kind="stable")
    model = "\n".join(f"{f} =~ {f}_1 + {f}_2 + {f}_3" for f in ("trust", "drive"))
    model += "\ndrive ~ c(a, b, c)*trust\ngap := (a + b)/2 - c"
    fit = sem(model, data, group="category", group_equal=("loadings",), std_lv=True)
    stored = fit.parameters.set_index("lhs").loc["gap"]
    row = tests.tables["A1"]["across_contrasts"].iloc[0]
    assert (row["estimate"], row["se"]) == pytest.approx((stored["est"], stored["se"]), rel=1e-4)
    assert row["higher"] == "A dress, A hairdo"
    assert f"in A dress, A hairdo less that in Liquid soap: {row['estimate']:.2f}, p < .001" in reason(
        tests, "A1"
    )
    assert "left out for fewer than 50 respondents: A boat" in reason(tests, "A1")
    assert row["estimate"] == pytest.approx(1.2, abs=0.3)  # .5 / .87 each way, in deviations


def test_it_stands_beside_the_verdict(tests: HypothesisTests) -> None:
    verdicts = tests.verdicts.set_index("id")
    same = ["verdict", "estimate", "std", "pvalue"]
    assert verdicts.loc["A1", same].equals(verdicts.loc["A3", same])
    assert "path_difference" not in set(tests.claims["measure"])
    assert "across_tests" not in tests.tables.get("A3", {})


def test_what_is_not_told_is_said(tests: HypothesisTests) -> None:
    assert "differ over country is not told: nothing says who is in which group" in reason(tests, "A2")
    assert "paths to the yes/no answers joined over groups are linear in the share of yes" in reason(
        tests, "A2"
    )
    assert tests.tables["A2"]["across_tests"]["target"].tolist() == ["drive", "joined", ""]
    assert (
        "no group of pro_category is called by the words of its contrast on both sides (gold, salt)"
        in reason(tests, "A5")
    )
    assert "across_contrasts" not in tests.tables["A5"]


def test_of_several_paths_the_surely_stronger_are_counted(tests: HypothesisTests) -> None:
    # In soap both steps are turned, trust to drive and drive to will; none goes past drive.
    assert "of 3 paths 2 surely stronger in A dress, A hairdo than in Liquid soap, 0 weaker" in reason(
        tests, "A4"
    )


def test_verdicts_alone_are_not_burdened(answers: Responses) -> None:
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    found = judged(answers, claim, verdicts_only=True)
    assert not found.tables


def test_a_study_names_words_of_its_own(answers: Responses) -> None:
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    own = {"A1": {"hairdo": 1, "dress": -1, "hat": -1}}
    found = judged(answers, claim, kinds={"group_difference": {"contrasts": own}})
    row = found.tables["A1"]["across_contrasts"].iloc[0]
    assert (row["higher"], row["lower"]) == ("A hairdo", "A dress")
    assert abs(row["z"]) < 3
    assert "no category bears these words of the planned contrast: hat" in reason(found, "A1")


def test_one_group_and_none_large_enough_are_named(answers: Responses) -> None:
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    for category in ("A dress", [f"kind {k % 40}" for k in range(900)]):
        alone = replace(answers, about=answers.about.assign(category=category))
        found = judged(alone, claim)
        assert "its paths over pro_category could not be compared: pro_category sorts those" in reason(
            found, "A1"
        )
        assert found.verdicts["verdict"].tolist() == ["supported"]


def test_groups_that_cannot_be_compared_are_left_out_by_name(answers: Responses) -> None:
    frame, category = answers.frame.astype(float), answers.about["category"].copy()
    category.iloc[30:330] = np.repeat(["A tent", "A kite"], 150)
    frame.loc[category == "A tent", "drive_1"] = 3.0
    frame.loc[category == "A kite", "trust_2"] = np.nan
    own = replace(answers, frame=frame, shown=frame, about=answers.about.assign(category=category))
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    found = judged(own, claim)
    assert "left out, as everybody there gave the same answer to something: A tent" in reason(found, "A1")
    assert "left out for fewer than 50 respondents: A boat, A kite" in reason(found, "A1")
    assert set(found.tables["A1"]["across_paths"]["group"]) == {"A dress", "A hairdo", "Liquid soap"}


def test_too_many_paths_at_once_are_refused(answers: Responses) -> None:
    outcomes = ("drive", "will", "joined", "amount")
    theory = answers.instrument.theory
    parts = tuple(f"trust{k}" for k in range(4))
    claim = a_claim("A1", "direct", parts, outcomes, "positive", across=("pro_category",))
    named = {id_: replace(theory.constructs["trust"], id=id_) for id_ in parts}
    items = {
        f"{id_}_1": replace(answers.instrument.items["trust_1"], id=f"{id_}_1", construct_id=id_)
        for id_ in parts
    }
    rng = np.random.default_rng(1)
    frame = answers.frame.assign(**{name: rng.integers(1, 6, 900) for name in items})
    instrument = replace(
        answers.instrument,
        items={**answers.instrument.items, **items},
        theory=replace(theory, constructs={**theory.constructs, **named}),
    )
    found = judged(replace(answers, instrument=instrument, frame=frame, shown=frame), claim)
    assert "16 paths are more than the 12 that are compared at once" in reason(found, "A1")


def test_people_with_rows_in_several_groups(answers: Responses) -> None:
    about = answers.about.assign(respondent=[f"r{k // 3}" for k in range(900)])
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    found = judged(replace(answers, about=about), claim)
    words = "errors robust to people, whose rows lie in several groups"
    assert words in reason(found, "A1")
    assert found.tables["A1"]["across_tests"]["lr"].isna().all()
    page = PAGES["group_difference"]
    blocks = page.blocks(found.of_kind("group_difference", page.table), Labels(answers.instrument))
    equal = next(one for one in blocks if isinstance(one, Table) and one.id == "across-equal-A1-1")
    assert [one.label for one in equal.columns] == ["Path", "df", "Wald", "p"]


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    page = PAGES["group_difference"]
    blocks = page.blocks(tests.of_kind("group_difference", page.table), Labels(answers.instrument))
    pictures = [one for one in blocks if isinstance(one, Figure)]
    assert "A hairdo (n = 290)" in pictures[0].alt
    planned = next(one for one in blocks if isinstance(one, Table) and one.id == "across-planned-A1-1")
    assert "Mean of the paths in A dress, A hairdo, less that in Liquid soap" in planned.notes[0]
    assert np.isfinite(list(planned.rows[0].values[1:3])).all()


def test_amounts_sort_people_into_thirds(tmp_path: Path) -> None:
    """Skill and joy act on repair together (.2 of their product): the more joy, the steeper the path of skill."""
    answers = repair_answers(tmp_path)
    claim = a_claim("B1", "moderated", ("skill",), ("repair",), moderators=("joy",), across=("joy",))
    tests = judged(answers, claim)
    paths = tests.tables["B1"]["across_paths"]
    assert paths["est"].is_monotonic_increasing
    assert paths["est"].iloc[-1] - paths["est"].iloc[0] > 0.15
    assert paths["n"].between(75, 125).all()
    joy = answers.frame.filter(regex="^joy_").mean(axis=1)
    low, middle, upper = paths["group"].astype(str)
    assert low == f"lowest ({joy.min():.3g} to {joy[joy <= joy.quantile(1 / 3)].max():.3g})"
    assert (middle[:8], upper[:7]) == ("middle (", "upper (")
    assert "people were sorted into thirds of joy" in reason(tests, "B1")
    constant = answers.frame.assign(**dict.fromkeys(["joy_1", "joy_2", "joy_3"], 4.0))
    assert "joy does not vary" in str(bands_refused(replace(answers, frame=constant, shown=constant)))


def bands_refused(answers: Responses) -> str:
    claim = a_claim("B2", "direct", ("skill",), ("repair",), "positive", across=("joy",))
    return reason(judged(answers, claim), "B2")


def test_the_estimator_of_the_study_is_obeyed(answers: Responses) -> None:
    claim = a_claim(
        "A1", "direct", ("trust",), ("drive",), "positive", across=("pro_category",), contrast=SEEN
    )
    plain, robust = (judged(answers, claim, estimator=one).tables["A1"] for one in ("ML", "MLR"))
    data = answers.frame.assign(category=answers.about["category"])
    data = data[data["category"] != "A boat"].sort_values("category", kind="stable")
    model = "\n".join(f"{f} =~ {f}_1 + {f}_2 + {f}_3" for f in ("trust", "drive"))
    model += "\ndrive ~ c(a, b, c)*trust\ngap := (a + b)/2 - c"
    fit = sem(model, data, group="category", group_equal=("loadings",), std_lv=True, estimator="MLR")
    se = float(robust["across_contrasts"]["se"].iloc[0])
    assert se == pytest.approx(float(fit.parameters.set_index("lhs").loc["gap", "se"]), rel=1e-4)
    assert se != pytest.approx(float(plain["across_contrasts"]["se"].iloc[0]), rel=1e-3)
