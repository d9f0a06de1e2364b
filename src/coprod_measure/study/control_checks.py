"""Whether the controls of a study file can be held constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from coprod_measure.errors import Problem
from coprod_measure.instrument.definition import Instrument
from coprod_measure.yaml_files import Finding, Loc, YamlFile, did_you_mean

if TYPE_CHECKING:
    from coprod_measure.responses.dataset import Responses


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study says that decides whether something can be held constant."""

    controls: tuple[str, ...] | dict[str, tuple[str, ...]]
    hypotheses: Sequence[str]
    keep: Sequence[str]
    form: str | None


def control_problems(file: YamlFile, study: Asked, instrument: Instrument) -> list[Problem]:
    """Find controls that no answers hold, that are no amount or group, or that a hypothesis is about."""
    asked = study.controls
    if not asked:
        return []
    # The engine's libraries take longer to load than everything else in a check.
    from coprod_measure.structure.controls import ALL

    named: list[tuple[Loc, str]]
    problems: list[Problem] = []
    where: Loc = ("structure", "controls")
    if isinstance(asked, dict):
        outcomes = (ALL, *instrument.constructs)
        for outcome in asked:
            if outcome not in outcomes:
                cure = did_you_mean(outcome, outcomes)
                cause = f"there is no construct {outcome!r} to hold anything constant for"
                problems.append(file.problem((*where, outcome), cause, cure, "unknown-construct"))
        named = [((*where, key, i), one) for key, own in asked.items() for i, one in enumerate(own)]
    else:
        named = [((*where, i), one) for i, one in enumerate(asked)]
    for loc, name in named:
        problem = _problem_of(name, study, instrument)
        if problem:
            problems.append(file.problem(loc, *problem))
    return problems


def constant_controls(
    file: YamlFile, asked: Mapping[str, Sequence[str]] | Sequence[str], answers: Responses
) -> list[Finding]:
    """Find controls in which all who answered are alike: they would cost every verdict."""
    own = asked.items() if isinstance(asked, Mapping) else [("", asked)]
    named = [((key, i) if key else (i,), name) for key, names in own for i, name in enumerate(names)]
    seen = {**answers.about, **answers.frame}
    return [
        file.finding(
            "error", ("structure", "controls", *loc), f"all respondents are alike in the control {name}",
            "Leave it out", "constant-control",
        )
        for loc, name in named
        if name in seen and seen[name].nunique() < 2
    ]  # fmt: skip


def _problem_of(name: str, study: Asked, instrument: Instrument) -> tuple[str, str, str] | None:
    from coprod_measure.structure.controls import why_unusable

    if name not in instrument.items:
        if any(fnmatch(name, pattern) for pattern in study.keep):
            return None
        cause = f"there is no item or kept column {name!r} to hold constant"
        return cause, did_you_mean(name, (*instrument.items, *study.keep)), "unknown-control"
    why = why_unusable(name, instrument)
    if why:
        return f"{name} cannot be held constant: {why}", "Leave it out", "unusable-control"
    construct = instrument.items[name].construct_id
    about = [
        id_
        for id_ in study.hypotheses
        if id_ in instrument.theory.hypotheses and construct in _named_by(id_, instrument)
    ]
    if about:
        cause = f"{name} measures {construct}, which {about[0]} is about"
        return cause, "Hold constant what no hypothesis of this study is about", "control-is-tested"
    form = instrument.forms.get(study.form or "")
    if form and name not in form.item_ids:
        return (
            f"the form {form.id} does not ask {name}",
            "Leave it out, or field a form with it",
            "not-in-form",
        )
    return None


def _named_by(id_: str, instrument: Instrument) -> set[str]:
    """First-order constructs that a hypothesis names."""
    one = instrument.theory.hypotheses[id_]
    names = (*one.sources, *one.mediators, *one.targets, *one.moderators, *one.versus)
    return {part for name in names for part in instrument.theory.first_order(name.removeprefix("-"))}
