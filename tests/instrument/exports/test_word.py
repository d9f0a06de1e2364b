import io

from docx import Document
from hypothesis import given, settings

from coprod_measure.instrument.exports.word import export
from instrument.exports.random_questionnaires import questionnaires


def read_back(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


@settings(max_examples=15, deadline=None)
@given(shown=questionnaires())
def test_every_question_and_answer_is_printed(shown):
    for language in shown.languages:
        lines = read_back(export(shown).files[f"random_core_{language}.docx"])
        for item in shown.items:
            text = shown.text(item, language)
            assert (text if item.kind == "display" else f"{text}  [{item.id}]") in lines
            for code, label in shown.options(item, language):
                assert f"{label} ({code})" in lines or f"\u2610 {label}  ({code})" in lines
