"""The likelihoods that a model of a choice is made of, and answers of which no model can be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, EstimationError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods import choice_models as models
from coprod_measure.structure.methods.likelihood import LogLikelihood, Maximum, maximise
from coprod_measure.structure.methods.stacked_choice import Stacked, fit_copies, scores_of

COUNTS = ("hurdle", "hurdle_negbin")
"""Models of counts, zero or more."""
SEPARATED = 15.0
"""Standardised log-odds beyond which a slope is taken for infinite."""


@dataclass(frozen=True, slots=True)
class Part:
    """One likelihood of a model: all of it, or one of its two parts.

    Attributes
    ----------
    terms : tuple of (equation, term)
        One a parameter.
    loglik : callable
        See :mod:`coprod_measure.structure.methods.choice_models`.
    rows : ndarray of int
        Respondents, as positions among the complete rows; one may be there more than once.
    design : ndarray, shape (len(rows), p)
        With the constant.
    options : tuple of str
        What can be chosen, the base first; empty for amounts.
    chosen : ndarray of int
        Of a logit or multinomial part: which of the options, as a number from 0.
    weights : ndarray, shape (len(rows),)
        What each row counts for, one on average over respondents; None where all count alike.
    """

    terms: tuple[tuple[str, str], ...]
    loglik: LogLikelihood
    rows: np.ndarray
    design: Floats
    options: tuple[str, ...] = ()
    chosen: np.ndarray | None = None
    weights: Floats | None = None

    def weighted(self, weights: Floats) -> Part:
        """Let each row count for the weight of its respondent: a pseudo-likelihood."""
        own, plain = weights[self.rows], self.loglik
        return replace(self, loglik=lambda b: own * plain(b), weights=own)


def code_options(answers: pd.Series, kind: str, base: object) -> tuple[pd.Series, tuple[str, ...]]:
    """Numbers for the options, the base 0, and their names."""
    if kind in ("two_part", *COUNTS, "tobit"):
        numbers = pd.to_numeric(answers, errors="coerce").astype(float)
        if numbers.isna().any() or (numbers < 0).any() or not (numbers == 0).any():
            raise DataError(
                f"{answers.name!r} is no amount from zero on with some zeros",
                cure="Zero for those who did not take part, a positive amount for those who did",
                code="no-amount",
            )
        if kind in COUNTS and (numbers % 1 != 0).any():
            raise DataError(
                f"{answers.name!r} holds no counts", cure="Use model='two_part'", code="no-counts"
            )
        return numbers, ("0", "more")
    found = sorted(answers.unique())
    if len(found) == 1:
        raise DataError(
            f"everybody gave the same answer to {answers.name!r}",
            cure="A choice can be modelled where some chose otherwise",
            code="options",
        )
    if not found or (kind in ("logit", "probit") and len(found) != 2) or len(found) > 20:
        raise DataError(
            f"{answers.name!r} has {counted(len(found), 'value', 'different values')}",
            cure="A logit or probit needs two, the others from two to twenty",
            code="options",
        )
    if kind == "multinomial":
        counts = answers.value_counts()
        first = max(found, key=lambda one: counts[one]) if base is None else base
        if first not in found:
            raise DataError(
                f"nobody chose the base {first!r}",
                cure=f"Use one of {', '.join(map(str, found))}",
                code="base",
            )
        found = [first, *(one for one in found if one != first)]
    return answers.map({one: k for k, one in enumerate(found)}).astype(float), tuple(map(str, found))


def unit_weights(given: pd.Series) -> Floats:
    """Scale weights to one on average."""
    found = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(found) & (found > 0)).all():
        raise DataError(
            f"{given.name!r} holds no weights", cure="Give a number above zero in every row", code="weights"
        )
    return np.asarray(found * (len(found) / found.sum()))


def make_parts(
    kind: str, design: Floats, y: Floats, names: tuple[str, ...], predictors: tuple[str, ...], parallel: bool
) -> tuple[Part, ...]:
    """Make the likelihoods of a model."""
    everyone, terms = np.arange(len(y)), ("(constant)", *predictors)
    if kind == "probit":
        pairs = tuple((names[1], term) for term in terms)
        return (Part(pairs, models.probit(design, y), everyone, design, names),)
    if kind in ("logit", "multinomial"):
        pairs = tuple((option, term) for option in names[1:] for term in terms)
        chosen = y.astype(int)
        likelihood = models.multinomial(design, chosen, len(names))
        return (Part(pairs, likelihood, everyone, design, names, chosen),)
    if kind == "continuation":
        return (_continuation(design, y, names, predictors, parallel),)
    if kind == "tobit":
        pairs = (*(("amount", term) for term in terms), ("amount", "log(s)"))
        return (Part(pairs, models.tobit(design, y), everyone, design),)
    some = np.flatnonzero(y > 0)
    whether = Part(
        tuple(("any", t) for t in terms),
        models.logit(design, np.asarray(y > 0, dtype=np.float64)),
        everyone,
        design,
        names,
    )
    amounts = tuple(("amount", term) for term in terms)
    if kind == "hurdle":
        return whether, Part(amounts, models.truncated_poisson(design[some], y[some]), some, design[some])
    if kind == "hurdle_negbin":
        many = models.truncated_negative_binomial(design[some], y[some])
        return whether, Part((*amounts, ("amount", "log(theta)")), many, some, design[some])
    much = models.truncated_normal(design[some], y[some])
    return whether, Part((*amounts, ("amount", "log(s)")), much, some, design[some])


def _continuation(
    design: Floats, y: Floats, names: tuple[str, ...], predictors: tuple[str, ...], parallel: bool
) -> Part:
    """Stack the decisions to go on, one row a respondent and stage reached (Tutz 1991)."""
    last = len(names) - 1
    rows = np.concatenate([np.flatnonzero(y >= k) for k in range(last)])
    stage = np.concatenate([np.full(int(np.sum(y >= k)), k) for k in range(last)])
    at = np.eye(last)[stage]
    slopes = design[rows][:, 1:]
    terms = [(f"beyond {name}", "(constant)") for name in names[:-1]]
    if parallel:
        x = np.column_stack([at, slopes])
        terms += [("every stage", name) for name in predictors]
    else:
        x = np.column_stack([at, *(at * column[:, None] for column in slopes.T)])
        terms += [(f"beyond {stage_name}", name) for name in predictors for stage_name in names[:-1]]
    return Part(
        tuple(terms), models.logit(np.asarray(x), (y[rows] > stage) * 1.0), rows, np.asarray(x), names
    )


def start_of(part: Part) -> Floats:
    """Zero, and for amounts what least squares gives."""
    start = np.zeros(len(part.terms))
    if part.terms[-1][1] == "log(s)":
        start[-1] = 0.5
    return start


def fit_part(part: Part, outcome: str, start: Floats) -> Maximum:
    """Fit one part; slopes that run away mean that the predictors part the answers together."""
    if part.chosen is not None:
        found = fit_part_of_copies(part, outcome, part.design[None, :, 1:], start)
        information = np.linalg.inv(found.covariances[0])
        scores = scores_of(part.design[None], part.chosen, len(part.options), found.estimates, part.weights)[
            0
        ]
        return Maximum(found.estimates[0], information, scores, float(found.loglik[0]))
    try:
        top = maximise(part.loglik, start)
    except EstimationError:
        if not part.options:
            raise
        raise _separated("the predictors together part", outcome) from None
    if part.options:
        slopes = top.estimates.reshape(-1, part.design.shape[1])
        runs = float(np.abs(slopes * part.design.std(axis=0)).max()) > SEPARATED
        if runs or top.loglik > -1e-6 * len(part.rows):
            raise _separated("the predictors together part", outcome)
    return top


def fit_part_of_copies(part: Part, outcome: str, copies: Floats, start: Floats) -> Stacked:
    """Fit a logit or multinomial part to copies of its predictors' values, shape (c, n, k)."""
    assert part.chosen is not None
    design = with_constant(copies)
    found = fit_copies(design, part.chosen, len(part.options), start, part.weights)
    slopes = found.estimates.reshape(len(copies), -1, design.shape[2])
    runs = np.abs(slopes * design.std(axis=1)[:, None]).max(axis=(1, 2)) > SEPARATED
    if np.isnan(found.estimates).any() or runs.any() or found.loglik.max() > -1e-6 * len(part.rows):
        raise _separated("the predictors together part", outcome)
    return found


def with_constant(copies: Floats) -> Floats:
    """Designs of copies of predictors' values, shape (c, n, 1 + k)."""
    return np.concatenate([np.ones((*copies.shape[:2], 1)), copies], axis=2)


def refuse_deciders(x: pd.DataFrame, y: Floats, names: Sequence[str], outcome: str) -> None:
    """Name each predictor whose values of one option and of the others do not overlap."""
    if not names:
        return
    for name in x:
        for option in np.unique(y) if len(names) < 20 and names[-1] != "more" else [0.0]:
            inside, others = x[name][y == option], x[name][y != option]
            if inside.max() < others.min() or others.max() < inside.min():
                raise _separated(f"{name} parts", outcome)


def _separated(what: str, outcome: str) -> DataError:
    return DataError(
        f"{what} the answers of {outcome!r} completely",
        cure="No slope exists: leave out what decides alone, join options, or collect more answers",
        code="separation",
    )
