"""Qualtrics survey files: rules decided as skip rules are, arms and versions drawn in the flow."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from coprod_measure.instrument.conditions import holds, parse_condition
from coprod_measure.instrument.exports import qsf
from coprod_measure.instrument.exports.qsf_logic import Asked, TooManySetsError, logic
from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.read import read_instrument

ASKED = Asked(
    {"one": "QID1", "many": "QID2", "age": "QID3"},
    {"one": {0: "1", 1: "2", 2: "3"}, "many": {1: "1", 2: "2"}, "age": {}},
    frozenset({"many"}),
)
_NUMBERS = {
    "EqualTo": float.__eq__, "NotEqualTo": float.__ne__, "LessThan": float.__lt__,
    "LessThanOrEqual": float.__le__, "GreaterThan": float.__gt__, "GreaterThanOrEqual": float.__ge__,
}  # fmt: skip


def decided(rule: dict[str, Any], answers: dict[str, float | None]) -> bool:
    """Decide as Qualtrics does: sets by their type, conditions by their conjunction, and before or."""
    if not rule:
        return True
    found = []
    for number, one in ((key, one) for key, one in rule.items() if key.isdigit()):
        parts = [
            (part.get("Conjuction"), condition(part, answers)) for key, part in one.items() if key.isdigit()
        ]
        words = {word for word, _ in parts[1:]}
        assert len(words) <= 1
        assert one["Type"] == ("If" if number == "0" else "OrIf")
        found.append((any if words == {"Or"} else all)(value for _, value in parts))
    return any(found)


def condition(part: dict[str, Any], answers: dict[str, float | None]) -> bool:
    if part["LogicType"] == "EmbeddedField":
        answer = answers[part["LeftOperand"]]
        return answer is not None and _NUMBERS[part["Operator"]](float(answer), float(part["RightOperand"]))
    (item,) = [name for name, id_ in ASKED.questions.items() if id_ == part["QuestionID"]]
    answer = answers[item]
    if part["Operator"] in ("Selected", "NotSelected"):
        codes = {id_: code for code, id_ in ASKED.choices[item].items()}
        chosen = answer == codes[part["LeftOperand"].rsplit("/", 1)[1]]
        return chosen == (part["Operator"] == "Selected")
    if part["Operator"] == "Empty":
        return answer is None
    return answer is not None and _NUMBERS[part["Operator"]](float(answer), float(part["RightOperand"]))


@pytest.mark.parametrize(
    "text",
    [
        "one == 1",
        "one != 1",
        "not (one == 1)",
        "one >= 1 and age < 18",
        "not (one in [0, 2] and age < 18)",
        "arm == 2 or not (arm in [1, 3]) and one > 0",
        "not (age >= 18) or one == 0 and many == 1",
        "one > 5",
        "not (one > 5)",
    ],
)
def test_a_rule_is_decided_as_we_decide_it(text: str) -> None:
    rule = parse_condition(text)
    written = json.loads(json.dumps(logic(rule, ASKED)))
    for one, many, age, arm in product((None, 0.0, 1.0, 2.0), (1.0, 2.0), (None, 17.0, 18.0), (1.0, 2.0)):
        answers = {"one": one, "many": many, "age": age, "arm": arm}
        assert decided(written, answers) == holds(rule, answers), (text, answers)


def test_a_rule_too_long_for_a_file_is_not_written() -> None:
    text = " and ".join("(one == 1 or age < 3)" for _ in range(7))
    with pytest.raises(TooManySetsError):
        logic(parse_condition(text), ASKED)


def content(form: str | None, bank: str) -> dict[str, Any]:
    (written,) = qsf.export(questionnaire(read_instrument(bank), form)).files.values()
    elements = json.loads(written)["SurveyElements"]
    found = {one["Element"]: one["Payload"] for one in elements}
    found["SQ"] = {one["PrimaryAttribute"]: one["Payload"] for one in elements if one["Element"] == "SQ"}
    return found


def test_arms_are_drawn_once_and_evenly_in_the_flow() -> None:
    survey = content(None, "etgar2007_experiment")
    drawn = [one for one in survey["FL"]["Flow"] if one["Type"] == "BlockRandomizer" and one["SubSet"] == 1]
    assert len(drawn) == 8
    fields = {one["Flow"][0]["EmbeddedData"][0]["Field"]: one for one in drawn}
    arms = fields["arm_outcome"]
    assert arms["EvenPresentation"] is True
    assert [one["EmbeddedData"][0]["Value"] for one in arms["Flow"]] == ["1", "2", "3"]
    story = next(one for one in survey["SQ"].values() if one["DataExportTag"] == "outcome_middle")
    assert story["DisplayLogic"]["0"]["0"]["LeftOperand"] == "arm_outcome"
    assert "arm_outcome" not in {one["DataExportTag"] for one in survey["SQ"].values()}


@pytest.mark.parametrize("form", ["core", "demo"])
def test_every_id_leads_somewhere(form: str) -> None:
    survey = content(form, "etgar2007")
    asked = [one["QuestionID"] for block in survey["BL"] for one in block.get("BlockElements", [])]
    assert sorted(asked) == sorted(survey["SQ"])
    steps = flow_of(survey["FL"]["Flow"])
    shown = [one["ID"] for one in steps if one["Type"] == "Standard"]
    assert sorted(shown) == sorted(block["ID"] for block in survey["BL"] if block["Type"] != "Trash")
    ids = [one["FlowID"] for one in steps]
    assert len(ids) == len(set(ids)) == survey["FL"]["Properties"]["Count"] - 1


def flow_of(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for step in steps for one in (step, *flow_of(step.get("Flow", [])))]


def test_versions_of_planned_missing_are_drawn_and_who_declines_leaves() -> None:
    bank = read_instrument("etgar2007")
    planned = next(id_ for id_, form in bank.forms.items() if form.versions)
    survey = content(planned, "etgar2007")
    steps = flow_of(survey["FL"]["Flow"])
    versions = [one["EmbeddedData"][0]["Value"] for one in steps if one["Type"] == "EmbeddedData"]
    assert versions == list(bank.forms[planned].versions)
    branches = [one for one in steps if one["Type"] == "Branch"]
    some = next(one for one in branches if one["Description"] == "a_world")
    told = [one["RightOperand"] for key, one in some["BranchLogic"]["0"].items() if key.isdigit()]
    assert told == [name for name, ids in bank.forms[planned].versions.items() if "a_world" in ids]
    assert any(one["Flow"][0]["Type"] == "EndSurvey" for one in branches)
