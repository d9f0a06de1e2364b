"""Several exports, one a wave, become one record of answers; people are known by their id."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import CoprodError, Problem, ResponsesError, counted
from coprod_measure.instrument.definition import Instrument
from coprod_measure.provenance import sha256_of_bytes
from coprod_measure.responses.about import ALIKE
from coprod_measure.responses.dataset import SEVERAL_ROWS, Responses
from coprod_measure.responses.personal_data import pseudonym_key
from coprod_measure.responses.read import read_file
from coprod_measure.responses.read_options import ReadKeywords, ReadOptions
from coprod_measure.responses.side_by_side import put_below

_MOST_IDS = 50


@spelled(ReadKeywords, ReadOptions)
def read_waves(
    files: Mapping[str, str | Path] | Mapping[int, str | Path],
    instrument: Instrument,
    source: str = "auto",
    *,
    forms: Mapping[str, str | None] | Mapping[int, str | None] | None = None,
    **options: Unpack[ReadKeywords],
) -> Responses:
    """Read exports of the same people, one a wave.

    Parameters
    ----------
    files : mapping
        What a wave is called to its export, in the order of time.
    source : str
        As in :func:`~coprod_measure.read_responses`.
    forms : mapping, optional
        Wave to the form that was fielded in it.
    **options
        See :class:`~coprod_measure.responses.read_options.ReadOptions`; ``id_column`` is needed, as nothing
        else joins people over files.

    Returns
    -------
    Responses
        One row a person and wave; an item that a wave did not ask was not shown in it. Warnings list ids
        that no wave before has, and later waves that nobody answered.

    Raises
    ------
    ResponsesError
        With the problems of all files; if no id is named.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> panel = cm.shipped_folder("data/sample") / "panel"
    >>> files = {wave: panel / f"wave{wave}.csv" for wave in ("1", "2", "3")}
    >>> answers = cm.read_waves(files, cm.read_instrument("etgar2007"), id_column="CODE")
    >>> answers.about["wave"].value_counts().tolist()
    [800, 690, 620]
    """
    paths = {str(name): Path(path) for name, path in files.items()}
    fielded = _fielded(forms or {}, paths)
    asked = options_of(ReadOptions, options)
    if asked.id_column is None:
        cure = "Name the column with a person's id, the same in every export: design: {person: ...}"
        raise ResponsesError("nothing joins the people of several exports", cure=cure, code="no-id")
    if asked.wave is not None:
        cure = "Leave wave out: each export is one"
        cause = "each export is a wave, and a column tells waves too"
        raise ResponsesError(cause, cure=cure, code="said-twice")
    key = sha256_of_bytes(b"".join(pseudonym_key(path) for path in paths.values() if path.is_file())).encode()
    parts: dict[str, Responses] = {}
    problems: list[Problem] = []
    told: list[str] = []
    for name, path in paths.items():
        try:
            own = replace(asked, form=fielded.get(name, asked.form), key=asked.key or key)
            parts[name] = read_file(path, instrument, source, own, one_of_several=True)
        except CoprodError as error:
            if parts and {one.code for one in error.problems} == {"no-answers"}:
                # All may have left: what the waves before say comes all the same.
                told.append(f"wave {name}: nobody answered: {path.name} has no answers below its header")
                continue
            problems += error.problems
    if problems:
        raise ResponsesError.from_problems(dict.fromkeys(problems))
    told += _alike(parts)
    reason = f"rows of {len(paths)} exports, one a wave ({', '.join(paths)})"
    whole = put_below(parts, "wave", reason)
    said = [f"wave {name}: {warning}" for name, one in parts.items() for warning in one.warnings]
    told += _joined({name: _people(one.about) for name, one in parts.items()}, "every export")
    return replace(
        whole,
        source=replace(
            whole.source,
            name=" + ".join(path.name for path in paths.values()),
            sha256=together([one.source.sha256 for one in parts.values()]),
            names_sha256=together([one.source.names_sha256 for one in parts.values()]),
            origin_sha256=together([one.source.origin_sha256 for one in parts.values()]),
            synthetic=any(one.source.synthetic for one in parts.values()),
        ),
        warnings=(*told, *said),
    )


def _fielded(
    forms: Mapping[str, str | None] | Mapping[int, str | None], waves: Collection[str]
) -> dict[str, str | None]:
    fielded = {str(name): form for name, form in forms.items()}
    if strange := [name for name in fielded if name not in waves]:
        cause = f"forms are named for {', '.join(strange)}, and the waves are {', '.join(waves)}"
        raise ResponsesError(cause, cure="Name forms by the waves of the files", code="forms-and-waves")
    return fielded


def together(hashes: Sequence[str]) -> str:
    """Make one hash of those of several files, in their order; of the same file, or none, its own."""
    if len(set(hashes)) == 1:
        return hashes[0]
    return sha256_of_bytes("\n".join(hashes).encode())


def _people(about: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(about["respondent"]))


def _joined(people: Mapping[str, Sequence[str]], where: str) -> list[str]:
    """List the ids that do not match, and count those who left."""
    said: list[str] = []
    seen: dict[str, None] = {}
    for name, own in people.items():
        new = [who for who in own if who not in seen] if seen else []
        if new and len(new) == len(own):
            said.append(
                f"wave {name}: none of its {len(own)} ids stands in an earlier wave; does the id column "
                f"hold the same ids in {where}?"
            )
        elif new:
            more = f" and {len(new) - _MOST_IDS} more" if len(new) > _MOST_IDS else ""
            listed = ", ".join(new[:_MOST_IDS]) + more
            said.append(f"wave {name}: {len(new)} of {len(own)} ids stand in no earlier wave: {listed}")
        gone = len(set(seen) - set(own))
        if gone:
            said.append(f"wave {name}: {gone} of {len(seen)} people of earlier waves did not answer")
        seen |= dict.fromkeys(own)
    return said


def _alike(parts: Mapping[str, Responses]) -> Iterator[str]:
    """Count new ids that an earlier wave has in other capitals or with other blanks; drop what tells it."""
    seen: set[str] = set()
    known: set[str] = set()
    for name, one in parts.items():
        plain, own = one.about.pop(ALIKE), one.about["respondent"]
        if like := len(known.intersection(plain[~own.isin(seen)]) - {""}):
            yield (
                f"wave {name}: {counted(like, 'new id', 'new ids')} would match an earlier wave if capitals "
                "and blanks were ignored; write every id alike in all exports"
            )
        seen |= set(own)
        known |= set(plain)


def unmatched_ids(responses: Responses) -> tuple[str, ...]:
    """Say of waves in one file, as :func:`read_waves` does of several, which ids do not match."""
    waves = responses.about["wave"].astype("str") if responses.waves > 1 else pd.Series(dtype="str")
    people = {name: _people(responses.about[waves == name]) for name in responses.wave_names if len(waves)}
    order = ", ".join(people)
    words = [name for name in people if not name[-1].isdigit()]
    taken = (f"waves are taken in the order of their first rows: {order}",) if words else ()
    return (*taken, *_joined(people, "every wave"))


def panel_warnings(responses: Responses) -> tuple[str, ...]:
    """Say what is odd about the design of any record.

    Rows that do not say their wave, category and so on; people twice in a wave; waves that run backwards.

    Parameters
    ----------
    responses : Responses
        With or without waves.
    """
    about = responses.about.reset_index(drop=True)
    said = list(_untold(about))
    keys = [name for name in SEVERAL_ROWS if name in about]
    twice = about[about.duplicated(["respondent", *keys], keep="first")] if keys else about.head(0)
    for wave, rows in twice.groupby(twice["wave"] if "wave" in about else np.zeros(len(twice)), sort=False):
        who = list(dict.fromkeys(rows["respondent"]))
        more = f" and {len(who) - _MOST_IDS} more" if len(who) > _MOST_IDS else ""
        place, there = (f"wave {wave}: ", "there") if "wave" in about else ("", f"with the same {keys[-1]}")
        said.append(
            f"{place}{counted(len(who), 'person stands', 'people stand')} {there} twice: "
            f"{', '.join(who[:_MOST_IDS])}{more}; the rule same_id of cleaning keeps the first row"
        )
    if "started" in about and responses.waves > 1:
        told = about.assign(
            at=pd.to_datetime(about["started"], errors="coerce"), wave=about["wave"].astype("str")
        )
        firsts = told.pivot_table(index="respondent", columns="wave", values="at", aggfunc="min")
        for before, after in pairwise(name for name in responses.wave_names if name in firsts):
            both = firsts[[before, after]].dropna()
            back = int((both[after] < both[before]).sum())
            if back:
                said.append(
                    f"wave {after}: {back} of {len(both)} people answered it before wave {before}: are the "
                    "waves in the order of time?"
                )
    return tuple(said)


def _untold(about: pd.DataFrame) -> Iterator[str]:
    for name in (*SEVERAL_ROWS[:-1], "country"):
        silent = int((about[name].fillna("").astype("str") == "").sum()) if name in about else 0
        if silent:
            rows = counted(silent, "row does not say its", "rows do not say their")
            yield f"{rows} {name}; tests that need it leave {'it' if silent == 1 else 'them'} out"
