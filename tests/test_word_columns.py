"""Column widths of Word tables against what the cells hold."""

from __future__ import annotations

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.word_columns import lay_out, longest_word, set_widths, text_width, turn_page

ROOM = {"portrait": 451.0, "landscape": 697.0}


def test_widths_of_letters_are_those_of_the_wider_font() -> None:
    # Adobe Font Metrics of Helvetica: H 722, e 556, o 556, l 222; Carlito: l 229, * 498 (Helvetica 389).
    assert text_width("Hello", 10) == pytest.approx((722 + 556 + 229 + 229 + 556) / 100)
    assert text_width("***", 10) == pytest.approx(3 * 498 / 100)
    assert longest_word("a Hello b", 10) == text_width("Hello", 10)


@given(
    st.lists(
        st.lists(st.text("abc mW.12", max_size=30), min_size=4, max_size=4),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_no_table_is_wider_than_its_page_and_no_word_is_broken(rows: list[list[str]]) -> None:
    head = ["Construct", "Estimate", "95% CI", "Verdict"]
    layout = lay_out(head, rows, [False, True, True, False], **ROOM)
    assert sum(layout.widths) <= ROOM["landscape" if layout.landscape else "portrait"] + 1e-6
    needed = [
        max(longest_word(text, layout.size) for text in (label, *(row[place] for row in rows)))
        for place, label in enumerate(head)
    ]
    if layout.size > 6:
        assert all(
            word + 2 * layout.padding <= width for word, width in zip(needed, layout.widths, strict=True)
        )


def test_a_wide_table_turns_its_page_and_a_narrow_one_does_not() -> None:
    numbers = [["Construct of some length", *["-.12***"] * 16]] * 3
    wide = lay_out(["", *map(str, range(16))], numbers, [False, *[True] * 16], **ROOM)
    assert wide.landscape
    narrow = lay_out(["", "M"], [["Trust", "3.41"]], [False, True], **ROOM)
    assert not narrow.landscape
    assert sum(narrow.widths) < 120


def test_texts_of_a_long_table_take_fewer_lines() -> None:
    rows = [["through Less performance risk and then Net judgement", *["[-0.012, 0.034]"] * 5]]
    short, long = (lay_out(list("abcdef"), rows * k, [False, *[True] * 5], **ROOM) for k in (5, 60))
    assert long.size < short.size
    assert long.widths[0] > short.widths[0]


def test_the_page_is_turned_once_and_back() -> None:
    word = docx.Document()
    upright = word.sections[0].page_width
    for landscape in (False, True, True, False):
        turn_page(word, landscape=landscape)
    sides = [section.page_width < section.page_height for section in word.sections]
    assert sides == [True, False, True]
    assert word.sections[-1].page_width == upright
    grid = word.add_table(rows=0, cols=2)
    set_widths(grid, (50.0, 100.0))
    assert [round(cell.width.pt) for cell in grid.add_row().cells] == [50, 100]


def test_a_very_long_text_takes_more_lines_and_turns_no_page() -> None:
    layout = lay_out(
        ["Id", "Constructs"], [["H1", "a construct of some name, " * 60]], [False, False], **ROOM
    )
    assert not layout.landscape
    assert layout.size == 9.5
    assert sum(layout.widths) <= ROOM["portrait"]
