"""Several occasions of the same people: from long or wide data to one row a person."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import DataError, Problem, counted


class LayoutKeywords(TypedDict, total=False):
    """See :class:`Layout`."""

    person: str | None
    wave: str | None
    waves: Sequence[Hashable] | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where persons and waves stand in the data.

    Attributes
    ----------
    person, wave : str or None
        Columns of long data.
    waves : sequence or None
        The values of ``wave`` in order of time; needed where they are words that do not sort themselves.
    date : str or None
        Column of long data with the time of answering, to check that nobody's waves run backwards.
    """

    person: str | None = None
    wave: str | None = None
    waves: Sequence[Hashable] | None = None
    date: str | None = None


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*\Z")


@dataclass(frozen=True, slots=True)
class Occasions:
    """Variables of people at waves, side by side.

    Attributes
    ----------
    variables : tuple of str
        What was measured at every wave.
    waves : tuple
        Labels, in order of time.
    frame : pandas.DataFrame
        One row a person; ``variable_1, variable_2, ...`` in order of the waves, then what does not change.
    fixed : tuple of str
        Columns of ``frame`` that do not change over time.
    """

    variables: tuple[str, ...]
    waves: tuple[Hashable, ...]
    frame: pd.DataFrame
    fixed: tuple[str, ...] = ()

    @property
    def n_waves(self) -> int:
        """Number of waves."""
        return len(self.waves)

    def column(self, variable: str, wave: int) -> str:
        """Name of a variable's column; waves count from 1."""
        return f"{variable}_{wave}"

    def answered(self) -> np.ndarray:
        """Whether a person gave any answer at a wave; bool, shape (n_people, n_waves)."""
        seen = [
            self.frame[[self.column(name, wave) for name in self.variables]].notna().any(axis=1)
            for wave in range(1, self.n_waves + 1)
        ]
        return np.column_stack(seen)

    def attendance(self) -> pd.DataFrame:
        """One row a wave: ``wave n share_of_first joined left returned``.

        ``joined`` counts those never seen before the wave, ``left`` those never after it, ``returned`` those
        who come back after a gap.
        """
        seen = self.answered()
        later = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1]
        before = np.cumsum(seen, axis=1)
        rows = []
        for k, wave in enumerate(self.waves):
            final = k + 1 == self.n_waves
            gap = seen[:, k] & ~seen[:, k - 1] & (before[:, k] > 1) if k else np.zeros(len(seen), bool)
            rows.append(
                {
                    "wave": wave,
                    "n": int(seen[:, k].sum()),
                    "share_of_first": float(seen[seen[:, 0], k].mean()) if seen[:, 0].any() else np.nan,
                    "joined": int((seen[:, k] & (before[:, k] == 1)).sum()),
                    "left": 0 if final else int((seen[:, k] & (later[:, k] == 1)).sum()),
                    "returned": int(gap.sum()),
                }
            )
        return pd.DataFrame(rows)


@spelled(LayoutKeywords, Layout)
def occasions(
    data: pd.DataFrame | Occasions,
    variables: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    fixed: Sequence[str] = (),
    at_least: int = 2,
    **layout: Unpack[LayoutKeywords],
) -> Occasions:
    """Put the waves of a panel side by side.

    Parameters
    ----------
    data : pandas.DataFrame or Occasions
        Long (one row a person and wave) or wide (one row a person); Occasions are given back.
    variables : sequence of str, or mapping of str to sequence of str
        Long: columns. Wide: variable to its columns in order of time.
    fixed : sequence of str
        Columns that do not change (a person's first known value counts).
    at_least : int
        Waves needed.
    **layout
        ``person``, ``wave``, ``waves`` and ``date``; see :class:`Layout`.

    Raises
    ------
    DataError
        All of: a column that is missing or not numeric, a person twice in a wave, unknown or unordered waves,
        dates that run backwards, fewer waves than needed, waves that share nobody.

    Examples
    --------
    >>> import pandas as pd
    >>> long = pd.DataFrame({"id": [1, 1, 2, 2], "wave": [1, 2, 1, 2], "use": [3.0, 4.0, 5.0, 5.0]})
    >>> occasions(long, ["use"], person="id", wave="wave").frame
        use_1  use_2
    id
    1     3.0    4.0
    2     5.0    5.0
    """
    if isinstance(data, Occasions):
        return data
    asked = options_of(Layout, layout)
    person, wave, waves, date = asked.person, asked.wave, asked.waves, asked.date
    wide = isinstance(variables, Mapping)
    names = tuple(variables)
    used = (
        [c for columns in variables.values() for c in columns] if isinstance(variables, Mapping) else [*names]
    )
    _check_columns(data, [*used, *fixed], [c for c in (person, wave, date) if c], names, fixed)
    if isinstance(variables, Mapping):
        found = _from_wide(data, variables, fixed, waves)
    elif person is None or wave is None:
        cure = "Name them in person= and wave=, or give a mapping of variables to their columns"
        raise DataError("long data need the columns of person and wave", place="panel", cure=cure)
    else:
        order = _order(data[wave], wave, waves)
        _check_rows(data, person, wave, order, date)
        found = _from_long(data, names, (person, wave), order, fixed)
    _check_waves(found, at_least, wide)
    return found


def _check_columns(
    data: pd.DataFrame, numeric: list[str], others: list[str], names: Sequence[str], fixed: Sequence[str]
) -> None:
    problems = [
        Problem(f"column {name}", "is not in the data", "Correct the name", "missing-column")
        for name in dict.fromkeys([*numeric, *others])
        if name not in data.columns
    ]
    problems += [
        Problem(f"column {name}", "is not numeric", "Score it before", "not-numeric")
        for name in dict.fromkeys(numeric)
        if name in data.columns and not pd.api.types.is_numeric_dtype(data[name])
    ]
    problems += [
        Problem(f"variable {name}", "cannot be a name in a model", "Use letters, digits and _", "bad-name")
        for name in (*names, *fixed)
        if not _NAME.match(name)
    ]
    if problems:
        raise DataError.from_problems(problems)


def _order(column: pd.Series, name: str, given: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    present = set(column.dropna().unique())
    if given is not None:
        unknown = sorted(map(str, present - set(given)))
        if unknown:
            cause = f"holds {', '.join(unknown)}, which waves= does not name"
            raise DataError(cause, place=f"column {name}", cure="Name every wave, in order of time")
        return tuple(given)
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        return tuple(value for value in column.dtype.categories if value in present)
    if pd.api.types.is_numeric_dtype(column):
        return tuple(sorted(present))
    numbers = {value: re.findall(r"\d+", str(value)) for value in present}
    if all(len(found) == 1 for found in numbers.values()):
        return tuple(sorted(present, key=lambda value: int(numbers[value][0])))
    cause = f"the order of {', '.join(sorted(map(str, present)))} is not known"
    raise DataError(cause, place=f"column {name}", cure="Give the waves in order of time: waves=[...]")


def _check_rows(
    data: pd.DataFrame, person: str, wave: str, order: tuple[Hashable, ...], date: str | None
) -> None:
    problems = []
    if data[person].isna().any() or data[wave].isna().any():
        count = int((data[person].isna() | data[wave].isna()).sum())
        problems.append(
            Problem(
                "panel",
                f"{counted(count, 'row has', 'rows have')} no person or no wave",
                "Fill or drop them",
                "no-key",
            )
        )
    twice = data.loc[data.duplicated([person, wave], keep=False) & data[person].notna(), [person, wave]]
    if len(twice):
        first = twice.drop_duplicates().head(5)
        shown = ", ".join(f"{who} in {when}" for who, when in zip(first[person], first[wave], strict=True))
        cause = (
            f"{counted(twice[person].nunique(), 'person appears', 'people appear')} twice in a wave ({shown})"
        )
        problems.append(Problem("panel", cause, "Keep one row a person and wave", "person-twice"))
    if date is not None:
        rank = {label: k for k, label in enumerate(order)}
        ordered = data.assign(_rank=data[wave].map(rank)).dropna(subset=[date]).sort_values([person, "_rank"])
        back = ordered[date] < ordered.groupby(person)[date].shift()
        if back.any():
            who = ordered.loc[back, person].unique()
            shown = ", ".join(map(str, who[:5]))
            cause = (
                f"{counted(len(who), 'person', 'people')} "
                f"answered a later wave before an earlier one ({shown})"
            )
            problems.append(Problem(f"column {date}", cause, "Correct waves or dates", "waves-out-of-order"))
    if problems:
        raise DataError.from_problems(problems)


def _from_long(
    data: pd.DataFrame,
    names: tuple[str, ...],
    keys: tuple[str, str],
    order: tuple[Hashable, ...],
    fixed: Sequence[str],
) -> Occasions:
    person, wave = keys
    people = pd.Index(data[person].unique(), name=person)
    parts: dict[tuple[str, int], pd.Series] = {}
    for k, label in enumerate(order, start=1):
        rows = data[data[wave] == label].set_index(person).reindex(people)
        parts |= {(name, k): rows[name].astype(float) for name in names}
    frame = pd.DataFrame({f"{name}_{k}": parts[name, k] for name in names for k in range(1, len(order) + 1)})
    if fixed:
        frame = frame.join(data.groupby(person)[list(fixed)].first())
    return Occasions(names, order, frame, tuple(fixed))


def _from_wide(
    data: pd.DataFrame,
    variables: Mapping[str, Sequence[str]],
    fixed: Sequence[str],
    waves: Sequence[Hashable] | None,
) -> Occasions:
    lengths = {len(columns) for columns in variables.values()}
    n = max(lengths)
    if len(lengths) > 1 or (waves is not None and len(waves) != n):
        shown = ", ".join(f"{name} {len(columns)}" for name, columns in variables.items())
        cause = f"the variables have unequal numbers of waves ({shown})"
        raise DataError(cause, place="panel", cure="Name one column a wave for each")
    frame = pd.DataFrame(
        {
            f"{name}_{k}": data[column].astype(float)
            for name, columns in variables.items()
            for k, column in enumerate(columns, start=1)
        }
    )
    labels = tuple(waves) if waves is not None else tuple(range(1, n + 1))
    return Occasions(tuple(variables), labels, frame.join(data[list(fixed)]), tuple(fixed))


def _check_waves(found: Occasions, at_least: int, wide: bool) -> None:
    if found.n_waves < at_least:
        cause = (
            f"there {'is' if found.n_waves == 1 else 'are'} {found.n_waves} wave{'s'[: found.n_waves != 1]}"
        )
        cure = f"This needs {at_least} waves" + (" in every list of columns" if wide else "")
        raise DataError(cause, place="panel", cure=cure, code="too-few-waves")
    seen = found.answered()
    problems = []
    for k in range(1, found.n_waves):
        if not seen[:, k].any():
            cause = f"nobody answered in wave {found.waves[k]}"
            problems.append(Problem("panel", cause, "Leave this wave out", "empty-wave"))
        elif not (seen[:, k] & seen[:, :k].any(axis=1)).any():
            cause = f"nobody of an earlier wave answered in wave {found.waves[k]}"
            cure = "Check that the ids of the waves are of the same people"
            problems.append(Problem("panel", cause, cure, "nobody-stayed"))
    if problems:
        raise DataError.from_problems(problems)
