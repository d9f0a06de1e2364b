"""Paths of one cause to several outcomes compared: above those to others, or all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import chi2

from coprod_measure.errors import DataError
from coprod_measure.structure.averages import ClaimEffect, effects_of_claims, wald_p
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.effects import draw_structure, percentile_interval
from coprod_measure.structure.evidence import Context, Finding, as_claimed
from coprod_measure.structure.path_models import build_models
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import Variable

CONTRAST = "path_contrast"
EQUAL_COLUMNS = ("source", "targets", "n", "wald", "df", "pvalue")


@dataclass(frozen=True, slots=True)
class Above:
    """What a path has over those of the same cause to the other parts of a structure."""

    finding: Finding
    structure: str
    others: tuple[str, ...]


def paths_above(own: Sequence[Claim], variables: Mapping[str, Variable], context: Context) -> list[Above]:
    """Compare each direct path to a part of a structure with the mean of those to its other parts.

    Standardised paths of one model, the errors of outcomes of one stage covarying, by the draws of its
    parameters; p by Wald.

    Parameters
    ----------
    own : sequence of Claim
        Of one hypothesis; those whose target is a yes/no answer or no part of a structure, or of one with no
        other part that was asked by amounts, have nothing to be compared with.
    """
    found = []
    for claim in own:
        named = context.theory.constructs.get(claim.target)
        structure = named.parent if named else None
        if claim.via or not structure or variables[claim.target].binary:
            continue
        others = [
            one for one in variables_of((structure,), context)
            if one.id not in (claim.target, claim.source) and not one.binary
        ]  # fmt: skip
        if not others:
            continue
        target, *rest = _effects((claim.source,), (claim.target, *(one.id for one in others)), context)
        draws = target.std_draws - np.mean([one.std_draws for one in rest], axis=0)
        gap, se = target.std - float(np.mean([one.std for one in rest])), float(np.std(draws, ddof=1))
        lower, upper = percentile_interval(draws)
        finding = Finding(
            hypothesis=claim.hypothesis, source=claim.source, target=claim.target, expected=claim.sign,
            measure=CONTRAST, model="linear", respondents=target.respondents, n=target.n, estimate=gap, se=se,
            ci_lower=lower, ci_upper=upper, pvalue=wald_p(gap, se), direction=as_claimed(gap, claim.sign),
        )  # fmt: skip
        found.append(Above(finding, structure, tuple(one.id for one in others)))
    return found


def equal_paths_to_all(sources: Sequence[str], targets: Sequence[str], context: Context) -> pd.DataFrame:
    """Test of each cause whether its standardised paths to all outcomes are the same, all causes together.

    Wald's test of equal slopes in a multivariate regression, with the covariance of the draws.

    Returns
    -------
    pandas.DataFrame
        :data:`EQUAL_COLUMNS`; of several causes a last row without ``source``: all of them at once.
    """
    effects = _effects(sources, targets, context)
    rows, every = [], []
    for source in sources:
        own = [one for one in effects if one.claim.source == source]
        std, draws = np.array([one.std for one in own]), np.column_stack([one.std_draws for one in own])
        every.append(np.vstack([std[1:] - std[0], draws[:, 1:] - draws[:, :1]]))
        rows.append((source, tuple(one.claim.target for one in own), own[0].n, *_all_zero(every[-1])))
    if len(sources) > 1:
        rows.append(("", rows[0][1], rows[0][2], *_all_zero(np.hstack(every))))
    return pd.DataFrame(rows, columns=list(EQUAL_COLUMNS))


def _all_zero(gaps: np.ndarray) -> tuple[float, int, float]:
    """Wald's test, its degrees of freedom and p, of the first row; the others are its draws."""
    seen, df = gaps[0], gaps.shape[1]
    wald = float(seen @ np.linalg.solve(np.cov(gaps[1:].T).reshape(df, df), seen))
    return wald, df, float(chi2.sf(wald, df))


def _effects(sources: Sequence[str], targets: Sequence[str], context: Context) -> tuple[ClaimEffect, ...]:
    """Regress outcomes on causes in one model, and give the paths, source by source."""
    from coprod_measure.structure.estimate import fit_paths, structural_estimates

    variables = {one.id: one for one in variables_of((*sources, *targets), context)}
    claims = [Claim("", source, target, (), 0) for source, target in product(sources, targets)]
    models = build_models(claims, variables, context.theory)
    if len(models) > 1:
        cause, cure = (
            "not all that is compared was asked of the same people",
            "Test its parts as direct claims",
        )
        raise DataError(cause, place=", ".join(targets), cure=cure, code="not-of-the-same-people")
    if context.method == "pls":
        context = replace(context, method="auto")
    found = fit_paths(models[0], context)
    estimates = structural_estimates(found.fit, found.model.names)
    drawn = draw_structure(estimates, context.draws.number, context.draws.seed)
    return effects_of_claims(claims, drawn, models[0].gate or "all", found.fit.n)
