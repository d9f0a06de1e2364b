import html
import re

import pytest
from hypothesis import given, settings

from coprod_measure.instrument.exports.qualtrics import export
from coprod_measure.instrument.exports.questionnaire import questionnaire
from instrument.exports.random_questionnaires import Asked, asked, questionnaires


def read_back(text: str) -> dict[str, Asked]:
    """Read Advanced Format: every column that the data will have, with its wording and its choices."""
    lines = [line for line in text.split("\n") if line]
    assert lines[0] == "[[AdvancedFormat]]"
    found, kind, tag, stem, rows, choices, target = {}, "", "", "", [], [], None

    def close():
        if kind == "Matrix":
            found.update({f"{tag}_{code}": Asked(row, tuple(choices)) for code, row in rows})
        elif kind and kind != "DB":
            found[tag] = Asked(stem, tuple(rows))

    for line in lines[1:]:
        command = re.fullmatch(r"\[\[(\w+)(?::(.*))?\]\]", line)
        if command is None:
            if target is None:
                stem = html.unescape(line)
            else:
                target[-1] = (target[-1][0], html.unescape(line))
            continue
        name, value = command.groups()
        if name in {"Question", "Block"}:
            close()
            kind, tag, stem, rows, choices, target = value if name == "Question" else "", "", "", [], [], None
        elif name == "ID":
            tag = value
        elif name in {"Choice", "Answer"}:
            target = rows if name == "Choice" else choices
            target.append((int(value), ""))
    close()
    return found


@pytest.mark.parametrize("layout", ["single", "matrix"])
@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back(layout, shown):
    made = export(shown, layout)
    for language in shown.languages:
        found = read_back(made.files[f"random_core_{language}.txt"].decode())
        columns = {made.names.items[id_].column: one for id_, one in asked(shown, language).items()}
        assert found == columns


@settings(max_examples=25)
@given(shown=questionnaires())
def test_what_is_left_out_is_said(shown):
    remarks = " ".join(export(shown).cannot_say)
    assert all(item.id in remarks for item in shown.items if item.show_if or item.minimum is not None)
    assert all(block.id in remarks for block in shown.form.blocks if block.randomize)


def test_a_single_item_gives_its_id_as_column(example):
    from coprod_measure.instrument.exports.questionnaire import questionnaire

    made = export(questionnaire(example("small")))
    assert all(named.column == id_ for id_, named in made.names.items.items())
    assert b"[[ID:joy_1]]\nI like this task." in made.files["small_core_en.txt"]


def test_the_end_at_a_refused_consent_is_left_to_the_platform_aloud(example):
    made = export(questionnaire(example("control_items")))
    assert "the survey ends unless consent is 'Yes': set it on the platform" in made.cannot_say
