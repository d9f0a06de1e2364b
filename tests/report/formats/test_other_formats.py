import json
import zipfile
from pathlib import Path

import docx
import openpyxl

from coprod_measure.report.document import Column, Document, Paragraph, Row, Section, Table
from coprod_measure.report.formats.docx import write_word
from coprod_measure.report.formats.json import as_json
from coprod_measure.report.formats.md import as_markdown, escaped
from coprod_measure.report.formats.tex import as_latex
from coprod_measure.report.formats.tex import escaped as as_latex_escaped
from coprod_measure.report.formats.xlsx import write_excel
from report.report_fixtures import NASTY, nasty_document

WITHOUT_NUL = NASTY.replace("\x00", "")


def test_json_keeps_raw_numbers_and_reasons() -> None:
    content = json.loads(as_json(nasty_document()))
    table = next(block for block in content["sections"][0]["blocks"] if block["kind"] == "table")
    assert [column["label"] for column in table["columns"]] == [NASTY, "α", "CI"]
    assert table["rows"] == [
        {"group": NASTY, "values": [NASTY, 0.71234, [0.6, 0.8]]},
        {
            "group": NASTY,
            "values": ["b", {"not_available": NASTY}, {"not_available": "there is no finite value"}],
        },
    ]


def test_markdown_shows_marks_as_text() -> None:
    assert escaped("*a* | b_c <i>") == r"\*a\* \| b\_c \<i\>"
    assert escaped("- a") == r"\- a"
    assert escaped("1. a") == r"1\. a"
    assert escaped("99.1% of -3") == "99.1% of -3"
    assert escaped("---") == r"\---"
    assert escaped("two\nlines") == "two lines"
    text = as_markdown(nasty_document(), {"s": "pictures/s.svg"})
    assert "<script" not in text.replace(r"\<script", "")
    assert "](pictures/s.svg)" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert any(".71" in row and "[.60, .80]" in row.replace("\\", "") for row in rows)


def test_latex_letters_of_statistics_are_symbols_and_words_stay_words() -> None:
    assert as_latex_escaped("Δχ²(4) ≥ −.12 ✓") == (
        r"\ensuremath{\Delta}\ensuremath{\chi}²(4) \ensuremath{\geq} \ensuremath{-}.12 \ensuremath{\checkmark}"
    )
    assert as_latex_escaped("λόγος") == "λόγος"


def test_latex_runs_nothing_that_a_text_says() -> None:
    assert as_latex_escaped(r"\input{/etc/passwd} 5% a_b #1 ^ ~ $x$ [i]") == (
        r"\textbackslash{}input\{/etc/passwd\} 5\% a\_b \#1 \textasciicircum{} \textasciitilde{} "
        r"\$x\$ {[}i{]}"
    )
    text = as_latex(nasty_document(), {"s": "pictures/s.png"})
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1
    assert r"b & —\textsuperscript{a} & —\textsuperscript{b} \\" in text
    assert r"{\raggedright\textbf{=1+1 " in text
    assert "\x00" not in text


def test_no_cell_of_the_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    write_excel(nasty_document(), path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell.value for cell in cells if str(cell.value).startswith("=")]
    rows = list(book["1 t"].iter_rows(values_only=True))
    assert rows[1][1:] == ("α", "CI lower", "CI upper")
    assert rows[3][1:] == (0.71234, 0.6, 0.8)
    assert book.sheetnames == ["Contents", "1 t"]


def test_word_holds_every_text_and_describes_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "r.docx"
    write_word(nasty_document(), path)
    word = docx.Document(str(path))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert texts.count(WITHOUT_NUL) >= 4
    (_, table) = word.tables
    assert [cell.text for cell in table.rows[2].cells] == [WITHOUT_NUL, ".71", "[.60, .80]"]
    assert [cell.text for cell in table.rows[3].cells] == ["b", "—a", "—b"]
    heading = table.rows[1].cells[0].paragraphs[0]
    assert heading.alignment is None
    assert heading.runs[0].bold
    with zipfile.ZipFile(path) as archive:
        assert 'descr="' in archive.read("word/document.xml").decode()


def test_word_tables_keep_their_heads_with_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "r.docx"
    write_word(nasty_document(), path)
    (grid,) = [table for table in docx.Document(str(path)).tables if len(table.columns) == 3]
    stays = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in grid.rows]
    assert stays == [True, True, None, None]


def test_word_tables_fit_their_pages_and_captions_are_fields(tmp_path: Path) -> None:
    numbers = tuple(Column(f"F{k}", "bounded") for k in range(20))
    wide = Table("w", "Wide", (Column("Item"), *numbers), (Row(("trust_in_the_firm_1", *([-0.12] * 20))),))
    narrow = Table("n", "Narrow", (Column("Item"), Column("M", "decimal")), (Row(("A statement", 3.2)),))
    path = tmp_path / "r.docx"
    blocks = (Paragraph("before"), wide, Paragraph("after"), narrow)
    write_word(Document("Report", "", (Section("s", "Section", blocks),)), path)
    word = docx.Document(str(path))
    across = [page.page_width > page.page_height for page in word.sections]
    assert across == [False, True, False]
    for table, page in zip(word.tables, word.sections[1:], strict=True):
        room = page.page_width - page.left_margin - page.right_margin
        assert sum(column.width for column in table.columns) <= room
        assert table.style.name == "APA Table"
    styles = [paragraph.style.name for paragraph in word.paragraphs]
    assert styles.count("Caption") == styles.count("Table Title") == 2
    body = word.element.xml
    assert body.count("SEQ Table") == 2
    for number in (1, 2):
        assert f"REF _Table{number} " in body
        assert f'w:name="_Table{number}"' in body
    assert body.count("w:tblHeader") == 2
