import warnings

import pytest

from coprod_measure.errors import CoprodWarning
from coprod_measure.report.document import Column, Document, Paragraph, Row, Section, Table
from coprod_measure.report.formats.pdf import as_data, as_pdf
from coprod_measure.report.table_layout import ACROSS, UPRIGHT
from report.report_fixtures import NASTY, nasty_document

MARKUP = '#panic("obeyed") $x$ *bold* @nobody <label> \\u{41} = // `'


def document(*blocks: object, title: str = "Report") -> Document:
    return Document(title, "", (Section("s", "Section", blocks),))


def test_texts_are_values_and_equal_reports_are_equal_bytes() -> None:
    table = Table("t", MARKUP, (Column(MARKUP),), (Row((MARKUP,)), Row((MARKUP,), heading=True)), (MARKUP,))
    report = document(Paragraph(MARKUP), table, title=MARKUP)
    made = as_pdf(report)
    assert made.startswith(b"%PDF-")
    assert b"/MarkInfo" in made, "not tagged"
    assert made == as_pdf(report)


def test_every_kind_of_block_is_told() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoprodWarning)  # where no font of the machine holds Chinese
        made = as_pdf(nasty_document())
    assert made.count(b"/FontFile") >= 3
    (part,) = as_data(nasty_document())["parts"]
    kinds = [block["kind"] for block in part["blocks"]]
    assert kinds == ["heading", "paragraph", "bullets", "references", "callout", "pairs", "table", "figure"]
    assert part["blocks"][1]["text"] == NASTY.replace("\x00", "")


def test_a_letter_that_no_font_holds_is_warned_of_and_the_report_comes() -> None:
    with pytest.warns(CoprodWarning, match=r"no font of this computer holds '\\U000f1234'"):
        assert as_pdf(document(Paragraph("here: \U000f1234"))).startswith(b"%PDF-")


def test_wide_tables_lie_on_pages_of_their_own() -> None:
    numbers = tuple(Column(f"F{k}", "bounded") for k in range(20))
    wide = Table("w", "Wide", (Column("Item"), *numbers), (Row(("trust_in_the_firm_1", *([-0.12] * 20))),))
    narrow = Table("n", "Narrow", (Column("Item"), Column("M", "decimal")), (Row(("A statement", 3.2)),))
    parts = as_data(document(Paragraph("before"), wide, Paragraph("after"), narrow))["parts"]
    assert [part["landscape"] for part in parts] == [False, True, False]
    for part in parts:
        for block in part["blocks"]:
            room = ACROSS if part["landscape"] else UPRIGHT
            assert sum(block.get("widths", ())) <= room
