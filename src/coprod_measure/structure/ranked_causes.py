"""How the causes of one outcome rank: latent, on scale means beside, by blocks and within each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import CoprodError, DataError, EstimationError, counted
from coprod_measure.structure.cause_blocks import CauseBlocks
from coprod_measure.structure.effects import draw_matrices, implied_covariances
from coprod_measure.structure.evidence import BETA, Context
from coprod_measure.structure.importance_sources import FromAnswers, FromCovariances, Sets, Source, Weighed
from coprod_measure.structure.log_covariances import on_log_scale
from coprod_measure.structure.methods.dominance import THIN, Dominance
from coprod_measure.structure.methods.ranking import Ranking
from coprod_measure.structure.methods.relative_importance import usable_correlations
from coprod_measure.structure.regression import LOG_ODDS, latent_regression, scores
from coprod_measure.structure.variables import Variable

MANY_LOST, _NEAR = 0.05, 1e-4
"""Share of draws that may be no covariances; step along a draw, for the slope of the covariances."""
MOST_DRAWS, MOST_DRAWS_OF_YES_NO = 2000, 500
FEWEST_A_PREDICTOR = 5
"""Respondents a predictor, from which weights are worth estimating."""
_SMALLEST, _OF_THE_LARGEST = 1e-8, 0.2
"""Eigenvalue of correlations that is none; weight in its vector, by the largest, from which one is named."""
_MOST_FITS = 1_000_000
"""Draws times subsets that the parts of one block may take."""
LEVELS = ("complete", "conditional", "general")
GENERAL, WEIGHT = "general_dominance", "relative_weight"


@dataclass(frozen=True, slots=True)
class Slopes:
    """Paths of all causes to one outcome in one regression.

    Attributes
    ----------
    own : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    shown : pandas.DataFrame
        ``predictor measure estimate ci_lower ci_upper pvalue``; standardised, or log odds.
    """

    names: tuple[str, ...]
    own: np.ndarray
    covariance: np.ndarray
    shown: pd.DataFrame

    def __call__(self, together: Sequence[str]) -> tuple[float, float]:
        """Give the mean slope of a set and the two-sided p value of it."""
        weight = np.zeros(len(self.names))
        weight[[self.names.index(name) for name in together]] = 1.0 / len(together)
        mean = float(weight @ self.own)
        return mean, float(2 * norm.sf(abs(mean) / np.sqrt(weight @ self.covariance @ weight)))


@dataclass(frozen=True, slots=True)
class Ranked:
    """How the causes of one outcome rank.

    Attributes
    ----------
    found : Dominance or Weighed
        Of the causes; relative weights where they are too many for all their subsets.
    closest : tuple
        The two predictors that correlate most, and their correlation.
    blocks : Dominance or None
        The blocks among each other, where there are some.
    inside : mapping
        Block, or structure of several constructs, to the dominance of its parts without all others.
    left_out : tuple of str
        Those with too many parts for that.
    on_scores : mapping
        Cause to its value on scale means; empty where that is the analysis itself, or too few answered all.
    lost : float
        As of :attr:`.importance_sources.Source.lost`.
    """

    found: Dominance | Weighed
    slopes: Slopes
    respondents: str
    closest: tuple[str, str, float]
    blocks: Dominance | None = None
    inside: Mapping[str, Dominance] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    on_scores: Mapping[str, float] = field(default_factory=dict)
    lost: float = 0.0

    @property
    def measure(self) -> str:
        """What the causes are ranked by."""
        return GENERAL if isinstance(self.found, Dominance) else WEIGHT

    @property
    def ranking(self) -> Ranking:
        """Of the causes."""
        return self.found.ranking

    @property
    def thin(self) -> bool:
        """Fewer than ten respondents a predictor."""
        return self.found.n < THIN * len(self.slopes.names)

    @property
    def draws(self) -> int:
        """Draws that could be used."""
        return self.found.draws - self.found.failed

    def table(self) -> pd.DataFrame:
        """One row a cause: columns of ``Dominance.table``, of which relative weights know some, and more."""
        if isinstance(self.found, Dominance):
            table = self.found.table()
        else:
            ranking, order = self.ranking, self.ranking.order()
            lower, upper = ranking.interval()
            columns = {
                "general": np.nan, "share": ranking.explained / self.found.total, "rank": ranking.ranks(),
                "ci_lower": lower, "ci_upper": upper, "p_first": ranking.probabilities().to_numpy()[0],
                "expected_rank": ranking.expected(), "alone": np.nan, "last": np.nan,
                "relative_weight": ranking.explained,
            }  # fmt: skip
            table = pd.DataFrame({"predictor": ranking.names, **columns}).iloc[order].reset_index(drop=True)
        return table.assign(
            n=self.found.n, measure=self.found.measure, total=self.found.total, draws=self.draws,
            ranked_by=self.measure, on_scores=table["predictor"].map(self.on_scores),
        )  # fmt: skip


def ranked(
    target: Variable,
    predictors: Sequence[Variable],
    sets: Sets,
    grouped: CauseBlocks | None,
    context: Context,
) -> Ranked:
    """Rank the causes of one outcome.

    Parameters
    ----------
    sets : mapping
        Name of a cause to the variables that measure it, which enter together.
    grouped : CauseBlocks or None
        Causes that are ranked as blocks first.
    """
    load = _of_a_decision if target.binary else _latent
    source, slopes, respondents = load(target, predictors, sets, context)
    correlations = source.correlations([name for own in sets.values() for name in own])
    _name_combinations(correlations)
    found = source.weights(sets) if len(sets) > source.most else source.dominance(sets, MOST_DRAWS)
    closest = _closest(correlations)
    if context.verdicts_only:
        return Ranked(found, slopes, respondents, closest, lost=source.lost)
    together = grouped.blocks if grouped else {}
    of_blocks = {name: tuple(v for one in ids for v in sets[one]) for name, ids in together.items()}
    blocks = source.dominance(of_blocks, MOST_DRAWS) if of_blocks else None
    parts: dict[str, Sets] = {name: {one: sets[one] for one in ids} for name, ids in together.items()}
    parts.update({name: _parts_of(name, own, context) for name, own in sets.items()})
    inside, left_out = {}, []
    for name, of in parts.items():
        if len(of) > source.most:
            left_out.append(name)
        elif len(of) > 1:
            inside[name] = source.dominance(of, max(_MOST_FITS >> len(of), 50))
    on_scores = {} if target.binary else _on_scores(target, predictors, sets, context)
    return Ranked(
        found, slopes, respondents, closest, blocks, inside, tuple(left_out), on_scores, source.lost
    )


Loaded = tuple[Source, Slopes, str]


def _name_combinations(correlations: pd.DataFrame) -> None:
    """Refuse predictors of which one follows from others, by name."""
    without = correlations.columns[~(np.isfinite(np.diag(correlations)))]
    if len(without):
        cause = f"{', '.join(without)} has no variance in the model"
        raise EstimationError(cause, cure="Leave it out", code="no-variance")
    values, vectors = np.linalg.eigh(correlations.to_numpy())
    if values[0] > _SMALLEST:
        return
    weights = np.abs(vectors[:, 0])
    involved = correlations.columns[weights > _OF_THE_LARGEST * weights.max()]
    raise EstimationError(
        f"{', '.join(involved)} cannot be told apart: one is a combination of the others",
        cure="Leave one of them out, or join them",
        code="collinear",
    )


def _closest(correlations: pd.DataFrame) -> tuple[str, str, float]:
    R = correlations.to_numpy() - np.eye(len(correlations))
    i, j = np.unravel_index(np.abs(R).argmax(), R.shape)
    return str(correlations.columns[i]), str(correlations.columns[j]), float(R[i, j])


def _latent(target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context) -> Loaded:
    estimates, respondents, n = latent_regression(target, predictors, context)
    _refuse_few(n, predictors)
    beta, psi = draw_matrices(estimates, min(context.draws.number, MOST_DRAWS), context.draws.seed)
    sigma = implied_covariances(beta, psi)
    y, inside = estimates.names.index(target.id), [name for own in sets.values() for name in own]
    names = [name for name in estimates.names if name != target.id]
    at = [estimates.names.index(name) for name in names]
    variances = np.einsum("bii->bi", sigma)
    with np.errstate(invalid="ignore"):
        std = beta[:, y, at] * np.sqrt(variances[:, at] / variances[:, [y]])
    free = estimates.beta_parameter[y, at]
    own, covariance = estimates.beta[y, at], estimates.covariance[np.ix_(free, free)]
    lower, upper = np.nanpercentile(std[1:], [2.5, 97.5], axis=0)
    shown = _paths(names, BETA, std[0], (lower, upper), own / np.sqrt(np.diag(covariance)))
    frame = pd.DataFrame(sigma[0], list(estimates.names), list(estimates.names))
    held = tuple(name for name in names if name not in inside)
    drawn, lost = draws_of_covariances(beta, psi, sigma)
    source = FromCovariances(frame, drawn, target.id, held, n, lost)
    return source, Slopes(tuple(names), own, covariance, shown), respondents


def draws_of_covariances(beta: np.ndarray, psi: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, float]:
    """Give the draws; where many are no covariances on the scale of the logarithm, and their share.

    With planned gaps errors of covariances can be as large as what tells many causes apart.
    """
    lost = 1.0 - len(usable_correlations(sigma[1:])) / max(len(sigma) - 1, 1)
    if lost <= MANY_LOST or not len(usable_correlations(sigma[:1])):
        return sigma[1:], 0.0
    near = [one[:1] + _NEAR * (one[1:] - one[:1]) for one in (beta, psi)]
    return on_log_scale(sigma[0], (implied_covariances(*near) - sigma[0]) / _NEAR), lost


def _refuse_few(n: int, predictors: Sequence[Variable]) -> None:
    least = FEWEST_A_PREDICTOR * len(predictors)
    if n < least:
        raise DataError(
            f"{counted(n, 'respondent is', 'respondents are')} "
            f"too few for {counted(len(predictors), 'predictor')}",
            cure=f"Collect {least} or more, or leave some of them out",
        )


def _of_a_decision(target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context) -> Loaded:
    from coprod_measure.structure.methods.choice import choice

    context = replace(context, clean=context.clean.without("weight", "cluster").one_row_a_person()[0])
    seen = scores([*(one.id for one in predictors), target.id], context)
    yes = seen.frame[target.id]
    frame = seen.frame.assign(**{target.id: (yes == yes.max()).astype(float).where(yes.notna())})
    frame, held = context.held(target.id, frame, (*predictors, target))
    names = [*(name for own in sets.values() for name in own), *held]
    _refuse_few(len(frame[[*names, target.id]].dropna()), predictors)
    draws = min(context.draws.number, MOST_DRAWS_OF_YES_NO)
    source = FromAnswers(frame, target.id, held, draws, context.draws.seed)
    found = choice(frame, target.id, names)
    own, covariance = found.maxima[0].estimates[1:], found.covariances[0][1:, 1:]
    se = np.sqrt(np.diag(covariance))
    ends = (own - norm.isf(0.025) * se, own + norm.isf(0.025) * se)
    shown = _paths(names, LOG_ODDS, own, ends, own / se)
    return source, Slopes(tuple(names), own, covariance, shown), seen.respondents


def _paths(
    names: Sequence[str],
    measure: str,
    estimates: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    z: np.ndarray,
) -> pd.DataFrame:
    columns = {"estimate": estimates, "ci_lower": ends[0], "ci_upper": ends[1], "pvalue": 2 * norm.sf(abs(z))}
    return pd.DataFrame({"predictor": list(names), "measure": measure, **columns})


def _on_scores(
    target: Variable, predictors: Sequence[Variable], sets: Sets, context: Context
) -> dict[str, float]:
    """Rank on the scale means of those who have all of them, as a second opinion."""
    seen = scores([*(one.id for one in predictors), target.id], context)
    frame, held = context.held(target.id, seen.frame, (*predictors, target))
    names = [name for own in sets.values() for name in own]
    rows = frame[[*names, *held, target.id]].dropna()
    if len(rows) < FEWEST_A_PREDICTOR * len(names):
        return {}
    covariances = rows.cov()
    source = FromCovariances(covariances, covariances.to_numpy()[None][:0], target.id, held, len(rows))
    try:
        found = source.weights(sets) if len(sets) > source.most else source.dominance(sets, 0)
    except CoprodError:
        return {}
    return {str(name): float(v) for name, v in zip(found.ranking.names, found.ranking.explained, strict=True)}


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
    >>> from coprod_measure.structure.methods.relative_importance import dominance_of_correlations
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
