"""Every structural path with the R² of its outcome, whether or not a hypothesis claims it."""

from dataclasses import replace

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_structural_paths import about_structural_paths
from coprod_measure.report.document import Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import shown
from coprod_measure.structure.results import no_paths
from report.report_fixtures import hypothesis_tests, two_stage_instrument

LABELS = Labels(two_stage_instrument())


def _tables() -> tuple[Paragraph, Table, Table]:
    (section,) = about_structural_paths(hypothesis_tests(), LABELS)
    words, explained, paths = section.blocks
    assert isinstance(words, Paragraph)
    assert isinstance(explained, Table)
    assert isinstance(paths, Table)
    return words, explained, paths


def test_outcomes_have_their_explained_variance() -> None:
    _, explained, _ = _tables()
    printed = shown(explained)
    assert [[cell.text for cell in row] for row in printed.rows] == [
        ["Construct B", "1,200", "1", ".16", "—"],
        ["Construct C", "1,200", "1", "—", "—"],
        ["Construct C, respondents who answered “1” to d", "800", "1", ".03", "—"],
        ["d (logistic regression)", "1,200", "1", ".30", "—"],
    ]
    assert any("residual variance of the outcome is negative" in reason for _, reason in printed.reasons)
    assert "McKelvey & Zavoina, 1975" in explained.notes[1]


def test_paths_stand_by_outcome_with_the_hypotheses_that_claim_them() -> None:
    words, _, paths = _tables()
    rows = [[cell.text for cell in row] for row in shown(paths).rows]
    assert [row[0] for row, made in zip(rows, paths.rows, strict=True) if made.heading] == [
        "Construct B", "Construct C", "Construct C, respondents who answered “1” to d", "d (logistic regression)",
    ]  # fmt: skip
    assert rows[1] == ["Construct A", "0.50", "0.10", "[0.30, 0.70]", "< .001", ".40", "—", "—", "—", "H1"]
    assert rows[3] == ["Construct B", "−0.20", "0.20", "[−0.60, 0.20]", ".300", "−.15", "—", "—", "—", ""]
    assert "4 paths" in words.text
    assert "Claimed by a hypothesis as it stands: 1." in words.text


def test_nothing_estimated_is_no_section() -> None:
    assert about_structural_paths(NotAvailable("none were named"), LABELS) == ()
    assert about_structural_paths(replace(hypothesis_tests(), paths=no_paths()), LABELS) == ()
