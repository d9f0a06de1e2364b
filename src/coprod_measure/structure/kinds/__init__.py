"""The kinds of hypothesis test: the first in the table that recognises a hypothesis tests it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from coprod_measure.errors import InputError, Problem
from coprod_measure.structure.evidence import Context, Kind, KindOptions
from coprod_measure.theory.definition import Hypothesis, Theory
from coprod_measure.yaml_files import did_you_mean

_IN_ORDER = (
    "transitions", "over_time", "experiments", "rivals", "levels", "conjoint", "choice", "incremental",
    "moderated", "paths", "measurement", "relative_importance", "discrepancy", "necessity", "segmentation",
    "judgement", "group_difference", "nomological",
)  # fmt: skip
KINDS: dict[str, Kind] = {name: import_module(f"{__name__}.{name}").KIND for name in _IN_ORDER}
"""Kind by its name, in the order in which they are asked."""


def kind_of(hypothesis: Hypothesis, context: Context) -> Kind | None:
    """Find the kind that tests a hypothesis; None where there is none yet."""
    return next((kind for kind in KINDS.values() if kind.takes(hypothesis, context)), None)


def options_of_kinds(
    named: Mapping[str, Mapping[str, Any]], theory: Theory | None = None
) -> dict[str, KindOptions]:
    """Check the options of kinds: every kind has them, its defaults where nothing is named.

    ``theory``: where it is at hand, contrasts are those of its hypotheses and constructs.

    Raises
    ------
    InputError
        With all unknown kinds and wrong values.
    """
    problems = [
        Problem(f"option {name}", "there is no such kind of test", did_you_mean(name, KINDS), "unknown-kind")
        for name in named
        if name not in KINDS
    ]
    found = {}
    for name, kind in KINDS.items():
        try:
            found[name] = kind.options.model_validate(dict(named.get(name, {})))
        except ValidationError as error:
            problems += [
                Problem(
                    f"option {'.'.join(map(str, (name, *one['loc'])))}",
                    one["msg"],
                    f"Options are {', '.join(kind.options.model_fields) or 'none'}",
                    "wrong-option",
                )
                for one in error.errors()
            ]
    problems += _strange(found, theory) if theory is not None else []
    if problems:
        raise InputError.from_problems(problems)
    return found


def _strange(found: Mapping[str, KindOptions], theory: Theory) -> list[Problem]:
    """Find contrasts of what the theory does not have: nobody would see that they are not tested."""
    terms = {**theory.constructs, **theory.higher_order}
    problems = []
    for kind, own in found.items():
        what, known = ("construct", terms) if kind == "experiments" else ("hypothesis", theory.hypotheses)
        for field in ("contrasts", "at"):
            for name in set(getattr(own, field, {})) - set(known):
                cause, place = f"the theory has no {what} {name!r}", f"option {kind}.{field}.{name}"
                problems.append(Problem(place, cause, did_you_mean(name, known), f"unknown-{what}"))
    return problems
