"""The method in words: only sentences that are true of the study."""

from dataclasses import replace

import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementOptions, MeasurementResults, measure
from coprod_measure.measurement.factors.measured_apart import APART
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.report.about_making import about_making
from coprod_measure.report.about_procedure import about_procedure
from coprod_measure.report.document import Callout, KeyValues, Paragraph
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.procedure_of_models import measurement_in_words
from coprod_measure.report.procedure_of_tests import hypotheses_in_words
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule, Step
from coprod_measure.structure.evidence import Reason
from coprod_measure.study.results import StudyResults
from report.report_fixtures import answers, hypothesis_tests
from report.test_compose import _results

WHY = NotAvailable("not computed")
SOURCE = "Etgar, M. (2008). A descriptive model."


@pytest.fixture(scope="module")
def results() -> StudyResults:
    return _results(300)


@pytest.fixture(scope="module")
def compared() -> MeasurementResults:
    options = MeasurementOptions(
        parallel_draws=20, htmt_draws=0, n_factors=1, groups=("sex",), estimator="MLR",
        levels=("configural", "metric", "scalar"), extras=("ordinal_reliability",),
    )  # fmt: skip
    clean = answers(300)
    sex = pd.DataFrame({"sex": ["a", "b"] * 150}, index=clean.frame.index)
    return measure(replace(clean, about=clean.about.join(sex)), options)


def with_parts(found: MeasurementResults, **parts: object) -> MeasurementResults:
    return replace(found, parts={**found.parts, **parts})


def _words(results: StudyResults) -> list[str]:
    lead, *paragraphs = about_procedure(results).blocks
    assert isinstance(lead, Callout)
    return [block.text for block in paragraphs if isinstance(block, Paragraph)]


def test_the_sample_after_cleaning(results: StudyResults) -> None:
    words = _words(results)[0]
    assert "2 respondents were excluded: " in words
    steps = tuple(replace(step, excluded=0) for step in results.responses.steps)
    everybody = replace(results, responses=replace(results.responses, steps=steps))
    assert "Nobody was excluded; n = 300." in _words(everybody)[0]
    assert "asked 9 items about 3 constructs; those of scales had 3 answer options; 3 reversed items" in words
    steps = (
        Step("read", 320, "rows"),
        Step("consent", 320, "No consent was given", excluded=8),
        Step("fast", 312, "SPSS says too fast; it does", marked=9),
        Step("consensus", 312, "marked by at least 2 kinds of evidence", excluded=12),
    )
    cleaned = replace(results, responses=replace(results.responses, steps=steps))
    assert (
        "In this order, 20 respondents were excluded: no consent was given (n = 8); marked by at least 2 "
        "kinds of evidence (n = 12). Marks were given for: SPSS says too fast, it does. The analyses rest on "
        "the remaining 300."
    ) in _words(cleaned)[0]


def test_estimator_and_missing_answers_are_those_of_the_study(
    results: StudyResults, compared: MeasurementResults
) -> None:
    plain, _ = measurement_in_words(results.measurement, results.instrument)
    assert "by maximum likelihood (Jöreskog, 1969) from respondents who answered all its items" in plain
    # Three options are too few to say that they may be treated as continuous.
    assert "treated as continuous. Its fit was judged by the guides CFI ≥ .95, RMSEA ≤ .06 and" in plain
    assert "20 draws" in plain
    robust, _ = measurement_in_words(compared, results.instrument)
    assert "(Yuan & Bentler, 2000)" in robust
    assert "RMSEA ≤ .06 (both in robust form)" in robust
    assert "draws)" not in robust
    assert "1 factor was extracted by minimum residuals from Pearson correlations." in robust
    model = results.measurement.confirmatory
    assert not isinstance(model, NotAvailable)
    full = with_parts(results.measurement, confirmatory=replace(model, missing="fiml", estimator="WLSMV"))
    words, _ = measurement_in_words(full, results.instrument)
    assert "(Muthén, 1984; Satorra & Bentler, 1994), with missing answers by full information" in words
    assert "continuous" not in words
    apart = with_parts(results.measurement, confirmatory=replace(model, why_missing={"cfi": APART}))
    words, _ = measurement_in_words(apart, results.instrument)
    assert "each factor was estimated by itself, by maximum likelihood" in words
    assert "(Rosseel & Loh, 2024), and there is no fit of the whole." in words
    assert "guides CFI" not in words


def test_groups_and_further_parts_only_where_they_were_examined(
    results: StudyResults, compared: MeasurementResults
) -> None:
    assert measurement_in_words(results.measurement, results.instrument)[1] == ""
    _, words = measurement_in_words(compared, results.instrument)
    assert "over sex was examined level by level (configural, metric, scalar; Meredith, 1993)" in words
    assert "the test of change was the scaled difference (Satorra & Bentler, 2001)" in words
    assert "Further analyses: categorical omega (Green & Yang, 2009)." in words
    assert "expressed as dMACS, each construct modelled alone" in words
    assert "where a level failed" not in words
    ladder = compared.groups["sex"]
    assert isinstance(ladder, Invariance)
    assert ("Latent means were compared" in words) == (len(ladder.means) > 0)
    bare = replace(ladder, effects=ladder.effects.head(0), means=ladder.means.head(0))
    variants = with_parts(compared, groups={"sex": bare}, htmt_variants={"HTMT2": compared.htmt})
    _, words = measurement_in_words(variants, results.instrument)
    assert "dMACS" not in words
    assert "Latent means" not in words
    assert "variants of the heterotrait-monotrait ratio (Roemer et al., 2021)" in words


def test_what_could_not_be_computed_is_not_claimed(results: StudyResults) -> None:
    bare = with_parts(
        results.measurement, confirmatory=WHY, validity=WHY, htmt=WHY, efa=WHY, parallel=WHY,
        reliability=replace(
            results.measurement.reliability,
            coefficients=results.measurement.reliability.coefficients.assign(alpha=float("nan")),
        ),
    )  # fmt: skip
    assert measurement_in_words(bare, results.instrument) == ("", "")
    assert len(_words(replace(results, measurement=bare, structure=WHY))) == 2


def test_hypotheses_with_the_tests_that_ran(results: StudyResults) -> None:
    tests, theory = hypothesis_tests(), replace(results.theory, source=SOURCE)
    decided = tests.claims.tail(1).assign(model="logistic", n=610, via=[()])
    tests = replace(tests, claims=pd.concat([tests.claims, decided]))
    words = hypotheses_in_words(tests, theory, results.measurement)
    assert "(Etgar, 2008), 2 hypotheses were tested. " in words
    assert "The 2 structural equation models of paths (n = 1,200 and 800) were estimated by" in words
    assert "estimated by maximum likelihood (Jöreskog, 1969), with missing answers by full" in words
    assert f"{decided['hypothesis'].iloc[0]} (n = 610) was tested by logistic regression of a yes/no" in words
    assert "Preacher & Selig, 2012" in words
    assert "adjusted over the 2 hypotheses (Holm, 1979)" in words
    assert "Berger" not in words
    direct = replace(
        tests,
        claims=tests.claims.head(1),
        verdicts=tests.verdicts.head(1),
        reasons={"H1": (Reason("weakest_model", {"of": 2, "model": "linear", "respondents": "all"}),)},
        paths=tests.paths[tests.paths["kind"] == "linear"],
        models=(replace(tests.models[0], missing="listwise"),),
    )
    words = hypotheses_in_words(direct, results.theory, results.measurement)
    assert "1 hypothesis was tested. H1 (n = 1,200) was tested by paths of a structural equation" in words
    assert "The structural equation model of paths (n = 1,200) was estimated as" in words
    assert "estimated as the measurement model was. In it" in words
    assert "logistic" not in words
    assert "Preacher" not in words
    assert "Holm" not in words
    assert "Berger, 1982" in words
    assert hypotheses_in_words(WHY, theory, results.measurement) == ""
    untested = replace(tests, verdicts=tests.verdicts.tail(1))
    assert hypotheses_in_words(untested, theory, results.measurement) == ""


def test_the_program_is_named_with_its_version(results: StudyResults) -> None:
    provenance = replace(
        results.provenance, versions={"python": "3.12.1", "coprod-measure": "0.1.0", "numpy": "2.0"}
    )
    words = _words(replace(results, provenance=provenance))[-1]
    assert words == (
        "All analyses were made with coprod-measure 0.1.0 (The coprod-measure authors, n.d.) in Python "
        "3.12.1 with NumPy 2.0; the seed of every random step was 7."
    )


def test_both_seeds_are_named_where_cleaning_simulates(results: StudyResults) -> None:
    marked = Rule(
        id="fit", index="guttman", op=">", value=0.01, action="mark", rationale="Does not fit", basis="simulated",
    )  # fmt: skip
    rules = CleaningRules(version="1.0", dated="", min_flags=2, rules=(marked,), seed=20260105)
    simulated = replace(results, responses=replace(results.responses, rules=rules))
    assert _words(simulated)[-1].endswith(
        "the seed of every random step was 7, but 20260105 of the simulated cut-offs of the cleaning rules."
    )
    facts = next(b for b in about_making(results.provenance, rules).blocks if isinstance(b, KeyValues))
    assert ("Seed of the cleaning rules", "20260105") in facts.pairs
    raw = replace(rules, rules=(replace(marked, basis="raw"),))
    facts = next(b for b in about_making(results.provenance, raw).blocks if isinstance(b, KeyValues))
    assert "Seed of the cleaning rules" not in dict(facts.pairs)


SAID = {
    "paths": [("linear", "beta", "paths of a structural"), ("logistic", "beta", "logistic regression")],
    "over_time": [
        ("riclpm_equal", "beta", "with random intercepts (Hamaker et al., 2015) of scale means"),
        ("clpm", "beta", "a plain cross-lagged panel model of scale means, lagged effects free over time"),
    ],
    "transitions": [("moves", "share_forward", "a later stage"), ("hazard", "log_odds_of_the_event", "hazard")],
    "experiments": [("arms", "cohens_d", "a planned contrast of the means of arms")],
    "incremental": [("", "delta_r2", "gain in R²")],
    "measurement": [("", "correlation", "cut-off"), ("", "loading", "one factor above")],
    "relative_importance": [("", "general_dominance", "dominance analysis")],
    "discrepancy": [("", "a3", "polynomial regression")],
    "necessity": [("", "necessity_d", "necessary condition analysis")],
    "segmentation": [("EEI", "classes", "it is 6 or more below")],
    "conjoint": [("mixed", "importance", "mixed logit"), ("conditional", "importance", "(McFadden, 1974)")],
    "choice": [("", "log_odds", "a logit or multinomial model of the choice, all causes together")],
    "judgement": [
        ("lexical", "rule_gain", "its cross-validated fit must exceed"),
        ("regression", "classes", "mixture regression with different numbers of classes"),
    ],
    "group_difference": [
        ("groups", "path_difference", "several groups"), ("", "eta_squared", "Welch"),
        ("", "concordance", "Jonckheere"),
    ],
    "rivals": [("swapped", "delta_bic", "Vuong")],
    "levels": [
        ("within", "beta", "the whole slope, split into between and within categories"),
        ("contrast", "log_odds", "log odds in a planned contrast"), ("all", "eta_squared", "equal means"),
        ("profile", "eta_squared", "parallel profiles"), ("gap", "share", "share of a gap"),
        ("slope", "beta", "slope over countries"), ("slope_of_slopes", "beta", "over countries"),
        ("halves", "gap", "upper half of countries"),
        ("halves_of_slopes", "slope_difference", "slopes within the upper half"), ("2-1-1", "beta", "within countries"),
    ],
    "nomological": [("", "correlation", "correlations of factors")],
    "moderated": [
        ("sam", "beta", "a latent interaction, structural after measurement"),
        ("groups", "slope_difference", "several groups"), ("arms", "contrast", "Welch's contrast"),
        ("facets", "weighting", "multiplied by their weights"), ("scores", "beta", "two scale means"),
        ("scores", "interaction", "all products of two moderators"),
        ("scores", "moderated_mediation_index", "(Hayes, 2015) from regressions of scale means"),
    ],
}  # fmt: skip


def test_each_kind_of_test_says_its_own_sentence(results: StudyResults) -> None:
    tests = hypothesis_tests()
    assert set(SAID) == set(PAGES)
    for kind, ways in SAID.items():
        for model, effect, words in ways:
            claims = tests.claims.head(1).assign(model=model, measure=effect, via=[()], n=77)
            own = replace(
                tests, claims=claims, verdicts=tests.verdicts.head(1).assign(kind=kind), models=(), reasons={}
            )
            said = hypotheses_in_words(own, results.theory, results.measurement)
            assert "1 hypothesis was tested. H1 (n = 77) was tested by " in said
            assert words in said, said
            assert "structural equation model of paths" not in said


def test_who_has_to_have_answered_what_is_told_by_kind(results: StudyResults) -> None:
    tests = hypothesis_tests()
    verdicts = tests.verdicts.head(2).assign(kind=["necessity", "segmentation"])
    claims = tests.claims.drop_duplicates("hypothesis").assign(model="EEI")
    options = replace(tests.options, missing="fiml")
    own = replace(tests, verdicts=verdicts, claims=claims, models=(), options=options)
    said = hypotheses_in_words(own, results.theory, results.measurement)
    assert (
        "Tests of the kind necessity rest on those who answered all that a hypothesis names; a scale" in said
    )
    assert "Tests of the kind segmentation take all that anybody answered." in said


def test_few_categories_have_no_slope_between_them(results: StudyResults) -> None:
    tests = hypothesis_tests()
    claims = tests.claims.head(1).assign(model="within", measure="beta", via=[()], n=77)
    verdicts = tests.verdicts.head(1).assign(kind="levels")
    few = {"H1": (Reason("no_slope_between", {"found": 3, "needed": 5}),)}
    own = replace(tests, claims=claims, verdicts=verdicts, models=(), reasons=few)
    said = hypotheses_in_words(own, results.theory, results.measurement)
    assert "an intercept a category: the slope within categories, too few for one between" in said


def test_two_kinds_and_what_was_held_constant_are_told_apart(results: StudyResults) -> None:
    tests = hypothesis_tests()
    verdicts = tests.verdicts.head(2).assign(kind=["paths", "necessity"])
    claims = tests.claims.drop_duplicates("hypothesis").assign(n=[90, 80])
    mixed = replace(tests, verdicts=verdicts, claims=claims)
    said = hypotheses_in_words(mixed, results.theory, results.measurement, "Age (as it is)")
    assert "H1 (n = 90) was tested by " in said
    assert "H2 (n = 80) was tested by necessary condition analysis" in said
    assert "Held constant, but not in the test of H2: Age (as it is)." in said
    assert "in tests other than of paths by the least certain effect (Berger, 1982)" in said
