"""Drawings of whatever text an instrument holds."""

from __future__ import annotations

from coprod_measure.report.figures.canvas import bare_sheet, pdf_bytes, styled


def test_marks_without_a_glyph_are_drawn_as_nothing() -> None:
    """Turning marks, byte order marks and separators of lines, pasted among the words of an item."""

    @styled
    def drawn():
        figure, axes = bare_sheet(2, 1)
        axes.text(0, 0, "I\u202e\u2066\ufeff like\u200b\u2028\u2029 it")
        return figure

    assert pdf_bytes(drawn()).startswith(b"%PDF")
