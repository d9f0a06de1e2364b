import pandas as pd
import pytest

from coprod_measure.errors import Message, NotAvailable
from coprod_measure.measurement.method.bias import COLLINEARITY_COLUMNS, METHOD_COLUMNS, MethodBias
from coprod_measure.measurement.method.marker import (
    BIASED,
    COMPARISON_COLUMNS,
    LADDER_COLUMNS,
    SHARE_COLUMNS,
    SHARED,
    UNEQUAL,
    MarkerLadder,
)
from coprod_measure.measurement.method.path_changes import NOT_ASKED
from coprod_measure.measurement.reliability.ordinal import ORDINAL_COLUMNS, OrdinalReliability
from coprod_measure.measurement.scores.respondents import SCORE_COLUMNS, Scores, ScoresByMethod
from coprod_measure.measurement.scores.stability import RETEST_COLUMNS, Retest
from coprod_measure.report.document import Bullets, Callout, Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.measurement_parts import about_parts
from coprod_measure.report.numbers import shown
from report.report_fixtures import found_parts, two_stage_instrument

LABELS = Labels(two_stage_instrument())


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in shown(table).rows]


def _tables(section) -> dict[str, Table]:
    return {block.id: block for block in section.blocks if isinstance(block, Table)}


def test_what_was_not_asked_for_is_no_section() -> None:
    assert about_parts("method", found_parts(), LABELS) == ()
    assert about_parts("scores", found_parts(), LABELS) == ()
    assert about_parts("waves", found_parts(), LABELS) == ()


def test_what_could_not_be_had_says_why() -> None:
    why = NotAvailable("the ladder needs a marker")
    (section,) = about_parts("method", found_parts(marker=why), LABELS)
    assert section.blocks == (Callout("the ladder needs a marker.", "Marker ladder: not available.", "note"),)
    (section,) = about_parts("scores", found_parts(scores=why, reliability_intervals=why), LABELS)
    assert len(section.blocks) == 2


def test_harman_is_labelled_as_no_evidence() -> None:
    collinearity = pd.DataFrame([("a", 1.2, False), ("b", 4.0, True)], columns=list(COLLINEARITY_COLUMNS))
    factor = pd.DataFrame(
        [("a", 0.4, 0.1, 0.02), ("b", 0.5, 0.05, float("nan"))], columns=list(METHOD_COLUMNS)
    )
    found = MethodBias(
        harman=0.31, collinearity=collinearity, method_factor=factor, delta_chisq=40.0, delta_df=6.0, pvalue=0.0001,
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(method_bias=found), LABELS)
    assert isinstance(section.blocks[0], Callout)
    assert "31%" in section.blocks[0].text
    assert "no evidence" in section.blocks[0].text
    assert "for 1 of 2 constructs" in section.blocks[1].text
    assert _texts(_tables(section)["method-signs"])[1] == ["Construct B", "4.00", ".50", ".05", "—"]
    assert _texts(_tables(section)["method-signs"])[0][-2:] == [".10", ".020"]
    told = "Adding an uncorrelated factor of all items changes fit by Δχ²(6) = 40.00, p < .001."
    assert Paragraph(told) in section.blocks
    without = MethodBias(
        harman=0.31, collinearity=collinearity, method_factor=NotAvailable("two constructs only"), delta_chisq=0.0,
        delta_df=0.0, pvalue=1.0,
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(method_bias=without), LABELS)
    assert _texts(_tables(section)["method-signs"])[1] == ["Construct B", "4.00"]
    assert Callout("No unmeasured method factor: two constructs only.", "", "note") in section.blocks


def test_a_path_whose_interval_holds_the_value_without_method_is_no_finding() -> None:
    collinearity = pd.DataFrame([("a", 1.2, False)], columns=list(COLLINEARITY_COLUMNS))
    factor = pd.DataFrame([("a", 0.4, 0.1, 0.02)], columns=list(METHOD_COLUMNS))
    rows = [("b", "a", 0.5, 0.3, 0.0, 0.6), ("c", "a", 0.5, 0.3, 0.2, 0.4)]
    columns = ["lhs", "rhs", "baseline", "method", "method_ci_lower", "method_ci_upper"]
    found = MethodBias(
        harman=0.3, collinearity=collinearity, method_factor=factor, delta_chisq=4.0, delta_df=6.0, pvalue=0.677,
        paths=pd.DataFrame(rows, columns=columns),
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(method_bias=found), LABELS)
    (words,) = [b.text for b in section.blocks if isinstance(b, Paragraph) and "Adding" in b.text]
    assert "Δχ²(6) = 4.00, p = .677: no evidence of a common method factor. Beside it, the interval" in words
    assert "1 of 2 structural paths holds the value without it: there the method factor is weakly" in words
    table = _texts(_tables(section)["method-paths"])
    assert table[0] == ["Construct A", "Construct B", ".50", ".30", "[.00, .60]", "−.20"]
    firm = MethodBias(
        harman=0.3, collinearity=collinearity, method_factor=factor, delta_chisq=40.0, delta_df=6.0, pvalue=0.0001,
        paths=pd.DataFrame(rows[1:], columns=columns),
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(method_bias=firm), LABELS)
    assert "weakly" not in " ".join(b.text for b in section.blocks if isinstance(b, Paragraph))


def test_collinearity_that_does_not_exist_says_why() -> None:
    why = NotAvailable("some constructs cannot be told apart")
    (section,) = about_parts(
        "method",
        found_parts(
            method_bias=MethodBias(
                harman=0.3, collinearity=why, method_factor=why, delta_chisq=0.0, delta_df=0.0, pvalue=1.0
            )
        ),
        LABELS,
    )
    told = Callout("No full collinearity: some constructs cannot be told apart.", "", "note")
    assert told in section.blocks
    assert not _tables(section)


def _ladder(*pvalues: float) -> MarkerLadder:
    names = ("cfa", "baseline", "constrained", "unconstrained", "restricted")
    models = pd.DataFrame(
        [(name, 50.0 + k, 40 + k, 0.1, 0.95, 0.04, 0.03, True, True) for k, name in enumerate(names)],
        columns=list(LADDER_COLUMNS),
    )
    chosen = "unconstrained" if pvalues[1] < 0.05 else "constrained"
    steps = (
        "baseline against constrained",
        "constrained against unconstrained",
        f"{chosen} against restricted",
    )
    rows = [
        (step, 3.0, 1, p, says[0] if p < 0.05 else says[1])
        for step, p, says in zip(steps, pvalues, (SHARED, UNEQUAL, BIASED), strict=True)
    ]
    columns = ["construct_1", "construct_2", "baseline", "method", "restricted"]
    return MarkerLadder(
        models=models, comparisons=pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS)),
        shares=pd.DataFrame([("a", 0.8, 0.7, 0.1)], columns=list(SHARE_COLUMNS)),
        correlations=pd.DataFrame([("a", "b", 0.5, 0.45, 0.5)], columns=columns), paths=NOT_ASKED,
        method_loadings=pd.DataFrame(), chosen=chosen, marker=("m1", "m2"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pvalues", "together"),
    [
        ((0.001, 0.4, 0.001), "the marker shows method variance; it changes how"),
        ((0.001, 0.001, 0.4), "that weighs on the items unequally; there is no evidence that it changes"),
        (
            (0.065, 0.001, 0.4),
            "though not in equal parts: free method loadings fit better than equal ones; there",
        ),
        ((0.065, 0.4, 0.4), "no evidence of method variance that this marker could show"),
        ((0.065, 0.4, 0.001), "the steps do not agree"),
        ((0.001, float("nan"), 0.4), "A step has no test, so that the ladder says nothing"),
    ],
)
def test_the_steps_of_the_marker_ladder_are_reconciled(pvalues: tuple[float, ...], together: str) -> None:
    (section,) = about_parts("method", found_parts(marker=_ladder(*pvalues)), LABELS)
    words = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert together in words[1]


def test_no_step_of_the_marker_ladder_accepts_a_null() -> None:
    (section,) = about_parts("method", found_parts(marker=_ladder(0.065, 0.001, 0.4)), LABELS)
    (said,) = [block.items for block in section.blocks if isinstance(block, Bullets)]
    assert said[0] == (
        "Baseline against constrained (p = .065): no evidence that the items share variance with the marker in "
        "equal parts"
    )
    assert said[1] == "Constrained against unequal (p = .001): the items share it unequally"
    assert said[2].startswith("Unequal against restricted (p = .400): no evidence that")


def test_each_step_of_the_marker_ladder_stands_by_its_model() -> None:
    names = ("cfa", "baseline", "constrained", "unconstrained", "restricted")
    models = pd.DataFrame(
        [(name, 50.0 + k, 40 + k, 0.1, 0.95, 0.04, 0.03, True, True) for k, name in enumerate(names)],
        columns=list(LADDER_COLUMNS),
    )
    comparisons = pd.DataFrame(
        [
            ("baseline against constrained", 30.5, 1, 0.0001, SHARED[0]),
            ("constrained against unconstrained", 3.1, 7, 0.88, UNEQUAL[1]),
            ("constrained against restricted", 0.2, 1, 0.65, BIASED[1]),
        ],
        columns=list(COMPARISON_COLUMNS),
    )
    shares = pd.DataFrame([("a", 0.8, 0.7, 0.1)], columns=list(SHARE_COLUMNS))
    columns = ["construct_1", "construct_2", "baseline", "method", "restricted"]
    correlations = pd.DataFrame([("a", "b", 0.5, 0.45, 0.5), ("a", "c", 0.5, 0.2, 0.5)], columns=columns)
    found = MarkerLadder(
        models=models, comparisons=comparisons, shares=shares, correlations=correlations, paths=NOT_ASKED,
        method_loadings=pd.DataFrame(), chosen="constrained", marker=("m1", "m2"),
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(marker=found), LABELS)
    tables = _tables(section)
    by_model = {row[0]: row[-3:] for row in _texts(tables["marker-models"])}
    assert by_model["Baseline"] == ["", "", ""]
    assert by_model["Constrained"] == ["30.50", "1", "< .001"]
    assert by_model["Restricted"] == ["0.20", "1", ".650"]
    assert _texts(tables["marker-correlations"])[0] == ["Construct A", "Construct C", ".50", ".20", "−.30"]
    assert _texts(tables["marker-shares"]) == [["Construct A", ".80", ".70", ".10"]]


def test_scores_and_ordered_answers() -> None:
    reliability = OrdinalReliability(
        pd.DataFrame(
            [("a", 300, 0.85, 0.81, 0.77, 0.84), ("b", 300, None, None, None, None)],
            columns=list(ORDINAL_COLUMNS),
        ),
        pd.DataFrame([("b", "omega", "two items")], columns=["construct", "statistic", "reason"]),
        200,
        1,
        0,
        0.95,
    )
    quality = pd.DataFrame([("a", "regression", 290, 0.92, 0.8464)], columns=list(SCORE_COLUMNS))
    no_bartlett = NotAvailable("no item has an error")
    notes = (Message("no mean, because its answers have no order", about="b"),)
    found = ScoresByMethod(
        {"regression": Scores(pd.DataFrame(), quality, "regression", notes), "bartlett": no_bartlett}
    )
    both = found_parts(ordinal_reliability=reliability, scores=found)
    (ordered,) = about_parts("ordered", both, LABELS)
    (section,) = about_parts("scores", both, LABELS)
    tables = _tables(ordered) | _tables(section)
    assert _texts(tables["ordinal-reliability"])[0] == ["Construct A", "300", ".81", "[.77, .84]", ".85"]
    assert [reason for _, reason in shown(tables["ordinal-reliability"]).reasons] == ["two items"]
    assert _texts(tables["scores"]) == [["Construct A", "Regression", "290", ".92", ".85"]]
    named = "Construct B: no mean, because its answers have no order"
    assert any(named in getattr(block, "items", ()) for block in section.blocks)
    assert any("no item has an error" in getattr(block, "text", "") for block in section.blocks)


def test_stability_between_waves() -> None:
    coefficients = pd.DataFrame([("a", 120, 0.8, 0.78, 0.7, 0.84, 0.31, 0.86)], columns=list(RETEST_COLUMNS))
    gone = pd.DataFrame([("b", "only 2 people in every wave")], columns=["construct", "reason"])
    why = NotAvailable("the answers do not tell waves and people apart")
    (section,) = about_parts(
        "waves", found_parts(waves=why, retest=Retest(coefficients, 2, 0.95, gone)), LABELS
    )
    table = _tables(section)["retest"]
    assert _texts(table) == [["Construct A", "120", ".80", ".78", "[.70, .84]", "0.31", "0.86"]]
    assert any("Construct B: only 2 people" in note for note in table.notes)
    assert isinstance(section.blocks[0], Callout)
    assert "waves and people" in section.blocks[0].text
