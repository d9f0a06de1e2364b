"""Estimate the model behind claims by partial least squares instead of a structural equation model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.composites.bootstrap import Bootstrap, bootstrap
from coprod_measure.composites.pls import pls
from coprod_measure.composites.result import Pls
from coprod_measure.errors import CoprodError, ModelError, NotAvailable
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.averages import ClaimEffect, effects_of_claims, wald_p
from coprod_measure.structure.effect_tables import effects_table
from coprod_measure.structure.effects import StructuralDraws
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.fit_structure import fit_structure
from coprod_measure.structure.path_models import PathModel
from coprod_measure.structure.structural_fit import NOT_ASKED, StructuralFit
from coprod_measure.structure.variables import Variable, score_frame

NO_INDICES = NotAvailable("partial least squares has no modification indices")
FIT_DRAWS = 300
"""Of distances, which every draw asks for anew."""
_MISSING = {"fiml": "em", "listwise": "listwise"}


def estimate_by_pls(
    model: PathModel, used: Responses, context: Context
) -> tuple[StructuralFit, tuple[ClaimEffect, ...]]:
    """Fit a model by consistent PLS, with bootstrap intervals.

    Reflective constructs are common factors (PLSc), composites of the theory are weighted by regression (Mode
    B), what is computed by a rule or asked by one item stays as it is. Residual covariances are left free.

    Parameters
    ----------
    model : PathModel
        Its controls are those of the respondents.
    used : Responses
        Those whom its gate chooses.
    context : Context
        ``fit.missing``: ``"fiml"`` means EM moments of the normal model; ``draws`` are bootstrap draws.

    Raises
    ------
    ModelError
        If the study has clusters or weights, which PLS does not take.
    """
    if context.fit is None:
        raise ValueError("a study that is only checked fits no model")
    sampling = used.sampling()[1]
    if sampling:
        cure = "Use structure: {method: sem}, or leave them out of the study file"
        raise ModelError(f"PLS takes no {' and no '.join(sampling)}", place="structure", cure=cure)
    composites = {one.id for one in model.variables if _is_composite(one)}
    whole = tuple(replace(one, latent=True) if one.id in composites else one for one in model.variables)
    data = score_frame(whole, used)
    data = data.join(context.controls.columns(model.held, data.index))
    lines = [
        formula(one.id, "<~" if one.id in composites else "=~", *one.items) for one in whole if one.latent
    ]
    for outcome in dict.fromkeys(outcome for _, outcome in model.paths):
        causes = [cause for cause, other in (*model.paths, *model.controls) if other == outcome]
        lines.append(formula(outcome, "~", *causes))
    syntax = "\n".join(lines)
    fit = pls(syntax, data, consistent=True, missing=_MISSING[context.fit.missing])
    draws = max(context.draws.number, 100)
    drawn = bootstrap(fit.x, fit.recipe, fit.estimates, draws, context.draws.seed, jackknife=False)
    structure = _structure(fit, drawn)
    effects = effects_of_claims(model.claims, structure, model.gate or "all", fit.n)
    pairs = () if context.verdicts_only else [(claim.source, claim.target) for claim in model.claims]
    record = StructuralFit(
        hypotheses=model.hypotheses,
        respondents=model.gate or "all",
        n=fit.n,
        people=used.people,
        sampling=(),
        estimator="PLSc",
        missing=context.fit.missing,
        syntax=syntax,
        stage_of=tuple((one.id, context.theory.stage_of(one.id)) for one in model.variables),
        parameters=_parameters(fit, drawn),
        fit_measures=_measures(
            fit, 0 if context.verdicts_only else min(draws, FIT_DRAWS), context.draws.seed
        ),
        converged=True,
        admissible=fit.admissible,
        # The theory says which signs are expected, the measurement how items are keyed.
        messages=(*(str(one) for one in fit.messages if one.code != "reversed"), *_told(drawn)),
        omitted=NO_INDICES,
        effects=effects_table(structure, pairs, context.level),
        beside=NOT_ASKED if context.verdicts_only else _by_factors(model, used, context, fit),
    )
    return record, effects


def _by_factors(model: PathModel, used: Responses, context: Context, fit: Pls) -> pd.DataFrame | NotAvailable:
    """Fit the same claims to common factors and scale means by a structural equation model."""
    data = score_frame(model.variables, used)
    data = data.join(context.controls.columns(model.held, data.index))
    try:
        other = fit_structure(model.syntax, data, replace(context, method="auto"), model.names)
    except CoprodError as error:
        return NotAvailable(error.in_one_line)
    rows = other.parameters[other.parameters["op"] == "~"]
    rows = rows.rename(columns={"rhs": "from", "lhs": "to", "std_all": "std_sem"})
    paths = fit.paths()[["from", "to", "est"]].rename(columns={"est": "std_pls"})
    return paths.merge(rows[["from", "to", "std_sem"]], on=["from", "to"])


def _is_composite(one: Variable) -> bool:
    return not one.latent and not one.parts and len(one.items) > 1


def _told(drawn: Bootstrap) -> list[str]:
    if not drawn.unusable:
        return []
    return [
        f"{drawn.unusable:,} of {drawn.draws:,} bootstrap draws had no admissible solution and were left out"
    ]


def _structure(fit: Pls, drawn: Bootstrap) -> StructuralDraws:
    names, paths = fit.design.names, drawn.names["paths"]
    column, errors = np.full((len(names), len(names)), -1), np.zeros((len(names), len(names)))
    se = drawn.drawn.paths.std(axis=0, ddof=1)
    for k, (cause, outcome) in enumerate(paths):
        at = names.index(outcome), names.index(cause)
        column[at], errors[at] = k, se[k]
    values = np.vstack([drawn.estimate.paths, drawn.drawn.paths])
    unknown = np.full((len(values), len(names)), np.nan)
    return StructuralDraws(names, column, values, values, errors, unknown, drawn.unusable)


def _measures(fit: Pls, draws: int, seed: int) -> pd.Series:
    """Distances of the estimated model, and the limits of the population's where there are draws."""
    found = fit.fit()
    if isinstance(found, NotAvailable):
        return pd.Series(dtype=float)
    measures = found.set_index("model").loc["estimated"].astype(float)
    limits = fit.fit_intervals(draws, seed) if draws else None
    if limits is None or isinstance(limits, NotAvailable):
        return measures
    own = limits[limits["model"] == "estimated"].set_index("measure")
    ends = {f"{name}_{end}": own.loc[name, end] for name in own.index for end in ("lower", "upper")}
    return pd.concat([measures, pd.Series(ends, dtype=float)])


def _parameters(fit: Pls, drawn: Bootstrap) -> pd.DataFrame:
    """Write loadings, weights, paths and residual variances in the columns of ``Fit.parameters``."""
    rows = []
    items = fit.items()
    for of, op in (("loadings", "=~"), ("weights", "<~")):
        table = drawn.table(of)
        own = items["mode"].eq("B").to_numpy() == (op == "<~")
        own &= items["mode"].ne("single item").to_numpy()
        rows += [(one[1], op, one[2], *_inference(one)) for one in table[own].itertuples()]
    rows += [(one[2], "~", one[1], *_inference(one)) for one in drawn.table("paths").itertuples()]
    for name, r2, _ in fit.r2().itertuples(index=False):
        rows.append((name, "~~", name, 1.0 - r2, *[np.nan] * 5))
    frame = pd.DataFrame(
        rows, columns=["lhs", "op", "rhs", "est", "se", "z", "pvalue", "ci_lower", "ci_upper"]
    )
    return frame.assign(std_lv=frame["est"], std_all=frame["est"])


def _inference(row: tuple[object, ...]) -> tuple[float, ...]:
    est, _, se, z, _, lower, upper = (float(str(value)) for value in row[3:])
    return est, se, z, wald_p(est, se), lower, upper
