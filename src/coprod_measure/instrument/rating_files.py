"""Files that experts and interviewers fill in: ratings of relevance, and the log of cognitive pretests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from coprod_measure.errors import InstrumentError, Problem
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.spreadsheet import read_sheet
from coprod_measure.yaml_files import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

ProblemClass = Literal["comprehension", "retrieval", "judgement", "response", "none"]
Decision = Literal["keep", "revise", "drop"]
_CLASSES: tuple[ProblemClass, ...] = get_args(ProblemClass)
_DECISIONS: tuple[Decision, ...] = get_args(Decision)
_PRETEST_COLUMNS = ("item", "respondent", "probe", "problem", "decision", "new_wording")


@dataclass(frozen=True, slots=True)
class PretestEntry:
    """What one respondent said about one item in a cognitive interview.

    Attributes
    ----------
    problem : str
        Stage of answering where it arose (Tourangeau 1984), or ``none``.
    decision : str
        ``keep``, ``revise`` (then ``new_wording`` says how) or ``drop``.
    """

    item: str
    respondent: str
    probe: str
    problem: ProblemClass
    decision: Decision
    new_wording: str = ""


def read_expert_ratings(path: Path, instrument: Instrument) -> pd.DataFrame:
    """Read ratings of relevance.

    ``path``: CSV or XLSX: a column ``item`` and one column an expert; empty where an expert did not rate.
    Returns items by experts, for :func:`~coprod_measure.instrument.content_validity.content_validity`.

    Raises
    ------
    InstrumentError
        With every row that is wrong.
    """
    import pandas as pd

    rows = _rows(path, ("item",))
    problems = list(_unknown_items(path, rows, instrument))
    experts = [name for name in rows[0][1] if name != "item"] if rows else []
    values: dict[str, list[float]] = {}
    for number, row in rows:
        place = f"{path.name}, row {number}"
        if row["item"] in values:
            problems.append(
                Problem(place, f"item '{row['item']}' stands twice", "Keep one row", "duplicate-key")
            )
        values[row["item"]] = [_number(row[name], f"{place}, column {name}", problems) for name in experts]
    if not experts:
        problems.append(
            Problem(path.name, "no expert has a column", "Add one column an expert", "missing-column")
        )
    if problems:
        raise InstrumentError.from_problems(problems)
    return pd.DataFrame.from_dict(values, orient="index", columns=experts, dtype="float64")


def read_pretest_log(path: Path, instrument: Instrument) -> tuple[PretestEntry, ...]:
    """Read the log of cognitive interviews.

    ``path``: CSV or XLSX with the columns ``item respondent probe problem decision new_wording``. Returns in
    the order of the file.

    Raises
    ------
    InstrumentError
        With every row that is wrong.
    """
    rows = _rows(path, _PRETEST_COLUMNS)
    problems = list(_unknown_items(path, rows, instrument))
    entries = []
    for number, row in rows:
        place = f"{path.name}, row {number}"
        problem = next((one for one in _CLASSES if one == (row["problem"] or "none")), None)
        decision = next((one for one in _DECISIONS if one == row["decision"]), None)
        if problem is None:
            cause, cure = f"there is no problem '{row['problem']}'", did_you_mean(row["problem"], _CLASSES)
            problems.append(Problem(place, cause, cure, "unknown-value"))
        if decision is None:
            cause, cure = (
                f"there is no decision '{row['decision']}'",
                did_you_mean(row["decision"], _DECISIONS),
            )
            problems.append(Problem(place, cause, cure, "unknown-value"))
        if decision == "revise" and not row["new_wording"]:
            problems.append(
                Problem(place, "a revision has no new wording", "Write it down", "missing-wording")
            )
        if problem is not None and decision is not None:
            about = (row["item"], row["respondent"], row["probe"])
            entries.append(PretestEntry(*about, problem, decision, row["new_wording"]))
    if problems:
        raise InstrumentError.from_problems(problems)
    return tuple(entries)


def pretest_counts(entries: Sequence[PretestEntry]) -> pd.DataFrame:
    """Count, item by item, the people asked, problems by stage of answering, and decisions.

    Examples
    --------
    >>> log = [PretestEntry("joy_1", who, "", "comprehension", "revise", "I enjoy it.") for who in "ab"]
    >>> pretest_counts(log)[["respondents", "comprehension", "revise", "new_wording"]].values.tolist()
    [[2, 2, 2, 'I enjoy it.']]
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    for item in dict.fromkeys(one.item for one in entries):
        own = [one for one in entries if one.item == item]
        counts = Counter[str](one.problem for one in own) + Counter[str](one.decision for one in own)
        wording = " / ".join(dict.fromkeys(one.new_wording for one in own if one.new_wording))
        people = len({one.respondent for one in own})
        found: dict[str, object] = {name: counts[name] for name in (*_CLASSES, *_DECISIONS)}
        rows.append({"item": item, "respondents": people, **found, "new_wording": wording})
    return pd.DataFrame(rows)


def _rows(path: Path, needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Cells by column, each row with its number in the sheet; empty rows are passed over."""
    names, *body = read_sheet(path) or [[]]
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise InstrumentError(
            f"the columns {', '.join(lacking)} are missing",
            place=path.name,
            cure=f"Begin with the row {','.join(needed)}",
            code="missing-column",
        )
    named = (zip_longest(names, cells[: len(names)], fillvalue="") for cells in body)
    rows = enumerate(({name: cell.strip() for name, cell in row if name} for row in named), start=2)
    return [(number, row) for number, row in rows if any(row.values())]


def _unknown_items(
    path: Path, rows: list[tuple[int, dict[str, str]]], instrument: Instrument
) -> Iterator[Problem]:
    known: Mapping[str, object] = instrument.items
    for number, row in rows:
        if row["item"] not in known:
            cause = f"there is no item '{row['item']}'"
            yield Problem(
                f"{path.name}, row {number}", cause, did_you_mean(row["item"], known), "unknown-item"
            )


def _number(text: str, place: str, problems: list[Problem]) -> float:
    if not text:
        return float("nan")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        problems.append(
            Problem(place, f"'{text}' is no number", "Write a rating or leave it empty", "not-a-number")
        )
        return float("nan")
