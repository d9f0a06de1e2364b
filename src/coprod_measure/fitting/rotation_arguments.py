"""What ``rotation_args=`` may say: numbers, and targets as matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from coprod_measure.errors import Problem

Matrix = tuple[tuple[float, ...], ...]
# Of random starts; no other argument of a rotation is larger.
MOST_STARTS = 10_000
_TARGETS = ("target", "target_strict")
# Arguments of some methods alone.
_OF = {
    "geomin_epsilon": ("geomin", "geomin_orthogonal", "bigeomin"),
    "oblimin_gamma": ("oblimin",),
    "orthomax_gamma": ("orthomax",),
    "cf_gamma": ("cf",),
    "target": _TARGETS,
    "target_mask": _TARGETS,
}
ARGUMENTS = (*_OF, "rstarts", "orthogonal", "std_ov")


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
    problems += _masks_alone(found)
    return tuple(found)


def idle_arguments(rotation: str, given: Iterable[tuple[str, object]]) -> list[str]:
    """Name the arguments that a method does not take."""
    names = dict.fromkeys(name.partition(":")[0] for name, _ in given)
    return [name for name in names if rotation not in _OF.get(name, (rotation,))]


def _masks_alone(found: list[tuple[str, float | Matrix]]) -> list[Problem]:
    """Find masks of a block that has no target of their shape."""
    shapes = {name: [len(row) for row in value] for name, value in found if isinstance(value, tuple)}
    cause, cure = "a target_mask has no target of its shape", "Give both as matrices, or both by block"
    return [
        Problem("option rotation_args", cause, cure, "bad-option")
        for name, shape in shapes.items()
        if name.startswith("target_mask:") and shapes.get(name.replace("_mask", "")) != shape
    ]


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
