"""The door to every YAML file: what pydantic finds becomes problems with line, column, cause and cure."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.json_schema import SkipJsonSchema

from coprod_measure.errors import CoprodError, Problem
from coprod_measure.yaml_reading import Finding, Loc, Severity, YamlFile, did_you_mean, open_yaml, read_yaml

__all__ = [
    "FileModel",
    "Finding",
    "Loc",
    "Severity",
    "YamlFile",
    "did_you_mean",
    "in_file_order",
    "open_yaml",
    "parse_yaml",
    "read_yaml",
    "what_holds",
]

ENTRY = ConfigDict(extra="forbid", str_strip_whitespace=True)
"""How a record that is an entry of a file is read (its ``__pydantic_config__``)."""
_ID = "(id)"
Key = Annotated[SkipJsonSchema[str], Field(validation_alias=_ID)]
"""Id of a record: the key it stands under, which is not among its own keys."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
M = TypeVar("M", bound=BaseModel)
_ROUNDS = 5


def _with_ids(entries: Any) -> Any:
    if not isinstance(entries, dict):
        return entries
    return {id_: {**entry, _ID: id_} if isinstance(entry, dict) else entry for id_, entry in entries.items()}


KEYED = BeforeValidator(_with_ids)
"""For a mapping of records: each is told the key it stands under."""


class FileModel(BaseModel):
    """A part of a YAML file: unknown keys are refused, text is stripped, values do not change.

    Attributes
    ----------
    elsewhere : mapping
        Keys that do not belong here, to the cure that says where they do.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


def parse_yaml(file: YamlFile, model: type[M], *, error: type[CoprodError]) -> M:
    """Check a file against a pydantic model.

    ``file``: from :func:`read_yaml` or :func:`open_yaml`. ``model``: what the file must hold; unknown keys
    are to be forbidden by its configuration.

    Raises
    ------
    CoprodError
        Of type ``error``, with every problem of the file.
    """
    parsed, problems = what_holds(file, model)
    if problems or parsed is None:
        raise error.from_problems(problems)
    return parsed


def what_holds(file: YamlFile, model: type[M]) -> tuple[M | None, list[Problem]]:
    """Check a file and keep what is sound, so that a wrong key does not hide the problems elsewhere.

    Returns
    -------
    parsed : pydantic.BaseModel or None
        The content without its unsound parts; None when nothing is left to work with.
    problems : list of Problem
        All problems, in the order of the file.
    """
    problems = list(file.problems)
    data: Any = file.data
    for round_ in range(_ROUNDS):
        try:
            return model.model_validate(data), in_file_order(problems)
        except ValidationError as error:
            found = [one for one in error.errors() if not _is_long_enough(one)]
        unsound = [_unsound_part(data, one) for one in found]
        # A key missing at the top would hide everything else: a stand-in lets the search go on.
        stand_ins = {
            str(one["loc"][0]): "x" for one in found if one["type"] == "missing" and len(one["loc"]) == 1
        }
        data = {**data, **stand_ins} if isinstance(data, dict) else data
        # Later rounds meet only what the pruning itself tore open: that is no news for the user.
        if round_ == 0:
            problems += [_problem(file, model, one) for one in _said_once(data, found)]
        data = _without(data, unsound)
    return None, in_file_order(problems)


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by line and column."""
    return sorted(problems, key=lambda problem: [int(n) for n in re.findall(r":(\d+)", problem.place)[-2:]])


def _said_once(data: Any, errors: Sequence[Any]) -> list[Any]:
    """Keep one error where each alternative of a union gives its own: what goes deepest, else the first."""
    paths = [tuple(_loc_in_data(data, one["loc"])) for one in errors]
    above = {path[:length] for path in paths for length in range(len(path))}
    kept: list[Any] = []
    earlier: set[tuple[str | int, ...]] = set()
    for one, path in zip(errors, paths, strict=True):
        wrong_type = one["type"].endswith("_type")
        if not (wrong_type and path and (path in above or path in earlier)):
            kept.append(one)
        earlier.add(path)
    return kept


def _is_long_enough(error: Any) -> bool:
    """Whether a list is called short only because pydantic does not count its wrong entries."""
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


def _unsound_part(data: Any, error: Any) -> list[str | int]:
    """Path to drop: up to the nearest key of a mapping, so that list positions stay true."""
    loc = _loc_in_data(data, error["loc"])
    while loc and isinstance(loc[-1], int):
        loc = loc[:-1]
    return loc


def _loc_in_data(data: Any, loc: Sequence[str | int]) -> list[str | int]:
    """Keep the parts of pydantic's path that exist in the data (it adds tags of unions and ``[key]``)."""
    found: list[str | int] = []
    for part in loc:
        in_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if in_list or (isinstance(data, dict) and part in data):
            data = data[part]
            found.append(part)
    return found


def _without(data: Any, parts: Sequence[Sequence[str | int]]) -> Any:
    """Drop parts; each mapping and list on the way is copied once, however many parts it loses."""
    below: dict[str | int, list[Sequence[str | int]]] = {}
    for first, *rest in (part for part in parts if part):
        below.setdefault(first, []).append(rest)
    if not below or not isinstance(data, list | dict):
        return data
    if isinstance(data, list):
        return [_without(value, below.get(place, ())) for place, value in enumerate(data)]
    return {
        key: _without(value, below.get(key, ()))
        for key, value in data.items()
        if not any(not rest for rest in below.get(key, ()))
    }


_MAPPING = (
    "'{name}' must hold keys with values",
    "Write {{key: value}}, or 'key: value' lines below it",
    "not-a-mapping",
)
_LIST = ("'{name}' must be a list", "Write [a, b] or one '- ' line each", "not-a-list")
_INTEGER = (
    "'{name}' must be a whole number, not {kind} ({value})",
    "Write a number such as 1",
    "not-a-number",
)
_NUMBER = ("'{name}' must be a number, not {kind} ({value})", "Write a number such as 0.85", "not-a-number")
_BOOLEAN = ("'{name}' must be true or false, not '{value}'", "Write true or false", "not-true-or-false")
_MESSAGES = {
    "string_type": ("'{name}' must be text, not {kind} ({value})", 'Put it in quotes: "{value}"', "not-text"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "dataclass_type": _MAPPING,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "int_parsing": _INTEGER,
    "int_type": _INTEGER,
    "int_from_float": _INTEGER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": (
        "'{name}' must be a finite number, not {value}",
        "Write a number such as 0.3",
        "not-a-number",
    ),
    "bool_parsing": _BOOLEAN,
    "bool_type": _BOOLEAN,
    "string_too_short": ("'{name}' is empty", "Fill it in, or remove the key", "empty-text"),
    "string_too_long": ("'{name}' is too long", "Shorten it", "too-long"),
    "too_short": ("'{name}' needs {min_length} or more entries", "Add what is missing", "too-few"),
    "greater_than_equal": (
        "'{name}' must be {ge} or more, not {value}",
        "Write another number",
        "out-of-bounds",
    ),
    "less_than_equal": (
        "'{name}' must be {le} or less, not {value}",
        "Write another number",
        "out-of-bounds",
    ),
    "greater_than": ("'{name}' must be above {gt}, not {value}", "Write another number", "out-of-bounds"),
    "less_than": ("'{name}' must be below {lt}, not {value}", "Write another number", "out-of-bounds"),
    "too_long": ("'{name}' holds too many entries", "Split it", "too-many"),
    "string_pattern_mismatch": (
        "'{value}' cannot serve as '{name}'",
        "Use {allowed}",
        "bad-id",
    ),
}


def _allowed(pattern: str) -> str:
    """Say what a pattern of ids takes.

    Examples
    --------
    >>> _allowed("^[a-z0-9][a-z0-9-]*$"), _allowed("^[A-Za-z][A-Za-z0-9_.]*$")
    ('small letters, digits and - only', 'letters, digits and _ . only, and begin with a letter')
    """
    if "{" in pattern:
        return f"the form {pattern}"
    first, rest = (*re.findall(r"\[([^]]*)\]", pattern), "", "")[:2]
    signs = " ".join(sign for sign in "_.-" if sign in re.sub(r"\w-\w", "", rest))
    letters = "letters" if "A-Z" in pattern else "small letters"
    return f"{letters}, digits and {signs} only" + ("" if "0-9" in first else ", and begin with a letter")


def _problem(file: YamlFile, model: type[BaseModel], error: Any) -> Problem:
    kind, loc, value = error["type"], error["loc"], error["input"]
    names = [part for part in _loc_in_data(file.data, loc) if isinstance(part, str)]
    name = "id" if "[key]" in loc else names[-1] if names else "the file"
    if kind == "missing":
        cause, cure = f"key '{loc[-1]}' is missing", f"Add '{loc[-1]}: ...'"
        return file.problem(loc[:-1], cause, cure, "missing-key")
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        models = _models_at(model, loc[:-1])
        keys = {key for one in models for key in _fields(one)}
        moved = {key: cure for one in models for key, cure in getattr(one, "elsewhere", {}).items()}
        cure = (
            moved.get(loc[-1])
            or _belongs(file, model, str(loc[-1]))
            or did_you_mean(str(loc[-1]), sorted(keys))
        )
        return file.problem(loc, f"unknown key '{loc[-1]}'", cure, "unknown-key")
    context = error.get("ctx", {})
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        above = loc[: -2 if isinstance(loc[-1], int) else -1]  # of an entry of a list
        named = [getattr(one, "also_called", {}).get(str(value)) for one in _models_at(model, above)]
        cure = next((f"Write '{one}'" for one in named if one), did_you_mean(str(value), choices))
        return file.problem(loc, f"'{name}' cannot be '{_short(value)}'", cure, "unknown-value")
    if kind in _MESSAGES:
        cause, cure, code = _MESSAGES[kind]
        if "[key]" in loc and _MESSAGES[kind] is _INTEGER:
            cause = "keys of '{name}' are codes, whole numbers, not {kind} ({value})"
            name = names[-2] if len(names) > 1 else "the file"
        if kind == "string_type" and isinstance(value, list | dict):
            cure = f"Write one text, without {'brackets' if isinstance(value, list) else 'keys'}"
        said = {
            "allowed": _allowed(str(context.get("pattern", ""))),
            **context,
            "name": name,
            "value": _short(value),
            "kind": _kind(value),
        }
        return file.problem(loc, cause.format(**said), cure.format(**said), code)
    return file.problem(loc, error["msg"], str(context.get("cure", "")), kind.replace("_", "-"))


def _belongs(file: YamlFile, model: type[BaseModel], key: str) -> str:
    """Say at which level of the file a key belongs that was written at another."""
    at_the_top = _fields(model)
    if key in at_the_top and key not in file.data:
        return f"It belongs at the top of the file: '{key}: ...'"
    parts = {name: [one for one in _inside(kind) if _is_model(one)] for name, kind in at_the_top.items()}
    under = [f"'{name}'" for name, models in parts.items() if any(key in _fields(one) for one in models)]
    return f"It belongs under {' or '.join(under)}" if under else ""


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return names.get(type(value), "text")


def _models_at(annotation: Any, loc: Loc) -> list[Any]:
    """Models that may stand at a path."""
    models = _inside(annotation)
    for part in loc:
        nearer: list[Any] = []
        for one in models:
            if _is_model(one):
                nearer += _inside(_fields(one).get(str(part)))
            else:
                nearer += _inside(get_args(one)[0 if isinstance(part, int) else -1])
        models = nearer or models
    return [one for one in models if _is_model(one)]


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and (issubclass(one, BaseModel) or is_dataclass(one))


@lru_cache
def _fields(model: Any) -> dict[str, Any]:
    """Keys of a model or record as they stand in a file, and what they hold."""
    if is_dataclass(model):
        kinds = get_type_hints(model, include_extras=True)
        return {field.name: kinds[field.name] for field in fields(model) if kinds[field.name] != Key}
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _inside(annotation: Any) -> list[Any]:
    """Models and containers in an annotation, unions taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inside(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return [inner for one in get_args(annotation) for inner in _inside(one)]
    if isinstance(annotation, type) and origin is None:
        return [annotation] if _is_model(annotation) else []
    return [annotation] if origin in {dict, list, tuple} else []
