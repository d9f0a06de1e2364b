"""Fit the models that carry the claims, and read each claim's effect from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.fitting.models import sem
from coprod_measure.fitting.result import Fit
from coprod_measure.instrument.conditions import holds, items_in, parse_condition
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.effects import StructuralEstimates, draw_structure, effect_of
from coprod_measure.structure.equations import logistic_regression
from coprod_measure.structure.omitted_paths import omitted_paths
from coprod_measure.structure.paths import PathModel
from coprod_measure.structure.results import StructuralFit
from coprod_measure.structure.structural_paths import linear_paths, logistic_paths
from coprod_measure.structure.variables import Variable, scale_mean, score_frame
from coprod_measure.structure.verdicts import ClaimResult
from coprod_measure.theory.definition import Theory


@dataclass(frozen=True, slots=True)
class FittedModel:
    """Results of the claims of one model and its paths; ``fit`` is None for single equations."""

    fit: StructuralFit | None
    results: tuple[ClaimResult, ...]
    paths: pd.DataFrame


def estimate_model(
    model: PathModel,
    theory: Theory,
    clean: Responses,
    estimator: str,
    missing: str,
    draws: int,
    seed: int,
) -> FittedModel:
    """Fit a structural model and read the effect of every claim.

    Parameters
    ----------
    model : PathModel
        From :func:`coprod_measure.structure.paths.build_models`.
    theory : Theory
        Gives the stage of each variable, for the reader.
    clean : Responses
        Clean answers; the model's gate chooses respondents.
    estimator, missing : str
        As in :func:`coprod_measure.sem`.
    draws, seed : int
        Monte Carlo draws and their seed.

    Returns
    -------
    FittedModel
    """
    used = _those_it_is_about(model, clean)
    data = score_frame(model.variables, used)
    fit = sem(model.syntax, data, estimator=estimator, missing=missing, fixed_x=False)
    respondents = model.gate or "all"
    n = fit.n
    drawn = draw_structure(structural_estimates(fit, tuple(v.id for v in model.variables)), draws, seed)
    results = []
    for claim in model.claims:
        effect = effect_of(drawn, claim.source, claim.target, claim.via)
        via = " -> ".join(_in_short(step, theory) for step in claim.via)
        results.append(
            ClaimResult(
                claim.hypothesis, respondents, n, claim.source, via, claim.target, claim.sign,
                effect.estimate, effect.se, effect.std, effect.std_draws, indirect=bool(claim.via),
            )
        )  # fmt: skip
    messages = fit.messages
    if drawn.discarded:
        messages = (
            *messages,
            f"{drawn.discarded} of {draws} Monte Carlo draws had a negative variance and were left out",
        )
    record = StructuralFit(
        respondents, n, estimator, missing, model.syntax, _stages(model, theory), fit.parameters,
        fit.fit_measures, fit.converged, fit.admissible, messages, omitted_paths(model, fit, data),
    )  # fmt: skip
    return FittedModel(record, tuple(results), linear_paths(record))


def estimate_decisions(
    claims: Sequence[Claim], variables: Mapping[str, Variable], clean: Responses, draws: int, seed: int
) -> FittedModel:
    """Regress each yes/no target on the scale means of all its claimed sources.

    Parameters
    ----------
    claims : sequence of Claim
        Direct claims with a yes/no target.
    variables : mapping
        Variables by id.
    clean : Responses
        Clean answers.
    draws, seed : int
        Draws of the normal approximation, so that logistic slopes read like other effects.

    Returns
    -------
    FittedModel
        With ``fit`` None.
    """
    results: list[ClaimResult] = []
    paths: list[pd.DataFrame] = []
    rng = np.random.default_rng(seed)
    for target in dict.fromkeys(claim.target for claim in claims):
        own = [claim for claim in claims if claim.target == target]
        sources = tuple(dict.fromkeys(claim.source for claim in own))
        predictors = np.column_stack([scale_mean(variables[s], clean).to_numpy() for s in sources])
        yes = scale_mean(variables[target], clean).to_numpy()
        outcome = np.where(np.isnan(yes), np.nan, yes == np.nanmax(yes))
        slope = logistic_regression(outcome, predictors, sources)
        paths.append(logistic_paths(target, sources, slope))
        for claim in own:
            i = sources.index(claim.source)
            spread = slope.std[i] * slope.se[i] / slope.estimate[i]
            std_draws = slope.std[i] + spread * rng.standard_normal(draws)
            results.append(
                ClaimResult(
                    claim.hypothesis, f"logistic regression of {target}", slope.n, claim.source, "", target,
                    claim.sign, float(slope.estimate[i]), float(slope.se[i]), float(slope.std[i]), std_draws,
                    indirect=False,
                )
            )  # fmt: skip
    return FittedModel(None, tuple(results), pd.concat(paths, ignore_index=True))


def structural_estimates(fit: Fit, names: tuple[str, ...]) -> StructuralEstimates:
    """Read the structural matrices of a fit in the order of ``names``.

    Parameters
    ----------
    fit : Fit
        A fitted model of one group.
    names : tuple of str
        Variables of its structural part.
    """
    k = len(names)
    place = {name: i for i, name in enumerate(names)}
    beta, psi = np.zeros((k, k)), np.zeros((k, k))
    beta_parameter, psi_parameter = np.full((k, k), -1), np.full((k, k), -1)
    model = fit.solution.model
    values = model.values(fit.solution.minimum.x)
    for row, free, value in zip(model.table.rows, model.free_of_row, values, strict=True):
        if row.lhs not in place or row.rhs not in place:
            continue
        i, j = place[row.lhs], place[row.rhs]
        if row.op == "~":
            beta[i, j], beta_parameter[i, j] = value, free
        elif row.op == "~~":
            psi[i, j] = psi[j, i] = value
            psi_parameter[i, j] = psi_parameter[j, i] = free
    return StructuralEstimates(names, beta, psi, beta_parameter, psi_parameter, fit.covariance)


def _in_short(step: tuple[str, ...], theory: Theory) -> str:
    """Name a few mediators one by one, many by their stage."""
    stages = {theory.stage_of(name) for name in step}
    return f"{len(step)} {stages.pop()}" if len(step) > 2 and len(stages) == 1 else " + ".join(step)


def _those_it_is_about(model: PathModel, clean: Responses) -> Responses:
    """Keep the respondents for whom the model's condition holds."""
    if not model.gate:
        return clean
    condition = parse_condition(model.gate)
    asked = list(items_in(condition))
    answers = clean.shown[asked].astype(object).where(clean.shown[asked].notna(), None)
    chosen = [holds(condition, row) for row in answers.to_dict("records")]
    return clean.keep(clean.frame.index[chosen])


def _stages(model: PathModel, theory: Theory) -> tuple[tuple[str, str], ...]:
    return tuple((variable.id, theory.stage_of(variable.id)) for variable in model.variables)
