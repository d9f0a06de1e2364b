"""What is asked of a function, checked: a misspelt word never means the default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from inspect import Parameter, cleandoc, signature
from numbers import Integral, Real
from typing import Any, ForwardRef, TypeVar

from coprod_measure.errors import InputError, ModelError, Problem

Options = TypeVar("Options")
Function = TypeVar("Function", bound=Callable[..., Any])


def one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Give the choice that a word means, in whatever case it is written.

    Raises
    ------
    ModelError
        If it means none of them.
    """
    text = str(value).lower().replace(".", "_").replace("-", "_")
    if text in choices:
        return text
    near = get_close_matches(text, choices, 1)
    cure = f"Did you mean {near[0]!r}?" if near else f"Use {' or '.join(map(repr, choices))}"
    raise ModelError(f"{value!r} is not known", place=f"argument {name}", cure=cure, code="unknown-choice")


def place_of(argument: str, name: object, names: Iterable[object]) -> int:
    """Give the place of a name among those of a result.

    Raises
    ------
    InputError
        If it has no such name.

    Examples
    --------
    >>> place_of("predictor", "price", ("quality", "price"))
    1
    """
    known = list(names)
    if name in known:
        return known.index(name)
    near = get_close_matches(str(name), list(map(str, known)), 1)
    cure = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(map(str, known[:12]))}"
    raise InputError(f"there is no {name!r}", place=f"argument {argument}", cure=cure, code="unknown-name")


MOST = 10_000_000
"""More draws, starts or rounds than this are a slip of the pen: they would not end."""


def whole_number(name: str, value: object, least: int, most: int = MOST) -> int:
    """Give a whole number that is large enough, and small enough to come to an end.

    Raises
    ------
    ModelError
        If it is none, too small or too large.
    """
    if isinstance(value, Integral) and least <= int(value) <= most:
        return int(value)
    shown = (
        f"from {least} to {most:,}"
        if isinstance(value, Integral) and int(value) > most
        else f"from {least} on"
    )
    cure = f"Give a whole number {shown}"
    raise ModelError(f"{value!r} cannot be used", place=f"argument {name}", cure=cure, code="bad-number")


def share(name: str, value: object) -> float:
    """Give a number between 0 and 1, such as the level of an interval.

    Raises
    ------
    ModelError
        If it is none.
    """
    if isinstance(value, Real) and 0.0 < float(value) < 1.0:
        return float(value)
    cure = "Give a share, 0.95 for 95 %"
    raise ModelError(f"{value!r} cannot be used", place=f"argument {name}", cure=cure, code="bad-number")


def unknown_options(given: Iterable[str], known: Sequence[str]) -> list[Problem]:
    """Name the keywords that do not exist, each with the nearest that does."""
    problems = []
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}"
            problems.append(Problem(f"option {name}", "there is no such option", cure, "unknown-option"))
    return problems


def options_of(kind: type[Options], given: Mapping[str, object]) -> Options:
    """Make a record of options from keywords.

    Raises
    ------
    InputError
        If keywords are not known, or a value is not allowed.

    Examples
    --------
    >>> from coprod_measure.composites.pls import PlsOptions
    >>> options_of(PlsOptions, {"scheme": "factor"}).scheme
    'factor'
    """
    if problems := unknown_options(given, names_of(kind)):
        raise InputError.from_problems(problems)
    return kind(**given)


def names_of(kind: type) -> list[str]:
    """Names of the fields of a record of options."""
    return [one.name for one in fields(kind)]


def spelled(keywords: type, *records: type) -> Callable[[Function], Function]:
    """Let a function that takes ``**options`` show them one by one, as help and notebooks ask for.

    Its docstring then ends with what the records say of them.

    Parameters
    ----------
    keywords : type
        The typed dictionary of its keywords.
    *records : type
        Where they are checked: their defaults.

    Examples
    --------
    >>> from coprod_measure.composites.pls import PlsKeywords, PlsOptions
    >>> str(signature(spelled(PlsKeywords, PlsOptions)(lambda data, **options: None)))[:44]
    "(data, *, consistent: 'bool' = False, scheme"
    """
    defaults = {
        one.name: one.default_factory() if callable(one.default_factory) else one.default
        for record in records
        for one in fields(record)
    }
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=_written(kind))
        for name, kind in keywords.__annotations__.items()
    ]

    told = "\n".join(line for record in records for line in _said_of(record, set(keywords.__annotations__)))

    def shown(function: Function) -> Function:
        own = signature(function)
        named = [one for one in own.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        known = {one.name for one in named}
        further = [one for one in options if one.name not in known]
        function.__signature__ = own.replace(parameters=[*named, *further])  # type: ignore[attr-defined]
        if function.__doc__ and told:
            function.__doc__ = f"{cleandoc(function.__doc__)}\n\nOptions\n-------\n{told}\n"
        return function

    return shown


def _said_of(record: type, names: set[str]) -> Iterator[str]:
    """Give what the docstring of a record says under Attributes of those that are so called."""
    _, _, after = cleandoc(record.__doc__ or "").partition("Attributes\n----------\n")
    wanted = False
    for line in after.partition("\n\n")[0].splitlines():
        if not line.startswith(" "):
            wanted = not names.isdisjoint(line.partition(" : ")[0].split(", "))
        if wanted:
            yield line


def _written(kind: object) -> object:
    return kind.__forward_arg__ if isinstance(kind, ForwardRef) else kind
