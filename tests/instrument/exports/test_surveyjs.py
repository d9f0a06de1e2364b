import json

from hypothesis import given, settings

from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.surveyjs import export
from instrument.exports.random_questionnaires import Asked, asked, questionnaires


def text_of(text, language: str) -> str:
    if isinstance(text, str):
        return text
    return text.get(language, text["default"])


def read_back(survey, language: str) -> dict[str, Asked]:
    found = {}
    for page in survey["pages"]:
        for element in page["elements"]:
            options = tuple(
                (one["value"], text_of(one["text"], language))
                for one in element.get("columns", element.get("choices", ()))
            )
            if element["type"] == "matrix":
                for row in element["rows"]:
                    found[f"{element['name']}.{row['value']}"] = Asked(
                        text_of(row["text"], language), options
                    )
            elif element["type"] != "html":
                found[element["name"]] = Asked(text_of(element["title"], language), options)
    return found


def without_braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back_in_every_language(shown):
    made = export(shown)
    survey = json.loads(made.files["random_core.json"])
    for language in shown.languages:
        expected = {
            made.names.items[id_].column: Asked(
                without_braces(one.text), tuple((code, without_braces(label)) for code, label in one.options)
            )
            for id_, one in asked(shown, language).items()
        }
        assert read_back(survey, language) == expected


def test_rules_bounds_and_shuffling(example):
    survey = json.loads(export(questionnaire(example("skip_rule_on_number"))).files["small_core.json"])
    elements = {element["name"]: element for page in survey["pages"] for element in page["elements"]}
    assert elements["done_1"]["visibleIf"] == "({age} > 20.5)"
    assert (elements["age"]["inputType"], elements["age"]["min"], elements["age"]["max"]) == (
        "number",
        18,
        99,
    )
    assert elements["joy_1_table"]["rowOrder"] == "initial"


def test_text_blocks_are_not_run_as_markup(example):
    survey = json.loads(export(questionnaire(example("control_items"))).files["small_core.json"])
    shown = [
        element["html"]
        for page in survey["pages"]
        for element in page["elements"]
        if element["type"] == "html"
    ]
    assert shown == ["Thank you."]


def test_a_refused_consent_ends_the_survey(example):
    survey = json.loads(export(questionnaire(example("control_items"))).files["small_core.json"])
    assert survey["triggers"] == [
        {"type": "complete", "expression": "({consent} notempty) and !(({consent} = 1))"}
    ]
    elements = {element["name"]: element for page in survey["pages"] for element in page["elements"]}
    assert [name for name, element in elements.items() if element.get("isRequired")] == ["consent"]
