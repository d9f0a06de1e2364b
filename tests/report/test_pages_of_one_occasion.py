"""Pages of importance, necessity and gaps: what a reader finds in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coprod_measure.report.document import Block, Figure, Table
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from structure.by_hand import a_claim
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Block]]:
    answers = small_answers(tmp_path_factory.mktemp("small"))
    claims = (
        a_claim("R", "relative_importance", ("drive", "trust"), ("will",), "unsigned"),
        a_claim("N", "necessity", ("drive",), ("will",), "positive"),
        a_claim("D", "discrepancy", ("trust", "drive"), ("will",), "positive"),
        a_claim("I", "incremental", ("drive",), ("will",), "positive", versus=("trust",)),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    tests = run_hypotheses(
        theory, answers, missing="listwise", draws=200, kinds={"necessity": {"permutations": 200}}
    )
    labels = Labels(answers.instrument)
    return {
        kind: list(PAGES[kind].blocks(tests, labels))
        for kind in ("relative_importance", "necessity", "discrepancy", "incremental")
    }


def test_choices_say_what_was_in_one_model_and_name_constructs(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    answers = small_answers(tmp_path_factory.mktemp("choice"))
    claim = a_claim("C", "choice", ("drive", "trust"), ("joined",), tested_by=("opposite_slopes",))
    theory = replace(answers.instrument.theory, hypotheses={"C": claim})
    together = run_hypotheses(theory, answers, missing="listwise", kinds={"choice": {"draws": 2}})
    frame = answers.frame.copy()
    half = len(frame) // 2
    for name in frame:
        if name.startswith(("drive", "trust")):
            own = slice(None, half) if name.startswith("drive") else slice(half, None)
            frame.iloc[own, frame.columns.get_loc(name)] = float("nan")
    apart = run_hypotheses(theory, replace(answers, frame=frame), missing="listwise")
    labels = Labels(answers.instrument)
    for tests, words in ((together, "all causes together"), (apart, "each cause by itself")):
        _, slopes, _ = PAGES["choice"].blocks(tests, labels)
        assert isinstance(slopes, Table)
        assert words in slopes.notes[0]
    how = {"choice": {"draws": 4, "link": "probit"}}
    probit = run_hypotheses(theory, answers, missing="listwise", kinds=how)
    _, slopes, _ = PAGES["choice"].blocks(probit, labels)
    assert isinstance(slopes, Table)
    assert slopes.notes[0].startswith("Probit slopes")
    # A probit slope is some .55 to .62 of the logit's (Amemiya 1981, Journal of Economic Literature 19, 1488).
    ratio = probit.claims["estimate"].iloc[:2] / together.claims["estimate"].iloc[:2]
    assert ratio.between(0.5, 0.68).all()
    sums = together.claims[together.claims["measure"] == "sum_of_log_odds"]
    assert sums["sources"].tolist() == [("drive", "trust")]
    mended = [one for one in apart.reasons["C"] if one.code == "choice_mended"]
    assert [one.fields["causes"] for one in mended] == [("drive", "trust")]


@pytest.mark.parametrize("kind", ["relative_importance", "necessity", "discrepancy"])
def test_each_page_has_a_picture_that_says_its_numbers(blocks: dict[str, list[Block]], kind: str) -> None:
    pictures = [block for block in blocks[kind] if isinstance(block, Figure)]
    assert pictures
    for picture in pictures:
        assert any(sign in picture.alt for sign in "0123456789")
        assert png_bytes(picture.drawing, 40).startswith(b"\x89PNG")


def test_tables_name_constructs_and_numbers(blocks: dict[str, list[Block]]) -> None:
    importance = next(block for block in blocks["relative_importance"] if isinstance(block, Table))
    assert [row.values[0] for row in importance.rows] == ["Drive", "Trust"]
    (gains,) = blocks["incremental"]
    assert isinstance(gains, Table)
    assert [row.values[0] for row in gains.rows] == ["I", "Drive"]
    rivals = blocks["discrepancy"][-1]
    assert isinstance(rivals, Table)
    assert all("(" in str(row.values[0]) for row in rivals.rows)
    necessity = {block.id: block for block in blocks["necessity"] if isinstance(block, Table)}
    needs = necessity["bottleneck-N-will"]
    assert needs.rows[0].values[1] == "not necessary"
    assert needs.columns[1].label == "Drive"
    assert [str(one.label) for one in necessity["ceilings-N"].columns][-1].startswith("Accuracy")
    steps, line = (row.values[-1] for row in necessity["ceilings-N"].rows[1:])
    assert steps == 100.0
    assert 50 < float(str(line)) < 100
    assert {row.values[3] for row in necessity["outliers-N"].rows[1:]} <= {
        "ceiling",
        "range",
        "ceiling and range",
    }
    assert [row.values[0] for row in necessity["necessity-regression-N"].rows] == ["Will", "Drive"]
    surface = next(block for block in blocks["discrepancy"] if isinstance(block, Table))
    assert [row.values[0] for row in surface.rows][:5] == ["b1", "b2", "b3", "b4", "b5"]
    assert any("first principal axis" in note for note in surface.notes)
