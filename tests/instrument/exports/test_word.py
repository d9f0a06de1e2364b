import io
import re

from docx import Document
from hypothesis import given, settings

from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.word import export
from coprod_measure.instrument.read import read_instrument
from coprod_measure.word_columns import longest_word
from instrument.exports.random_questionnaires import questionnaires


def read_back(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


@settings(max_examples=15)
@given(shown=questionnaires())
def test_every_question_and_answer_is_printed(shown):
    for language in shown.languages:
        lines = read_back(export(shown).files[f"random_core_{language}.docx"])
        for item in shown.items:
            text = shown.text(item, language)
            assert text in lines
            for _, label in shown.options(item, language):
                assert label in lines or f"\u2610 {label}" in lines


def test_respondents_see_neither_ids_nor_codes_and_no_word_is_broken():
    shown = questionnaire(read_instrument("etgar2007"), "demo")
    for content in export(shown).files.values():
        lines = "\n".join(read_back(content))
        assert not [item.id for item in shown.items if "_" in item.id and item.id in lines]
        assert not re.search(r"\(\d\)", lines)
        for table in Document(io.BytesIO(content)).tables:
            widths = [column.width.pt for column in table.columns]
            assert sum(widths) <= 841.9 - 2 * 56.6
            heads = [cell.text for cell in table.rows[0].cells[1:]]
            assert all(
                longest_word(text, 8) + 7 <= wide for text, wide in zip(heads, widths[1:], strict=True)
            )
