"""Numbers with and without exclusions stand side by side, and a changed verdict is not overlooked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_answers import about_answers
from coprod_measure.report.about_exclusions import about_exclusions
from coprod_measure.report.document import Callout, KeyValues, Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.responses.quality import answer_quality
from coprod_measure.study.exclusions import NUMBER_COLUMNS, VERDICT_COLUMNS, ExclusionComparison
from coprod_measure.study.results import NOT_COMPARED, NOT_EXAMINED
from report.report_fixtures import answers, two_stage_instrument


def compared(verdict: str) -> ExclusionComparison:
    numbers = [("a", "alpha", 0.81, 0.72), ("all constructs", "cfi", 0.95, np.nan)]
    verdicts = [("H1", 0.4, 0.3, 0.001, 0.04, "supported", verdict)]
    return ExclusionComparison(
        90,
        100,
        pd.DataFrame(numbers, columns=list(NUMBER_COLUMNS)),
        pd.DataFrame(verdicts, columns=list(VERDICT_COLUMNS)),
        ("A note.",),
    )


@pytest.mark.parametrize(("verdict", "kind"), [("supported", Paragraph), ("contradicted", Callout)])
def test_a_verdict_that_hangs_on_the_exclusions_is_called_out(verdict: str, kind: type) -> None:
    blocks = about_exclusions(compared(verdict), Labels(two_stage_instrument()))
    assert isinstance(blocks[0], kind)
    whole, scales, hypotheses = (block for block in blocks if isinstance(block, Table))
    assert whole.rows[0].values[:2] == ("CFI", 0.95)
    assert isinstance(whole.rows[0].values[2], NotAvailable)
    assert scales.rows[0].values[:3] == ("Construct A", 0.81, 0.72)
    assert isinstance(scales.rows[0].values[3], NotAvailable)
    assert hypotheses.rows[0].values == ("H1", 0.4, 0.001, "supported", 0.3, 0.04, verdict)


def test_nothing_is_shown_where_it_was_not_asked_for() -> None:
    labels = Labels(two_stage_instrument())
    assert about_exclusions(NOT_COMPARED, labels) == ()
    assert about_answers(NOT_EXAMINED) == ()
    (why,) = about_exclusions(NotAvailable("cleaning excluded nobody"), labels)
    assert why == Callout("cleaning excluded nobody.", "Not compared with nobody excluded.", "note")


def test_little_coverage_and_keying_are_told() -> None:
    quality = answer_quality(answers())
    blocks = about_answers(quality)
    facts = dict(next(block.pairs for block in blocks if isinstance(block, KeyValues)))
    assert "Little’s test of missing completely at random" in facts
    assert any("keying audit" in block.text for block in blocks if isinstance(block, Paragraph)) or any(
        isinstance(block, Callout) for block in blocks
    )


def test_the_lowest_share_of_a_pair_names_two_items() -> None:
    """The table of shares holds items with themselves too, and one item is no pair."""
    label = "Lowest share of respondents with answers to both items of a pair"
    facts = dict(next(b.pairs for b in about_answers(answer_quality(answers())) if isinstance(b, KeyValues)))
    assert facts[label] == "98.3% (a1 and a2)"
    whole = answers()
    missing = whole.missing.assign(a1="")
    full = replace(whole, frame=whole.frame.fillna(2.0), missing=missing)
    facts = dict(next(b.pairs for b in about_answers(answer_quality(full)) if isinstance(b, KeyValues)))
    assert facts[label] == "100.0% (every pair)"
