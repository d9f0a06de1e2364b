"""Composites: items that make a construct up, judged by overlap and weight, never by internal consistency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.arguments import whole_number
from coprod_measure.errors import DataError, counted
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.method.bias import variance_inflation
from coprod_measure.measurement.sampling import Data, Sampling, people, weighted_correlations
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]

COMPOSITE_COLUMNS = ("construct", "item", "n", "vif", "above_3_3", "weight", "ci_lower", "ci_upper")
REDUNDANCY_COLUMNS = ("construct", "criterion", "r_squared", "correlation")
VIF_LIMIT = 3.3
"""Variance inflation from which items of a composite say the same (Diamantopoulos and Siguaw 2006)."""


@dataclass(frozen=True, slots=True, repr=False)
class Composites(Shown):
    """Items of every composite.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item (:data:`COMPOSITE_COLUMNS`): variance inflation among the items of the composite, and,
        where a criterion was named, standardised weight with a percentile bootstrap interval.
    redundancy : pandas.DataFrame
        One row a composite with a criterion (:data:`REDUNDANCY_COLUMNS`): share of the criterion that the
        items explain, and its correlation with their best composite (redundancy analysis, Chin 1998).
    unavailable : pandas.DataFrame
        ``construct reason``.
    """

    items: pd.DataFrame
    redundancy: pd.DataFrame
    unavailable: pd.DataFrame
    draws: int
    seed: int
    confidence: float

    def table(self) -> pd.DataFrame:
        """One row an item; columns :data:`COMPOSITE_COLUMNS`."""
        return self.items.copy()


def composites(
    data: Data,
    constructs: Constructs | None = None,
    *,
    criteria: Mapping[str, str] | None = None,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 1,
) -> Composites:
    """Judge composites on complete answers to their items.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person. Weights enter all correlations; draws are of whole clusters where there are such.
    constructs : mapping, optional
        Composite to items; left out: the instrument's composites.
    criteria : mapping, optional
        Composite to the item that asks for the whole of it, to weigh its items by.
    bootstrap, confidence, seed
        Of the intervals of the weights.

    Raises
    ------
    DataError
        If a criterion is not in the data.
    """
    whole_number("bootstrap", bootstrap, 0)
    data, sampling = people(data)
    frame = data.frame if isinstance(data, Responses) else data
    wanted = dict(criteria or {})
    absent = [item for item in wanted.values() if item not in frame]
    if absent:
        raise DataError(
            f"the data have no column for {', '.join(absent)}", cure="Name a criterion that was asked"
        )
    rows: list[dict[str, object]] = []
    redundancy: list[tuple[object, ...]] = []
    unavailable: list[tuple[str, str]] = []
    for one in item_sets(data, constructs):
        if constructs is None and one.measurement != "composite":
            continue
        criterion = wanted.get(one.construct)
        answers = one.frame if criterion is None else one.frame.assign(**{"": frame[criterion]})
        kept = answers.notna().all(axis=1)
        answers, drawn = answers[kept], sampling.of(kept.to_numpy())
        reason = _why_not(one, answers)
        if reason:
            unavailable.append((one.construct, reason))
            continue
        found = _overlap(one, answers, drawn)
        if criterion is not None:
            x, y = answers[list(one.items)].to_numpy(), answers[""].to_numpy()
            weights, explained = standardized_weights(x, y, drawn.weights)
            lower, upper = _interval(x, y, drawn, bootstrap, confidence, seed)
            for k, row in enumerate(found):
                row |= {"weight": weights[k], "ci_lower": lower[k], "ci_upper": upper[k]}
            redundancy.append((one.construct, criterion, explained, float(np.sqrt(explained))))
        rows += found
    return Composites(
        pd.DataFrame(rows, columns=list(COMPOSITE_COLUMNS)),
        pd.DataFrame(redundancy, columns=list(REDUNDANCY_COLUMNS)),
        pd.DataFrame(unavailable, columns=["construct", "reason"]),
        bootstrap,
        seed,
        confidence,
    )


def standardized_weights(x: Array, y: Array, weights: Array | None = None) -> tuple[Array, float]:
    """Regression weights of standardised items on a standardised criterion, and the explained share.

    Parameters
    ----------
    x : ndarray, shape (n, p)
    y : ndarray, shape (n,)
    weights : ndarray, shape (n,), optional
        Sampling weights.
    """
    R = weighted_correlations(np.column_stack([x, y]), weights)
    found = np.linalg.solve(R[:-1, :-1], R[:-1, -1])
    return np.asarray(found, dtype=np.float64), float(found @ R[:-1, -1])


def _overlap(one: ItemSet, answers: pd.DataFrame, drawn: Sampling) -> list[dict[str, object]]:
    R = weighted_correlations(answers[list(one.items)].to_numpy(dtype=float), drawn.weights)
    vif = variance_inflation(R)
    return [
        {
            "construct": one.construct,
            "item": item,
            "n": len(answers),
            "vif": float(inflation),
            "above_3_3": bool(inflation > VIF_LIMIT),
        }
        for item, inflation in zip(one.items, vif, strict=True)
    ]


def _interval(
    x: Array, y: Array, drawn: Sampling, draws: int, confidence: float, seed: int
) -> tuple[Array, Array]:
    kept = [
        standardized_weights(x[rows], y[rows], drawn.of(rows).weights)[0]
        for rows in drawn.draws(len(y), draws, seed)
        if np.all(x[rows].std(axis=0) > 0) and y[rows].std() > 0
    ]
    if len(kept) < 2:
        return np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    tail = 50.0 * (1.0 - confidence)
    lower, upper = np.percentile(kept, [tail, 100.0 - tail], axis=0)
    return lower, upper


def _why_not(one: ItemSet, answers: pd.DataFrame) -> str:
    if len(answers) <= len(one.items) + 1:
        return f"only {counted(len(answers), 'respondent')} answered all of it"
    constant = [item for item in one.items if not answers[item].std() > 0]
    if constant:
        return f"{', '.join(constant)} did not vary: everybody gave the same answer"
    R = np.atleast_2d(np.corrcoef(answers[list(one.items)].to_numpy().T))
    if float(np.linalg.eigvalsh(R)[0]) < 1e-10:
        return "an item is the sum or the copy of others"
    return ""


def examine(x: Examination) -> Composites:
    """Compute the part ``composites``."""
    asked = {one.construct: one.items for one in x.sets if one.measurement == "composite"}
    criteria = {name: item for name, item in x.options.criteria.items() if name in asked}
    return composites(x.clean, asked, criteria=criteria)
