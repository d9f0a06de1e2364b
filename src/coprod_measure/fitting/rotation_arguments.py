"""What ``rotation_args=`` may say: numbers, and targets as matrices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from coprod_measure.errors import Problem

Matrix = tuple[tuple[float, ...], ...]
# Of random starts; no other argument of a rotation is larger.
MOST_STARTS = 10_000
ARGUMENTS = (
    *("geomin_epsilon", "oblimin_gamma", "orthomax_gamma", "cf_gamma", "rstarts", "orthogonal", "std_ov"),
    *("target", "target_mask"),
)


def rotation_arguments(value: Any, problems: list[Problem]) -> tuple[tuple[str, float | Matrix], ...]:
    """Read a mapping of lavaan's arguments; what is wrong with it joins the problems."""
    given = dict(value or {}) if isinstance(value, Mapping) or not value else {"?": 0}
    clean = {str(name).replace(".", "_"): number for name, number in given.items()}
    known = ", ".join(ARGUMENTS)
    found: list[tuple[str, float | Matrix]] = []
    for name, number in clean.items():
        if name not in ARGUMENTS:
            cause, cure = f"{name!r} is not known", f"Write a mapping of {known}"
            problems.append(Problem("option rotation_args", cause, cure, "unknown-choice"))
        elif name in ("target", "target_mask"):
            by_block = number if isinstance(number, Mapping) else {"": number}
            found += [(f"{name}:{block}", _target(own, problems)) for block, own in by_block.items()]
        elif not isinstance(number, (int, float)) or not 0 <= abs(number) <= MOST_STARTS:
            cause = f"{number!r} is no value of {name}"
            problems.append(Problem("option rotation_args", cause, "Write a number", "bad-option"))
        else:
            found.append((name, float(number)))
    return tuple(found)


def _target(value: Any, problems: list[Problem]) -> Matrix:
    """Read a target: rows of numbers, a frame or an array."""
    rows = value.to_numpy() if hasattr(value, "to_numpy") else value
    try:
        found = tuple(tuple(math.nan if cell is None else float(cell) for cell in row) for row in rows)
    except (TypeError, ValueError):
        found = ()
    if not found or len({len(row) for row in found}) > 1:
        cure = "Give a row an item, a column a factor, NaN where a loading is free"
        problems.append(
            Problem("option rotation_args", "the target is no matrix of numbers", cure, "bad-option")
        )
    return found
