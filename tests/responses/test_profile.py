"""The sample profile: counts by hand, comparisons of early and late people against other libraries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from statsmodels.stats.weightstats import ttest_ind

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.about_sample import early_and_late_in_words, sample_facts_in_words
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.profile import EarlyAndLate, Fielding, Spread, sample_profile
from coprod_measure.responses.read import read_responses

INSTRUMENT = """
id: small
title: Small
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}
  gender: {codes: [1, 2], bipolar: false, ordered: false, labels: {en: [Woman, Man]}}
questions:
  - construct: trust
    scale: agree5
    items: {trust_1: {text: t}, trust_2: {text: t}, trust_3: {text: t}}
  - role: demographic
    kind: single_choice
    items: {gender: {text: g, scale: gender}, age: {text: a, kind: number, minimum: 18, maximum: 99}}
"""
THEORY = """
id: small
title: Small
version: "1.0"
source: made for this test
stages: {before: {name: Before, definition: d}}
constructs: {trust: {name: Trust, definition: d, stage: before}}
hypotheses: {}
"""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    folder = tmp_path_factory.mktemp("profile")
    (folder / "theory.yaml").write_text(THEORY)
    (folder / "instrument.yaml").write_text(INSTRUMENT)
    rng = np.random.default_rng(3)
    n = 200
    frame = pd.DataFrame({f"trust_{k}": rng.integers(1, 6, n) for k in (1, 2, 3)})
    frame["gender"] = pd.Series(rng.choice([1, 2], n, p=[0.3, 0.7])).where(np.arange(n) != 7)
    frame["age"] = 30 + 10 * (np.arange(n) >= 150) + rng.integers(0, 20, n)
    frame.to_csv(folder / "answers.csv", index=False)
    found = read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))
    started = pd.date_range("2026-03-01 08:00", periods=n, freq="3h").strftime("%Y-%m-%d %H:%M:%S")
    about = found.about.assign(started=list(started), duration=np.arange(n) * 2.0 + 100)
    return replace(found, about=about)


def test_categories_amounts_and_missing_answers_are_counted(people: Responses) -> None:
    found = sample_profile(people)
    rows = found.categories.set_index(["variable", "level"])
    women = int((people.frame["gender"] == 1).sum())
    assert rows.loc[("gender", "1"), "n"] == women
    assert rows.loc[("gender", "1"), "share"] == pytest.approx(women / 199)
    assert rows.loc[("gender", ""), "n"] == 1
    age = people.frame["age"].describe()
    assert found.amounts["age"] == Spread(
        200, *(pytest.approx(age[k]) for k in ("mean", "std", "50%", "25%", "75%", "min", "max")), missing=0
    )


def test_a_term_of_a_hypothesis_is_background_where_the_theory_says_so(tmp_path: Path) -> None:
    for domain, told in (("demographics", ["Gender"]), ("belief", [])):
        named = f"sex: {{name: Sex, definition: d, stage: before, measurement: observed, domain: {domain}}}"
        (tmp_path / "theory.yaml").write_text(THEORY.replace("constructs: {", f"constructs: {{{named}, "))
        asked = INSTRUMENT.replace("items: {gender: {text: g, scale: gender}, age", "items: {age")
        more = "  - {construct: sex, kind: single_choice, scale: gender, items: {sex_1: {text: Gender}}}\n"
        (tmp_path / "instrument.yaml").write_text(asked + more)
        frame = pd.DataFrame({"sex_1": [1, 2] * 30, "trust_1": 3, "trust_2": 4, "trust_3": 2, "age": 30})
        frame.to_csv(tmp_path / "answers.csv", index=False)
        found = read_responses(tmp_path / "answers.csv", read_instrument(tmp_path / "instrument.yaml"))
        assert list(sample_profile(found).categories["variable"].unique()) == ["sex_1"] * len(told)


def test_durations_days_and_turnout(people: Responses) -> None:
    found = sample_profile(people, invited=400)
    assert isinstance(found.duration, Spread)
    assert found.duration.median == pytest.approx(299.0)
    assert found.fielded == Fielding("2026-03-01", "2026-03-26", 26)
    assert (found.turnout.invited, found.turnout.answered, found.turnout.analysed) == (400, 200, 200)


def test_early_and_late_people_are_compared_as_other_libraries_do(people: Responses) -> None:
    late = sample_profile(people).early_and_late
    assert isinstance(late, EarlyAndLate)
    rows = late.comparisons.set_index("variable")
    first, last = people.frame.iloc[:50], people.frame.iloc[-50:]
    t, p, df = ttest_ind(first["age"], last["age"], usevar="unequal")
    assert rows.loc["age", ["statistic", "pvalue", "df"]].tolist() == pytest.approx([t, p, df])
    d = pingouin.compute_effsize(first["age"], last["age"], eftype="cohen")
    assert rows.loc["age", "effect"] == pytest.approx(d)
    both = pd.concat([first.assign(late=0), last.assign(late=1)]).dropna(subset=["gender"])
    _, _, chi = pingouin.chi2_independence(both, x="gender", y="late", correction=False)
    pearson = chi.set_index("test").loc["pearson"]
    assert rows.loc["gender", ["statistic", "pvalue", "effect"]].tolist() == pytest.approx(
        [pearson["chi2"], pearson["pval"], pearson["cramer"]], rel=1e-3
    )
    assert rows.loc["trust", "of"] == "construct"
    assert (rows["pvalue_adjusted"] >= rows["pvalue"]).all()
    assert rows.loc["age", "pvalue_adjusted"] < 0.05


def test_who_has_several_rows_counts_once(people: Responses) -> None:
    twice = replace(people, about=people.about.assign(respondent=[f"p{k // 2}" for k in range(200)]))
    found = sample_profile(twice)
    assert found.turnout.analysed == 100
    assert found.amounts["age"].n == 100


def test_people_with_several_categories_count_once_whatever_category_they_have(people: Responses) -> None:
    about = people.about.assign(
        respondent=[f"p{k // 2}" for k in range(200)], category=["a", "b", "b", "c"] * 50
    )
    frame = people.frame.assign(age=np.repeat(people.frame["age"].to_numpy()[::2], 2))
    found = sample_profile(replace(people, about=about, frame=frame))
    assert (found.turnout.analysed, found.amounts["age"].n) == (100, 100)
    assert (
        set(found.categories["variable"]) == set()
    )  # category and, here, gender differ between a person's rows


def test_waves_are_told_apart_and_newcomers_are_people_too(people: Responses) -> None:
    # 100 people of the first wave; of the second 60 of them and 40 others, a day in May.
    ids = [f"p{k}" for k in range(100)] + [f"p{k}" for k in range(40, 140)]
    started = [*people.about["started"][:100], *["2026-05-01 10:00:00"] * 100]
    about = people.about.assign(respondent=ids, wave=[1] * 100 + [2] * 100, started=started)
    found = sample_profile(replace(people, about=about))
    assert found.turnout.analysed == found.amounts["age"].n + found.amounts["age"].missing == 140
    assert [(wave, one.n) for wave, one in found.visits.items()] == [("1", 100), ("2", 100)]
    assert found.visits["2"].fielded == Fielding("2026-05-01", "2026-05-01", 1)
    assert isinstance(found.fielded, Fielding)
    assert found.fielded.last == "2026-05-01"
    late = found.early_and_late
    assert isinstance(late, EarlyAndLate)
    assert (late.wave, late.n_early) == ("1", 25)
    words = sample_facts_in_words(found)
    assert "Answers were given in wave 1 (n = 100) from " in words
    assert "in wave 2 (n = 100) from 2026-05-01." in words
    assert " in wave 2." in words
    assert "quarter of respondents of wave 1 (25 each)" in early_and_late_in_words(late)


def test_what_a_later_wave_asks_is_told_of_all_who_answered_it(people: Responses) -> None:
    ids = [f"p{k}" for k in range(100)] * 2
    frame = people.frame.copy()
    frame.loc[frame.index[:100], "age"] = np.nan
    frame.loc[frame.index[100:], "gender"] = np.nan
    about = people.about.assign(respondent=ids, wave=[1] * 100 + [2] * 100)
    found = sample_profile(replace(people, frame=frame, about=about))
    assert found.amounts["age"].n == 100
    assert found.amounts["age"].mean == pytest.approx(people.frame["age"].iloc[100:].mean())
    women = found.categories.set_index(["variable", "level"]).loc[("gender", "1"), "n"]
    assert women == int((people.frame["gender"].iloc[:100] == 1).sum())


def test_what_the_file_does_not_say_is_not_available(people: Responses, tmp_path: Path) -> None:
    bare = replace(people, about=people.about.drop(columns=["started", "duration"]))
    found = sample_profile(bare)
    assert isinstance(found.duration, NotAvailable)
    assert isinstance(found.fielded, NotAvailable)
    assert isinstance(found.early_and_late, NotAvailable)
    few = sample_profile(people.keep(people.frame.index[:60])).early_and_late
    assert isinstance(few, NotAvailable)
    assert "fewer than 20" in few.reason
