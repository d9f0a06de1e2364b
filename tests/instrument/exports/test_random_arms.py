"""Random arms on every platform: drawn in the file where it can say so, and named where it cannot."""

from __future__ import annotations

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from coprod_measure.instrument.exports import html, limesurvey, qualtrics, redcap, surveyjs, word, xlsform
from coprod_measure.instrument.exports.questionnaire import Questionnaire, questionnaire
from coprod_measure.instrument.read import read_instrument


@pytest.fixture(scope="module")
def shown() -> Questionnaire:
    return questionnaire(read_instrument("etgar2007_experiment"))


def test_limesurvey_draws_once_in_a_hidden_equation(shown: Questionnaire) -> None:
    (content,) = limesurvey.export(shown).files.values()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter="\t"))
    arms = [row for row in rows if row["type/scale"] == "*"]
    assert len(arms) == 8
    outcome = next(row for row in arms if row["name"] == "armoutcome")
    assert outcome["text"] == "{if(is_empty(armoutcome.NAOK), rand(1, 3), armoutcome.NAOK)}"
    assert outcome["hidden"] == "1"
    story = next(row for row in rows if row["name"] == "outcomemiddle")
    assert story["relevance"] == "(armoutcome.NAOK == 2)"


def test_xlsform_draws_once(shown: Questionnaire) -> None:
    (content,) = xlsform.export(shown).files.values()
    sheet = load_workbook(io.BytesIO(content))["survey"]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    arms = [dict(zip(head, row, strict=True)) for row in rows if row[head.index("type")] == "calculate"]
    assert {one["name"]: one["calculation"] for one in arms}["arm_outcome"] == "once(int(random() * 3) + 1)"


def test_surveyjs_keeps_an_arm_that_nobody_sees(shown: Questionnaire) -> None:
    export = surveyjs.export(shown)
    pages = json.loads(next(iter(export.files.values())))["pages"]
    element = next(one for page in pages for one in page["elements"] if one["name"] == "arm_part")
    assert (element["visible"], element["clearIfInvisible"]) == (False, "none")
    assert any("random arm arm_part, 1 to 2" in one for one in export.cannot_say)


@pytest.mark.parametrize("platform", [qualtrics, html, word])
def test_nobody_is_asked_for_an_arm(shown: Questionnaire, platform: object) -> None:
    export = platform.export(shown)  # type: ignore[attr-defined]
    assert sum("random arm" in one for one in export.cannot_say) == 8
    texts = [content.decode("utf-8", "ignore") for content in export.files.values()]
    assert not any("Whether there was a free choice" in text for text in texts)
    assert export.names.items["arm_free"].column == "arm_free"


def test_redcap_hides_the_field(shown: Questionnaire) -> None:
    assert "arm_free" in redcap.export(shown).names.items
    assert redcap._annotation(shown.instrument.items["arm_free"]) == "@HIDDEN-SURVEY"


def test_xlsform_has_no_group_of_which_nothing_is_seen(shown: Questionnaire) -> None:
    (content,) = xlsform.export(shown).files.values()
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content))["survey"].iter_rows()]
    assert "arms" not in {row[rows[0].index("name")] for row in rows}
