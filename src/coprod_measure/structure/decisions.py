"""Yes/no answers as targets, which no path can carry: one logistic regression each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.responses.dataset import CLUSTER, WEIGHT
from coprod_measure.structure.averages import ClaimEffect
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.equations import logistic_regression
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.structural_paths import LOGISTIC, logistic_paths
from coprod_measure.structure.variables import Variable, scale_mean


@dataclass(frozen=True, slots=True)
class Decisions:
    """Effects on decisions, and the regressions that they come from."""

    effects: tuple[ClaimEffect, ...]
    paths: tuple[pd.DataFrame, ...]


def estimate_decisions(
    claims: Sequence[Claim], variables: Mapping[str, Variable], context: Context
) -> Decisions:
    """Regress each yes/no target on the scale means of all its claimed sources.

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
    rng = np.random.default_rng(context.draws.seed)
    for target in dict.fromkeys(claim.target for claim in claims):
        own = [claim for claim in claims if claim.target == target]
        sources = tuple(dict.fromkeys(claim.source for claim in own))
        predictors = np.column_stack([scale_mean(variables[s], context.clean).to_numpy() for s in sources])
        yes = scale_mean(variables[target], context.clean).to_numpy()
        outcome = np.where(np.isnan(yes), np.nan, yes == np.nanmax(yes))
        design, _ = context.clean.sampling()
        slope = logistic_regression(
            outcome, predictors, sources, clusters=design.get(CLUSTER), weights=design.get(WEIGHT)
        )
        paths.append(logistic_paths(target, sources, slope))
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
    return Decisions(tuple(effects), tuple(paths))
