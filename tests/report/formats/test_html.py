import re

import pytest
from lxml import html

from coprod_measure.report.document import (
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    Row,
    Section,
    Table,
)
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.figures.scree import draw_scree
from coprod_measure.report.formats.html import as_html

NASTY = "<script>alert('x')</script> & \"q\" $a_b$ {{ 7 * 7 }} --> ]]>"


def _document() -> Document:
    columns = (Column(NASTY), Column("α", "bounded", italic=True))
    table = Table("t", NASTY, columns, (Row((NASTY, None), heading=True), Row((NASTY, 0.7))), (NASTY,))
    forest = draw_forest([Estimate(NASTY, 0.3, 0.1, 0.5, "supported")], NASTY)
    scree = draw_scree([2.0, 0.5], [1.1, 0.9], 1, NASTY)
    blocks = (
        Paragraph(NASTY),
        Bullets((NASTY,)),
        Callout(NASTY, NASTY),
        KeyValues(((NASTY, NASTY),)),
        table,
        Figure("f", NASTY, forest, NASTY, NASTY),
        Figure("s", NASTY, scree, NASTY),
    )
    return Document(NASTY, NASTY, (Section("one", NASTY, blocks),))


@pytest.fixture(scope="module")
def page() -> str:
    return as_html(_document())


def test_text_never_becomes_markup(page: str) -> None:
    tree = html.document_fromstring(page)
    assert tree.xpath("//script") == []
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    assert tree.xpath("string(//h1)") == NASTY
    assert tree.xpath("string(//main//p)") == NASTY


def test_the_page_asks_the_network_for_nothing(page: str) -> None:
    names = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"https?://[^\"' )]+", page)) <= names
    assert "@import" not in page
    assert "<link" not in page


def test_ids_are_unique_and_every_reference_has_a_target(page: str) -> None:
    tree = html.document_fromstring(page)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    wanted = {ref[1:] for ref in tree.xpath("//@href") if ref.startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page)) | set(tree.xpath("//@aria-labelledby"))
    assert wanted <= set(ids)


def test_a_reader_without_eyes_finds_names_and_heads(page: str) -> None:
    tree = html.document_fromstring(page)
    assert tree.get("lang") == "en"
    assert tree.xpath("//*[@role='img']/@aria-label") == [NASTY, NASTY]
    assert tree.xpath("//thead//th/@scope") == ["col", "col"]
    assert tree.xpath("//tbody//th/@scope") == ["rowgroup", "row"]
    assert [heading.tag for heading in tree.xpath("//main//h2 | //h1")] == ["h1", "h2"]


def test_tables_and_figures_are_numbered_apart(page: str) -> None:
    tree = html.document_fromstring(page)
    assert tree.xpath("//*[@class='number']/text()") == ["Table 1", "Figure 1", "Figure 2"]


def test_the_same_report_gives_the_same_bytes(page: str) -> None:
    assert as_html(_document()) == page


def test_a_table_of_many_columns_is_set_as_close_as_can_be_read() -> None:
    def page(columns: int) -> str:
        table = Table(
            "t", "Wide", tuple(Column(f"F{k}", "bounded") for k in range(columns)), (Row((0.5,) * columns),)
        )
        return as_html(Document("d", "", (Section("s", "S", (table,)),)))

    assert "dense densest" in page(24)
    assert "dense densest" not in page(12)
    assert "cards dense" in page(12)
    assert "cards dense" not in page(5)


def test_lines_of_a_table_become_cards_on_a_phone_those_of_a_matrix_close() -> None:
    def table(id_: str, n: int) -> Table:
        numbers = tuple(Column(f"<{k}>", "bounded") for k in range(n))
        return Table(id_, "T", (Column("Item"), *numbers), (Row(("a", *[0.5] * n)),))

    blocks = tuple(table(f"t{n}", n) for n in (1, 5, 14))
    tree = html.document_fromstring(as_html(Document("R", "", (Section("s", "S", blocks),))))
    classes = [found.get("class", "") for found in tree.xpath("//table")]
    assert classes == ["", "cards", "cards dense"]
    assert tree.xpath("//table[@class='cards']//td/@data-l") == [f"<{k}>" for k in range(5)]
    columns = (Column("Construct"), *(Column(str(k), "bounded") for k in range(1, 12)))
    matrix = Table("m", "M", columns, (Row(("a", *[0.5] * 11)),))
    tree = html.document_fromstring(as_html(Document("R", "", (Section("s", "S", (matrix,)),))))
    assert tree.xpath("//table/@class") == ["cards dense tight"]
    words = Table("w", "W", (Column("Id"), Column("Hypothesis")), (Row(("H1", "long " * 20)),))
    tree = html.document_fromstring(as_html(Document("R", "", (Section("s", "S", (words,)),))))
    assert tree.xpath("//td/@class") == ["words long"]
