"""Categories that a group never used: joined with a neighbour in all groups, or the reason for a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import DataError, Problem

JOINED_COLUMNS = ("item", "category", "joined_with", "group", "empty_in")
FEWEST_CATEGORIES = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A category of an item that nobody in some groups chose; ``empty_in`` holds the groups' labels."""

    item: str
    category: float
    empty_in: tuple[str, ...]


def join_empty_categories(
    frame: pd.DataFrame, items: Sequence[str], group: str, seen: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count an answer that a group never gave as the neighbouring answer, in all groups alike.

    Of two neighbours the one that fewer respondents chose is taken, which loses least (Rutkowski, Svetina and
    Liaw 2019 compare ways). Nothing is joined where all groups use all categories.

    Parameters
    ----------
    frame : pandas.DataFrame
        Items and the grouping column.
    seen : pandas.DataFrame
        The rows of ``frame`` that the models use, by which a category is judged empty.

    Returns
    -------
    pandas.DataFrame, pandas.DataFrame
        The recoded answers, and one row a join (:data:`JOINED_COLUMNS`).
    """
    columns: dict[str, pd.Series] = {}
    rows: list[tuple[object, ...]] = []
    for item in items:
        answers, used = frame[item], seen[item]
        while (gap := _first_gap(used, seen[group])) is not None:
            neighbour = _neighbour(used, gap.category)
            codes = (_whole(gap.category), _whole(neighbour))
            rows.append((item, *codes, group, ", ".join(gap.empty_in)))
            answers, used = (column.replace(gap.category, neighbour) for column in (answers, used))
        columns[item] = answers
    return frame.assign(**columns), pd.DataFrame(rows, columns=list(JOINED_COLUMNS))


def joins_in_words(joined: pd.DataFrame) -> list[str]:
    """Name every join in a sentence."""
    return [
        f"{row.item}: the answer {row.category:g} counts as {row.joined_with:g} in all groups, because "
        f"nobody with {row.group} {row.empty_in} gave it"
        for row in joined.itertuples()
    ]


def require_categories(frame: pd.DataFrame, items: Sequence[str], group: str) -> None:
    """Refuse items whose thresholds cannot be compared.

    Raises
    ------
    DataError
        If an item has fewer than three categories, or a group never used one that another did.
    """
    problems = []
    for item in items:
        n_categories = frame[item].nunique()
        if n_categories < FEWEST_CATEGORIES:
            problems.append(
                Problem(
                    item,
                    f"has {n_categories} categories",
                    "Thresholds can be compared from three categories on; treat the items as continuous",
                    "few-categories",
                )
            )
        elif (gap := _first_gap(frame[item], frame[group])) is not None:
            problems.append(
                Problem(
                    item,
                    f"nobody with {group} {', '.join(gap.empty_in)} answered {gap.category:g}",
                    "Join it with its neighbour in all groups: collapse_empty_categories: true (under "
                    "measurement in a study file; on the command line --collapse-empty-categories)",
                    "empty-category",
                )
            )
    if problems:
        raise DataError.from_problems(problems)


def _first_gap(answers: pd.Series, group: pd.Series) -> Gap | None:
    """Find the lowest category that some group never used, as long as it has a neighbour."""
    used = {code_as_text(label): set(part.dropna()) for label, part in answers.groupby(group, sort=False)}
    categories = sorted(set().union(*used.values()))
    for category in categories if len(categories) > 1 else []:
        if empty := tuple(label for label, codes in used.items() if category not in codes):
            return Gap(str(answers.name), float(category), empty)
    return None


def _neighbour(answers: pd.Series, category: float) -> float:
    counts = answers.value_counts().sort_index()
    codes = list(counts.index)
    place = codes.index(category)
    beside = [codes[k] for k in (place - 1, place + 1) if 0 <= k < len(codes)]
    return float(min(beside, key=lambda code: counts[code]))


def _whole(code: float) -> float | int:
    return int(code) if code.is_integer() else code
