"""Planned contrasts of groups: partners, countries, answers to a question; what no group is called is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import t as t_distribution
from scipy.stats import ttest_ind

from coprod_measure.errors import DataError, InputError
from coprod_measure.report.document import Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.category_contrasts import called, planned_weights
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.needs import needs_of
from structure.by_hand import a_claim
from structure.small_answers import small_answers

WILL = ["will_1", "will_2", "will_3"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Partners and countries go with will; age too."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    will, rng = found.frame[WILL].mean(axis=1), np.random.default_rng(1)
    noisy = will + 2.0 * rng.standard_normal(900)
    partner = np.where(noisy > 4.0, "big firm", np.where(noisy > 2.5, "public office", "peers"))
    country = np.where(will + 3.0 * rng.standard_normal(900) > 3, "Norway", "Northern Ireland")
    about = {"partner": partner, "country": country, "age": 45 + 5 * (will - 3) + rng.normal(0, 9, 900)}
    return replace(found, about=found.about.assign(**about))


def judged(
    answers: Responses, source: str, contrast: dict[str, float] | None = None, **how: Any
) -> HypothesisTests:
    claim = a_claim("G", "group_difference", (source,), ("will",), "unsigned", contrast=contrast or {})
    theory = replace(answers.instrument.theory, hypotheses={"G": claim})
    return run_hypotheses(theory, answers, ["G"], missing="listwise", draws=100, **how)


def by_group(answers: Responses) -> pd.DataFrame:
    return answers.about.assign(will=answers.frame[WILL].mean(axis=1), joined=answers.frame["joined_1"])


def test_a_contrast_of_the_theory_is_welchs(answers: Responses) -> None:
    found = judged(answers, "partner_type", {"firm": 1, "peers": -1, "club": -1})
    row, frame = found.tables["G"]["group_contrasts"].iloc[0], by_group(answers)
    groups = dict(list(frame.groupby("partner")["will"]))
    expected = ttest_ind(groups["big firm"], groups["peers"], equal_var=False)
    assert (row["t"], row["df"], row["pvalue"]) == pytest.approx(
        (expected.statistic, expected.df, expected.pvalue)
    )
    pooled = np.sqrt(sum(((one - one.mean()) ** 2).sum() for one in groups.values()) / (len(frame) - 3))
    table = found.table().iloc[0]
    assert (table["measure"], table["verdict"], table["kind"]) == (
        "cohens_d",
        "supported",
        "group_difference",
    )
    assert table["estimate"] == pytest.approx(row["estimate"] / pooled)
    assert "planned contrast: big firm against peers" in table["reason"]
    assert "no group bears these words of the planned contrast: club" in table["reason"]
    assert "of the factor will the contrast is d = " in table["reason"]
    latent, pairs = (found.tables["G"][name] for name in ("latent_contrasts", "latent_pairs"))
    pair = pairs[(pairs["first"] == "big firm") & (pairs["second"] == "peers")].iloc[0]
    assert latent["estimate"].iloc[0] == pytest.approx(-pair["estimate"])
    assert latent["se"].iloc[0] == pytest.approx(pair["se"], rel=1e-6)
    turned = judged(answers, "partner_type", {"peers": 1, "firm": -1})
    assert turned.table()["verdict"].iloc[0] == "contradicted"


def test_groups_of_exactly_one_mean_are_not_supported(answers: Responses) -> None:
    kept = answers.keep(answers.frame.index[:400])
    frame = pd.concat([kept.frame.iloc[:200]] * 2).set_axis(kept.frame.index)
    about = kept.about.assign(partner=["firm"] * 200 + ["peers"] * 200)
    found = judged(replace(kept, frame=frame, about=about), "partner_type", {"firm": 1, "peers": -1})
    own = found.table().iloc[0]
    assert (own["verdict"], own["estimate"], own["pvalue"]) == ("not supported", 0.0, 1.0)


def test_several_of_a_study_are_adjusted_by_holm_and_all_must_hold(answers: Responses) -> None:
    named = {
        "firms or the others": {"firm": 1, "public": -1, "peers": -1},
        "offices or peers": {"public": 1, "peers": -1},
    }
    options = {"group_difference": {"contrasts": {"G": named}}}
    found = judged(answers, "partner_type", {"firm": -1, "peers": 1}, kinds=options)
    table, frame = found.tables["G"]["group_contrasts"].set_index("contrast"), by_group(answers)
    own = (
        frame.groupby("partner")["will"]
        .agg(["mean", "var", "size"])
        .loc[["big firm", "public office", "peers"]]
    )
    w = np.array([1.0, -0.5, -0.5])
    parts = w**2 * own["var"] / own["size"]
    t = w @ own["mean"] / np.sqrt(parts.sum())
    df = parts.sum() ** 2 / (parts**2 / (own["size"] - 1)).sum()
    row = table.loc["firms or the others"]
    assert (row["t"], row["df"]) == pytest.approx((t, df))
    assert row["pvalue"] == pytest.approx(2 * t_distribution.sf(abs(t), df))
    p = table["pvalue"].to_numpy()
    assert table["pvalue_adjusted"].to_numpy() == pytest.approx(
        np.minimum(1, np.sort(p)[[0, 1]] * [2, 1])[np.argsort(np.argsort(p))]
    )
    assert found.table()["pvalue"].iloc[0] == pytest.approx(p.max())
    assert len(found.claims) == 2
    blocks = PAGES["group_difference"].blocks(found, Labels(answers.instrument))
    shown = {one.id: one for one in blocks if isinstance(one, Table)}
    assert [row.values[0] for row in shown["group-contrasts-G"].rows[1:]] == list(named)
    assert "latent-contrasts-G" in shown


@pytest.mark.parametrize(
    ("source", "contrast", "column", "sides"),
    [
        ("joined", {"yes": 1, "no": -1}, "joined", (1, 0)),
        ("country", {"Norway": 1, "Ireland": -1}, "country", ("Norway", "Northern Ireland")),
    ],
)
def test_answers_and_countries_are_called_by_their_words(
    answers: Responses, source: str, contrast: dict[str, float], column: str, sides: tuple[Any, Any]
) -> None:
    theory = answers.instrument.theory
    country = replace(theory.constructs["joined"], id="country", name="Country")
    instrument = replace(
        answers.instrument, theory=replace(theory, constructs={**theory.constructs, "country": country})
    )
    found = judged(replace(answers, instrument=instrument), source, contrast)
    frame = by_group(answers).dropna(subset=[column])
    expected = ttest_ind(*(frame["will"][frame[column] == one] for one in sides), equal_var=False)
    assert found.tables["G"]["group_contrasts"]["t"].iloc[0] == pytest.approx(expected.statistic)


def test_named_countries_are_compared_where_the_claim_is_about_societies(answers: Responses) -> None:
    theory = answers.instrument.theory
    country = replace(theory.constructs["joined"], id="country", name="Country")
    claim = a_claim(
        "G", "group_difference", ("country",), ("will",), needs_unit=("society", "respondent"), contrast={"Norway": 1, "Ireland": -1}
    )  # fmt: skip
    theory = replace(theory, constructs={**theory.constructs, "country": country}, hypotheses={"G": claim})
    instrument = replace(answers.instrument, theory=theory, constructs=theory.constructs)
    found = run_hypotheses(theory, replace(answers, instrument=instrument), missing="listwise", draws=100)
    groups = dict(list(by_group(answers).groupby("country")["will"]))
    expected = ttest_ind(groups["Norway"], groups["Northern Ireland"], equal_var=False)
    row = found.claims.iloc[0]
    assert row["pvalue"] == pytest.approx(expected.pvalue)
    assert "planned contrast: Norway against Northern Ireland" in found.table()["reason"].iloc[0]


def test_controls_are_held_constant_and_that_is_not_made_more_of(answers: Responses) -> None:
    found = judged(answers, "partner_type", {"firm": 1, "peers": -1}, controls=["age", "partner"])
    least = smf.ols("will ~ C(partner, Treatment('peers')) + age", by_group(answers)).fit(
        cov_type="HC2", use_t=True
    )
    row = found.tables["G"]["group_contrasts"].iloc[0]
    name = "C(partner, Treatment('peers'))[T.big firm]"
    assert (row["estimate"], row["se"]) == pytest.approx((least.params[name], least.bse[name]))
    reason = found.table()["reason"].iloc[0]
    assert "controls make no groups alike to which nobody was assigned" in reason
    assert "does not take" not in reason
    claim = found.claims.iloc[0].to_dict()
    told = [one.code for one in found.reasons["G"]]
    assert "at the means of the controls" in PAGES["group_difference"].method(claim, told, found.options)


def test_words_that_call_nobody_are_told(answers: Responses) -> None:
    found = judged(answers, "partner_type", {"firm": 1, "guild": -1}).table().iloc[0]
    assert "the words of the planned contrast call no group on both sides (firm, guild)" in found["reason"]
    assert found["measure"] == "eta_squared"
    for given, place in (
        ({"H9": {"firm": 1, "peers": -1}}, "group_difference.contrasts.H9"),
        ({"G": {"firm": 1, "x": {"peers": -1}}}, "group_difference.contrasts.G"),
    ):
        with pytest.raises(InputError, match=place):
            judged(answers, "partner_type", kinds={"group_difference": {"contrasts": given}})
    alone = replace(answers, about=answers.about.assign(partner=["peers"] * 899 + ["big firm"]))
    one = judged(alone, "partner_type", {"firm": 1, "peers": -1}).table().iloc[0]
    assert "fewer than two groups of 5 or more" in one["reason"]


def test_a_claim_about_paths_takes_no_contrast_of_means_and_says_so(answers: Responses) -> None:
    claim = a_claim(
        "G", "group_difference", ("trust",), ("drive",), moderators=("joined",), contrast={"yes": 1, "no": -1}
    )
    theory = replace(answers.instrument.theory, hypotheses={"G": claim})
    found = run_hypotheses(theory, answers, missing="listwise", draws=100)
    assert "its contrast is not taken, as it claims paths" in found.table()["reason"].iloc[0]


def test_a_contrast_for_another_kind_of_test_is_told(answers: Responses) -> None:
    claim = a_claim("P", "direct", ("trust",), ("drive",), "positive")
    theory = replace(answers.instrument.theory, hypotheses={"P": claim})
    options = {"group_difference": {"contrasts": {"P": {"yes": 1, "no": -1}}}}
    found = run_hypotheses(theory, answers, missing="listwise", draws=100, kinds=options)
    reason = found.table()["reason"].iloc[0]
    assert "its contrast under group_difference is not taken: another kind tests it" in reason


def test_a_check_says_which_answers_a_contrast_weighs(answers: Responses) -> None:
    claim = a_claim(
        "G", "group_difference", ("joined",), ("will",), contrast={"yes": 1, "no": -1, "never": -1}
    )
    theory = replace(answers.instrument.theory, hypotheses={"G": claim})
    instrument = replace(answers.instrument, theory=theory)
    (need,) = needs_of(replace(answers, instrument=instrument))
    assert need.groups == (
        "planned contrast: Yes against No",
        "no group bears these words of the planned contrast: never",
    )


def test_the_longest_word_in_a_name_counts() -> None:
    assert planned_weights({"female": -1, "male": 1}, ["Female", "Male"]) == {"Female": -1.0, "Male": 1.0}
    assert called("no", ["No", "Not yet", "Do not know"]) == ("No",)
    assert planned_weights({"a": 1, "b": 2, "c": -1}, ["a1", "b1", "c1", "d1"]) == pytest.approx(
        {"a1": 1 / 3, "b1": 2 / 3, "c1": -1.0}
    )
    with pytest.raises(DataError, match="'car' and 'tax' both call Car tax"):
        planned_weights({"car": 1, "tax": -1}, ["Car tax", "Bus"])
