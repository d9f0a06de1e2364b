"""Claims about categories and countries, in answers whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import ttest_ind

from coprod_measure.errors import ResponsesError
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.context_table import with_context
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.methods.mixed_model import mixed_model
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.wording import in_words
from structure.answers_in_levels import BANK, CATEGORIES, ITEMS, in_categories, in_countries, items, read

CATEGORY_CLAIMS = ("H4a", "H4d", "H4f", "H4g", "H10b", "RQ4")


@pytest.fixture(scope="module")
def categories(tmp_path_factory: pytest.TempPathFactory) -> HypothesisTests:
    answers = in_categories(tmp_path_factory.mktemp("categories"))
    return run_hypotheses(BANK.theory, answers, CATEGORY_CLAIMS, draws=500)


def test_claims_about_categories_find_their_truth(categories: HypothesisTests) -> None:
    table = categories.verdicts.set_index("id")
    assert not categories.failures
    assert set(table["kind"]) == {"levels"}
    verdicts = {"H4a": "supported", "H4d": "not supported", "H4f": "supported", "H10b": "supported", "RQ4": "supported"}  # fmt: skip
    assert {id_: table.loc[id_, "verdict"] for id_ in verdicts} == verdicts
    # .4 of 1.1 units of answers each, less what rounding and the questions' own error take.
    slopes = categories.tables["H4a"]["level_slopes"].set_index("part")["est"]
    assert slopes["within"] == pytest.approx(0.4, abs=0.08)
    assert slopes["between"] == pytest.approx(0.4, abs=0.12)
    # All of the gap goes through differentiation.
    assert table.loc["H4g", "estimate"] > 0.7
    best = categories.tables["RQ4"]["category_means"].set_index("group")["best"]
    assert best[["computer", "trip"]].sum() > 0.9


def test_the_planned_contrast_is_named(categories: HypothesisTests) -> None:
    told = in_words(categories.reasons["H4f"])
    assert "planned contrast: computer, trip against luxury bag, washing powder" in told


def test_the_page_shows_means_profiles_and_levels(categories: HypothesisTests) -> None:
    blocks = PAGES["levels"].blocks(categories, Labels(BANK))
    figures = [one for one in blocks if isinstance(one, Figure)]
    assert {one.id for one in figures} >= {"levels-H4f-1", "profiles-H10b", "levels-RQ4-1"}
    for figure in figures:
        assert any(sign.isdigit() for sign in figure.alt)
        assert png_bytes(figure.drawing, 40).startswith(b"\x89PNG")
    assert {one.id for one in blocks if isinstance(one, Table)} >= {"slopes-H4a", "robust-H4a", "gap-H4g", "shares-H4f"}  # fmt: skip


def test_a_slope_that_varies_between_categories_is_said_and_allowed_for(
    categories: HypothesisTests, tmp_path: Path
) -> None:
    alike = categories.tables["H4a"]["slope_variation"].iloc[0]
    assert alike["pvalue"] > 0.2
    assert not alike["used"]
    answers = in_categories(tmp_path, spread=0.35)
    found = run_hypotheses(BANK.theory, answers, ["H4a"], draws=500)
    own = found.tables["H4a"]["slope_variation"].iloc[0]
    assert own["used"]
    assert own["pvalue"] < 0.001
    assert own["sd"] == pytest.approx(0.35, abs=0.15)
    assert "slopes of pro_attribute_differentiation that vary" in in_words(found.reasons["H4a"])
    within, constant = (
        one.tables["H4a"]["level_slopes"].set_index("part").loc["within"] for one in (found, categories)
    )
    # With six categories the mean slope is known from six slopes, no more.
    assert within["df"] < 10 < constant["df"]
    assert within["se"] > 2 * constant["se"]
    ids = {one.id for one in PAGES["levels"].blocks(found, Labels(BANK)) if isinstance(one, Table)}
    assert "variation-H4a" in ids


@pytest.mark.parametrize("number", [6, 4])
def test_yes_and_no_are_log_odds_in_levels(tmp_path: Path, number: int) -> None:
    rng = np.random.default_rng(5)
    who = np.repeat(np.arange(300), 2)
    kind = np.concatenate([rng.choice(number, 2, replace=False) for _ in range(300)])
    worth = np.linspace(1, -1, 6)[kind] + rng.standard_normal(600)
    odds = worth + 0.8 * rng.standard_normal(300)[who]
    frame = pd.DataFrame({"id": [f"p{k}" for k in who], "kind": np.asarray(CATEGORIES)[kind]})
    frame = frame.assign(**items("pro_attribute_differentiation", worth, rng))
    frame["decision_engage_1"] = (rng.random(600) < 1 / (1 + np.exp(-odds))).astype(int)
    claims = {
        id_: replace(BANK.theory.hypotheses[id_], targets=("decision_engage",)) for id_ in ("H4a", "H4f")
    }
    theory = replace(BANK.theory, hypotheses={**BANK.theory.hypotheses, **claims})
    own = {"levels": {"contrasts": {"H4f": {"computer": 1, "dinner": -1}}}}
    answers = read(tmp_path, frame, id_column="id", category="kind")
    found = run_hypotheses(theory, answers, ["H4a", "H4f"], draws=500, kinds=own)
    table = found.verdicts.set_index("id")
    assert table["verdict"].tolist() == ["supported", "supported"]
    assert set(found.claims["measure"]) == {"log_odds"}
    # One unit of the answers is 1.1 of the score, whose error takes a little more.
    within = found.tables["H4a"]["level_slopes"].set_index("part").loc["within"]
    assert within["est"] == pytest.approx(1 / 1.1, abs=2.5 * within["se"])
    assert within["est"] > 4 * within["se"]
    assert table.loc["H4f", "ci_lower"] < 1.2 < table.loc["H4f", "ci_upper"]
    assert "log odds, in a logistic model" in in_words(found.reasons["H4a"])
    (slopes,) = (one for one in PAGES["levels"].blocks(found, Labels(BANK)) if one.id == "slopes-H4a")
    assert isinstance(slopes, Table)
    assert any("log odds of a logistic model" in note for note in slopes.notes)
    # Where all of a category say yes its log odds have no end: shares are compared.
    frame.loc[frame["kind"] == "computer", "decision_engage_1"] = 1
    answers = read(tmp_path, frame, id_column="id", category="kind")
    found = run_hypotheses(theory, answers, ["H4f"], draws=500, kinds=own)
    assert found.claims["measure"].tolist() == ["mean_gap"]
    assert found.verdicts["verdict"].tolist() == ["supported"]


def test_one_category_a_person_needs_no_effects_of_people(tmp_path: Path) -> None:
    answers = in_categories(tmp_path, n=400, each=1)
    found = run_hypotheses(BANK.theory, answers, ["H4a", "H4f"], draws=500)
    assert found.verdicts["verdict"].tolist() == ["supported", "supported"]
    assert found.tables["H4a"]["shares"]["factor"].tolist() == ["category", "residual"]


def test_two_categories_are_held_constant(tmp_path: Path) -> None:
    answers = in_categories(tmp_path, n=150, names=CATEGORIES[::5])
    found = run_hypotheses(BANK.theory, answers, ["H4a", "H4g"], draws=500)
    told = {id_: in_words(one) for id_, one in found.reasons.items()}
    assert "2 categories are too few for a slope between them" in told["H4a"]
    assert "between so few there is no spread to explain" in told["H4g"]
    assert found.verdicts["verdict"].tolist() == ["supported", "not testable here"]


def test_a_contrast_without_its_categories_becomes_a_comparison_of_all(tmp_path: Path) -> None:
    answers = in_categories(tmp_path, n=120, names=("salt", "washing powder", "soap"))
    found = run_hypotheses(BANK.theory, answers, ["H4f"], draws=500)
    assert "no category is called by the words of the planned contrast" in in_words(found.reasons["H4f"])
    own = {"levels": {"contrasts": {"H4f": {"salt": 1, "soap": -1}}}}
    named = run_hypotheses(BANK.theory, answers, ["H4f"], draws=500, kinds=own)
    assert "planned contrast: salt against soap" in in_words(named.reasons["H4f"])
    own["levels"]["contrasts"]["H4f"]["whisky"] = -1
    missed = run_hypotheses(BANK.theory, answers, ["H4f"], draws=500, kinds=own)
    assert "no category bears these words of the planned contrast: whisky" in in_words(missed.reasons["H4f"])


def test_a_category_that_hardly_anybody_chose_is_named(tmp_path: Path) -> None:
    answers = in_categories(tmp_path, n=120)
    rare = answers.about["category"] == "dinner"
    few = answers.keep(answers.frame.index[~rare | (rare.cumsum() <= 3)])
    told = in_words(run_hypotheses(BANK.theory, few, ["RQ4"], draws=500).reasons["RQ4"])
    assert "left out for fewer than 5 people: dinner" in told


def test_a_category_of_the_questionnaire_that_nobody_chose_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    kind = rng.integers(1, 8, 200)
    frame = pd.DataFrame({"id": [f"p{k}" for k in range(200)], "pro_category_1": kind})
    frame = frame.assign(**items("propensity", 0.2 * kind + rng.standard_normal(200), rng))
    answers = read(tmp_path, frame, id_column="id")
    told = in_words(run_hypotheses(BANK.theory, answers, ["H4f"], draws=500).reasons["H4f"])
    assert "nobody answered about: Washing powder" in told


def test_one_category_is_said_to_be_too_few(tmp_path: Path) -> None:
    answers = in_categories(tmp_path, n=60, each=1, names=("salt",))
    found = run_hypotheses(BANK.theory, answers, ["H4f", "RQ4"], draws=500)
    assert found.verdicts["verdict"].tolist() == ["not testable here"] * 2
    assert "fewer than two values" in in_words(found.reasons["RQ4"])


def _mean(answers: Responses, construct: str) -> pd.Series:
    return answers.frame[[f"{construct}_{k}" for k in ITEMS[construct]]].mean(axis=1)


def _is_a_t_test_of_slopes(answers: Responses, told: pd.Series) -> None:
    """Each country's slope by statsmodels, upper half against lower by SciPy."""
    frame = pd.DataFrame(
        {"x": _mean(answers, "drv_customization_fit"), "y": _mean(answers, "propensity")}
    ).assign(land=answers.about["country"])
    fits = {land: smf.ols("y ~ x", own).fit() for land, own in frame.groupby("land")}
    high, low = ([fits[land] for land in told[side].split(", ")] for side in ("higher", "lower"))
    test = ttest_ind([one.params["x"] for one in high], [one.params["x"] for one in low])
    ours = told[["estimate", "pvalue", "df"]].astype(float).tolist()
    difference = np.mean([one.params["x"] for one in high]) - np.mean([one.params["x"] for one in low])
    assert ours == pytest.approx([difference, test.pvalue, test.df])
    fixed = np.sqrt(sum(np.mean([one.bse["x"] ** 2 for one in side]) / len(side) for side in (high, low)))
    assert told["fixed_se"] == pytest.approx(fixed)


@pytest.mark.parametrize("countries", [40, 12])
def test_claims_about_societies_find_their_truth(tmp_path: Path, countries: int) -> None:
    answers = with_context(in_countries(tmp_path, countries), tmp_path / "countries.csv")
    found = run_hypotheses(BANK.theory, answers, ["H2b", "H2c", "H2d", "H2i"], draws=1000)
    table, told = found.verdicts.set_index("id"), {id_: in_words(one) for id_, one in found.reasons.items()}
    assert not found.failures
    assert table.loc["H2i", "verdict"] == "not supported"
    if countries == 40:
        # .5 of 1.1 units of answers for a unit of income.
        assert table.loc["H2b", "estimate"] == pytest.approx(0.55, abs=0.2)
        assert table.loc[["H2b", "H2c", "H2d"], "verdict"].tolist() == ["supported"] * 3
        slopes = found.tables["H2d"]["slope_of_slopes"].iloc[0]
        assert slopes["slope"] == pytest.approx(0.3, abs=0.06)
        assert slopes["estimate"] == pytest.approx(0.16, abs=0.06)
    else:
        assert "12 countries are too few for a slope over countries (25 are needed)" in told["H2b"]
        assert table.loc["H2b", "measure"] == "mean_gap"
        own = found.tables["H2b"]["countries"].iloc[0]
        # Countries count as drawn, not people: the error is larger than with countries fixed.
        assert own["se"] > own["fixed_se"]
        assert table.loc["H2c", "verdict"] == "not testable here"
        assert table.loc["H2d", ["kind", "measure"]].tolist() == ["levels", "slope_difference"]
        assert "12 countries are too few for a slope over countries" in told["H2d"]
        _is_a_t_test_of_slopes(answers, found.tables["H2d"]["slope_of_slopes"].iloc[0])
        assert "too few for a path between them" in told["H2c"]
    blocks = PAGES["levels"].blocks(found, Labels(BANK))
    assert {one.id for one in blocks if isinstance(one, Table)} >= {"countries-H2b", "countries-H2i"}
    assert ("countries-H2d" in {one.id for one in blocks if isinstance(one, Table)}) == (countries == 12)
    assert ("slopes-H2d" in {one.id for one in blocks if isinstance(one, Table)}) == (countries == 40)


@pytest.mark.parametrize(
    ("countries", "told"), [(2, "2 countries leave one on each side"), (1, "fewer than two")]
)
def test_a_country_or_two_tell_nothing_of_societies(tmp_path: Path, countries: int, told: str) -> None:
    """Two means without a spread beside were not supported at p = 1."""
    answers = with_context(in_countries(tmp_path, countries, 30), tmp_path / "countries.csv")
    found = run_hypotheses(BANK.theory, answers, ["H2b", "H2i"], draws=500)
    assert found.verdicts["verdict"].tolist() == ["not testable here"] * 2
    assert all(told in in_words(found.reasons[id_]) for id_ in ("H2b", "H2i"))


def test_a_table_of_countries_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    answers = in_countries(tmp_path, 6)
    table = pd.read_csv(tmp_path / "countries.csv").astype({"mac_education": object})
    table = pd.concat([table.iloc[1:], table.iloc[[2]]], ignore_index=True)
    table.loc[0, "mac_education"] = "high"
    table.to_csv(tmp_path / "countries.csv", index=False)
    with pytest.raises(ResponsesError) as raised:
        with_context(answers, tmp_path / "countries.csv")
    said = str(raised.value)
    for part in ("country land 02", "stands there twice", "'high' is no number"):
        assert part in said
    with pytest.raises(ResponsesError, match="do not tell countries apart"):
        with_context(in_categories(tmp_path, n=20), tmp_path / "countries.csv")


def test_a_country_without_a_row_is_left_out_and_named(tmp_path: Path) -> None:
    answers = in_countries(tmp_path, 6)
    table = pd.read_csv(tmp_path / "countries.csv")
    table.iloc[1:].to_csv(tmp_path / "countries.csv", index=False)
    joined = with_context(answers, tmp_path / "countries.csv")
    assert any("no row for land 00" in one for one in joined.warnings)
    found = run_hypotheses(BANK.theory, joined, ["H2b"], draws=500)
    assert int(found.tables["H2b"]["countries"].iloc[0]["countries"]) == 5
    table.assign(country="elsewhere " + table["country"]).to_csv(tmp_path / "countries.csv", index=False)
    with pytest.raises(ResponsesError, match="no row for any country"):
        with_context(answers, tmp_path / "countries.csv")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Answers in categories; age goes along with propensity, and with which category somebody has."""
    found = in_categories(tmp_path_factory.mktemp("older"))
    rng = np.random.default_rng(9)
    place = pd.factorize(found.about["category"], sort=True)[0]
    will = found.frame.filter(like="propensity_").mean(axis=1)
    age = 40 + 4 * (will - will.mean()) + 2 * place + rng.normal(0, 5, found.rows)
    return replace(found, about=found.about.assign(age=age.to_numpy()))


def test_controls_are_fixed_covariates_of_slopes_and_gaps(older: Responses) -> None:
    """Against statsmodels: least squares with errors robust to people."""
    tests = run_hypotheses(BANK.theory, older, ["H4a", "RQ4"], draws=500, controls=["age"])
    assert not [one for told in tests.reasons.values() for one in told if one.code == "no_controls"]
    told = str(tests.reasons)
    assert tests.without_controls is not None
    table, bare = (one.table().set_index("id") for one in (tests, tests.without_controls))
    assert (table["estimate"] - bare["estimate"]).abs().min() > 0.005, told
    frame = pd.DataFrame(
        {
            "y": older.frame.filter(like="propensity_").mean(axis=1),
            "x": older.frame.filter(like="pro_attribute_differentiation_").mean(axis=1),
            "kind": older.about["category"], "person": older.about["respondent"],
            "age": older.about["age"].astype(float),
        }
    ).reset_index(drop=True)  # fmt: skip
    everybody = pd.factorize(frame["person"])[0]
    groups = smf.ols("y ~ C(kind) + age", frame).fit(cov_type="cluster", cov_kwds={"groups": everybody})
    means = tests.tables["RQ4"]["category_means"].set_index("group")["mean"]
    gaps = means - means.loc[sorted(means.index)[0]]
    expected = groups.params[[name for name in groups.params.index if "kind" in name]]
    assert gaps.loc[sorted(gaps.index)[1:]].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-8)
    left = smf.ols("y ~ age", frame).fit().ssr
    assert table.loc["RQ4", "estimate"] == pytest.approx(1 - groups.ssr / left, abs=1e-8)
    frame["within"] = frame["x"] - frame.groupby("kind")["x"].transform("mean")
    frame["between"] = frame["x"] - frame["within"]
    # lme4 has the values of this model's own tests.
    whole = mixed_model(frame, "y", ["x", "age"], ["person", "kind"]).contrast({"x": 1})
    assert table.loc["H4a", "estimate"] == pytest.approx(whole.estimate, abs=1e-6)
    slopes = tests.tables["H4a"]["robust"].set_index("part")
    robust = smf.ols("y ~ within + between + age", frame).fit(
        cov_type="cluster", cov_kwds={"groups": everybody}
    )
    assert slopes["est"].to_numpy() == pytest.approx(
        robust.params[["within", "between"]].to_numpy(), abs=1e-8
    )
