import csv
import html
import io
import re
from dataclasses import replace

from hypothesis import given, settings

from coprod_measure.instrument.exports.limesurvey import RESERVED, export
from coprod_measure.instrument.exports.qualtrics import export as qualtrics
from coprod_measure.instrument.exports.questionnaire import questionnaire
from instrument.exports.random_questionnaires import Asked, asked, questionnaires


def rows_of(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))


def read_back(rows: list[dict[str, str]], language: str) -> dict[str, Asked]:
    """Read the file as LimeSurvey would: every data column with its wording and its answer codes."""
    found, question, members, answers = {}, None, [], []

    def close():
        if question is None or question["type/scale"] == "X":
            return
        code, text = question["name"], html.unescape(question["text"])
        if question["type/scale"] == "F":
            found.update({f"{code}[{name}]": Asked(row, tuple(answers)) for name, row in members})
        elif question["type/scale"] == "M":
            found[code] = Asked(text, tuple((name[1:], row) for name, row in members))
        else:
            found[code] = Asked(text, tuple(answers))

    for row in rows:
        if row["language"] != language:
            continue
        text = html.unescape(row["text"])
        if row["class"] in {"Q", "G"}:
            close()
            question, members, answers = (row if row["class"] == "Q" else None), [], []
        elif row["class"] == "SQ":
            members.append((row["name"], text))
        elif row["class"] == "A":
            answers.append((row["name"], text))
    close()
    return found


def answer(code: int) -> str:
    return str(code).replace("-", "m")


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back_in_every_language(shown):
    made = export(shown)
    rows = rows_of(made.files["random_core.txt"])
    for language in shown.languages:
        expected = {
            made.names.items[id_].column: Asked(
                one.text, tuple((answer(code), label) for code, label in one.options)
            )
            for id_, one in asked(shown, language).items()
        }
        assert read_back(rows, language) == expected


@settings(max_examples=25)
@given(shown=questionnaires())
def test_codes_keep_the_rules_of_the_platform(shown):
    rows = rows_of(export(shown).files["random_core.txt"])
    questions = [row["name"] for row in rows if row["class"] == "Q" and row["language"] == "en"]
    assert len({name.casefold() for name in questions}) == len(questions)
    assert all(
        re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,19}", name) and name not in RESERVED for name in questions
    )
    assert all(re.fullmatch(r"[A-Za-z0-9]+", row["name"]) for row in rows if row["class"] == "SQ")
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,5}", row["name"]) for row in rows if row["class"] == "A")


@settings(max_examples=25)
@given(shown=questionnaires())
def test_languages_have_the_same_rows_in_the_same_order(shown):
    rows = [row for row in rows_of(export(shown).files["random_core.txt"]) if row["class"] not in {"S", "SL"}]
    shape = ["class", "type/scale", "name", "relevance"]
    english, german = (
        [[row[key] for key in shape] for row in rows if row["language"] == lang] for lang in ("en", "de")
    )
    # Titles of groups are text in the column of names.
    assert [row[:2] + row[3:] for row in english] == [row[:2] + row[3:] for row in german]
    assert [row for row in english if row[0] != "G"] == [row for row in german if row[0] != "G"]


def test_rules_name_table_and_row(example):
    made = export(questionnaire(example("skip_rule")))
    row = next(row for row in rows_of(made.files["small_core.txt"]) if row["name"] == "done1")
    table = made.names.items["joy_1"].column.partition("[")[0]
    assert row["relevance"] == (
        f"(({table}_joy1.NAOK >= 3) && !(((easetable_ease1.NAOK == 1) || "
        "((easetable_ease1.NAOK == 2) || (easetable_ease1.NAOK == 3)))))"
    ).replace("easetable", made.names.items["ease_1"].column.partition("[")[0]).replace("&&", "and").replace(
        "||", "or"
    )


def test_pages_after_a_refused_consent_are_not_relevant(example):
    made = export(questionnaire(example("control_items")))
    rows = rows_of(made.files["small_core.txt"])
    assert [row["relevance"] for row in rows if row["class"] == "G"] == ["1", "(consent.NAOK == 1)"]
    assert [row["name"] for row in rows if row["mandatory"] == "Y"] == ["consent"]
    assert not any("consent" in remark for remark in made.cannot_say)


def test_blocks_that_change_places_share_a_group(example):
    shown = questionnaire(example("small"))
    ids = [block.id for block in shown.form.blocks]
    shuffled = replace(shown, form=replace(shown.form, randomize_blocks=(ids[0],)))
    rows = rows_of(export(shuffled).files["small_core.txt"])
    groups = [row["random_group"] for row in rows if row["class"] == "G"]
    assert groups == ["blocks"] + [""] * (len(ids) - 1)
    assert f"random order of the blocks {ids[0]}: set it on the platform" in qualtrics(shuffled).cannot_say


def test_who_is_not_asked_for_consent_goes_on(example):
    shown = questionnaire(example("control_items"))
    items = {**shown.instrument.items}
    items["consent"] = replace(items["consent"], show_if="joy_1 > 2")
    asked_of_some = replace(shown, instrument=replace(shown.instrument, items=items))
    rows = rows_of(export(asked_of_some).files["small_core.txt"])
    last = [row["relevance"] for row in rows if row["class"] == "G"][-1]
    assert re.fullmatch(r"\(!\(\(\w+\.NAOK > 2\)\) or \(consent\.NAOK == 1\)\)", last)
