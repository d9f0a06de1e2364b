"""Which of several causes weighs most: dominance analysis on latent correlations, or of a yes/no answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, counted
from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.effects import StructuralEstimates, draw_matrices, implied_covariances
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindResult,
    Reason,
    as_claimed,
    by_weakest,
)
from coprod_measure.structure.methods.dominance import Dominance
from coprod_measure.structure.methods.relative_importance import dominance, dominance_of_correlations
from coprod_measure.structure.methods.subset_fits import MOST_SETS
from coprod_measure.structure.regression import SIGNS, latent_regression, one_by_one, scores, variables_of
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

GENERAL, FIRST = "general_dominance", "p_first"
MOST_DRAWS = 2000
FEWEST_A_PREDICTOR = 5
"""Respondents a predictor, from which weights are worth estimating."""
WORDS = {
    "one_predictor": "importance is relative, and only one of its causes was asked",
    "too_many_sets": "it names {found} causes, whose subsets are too many: group them under structures",
    "dominance_failed": "its dominance analysis could not be done: {error}",
    "ranks_first": "{first} ranks first of {of} for {target} in {share} of the draws",
    "outranked": "{other} explains more of {target} than {first} in {share} of the draws",
    "yes_no_plain": "of the yes/no outcome {target} one row a person, without weights and clusters",
    "thin_importance": "{n:respondent} for {of:predictor}: the order is unsafe",
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side is missing, or why there is nothing to rank."""
    sets = _sets(hypothesis, context)
    targets = variables_of(hypothesis.targets, context)
    if not targets or not sets:
        return Reason(
            "not_measured", {"constructs": scope_of(hypothesis, context.theory, context.clean).dark}
        )
    if len(sets) < 2:
        return Reason("one_predictor")
    return Reason("too_many_sets", {"found": len(sets)}) if len(sets) > MOST_SETS else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Rank the causes of each target."""
    return one_by_one(hypotheses, context, _evidence, "Relative importance", "dominance_failed")


def _sets(hypothesis: Hypothesis, context: Context) -> dict[str, tuple[str, ...]]:
    """Name what is measured of each source: a structure enters as the set of its constructs."""
    taken: set[str] = set()
    sets = {}
    for source in hypothesis.sources:
        own = tuple(one.id for one in variables_of((source,), context) if one.id not in taken)
        taken |= set(own)
        if own:
            sets[source] = own
    return sets


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    sets = _sets(hypothesis, context)
    predictors = variables_of(hypothesis.sources, context)
    findings, reasons, tables = [], [], []
    best: list[float] = []
    asks_first = "first_rank" in hypothesis.tested_by or hypothesis.sign == "unsigned"
    targets = variables_of(hypothesis.targets, context)
    rivals = len(targets) * max(len(sets) - 1, 1)
    for target in targets:
        others = [one for one in predictors if one.id != target.id]
        kept = {name: own for name, ids in sets.items() if (own := tuple(i for i in ids if i != target.id))}
        found, slopes, respondents = _ranked(target, others, kept, context)
        if target.binary and (context.clean.sampling()[1]):
            reasons.append(Reason("yes_no_plain", {"target": target.id}))
        table = found.table()
        rows = {str(row.predictor): row for row in table.itertuples()}
        claimed = _claimed(hypothesis, next(iter(rows)), asks_first, kept)
        share = float(rows[claimed].p_first)
        direction = _first(share, found.rival_of(claimed)[1], context.level, rivals)
        best.append(share)
        reasons += _told(found, claimed, share, target.id, beaten=asks_first and direction < 0)
        if found.thin:
            reasons.append(Reason("thin_importance", {"n": found.n, "of": len(others)}))
        if not context.verdicts_only:
            tables.append(table.assign(target=target.id, n=found.n, measure=found.measure, total=found.total))
        expected = SIGNS[hypothesis.sign]
        for name, row in rows.items():
            if asks_first and name != claimed:
                continue
            slope, p = slopes(kept[name])
            findings.append(
                Finding(
                    hypothesis=hypothesis.id,
                    source=name,
                    target=target.id,
                    expected=expected,
                    measure=GENERAL,
                    respondents=respondents,
                    n=found.n,
                    estimate=float(row.general),
                    ci_lower=float(row.ci_lower),
                    ci_upper=float(row.ci_upper),
                    pvalue=np.nan if asks_first else p,
                    direction=direction if asks_first else as_claimed(slope, expected),
                )
            )
    shown = {"importance": pd.concat(tables, ignore_index=True)} if tables else {}
    return _judged(hypothesis, context, findings, reasons, shown, best if asks_first else ())


def _claimed(hypothesis: Hypothesis, leader: str, asks_first: bool, asked: Collection[str]) -> str:
    """Name the cause whose rank is told: the one claimed to be first, else the one that is."""
    if not asks_first or hypothesis.sign == "unsigned":
        return leader
    first = hypothesis.sources[0]
    if first not in asked:
        raise DataError(f"{first}, which it claims to rank first, was not asked", code="not-measured")
    return first


def _judged(
    hypothesis: Hypothesis,
    context: Context,
    findings: list[Finding],
    reasons: list[Reason],
    tables: Mapping[str, pd.DataFrame],
    best: Sequence[float],
) -> Evidence:
    """Judge by who ranks first in the draws, or, where every cause must act, by the least certain slope."""
    if best:
        return Evidence(
            hypothesis=hypothesis.id, kind=KIND.name, measure=FIRST, estimate=min(best),
            direction=min(one.direction for one in findings), findings=tuple(findings),
            reasons=tuple(reasons), tables=tables,
        )  # fmt: skip
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _first(share: float, ahead: float, level: float, rivals: int) -> int:
    """Whether a cause ranks first: shown, shown not to, or open.

    Not to rank first, one other must come before it: a low share says little, as many rivals that are equal
    share the first rank. The rival is a pick of several, and its share of the draws (``ahead``) is held
    against a level adjusted for their number (Bonferroni).
    """
    return 1 if share >= 1.0 - level else -1 if ahead >= 1.0 - level / rivals else 0


def _told(found: Dominance, claimed: str, share: float, target: str, *, beaten: bool) -> list[Reason]:
    """Say how often a cause ranks first, and who comes before it."""
    fields = {"first": claimed, "target": target}
    reasons = [Reason("ranks_first", {**fields, "of": len(found.predictors), "share": f"{share:.0%}"})]
    if beaten:
        other, ahead = found.rival_of(claimed)
        reasons.append(Reason("outranked", {**fields, "other": other, "share": f"{ahead:.0%}"}))
    return reasons


def _ranked(
    target: Variable, predictors: Sequence[Variable], sets: Mapping[str, Sequence[str]], context: Context
) -> tuple[Dominance, Slopes, str]:
    draws, seed = min(context.draws.number, MOST_DRAWS), context.draws.seed
    if target.binary:
        context = replace(context, clean=context.clean.without("weight", "cluster").one_row_a_person()[0])
        seen = scores([*(one.id for one in predictors), target.id], context)
        yes = seen.frame[target.id]
        frame = seen.frame.assign(**{target.id: (yes == yes.max()).astype(float).where(yes.notna())})
        names = [name for own in sets.values() for name in own]
        frame, held = context.held(target.id, frame, (*predictors, target))
        found = dominance(
            frame, target.id, names, sets=sets, always=held, bootstrap=min(draws, 500), seed=seed
        )
        return found, _observed_slopes(frame, target.id, [*names, *held]), seen.respondents
    estimates, respondents, n = latent_regression(target, predictors, context)
    if n < FEWEST_A_PREDICTOR * len(predictors):
        raise DataError(
            f"{counted(n, 'respondent is', 'respondents are')} "
            f"too few for {counted(len(predictors), 'predictor')}",
            cure=f"Collect {FEWEST_A_PREDICTOR * len(predictors)} or more, or group the predictors",
        )
    beta, psi = draw_matrices(estimates, draws, seed)
    sigma = implied_covariances(beta, psi)
    frame = pd.DataFrame(sigma[0], list(estimates.names), list(estimates.names))
    names = [name for own in sets.values() for name in own]
    held = tuple(name for name in estimates.names if name not in (*names, target.id))
    found = dominance_of_correlations(frame, sigma[1:], target.id, names, n, sets=sets, always=held)
    return found, _latent_slopes(estimates, target.id), respondents


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


KIND = Kind(
    name="relative_importance",
    levels=("relative_importance",),
    run=run,
    why_not=why_not,
    words=WORDS,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
    missing="study",
)
