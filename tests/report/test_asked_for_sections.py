"""Sections of structures, ordered answers and further looks at groups, from made-up records."""

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.errors import Message, NotAvailable
from coprod_measure.fitting.weighted_sample import EMPTY_CELLS
from coprod_measure.measurement.factors.esem import FIT_COLUMNS, LOADING_COLUMNS, PAIR_COLUMNS, Esem
from coprod_measure.measurement.factors.higher_order import LEVEL_COLUMNS, MODEL_COLUMNS, HigherOrderModel
from coprod_measure.measurement.factors.stage_blocks import BLOCK_COLUMNS, StageBlocks
from coprod_measure.measurement.invariance.alignment import FIT_COLUMNS as ALIGNED_FIT
from coprod_measure.measurement.invariance.alignment import ITEM_COLUMNS, MEAN_COLUMNS, Alignment
from coprod_measure.measurement.invariance.models import EFFECT_COLUMNS
from coprod_measure.measurement.invariance.permutation import PERMUTATION_COLUMNS, PermutationTest
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.method.marker import (
    COMPARISON_COLUMNS,
    LADDER_COLUMNS,
    SHARE_COLUMNS,
    MarkerLadder,
)
from coprod_measure.measurement.reliability.intervals import INTERVAL_COLUMNS, ReliabilityIntervals
from coprod_measure.measurement.reliability.item_information import (
    INFORMATION_COLUMNS,
    LOCATION_COLUMNS,
    ItemInformation,
)
from coprod_measure.measurement.validity.composites import COMPOSITE_COLUMNS, REDUNDANCY_COLUMNS, Composites
from coprod_measure.measurement.validity.htmt import HTMT_COLUMNS, Htmt
from coprod_measure.measurement.validity.theory_structures import SATURATION_COLUMNS, TheoryStructures
from coprod_measure.measurement.verdicts import VERDICT_COLUMNS
from coprod_measure.report.about_verdicts import about_verdicts
from coprod_measure.report.document import Bullets, Callout, Figure, Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.measurement_parts import about_parts
from coprod_measure.report.numbers import shown
from report.report_fixtures import found_parts, two_stage_instrument

LABELS = Labels(two_stage_instrument())
NONE = Composites(
    pd.DataFrame(columns=list(COMPOSITE_COLUMNS)),
    pd.DataFrame(columns=list(REDUNDANCY_COLUMNS)),
    pd.DataFrame(columns=["construct", "reason"]),
    0,
    1,
    0.95,
)
WHY = NotAvailable("nothing of it was asked")


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in shown(table).rows]


def _tables(section) -> dict[str, Table]:
    return {block.id: block for block in section.blocks if isinstance(block, Table)}


def _words(section) -> str:
    return " ".join(block.text for block in section.blocks if isinstance(block, Paragraph | Callout))


def test_what_was_not_asked_for_is_no_section() -> None:
    assert about_parts("structures", found_parts(composites=NONE), LABELS) == ()
    assert about_parts("ordered", found_parts(confirmatory=WHY), LABELS) == ()
    assert about_parts("group-checks", found_parts(groups={}), LABELS) == ()


def test_what_could_not_be_had_says_why() -> None:
    asked = {"blocks": WHY, "higher_order": WHY, "esem": WHY}
    (section,) = about_parts("structures", found_parts(composites=WHY, **asked), LABELS)
    assert [block.title for block in section.blocks] == [
        "Composites: not available.",
        "Measurement models by stage: not available.",
        "Structures above the constructs: not available.",
        "Exploratory structural equation model: not available.",
    ]
    asked = {"ordinal_model": WHY, "htmt_variants": WHY, "item_information": WHY, "ordinal_invariance": WHY}
    (section,) = about_parts("ordered", found_parts(confirmatory=WHY, **asked), LABELS)
    assert (section.title, len(section.blocks)) == ("Ordered answers", 3)
    (section,) = about_parts("distinct", found_parts(confirmatory=WHY, **asked), LABELS)
    assert (section.title, len(section.blocks)) == ("Variants of HTMT", 1)
    (section,) = about_parts(
        "group-checks", found_parts(groups={}, permutation=WHY, alignment={"g": WHY}), LABELS
    )
    assert [block.title for block in section.blocks] == [
        "Invariance by shuffled groups: not available.",
        "Alignment, g: not available.",
    ]


def test_composites_have_weights_only_where_a_whole_was_asked() -> None:
    rows = [("a", "a_1", 90, 1.2, False, None, None, None), ("a", "a_2", 90, 1.2, False, None, None, None)]
    plain = Composites(
        pd.DataFrame(rows, columns=list(COMPOSITE_COLUMNS)), NONE.redundancy, NONE.unavailable, 0, 1, 0.95
    )
    (section,) = about_parts("structures", found_parts(composites=plain), LABELS)
    assert _texts(_tables(section)["composites"])[0] == ["Construct A", "a_1", "90", "1.20"]
    alone = pd.DataFrame(
        [*rows, ("b", "b_1", 90, 1.0, False, None, None, None)], columns=list(COMPOSITE_COLUMNS)
    )
    (section,) = about_parts("structures", found_parts(composites=replace(plain, items=alone)), LABELS)
    table = _tables(section)["composites"]
    assert {row[0] for row in _texts(table)} == {"Construct A"}
    assert "Composites of which one item was asked are left out." in table.notes
    rows = [("a", "a_1", 90, 1.2, False, 0.4, 0.1, 0.7)]
    weighed = Composites(
        pd.DataFrame(rows, columns=list(COMPOSITE_COLUMNS)), NONE.redundancy, NONE.unavailable, 0, 1, 0.95
    )
    (section,) = about_parts("structures", found_parts(composites=weighed), LABELS)
    assert _texts(_tables(section)["composites"])[0][-2:] == [".40", "[.10, .70]"]


def _hierarchy(delta_df: float) -> HigherOrderModel:
    loadings = pd.DataFrame(
        [("top", "a", 2, 1.0, 0.0, np.nan, 0.8, 0.64), ("top", "b", 2, 0.9, 0.1, 0.001, 0.7, 0.49)],
        columns=list(LEVEL_COLUMNS),
    )
    models = pd.DataFrame(columns=list(MODEL_COLUMNS))
    return HigherOrderModel(
        loadings=loadings, models=models, target=0.97, delta_chisq=12.5, delta_df=delta_df, pvalue=0.014, text="",
        converged=True, admissible=True,
    )  # fmt: skip


def test_a_hierarchy_that_cannot_be_tested_says_so() -> None:
    found = TheoryStructures(
        models={
            ("top",): _hierarchy(2.0),
            ("other",): _hierarchy(0.0),
            ("gone",): NotAvailable("two facets only"),
        },
        rivals={},
        saturation=pd.DataFrame([("top", 6, 0.6, 0.85)], columns=list(SATURATION_COLUMNS)),
        composites=NONE,
        unavailable={"sum": NotAvailable("measured as composite")},
    )
    (section,) = about_parts("structures", found_parts(composites=NONE, higher_order=found), LABELS)
    words = _words(section)
    assert "Δχ²(2) = 12.50, p = .014" in words
    assert "cannot test it" in words
    assert "gone: two facets only." in words
    assert _texts(_tables(section)["hierarchy-1"])[1] == ["top", "Construct B", ".70", "0.10", ".49"]
    assert _texts(_tables(section)["general-factor"]) == [["top", "6", ".60", ".85"]]


def test_blocks_and_cross_loadings() -> None:
    row = ("first", 2, 6, 300, 12.0, 8, 0.15, 0.99, 0.03, 0.02)
    blocks = StageBlocks({"second": WHY}, pd.DataFrame([row], columns=list(BLOCK_COLUMNS)))
    loadings = pd.DataFrame(
        [("a_1", "a", "a", 0.7, 0.03, True, False), ("a_1", "a", "b", 0.35, 0.04, False, True)],
        columns=list(LOADING_COLUMNS),
    )
    fit = pd.DataFrame(
        [("esem", 5.0, 4, 0.3, 0.99, 0.98, 0.02, 0.01), ("cfa", 20.0, 8, 0.01, 0.95, 0.92, 0.06, 0.04)],
        columns=list(FIT_COLUMNS),
    )
    pairs = pd.DataFrame([("a", "b", 0.3, 0.05, 0.6)], columns=list(PAIR_COLUMNS))
    found = Esem(loadings=loadings, fit=fit, correlations=pairs, n=300, converged=True, admissible=True)
    (section,) = about_parts("structures", found_parts(composites=NONE, blocks=blocks, esem=found), LABELS)
    tables = _tables(section)
    assert _texts(tables["stage-blocks"])[0][1:4] == ["2", "6", "300"]
    assert _texts(tables["esem-cross"]) == [["a_1", "Construct A", "Construct B", ".35", ".04"]]
    assert _texts(tables["esem-correlations"]) == [["Construct A", "Construct B", ".30", ".05", ".60"]]
    assert "1 foreign loading reaches .30" in _words(section)


def test_variants_of_htmt_and_information() -> None:
    pairs = pd.DataFrame([("a", "b", 0.8, 0.7, 0.88, False, True, True)], columns=list(HTMT_COLUMNS))
    ratios = pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"])
    found = Htmt(
        ratios=ratios, pairs=pairs, mean="geometric", correlation="polychoric", missing="pairwise", n=300, draws=200,
        seed=1, confidence=0.95, failed_draws=3, unavailable={},
    )  # fmt: skip
    levels = pd.Index([-1.0, 0.0, 1.0], name="level")
    information = ItemInformation(
        pd.DataFrame([("a", "a_1", 0.8, 1.33, 1.6, 0.0)], columns=list(INFORMATION_COLUMNS)),
        pd.DataFrame(columns=list(LOCATION_COLUMNS)),
        pd.DataFrame({"a_1": [1.0, 1.6, 1.0]}, index=levels),
        pd.DataFrame({"a": [3.0, 4.5, 3.0]}, index=levels),
        pd.DataFrame([("b", "two items")], columns=["construct", "reason"]),
    )
    asked = {"htmt_variants": {"polychoric HTMT2": found, "HTMT2": WHY}, "item_information": information}
    found = found_parts(confirmatory=WHY, **asked)
    (section,) = about_parts("distinct", found, LABELS)
    table = _tables(section)["polychoric-htmt2"]
    row = ["Construct A", "Construct B", ".80", "[.70, .88]", "no", "yes", "yes"]
    assert _texts(table) == [row]
    assert any("3 draws" in note for note in table.notes)
    (section,) = about_parts("ordered", found, LABELS)
    assert any(isinstance(block, Figure) for block in section.blocks)
    assert any("Construct B: two items." in getattr(block, "items", ()) for block in section.blocks)


def _ladder(effects: list[tuple[object, ...]]) -> Invariance:
    empty = pd.DataFrame()
    sizes = pd.DataFrame({"group": [1, 2], "label": ["x", "y"], "n": [100, 100]})
    table = pd.DataFrame(effects, columns=list(EFFECT_COLUMNS))
    return Invariance(
        steps=empty, freed=empty, sizes=sizes, left_out=empty, effects=table, means=empty, highest="scalar",
        level="scalar", tested=("configural", "metric", "scalar"),
        group="g", estimator="ML", missing="listwise", unavailable={},
    )  # fmt: skip


def test_large_differences_of_items_are_listed() -> None:
    equal = ("a", "a_2", 2, "y", 0.05, 0.0, 0.05, 188)
    ladder = _ladder([("a", "a_1", 2, "y", 0.41, 0.05, -0.4, 190), equal])
    (section,) = about_parts("group-checks", found_parts(groups={"g": ladder}), LABELS)
    assert "of 2 differences 1 is at least small" in _words(section)
    row = ["Construct A", "a_1", "y", "0.41", "0.05", "−0.40"]
    table = _tables(section)["effects-g"]
    assert _texts(table) == [row]
    assert (
        "modelled alone, of those who answered all its items (n = 188 to 190 in the two gr" in table.notes[0]
    )
    (section,) = about_parts("group-checks", found_parts(groups={"g": _ladder([equal])}), LABELS)
    assert not _tables(section)


def test_shuffled_groups_and_aligned_means() -> None:
    statistics = pd.DataFrame(
        [("chisq", 30.0, 0.01, 18.0), ("cfi", -0.02, 0.01, -0.01)], columns=list(PERMUTATION_COLUMNS)
    )
    test = PermutationTest(
        statistics=statistics, distribution=pd.DataFrame(), group="g", level="scalar", draws=100, failed=2, seed=1,
    )  # fmt: skip
    aligned = Alignment(
        pd.DataFrame([("a", 1, "x", 80, 0.0, 1.0, 2)], columns=list(MEAN_COLUMNS)),
        pd.DataFrame(columns=list(ITEM_COLUMNS)),
        pd.DataFrame([("a", "loadings", 0.9, 1.0)], columns=list(ALIGNED_FIT)),
        pd.DataFrame([("b", "two items")], columns=["construct", "reason"]),
    )
    asked = {"permutation": {"g, scalar": test}, "alignment": {"g": aligned}}
    (section,) = about_parts("group-checks", found_parts(groups={}, **asked), LABELS)
    assert "scalar level over g fits worse than" in _words(section)
    tables = _tables(section)
    assert tables["permutation-g-scalar"].notes[-1] == "2 that could not be fitted left out."
    assert _texts(tables["aligned-g"]) == [["Construct A", "x", "80", "0.00", "1.00", "2"]]
    assert _texts(tables["alignment-g"]) == [["Construct A", "loadings", ".90"]]


def test_what_each_step_of_the_ladder_does_to_the_paths() -> None:
    models = pd.DataFrame(columns=list(LADDER_COLUMNS))
    says = [("one", 1.0, 1, 0.5, "no")] * 3
    paths = pd.DataFrame([("b", "a", 0.5, 0.35, 0.3, float("nan"), 0.35, 0.25, 0.45)])
    steps = ["baseline", "constrained", "unconstrained", "restricted", "method"]
    paths.columns = ["lhs", "rhs", *steps, "method_ci_lower", "method_ci_upper"]
    columns = ["construct_1", "construct_2", "baseline", "method", "restricted"]
    found = MarkerLadder(
        models=models, comparisons=pd.DataFrame(says, columns=list(COMPARISON_COLUMNS)),
        shares=pd.DataFrame(columns=list(SHARE_COLUMNS)),
        correlations=pd.DataFrame([("a", "b", 0.5, 0.4, 0.5)], columns=columns), paths=paths,
        method_loadings=pd.DataFrame(), chosen="constrained", marker=("m1", "m2"),
    )  # fmt: skip
    (section,) = about_parts("method", found_parts(marker=found), LABELS)
    table = _tables(section)["marker-paths"]
    row = _texts(table)[0]
    assert [*row[:5], *row[6:]] == ["Construct A", "Construct B", ".50", ".35", ".30", "[.25, .45]", "−.15"]
    ((_, reason),) = shown(table).reasons
    assert "holds the correlations of the constructs at their values in the baseline" in reason


def test_intervals_of_reliability() -> None:
    rows = [("a", "glb", 0.8, 0.75, 0.85, 100)]
    found = ReliabilityIntervals(
        pd.DataFrame(rows, columns=list(INTERVAL_COLUMNS)),
        pd.DataFrame([("b", "all", "a single item")], columns=["construct", "coefficient", "reason"]),
        100,
        1,
        0.95,
    )
    (section,) = about_parts("scores", found_parts(reliability_intervals=found), LABELS)
    table = _tables(section)["reliability-intervals"]
    assert _texts(table) == [["Construct A", "GLB", ".80", "[.75, .85]"]]
    assert "Construct B: a single item." in table.notes


def test_an_unknown_verdict_says_why_once_for_all_constructs() -> None:
    rows = [
        ("a", "same in groups of g", "unknown", "", np.nan, "g has fewer than two values", ""),
        ("b", "same in groups of g", "unknown", "", np.nan, "g has fewer than two values", ""),
    ]
    verdicts = pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))
    assert about_verdicts(verdicts, LABELS).blocks == (
        Paragraph("No scale could be judged."),
        Bullets(("Construct A and Construct B: g has fewer than two values.",)),
    )


def test_empty_cells_are_warned_of_once() -> None:
    told_of = (
        Message("cells of their table empty in group x", EMPTY_CELLS),
        "scalar: not admissible",
        Message("cells of their table empty in group y", EMPTY_CELLS),
    )
    ladder = replace(_ladder([]), highest="none", messages=told_of)
    (section,) = about_parts(
        "ordered", found_parts(confirmatory=WHY, ordinal_invariance={"g": ladder, "h": ladder}), LABELS
    )
    told = [line for block in section.blocks if isinstance(block, Bullets) for line in block.items]
    assert sum("table empty" in line for line in told) == 1
    assert told.count("scalar: not admissible") == 2
