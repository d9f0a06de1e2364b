"""Who answered when, about what: people by the waves they were seen in, constructs by wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.responses.dataset import Responses


@dataclass(frozen=True, slots=True)
class Attendance:
    """How the rows of a record lie over waves, and over categories, partners and countries.

    Attributes
    ----------
    waves : tuple of str
        In the order of time; empty where there is one.
    patterns : tuple of (tuple of bool, int)
        Waves that people were seen in, and how many were; most frequent first.
    asked : pandas.DataFrame
        One row a construct, one column a wave: items of it that anybody answered.
    rows : mapping of str to pandas.DataFrame
        Part of the design to ``name people rows``, most rows first.
    """

    waves: tuple[str, ...]
    patterns: tuple[tuple[tuple[bool, ...], int], ...]
    asked: pd.DataFrame
    rows: dict[str, pd.DataFrame]


def attendance(responses: Responses) -> Attendance:
    """Count people and rows.

    Parameters
    ----------
    responses : Responses
        Clean or not.
    """
    about = responses.about
    waves = responses.wave_names if responses.waves > 1 else ()
    rows = {
        key: _counted(about, key)
        for key in ("category", "partner", "episode", "country")
        if key in about and len(about[key].astype("string").fillna("").unique()) > 1
    }
    if not waves:
        return Attendance((), (), pd.DataFrame(), rows)
    of_rows = about["wave"].astype("str")
    seen = pd.crosstab(about["respondent"], of_rows)[list(waves)] > 0
    counts = seen.value_counts()
    patterns = tuple((tuple(map(bool, pattern)), int(n)) for pattern, n in counts.items())
    return Attendance(waves, patterns, _asked(responses, of_rows, waves), rows)


def _counted(about: pd.DataFrame, key: str) -> pd.DataFrame:
    names = about[key].astype("string").fillna("")
    own = about.assign(name=names)[names != ""]
    found = own.groupby("name").agg(people=("respondent", "nunique"), rows=("respondent", "size"))
    return found.sort_values("rows", ascending=False, kind="stable").reset_index()


def _asked(responses: Responses, of_rows: pd.Series, waves: Sequence[str]) -> pd.DataFrame:
    answered = responses.frame.notna().groupby(of_rows.to_numpy()).any()
    constructs = {
        item.id: item.construct_id
        for item in responses.instrument.items.values()
        if item.construct_id and item.id in answered
    }
    counts = answered[list(constructs)].T.groupby(constructs, sort=False).sum()[list(waves)].astype(int)
    return counts.rename_axis("construct").reset_index()
