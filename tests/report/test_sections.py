"""What the sections say about records whose numbers are known."""

from dataclasses import replace

import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.instrument.definition import Item
from coprod_measure.measurement.factors.dimensionality import parallel_analysis, sampling_adequacy
from coprod_measure.measurement.factors.exploratory import efa
from coprod_measure.measurement.factors.number import factor_number
from coprod_measure.measurement.items import item_analysis
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.reliability.consistency import consistency
from coprod_measure.report.about_factors import about_factors
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.about_items import about_items
from coprod_measure.report.about_making import flat
from coprod_measure.report.about_reliability import about_reliability
from coprod_measure.report.about_respondents import about_respondents
from coprod_measure.report.document import (
    Bullets,
    Callout,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    Section,
    Table,
)
from coprod_measure.report.formats.html import as_html
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.model_fit import ModelFit, callouts, fit_table, judge
from coprod_measure.report.numbers import shown
from coprod_measure.responses.cleaning_rules import Operator, Rule, Step
from coprod_measure.structure.evidence import Reason
from report.report_fixtures import (
    answers,
    hypothesis_tests,
    structural_fit,
    two_stage_instrument,
)

LABELS = Labels(two_stage_instrument())


def _texts(section: Section) -> list[list[str]]:
    table = next(block for block in section.blocks if isinstance(block, Table))
    return [[cell.text for cell in row] for row in shown(table).rows]


def test_respondents_are_told_synthetic_counted_and_followed() -> None:
    section = about_respondents(answers())
    assert section.blocks[0] == Callout(
        "No person gave these answers: they were drawn by a program.", "Synthetic data."
    )
    words = " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))
    assert "gave 62 rows of answers. Cleaning excluded 2 respondents (3.2%); 60 remain." in words
    assert "changed 1 cell by these rules: recode (1 cell)" in words
    assert _texts(section)[1] == [
        "consent",
        "No consent [consent == 0; unknown for 7]",
        "62",
        "2",
        "0",
        "60",
    ]
    facts = dict(next(block.pairs for block in section.blocks if isinstance(block, KeyValues)))
    assert facts["Respondents who answered every question"] == "59"
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    assert figure.alt == "From 62 rows to 60 respondents analysed. No consent: 2."
    assert figure.note.startswith("1 further rule marked respondents")


def test_rules_that_could_not_be_applied_are_one_sentence_and_no_rows() -> None:
    responses = answers()
    lost = tuple(
        Step(name, 60, "Why", applied=Rule(id=name, index=name, op=">", value=0, action="mark", rationale="Why"), unavailable=NotAvailable("the file does not say"))
        for name in ("device", "preview")
    )  # fmt: skip
    section = about_respondents(replace(responses, steps=responses.steps + lost))
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert table.notes == ("Rules that could not be applied: device and preview (the file does not say).",)
    assert len(table.rows) == len(responses.steps)


def _attention(op: Operator, value: int) -> Step:
    rule = Rule(
        id="attention_twice", index="attention_failed", op=op, value=value, action="exclude",
        rationale="Two failures",
    )  # fmt: skip
    return Step(rule.id, 60, rule.rationale, applied=rule)


@pytest.mark.parametrize(
    ("n_asked", "op", "value", "warns"),
    [(1, ">=", 2, True), (1, ">", 1, True), (1, ">=", 1, False), (2, ">=", 2, False), (0, ">=", 2, False)],
)
def test_a_rule_that_counts_more_attention_items_than_asked_is_named(
    n_asked: int, op: Operator, value: int, warns: bool
) -> None:
    given = answers()
    checks = {f"check_{k}": Item(f"check_{k}", "Tick 2.", role="attention") for k in range(n_asked)}
    instrument = replace(given.instrument, items={**given.instrument.items, **checks})
    frame = given.frame.assign(**dict.fromkeys(checks, 2.0))
    missing = given.missing.assign(**dict.fromkeys(checks, ""))
    asked = replace(
        given,
        instrument=instrument,
        frame=frame,
        missing=missing,
        steps=(*given.steps, _attention(op, value)),
    )
    told = [b.text for b in about_respondents(asked).blocks if isinstance(b, Callout) and "rule" in b.title]
    assert bool(told) is warns
    assert not told or told[0].startswith(
        "Nobody was asked more than 1 attention item (check_0), but attention_twice counts more"
    )


def test_planned_missing_counts_what_each_respondent_was_shown() -> None:
    given = answers()
    checks = {f"check_{k}": Item(f"check_{k}", "Tick 2.", role="attention") for k in range(2)}
    missing = given.missing.assign(check_0="not_shown", check_1="")
    asked = replace(
        given,
        instrument=replace(given.instrument, items={**given.instrument.items, **checks}),
        frame=given.frame.assign(check_0=float("nan"), check_1=2.0),
        missing=missing,
        steps=(*given.steps, _attention(">=", 2)),
    )
    assert [b for b in about_respondents(asked).blocks if isinstance(b, Callout) and "rule" in b.title]


def test_real_answers_are_not_called_synthetic() -> None:
    responses = answers()
    section = about_respondents(replace(responses, source=replace(responses.source, synthetic=False)))
    assert not [block for block in section.blocks if isinstance(block, Callout)]


def test_items_stand_under_their_construct_with_the_sign_of_reversal() -> None:
    section = about_items(item_analysis(answers()), LABELS)
    rows = _texts(section)
    assert rows[0][0] == "Construct A"
    assert [row[0] for row in rows[1:4]] == ["a1", "a2 (R)", "a3"]
    assert rows[1][1:3] == ["59", "1.7%"]


def test_items_on_different_scales_get_figures_of_their_own() -> None:
    analysis = item_analysis(answers())
    distribution = analysis.distribution
    other = distribution[(distribution["construct"] != "b") | (distribution["code"] > 1)]
    section = about_items(replace(analysis, distribution=other), LABELS)
    assert [b.id for b in section.blocks if isinstance(b, Figure)] == ["answers-1", "answers-2", "answers-3"]


def test_numbers_of_ones_own_are_not_drawn_as_bars() -> None:
    analysis = item_analysis(answers())
    slider = pd.DataFrame({"construct": "a", "item": "a3", "code": range(101), "count": 1, "share": 1 / 101})
    others = analysis.distribution[analysis.distribution["item"] != "a3"]
    section = about_items(replace(analysis, distribution=pd.concat([others, slider])), LABELS)
    (figure,) = [block for block in section.blocks if isinstance(block, Figure)]
    assert "8 items" in figure.alt
    assert figure.note.endswith("Not drawn, because a number was asked for: a3.")


def test_reliability_names_what_is_low_and_why_what_is_missing() -> None:
    found = reliability(answers())
    coefficients = found.coefficients.assign(alpha=[0.9, 0.5, float("nan")])
    why = pd.DataFrame(
        [("c", "alpha", "measured as composite")], columns=["construct", "statistic", "reason"]
    )
    section = about_reliability(
        replace(found, coefficients=coefficients, unavailable=why), consistency(answers()), LABELS
    )
    words = section.blocks[0]
    assert isinstance(words, Paragraph)
    assert "for 1 of 2 scales. It stays below for Construct B." in words.text
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert ("a", "measured as composite") in shown(table).reasons
    assert _texts(section)[2][3] == "—"


def test_constructs_without_any_coefficient_are_named_below_the_table() -> None:
    found = reliability(answers())
    gone = found.coefficients.copy()
    gone.loc[2, ["alpha", "omega", "cr", "ave"]] = float("nan")
    why = pd.DataFrame(
        [("c", "alpha", "measured as composite")], columns=["construct", "statistic", "reason"]
    )
    section = about_reliability(
        replace(found, coefficients=gone, unavailable=why), consistency(answers()), LABELS
    )
    assert [row[0] for row in _texts(section)] == ["Construct A", "Construct B"]
    assert Bullets(("Construct C: measured as composite.",)) in section.blocks


def test_people_who_were_excluded_are_no_changed_cells() -> None:
    given = answers()
    log = pd.DataFrame(
        [
            ("r1", "a1", 0.0, "excluded", "no_consent", "No consent"),
            ("r2", "a1", 9.0, "", "range", "Out of range"),
        ],
        columns=list(given.log.columns),
    )
    told = [b.text for b in about_respondents(replace(given, log=log)).blocks if isinstance(b, Paragraph)]
    assert any("changed 1 cell by these rules: range (1 cell)" in text for text in told)


def test_a_value_that_is_printed_as_the_guide_reaches_it() -> None:
    found = reliability(answers())
    coefficients = found.coefficients.assign(alpha=[0.6961, 0.9, float("nan")])
    section = about_reliability(replace(found, coefficients=coefficients), consistency(answers()), LABELS)
    words = section.blocks[0]
    assert isinstance(words, Paragraph)
    assert words.text.startswith("Alpha reaches the usual guide of .70 for every scale.")
    assert _texts(section)[0][3] == ".70"


def test_factors_show_kmo_and_the_number_kept() -> None:
    responses = answers(200)
    adequacy, parallel = sampling_adequacy(responses), parallel_analysis(responses, draws=50)
    number = factor_number(responses, draws=50)
    section = about_factors(adequacy, parallel, number, efa(responses, 3), LABELS)
    facts = dict(next(block.pairs for block in section.blocks if isinstance(block, KeyValues)))
    assert facts["Kaiser-Meyer-Olkin"].startswith(f"{adequacy.kmo:.2f}"[1:])
    assert Paragraph("3 factors extracted.") in section.blocks
    scree = next(block for block in section.blocks if isinstance(block, Figure))
    assert f"the first {parallel.n_factors} exceed" in scree.alt


def test_methods_that_disagree_are_not_called_a_majority() -> None:
    responses = answers(200)
    number = factor_number(responses, draws=50)
    why = NotAvailable("not asked for")
    methods = number.methods.assign(n_factors=[float(k) for k in range(3, 3 + len(number.methods))])
    split = replace(number, methods=methods, agreed=3, agreement=1 / len(methods))
    words = [b.text for b in about_factors(why, why, split, why, LABELS).blocks if isinstance(b, Paragraph)]
    last = 2 + len(methods)
    assert f"The methods do not agree: they say 3 to {last} factors. No method is right alone." in words


def test_a_part_that_failed_leaves_the_rest() -> None:
    why = NotAvailable("too few answers")
    section = about_factors(why, why, why, efa(answers(200), 2), LABELS)
    assert (
        Bullets(("KMO and Bartlett's test: too few answers.", "Parallel analysis: too few answers."))
        in section.blocks
    )
    assert Paragraph("2 factors extracted.") in section.blocks


def test_an_effect_beyond_its_range_stands_as_a_caution_with_the_verdict() -> None:
    tests = hypothesis_tests()
    told = Reason("beyond_range", {"claim": ("a", "b"), "size": -238.0, "number": 1})
    tests = replace(tests, reasons={**tests.reasons, "H2": (*tests.reasons["H2"], told)})
    rows = _texts(about_hypotheses(tests, LABELS))
    assert rows[1][2] == "○\N{NO-BREAK SPACE}not supported (caution: an effect beyond ±1)"


def test_hypotheses_are_counted_by_verdict() -> None:
    section = about_hypotheses(hypothesis_tests(), LABELS)
    assert section.blocks[0] == Paragraph(
        "2 of 3 hypotheses were tested with these answers. Supported: 1 (H1). Not supported: 1 (H2). "
        "Not testable here: 1 (H3). The questionnaire asked only a part of what H1 names; the verdict is about that part."
    )
    rows = _texts(section)
    assert rows[0][2:] == [
        "✓\N{NO-BREAK SPACE}supported for the 1 of 2 causes that were asked",
        "positive",
        ".40",
        "[.30, .50]",
        "< .001",
        "< .001",
    ]
    assert rows[2][2:] == ["–\N{NO-BREAK SPACE}not testable here", "negative", "—", "—", "—", "—"]
    told = (
        "H1: supported for the 1 of 2 causes that were asked; 1 of 1 effect significant as expected.",
        "H2: not supported; 0 of 1 effect significant as expected.",
    )
    assert Bullets(told) in section.blocks
    tables = {block.id: block for block in section.blocks if isinstance(block, Table)}
    assert [row.values for row in tables["not-asked"].rows] == [("H1", "cause", "Construct C")]
    together = [(row.values[1], row.values[2]) for row in tables["estimated-together"].rows]
    assert together == [(1200, "H1, H2"), (800, "H1, H2")]
    effects = tables["effects-table"]
    assert [row[0].text for row in shown(effects).rows] == [
        "H1", "Construct A → Construct B", "H2", "Construct A → Construct B → Construct C",
    ]  # fmt: skip
    assert [block.id for block in section.blocks if isinstance(block, Figure)] == [
        "hypotheses-forest",
        "paths-1",
        "paths-2",
    ]


def test_effects_are_named_by_what_they_are() -> None:
    tests = hypothesis_tests()
    first, second = tests.claims.iloc[[0]], tests.claims.iloc[[1]]
    claims = pd.concat(
        [
            first.assign(source="a x b", target="c"),
            first.assign(measure="correlation", estimate=0.3),
            second.assign(measure="a3", via=[(("b",),)]),
        ],
        ignore_index=True,
    )
    section = about_hypotheses(replace(tests, claims=claims), LABELS)
    table = next(b for b in section.blocks if isinstance(b, Table) and b.id == "effects-table")
    named = [row[0].text for row in shown(table).rows if len(row) > 2 and row[2].text]
    assert named == [
        "Construct A × Construct B → Construct C", "Construct A ↔ Construct B",
        "Construct A against Construct B → Construct C",
    ]  # fmt: skip
    assert [column.label for column in table.columns][1:3] == ["Expected", "Measure"]


def test_signs_stand_as_the_record_holds_them_beside_what_is_expected() -> None:
    found = hypothesis_tests()
    section = about_hypotheses(found, LABELS)
    rows = _texts(section)
    assert [row[3] for row in rows] == ["positive", "any", "negative"]
    assert rows[1][4:6] == ["−.15", "[−.40, .10]"]
    forest = next(block for block in section.blocks if isinstance(block, Figure))
    assert "H2 −.15 [−.40, .10], not supported" in forest.alt
    assert "both signs" not in forest.note


def test_effects_of_both_signs_have_no_signed_average() -> None:
    found = hypothesis_tests()
    both = found.verdicts.assign(expected=["both", "any", "negative"])
    section = about_hypotheses(replace(found, verdicts=both), LABELS)
    assert _texts(section)[0][3:5] == ["both signs", ".40"]
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert "H1 claims effects of both signs: the average there is turned" in table.notes[0]


def test_no_hypotheses_is_said() -> None:
    section = about_hypotheses(NotAvailable("none were named"), LABELS)
    assert section.blocks == (Paragraph("No hypotheses were tested: none were named."),)


@pytest.mark.parametrize(
    ("changes", "judgement"),
    [
        ({}, "close"),
        ({"cfi": 0.94}, "acceptable"),
        ({"cfi": 0.78}, "poor"),
        ({"rmsea": 0.11}, "poor"),
        ({"df": 0.0}, "unknown"),
    ],
)
def test_fit_is_judged_by_its_worst_measure(changes: dict[str, float], judgement: str) -> None:
    measures = structural_fit().fit_measures.copy()
    for name, value in changes.items():
        measures[name] = value
    assert judge(measures) == judgement


def test_bad_models_are_called_bad() -> None:
    fit = structural_fit()
    measures = fit.fit_measures.copy()
    measures["cfi"] = 0.78
    said = callouts(ModelFit("The model", 10, measures, converged=False, admissible=False))
    assert [callout.title for callout in said] == ["Not converged.", "Inadmissible.", "Poor fit."]
    assert "CFI = .78" in said[-1].text


def test_a_saturated_model_has_no_p_because_nothing_is_tested() -> None:
    measures = pd.Series({"chisq": 0.0, "df": 0.0, "pvalue": float("nan"), "cfi": 1.0, "rmsea": 0.0})
    table = shown(fit_table("t", "T", [ModelFit("m", 100, measures, True, True)]))
    assert table.rows[0][4].text == "—"
    assert next(reason for _, reason in table.reasons).startswith("df = 0:")
    tested = pd.Series({"chisq": 3.0, "df": 2.0, "pvalue": 0.2, "cfi": 1.0, "rmsea": 0.0})
    table = shown(fit_table("t", "T", [ModelFit("m", 100, tested, True, True)]))
    assert table.rows[0][4].text == ".200"
    assert not [reason for _, reason in table.reasons if "df = 0" in reason]


def test_all_sections_make_one_page() -> None:
    responses = answers(200)
    sections = (
        about_respondents(responses),
        about_items(item_analysis(responses), LABELS),
        about_reliability(reliability(responses), consistency(responses), LABELS),
        about_hypotheses(hypothesis_tests(), LABELS),
    )
    page = as_html(Document("T", "S", sections))
    assert "<script" not in page
    assert page.count("<svg") == 5


def test_options_are_written_flat() -> None:
    assert flat({"a": {"b": (1, 2), "c": None}, "d": ()}) == [("a.b", "1, 2"), ("a.c", "none"), ("d", "none")]


def test_names_in_sentences() -> None:
    assert phrase([]) == ""
    assert phrase(["A", "B", "C"]) == "A, B and C"
    assert counted(1, "row") == "1 row"
    assert counted(2436, "hypothesis", "hypotheses") == "2,436 hypotheses"


def test_answers_are_named_where_the_scale_has_labels() -> None:
    assert LABELS.answer("a1", 2.0) == "middle"
    assert LABELS.answer("a1", "7") == "7"
    assert LABELS.answer("country", "DE") == "DE"


def test_wordings_are_filled_and_lose_the_construct_under_its_heading() -> None:
    item = Item("trust_1", "I trust {partner}.", construct_id="trust", reverse=True)
    instrument = replace(two_stage_instrument(), items={item.id: item}, placeholders={"partner": "the firm"})
    assert Labels(instrument).item("trust_1") == "trust_1 (R) I trust the firm."
    assert Labels(instrument).item_of("trust", "trust_1") == "1 (R) I trust the firm."


def test_sentences_of_other_rooms_lose_their_ids() -> None:
    theory = two_stage_instrument().theory
    constructs = {"sit_trust": replace(theory.constructs["a"], id="sit_trust", name="Trust")}
    labels = Labels(replace(two_stage_instrument(), theory=replace(theory, constructs=constructs)))
    assert labels.named("not here: sit_trust, no_such_id; a") == "not here: Trust, no_such_id; a"
    assert labels.respondents("a1 == 2") == "who answered “middle” to a1"
    assert (
        labels.named("the model of respondents with a1 == 2")
        == "the model of respondents who answered “middle” to a1"
    )
    assert labels.named("a1 == 2 -> b") == "those who answered “middle” to a1 → b"
    assert labels.respondents("age > 30") == "with age > 30"


def test_constructs_with_one_reason_share_a_line() -> None:
    one, other = NotAvailable("measured as composite"), NotAvailable("a single item")
    assert LABELS.reasons({"a": one, "b": other, "c": one}) == (
        "Construct A and Construct C: measured as composite.",
        "Construct B: a single item.",
    )
