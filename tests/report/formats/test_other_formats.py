import json
import zipfile
from pathlib import Path

import docx
import openpyxl

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


def test_latex_runs_nothing_that_a_text_says() -> None:
    assert as_latex_escaped(r"\input{/etc/passwd} 5% a_b #1 ^ ~ $x$ [i]") == (
        r"\textbackslash{}input\{/etc/passwd\} 5\% a\_b \#1 \textasciicircum{} \textasciitilde{} "
        r"\$x\$ {[}i{]}"
    )
    text = as_latex(nasty_document(), {"s": "pictures/s.png"})
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1
    assert r"b & —\textsuperscript{a} & —\textsuperscript{b} \\" in text
    assert r"\multicolumn{3}{l}{\textbf{=1+1 " in text
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
