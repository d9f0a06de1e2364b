import io
import re

import openpyxl
from hypothesis import given, settings

from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.xlsform import export
from instrument.exports.random_questionnaires import Asked, asked, questionnaires

LABEL = {"en": "label::English (en)", "de": "label::German (de)"}


def sheets_of(content: bytes) -> dict[str, list[dict[str, str]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = {}
    for sheet in book:
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [{k: v or "" for k, v in zip(head, row, strict=True)} for row in rows]
    return found


def read_back(sheets, language: str) -> dict[str, Asked]:
    choices = {}
    for row in sheets["choices"]:
        choices.setdefault(row["list_name"], []).append((int(row["name"]), row[LABEL[language]]))
    found = {}
    for row in sheets["survey"]:
        kind, _, scale = row["type"].partition(" ")
        if kind not in {"begin_group", "end_group", "start", "note"}:
            found[row["name"]] = Asked(row[LABEL[language]], tuple(choices.get(scale, ())))
    return found


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back_in_every_language(shown):
    sheets = sheets_of(export(shown).files["random_core.xlsx"])
    for language in shown.languages:
        expected = {
            id_: Asked(
                one.text.replace("${", "$ {"), tuple((c, t.replace("${", "$ {")) for c, t in one.options)
            )
            for id_, one in asked(shown, language).items()
        }
        assert read_back(sheets, language) == expected


@settings(max_examples=25)
@given(shown=questionnaires())
def test_the_form_is_well_built(shown):
    content = export(shown).files["random_core.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    survey = sheets_of(content)["survey"]
    names = [row["name"] for row in survey if row["type"] != "end_group"]
    assert len(set(names)) == len(names)
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [text for text in texts if re.search(r"\$\{(?!(?:joy|Ease_of|very_long)\w*\})", text)]
    depth = 0
    for row in survey:
        depth += (row["type"] == "begin_group") - (row["type"] == "end_group")
        assert depth >= 0
        for referred in re.findall(r"\$\{(\w+)\}", row.get("relevant", "")):
            assert referred in names
    assert depth == 0


def test_rules_and_bounds(example):
    made = export(questionnaire(example("skip_rule_on_number")))
    rows = {row["name"]: row for row in sheets_of(made.files["small_core.xlsx"])["survey"]}
    assert rows["done_1"]["relevant"] == "${age} > 20.5"
    assert rows["age"]["constraint"] == ". >= 18 and . <= 99"
    assert rows["joy_3"]["coprod_reverse"] == "yes"


def test_groups_after_a_refused_consent_are_not_relevant(example):
    made = export(questionnaire(example("control_items")))
    survey = sheets_of(made.files["small_core.xlsx"])["survey"]
    found = {row["name"]: row for row in survey if row["type"] != "end_group"}
    assert [found[name].get("relevant") for name in ("first", "last")] == ["", "${consent} = 1"]
    assert [row["name"] for row in survey if row.get("required")] == ["consent"]
