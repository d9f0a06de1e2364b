"""Which variable stands for a construct in a structural model: a latent variable or a score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.offers import names_nothing
from coprod_measure.theory.definition import Computation, Theory
from coprod_measure.theory.formula import read_formula

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
    how, parts, weights : str, tuple of tuple of str, tuple of str
        Of a computed variable: ``"sum"`` or ``"count"``, the items of each part, and the item that weighs it.
    formula : str
        Of a variable that is computed by one (``how`` is ``"formula"``).
    operands : tuple of Variable
        What the formula names.
    """

    id: str
    items: tuple[str, ...]
    latent: bool
    binary: bool = False
    gate: str = ""
    says_yes: str = ""
    how: str = "mean"
    parts: tuple[tuple[str, ...], ...] = ()
    weights: tuple[str, ...] = ()
    formula: str = ""
    operands: tuple[Variable, ...] = ()


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
    # The theory is kept beside what was found, so that no other can have its identity.
    return responses.once(
        (find_variables, id(theory), id_), lambda: (theory, _found(theory, responses, id_))
    )[1]


def _found(theory: Theory, responses: Responses, id_: str) -> tuple[Variable, ...]:
    facets = [
        variable for facet in theory.first_order(id_) if (variable := _first_order(theory, responses, facet))
    ]
    if id_ in theory.higher_order and facets and not any(variable.latent for variable in facets):
        items = tuple(item for variable in facets for item in variable.items)
        return (Variable(id_, items, latent=False, gate=facets[0].gate),)
    return tuple(facets)


def without_order(variable: Variable, instrument: Instrument) -> bool:
    """Whether options of its questions have no order, so that a mean of their codes says nothing.

    The same two options in all questions have a mean: the share of the second. A count asks only whether
    something was answered.
    """
    scales = [instrument.scale_of(item) for item in variable.items]
    nominal = [one for one in scales if one is not None and not one.ordered]
    if not nominal or variable.how == "count":
        return False
    same_two = len(nominal[0].codes) == 2 and all(one == nominal[0] for one in nominal)
    return not same_two or (len(nominal) > 1 and names_nothing(nominal[0]))


def weighed_by(ids: Iterable[str], responses: Responses) -> dict[str, tuple[str, ...]]:
    """Name, for each item of constructs that says how much something counts, the items it weighs.

    Only what the data hold; empty where nothing is weighed.
    """
    items = [one for id_ in ids for one in responses.instrument.items_of(id_) if one.id in responses.frame]
    found = {one.id: tuple(name for name in one.weighs if name in responses.frame) for one in items}
    return {weight: values for weight, values in found.items() if values}


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
    columns: dict[str, np.ndarray] = {}
    for variable in variables:
        if variable.latent:
            columns |= dict(zip(variable.items, responses.values(variable.items).T, strict=True))
        else:
            columns[variable.id] = scale_mean(variable, responses).to_numpy()
    return pd.DataFrame(columns, index=responses.frame.index)


def scale_mean(variable: Variable, responses: Responses) -> pd.Series:
    """Mean of the keyed items, where at least half of them are answered; a computed score by its rule.

    A sum is that of the parts' means, each weighted by its item, weights scaled to mean one; a count is
    that of the parts with an answer above zero. Both, and a formula, need every part.
    """
    return responses.once(variable, lambda: _scale_mean(variable, responses))


def _scale_mean(variable: Variable, responses: Responses) -> pd.Series:
    index = responses.frame.index
    if variable.operands:
        values = {one.id: scale_mean(one, responses).to_numpy() for one in variable.operands}
        return pd.Series(read_formula(variable.formula).of(values), index=index)
    if not variable.parts:
        return pd.Series(_mean(responses.values(variable.items)), index=index)
    means = pd.DataFrame(
        {k: _mean(responses.values(part)) for k, part in enumerate(variable.parts)}, index=index
    )
    if variable.how == "count":
        return means.gt(0).sum(axis=1).astype(float).where(means.notna().all(axis=1))
    weights = pd.DataFrame(1.0, index=means.index, columns=means.columns)
    if variable.weights:
        weights = responses.frame[list(variable.weights)].set_axis(means.columns, axis=1)
    total = weights.sum(axis=1, skipna=False)
    return (means * weights).sum(axis=1, skipna=False) * len(variable.parts) / total.where(total > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    answered = ~np.isnan(values)
    # A product sums up short rows several times faster than numpy's sum.
    number = answered @ np.ones(values.shape[1])
    total = np.where(answered, values, 0.0) @ np.ones(values.shape[1])
    enough = (number > 0) & (2 * number >= values.shape[1])
    return np.where(enough, total / np.maximum(number, 1), np.nan)


def _computed(theory: Theory, responses: Responses, id_: str) -> Variable | None:
    """Find the items behind a computed construct; none unless every part is measured."""
    rule = theory.constructs[id_].computed
    if rule is None:
        return None
    if rule.formula is not None:
        return _by_formula(theory, responses, id_, rule)
    terms = rule.of if rule.how != "count" else tuple(p for one in rule.of for p in theory.first_order(one))
    parts: list[tuple[str, ...]] = []
    for term in terms:
        below = [_first_order(theory, responses, part) for part in theory.first_order(term)]
        own = [item for one in below if one is not None for item in one.items]
        if not own:
            return None
        known = {item for part in parts for item in part}  # one that two parts share is counted once
        if left := tuple(dict.fromkeys(item for item in own if item not in known)):
            parts.append(left)
    weights = _first_order(theory, responses, rule.weights) if rule.weights else None
    if rule.weights and (weights is None or not len(weights.items) == len(parts) == len(terms)):
        return None
    items = tuple(item for part in parts for item in part)
    gates = {responses.instrument.items[item].show_if for item in items}
    gate = gates.pop() if len(gates) == 1 else ""
    if rule.how == "mean":
        return Variable(id_, items, latent=False, gate=gate)
    return Variable(
        id_,
        items,
        False,
        gate=gate,
        how=rule.how,
        parts=tuple(parts),
        weights=weights.items if weights else (),
    )


def _by_formula(theory: Theory, responses: Responses, id_: str, rule: Computation) -> Variable | None:
    """Find what a formula names; of a structure the mean of all its items."""
    operands = []
    for name in rule.of:
        below = [_first_order(theory, responses, part) for part in theory.first_order(name)]
        known = [one for one in below if one is not None]
        if len(known) == 1:
            operands.append(replace(known[0], id=name))
        elif known:
            items = tuple(dict.fromkeys(item for one in known for item in one.items))
            operands.append(Variable(name, items, latent=False))
    if len(operands) < len(rule.of):
        return None
    items = tuple(dict.fromkeys(item for one in operands for item in one.items))
    gates = {responses.instrument.items[item].show_if for item in items}
    gate = gates.pop() if len(gates) == 1 else ""
    return Variable(
        id_, items, False, gate=gate, how="formula", formula=rule.formula or "", operands=tuple(operands)
    )


def _first_order(theory: Theory, responses: Responses, id_: str) -> Variable | None:
    there = responses.once("columns", lambda: frozenset(responses.frame.columns))
    items = tuple(item for item in responses.instrument.items_of(id_) if item.id in there)
    if id_ not in theory.constructs:
        return None
    if not items:
        return _computed(theory, responses, id_)
    gates = {item.show_if for item in items}
    gate = gates.pop() if len(gates) == 1 else ""
    ids = tuple(item.id for item in items)
    scale = responses.instrument.scale_of(ids[0])
    scored = theory.constructs[id_].measurement in _SCORED or len(ids) < 2
    binary = scored and len(ids) == 1 and scale is not None and len(scale.codes) == 2
    says_yes = f"{ids[0]} == {scale.codes[-1]}" if binary and scale is not None else ""
    return Variable(id_, ids, latent=not scored, binary=binary, gate=gate, says_yes=says_yes)
