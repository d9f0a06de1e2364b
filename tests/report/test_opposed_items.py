"""What the report says first when items of a scale run against each other."""

from dataclasses import replace

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.factors.confirmatory import confirmatory
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.validity.htmt import Htmt, htmt
from coprod_measure.measurement.validity.item_directions import opposed_items
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.about_measurement_model import about_measurement_model
from coprod_measure.report.about_summary import about_summary
from coprod_measure.report.document import Bullets, Callout, Paragraph, Section
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.keying import keying_audit
from coprod_measure.theory.definition import HigherOrder
from report.report_fixtures import answers, hypothesis_tests, two_stage_instrument

LABELS = Labels(two_stage_instrument())
WHY = NotAvailable("not computed here")


def _mirrored(item: str) -> Responses:
    right = answers(300)
    return replace(right, frame=right.frame.assign(**{item: 4 - right.frame[item]}))


def _callouts(section: Section) -> dict[str, Callout]:
    return {block.title: block for block in section.blocks if isinstance(block, Callout)}


def test_right_keying_opposes_nothing() -> None:
    right = answers(300)
    assert opposed_items(reliability(right), confirmatory(right), keying_audit(right)) == {}


def test_the_items_are_named_by_loadings_and_by_audit() -> None:
    wrong = _mirrored("b1")
    found = opposed_items(reliability(wrong), confirmatory(wrong), WHY)
    assert found == {"b": "b2, b3 load negatively"}
    assert opposed_items(reliability(wrong), WHY, WHY) == {"b": "b1 loads negatively"}


def test_the_summary_names_construct_and_items_before_it_speaks_of_fit() -> None:
    wrong = _mirrored("b1")
    scales, model = reliability(wrong), confirmatory(wrong)
    opposed = opposed_items(scales, model, WHY)
    section = about_summary(wrong, scales, model, WHY, {}, WHY, LABELS, opposed)
    titles = list(_callouts(section))
    assert titles.index("Items run against each other.") == 1
    assert _callouts(section)["Items run against each other."].text.startswith(
        "Construct B (b2, b3 load negatively). Look at their keying"
    )
    fit = _callouts(section)["Does the planned structure of the items fit the answers?"]
    assert fit.tone == "caution"
    assert fit.text.endswith("Fit does not see that items run against each other.")
    assert len(_callouts(about_summary(wrong, scales, model, WHY, {}, WHY, LABELS))) == 2


def _told_apart(found: Htmt, opposed: dict[str, str], responses: Responses | None = None) -> str:
    right = responses or answers(300)
    bullets = next(
        block
        for block in about_summary(right, reliability(right), WHY, found, {}, WHY, LABELS, opposed).blocks
        if isinstance(block, Bullets)
    )
    return bullets.items[-1]


def test_pairs_are_counted_and_those_that_cannot_be_read_are_not() -> None:
    found = htmt(None, answers(300))
    assert len(found.pairs) == 3
    assert found.pairs["below_85"].all()
    assert _told_apart(found, {}) == "All 3 pairs of constructs that were compared can be told apart (HTMT)."
    assert _told_apart(found, {"b": "b2 loads negatively"}) == (
        "The one pair of constructs that was compared can be told apart (HTMT); 2 pairs with items that run "
        "against each other left out."
    )
    assert "No two constructs" in _told_apart(found, {"a": "a1", "b": "b1"})
    close = replace(found, pairs=found.pairs.assign(below_85=[False, True, True]))
    assert (
        _told_apart(close, {})
        == "1 of 3 pairs of constructs is hard to tell apart (HTMT): Construct A with Construct B."
    )


def test_opposites_of_the_theory_are_no_finding() -> None:
    right = answers(300)
    kinds = {"k": HigherOrder(id="k", name="Kind", kind="composite", facets=("a", "-b"))}
    theory = replace(right.instrument.theory, higher_order=kinds)
    named = replace(right, instrument=replace(right.instrument, theory=theory))
    found = htmt(None, named)
    assert _told_apart(found, {}, named) == (
        "All 2 pairs of constructs that were compared can be told apart (HTMT); 1 further pair of opposites "
        "by the theory differs, which is no finding."
    )
    # Opposites that measure the same thing are as hard to tell apart as any others.
    close = replace(found, pairs=found.pairs.assign(below_85=[False, True, True]))
    assert "1 of 3 pairs" in _told_apart(close, {}, named)


def test_loadings_below_zero_are_told_from_weak_ones() -> None:
    words = about_measurement_model(confirmatory(_mirrored("b1")), WHY, LABELS).blocks[0]
    assert isinstance(words, Paragraph)
    assert words.text.endswith("Below zero: b2, b3; look at the keying first.")


def test_hypotheses_about_opposed_items_are_named() -> None:
    tests = hypothesis_tests()
    told = _callouts(about_hypotheses(tests, LABELS, {"c": "c2 loads negatively", "d": "d1"}))[
        "Look at the keying first."
    ]
    assert "other: Construct C (c2 loads negatively). The" in told.text
    assert "The verdicts on H2 say nothing" in told.text
    both = pd.concat([tests.claims.head(1).assign(via="b + c"), tests.claims.tail(1)])
    told = _callouts(about_hypotheses(replace(tests, claims=both), LABELS, {"c": "c2"}))
    assert "The verdicts on H1 and H2" in told["Look at the keying first."].text
