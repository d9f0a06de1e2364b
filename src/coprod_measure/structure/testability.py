"""Which hypotheses a structural model of these answers can test, and why not others; nothing is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import TESTED_LEVELS, Claim, Claims, take_apart
from coprod_measure.structure.paths import why_not_together
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis, Theory

ONLY_YES_NO = "its only claims are about a yes/no answer, which no path can carry"
_NAMED = 4
_UNITS_OF_PEOPLE = {"respondent", "category", "partner", "episode"}


def take_all_apart(
    chosen: Sequence[Hypothesis], theory: Theory, clean: Responses
) -> tuple[dict[str, Claims], dict[str, str]]:
    """Take apart what these data can test, in order, and say of the rest why not.

    Parameters
    ----------
    chosen : sequence of Hypothesis
    theory : Theory
    clean : Responses
        Which items there are and how many waves; no answer is looked at.

    Returns
    -------
    dict, dict
        Id to claims, and id to reason.
    """
    taken: dict[str, Claims] = {}
    refused: dict[str, str] = {}
    waves = clean.about["wave"].nunique() if "wave" in clean.about else 1
    for hypothesis in chosen:
        reason = _why_not_at_all(hypothesis, waves)
        if not reason:
            claims = take_apart(hypothesis, theory, clean)
            before = [claim for found in taken.values() for claim in found.claims]
            variables = {
                **claims.variables,
                **{k: v for found in taken.values() for k, v in found.variables.items()},
            }
            if not claims.claims:
                reason = f"not measured in these data: {some_of(claims.unmeasured) or 'one side of it'}"
            else:
                reason = why_not_together(before, claims.claims, variables)
        if reason:
            refused[hypothesis.id] = reason
        else:
            taken[hypothesis.id] = claims
    return taken, refused


def why_not_testable(theory: Theory, clean: Responses, ids: Sequence[str]) -> dict[str, str]:
    """Say which hypotheses :func:`.hypotheses.test_hypotheses` will call not testable here, and why.

    Parameters
    ----------
    theory, clean
        See :func:`take_all_apart`.
    ids : sequence of str
        Hypotheses of the theory, in the order of the tests.
    """
    taken, refused = take_all_apart([theory.hypotheses[id_] for id_ in ids], theory, clean)
    for id_, found in taken.items():
        if not any(_carried(claim, found.variables) for claim in found.claims):
            refused[id_] = ONLY_YES_NO
    return {id_: refused[id_] for id_ in ids if id_ in refused}


def names_binary(claim: Claim, variables: Mapping[str, Variable]) -> bool:
    """Whether a claim names a yes/no answer, which no path of a linear model can carry."""
    names = (claim.source, claim.target, *(name for step in claim.via for name in step))
    return any(variables[name].binary for name in names)


def some_of(names: Sequence[str]) -> str:
    """Name the first few, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _carried(claim: Claim, variables: Mapping[str, Variable]) -> bool:
    """Whether a path carries the claim, or a logistic regression of a decision does."""
    return not names_binary(claim, variables) or (variables[claim.target].binary and not claim.via)


def _why_not_at_all(hypothesis: Hypothesis, waves: int) -> str:
    if hypothesis.level not in TESTED_LEVELS:
        kind = hypothesis.level.replace("_", " ")
        return f"a claim of the kind '{kind}' needs another test than a structural path"
    if hypothesis.needs_waves > waves:
        return f"it needs {hypothesis.needs_waves} waves, these data have {waves}"
    if not set(hypothesis.needs_unit) & _UNITS_OF_PEOPLE:
        return f"it is about a {' or '.join(hypothesis.needs_unit)}, these are answers of people"
    return ""
