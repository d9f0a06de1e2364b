"""Control variables in the report of a study: named, coded, with results without them beside; checked before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coprod_measure.cli.check import check_file
from coprod_measure.report.compose import compose
from coprod_measure.report.document import Document, Paragraph, Table
from coprod_measure.study.run import run_study
from study.small_study import small_answers, write_small_study


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    study = write_small_study(tmp_path_factory.mktemp("controls"))
    text = study.read_text().replace("keep: [city]", "keep: [city, age]")
    study.write_text(text.replace("hypotheses: [H1]", "hypotheses: [H1], controls: [age, city]"))
    answers = small_answers()
    answers.assign(age=np.random.default_rng(1).integers(18, 80, len(answers))).to_csv(
        study.parent / "answers.csv", index=False
    )
    return compose(run_study(study))


def test_results_stand_with_and_without_controls(document: Document) -> None:
    table = next(
        one for one in document.blocks() if isinstance(one, Table) and one.id == "with-and-without-controls"
    )
    (row,) = table.rows
    assert row.values[0] == "H1"
    assert row.values[1] != row.values[4]
    assert row.values[1] == pytest.approx(row.values[4], abs=0.1)


def test_coding_is_told_where_the_results_and_the_method_are(document: Document) -> None:
    words = [one.text for one in document.blocks() if isinstance(one, Paragraph)]
    assert any(
        one.startswith("Held constant in every structural equation: Age (as it is); City (") for one in words
    )
    assert any("Held constant: Age (as it is); City (" in one for one in words)
    paths = next(
        one for one in document.blocks() if isinstance(one, Table) and one.id == "structural-paths-table"
    )
    assert {"Age", "Joy"} < {row.values[0] for row in paths.rows}


@pytest.mark.parametrize(
    ("controls", "cause"),
    [
        ("[agee]", "there is no item or kept column 'agee'"),
        ("[joy_1]", "joy_1 measures joy, which H1 is about"),
        ("{eas: [city]}", "there is no construct 'eas'"),
    ],
)
def test_controls_that_cannot_be_held_constant_are_found_before(
    tmp_path: Path, controls: str, cause: str
) -> None:
    study = write_small_study(tmp_path)
    study.write_text(study.read_text().replace("hypotheses: [H1]", f"hypotheses: [H1], controls: {controls}"))
    found = check_file(study)[1]
    assert any(cause in str(one.problem) for one in found), found


def test_controls_by_outcome_are_accepted(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    study.write_text(
        study.read_text().replace("hypotheses: [H1]", "hypotheses: [H1], controls: {ease: [city]}")
    )
    assert not [one for one in check_file(study)[1] if one.severity == "error"]
