"""Where a public function fails on an argument that it does not take, that is said in one line."""

from __future__ import annotations

import collections.abc
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature, unwrap
from numbers import Integral, Real
from types import SimpleNamespace, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from coprod_measure.errors import CoprodError, EstimationError, InputError, Problem

_NAMES = re.compile(r"(str \| )?(Sequence|list|tuple)\[str(, \.\.\.)?\]( \| .*)?")
# Beyond this no number of draws, rows or steps and no value of a measure is meant.
_HUGE = 1e12
_OF_THE_DATA = {
    "LinAlgError": (
        "a matrix of these data cannot be inverted",
        "Look for variables that determine each other, hardly vary, or are very large or small",
    ),
    "MemoryError": ("it needs more memory than there is", "Ask for fewer draws, or hand over less"),
}


def checked(function: Callable[..., Any], home: str) -> Callable[..., Any]:
    """Let a public function say which of its arguments it does not take.

    Only NaN and infinity are refused at once: what works with a type that nobody thought of does. Where a
    list of names is meant, one name is a list of one, and an array of names is a list. ``home``: the module
    that offers the function.

    Raises
    ------
    InputError
        Of the function that is given back, with one problem an argument.

    Examples
    --------
    >>> def first(names: Sequence[str]) -> str:
    ...     return names[0].upper()
    >>> checked(first, __name__)("trust")
    'TRUST'
    >>> try:
    ...     checked(first, __name__)({"trust": 1})
    ... except InputError as error:
    ...     print(error)
    first, argument names: a dict cannot be used. It takes Sequence[str]
    """
    parameters = signature(function).parameters
    names = {one for one, what in parameters.items() if _NAMES.fullmatch(str(what.annotation))}
    by_name = [one for one, what in parameters.items() if what.kind is Parameter.KEYWORD_ONLY]
    places = [one for one, what in parameters.items() if what.kind is Parameter.POSITIONAL_OR_KEYWORD]

    @wraps(function)
    def door(*args: Any, **keywords: Any) -> Any:
        by_place = dict(zip(places, args, strict=False))
        if len(args) > len(places) and by_name:
            cause = f"{len(places)} of its arguments are taken by place, and {len(args)} were given"
            needed = [one for one in by_name if parameters[one].default is Parameter.empty]
            cure = f"Name the others: {', '.join(f'{one}=...' for one in needed or by_name[:6])}"
            raise InputError(cause, place=function.__name__, cure=cure, code="by-name")
        if len(args) > len(places) or by_place.keys() & keywords.keys():
            return function(*args, **keywords)  # the TypeError of Python itself
        given = by_place | keywords
        given |= {one: _listed(given[one], parameters[one]) for one in names & given.keys()}
        for one, value in given.items():
            if isinstance(value, float) and not math.isfinite(value):
                cause, place = f"{value} cannot be used", f"{function.__name__}, argument {one}"
                raise InputError(cause, place=place, cure="Leave it out, or give a number", code="no-number")
        try:
            return function(**given)
        except CoprodError:
            raise
        except Exception as failure:
            known = vars(collections.abc) | vars(sys.modules[unwrap(function).__module__])
            problems = [
                Problem(f"{function.__name__}, argument {one}", cause, cure, "wrong-argument")
                for one, value in given.items()
                for cause, cure in _wrong(value, parameters.get(one), known)
            ]
            if not problems and isinstance(failure, KeyError):
                problems = _unknown_columns(failure.args[:1], given)
            if problems:
                raise InputError.from_problems(problems) from None
            if type(failure).__name__ in _OF_THE_DATA:
                cause, cure = _OF_THE_DATA[type(failure).__name__]
                raise EstimationError(
                    cause, place=function.__name__, cure=cure, code="not-computed"
                ) from None
            raise

    door.__module__ = home
    return door


def _listed(value: Any, parameter: Parameter) -> Any:
    if isinstance(value, str):
        return value if not value or str(parameter.annotation).startswith("str") else [value]
    return value.tolist() if type(value).__name__ in {"ndarray", "Index", "Series"} else value


def _wrong(value: Any, parameter: Parameter | None, known: dict[str, Any]) -> list[tuple[str, str]]:
    """Say what is wrong with an argument and what it may be, once something has failed."""
    if parameter is None or parameter.annotation is Parameter.empty or value is parameter.default:
        return []
    written = SimpleNamespace(__annotations__={"it": parameter.annotation})
    try:
        kind = get_type_hints(written, known)["it"]
    except (NameError, AttributeError, TypeError):  # imported for the type checker alone
        kind = Any
    if not _fits(value, kind):
        return [(f"{_shown(value)} cannot be used", f"It takes {parameter.annotation}")]
    if isinstance(value, Integral) and int(value) < 0:
        return [(f"{value} cannot be used", "Take a number from 0 on")]
    if type(value).__name__ == "DataFrame":
        return _wrong_columns(value)
    if isinstance(value, str | Sequence | Mapping) and not len(value):
        return [("is empty", "Leave it out, or name what is meant")]
    if isinstance(value, list | tuple) and len({*map(repr, value)}) < len(value):
        return [("names something twice", "Name each once")]
    return []


def _unknown_columns(keys: tuple[Any, ...], given: Mapping[str, Any]) -> list[Problem]:
    """Say that an argument names a column that no frame has."""
    frames = [value for value in given.values() if type(value).__name__ == "DataFrame"]
    if not frames or any(isinstance(key, str) and key in frame for key in keys for frame in frames):
        return []
    cure = f"The data have {', '.join(map(str, frames[0].columns[:12]))}"
    return [
        Problem(f"argument {name}", f"there is no column {key!r}", cure, "unknown-column")
        for name, value in given.items()
        for key in keys
        if isinstance(value, str | list | tuple) and (value == key or key in list(value))
    ]


def _wrong_columns(frame: Any) -> list[tuple[str, str]]:
    """Say what is odd about the columns of a frame."""
    if not frame.size:
        return [("it has no rows or no columns", "Look whether a filter left nothing")]
    if frame.columns.nlevels > 1:
        return [("its columns have names of several levels", "Flatten them: frame.columns = [...]")]
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        return [(f"there are several columns {twice!r}", "Keep one of them")]
    found = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind not in "biuOTU":
            plain = column.dtype.kind == "f" and column.dtype.itemsize in {4, 8}
            odd = "" if plain else str(column.dtype)
        else:
            cells = column.dropna() if column.dtype.kind == "O" else column.iloc[:0]
            kinds = {type(cell).__name__ for cell in cells} - {"str"}
            odd = ", ".join(sorted(kinds)) if kinds else ""
        if odd:
            cause = f"column {name!r} holds what is no plain number or text ({odd})"
            found.append((cause, "Make it numbers: frame[name].astype(float)"))
    return found


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool | int | float):
        return f"{value!r:.40}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, as far as can be seen; numbers are finite and no slip of the pen."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return isinstance(value, str | int) and value in inner
    if kind is None:
        return value is None
    if kind in (int, float):
        number = isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
        return number and math.isfinite(value) and abs(value) < _HUGE
    if not isinstance(origin, type):
        return not isinstance(kind, type) or isinstance(value, kind)
    if issubclass(origin, Mapping):
        pairs = value.items() if isinstance(value, Mapping) else [()]
        return all(len(pair) == 2 and all(map(_fits, pair, inner)) for pair in pairs)
    if issubclass(origin, Iterable) and type(value).__name__ != "ndarray":
        several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        several = several or type(value).__name__ in {"Index", "Series", "RangeIndex"}
        each = inner[:1] if len(inner) == 1 or inner[1:] == (...,) else ()
        return several and all(_fits(one, each[0]) for one in (value if each else ()))
    return isinstance(value, origin)
