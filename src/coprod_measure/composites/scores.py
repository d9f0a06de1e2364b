"""Scores of respondents: items, columns of the last stage, composites."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coprod_measure.composites.estimates import Basis, Estimates, Recipe, derived_columns
from coprod_measure.composites.model import Plan
from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.patterns import group_patterns

NOT_ORDERED = NotAvailable("ordered answers stand for variables that nobody has seen")


def filled(x: Floats, e: Estimates, recipe: Recipe, b: int = 0, seen: list[int] | None = None) -> Floats:
    """Fill gaps as sample ``b`` was filled: with means, or with what is expected given the other answers.

    Parameters
    ----------
    x : (m, p) float
        NaN where missing; respondents of the sample or others.
    seen : list of int, optional
        Items that may tell of others; all by default. The rest becomes its mean where it is missing.
    """
    mean, sd = e.basis.mean[b], e.basis.sd[b]
    full = np.where(np.isnan(x), mean, x)
    if not recipe.em or not np.isnan(x).any():
        return full
    at = list(range(x.shape[1])) if seen is None else seen
    cov = e.r[b][np.ix_(at, at)] * np.outer(sd[at], sd[at])
    patterns = group_patterns(x[:, at], compress=False)
    some = np.flatnonzero(patterns.people >= 0)
    full[some[:, None], at] = mean[at] + complete(patterns, cov, mean[at]).filled
    return full


def columns(x: Floats, known: Floats, e: Estimates, recipe: Recipe, b: int = 0) -> Floats:
    """Standardised columns of the last design, (m, P), by what the rows that are ``known`` tell.

    Parameters
    ----------
    x : (m, p) float
        Without gaps.
    known : (m,) float
        How often sample ``b`` holds each row: products are standardised by these.
    """
    plan = recipe.plan
    first = None if e.basis.first is None else e.basis.first[b : b + 1]
    basis = Basis(e.basis.mean[b : b + 1], e.basis.sd[b : b + 1], first)
    items: Floats = (x - basis.mean[0]) / basis.sd[0]
    if not plan.derived:
        return items
    derived = derived_columns(x, known[None], basis, plan)[0]
    if plan.multiplies:
        share = known / known.sum()
        derived = derived - share @ derived
        derived /= np.sqrt(share @ derived**2)
    return np.concatenate([items, derived], axis=1)


def scores(x: Floats, e: Estimates, recipe: Recipe) -> Floats:
    """Scores of the sample itself, (n, J): standardised, with divisor n - 1; products in their own unit.

    A gap is filled as in the estimates. Scores that are expected given other answers (``missing="em"``) vary
    less than those of complete rows.
    """
    found = columns(filled(x, e, recipe), np.ones(len(x)), e, recipe) @ e.weights.outer[0]
    return np.asarray(found * e.unit[0] * np.sqrt((len(x) - 1) / len(x)))


def made_of_columns(plan: Plan) -> Floats:
    """Give 1 where an item is, or is part of, a column of the last design, (p, P)."""
    own = np.eye(len(plan.items))
    below = own if plan.first is None else plan.first.own(len(own)).astype(float)
    derived = [below[:, list(one)].max(axis=1) for one in plan.derived]
    return np.column_stack([own, *derived])


def made_of(plan: Plan) -> NDArray[np.bool_]:
    """Tell which items each construct of the last design is made of, through the first stage, (p, J)."""
    return np.asarray(made_of_columns(plan) @ plan.last.own(len(plan.columns)) > 0.0)


def item_weights(e: Estimates, plan: Plan) -> Floats:
    """Weights of the standardised items in each construct of the last design, (p, J); products have none."""
    w, p = e.weights.outer[0], len(plan.items)
    total: Floats = w[:p].copy()
    for column, one in enumerate(plan.derived, start=p):
        if len(one) == 1 and e.basis.first is not None:
            total += np.outer(e.basis.first[0, :, one[0]], w[column])
    return total
