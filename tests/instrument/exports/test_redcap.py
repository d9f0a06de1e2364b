import csv
import html
import io
import re
import zipfile

from hypothesis import given, settings

from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.redcap import COLUMNS, export
from instrument.exports.random_questionnaires import Asked, asked, questionnaires

CHOICES = "Choices, Calculations, OR Slider Labels"
RULE = "Branching Logic (Show field only if...)"


def rows_of(content: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["instrument.csv"]
        text = archive.read("instrument.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_back(rows) -> dict[str, Asked]:
    found = {}
    for row in rows:
        if row["Field Type"] != "descriptive":
            pairs = [choice.split(", ", 1) for choice in row[CHOICES].split(" | ")] if row[CHOICES] else []
            options = tuple((int(code), html.unescape(label)) for code, label in pairs)
            found[row["Variable / Field Name"]] = Asked(html.unescape(row["Field Label"]), options)
    return found


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back(shown):
    made = export(shown)
    expected = {
        made.names.items[id_].code: Asked(
            one.text, tuple((code, label.replace("|", "/")) for code, label in one.options)
        )
        for id_, one in asked(shown).items()
    }
    assert read_back(rows_of(made.files["random_core.zip"])) == expected


@settings(max_examples=25)
@given(shown=questionnaires())
def test_the_dictionary_keeps_the_rules_of_the_platform(shown):
    rows = rows_of(export(shown).files["random_core.zip"])
    assert tuple(rows[0]) == COLUMNS
    names = [row["Variable / Field Name"] for row in rows]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,25}", name) for name in names)
    assert len({row["Form Name"] for row in rows}) == 1
    groups = [row["Matrix Group Name"] for row in rows]
    assert not set(filter(None, groups)) & set(names)
    for group in set(filter(None, groups)):
        members = [number for number, found in enumerate(groups) if found == group]
        assert members == list(range(members[0], members[-1] + 1))
        assert len({rows[number][CHOICES] for number in members}) == 1
        assert rows[members[0]]["Section Header"]
        assert {rows[number]["Field Type"] for number in members} == {"radio"}
    for row in rows:
        assert '"' not in row[RULE]
        assert set(re.findall(r"\[(\w+)(?:\(-?\d+\))?\]", row[RULE])) <= set(names)
        assert not row["Field Label"].startswith(("=", "+", "-", "@"))


def test_rules_use_single_quotes(example):
    rows = rows_of(export(questionnaire(example("skip_rule_on_number"))).files["small_core.zip"])
    found = {row["Variable / Field Name"]: row for row in rows}
    assert found["done_1"][RULE] == "([age] > '20.5')"
    assert found["age"]["Text Validation Min"] == "18"
    assert found["joy_3"]["Field Annotation"] == "coprod: construct=joy reverse"


def test_the_same_instrument_gives_the_same_bytes(example):
    shown = questionnaire(example("small"))
    assert export(shown).files == export(shown).files


def test_the_end_at_a_refused_consent_is_left_to_the_platform_aloud(example):
    made = export(questionnaire(example("control_items")))
    assert "the survey ends unless consent is 'Yes': set it on the platform" in made.cannot_say
    rows = rows_of(made.files["small_core.zip"])
    assert [row["Variable / Field Name"] for row in rows if row["Required Field?"] == "y"] == ["consent"]
