"""How far people go in a sequence of stages: sequential (continuation-ratio) logit."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.binary_regression import (
    BinaryRegression,
    ChiSquareTest,
    binary_regression,
    likelihood_ratio,
)


@dataclass(frozen=True, slots=True, repr=False)
class SequentialLogit(Shown):
    """Odds of going on from each stage.

    Attributes
    ----------
    stages : tuple
        In order.
    reached : pandas.DataFrame
        ``stage n went_on share``: of those who reached it.
    same : BinaryRegression
        Effects equal at all stages.
    by_stage : BinaryRegression
        Every effect by stage (``"net at 1"``).
    tests : mapping of str to ChiSquareTest
        Predictor to the test that its effect is the same at all stages.
    """

    stages: tuple[Hashable, ...]
    reached: pd.DataFrame
    same: BinaryRegression
    by_stage: BinaryRegression
    tests: dict[str, ChiSquareTest]

    def table(self) -> pd.DataFrame:
        """One row a coefficient of both models: ``model name est se z pvalue ci_lower ci_upper ratio``."""
        parts = [
            fit.table().assign(model=model)
            for model, fit in (("same", self.same), ("by_stage", self.by_stage))
        ]
        found = pd.concat(parts, ignore_index=True)
        return found[["model", *found.columns[:-1]]]


@takes_frame
def sequential_logit(
    data: pd.DataFrame, stage: str, predictors: Sequence[str], *, stages: Sequence[Hashable] | None = None
) -> SequentialLogit:
    """Model P(beyond a stage | reached it) by stacked logistic regressions.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person.
    stage : str
        The last stage reached.
    predictors : sequence of str
        Numeric columns.
    stages : sequence, optional
        All stages in order; by default the values found, sorted.

    Notes
    -----
    Tutz, G. (1991). Sequential models in categorical regression. *Computational Statistics & Data Analysis*,
    11, 275-295. A person's binary records are independent given the predictors, so plain errors are right.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=500)
    >>> stage = 1 + (rng.random(500) < 1 / (1 + np.exp(-x)))
    >>> stage = np.where((stage == 2) & (rng.random(500) < 0.5), 3, stage)
    >>> found = sequential_logit(pd.DataFrame({"x": x, "stage": stage}), "stage", ["x"])
    >>> found.reached["share"].round(1).tolist(), bool(found.tests["x"].pvalue < 0.05)
    ([0.5, 0.4], True)
    """
    rows = complete(data, [stage, *predictors], predictors)
    order = tuple(stages) if stages is not None else tuple(sorted(rows[stage].unique()))
    unknown = sorted(set(map(str, rows[stage].unique())) - set(map(str, order)))
    if unknown or len(order) < 3:
        cause = f"holds {', '.join(unknown)}, not among the stages" if unknown else f"has {len(order)} stages"
        raise DataError(cause, place=f"column {stage}", cure="Name three stages or more, in order")
    reached = rows[stage].map({value: k for k, value in enumerate(order)}).to_numpy(int)
    person, at = [], []
    for k in range(len(order) - 1):
        here = np.flatnonzero(reached >= k)
        person.append(here)
        at.append(np.full(len(here), k))
    who, where = np.concatenate(person), np.concatenate(at)
    y = reached[who] > where
    counts = pd.DataFrame({"stage": [order[k] for k in where], "y": y}).groupby("stage", sort=False)["y"]
    summary = counts.agg(n="size", went_on="sum", share="mean").reset_index()
    stuck = summary[summary["share"].isin([0.0, 1.0])]
    if len(stuck):
        shown = ", ".join(map(str, stuck["stage"]))
        raise DataError(
            f"at {shown} everybody went on or nobody did", place=f"column {stage}", cure="Join stages"
        )
    D, Z = np.eye(len(order) - 1)[where], rows[list(predictors)].to_numpy(float)[who]
    labels = tuple(f"beyond {value}" for value in order[:-1])
    same = binary_regression(y, np.column_stack([D, Z]), (*labels, *predictors), place="sequential logit")
    tests, all_names, all_columns = {}, [*labels], [D]
    for k, name in enumerate(predictors):
        own, names = D * Z[:, [k]], [f"{name} at {value}" for value in order[:-1]]
        others = [j for j in range(len(predictors)) if j != k]
        freed = binary_regression(
            y,
            np.column_stack([D, Z[:, others], own]),
            (*labels, *(predictors[j] for j in others), *names),
            place="sequential logit",
        )
        tests[name] = likelihood_ratio(same.loglik, freed.loglik, len(order) - 2)
        all_names += names
        all_columns.append(own)
    by_stage = binary_regression(y, np.column_stack(all_columns), tuple(all_names), place="sequential logit")
    return SequentialLogit(order, summary, same, by_stage, tests)
