"""Yes/no answers as targets, which no path can carry: one logistic regression each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.responses.dataset import CLUSTER, WEIGHT
from coprod_measure.structure.averages import ClaimEffect
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.equations import logistic_regression
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.structural_paths import LOGISTIC, logistic_paths
from coprod_measure.structure.variables import Variable, scale_mean


@dataclass(frozen=True, slots=True)
class Decisions:
    """Effects on decisions, the regressions that they come from, and hypotheses whose regression failed."""

    effects: tuple[ClaimEffect, ...]
    paths: tuple[pd.DataFrame, ...]
    failed: Mapping[str, Reason]


def estimate_decisions(
    claims: Sequence[Claim], variables: Mapping[str, Variable], context: Context
) -> Decisions:
    """Regress each yes/no target on the scale means of its claimed sources.

    Parameters
    ----------
    claims : sequence of Claim
        Direct claims with a yes/no target.
    variables : mapping
        Variables by id.
    context : Context
        Its draws are of the normal approximation, so that logistic slopes read like other effects.
    """
    effects: list[ClaimEffect] = []
    paths: list[pd.DataFrame] = []
    failed: dict[str, Reason] = {}
    rng = np.random.default_rng(context.draws.seed)
    for own in _together(claims, variables, context):
        target = own[0].target
        sources = tuple(dict.fromkeys(claim.source for claim in own))
        names = (*sources, *context.controls.of(target, context.clean.frame.index))
        held = context.controls.columns(names, context.clean.frame.index).to_numpy()
        means = [scale_mean(variables[s], context.clean).to_numpy() for s in sources]
        predictors = np.column_stack([*means, held])
        yes = scale_mean(variables[target], context.clean).to_numpy()
        outcome = np.where(np.isnan(yes), np.nan, yes == np.nanmax(yes, initial=-np.inf))
        design, _ = context.clean.sampling()
        try:
            slope = logistic_regression(
                outcome,
                predictors,
                names,
                clusters=design.get(CLUSTER),
                weights=design.get(WEIGHT),
                target=target,
            )
        except CoprodError as error:
            failed |= {claim.hypothesis: Reason("failed", {"error": error.in_one_line}) for claim in own}
            continue
        paths.append(logistic_paths(target, names, slope))
        for claim in own:
            i = sources.index(claim.source)
            spread = slope.std[i] * slope.se[i] / slope.estimate[i]
            effects.append(
                ClaimEffect(
                    claim=claim,
                    model=LOGISTIC,
                    respondents="all",
                    n=slope.n,
                    estimate=float(slope.estimate[i]),
                    se=float(slope.se[i]),
                    std=float(slope.std[i]),
                    std_draws=slope.std[i] + spread * rng.standard_normal(context.draws.number),
                )
            )
    return Decisions(tuple(effects), tuple(paths), failed)


def _together(
    claims: Sequence[Claim], variables: Mapping[str, Variable], context: Context
) -> Iterator[list[Claim]]:
    """Put claims about one target into one regression, as long as the same respondents answered all of it.

    With planned missing answers few may have answered every cause: a hypothesis whose causes would take more
    than half of the respondents of a regression away gets one of its own.
    """
    answered = {
        name: scale_mean(variables[name], context.clean).notna().to_numpy()
        for name in dict.fromkeys(name for claim in claims for name in (claim.source, claim.target))
    }
    for target in dict.fromkeys(claim.target for claim in claims):
        groups: list[list[Claim]] = []
        for id_ in dict.fromkeys(claim.hypothesis for claim in claims if claim.target == target):
            own = [claim for claim in claims if claim.target == target and claim.hypothesis == id_]
            alone = _complete(own, answered)
            for group in groups:
                both = _complete([*group, *own], answered)
                if 2 * both >= max(_complete(group, answered), alone):
                    group += own
                    break
            else:
                groups.append(own)
        yield from groups


def _complete(claims: Sequence[Claim], answered: Mapping[str, np.ndarray]) -> int:
    names = {name for claim in claims for name in (claim.source, claim.target)}
    return int(np.logical_and.reduce([answered[name] for name in names]).sum())
