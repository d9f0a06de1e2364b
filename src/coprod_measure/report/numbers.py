"""Numbers as APA style prints them (American Psychological Association, 2020, sections 6.36 and 6.44)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.guides import as_printed
from coprod_measure.report.document import Column, Kind, Starred, Table, Value

DASH = "—"
_MINUS = "−"
_UNEXPLAINED = "there is no finite value"
_STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
STARS_IN_WORDS = "* p < .05, ** p < .01, *** p < .001".replace(
    " p < ", "\N{NO-BREAK SPACE}p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}"
)


def count(number: float) -> str:
    """Whole number with thousands separated: ``2436`` becomes ``2,436``."""
    return f"{round(number):,}".replace("-", _MINUS)


def decimal(number: float, digits: int = 2) -> str:
    """Show fixed decimals with leading zero and a typographic minus; never a negative zero."""
    text = f"{number:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text.replace(",", "")) == 0 else _MINUS + text[1:]
    return text


def bounded(number: float, digits: int = 2) -> str:
    """Show a statistic that cannot exceed 1 in size: no leading zero (``.78``, ``−.05``, ``1.00``)."""
    text = decimal(number, digits)
    sign = _MINUS if text.startswith(_MINUS) else ""
    return sign + text.removeprefix(_MINUS).removeprefix("0") if abs(number) < 1 and digits else text


def p_value(number: float) -> str:
    """Show a p value with three decimals, ``< .001`` below that.

    One just below the level of a star gets the digits that show it: ``.0498`` beside .05.
    """
    if number < 0.001:
        return "< .001"
    crossed = (limit for limit, _ in _STARS if number < limit == as_printed(number, 3))
    digits = 3
    for limit in crossed:
        while as_printed(number, digits) == limit and digits < 12:
            digits += 1
    return bounded(number, digits)


def p_phrase(number: float) -> str:
    """P value inside a sentence: ``p < .001`` or ``p = .034``."""
    shown = p_value(number)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def percent(fraction: float, digits: int = 0) -> str:
    """Fraction as a percentage: ``.123`` becomes ``12%``."""
    return f"{decimal(100 * fraction, digits)}%"


def chi_square(value: float, df: float, p: float) -> str:
    """Test in one phrase: ``χ²(24) = 85.31, p < .001``."""
    return f"χ²({number_text(df, 'df')}) = {decimal(value)}, {p_phrase(p)}"


def number_text(number: float, kind: Kind, digits: int = 2) -> str:
    """Show a number in the way of its kind (see :class:`~coprod_measure.report.document.Column`)."""
    match kind:
        case "count":
            return count(number)
        case "df":
            return f"{number:.0f}" if float(number).is_integer() else f"{number:.2f}"
        case "p":
            return p_value(number)
        case "percent":
            return percent(number, digits)
        case "bounded":
            return bounded(number, digits)
        case _:
            return decimal(number, digits)


def interval(low: float, high: float, kind: Kind = "decimal", digits: int = 2) -> str:
    """Interval in square brackets: ``[.81, .85]``."""
    return f"[{number_text(low, kind, digits)}, {number_text(high, kind, digits)}]"


def stars(pvalue: float) -> str:
    """Stars of a p value: one below .05, two below .01, three below .001."""
    return next((text for limit, text in _STARS if pvalue < limit), "")


@dataclass(frozen=True, slots=True)
class ShownCell:
    """Text of a cell.

    Attributes
    ----------
    mark : str
        Letter of the note that explains a dash.
    stars : str or None
        Those of a tested number, apart from its digits so that a format can align them; None for others.
    """

    text: str
    mark: str = ""
    stars: str | None = None

    @property
    def whole(self) -> str:
        """Text with its stars."""
        return self.text + (self.stars or "")


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table ready to print: cells as text, and notes with the reasons of missing values."""

    rows: tuple[tuple[ShownCell, ...], ...]
    notes: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]

    @property
    def starred(self) -> tuple[bool, ...]:
        """Which columns hold tested numbers, so that their heads can leave the room of the stars."""
        return tuple(
            any(cell.stars is not None for cell in column) for column in zip(*self.rows, strict=True)
        )


def shown(table: Table) -> ShownTable:
    """Turn raw values into text.

    ``table``: raw values. Missing numbers become a dash with a letter; the same reason always has the same
    letter. Text of each cell, general notes, and pairs of letter and reason.
    """
    marks: dict[str, str] = {}
    rows = tuple(
        tuple(
            _shown_cell(value, column, marks) for value, column in zip(row.values, table.columns, strict=True)
        )
        for row in table.rows
    )
    return ShownTable(rows, table.notes, tuple((mark, reason) for reason, mark in marks.items()))


def is_missing(value: Value) -> bool:
    """Whether a value is not there: ``NotAvailable``, NaN or infinite."""
    if isinstance(value, Starred):
        return not math.isfinite(value.number)
    return isinstance(value, NotAvailable) or (isinstance(value, float) and not math.isfinite(value))


def _shown_cell(value: Value, column: Column, marks: dict[str, str]) -> ShownCell:
    if value is None:
        return ShownCell("")
    if isinstance(value, tuple):
        if any(is_missing(end) for end in value):
            return ShownCell(DASH, _mark_of(_UNEXPLAINED, marks))
        return ShownCell(interval(*value, kind=column.kind, digits=column.digits))
    if is_missing(value):
        reason = value.reason if isinstance(value, NotAvailable) else _UNEXPLAINED
        return ShownCell(DASH, _mark_of(reason, marks))
    if isinstance(value, bool):
        return ShownCell("yes" if value else "no")
    if isinstance(value, Starred):
        return ShownCell(number_text(value.number, column.kind, column.digits), stars=stars(value.pvalue))
    if isinstance(value, int | float) and column.kind != "text":
        return ShownCell(number_text(float(value), column.kind, column.digits))
    return ShownCell(str(value))


def _mark_of(reason: str, marks: dict[str, str]) -> str:
    if reason not in marks:
        position = len(marks)
        letter = chr(ord("a") + position % 26)
        marks[reason] = letter if position < 26 else letter + str(position // 26)
    return marks[reason]
