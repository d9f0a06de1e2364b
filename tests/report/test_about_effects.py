"""Effects by route, decisions in the path diagram, sizes of predictors, from a small study with known truth."""

from __future__ import annotations

import pandas as pd
import pytest
from lxml import etree

from coprod_measure.report.about_effects import _told
from coprod_measure.report.about_hypotheses import _forests, about_hypotheses
from coprod_measure.report.about_structural_paths import about_structural_paths
from coprod_measure.report.document import Block, Figure, Table
from coprod_measure.report.figures.canvas import svg_text
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import shown
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[HypothesisTests, Labels, dict[str, Block]]:
    answers = small_answers(tmp_path_factory.mktemp("effects"))
    tests = run_hypotheses(
        answers.instrument.theory, answers, ["T1", "T2", "T3", "T4"], missing="listwise", draws=1000
    )
    labels = Labels(answers.instrument)
    blocks = (*about_hypotheses(tests, labels).blocks, *about_structural_paths(tests, labels)[0].blocks)
    return tests, labels, {one.id: one for one in blocks if isinstance(one, Table | Figure)}


def test_effects_are_told_by_route_with_the_type_of_mediation(
    found: tuple[HypothesisTests, Labels, dict[str, Block]],
) -> None:
    table = found[2]["effects-1"]
    assert isinstance(table, Table)
    rows = shown(table).rows
    assert [row[0].text for row in rows] == ["Trust → Will", "direct", "through Drive", "total"]
    kind = "complementary" if table.rows[1].values[6] < 0.05 else "indirect only"
    assert [row[7].text for row in rows] == ["", "", kind, ""]
    assert rows[2][8].text == "T4"
    direct, indirect, total = (float(row[4].text.replace("−", "-")) for row in rows[1:])
    assert direct + indirect == pytest.approx(total, abs=0.011)
    assert indirect == pytest.approx(0.3, abs=0.08)


def test_of_many_routes_the_largest_are_told_and_the_sum_of_all() -> None:
    sizes = [0.01, -0.09, 0.03, 0.02, 0.05, float("nan"), 0.04]
    rows = [
        ("direct", 0.2),
        *(("indirect", size) for size in sizes),
        ("total indirect", 0.06),
        ("total", 0.26),
    ]
    pair = pd.DataFrame(rows, columns=["effect", "std"])
    assert _told(pair)["std"].tolist() == [0.2, -0.09, 0.05, 0.04, 0.06, 0.26]
    few = pair.iloc[[0, 1, 2, 3, 8, 9]]
    assert _told(few).equals(few)


def test_a_picture_holds_no_more_effects_than_can_be_read() -> None:
    rows = [(f"H{k}", "It raises it.", 0.1, 0.0, 0.2, "supported", "positive") for k in range(60)]
    columns = ["id", "statement", "std", "ci_lower", "ci_upper", "verdict", "expected"]
    figures = list(_forests(pd.DataFrame(rows, columns=columns)))
    assert [one.id for one in figures] == ["hypotheses-forest", "hypotheses-forest-2", "hypotheses-forest-3"]
    assert [one.alt.count("supported") for one in figures] == [25, 25, 10]


def test_paths_in_the_picture_bear_hypotheses_stars_and_decisions(
    found: tuple[HypothesisTests, Labels, dict[str, Block]],
) -> None:
    figure = found[2]["paths-1"]
    assert isinstance(figure, Figure)
    words = " ".join(etree.fromstring(svg_text(figure.drawing, "p")).itertext()).split()
    assert {"T1✓", "T2○", "T3✗"} <= set(words)
    assert any(word.endswith("***") for word in words)
    assert "✗ against" in figure.note


def test_predictors_have_their_sizes_and_outcomes_an_interval(
    found: tuple[HypothesisTests, Labels, dict[str, Block]],
) -> None:
    paths, explained = found[2]["structural-paths-table"], found[2]["explained-variance"]
    assert isinstance(paths, Table)
    assert isinstance(explained, Table)
    own = {row.values[0]: row.values for row in paths.rows if not row.heading}
    assert own["Trust"][7] > 0
    assert own["Trust"][8] >= 1.0
    for row in explained.rows:
        lower, upper = row.values[4]
        assert lower < row.values[3] < upper
