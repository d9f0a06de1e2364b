"""Values that count the more, the more important they are: facets, their weights, and their products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t

from coprod_measure.errors import DataError, counted
from coprod_measure.structure.estimate import respondents_of
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.interactions import SLOPE_COLUMNS, Interaction
from coprod_measure.structure.methods.complete_rows import name_collinear
from coprod_measure.structure.methods.least_squares import hc3
from coprod_measure.structure.path_models import joined
from coprod_measure.structure.variables import Variable, score_frame

WEIGHTING = "weighting"
POINTS = 10.0
"""Points of importance that the effect is told for."""


def weighted_values(
    names: tuple[str, str], target: Variable, weighed: Mapping[str, Sequence[str]], context: Context
) -> Interaction:
    r"""Test whether a facet's value counts more for those to whom the facet is more important.

    Parameters
    ----------
    names : (str, str)
        Source and moderator of the claim.
    target : Variable
    weighed : mapping
        Weight to the values that it weighs (:func:`.variables.weighed_by`).

    Raises
    ------
    DataError
        If too few answered all of it, or something does not vary.

    Notes
    -----
    :math:`y = b_0 + \sum_j b_j v_j + \sum_j c_j w_j + b \sum_j (w_j - \bar w_j)(v_j - \bar v_j)`, one slope
    ``b`` for all products, HC3 errors: weighted scores alone would mix the products with what values and
    weights do by themselves (Evans 1991, American Psychologist 46, 6-15; for
    importance and satisfaction Wu and Yao 2006, Social Indicators Research 79, 485-502). Where the weights
    share out a fixed total, the last one follows from the others.
    """
    gate, frame, held = _answers(target, weighed, context)
    if len(frame) < (fewest := 30 + 4 * len(weighed)):
        raise DataError(
            f"{counted(len(frame), 'respondent')} answered all of it", cure=f"Collect {fewest} or more"
        )
    y = frame["y"].to_numpy(dtype=float)
    v, w = (frame[[f"{one}{k}" for k in range(len(weighed))]].to_numpy(dtype=float) for one in "vw")
    products = (w - w.mean(axis=0)) * (v - v.mean(axis=0)) / POINTS
    alone = np.column_stack([v, w[:, :-1] if np.ptp(w.sum(axis=1)) < 1e-9 else w])
    kept = _columns(weighed)[: alone.shape[1]]
    alone = np.column_stack([alone, frame[[*held]]])
    columns = np.column_stack([alone, products.sum(axis=1)])
    for column, name in zip(frame, [target.id, *_columns(weighed), *held], strict=True):
        if frame[column].nunique() < 2:
            raise DataError(f"{name} does not vary")
    name_collinear(columns, [*kept, *held, "the weighted sum"])
    one = np.ones((len(y), 1))
    b, V, rest = hc3(np.hstack([one, columns]), y)
    df = float(len(y) - len(b))
    spread = float(w.std(axis=0, ddof=1).mean()) / POINTS
    estimate, se = float(b[-1]), float(np.sqrt(V[-1, -1]))
    half = float(t.ppf(0.975, df))
    told = _against_unweighted(np.hstack([one, alone]), products, y, float(rest @ rest))
    return Interaction(
        source=names[0], moderator=names[1], target=target.id, measure=WEIGHTING, model="facets",
        respondents=gate or "all", n=len(y), estimate=estimate, se=se, ci_lower=estimate - half * se,
        ci_upper=estimate + half * se, pvalue=float(2.0 * t.sf(abs(estimate) / se, df)), std=nan,
        reasons=(Reason("weighted_values", {"of": len(weighed), "moderator": names[1], **told}),),
        slopes=_slopes((*names, target.id), b, V, len(weighed), spread, df),
    )  # fmt: skip


def _answers(
    target: Variable, weighed: Mapping[str, Sequence[str]], context: Context
) -> tuple[str, pd.DataFrame, tuple[str, ...]]:
    """Give outcome ``y``, values ``v0 ...``, weights ``w0 ...`` and what is held, of complete rows."""
    names = [*weighed, *(name for values in weighed.values() for name in values)]
    gates = {context.clean.instrument.items[name].show_if for name in names}
    gate = joined([target.gate, *sorted(gates)])
    people = respondents_of(gate, context.clean)
    parts = [Variable("y", target.items, latent=False)]
    parts += [Variable(f"v{k}", tuple(values), latent=False) for k, values in enumerate(weighed.values())]
    parts += [Variable(f"w{k}", (weight,), latent=False) for k, weight in enumerate(weighed)]
    frame, held = context.held(target.id, score_frame(parts, people), parts)
    return gate, frame.dropna(), held


def _columns(weighed: Mapping[str, Sequence[str]]) -> list[str]:
    return [*(f"the value that {weight} weighs" for weight in weighed), *weighed]


def _against_unweighted(
    alone: np.ndarray, products: np.ndarray, y: np.ndarray, left: float
) -> dict[str, float]:
    """Compare with the model without weights in it, and with one that gives each product its own slope."""
    total = float(((y - y.mean()) ** 2).sum())
    *_, plain = hc3(alone, y)
    b, V, _ = hc3(np.hstack([alone, products]), y)
    k = products.shape[1]
    contrasts = np.zeros((k - 1, len(b)))
    contrasts[:, -k], contrasts[:, len(b) - k + 1 :] = -1.0, np.eye(k - 1)
    gap = contrasts @ b
    wald = float(gap @ np.linalg.solve(contrasts @ V @ contrasts.T, gap)) / max(k - 1, 1) if k > 1 else 0.0
    differ = float(f_distribution.sf(wald, k - 1, len(y) - len(b))) if k > 1 else 1.0
    return {
        "r2": 1.0 - float(plain @ plain) / total,
        "more": (float(plain @ plain) - left) / total,
        "p": differ,
    }


def _slopes(
    names: tuple[str, str, str], b: np.ndarray, V: np.ndarray, facets: int, spread: float, df: float
) -> pd.DataFrame:
    """Mean effect of a facet's value where the facet is less, as, and more important than on average."""
    rows = []
    for at in (-1.0, 0.0, 1.0):
        weight = np.zeros(len(b))
        weight[1 : 1 + facets], weight[-1] = 1.0 / facets, at * spread
        slope, se = float(weight @ b), float(np.sqrt(weight @ V @ weight))
        half = float(t.ppf(0.975, df)) * se
        rows.append(
            (
                *names,
                "",
                "",
                at,
                True,
                slope,
                se,
                float(2 * t.sf(abs(slope) / se, df)),
                slope - half,
                slope + half,
            )
        )
    return pd.DataFrame(rows, columns=list(SLOPE_COLUMNS))
