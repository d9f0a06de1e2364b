"""A question that the questionnaire's rules kept from a person was not shown, whatever the export says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from coprod_measure.instrument.conditions import (
    Comparison,
    Condition,
    ConditionSyntaxError,
    Every,
    Negation,
    parse_condition,
)
from coprod_measure.instrument.definition import Form, Instrument
from coprod_measure.responses.answers import MISSING_KINDS

_NOT_SHOWN = MISSING_KINDS.index("not_shown")
_UNANSWERED = MISSING_KINDS.index("unanswered")


def hidden_by_rules(shown: Mapping[str, np.ndarray], instrument: Instrument) -> dict[str, np.ndarray]:
    """Find, for each item with a skip rule, the respondents who could not see it.

    Parameters
    ----------
    shown : mapping
        Item id to answers as given, shape (n,).
    instrument : Instrument
        For the rules (``show_if``).

    Returns
    -------
    dict
        Item id to a boolean array of shape (n,); rules over items that the data lack are passed over.
    """
    hidden: dict[str, np.ndarray] = {}
    for id_ in shown:
        rule = instrument.items[id_].show_if
        if not rule:
            continue
        try:
            holds = _holds(parse_condition(rule), shown)
        except (ConditionSyntaxError, KeyError):
            continue
        hidden[id_] = ~holds
    return hidden


def hidden_by_version(form: Form, versions: pd.Series, items: pd.Index) -> dict[str, np.ndarray]:
    """Find, for each item of a form with planned missing, the respondents whose version left it out.

    ``form``: its versions name the blocks they show. ``versions``: each respondent's version.
    """
    given = versions.astype("str").str.strip()
    hidden: dict[str, np.ndarray] = {}
    for block in form.blocks:
        leaving_out = [name for name, blocks in form.versions.items() if block.id not in blocks]
        if leaving_out:
            left_out = given.isin(leaving_out).to_numpy()
            hidden |= {id_: left_out for id_ in block.items if id_ in items}
    return hidden


def mark_hidden(missing: Mapping[str, np.ndarray], hidden: Mapping[str, np.ndarray]) -> None:
    """Turn ``unanswered`` into ``not_shown`` where the question was hidden, in place."""
    for id_, where in hidden.items():
        kinds = missing[id_]
        kinds[where & (kinds == _UNANSWERED)] = _NOT_SHOWN


def _holds(condition: Condition, shown: Mapping[str, np.ndarray]) -> np.ndarray:
    result: np.ndarray
    match condition:
        case Comparison(item=item, op=op, values=values):
            answers = shown[item]
            answered = ~np.isnan(answers)
            result = _compare(answers, op, values) & answered
        case Negation(part=part):
            result = ~_holds(part, shown)
        case Every(parts=parts):
            result = np.logical_and.reduce([_holds(part, shown) for part in parts])
        case _:
            result = np.logical_or.reduce([_holds(part, shown) for part in condition.parts])
    return result


def _compare(answers: np.ndarray, op: str, values: tuple[float, ...]) -> np.ndarray:
    limit = values[0]
    result: np.ndarray
    match op:
        case "in":
            result = np.isin(answers, values)
        case "==":
            result = answers == limit
        case "!=":
            result = answers != limit
        case "<":
            result = answers < limit
        case "<=":
            result = answers <= limit
        case ">":
            result = answers > limit
        case _:
            result = answers >= limit
    return result
