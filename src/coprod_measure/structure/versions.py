"""Whether a version of a form with planned gaps asks all that a test needs of the same people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coprod_measure.instrument.forms import version_items
from coprod_measure.structure.evidence import Context, Kind, Reason
from coprod_measure.structure.variables import find_variables
from coprod_measure.theory.definition import Hypothesis


def in_no_version(hypothesis: Hypothesis, kind: Kind, context: Context) -> Reason | None:
    """Name what a test needs of the same people and no version of the form asks together.

    None where the form has no versions, or is unknown.
    """
    return next(apart_in_versions(_together(hypothesis, kind, context), context), None)


def apart_in_versions(sets: Iterable[Iterable[str]], context: Context) -> Iterator[Reason]:
    """Give a reason for each set of constructs that no version asks; half of the items of each are enough."""
    form = context.clean.instrument.forms.get(context.clean.form)
    shown = [frozenset(items) for items in version_items(form).values()] if form and form.versions else []
    for ids in map(tuple, sets if shown else ()):
        variables = [one for id_ in ids for one in find_variables(context.theory, context.clean, id_)]
        if not any(
            all(2 * len(version.intersection(one.items)) >= len(one.items) for one in variables)
            for version in shown
        ):
            names = tuple(dict.fromkeys(one.id for one in variables))
            yield Reason("in_no_version", {"constructs": names, "form": context.clean.form})


def _together(hypothesis: Hypothesis, kind: Kind, context: Context) -> Iterable[Iterable[str]]:
    if kind.together is not None:
        return kind.together(hypothesis, context)
    if kind.missing != "complete":
        return ()
    causes = (*hypothesis.sources, *hypothesis.mediators, *hypothesis.moderators)
    return [[id_.removeprefix("-") for id_ in (*causes, target)] for target in hypothesis.targets]
