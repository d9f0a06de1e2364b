"""Which variable stands for a construct in a structural model: a latent variable or a score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from coprod_measure.responses.dataset import Responses
from coprod_measure.theory.definition import Theory

_SCORED = ("composite", "observed", "computed")


@dataclass(frozen=True, slots=True)
class Variable:
    """A construct as a model sees it.

    Attributes
    ----------
    id : str
        Construct or higher-order id.
    items : tuple of str
        Items behind it, in the order of the questionnaire.
    latent : bool
        True: a factor of ``items``. False: the mean of ``items``.
    binary : bool
        A single yes/no answer.
    gate : str
        The condition under which its items were shown; empty when everybody saw them.
    says_yes : str
        The condition that holds for those who answered a binary variable with its higher code.
    """

    id: str
    items: tuple[str, ...]
    latent: bool
    binary: bool = False
    gate: str = ""
    says_yes: str = ""


def find_variables(theory: Theory, responses: Responses, id_: str) -> tuple[Variable, ...]:
    """Find what the data hold for a construct or a higher-order structure.

    Parameters
    ----------
    theory : Theory
        Says what is reflective and what is a composite.
    responses : Responses
        Clean answers.
    id_ : str
        Construct or higher-order id.

    Returns
    -------
    tuple of Variable
        Empty when nothing measures it. A higher-order structure gives its measured first-order constructs one
        by one, because a reflective facet is a factor of its own; one whose measured facets are all scores
        gives one score.
    """
    facets = [
        variable for facet in theory.first_order(id_) if (variable := _first_order(theory, responses, facet))
    ]
    if id_ in theory.higher_order and facets and not any(variable.latent for variable in facets):
        items = tuple(item for variable in facets for item in variable.items)
        return (Variable(id_, items, latent=False, gate=facets[0].gate),)
    return tuple(facets)


def score_frame(variables: Iterable[Variable], responses: Responses) -> pd.DataFrame:
    """Compute the columns that a model of these variables needs.

    Parameters
    ----------
    variables : iterable of Variable
        Latent variables contribute their keyed items, the others one score named after the construct.
    responses : Responses
        Clean answers.

    Returns
    -------
    pandas.DataFrame
        One row a respondent. A score needs at least half of its items answered; otherwise it is missing.
    """
    columns: dict[str, pd.Series] = {}
    for variable in variables:
        items = responses.frame[list(variable.items)]
        if variable.latent:
            columns.update({name: items[name] for name in items})
        else:
            enough = items.notna().mean(axis=1) >= 0.5
            columns[variable.id] = items.mean(axis=1).where(enough)
    return pd.DataFrame(columns, index=responses.frame.index)


def scale_mean(variable: Variable, responses: Responses) -> pd.Series:
    """Mean of the keyed items, where at least half of them are answered."""
    items = responses.frame[list(variable.items)]
    return items.mean(axis=1).where(items.notna().mean(axis=1) >= 0.5)


def _first_order(theory: Theory, responses: Responses, id_: str) -> Variable | None:
    items = tuple(item for item in responses.instrument.items_of(id_) if item.id in responses.frame)
    if not items or id_ not in theory.constructs:
        return None
    gates = {item.show_if for item in items}
    gate = gates.pop() if len(gates) == 1 else ""
    ids = tuple(item.id for item in items)
    scale = responses.instrument.scale_of(ids[0])
    scored = theory.constructs[id_].measurement in _SCORED or len(ids) < 2
    binary = scored and len(ids) == 1 and scale is not None and len(scale.codes) == 2
    says_yes = f"{ids[0]} == {scale.codes[-1]}" if binary and scale is not None else ""
    return Variable(id_, ids, latent=not scored, binary=binary, gate=gate, says_yes=says_yes)
