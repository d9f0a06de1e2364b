"""Qualtrics survey file: one ``.qsf`` with all languages, skip rules, random arms, orders and versions.

Qualtrics documents no format; its shape follows files that it exports. Arms are drawn by a randomizer in the
survey flow, evenly, into embedded data of the item's name, which is also the column of the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from coprod_measure.instrument.conditions import Condition, Negation, parse_condition
from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.qsf_logic import Asked, TooManySetsError, logic
from coprod_measure.instrument.exports.questionnaire import Export, Questionnaire, gate_rule
from coprod_measure.instrument.exports.web_text import web_text
from coprod_measure.instrument.name_map import Named

VERSION = "version"
"""Embedded data that say which version of planned missing a respondent was shown."""
_SELECTORS = {
    "scale": ("MC", "SAHR"),
    "single_choice": ("MC", "SAVR"),
    "multiple_choice": ("MC", "MAVR"),
    "number": ("TE", "SL"),
    "slider": ("TE", "SL"),
    "text": ("TE", "ML"),
    "display": ("DB", "TB"),
}
_OPTIONS = {
    "BackButton": "false", "SaveAndContinue": "true", "SurveyProtection": "PublicSurvey",
    "BallotBoxStuffingPrevention": "false", "NoIndex": "Yes", "SecureResponseFiles": "true",
    "SurveyExpiration": "None", "SurveyTermination": "DefaultMessage", "Header": "", "Footer": "",
    "ProgressBarDisplay": "None", "PartialData": "+1 week", "ValidationMessage": "", "PreviousButton": "",
    "NextButton": "",
}  # fmt: skip


@dataclass(slots=True)
class _Survey:
    """A questionnaire on its way into a file: ids of questions and options, and what could not be said."""

    shown: Questionnaire
    asked: Asked
    lost: list[str] = field(default_factory=list)
    flow_ids: Iterator[int] = field(default_factory=lambda: count(2))

    def id_of(self, prefix: str, name: str) -> str:
        """Make an id as Qualtrics makes them, the same for the same questionnaire."""
        return f"{prefix}_{sha256(f'{self.shown.name}/{name}'.encode()).hexdigest()[:15]}"

    def logic(self, condition: Condition, what: str) -> dict[str, Any]:
        """Write a rule; where it is too long, say so and write none."""
        try:
            return logic(condition, self.asked)
        except TooManySetsError:
            self.lost.append(f"skip rule of {what}: too long for a file, set it on the platform")
            return {}

    def step(self, kind: str, **more: Any) -> dict[str, Any]:
        """Make an element of the survey flow."""
        return {"Type": kind, "FlowID": f"FL_{next(self.flow_ids)}", **more}


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for Qualtrics. Returns ``<name>.qsf``, UTF-8 JSON."""
    choices = {item.id: _choice_ids(shown, item) for item in shown.items}
    named = [item.id for item in shown.items if not item.assigns]
    asked = Asked(
        {id_: f"QID{number}" for number, id_ in enumerate(named, start=1)},
        choices,
        frozenset(item.id for item in shown.items if item.kind == "multiple_choice"),
    )
    survey = _Survey(shown, asked)
    content = json.dumps(_content(survey), ensure_ascii=False, indent=1) + "\n"
    names = {
        item.id: Named(
            item.id,
            item.id,
            {str(code): f"{item.id}_{id_}" for code, id_ in choices[item.id].items()}
            if item.kind == "multiple_choice"
            else {},
        )
        for item in shown.items
    }
    sliders = [f"slider {item.id}: a number field" for item in shown.items if item.kind == "slider"]
    versions = [
        f"versions {', '.join(shown.form.versions)}: drawn in the flow, kept in the column '{VERSION}'"
    ]
    remarks = [*shown.incomplete, *survey.lost, *(versions if shown.form.versions else []), *sliders]
    return Export({f"{shown.name}.qsf": content.encode()}, shown.name_map("qsf", names), tuple(remarks))


def _choice_ids(shown: Questionnaire, item: Item) -> dict[int, str]:
    """Ids of options by code: the codes themselves where all are above zero, as Qualtrics wants them."""
    codes = [code for code, _ in shown.options(item)]
    own = all(code > 0 for code in codes)
    return {code: str(code if own else place) for place, code in enumerate(codes, start=1)}


def _content(survey: _Survey) -> dict[str, Any]:
    shown, id_ = survey.shown, survey.id_of("SV", "survey")
    language = _language(shown.language)
    questions = list(_questions(survey))
    options: dict[str, Any] = _OPTIONS | {
        "AvailableLanguages": {_language(one): [] for one in shown.languages}
    }
    scoring: dict[str, Any] = {
        "ScoringCategories": [],
        "ScoringCategoryGroups": [],
        "ScoringSummaryCategory": None,
    }
    response_set = survey.id_of("RS", "answers")
    elements = [
        ("BL", "Survey Blocks", None, [*_blocks(survey), _trash(survey)]),
        ("FL", "Survey Flow", None, _flow(survey)),
        ("SO", "Survey Options", None, options),
        ("SCO", "Scoring", None, scoring),
        ("PROJ", "CORE", None, {"ProjectCategory": "CORE", "SchemaVersion": "1.1.0"}),
        ("STAT", "Survey Statistics", None, {"MobileCompatible": True, "ID": "Survey Statistics"}),
        ("QC", "Survey Question Count", str(len(questions)), None),
        ("RS", response_set, "Default Response Set", None),
        *(("SQ", one["QuestionID"], one["QuestionDescription"], one) for one in questions),
    ]
    entry = {
        "SurveyID": id_, "SurveyName": shown.heading(), "SurveyDescription": None, "SurveyLanguage": language,
        "SurveyActiveResponseSet": response_set, "SurveyStatus": "Inactive",
        "SurveyStartDate": "0000-00-00 00:00:00", "SurveyExpirationDate": "0000-00-00 00:00:00",
        "Deleted": None,
    }  # fmt: skip
    keys = ("Element", "PrimaryAttribute", "SecondaryAttribute", "Payload")
    told = [
        {"SurveyID": id_, "TertiaryAttribute": None, **dict(zip(keys, one, strict=True))} for one in elements
    ]
    return {"SurveyEntry": entry, "SurveyElements": told}


def _language(tag: str) -> str:
    return tag.upper()


def _trash(survey: _Survey) -> dict[str, Any]:
    return {"Type": "Trash", "Description": "Trash / Unused Questions", "ID": survey.id_of("BL", "trash")}


def _title_id(survey: _Survey, block: Block) -> str:
    """Id of the text that heads a block: after those of all items."""
    return (
        f"QID{len(survey.asked.questions) + 1 + [one.id for one in survey.shown.form.blocks].index(block.id)}"
    )


def _seen(survey: _Survey, block: Block) -> list[str]:
    """Ids of the questions of a block that people see."""
    return [survey.asked.questions[item.id] for item in survey.shown.items_of(block) if not item.assigns]


def _blocks(survey: _Survey) -> Iterator[dict[str, Any]]:
    for number, block in enumerate(survey.shown.form.blocks):
        ids = _seen(survey, block)
        if not ids:  # nothing but arms
            continue
        head = [_title_id(survey, block)] if survey.shown.title(block) else []
        options: dict[str, Any] = {"BlockLocking": "false", "RandomizeQuestions": "false"}
        if block.randomize and len(ids) > 1:
            order = {
                "FixedOrder": [*head, *["{~Randomized~}"] * len(ids)], "RandomizeAll": ids,
                "RandomSubSet": [], "Undisplayed": [], "TotalRandSubset": 0, "QuestionsPerPage": 0,
            }  # fmt: skip
            shuffled = {"Advanced": order, "EvenPresentation": False}
            options |= {"RandomizeQuestions": "Advanced", "Randomization": shuffled}
        yield {
            "Type": "Standard" if number else "Default",
            "SubType": "",
            "Description": block.id,
            "ID": survey.id_of("BL", block.id),
            "BlockElements": [{"Type": "Question", "QuestionID": id_} for id_ in (*head, *ids)],
            "Options": options | {"BlockVisibility": "Expanded"},
        }


def _questions(survey: _Survey) -> Iterator[dict[str, Any]]:
    shown = survey.shown
    for block in shown.form.blocks:
        if shown.title(block) and _seen(survey, block):
            texts = {lang: {"QuestionText": web_text(shown.title(block, lang))} for lang in shown.languages}
            yield _question(survey, _title_id(survey, block), f"{block.id}_title", "display", texts)
        for item in shown.items_of(block):
            if not item.assigns:
                yield _item(survey, item)


def _item(survey: _Survey, item: Item) -> dict[str, Any]:
    shown = survey.shown
    ids = survey.asked.choices[item.id]
    texts = {
        lang: {"QuestionText": web_text(shown.text(item, lang))}
        | ({"Choices": _labels(shown.options(item, lang), ids)} if ids else {})
        for lang in shown.languages
    }
    found = _question(survey, survey.asked.questions[item.id], item.id, item.kind, texts)
    if ids:
        found |= {"ChoiceOrder": list(ids.values()), "SubSelector": "TX"}
        found["RecodeValues"] = {id_: str(code) for code, id_ in ids.items()}
    if item.kind in ("number", "slider"):
        bounds = {"Min": item.minimum, "Max": item.maximum}
        numbers = {name: "" if value is None else f"{value:g}" for name, value in bounds.items()}
        settings = found["Validation"]["Settings"]
        settings |= {"Type": "ContentType", "ContentType": "ValidNumber"}
        settings["ValidNumber"] = numbers | {"NumDecimals": ""}
    if item.show_if:
        rule = survey.logic(parse_condition(item.show_if), item.id)
        found |= {"DisplayLogic": rule | {"inPage": False}} if rule else {}
    return found


def _labels(options: Sequence[tuple[int, str]], ids: Mapping[int, str]) -> dict[str, dict[str, str]]:
    return {ids[code]: {"Display": web_text(label)} for code, label in options}


def _question(
    survey: _Survey, id_: str, tag: str, kind: str, texts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    own, *others = survey.shown.languages
    type_, selector = _SELECTORS[kind]
    return {
        **texts[own],
        "DataExportTag": tag,
        "QuestionType": type_,
        "Selector": selector,
        "Configuration": {"QuestionDescriptionOption": "UseText"},
        "QuestionDescription": texts[own]["QuestionText"][:99],
        "Validation": {"Settings": {"ForceResponse": "OFF", "ForceResponseType": "ON", "Type": "None"}},
        "Language": {_language(lang): texts[lang] for lang in others} or [],
        "QuestionID": id_,
    }


def _flow(survey: _Survey) -> dict[str, Any]:
    """Draw arms and version first, then show the blocks: each to its versions, some in random order."""
    shown = survey.shown
    drawn = [
        _drawn(survey, item.id, [str(code) for code, _ in shown.options(item)])
        for item in shown.items
        if item.assigns
    ]
    drawn += [_drawn(survey, VERSION, list(shown.form.versions))] if shown.form.versions else []
    steps = [*drawn, *_steps(survey)]
    return {
        "Type": "Root",
        "FlowID": "FL_1",
        "Flow": steps,
        "Properties": {"Count": next(survey.flow_ids) - 1},
    }


def _drawn(survey: _Survey, name: str, values: list[str]) -> dict[str, Any]:
    fields = [
        {
            "Description": name, "Type": "Custom", "Field": name, "VariableType": "String",
            "DataVisibility": [], "AnalyzeText": False, "Value": value,
        }
        for value in values
    ]  # fmt: skip
    arms = [survey.step("EmbeddedData", EmbeddedData=[one]) for one in fields]
    return survey.step("BlockRandomizer", SubSet=1, EvenPresentation=True, Flow=arms)


def _steps(survey: _Survey) -> Iterator[dict[str, Any]]:
    shown = survey.shown
    shuffled = _neighbours(survey)
    waiting: list[dict[str, Any]] = []
    for block in shown.form.blocks:
        if not _seen(survey, block):
            continue
        step = _shown(survey, block)
        if block.id in shuffled:
            waiting.append(step)
            if len(waiting) == len(shuffled):
                yield survey.step(
                    "BlockRandomizer", SubSet=len(waiting), EvenPresentation=False, Flow=waiting
                )
            continue
        yield step
        gates = [gate for gate in shown.gates if gate.id in block.items]
        if gates:
            yield _branch(survey, Negation(gate_rule(gates)), block.id, [survey.step("EndSurvey")])


def _neighbours(survey: _Survey) -> frozenset[str]:
    """Blocks that change places, where they stand beside each other and let nobody leave."""
    shown = survey.shown
    named = shown.form.randomize_blocks
    places = [place for place, block in enumerate(shown.form.blocks) if block.id in named]
    gated = {gate.id for gate in shown.gates}
    held = any(gated & set(block.items) for block in shown.form.blocks if block.id in named)
    if not named or (places[-1] - places[0] == len(places) - 1 and not held):
        return frozenset(named)
    survey.lost.append(f"random order of the blocks {', '.join(named)}: set it on the platform")
    return frozenset()


def _shown(survey: _Survey, block: Block) -> dict[str, Any]:
    """Show a block: to all, or to the versions that hold it."""
    versions = survey.shown.form.versions
    inside = [name for name, ids in versions.items() if block.id in ids]
    step = survey.step("Standard", ID=survey.id_of("BL", block.id), Autofill=[])
    if len(inside) == len(versions):
        return step
    told = [
        {
            "LogicType": "EmbeddedField", "LeftOperand": VERSION, "Operator": "EqualTo", "RightOperand": name,
            "Type": "Expression", **({"Conjuction": "Or"} if number else {}),
        }
        for number, name in enumerate(inside)
    ]  # fmt: skip
    sets = {"0": {**{str(k): one for k, one in enumerate(told)}, "Type": "If"}, "Type": "BooleanExpression"}
    return survey.step("Branch", Description=block.id, BranchLogic=sets, Flow=[step])


def _branch(survey: _Survey, rule: Condition, name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    found = survey.logic(rule, f"the end after {name}")
    return survey.step("Branch", Description=name, BranchLogic=found, Flow=steps)
