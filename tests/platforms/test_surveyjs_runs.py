"""SurveyJS itself loads our questionnaire without complaint, and what is clicked there comes back as answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.instrument.definition import Instrument, Item

pytestmark = pytest.mark.platform

RESPONDENTS = 4
ASKING_CONSENT = [("etgar2007", form) for form in ("demo", "core", "full", "wave1", "wave2", "wave3")]


def expected_cell(instrument: Instrument, item: Item, clicked: dict[str, Any]) -> float | None:
    """What was clicked, as a number; nothing for what was not clicked or means that it does not apply."""
    value = clicked.get(item.id)
    scale = instrument.scales.get(item.scale_id or "")
    if value is None or (scale is not None and value == scale.not_applicable):
        return None
    return float(value)


def staying(instrument: Instrument) -> dict[str, int]:
    """Answers with which nobody has to leave."""
    gates = [item for item in instrument.items.values() if item.role in {"consent", "screening"}]
    return {gate.id: gate.expected[0] for gate in gates}


@pytest.mark.parametrize("shipped_form", ASKING_CONSENT, ids="/".join, indirect=True)
def test_who_refuses_consent_sees_no_further_page(
    exported: Callable[[str], Path], shipped_form: tuple[Instrument, str], node: Callable[..., Any], seed: int
) -> None:
    instrument, form = shipped_form
    assert "consent" in instrument.forms[form].item_ids
    refusing = json.dumps(staying(instrument) | {"consent": 0})
    found = node("answer_survey.mjs", exported("surveyjs"), 1, seed, refusing)
    first = instrument.forms[form].blocks[0]
    assert found["pages"] == [[first.id]]
    assert set(found["answers"][0]) <= set(first.items)


def test_clicked_answers_come_back(
    exported: Callable[[str], Path],
    shipped_form: tuple[Instrument, str],
    node: Callable[..., Any],
    seed: int,
    tmp_path: Path,
) -> None:
    instrument, form = shipped_form
    survey = exported("surveyjs")
    found = node("answer_survey.mjs", survey, RESPONDENTS, seed, json.dumps(staying(instrument)))
    assert found["errors"] == []
    assert found["n_questions"] > 0

    results = [dict(result, respondentId=f"r{k}") for k, result in enumerate(found["results"])]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results), encoding="utf-8")
    responses = cm.read_responses(path, instrument, form=form)
    assert responses.source.platform == "surveyjs"

    items = [
        instrument.items[id_]
        for id_ in instrument.forms[form].item_ids
        if instrument.items[id_].kind in {"scale", "single_choice", "number", "slider"}
    ]
    for k, clicked in enumerate(found["answers"]):
        cells = responses.shown.loc[f"r{k}"]
        wrong = []
        for item in items:
            cell = cells.get(item.id)
            back = None if cell is None or pd.isna(cell) else float(cell)
            if back != expected_cell(instrument, item, clicked):
                wrong.append(f"{item.id}: clicked {clicked.get(item.id)}, read {back}")
        assert wrong == [], f"respondent {k}"
    answered = {name for clicked in found["answers"] for name in clicked}
    for_all = {item.id for item in items if not item.show_if and not item.assigns}
    assert len(answered & for_all) > 0.9 * len(for_all)
