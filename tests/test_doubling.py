"""Time of what works on strangers' texts grows with their length, not with its square."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable

import pandas as pd
import pytest

from coprod_measure.errors import CoprodError
from coprod_measure.estimation.specification.expressions import parse_expression
from coprod_measure.instrument.conditions import _tokens
from coprod_measure.output_files import csv_text, from_csv
from coprod_measure.plain_text import cleaned, visible
from coprod_measure.responses import about, columns, personal_data

WORK: dict[str, Callable[[str], object]] = {
    "personal cells": lambda text: personal_data.holds_personal_cells(pd.Series([text])),
    "names": lambda text: personal_data.read_like_names(pd.Series([text])),
    "sorting": lambda text: personal_data.tell_people_apart(pd.Series([text, text + "a"])),
    "offsets": lambda text: about._assumed_zone(
        "started", pd.Series([text, "2026-01-01T10:00Z"], dtype="str"), "a"
    ),
    "message": personal_data.without_personal_text,
    "nobody": lambda text: personal_data.without_nobody(pd.Series([text])),
    "persons": lambda text: personal_data.only_persons(pd.Series([text]), "email"),
    "column name": personal_data.is_personal_name,
    "series": columns._stem,
    "times": lambda text: about._times(pd.Series([text])),
    "csv": lambda text: csv_text([[text]]),
    "from csv": from_csv,
    "cleaned": cleaned,
    "visible": visible,
    "rules": _tokens,
    "expressions": parse_expression,
}
PIECES = ["a", "1", "@a", "a:", "1.", " ", "; ", "'", '\n"', "\x1f", "-", "a1 ", "a/", "+a", "("]


@pytest.mark.parametrize("name", WORK)
def test_time_grows_by_less_than_three_a_doubling(name: str) -> None:
    gc.collect()
    gc.disable()
    try:
        for piece in PIECES:
            half, whole = (_seconds(WORK[name], piece * n) for n in (15_000, 30_000))
            assert whole < max(3.0 * half, 0.05), (name, piece, half, whole)
    finally:
        gc.enable()


def _seconds(work: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        with contextlib.suppress(CoprodError, ValueError):
            work(text)
        best = min(best, time.process_time() - start)
    return best
