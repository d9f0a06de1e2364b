import json
from html.parser import HTMLParser

import openpyxl
import pytest

from coprod_measure.errors import InputError, InstrumentError
from coprod_measure.instrument.codebook import codebook_tables, codebook_text, format_of, write_codebook


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "td":
            self.cells[-1] += data


def test_every_item_construct_scale_and_form_is_told(example):
    instrument = example("control_items")
    tables = {table.title: table for table in codebook_tables(instrument)}
    assert [row[0] for row in tables["Items"].rows] == list(instrument.items)
    assert [row[0] for row in tables["Constructs"].rows] == list(instrument.constructs)
    assert [row[0] for row in tables["Scales"].rows] == list(instrument.scales)
    assert [row[0] for row in tables["Forms"].rows] == ["core"]
    assert all(len(row) == len(table.columns) for table in tables.values() for row in table.rows)


def test_wording_of_another_language(example):
    text = codebook_text(example("two_languages"), "json", "de")
    items = {item["item"]: item for item in json.loads(text)["items"]}
    assert items["joy_1"]["wording"] == "Ich mag this task."
    with pytest.raises(InstrumentError, match="no language 'fr'"):
        codebook_tables(example("two_languages"), "fr")


def test_html_shows_markup_as_text(example):
    instrument = example("markup_in_text")
    page = codebook_text(instrument, "html")
    parser = Cells()
    parser.feed(page)
    assert any('<b>this task</b> & "more"' in cell for cell in parser.cells)
    assert "b" not in parser.tags
    assert "http" not in page


def test_markdown_keeps_its_columns(example):
    text = codebook_text(example("markup_in_text"), "markdown")
    row = next(line for line in text.splitlines() if line.startswith("| joy\\_2"))
    assert row.replace("\\|", "").count("|") == len(codebook_tables(example("small"))[2].columns) + 1
    assert "<b>" not in text


def test_a_spreadsheet_runs_nothing(example, tmp_path):
    path = tmp_path / "codebook.xlsx"
    write_codebook(example("formula_label"), path, "xlsx")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells)


def test_format_follows_the_ending(tmp_path):
    assert format_of(tmp_path / "a.HTML") == "html"
    with pytest.raises(InputError, match=r"'\.pdf'"):
        format_of(tmp_path / "a.pdf")


def test_planned_gaps_print_the_coverage_of_every_pair(example):
    tables = {table.title: table for table in codebook_tables(example("planned_missing"))}
    # Version a shows both blocks, b the last one only; all pairs of three constructs and their diagonals.
    assert len(tables["Covariance coverage"].rows) == 6
    assert ("core", "done", "joy", "0.500", "0.500") in tables["Covariance coverage"].rows
    assert "Covariance coverage" not in {table.title for table in codebook_tables(example("small"))}


def test_no_table_of_the_page_is_wider_than_a_screen(example):
    page = codebook_text(example("history"), "html")
    tables = page.split("<table>")[1:]
    assert max(table.partition("</thead>")[0].count("<th ") for table in tables) <= 6
    # What has no column of its own is still there, by name.
    assert "kind: <bdi>scale</bdi>" in page
    assert "status: <bdi>" in page
