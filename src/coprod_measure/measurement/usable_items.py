"""Items that no model can use, set aside by name so that everything else still comes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.measurement.item_sets import ItemSet

SET_ASIDE_COLUMNS = ("construct", "item", "reason")


def usable_items(sets: Sequence[ItemSet]) -> tuple[dict[str, tuple[str, ...]], pd.DataFrame]:
    """Part items that a covariance matrix can hold from those that make it singular or empty.

    Returns construct to the items that can be used (constructs without any are left out), and one row an item
    set aside (:data:`SET_ASIDE_COLUMNS`): nobody answered it, everybody gave the same answer, or every answer
    is the same as to an item before it.
    """
    kept: dict[str, tuple[str, ...]] = {}
    rows: list[tuple[str, str, str]] = []
    seen: dict[bytes, str] = {}
    for one in sets:
        own = []
        for item in one.items:
            reason = _why_not(one.frame[item], seen)
            if reason:
                rows.append((one.construct, item, reason))
            else:
                own.append(item)
        if own:
            kept[one.construct] = tuple(own)
    return kept, pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))


def _why_not(answers: pd.Series, seen: dict[bytes, str]) -> str:
    if answers.notna().sum() == 0:
        return "nobody answered it"
    if not answers.std() > 0:
        return "everybody gave the same answer"
    key = answers.to_numpy(dtype=float).tobytes()
    other = seen.setdefault(key, str(answers.name))
    return f"every answer is the same as to {other}" if other != answers.name else ""
