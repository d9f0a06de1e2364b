"""Relative importance: dominance analysis of a data frame or of (latent) covariances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of, options_of, spelled
from coprod_measure.errors import DataError, EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.data import Moments
from coprod_measure.frames import takes_frame
from coprod_measure.structure.methods.complete_rows import complete_rows, name_collinear
from coprod_measure.structure.methods.dominance import (
    THIN,
    Dominance,
    Patterns,
    dominance_patterns,
)
from coprod_measure.structure.methods.options import Resampling, ResamplingKeywords
from coprod_measure.structure.methods.relative_weights import relative_weights
from coprod_measure.structure.methods.resampling import resampled_counts, resampled_covariances
from coprod_measure.structure.methods.subset_fits import (
    MEASURES,
    MOST_SETS,
    MULTIVARIATE,
    pseudo_r2,
    subset_logits,
    subset_r2,
)

_CELLS = 1 << 20
"""Fits of subsets and draws that are held at once."""


@dataclass(frozen=True, slots=True)
class _Roles:
    """Which column does what."""

    names: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    always: tuple[str, ...]
    outcomes: tuple[str, ...]

    @property
    def used(self) -> list[str]:
        return [*(name for one in self.sets for name in one), *self.always, *self.outcomes]

    def places(self) -> tuple[list[list[int]], list[int], list[int]]:
        used = self.used
        return (
            [[used.index(name) for name in one] for one in self.sets],
            [used.index(name) for name in self.always],
            [used.index(name) for name in self.outcomes],
        )


@dataclass(frozen=True, slots=True)
class _Sample:
    """Whom the fits rest on, and how they are measured."""

    n: int
    dropped: int
    measure: str
    options: Resampling


@spelled(ResamplingKeywords, Resampling)
@takes_frame
def dominance(
    data: pd.DataFrame | Moments,
    outcome: str | Sequence[str],
    predictors: Sequence[str],
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    always: Sequence[str] = (),
    measure: str | None = None,
    **resampling: Unpack[ResamplingKeywords],
) -> Dominance:
    """Rank predictors by what they add to the models of all subsets of the others.

    Parameters
    ----------
    data : pandas.DataFrame or Moments
        Moments have no respondents to draw from: no intervals.
    outcome : str or sequence of str
        One outcome, or several at once (R2_XY or, by ``measure="p2"``, P2_YX).
    sets : mapping, optional
        Name of a set to predictors that enter together; what is in no set enters alone.
    always : sequence of str
        Predictors that every model holds, such as controls.
    measure : str, optional
        ``"r2"``, or ``"mcfadden"``, ``"cox_snell"``, ``"nagelkerke"``, ``"estrella"`` of logit models; left
        out: ``"mcfadden"`` for an outcome of 0 and 1, else ``"r2"``.
    **resampling
        ``bootstrap`` draws of respondents (1,000; 0 for none) for percentile intervals and rank
        probabilities, ``confidence`` (0.95), ``seed`` (1).

    Raises
    ------
    DataError, EstimationError
        If a column is missing, constant or collinear, an outcome is separated, or more than 14 predictors or
        sets are given.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame(rng.normal(size=(200, 3)), columns=["cost", "fit", "play"])
    >>> people["use"] = 0.2 * people["cost"] + 0.6 * people["fit"] + rng.normal(size=200)
    >>> cm.dominance(people, "use", ["cost", "fit", "play"]).table()["predictor"].tolist()
    ['fit', 'cost', 'play']
    """
    roles = _roles(outcome, predictors, sets, always)
    options = options_of(Resampling, resampling)
    if isinstance(data, Moments):
        absent = [name for name in roles.used if name not in data.cov]
        if absent:
            raise DataError(f"the moments do not hold {', '.join(absent)}", code="unknown-column")
        S = data.cov.loc[roles.used, roles.used].to_numpy(dtype=np.float64)
        sample = _Sample(data.n, 0, one_of("measure", measure or "r2", MULTIVARIATE), options)
        return _of_covariances(roles, S, None, sample)
    rows = complete_rows(data, roles.used, len(roles.used) + 2)
    answers, n = rows.numbers, len(rows.numbers)
    chosen = _measure(measure, [rows.column(name) for name in roles.outcomes])
    predictors_used = roles.used[: -len(roles.outcomes)]
    name_collinear(answers[:, : len(predictors_used)], predictors_used)
    sample = _Sample(n, rows.dropped, chosen, options)
    counts = resampled_counts(n, options.bootstrap, options.seed)
    if chosen in MULTIVARIATE:
        return _of_covariances(roles, np.cov(answers.T), resampled_covariances(answers, counts), sample)
    places, base, targets = roles.places()
    yes = np.asarray(answers[:, targets[0]] == answers[:, targets[0]].max(), dtype=np.float64)
    x = np.delete(answers, targets, axis=1)
    found = subset_logits(x, yes, places, base)
    if found.separated.any():
        raise DataError(
            f"the predictors part the answers of {roles.outcomes[0]!r} completely: a logit has no slope",
            cure="Leave out the predictor that decides alone, or collect more answers",
            code="separation",
        )
    fits, drawn = pseudo_r2(found, chosen), None
    correlations = np.asarray(np.corrcoef(answers.T))
    if options.bootstrap:
        mixed = counts[(counts @ yes > 0) & (counts @ yes < n)]
        drawn = dominance_patterns(pseudo_r2(subset_logits(x, yes, places, base, mixed), chosen))
    return _record(roles, sample, fits, drawn, correlations, options.bootstrap)


def dominance_of_correlations(
    correlations: pd.DataFrame,
    drawn: Floats | None,
    outcome: str,
    predictors: Sequence[str],
    n: int,
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    always: Sequence[str] = (),
    confidence: float = 0.95,
) -> Dominance:
    """Rank latent predictors by a fitted model's correlations and draws of them.

    Parameters
    ----------
    correlations : pandas.DataFrame, shape (q, q)
        Correlations of the latent variables.
    drawn : ndarray, shape (draws, q, q), optional
        The same matrix with the model's parameters drawn from their sampling distribution.
    outcome, predictors, sets, always, confidence
        As in :func:`dominance`.
    n : int
        Respondents behind the matrix.

    Examples
    --------
    >>> R = pd.DataFrame([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]], list("abz"), list("abz"))
    >>> dominance_of_correlations(R, None, "z", ["a", "b"], 400).table()["general"].round(2).tolist()
    [0.36, 0.09]
    """
    roles = _roles(outcome, predictors, sets, always)
    order = [correlations.columns.get_loc(name) for name in roles.used]
    S = correlations.to_numpy(dtype=np.float64)[np.ix_(order, order)]
    chosen = None if drawn is None else drawn[:, order][:, :, order]
    return _of_covariances(roles, S, chosen, _Sample(n, 0, "r2", Resampling(0, confidence)))


def _of_covariances(roles: _Roles, S: Floats, drawn: Floats | None, sample: _Sample) -> Dominance:
    places, base, targets = roles.places()
    with np.errstate(invalid="ignore", divide="ignore"):
        fits = subset_r2(S[None], places, base, targets, sample.measure)
    drawn_patterns, draws = None, 0
    if not np.isfinite(fits).all():
        cause = f"one of {', '.join(roles.outcomes)} is a combination of others"
        raise EstimationError(cause, place="dominance", cure="Leave it out", code="collinear")
    if drawn is not None and len(drawn):
        draws, R = len(drawn), usable_correlations(drawn)
        drawn_patterns = _of_draws(R, roles, sample.measure) if len(R) > 1 else None
    scale = np.sqrt(np.diag(S))
    return _record(roles, sample, fits, drawn_patterns, S / np.outer(scale, scale), draws)


def _of_draws(R: Floats, roles: _Roles, measure: str) -> Patterns:
    """Take draws apart, so many at once that their subsets stay in little memory."""
    places, base, targets = roles.places()
    step = max(1, _CELLS >> len(places))
    parts = [
        dominance_patterns(subset_r2(R[first : first + step], places, base, targets, measure))
        for first in range(0, len(R), step)
    ]
    names = (one.name for one in fields(Patterns))
    return Patterns(*(np.concatenate([getattr(one, name) for one in parts], axis=-1) for name in names))


def usable_correlations(drawn: Floats) -> Floats:
    """Give the correlations of drawn covariances, shape (draws, q, q), of those that are covariances."""
    variances = np.einsum("bii->bi", drawn)
    usable = (variances > 0.0).all(axis=1)
    scales = np.sqrt(variances[usable])
    R = drawn[usable] / scales[:, :, None] / scales[:, None, :]
    return np.asarray(R[_definite(R)])


def _definite(R: Floats) -> np.ndarray:
    """Which matrices have no eigenvalue of 1e-8 or less; that all have none costs little to see."""
    try:
        np.linalg.cholesky(R - 1e-8 * np.eye(R.shape[1]))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.eigvalsh(R)[:, 0] > 1e-8)
    return np.ones(len(R), dtype=bool)


def _record(
    roles: _Roles, sample: _Sample, fits: Floats, drawn: Patterns | None, R: Floats, draws: int
) -> Dominance:
    none = NotAvailable("no draws were asked for" if draws == 0 else "the draws are singular")
    kept = 0 if drawn is None else drawn.general.shape[1]
    p = sum(map(len, roles.sets))
    weights: Floats | NotAvailable = NotAvailable("relative weights split R2 of one outcome without controls")
    if sample.measure == "r2" and not roles.always and len(roles.outcomes) == 1:
        single = relative_weights(R[:p, :p], R[:p, p])
        ends = np.cumsum([len(one) for one in roles.sets])
        weights = np.array([part.sum() for part in np.split(single, ends[:-1])])
    return Dominance(
        roles.outcomes, roles.names, roles.always, sample.measure, sample.n, sample.dropped,
        float(fits[0, 0]), float(fits[-1, 0]), fits[:, 0], dominance_patterns(fits),
        none if drawn is None else drawn, weights,
        draws, draws - kept,
        sample.options.seed, sample.options.confidence, sample.n < THIN * p,
    )  # fmt: skip


def _roles(
    outcome: str | Sequence[str],
    predictors: Sequence[str],
    sets: Mapping[str, Sequence[str]] | None,
    always: Sequence[str],
) -> _Roles:
    """Check who is what."""
    outcomes = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    grouped = {name: tuple(members) for name, members in (sets or {}).items()}
    inside = [name for members in grouped.values() for name in members]
    alone = {name: (name,) for name in predictors if name not in inside and name not in always}
    every = [*inside, *alone, *always, *outcomes]
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        raise DataError(
            f"{', '.join(twice)} is named in two places", cure="Name each variable once", code="twice"
        )
    together = grouped | alone
    if len(together) < 2:
        raise DataError("importance is relative: fewer than two predictors", cure="Name two", code="too-few")
    if len(together) > MOST_SETS:
        raise DataError(
            f"{len(together)} predictors have {2 ** len(together):,} subsets",
            cure=f"Name sets of predictors that belong together, at most {MOST_SETS} (sets=...)",
            code="too-many",
        )
    return _Roles(tuple(together), tuple(together.values()), tuple(always), outcomes)


def _measure(wanted: str | None, outcomes: Sequence[Floats]) -> str:
    """Choose the measure of fit that the outcome allows."""
    binary = len(outcomes) == 1 and len(np.unique(outcomes[0])) == 2
    coded = binary and set(np.unique(outcomes[0])) == {0.0, 1.0}
    if wanted is None:
        return "mcfadden" if coded else "r2"
    measure = one_of("measure", wanted, (*MEASURES, "p2"))
    if measure not in MULTIVARIATE and not binary:
        raise DataError(
            f"{measure} measures models of a yes/no outcome, and this one has other values",
            cure="Use measure='r2'",
            code="not-binary",
        )
    return measure
