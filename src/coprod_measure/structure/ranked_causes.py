"""Dominance of the causes of one outcome: latent, on scale means beside, and within each structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.structure.effects import StructuralEstimates, draw_matrices, implied_covariances
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.methods.dominance import Dominance
from coprod_measure.structure.methods.relative_importance import dominance, dominance_of_correlations
from coprod_measure.structure.methods.subset_fits import MOST_SETS
from coprod_measure.structure.regression import latent_regression, scores
from coprod_measure.structure.variables import Variable

MOST_DRAWS = 2000
FEWEST_A_PREDICTOR = 5
"""Respondents a predictor, from which weights are worth estimating."""
_MOST_FITS = 1_000_000
"""Draws times subsets that the parts of one structure may take."""
LEVELS = ("complete", "conditional", "general")

Sets = Mapping[str, Sequence[str]]


class Slopes:
    """The mean slope of some predictors, and its p value."""

    def __init__(self, names: Sequence[str], slopes: np.ndarray, covariance: np.ndarray) -> None:
        self._names, self._slopes, self._covariance = list(names), slopes, covariance

    def __call__(self, own: Sequence[str]) -> tuple[float, float]:
        """Give the mean slope of a set and the two-sided p value of it."""
        weight = np.zeros(len(self._names))
        weight[[self._names.index(name) for name in own]] = 1.0 / len(own)
        mean = float(weight @ self._slopes)
        return mean, float(2 * norm.sf(abs(mean) / np.sqrt(weight @ self._covariance @ weight)))


@dataclass(frozen=True, slots=True)
class Ranked:
    """How the causes of one outcome rank.

    Attributes
    ----------
    on_scores : mapping
        Cause to its general dominance on scale means; empty where that is the analysis itself, or too few
        answered all of it.
    facets : tuple of pandas.DataFrame
        One a structure of several constructs: its parts ranked without the other structures, ``block`` its
        name; columns of ``Dominance.table``.
    left_out : tuple of str
        Structures with too many parts for that.
    """

    found: Dominance
    slopes: Slopes
    respondents: str
    on_scores: Mapping[str, float] = field(default_factory=dict)
    facets: tuple[pd.DataFrame, ...] = ()
    left_out: tuple[str, ...] = ()


def ranked(target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context) -> Ranked:
    """Rank the causes of one outcome.

    Parameters
    ----------
    sets : mapping
        Name of a cause to the variables that measure it, which enter together.
    """
    if target.binary:
        return _of_a_decision(target, predictors, sets, context)
    estimates, respondents, n = latent_regression(target, predictors, context)
    if n < FEWEST_A_PREDICTOR * len(predictors):
        raise DataError(
            f"{counted(n, 'respondent is', 'respondents are')} "
            f"too few for {counted(len(predictors), 'predictor')}",
            cure=f"Collect {FEWEST_A_PREDICTOR * len(predictors)} or more, or group the predictors",
        )
    draws = min(context.draws.number, MOST_DRAWS)
    sigma = implied_covariances(*draw_matrices(estimates, draws, context.draws.seed))
    frame = pd.DataFrame(sigma[0], list(estimates.names), list(estimates.names))
    names = [name for own in sets.values() for name in own]
    held = tuple(name for name in estimates.names if name not in (*names, target.id))
    found = dominance_of_correlations(frame, sigma[1:], target.id, names, n, sets=sets, always=held)
    slopes = _latent_slopes(estimates, target.id)
    if context.verdicts_only:
        return Ranked(found, slopes, respondents)
    facets, left_out = [], []
    for block, own in sets.items():
        parts = _parts_of(block, own, context)
        if len(parts) > MOST_SETS:
            left_out.append(block)
        elif len(parts) > 1:
            drawn = sigma[1 : 1 + max(_MOST_FITS >> len(parts), 50)]
            inside = dominance_of_correlations(frame, drawn, target.id, own, n, sets=parts, always=held)
            facets.append(inside.table().assign(block=block, block_total=inside.total - inside.base))
    on_scores = _on_scores(target, predictors, sets, context)
    return Ranked(found, slopes, respondents, on_scores, tuple(facets), tuple(left_out))


def _of_a_decision(target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context) -> Ranked:
    context = replace(context, clean=context.clean.without("weight", "cluster").one_row_a_person()[0])
    seen = scores([*(one.id for one in predictors), target.id], context)
    yes = seen.frame[target.id]
    frame = seen.frame.assign(**{target.id: (yes == yes.max()).astype(float).where(yes.notna())})
    names = [name for own in sets.values() for name in own]
    frame, held = context.held(target.id, frame, (*predictors, target))
    found = dominance(
        frame, target.id, names, sets=sets, always=held, bootstrap=min(context.draws.number, 500),
        seed=context.draws.seed,
    )  # fmt: skip
    return Ranked(found, _observed_slopes(frame, target.id, [*names, *held]), seen.respondents)


def _on_scores(
    target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context
) -> dict[str, float]:
    """Give general dominance on the scale means of those who have all of them, as a second opinion."""
    seen = scores([*(one.id for one in predictors), target.id], context)
    frame, held = context.held(target.id, seen.frame, (*predictors, target))
    names = [name for own in sets.values() for name in own]
    if len(frame[[*names, *held, target.id]].dropna()) < FEWEST_A_PREDICTOR * len(names):
        return {}
    try:
        found = dominance(frame, target.id, names, sets=sets, always=held, bootstrap=0)
    except CoprodError:
        return {}
    table = found.table()
    return {str(name): float(value) for name, value in zip(table["predictor"], table["general"], strict=True)}


def _parts_of(block: str, own: Sequence[str], context: Context) -> dict[str, tuple[str, ...]]:
    """Name what stands directly below a structure, with the constructs of each part that were asked."""
    if block not in context.theory.higher_order:
        return {name: (name,) for name in own}
    parts: dict[str, tuple[str, ...]] = {}
    free = list(own)
    for facet in context.theory.higher_order[block].facets:
        below = context.theory.first_order(facet.removeprefix("-"))
        if found := tuple(name for name in free if name in below):
            parts[facet.removeprefix("-")] = found
            free = [name for name in free if name not in found]
    return parts | {name: (name,) for name in free}


def patterns_table(found: Dominance) -> pd.DataFrame:
    """Who dominates whom, the most important first.

    Returns
    -------
    pandas.DataFrame
        ``predictor rank complete conditional general contributions``: for each kind of dominance the ranks of
        the causes that it has over and by no stronger kind; ``contributions``: its mean gain beside 0, 1, ...
        others.

    Examples
    --------
    >>> R = pd.DataFrame([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]], list("abz"), list("abz"))
    >>> patterns_table(dominance_of_correlations(R, None, "z", ["a", "b"], 400))["complete"].tolist()
    [(2,), ()]
    """
    table, levels = found.table(), found.levels()
    order = table["predictor"].tolist()
    place = {name: k for k, name in enumerate(order, start=1)}
    rows = []
    for name in order:
        told: set[str] = set()
        row: dict[str, object] = {"predictor": name, "rank": place[name]}
        for kind in LEVELS:
            over = found.matrix(kind).loc[name]
            new = [other for other in order if other != name and over[other] == 1.0 and other not in told]
            row[kind] = tuple(place[other] for other in new)
            told |= set(new)
        rows.append(row | {"contributions": tuple(levels[name].tolist())})
    return pd.DataFrame(rows)


def _latent_slopes(estimates: StructuralEstimates, target: str) -> Slopes:
    y = estimates.names.index(target)
    names = [name for name in estimates.names if name != target]
    at = [estimates.names.index(name) for name in names]
    free = estimates.beta_parameter[y, at]
    return Slopes(names, estimates.beta[y, at], estimates.covariance[np.ix_(free, free)])


def _observed_slopes(frame: pd.DataFrame, target: str, names: Sequence[str]) -> Slopes:
    from coprod_measure.structure.methods.choice import choice

    found = choice(frame, target, names)
    return Slopes(names, found.maxima[0].estimates[1:], found.covariances[0][1:, 1:])
