"""Several exports, one a wave, become one record of answers; people are known by their id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Unpack

import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import CoprodError, Problem, ResponsesError, counted
from coprod_measure.instrument.definition import Instrument
from coprod_measure.provenance import sha256_of_bytes
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.personal_data import pseudonym_key
from coprod_measure.responses.read import read_file
from coprod_measure.responses.read_options import ReadKeywords, ReadOptions
from coprod_measure.responses.side_by_side import put_below

_MOST_IDS = 50


@spelled(ReadKeywords, ReadOptions)
def read_waves(
    files: Mapping[str, str | Path],
    instrument: Instrument,
    source: str = "auto",
    *,
    forms: Mapping[str, str | None] | None = None,
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
    """
    paths = {str(name): Path(path) for name, path in files.items()}
    asked = options_of(ReadOptions, options)
    if asked.id_column is None:
        cure = "Name the column with a person's id, the same in every export: design: {person: ...}"
        raise ResponsesError("nothing joins the people of several exports", cure=cure, code="no-id")
    if asked.wave is not None:
        cure = "Leave wave out: each export is one"
        raise ResponsesError(
            "each export is a wave, and a column tells waves too", cure=cure, code="said-twice"
        )
    key = sha256_of_bytes(b"".join(pseudonym_key(path) for path in paths.values() if path.is_file())).encode()
    parts: dict[str, Responses] = {}
    problems: list[Problem] = []
    told: list[str] = []
    for name, path in paths.items():
        try:
            own = replace(asked, form=(forms or {}).get(name, asked.form), key=asked.key or key)
            parts[name] = read_file(path, instrument, source, own)
        except CoprodError as error:
            if parts and {one.code for one in error.problems} == {"no-answers"}:
                # All may have left: what the waves before say comes all the same.
                told.append(f"wave {name}: nobody answered: {path.name} has no answers below its header")
                continue
            problems += error.problems
    if problems:
        raise ResponsesError.from_problems(dict.fromkeys(problems))
    reason = f"rows of {len(paths)} exports, one a wave ({', '.join(paths)})"
    whole = put_below(parts, "wave", reason)
    said = [f"wave {name}: {warning}" for name, one in parts.items() for warning in one.warnings]
    told += _joined(parts)
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


def together(hashes: Sequence[str]) -> str:
    """Make one hash of those of several files, in their order; of the same file, or none, its own."""
    if len(set(hashes)) == 1:
        return hashes[0]
    return sha256_of_bytes("\n".join(hashes).encode())


def _people(one: Responses) -> list[str]:
    return list(dict.fromkeys(one.about["respondent"]))


def _joined(parts: Mapping[str, Responses]) -> list[str]:
    """List the ids that do not match, and count those who left."""
    said: list[str] = []
    seen: dict[str, None] = {}
    for name, one in parts.items():
        own = _people(one)
        new = [who for who in own if who not in seen] if seen else []
        if new and len(new) == len(own):
            said.append(
                f"wave {name}: none of its {len(own)} ids stands in an earlier wave; does the id column "
                "hold the same ids in every export?"
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


def panel_warnings(responses: Responses) -> tuple[str, ...]:
    """Say what is odd about the waves of any record: people twice in one, waves that run backwards.

    Parameters
    ----------
    responses : Responses
        With or without waves.
    """
    about = responses.about.reset_index(drop=True)
    if "wave" not in about or responses.waves < 2:
        return ()
    said: list[str] = []
    keys = [name for name in ("respondent", "wave", "category", "partner", "instance") if name in about]
    twice = about[about.duplicated(keys, keep="first")]
    for wave, rows in twice.groupby("wave", sort=False):
        who = list(dict.fromkeys(rows["respondent"]))
        more = f" and {len(who) - _MOST_IDS} more" if len(who) > _MOST_IDS else ""
        said.append(
            f"wave {wave}: {counted(len(who), 'person stands', 'people stand')} there twice: "
            f"{', '.join(who[:_MOST_IDS])}{more}; the rule same_id of cleaning keeps the first row"
        )
    if "started" in about:
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
