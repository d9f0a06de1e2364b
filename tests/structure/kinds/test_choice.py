"""Choices whose causes are known: a way of three, and yes or no."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure import small_answers as small
from structure.by_hand import a_claim


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Trust raises the odds of the first way over the second by e^1; skill does nothing; will decides to join."""
    folder: Path = tmp_path_factory.mktemp("small")
    found = small.small_answers(folder)
    scale = "  way3: {codes: [1, 2, 3], ordered: false, bipolar: false, labels: {en: [joint, told, bought]}}\nquestions:"
    text = small.INSTRUMENT.replace("questions:", scale)
    text += (
        "  - construct: unasked\n    scale: way3\n    kind: single_choice\n    items: {way_1: {text: t}}\n"
    )
    theory = small.THEORY.replace(
        "Unasked, definition: d, stage: before", "Way, definition: d, stage: before, measurement: observed"
    )
    (folder / "theory.yaml").write_text(theory, encoding="utf-8")
    (folder / "instrument.yaml").write_text(text, encoding="utf-8")
    instrument = read_instrument(folder / "instrument.yaml")
    rng = np.random.default_rng(5)
    trust = found.frame[["trust_1", "trust_2", "trust_3"]].mean(axis=1).to_numpy() - 3
    utility = np.column_stack([trust, 0 * trust, 0 * trust]) - np.log(-np.log(rng.uniform(size=(900, 3))))
    frame = found.frame.assign(way_1=utility.argmax(axis=1) + 1)
    return replace(found, frame=frame, instrument=instrument)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    claims = (
        a_claim("C1", "choice", ("trust",), ("unasked",), "positive"),
        a_claim("C2", "choice", ("trust", "skill"), ("unasked",), "positive"),
        a_claim("C3", "choice", ("will",), ("joined",), "positive"),
        a_claim("C4", "choice", ("trust",), ("will",), "positive"),
        a_claim("C5", "choice", ("trust",), ("unasked",), "negative"),
    )
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    return run_hypotheses(theory, answers, missing="listwise", draws=100, kinds={"choice": {"draws": 5}})


def test_verdicts(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "C1": "supported", "C2": "not supported", "C3": "supported", "C4": "not testable here", "C5": "contradicted"
    }  # fmt: skip
    assert "the choice is “joint” rather than “told”" in table.loc["C1", "reason"]
    assert "no question with options" in table.loc["C4", "reason"]


def test_slopes_are_those_of_the_population_and_mended_ones_are_larger(tests: HypothesisTests) -> None:
    slopes = tests.tables["C1"]["slopes"]
    own = slopes[(slopes["label"] == "joint") & (slopes["term"] == "trust")].iloc[0]
    # The choice was made by the scale mean itself: the naive slope is right, and the mended one above it.
    assert own["naive"] == pytest.approx(1.0, abs=0.3)
    assert own["estimate"] > own["naive"]
    effects = tests.tables["C1"]["effects"]
    assert effects["effect"].sum() == pytest.approx(0.0, abs=1e-9)


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    blocks = PAGES["choice"].blocks(tests, Labels(answers.instrument))
    picture = next(block for block in blocks if isinstance(block, Figure))
    assert "joint" in picture.title
    assert "Trust" in picture.alt
    table = next(block for block in blocks if isinstance(block, Table))
    assert "told" in table.notes[0]


def test_an_option_that_is_not_there_is_named(answers: Responses) -> None:
    claim = a_claim("C1", "choice", ("trust",), ("unasked",), "positive")
    theory = replace(answers.instrument.theory, hypotheses={"C1": claim})
    tests = run_hypotheses(theory, answers, missing="listwise", draws=100, kinds={"choice": {"base": 9}})
    assert "cannot be compared" in tests.table()["reason"].iloc[0]


def test_only_what_was_not_asked_is_named(answers: Responses) -> None:
    claim = a_claim("C6", "choice", ("nowhere",), ("joined",), "positive")
    theory = replace(
        answers.instrument.theory,
        hypotheses={"C6": claim},
        constructs={
            **answers.instrument.theory.constructs,
            "nowhere": replace(answers.instrument.theory.constructs["trust"], id="nowhere"),
        },
    )
    (reason,) = run_hypotheses(theory, answers, missing="listwise").reasons["C6"]
    assert (reason.code, reason.fields) == ("not_measured", {"constructs": ("nowhere",)})
