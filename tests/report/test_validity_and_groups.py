from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.factors.rivals import RIVAL_COLUMNS, Rivals
from coprod_measure.measurement.invariance.group_sizes import LEFT_OUT_COLUMNS
from coprod_measure.measurement.invariance.ladder import FREED_COLUMNS, INVARIANCE_COLUMNS
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.validity.htmt import HTMT_COLUMNS, Htmt
from coprod_measure.measurement.validity.merging import MERGE_COLUMNS, Merges
from coprod_measure.measurement.verdicts import VERDICT_COLUMNS
from coprod_measure.report.about_groups import about_groups, highest_in_words
from coprod_measure.report.about_measurement_model import rivals_table
from coprod_measure.report.about_validity import about_validity
from coprod_measure.report.about_verdicts import _failing_in_words, about_verdicts
from coprod_measure.report.document import Bullets, Callout, Figure, Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import shown
from report.report_fixtures import two_stage_instrument

LABELS = Labels(two_stage_instrument())
MERGES = Merges(pd.DataFrame(columns=list(MERGE_COLUMNS)), {})


def _htmt() -> Htmt:
    pairs = pd.DataFrame(
        [
            ("a", "b", 0.40, 0.30, 0.50, True, True, True),
            ("a", "c", 0.91, 0.88, 0.95, False, False, True),
            ("b", "c", 0.80, 0.74, 0.87, False, True, True),
        ],
        columns=list(HTMT_COLUMNS),
    )
    ratios = pd.DataFrame(
        [[1, 0.4, 0.91], [0.4, 1, 0.8], [0.91, 0.8, 1]], index=list("abc"), columns=list("abc")
    )
    why = {"d": NotAvailable("measured as composite")}
    return Htmt(
        ratios=ratios, pairs=pairs, mean="arithmetic", correlation="pearson", missing="listwise", n=500, draws=1000,
        seed=3, confidence=0.95, failed_draws=2, unavailable=why,
    )  # fmt: skip


def test_close_pairs_are_named_the_closest_first() -> None:
    section = about_validity(NotAvailable("no model"), _htmt(), MERGES, LABELS)
    assert section.blocks[0] == Callout("No validity from the measurement model: no model.", "", "note")
    words = section.blocks[1]
    assert isinstance(words, Paragraph)
    assert words.text == (
        "Of 3 pairs of constructs, 1 is told apart by the usual guide: the upper end of its interval lies "
        "below .85. Hard to tell apart: Construct A with Construct C (.91) and Construct B with Construct C "
        "(.80)."
    )
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [cell.text for cell in shown(table).rows[0]] == [
        "Construct A", "Construct C", ".91", "[.88, .95]", "no", "no", "yes",
    ]  # fmt: skip
    assert any("2 draws" in note for note in table.notes)


def _ladder(highest: str, cfi: float = 0.96) -> Invariance:
    rows = [(level, *[0.5] * (len(INVARIANCE_COLUMNS) - 1)) for level in ("configural", "metric")]
    steps = pd.DataFrame(rows, columns=list(INVARIANCE_COLUMNS)).assign(cfi=cfi, rmsea=0.05, srmr=0.04)
    freed = pd.DataFrame([("scalar", "a", "a2", "a2 ~1", 31.4)], columns=list(FREED_COLUMNS))
    sizes = pd.DataFrame({"group": [1, 2], "label": ["men", "women"], "n": [100, 1200]})
    means = pd.DataFrame(
        [("a", 2, "women", 0.4, 0.1, 0.001)], columns=["construct", "group", "label", "est", "se", "pvalue"]
    )
    left_out = pd.DataFrame([("other", 17, 90)], columns=list(LEFT_OUT_COLUMNS))
    why = {"strict": NotAvailable("it did not converge")}
    return Invariance(
        steps=steps, freed=freed, sizes=sizes, left_out=left_out, effects=pd.DataFrame(), means=means,
        highest=highest, level=highest.split()[-1], tested=("configural", "metric"), group="gender", estimator="ML", missing="fiml", unavailable=why,
    )  # fmt: skip


def test_many_pairs_that_are_all_told_apart_make_no_empty_table() -> None:
    few = _htmt()
    pairs = pd.concat([few.pairs[:1]] * 31, ignore_index=True)
    section = about_validity(NotAvailable("no model"), replace(few, pairs=pairs), MERGES, LABELS)
    assert not [block for block in section.blocks if isinstance(block, Table)]


def test_groups_say_what_may_be_compared() -> None:
    found = {"gender": _ladder("partial scalar"), "age": NotAvailable("too few in a group")}
    section = about_groups(found, LABELS)
    words = section.blocks[0]
    assert isinstance(words, Paragraph)
    assert words.text == (
        "Groups of gender: men (n = 100, the reference), women (n = 1,200). By change of fit, invariance holds up to the "
        "partial scalar level: equal standing gives equal answers, so latent means can be compared, apart "
        "from 1 freed parameter."
    )
    left_out = section.blocks[1]
    assert isinstance(left_out, Callout)
    assert left_out.text.startswith("other (n = 17): a group needs at least 90 respondents")
    assert Callout("Groups of age: too few in a group.", "Not compared.", "note") in section.blocks
    assert Bullets(("strict: it did not converge",)) in section.blocks
    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert [cell.text for cell in shown(tables[0]).rows[0]][6:] == [""] * 5
    assert [cell.text for cell in shown(tables[1]).rows[0]][2] == "a2 (R)"
    assert len(tables) == 3


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        ("ML", "Δχ² is the difference of the χ² shown."),
        ("MLR", "Δχ² is the scaled difference (Satorra & Bentler, 2001), not"),
        ("MLM", "Δχ² is the scaled difference (Satorra & Bentler, 2001), not"),
        ("WLSMV", "Δχ² is the scaled difference (Satorra, 2000), not"),
    ],
)
def test_the_ladder_says_which_difference_of_chi_square_it_shows(estimator: str, words: str) -> None:
    section = about_groups({"gender": replace(_ladder("metric"), estimator=estimator)}, LABELS)
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert f"{estimator} estimation. {words}" in table.notes[-1]


def test_a_rejected_level_that_fit_lets_hold_is_named_with_its_items() -> None:
    ladder = _ladder("metric")
    steps = ladder.steps.assign(delta_chisq=36.48, delta_df=12.0, delta_pvalue=0.0003)
    effects = pd.DataFrame({"item": ["a1", "a2", "b1"], "dmacs": [0.33, 0.1, 0.21]})
    words = highest_in_words(replace(ladder, steps=steps, effects=effects))
    assert words.endswith(
        "This rests on the change of CFI and RMSEA; the test of exact equality rejects metric (Δχ²(12) = 36.48, "
        "p < .001), and what differs most is a1 and b1 (dMACS up to 0.33): look at these items before scale "
        "scores are compared"
    )
    kept = highest_in_words(replace(ladder, steps=steps.assign(delta_pvalue=0.06)))
    assert "rejects" not in kept


def test_a_model_that_fits_badly_gives_no_licence_to_compare() -> None:
    words = about_groups({"gender": _ladder("strict", cfi=0.78)}, LABELS).blocks[0]
    assert isinstance(words, Paragraph)
    assert "would hold up to the strict level, but the model fits badly" in words.text
    assert "CFI = .78" in words.text
    assert "can be compared" not in words.text


def test_verdicts_stand_one_line_a_construct_and_rules_below() -> None:
    held = "strict level holds; but nothing held equal, CFI is 0.78"
    verdicts = pd.DataFrame(
        [
            ("a", "one factor fits", "unknown", "", np.nan, "three items fit any data", ""),
            ("a", "reliable", "yes", "omega", 0.81, "omega of at least .70", ""),
            ("a", "same in groups", "no", "", np.nan, held, "a1~1"),
            ("b", "reliable", "unknown", "", np.nan, "measured as composite", ""),
            ("b", "same in groups", "unknown", "", np.nan, "not in the models", ""),
            ("c", "reliable", "no", "omega", 0.62, "omega of at least .70", ""),
            ("c", "same in groups", "yes", "", np.nan, held, ""),
            ("all constructs", "model fits", "no", "cfi", 0.78, "CFI", ""),
        ],
        columns=list(VERDICT_COLUMNS),
    )
    words, table, rules, others, reasons = about_verdicts(verdicts, LABELS).blocks
    assert isinstance(words, Paragraph)
    assert words.text.startswith("Both constructs fail at least one rule.")
    assert isinstance(table, Table)
    printed = shown(table)
    assert [[cell.text for cell in row] for row in printed.rows] == [
        ["Construct A", "—", "✓ yes (.81)", "✗ no (freed: a1~1)"],
        ["Construct C", "", "✗ no (.62)", "✓ yes"],
    ]
    assert printed.reasons == (("a", "three items fit any data"),)
    assert rules == Bullets(("Reliable: omega of at least .70.", f"Same in groups: {held}."))
    assert isinstance(others, Paragraph)
    assert reasons == Bullets(("Construct B: measured as composite.",))


@pytest.mark.parametrize(
    ("failing", "judged", "words"),
    [
        (0, 7, "All 7 constructs keep to every rule."),
        (0, 1, "The one construct that could be judged keeps to every rule."),
        (1, 3, "2 of 3 constructs keep to every rule; 1 fails at least one."),
        (7, 7, "All 7 constructs fail at least one rule."),
    ],
)
def test_the_number_that_fails_is_a_sentence(failing: int, judged: int, words: str) -> None:
    assert _failing_in_words(failing, judged) == words


def test_the_figure_of_ratios_says_how_many_answered_both_items() -> None:
    def note(htmt: Htmt) -> str:
        section = about_validity(NotAvailable("no model"), htmt, MERGES, LABELS)
        return next(block.note for block in section.blocks if isinstance(block, Figure))

    assert note(_htmt()).endswith("Pearson correlations, n = 500.")
    assert note(replace(_htmt(), n_pairs=(371, 380))).endswith("answered both items, n from 371 to 380.")


def test_merge_rules_are_told() -> None:
    merges = replace(MERGES, rules=pd.DataFrame([("b", "a", 0.91, 0.85, True)], columns=list(MERGE_COLUMNS)))
    section = about_validity(NotAvailable("x"), NotAvailable("y"), merges, LABELS)
    told = "Construct B with Construct A: merge above .85; HTMT .91; merged in the models."
    assert Bullets((told,)) in section.blocks


def test_a_rival_that_did_not_converge_shows_why_instead_of_fit() -> None:
    rows = [
        ("one factor", 80.0, 9.0, 0.0, 0.8, 0.7, 0.1, 0.09, 900.0, 950.0, True, True, ""),
        ("bifactor", *[np.nan] * 9, False, False, "it did not converge"),
    ]
    found = Rivals(pd.DataFrame(rows, columns=list(RIVAL_COLUMNS)), {}, "ML", "fiml")
    table = rivals_table(found)
    assert [cell.text for cell in shown(table).rows[1]] == ["bifactor", *["—"] * 7, "not converged"]
    assert [reason for _, reason in shown(table).reasons] == ["it did not converge"]
    assert table.notes[-1] == "χ² is unscaled, CFI and RMSEA are in standard form (ML)."
    scaled = rivals_table(Rivals(found.models, {}, "MLR", "fiml", scaled=True, form="robust"))
    assert scaled.notes[-1] == "χ² is scaled, CFI and RMSEA are in robust form (MLR)."
