"""Correlations with constructs that the theory ties to its own: latent, reliability taken off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure.averages import wald_p
from coprod_measure.structure.effects import draw_structure, effect_of, percentile_interval
from coprod_measure.structure.evidence import (
    CORRELATION,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    as_claimed,
    by_weakest,
)
from coprod_measure.structure.regression import SIGNS, latent_regression, one_by_one, variables_of
from coprod_measure.theory.definition import Hypothesis

COLUMNS = ("source", "target", "n", "correlation", "ci_lower", "ci_upper", "pvalue", "latent")
WORDS = {
    "nomological_failed": "its correlations could not be estimated: {error}",
    "pairs_lost": "without {pair}: {error}",
}


class NomologicalOptions(KindOptions):
    """Outside scales, as constructs of the instrument, that the sources are correlated with too."""

    outside: tuple[str, ...] = ()


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side was not asked."""
    for ids in (hypothesis.sources, _targets(hypothesis, context)):
        if not variables_of(ids, context):
            return Reason("not_measured", {"constructs": ids})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Correlate each source with each target, and with the outside scales that a study names."""
    return one_by_one(hypotheses, context, _evidence, "Nomological net", "nomological_failed")


def _targets(hypothesis: Hypothesis, context: Context) -> tuple[str, ...]:
    options = context.options.get(KIND.name)
    outside = options.outside if isinstance(options, NomologicalOptions) else ()
    return (*hypothesis.targets, *outside)


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    expected = SIGNS[hypothesis.sign]
    findings, rows, reasons = [], [], []
    lost: list[str] = []
    sides = (hypothesis.sources, _targets(hypothesis, context))
    for source, target in product(*(variables_of(ids, context) for ids in sides)):
        if source.id == target.id:
            continue
        try:
            estimates, respondents, n = latent_regression(target, [source], context)
        except CoprodError as error:
            lost.append(error.in_one_line)
            reasons.append(
                Reason("pairs_lost", {"pair": f"{source.id}, {target.id}", "error": error.in_one_line})
            )
            continue
        # With one predictor the standardised slope is the correlation.
        found = effect_of(
            draw_structure(estimates, context.draws.number, context.draws.seed), source.id, target.id
        )
        lower, upper = percentile_interval(found.std_draws)
        p = wald_p(found.estimate, found.se)
        rows.append((source.id, target.id, n, found.std, lower, upper, p, source.latent and target.latent))
        findings.append(
            Finding(
                hypothesis=hypothesis.id,
                source=source.id,
                target=target.id,
                expected=expected,
                measure=CORRELATION,
                respondents=respondents,
                n=n,
                estimate=found.std,
                ci_lower=lower,
                ci_upper=upper,
                pvalue=p,
                direction=as_claimed(found.std, expected),
            )
        )
    if not findings:
        raise DataError(lost[0] if lost else "no pair could be correlated")
    tables = {"nomological": pd.DataFrame(rows, columns=list(COLUMNS))}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


KIND = Kind(
    name="nomological",
    levels=("nomological",),
    run=run,
    why_not=why_not,
    words=WORDS,
    missing="study",
    options=NomologicalOptions,
    takes_clusters=True,
    design=("cluster", "weights"),
)
