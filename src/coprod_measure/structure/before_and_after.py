"""One row a person out of two waves: what was asked before, beside what was asked after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.responses.dataset import Responses


def before_and_after(clean: Responses, before: Sequence[str], after: Sequence[str]) -> Responses:
    """Join the last answers to some items with the answers to others at the last wave ahead of them.

    Parameters
    ----------
    clean : Responses
        Several rows a person, told apart by ``wave``.
    before, after : sequence of str
        Items.

    Returns
    -------
    Responses
        The row of the later wave of each person who has both, its items of ``before`` replaced.

    Raises
    ------
    DataError
        If nobody has answers before and after.
    """
    order = {name: k for k, name in enumerate(clean.wave_names)}
    rank = clean.about["wave"].astype(str).map(order)
    rows = pd.DataFrame({"person": clean.about["respondent"], "rank": rank, "row": clean.frame.index})
    earlier, later = (clean.frame[list(items)].notna().any(axis=1) for items in (before, after))
    last = rows[later].sort_values("rank").groupby("person", sort=False).tail(1)
    pairs = last.merge(rows[earlier], on="person", suffixes=("", "_before"))
    pairs = pairs[pairs["rank_before"] < pairs["rank"]].sort_values("rank_before")
    pairs = pairs.groupby("person", sort=False).tail(1).sort_values("row")
    if pairs.empty:
        raise DataError("nobody answered at an earlier and at a later wave", cure="Look at responses: wave")
    kept = clean.keep(pd.Index(pairs["row"]))

    def joined(frame: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{one: whole.loc[pairs["row_before"], one].to_numpy() for one in before})

    return replace(kept, frame=joined(kept.frame, clean.frame), shown=joined(kept.shown, clean.shown))
