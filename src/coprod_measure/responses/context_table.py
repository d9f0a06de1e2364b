"""Facts about countries from a table, joined to the people who live there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from coprod_measure.errors import Problem, ResponsesError, counted
from coprod_measure.provenance import sha256_of_file
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.imports.table import load_table
from coprod_measure.theory.definition import Theory

COUNTRY = "country"


def context_columns(header: tuple[str, ...], theory: Theory) -> tuple[str, ...]:
    """Columns that bear the name of a construct of societies."""
    return tuple(
        name for name in header if name in theory.constructs and "society" in theory.constructs[name].unit
    )


def with_context(responses: Responses, path: str | Path) -> Responses:
    """Give each row the facts about its country.

    Parameters
    ----------
    responses : Responses
        Whose design names the column of the country.
    path : str or pathlib.Path
        One row a country: a column ``country``, called as the answers call them, and one a construct of
        societies, numbers. Other columns are named in a warning, and countries of people that have no row:
        nothing is known of these.

    Raises
    ------
    ResponsesError
        If nothing tells countries apart, one is there twice, or a fact is no number.
    """
    path = Path(path)
    table = load_table(path)
    header = tuple(table.header)
    facts = context_columns(header, responses.instrument.theory)
    if problem := _misfit(path.name, header, facts, COUNTRY in responses.about):
        raise ResponsesError.from_problems([problem])
    cells = table.cells.set_axis(list(header), axis=1)
    names = cells[COUNTRY].astype("string").fillna("").str.strip()
    problems = [
        Problem(f"{path.name}, country {name}", "stands there twice", "Keep one row of it", "country-twice")
        for name in names[names.duplicated()].unique()
    ]
    living = responses.about[COUNTRY].astype("string").fillna("").str.strip()
    columns: dict[str, pd.Series] = {}
    for fact in facts:
        values = pd.to_numeric(cells[fact], errors="coerce")
        blank = cells[fact].isna() | (cells[fact].astype("string").str.strip() == "")
        for row in cells.index[(values.isna() & ~blank).to_numpy()]:
            place = f"{path.name}, column {fact}, country {names[row]}"
            problems.append(
                Problem(place, f"{str(cells[fact][row])!r} is no number", "Write a number", "no-number")
            )
        columns[fact] = values
    if problems:
        raise ResponsesError.from_problems(problems)
    told = pd.DataFrame(columns).set_axis(pd.Index(names))
    joined = told.reindex(living).set_axis(responses.about.index)
    absent = sorted(set(living) - set(names) - {""})
    if not joined.notna().any(axis=None):
        cause = f"has no row for any country of the answers ({', '.join(absent[:10])})"
        cure = "Write countries as the answers do"
        raise ResponsesError(cause, place=path.name, cure=cure, code="country-missing")
    beside = [name for name in header if name not in facts and name != COUNTRY]
    said = (
        [f"{path.name}: no construct of societies is called {', '.join(beside)}; left out"] if beside else []
    )
    if absent:
        more = f" and {len(absent) - 10} more" if len(absent) > 10 else ""
        people = counted(int(living.isin(absent).sum()), "answer")
        said.append(
            f"{path.name}: no row for {', '.join(absent[:10])}{more}; {people} from there have no part in "
            "what is about facts of countries. Add a row a country"
        )
    return replace(
        responses,
        about=responses.about.drop(columns=list(facts), errors="ignore").join(joined),
        source=replace(responses.source, context_sha256=sha256_of_file(path)),
        warnings=(*responses.warnings, *said),
    )


def _misfit(name: str, header: tuple[str, ...], facts: tuple[str, ...], countries: bool) -> Problem | None:
    """Say what keeps a table from being joined at all."""
    if not countries:
        cure = "Name the column with the country under design: country"
        return Problem(name, "the answers do not tell countries apart", cure, "no-country")
    if COUNTRY not in header:
        return Problem(
            name, f"has no column {COUNTRY!r}", f"Call it so; there is {header[0]!r}", "no-country"
        )
    if not facts:
        cure = "Call the columns as the theory calls them, for example mac_income_per_capita"
        return Problem(name, "no column bears the name of a construct of societies", cure, "no-facts")
    return None
