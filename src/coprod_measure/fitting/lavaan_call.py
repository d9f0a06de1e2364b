"""Read the call of lavaan in an R script: function, model and options, ready to be fitted here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd

from coprod_measure.errors import ModelError, Problem
from coprod_measure.estimation.specification.default_parameters import AUTOMATIC, OF_GROWTH, OF_SEM
from coprod_measure.estimation.specification.writing import written
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.lavaan_script import renamed_parameter
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.result import Fit
from coprod_measure.notebook import Shown

Function = Literal["sem", "cfa", "growth", "lavaan"]

_RENAMED = {"sampling.weights": "weights", "meanstructure": "mean_structure"}
# Say where the data are, or how much is printed: nothing that a fit depends on.
_IDLE = ("data", "verbose", "warn", "debug", "group.label")
_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_PIECE = re.compile(rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<other>[\s\S])")
_CALL = re.compile(r"(?:lavaan::)?\b(sem|cfa|growth|lavaan)\s*\(")
_RENAMING = re.compile(
    r"\b(?:col)?names\(\s*[\w.]+\s*\)\[\s*(?:col)?names\(\s*[\w.]+\s*\)\s*==\s*\0(\d+)\0\s*\]\s*(?:<-|=)\s*\0(\d+)\0"
)
_COMMENT_OF_NAME = re.compile(rf"#\s*([A-Za-z.][\w.]*) is ({_STRING})\s*")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
# In model text: what stays (texts, comments, labels before a star), and names.
_NAME = re.compile(rf"{_STRING}|[#!][^\n]*|(?P<name>(?<![\w.])[A-Za-z.][\w.]*)(?![\w.]|\s*[*(])")
_OF_PARAMETERS = re.compile(r":=|==|<(?!~)|>")
_ASSIGNED = re.compile(r"([A-Za-z.][\w.]*)\s*(?:<-|=)\s*$")


@dataclass(frozen=True, slots=True, repr=False)
class LavaanCall(Shown):
    """A call of lavaan as it was read.

    Attributes
    ----------
    function : str
        ``"sem"``, ``"cfa"``, ``"growth"`` or ``"lavaan"``.
    model : str
        Model text.
    options : dict
        By our names, as :func:`.models.sem` takes them.
    """

    function: Function
    model: str
    options: dict[str, Any]

    def fit(self, data: pd.DataFrame | Moments) -> Fit:
        """Fit the model here."""
        return fit_model(self.function, self.model, data, fit_options(dict(self.options)))


def from_lavaan(text: str) -> LavaanCall:
    r"""Read the first call of ``sem``, ``cfa``, ``growth`` or ``lavaan`` in an R script.

    Parameters
    ----------
    text : str
        The script; the model stands in the call, or is a text assigned before it. Lines that rename columns
        (``names(d)[names(d) == "item 1"] <- "v1"``) are undone: the call is of the data as they were.

    Raises
    ------
    ModelError
        If there is no such call, its model cannot be found, or it has arguments that do not exist here: all
        of them at once.

    Examples
    --------
    >>> call = from_lavaan("m <- 'f =~ x1 + x2 + x3'\nfit <- cfa(m, data = d, std.lv = TRUE, missing = 'ml')")
    >>> call.function, call.model, call.options
    ('cfa', 'f =~ x1 + x2 + x3', {'std_lv': True, 'missing': 'ml'})
    """
    every = list(_PIECE.finditer(text))
    pieces = [found for found in every if found.lastgroup != "comment"]
    # Strings are replaced by marks, so that what they hold is not taken for code.
    strings = [_unquoted(found.group()) for found in pieces if found.lastgroup == "string"]
    marks = iter(range(len(strings)))
    code = "".join(f"\0{next(marks)}\0" if one.lastgroup == "string" else one.group() for one in pieces)
    found = _CALL.search(code)
    if found is None:
        raise _refused("there is no call of sem(), cfa(), growth() or lavaan()", "Paste the call too")
    known = _assigned(code[: found.start()])
    names = {strings[int(new)]: strings[int(old)] for old, new in _RENAMING.findall(code[: found.start()])}
    comments = (_COMMENT_OF_NAME.fullmatch(one.group()) for one in every if one.lastgroup == "comment")
    names |= {one[1]: _unquoted(one[2]) for one in comments if one is not None}
    arguments, positional = {}, ["model", "data"]
    for argument in _split(code[found.end() :]):
        name, equals, value = argument.partition("=")
        if not equals or "\0" in name or "(" in name:
            name, value = (positional.pop(0) if positional else ""), argument
        arguments[name.strip()] = _value(known.get(value.strip(), value.strip()), strings)
    model = arguments.pop("model", None)
    if not isinstance(model, str) or "~" not in model:
        raise _refused("the model's text is not in the script", 'Paste the line model <- "..." too')
    function: Function = next(one for one in get_args(Function) if one == found[1])
    options = _named_as_before(_options(arguments, function), names)
    return LavaanCall(function, _with_names(model, names), options)


def _refused(cause: str, cure: str) -> ModelError:
    return ModelError(cause, place="R script", cure=cure, code="no-lavaan-call")


def _unquoted(text: str) -> str:
    """Undo what a string of R escapes."""
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text[1:-1], flags=re.DOTALL)


def _with_names(model: str, names: Mapping[str, str]) -> str:
    """Write a model with the names from before the script renamed them."""

    def as_before(found: re.Match[str]) -> str:
        name = found["name"]
        return written(names[name]) if name in names else found.group()

    parts = re.split(r"([\n;])", model)
    return "".join(one if _OF_PARAMETERS.search(one) else _NAME.sub(as_before, one) for one in parts)


def _named_as_before(options: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found = dict(options)
    for option in ("group", "cluster", "weights", "ordered", "group_partial"):
        given = found.get(option)
        if isinstance(given, str):
            found[option] = names.get(given, given)
        elif isinstance(given, list):
            found[option] = [names.get(one) or renamed_parameter(one, names) for one in given]
    return found


def _assigned(code: str) -> dict[str, str]:
    """Texts and vectors of texts that were given a name."""
    found = {}
    for value in re.finditer(r"\0\d+\0|c\([^()]*\)", code):
        name = _ASSIGNED.search(code[: value.start()])
        if name is not None:
            found[name[1]] = value.group()
    return found


def _split(code: str) -> list[str]:
    """Cut the arguments of a call that has just begun at its commas."""
    parts, depth = [""], 0
    for character in code:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth < 0:
            return [part for part in parts if part.strip()]
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    raise _refused("a parenthesis of the call is not closed", "Paste the whole call")


def _value(code: str, strings: list[str]) -> Any:
    mark = re.fullmatch(r"\0(\d+)\0", code)
    if mark:
        return strings[int(mark[1])]
    if code.startswith("list("):
        named = (part.partition("=") for part in _split(code[5:]))
        return {name.strip(): _value(value.strip(), strings) for name, _, value in named}
    if code.startswith("c("):
        return [_value(part.strip(), strings) for part in _split(code[2:])]
    if code in ("TRUE", "T", "FALSE", "F"):
        return code.startswith("T")
    if code == "NULL":
        return None
    if re.fullmatch(r"\d+L?", code):
        return int(code.rstrip("L"))
    if re.fullmatch(r"-?\d*\.?\d+(?:[eE][+-]?\d+)?", code):
        return float(code)
    return code


def _options(arguments: dict[str, Any], function: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    problems = []
    for name, value in arguments.items():
        switch = name.removeprefix("auto.").replace(".", "_")
        if name in _IDLE:
            continue
        if name.startswith("sample."):
            cause, cure = f"{name} holds moments", "Hand cm.Moments to fit()"
            problems.append(Problem("R script", cause, cure, "moments"))
        elif switch in AUTOMATIC and (name.startswith("auto.") or name.startswith("int.")):
            if function == "lavaan":
                options["auto"] = [*options.get("auto", []), switch] if value else options.get("auto", [])
            elif bool(value) != (switch in (OF_GROWTH if function == "growth" else OF_SEM)):
                cause = f"{function}() sets {name} itself here"
                cure = "Call lavaan() with the switches you want"
                problems.append(Problem("R script", cause, cure, "automatic"))
        else:
            options[_RENAMED.get(name, name.replace(".", "_"))] = value
    if options.get("ordered") is False:
        del options["ordered"]
    if problems:
        raise ModelError.from_problems(problems)
    fit_options(dict(options))
    return options
