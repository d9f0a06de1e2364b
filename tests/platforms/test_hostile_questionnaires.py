"""Random questionnaires with hostile wording, rules and codes: each program takes what we write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from coprod_measure.instrument.exports.questionnaire import Questionnaire
from coprod_measure.instrument.exports.write import exporter
from instrument.exports.random_questionnaires import questionnaires
from platforms.test_xlsform_accepted import convert

pytestmark = pytest.mark.platform

# Each example starts a program anew, so few are drawn, the same ones at each run.
FEW = settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def write(shown: Questionnaire, platform: str, folder: Path) -> Path:
    (name, content), *_ = exporter(platform)(shown).files.items()
    (folder / name).write_bytes(content)
    return folder / name


@FEW
@given(shown=questionnaires())
def test_odk_accepts(shown: Questionnaire, tmp_path: Path, python_beside: Callable[..., Any]) -> None:
    answer = convert(python_beside, write(shown, "xlsform", tmp_path), tmp_path / "form.xml")
    assert answer["refused"] == ""


@FEW
@given(shown=questionnaires())
def test_surveyjs_runs(shown: Questionnaire, tmp_path: Path, node: Callable[..., Any]) -> None:
    found = node("answer_survey.mjs", write(shown, "surveyjs", tmp_path), 2, 1)
    assert found["errors"] == []
