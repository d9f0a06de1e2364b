"""Fit a model that carries claims, and read each claim's effect from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, Message
from coprod_measure.fitting.bootstrap import bootstrap_fit
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.two_step.sam_fit import SamFit
from coprod_measure.instrument.conditions import holds, items_in, parse_condition
from coprod_measure.measurement.factors.confirmatory import MOST_INDICES, largest_indices, script_of
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.averages import ClaimEffect, effects_of_claims
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.composite_paths import estimate_by_pls
from coprod_measure.structure.effect_tables import effects_table, explained_table, predictors_table
from coprod_measure.structure.effects import StructuralEstimates, draw_structure
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.fit_structure import fit_structure
from coprod_measure.structure.omitted_paths import omitted_paths
from coprod_measure.structure.path_models import PathModel
from coprod_measure.structure.structural_fit import StructuralFit
from coprod_measure.structure.variables import score_frame
from coprod_measure.theory.definition import Theory

NO_BOOTSTRAP = "its intervals are of Monte Carlo draws: models in two steps have no bootstrap"


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted model and the effects of its claims."""

    fit: StructuralFit
    effects: tuple[ClaimEffect, ...]


def estimate_model(model: PathModel, context: Context) -> FittedModel:
    """Fit a structural model and read the effect of every claim.

    Parameters
    ----------
    model : PathModel
        From :func:`.path_models.build_models`; its gate chooses respondents.
    """
    if context.fit is None:
        raise ValueError("a study that is only checked fits no model")
    if context.method == "pls":
        used = respondents_of(model.gate, context.clean)
        model = model.with_controls(context.controls, used.frame.index)
        return FittedModel(*estimate_by_pls(model, used, context))
    estimated = fit_paths(model, context)
    model, fit, names = estimated.model, estimated.fit, estimated.model.names
    respondents = model.gate or "all"
    structure = structural_estimates(fit, names)
    told: tuple[str, ...] = ()
    if context.intervals == "bootstrap" and not context.verdicts_only:
        context.progress(f"The same model for {context.draws.number:,} samples of its respondents")
        structure, told = _bootstrapped(structure, fit, context.draws)
    drawn = draw_structure(structure, context.draws.number, context.draws.seed)
    effects = effects_of_claims(model.claims, drawn, respondents, fit.n)
    effects = tuple(replace(one, n=_asked_of(one.claim, model, fit.n, context)) for one in effects)
    messages = _of_rows(fit.messages) if estimated.people and estimated.people < fit.n else fit.messages
    messages = (*messages, *told)
    if drawn.discarded:
        messages = (
            *messages,
            f"{drawn.discarded} of {context.draws.number} draws had a negative variance and were left out",
        )
    record = _record(estimated, messages, context)
    if not context.verdicts_only:
        pairs = [(claim.source, claim.target) for claim in model.claims]
        record = replace(
            record,
            omitted=omitted_paths(model, fit, estimated.data, level=context.level),
            effects=effects_table(drawn, pairs, context.level),
            predictors=predictors_table(structure),
            explained=explained_table(drawn),
            indices=largest_indices(fit),
            residuals=_largest_residuals(fit),
            script=script_of(fit),
        )
    return FittedModel(record, effects)


def _asked_of(claim: Claim, model: PathModel, n: int, context: Context) -> int:
    """Count the rows of the waves that asked for all that a claim names: a panel asks some of it once."""
    clean = respondents_of(model.gate, context.clean)
    if clean.waves < 2:
        return n
    items = {one.id: list(one.items) for one in model.variables}
    named = (claim.source, *(name for step in claim.via for name in step), claim.target)
    wave = clean.about["wave"]
    answered = clean.frame.notna().groupby(wave).any()
    asked = [wave for wave in answered.index if all(answered.loc[wave, items[one]].any() for one in named)]
    return min(n, int(wave.isin(asked).sum())) if asked else n


def _bootstrapped(
    structure: StructuralEstimates, fit: Fit, draws: Draws
) -> tuple[StructuralEstimates, tuple[str, ...]]:
    """Take the draws from fits to respondents drawn with replacement, and the errors from their spread."""
    if isinstance(fit, SamFit):
        return structure, (NO_BOOTSTRAP,)
    found = bootstrap_fit(fit.request, fit.solution, draws)
    moved = found.estimates - fit.solution.minimum.x
    spread = np.cov(moved.T).reshape(moved.shape[1], -1)
    return replace(structure, moved=moved, covariance=spread), tuple(found.messages()[1:])


def _record(estimated: EstimatedPaths, messages: tuple[str, ...], context: Context) -> StructuralFit:
    assert context.fit is not None
    model, fit = estimated.model, estimated.fit
    return StructuralFit(
        hypotheses=model.hypotheses,
        respondents=model.gate or "all",
        n=fit.n,
        people=estimated.people,
        sampling=estimated.sampling,
        estimator=f"SAM, {context.fit.name}" if isinstance(fit, SamFit) else context.fit.name,
        missing=context.fit.missing,
        syntax=model.syntax,
        stage_of=_stages(model, context.theory),
        parameters=pd.DataFrame() if context.verdicts_only else fit.parameters,
        fit_measures=pd.Series(dtype=float) if context.verdicts_only else fit.fit_measures,
        converged=fit.converged,
        admissible=fit.admissible,
        messages=messages,
    )


def _largest_residuals(fit: Fit) -> pd.DataFrame:
    """Covariances that the model misses most, each over its standard error."""
    if not fit.converged or isinstance(fit, SamFit):
        return pd.DataFrame()
    try:
        rows = fit.residuals("standardized").query("op == '~~' and lhs != rhs").dropna(subset=["residual"])
    except CoprodError:
        return pd.DataFrame()
    order = rows["residual"].abs().sort_values(ascending=False, kind="stable").index[:MOST_INDICES]
    return rows.loc[order, ["lhs", "rhs", "residual"]].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class EstimatedPaths:
    """A model with the controls of the study in it, the people and data it was fitted to, and the fit."""

    model: PathModel
    people: int
    data: pd.DataFrame
    sampling: tuple[str, ...]
    fit: Fit


def fit_paths(model: PathModel, context: Context) -> EstimatedPaths:
    """Fit a model to the respondents that its gate chooses, controls held constant."""
    used = respondents_of(model.gate, context.clean)
    design, sampling = used.sampling()
    model = model.with_controls(context.controls, used.frame.index)
    data = score_frame(model.variables, used)
    if sampling or model.held:
        data = data.join(design).join(context.controls.columns(model.held, data.index))
    fit = fit_structure(model.syntax, data, context, model.names, sampling)
    return EstimatedPaths(model, used.people, data, tuple(sampling), fit)


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


def respondents_of(gate: str, clean: Responses) -> Responses:
    """Keep the respondents for whom a condition holds; all where it is empty."""
    return clean.once(("respondents of", gate), lambda: _respondents_of(gate, clean)) if gate else clean


def _respondents_of(gate: str, clean: Responses) -> Responses:
    condition = parse_condition(gate)
    asked = list(items_in(condition))
    answers = clean.shown[asked].astype(object).where(clean.shown[asked].notna(), None)
    chosen = [holds(condition, row) for row in answers.to_dict("records")]
    return clean.keep(clean.frame.index[chosen])


def _of_rows(messages: tuple[str, ...]) -> tuple[str, ...]:
    """Let messages of a fit, to which every row is a respondent, speak of rows."""
    return tuple(Message(one.replace("respondents", "rows"), getattr(one, "code", "")) for one in messages)


def _stages(model: PathModel, theory: Theory) -> tuple[tuple[str, str], ...]:
    return tuple((variable.id, theory.stage_of(variable.id)) for variable in model.variables)
