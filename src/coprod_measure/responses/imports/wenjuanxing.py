"""Wenjuanxing (问卷星): number, times and source in Chinese, then numbered questions by their wording."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import (
    DEFAULT_MISSING,
    Export,
    RawTable,
    column_positions,
)

_ABOUT = {"序号": "respondent", "提交答卷时间": "ended", "所用时间": "duration"}
_OWN = {*_ABOUT, "来源", "来源详情", "来自IP", "总分"}


def recognise(table: RawTable) -> str:
    """Say why the table is a Wenjuanxing export, or nothing."""
    own = [name for name in table.header if name in _OWN]
    return f"the columns {', '.join(own[:3])}" if len(own) >= 3 else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by their wording, numbers before it left out; "(跳过)" and -3 were passed over by a rule."""
    about = column_positions(table.header, _ABOUT)
    own = {position for position, name in enumerate(table.header) if name in _OWN}
    return Export(
        platform="wenjuanxing",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings={
            p: table.labels.get(p, name)
            for p, name in enumerate(table.header)
            if p not in {*own, *about.values()}
        },
        about=about,
        technical=frozenset(own - set(about.values())),
        missing={**DEFAULT_MISSING, "(跳过)": "not_shown", "-3": "not_shown", "(空)": "unanswered"},
    )
