"""What a gap between two things does: response surfaces on scale means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.before_and_after import before_and_after
from coprod_measure.structure.evidence import (
    FEWEST_PEOPLE,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.latent_surface import latent_surface
from coprod_measure.structure.methods.response_surface import ResponseSurface, response_surface
from coprod_measure.structure.methods.surface_models import SURFACES
from coprod_measure.structure.regression import one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

ASYMMETRY, CURVATURE = "a3", "a4"
MOST_DRAWS = 2000
WORDS = {
    "no_pair": "a gap needs two causes, one of them wanted and one received",
    "surface_failed": "its response surface could not be estimated: {error}",
    "best_surface": "for {target} the surface with the largest weight ({weight}) is {model}",
    "asked_directly": "{rating}, which asks for the gap directly, goes with {wanted} by {of_wanted:.2f} and "
    "with {received} by {of_received:.2f} (β, R² {r2:.2f}) and explains {explained:.2f} of {target}",
    "gap_read": "read as: {target} is higher where {more} goes beyond {less}",
    "observed_surface": "judged on scale means, unreliability not taken off",
    "latent_surface": "among factors, {measure} is {estimate:.2f} ({p:p}) for {target}",
    "no_latent_surface": "no surface among factors for {target}: {error}",
    "no_congruence": "not a congruence effect for {target}: {missed} does not hold",
}


class DiscrepancyOptions(KindOptions):
    """How both predictors are centred: at their common mean, or not."""

    center: Literal["pooled", "none"] = "pooled"


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side was not asked, or that there is no pair."""
    asked = [id_ for id_ in (*hypothesis.sources, *hypothesis.targets) if variables_of((id_,), context)]
    dark = tuple(id_ for id_ in (*hypothesis.sources, *hypothesis.targets) if id_ not in asked)
    if dark:
        return Reason("not_measured", {"constructs": dark})
    return Reason("no_pair") if len(hypothesis.sources) < 2 else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit the surfaces of each pair of causes."""
    return one_by_one(hypotheses, context, _evidence, "Response surface", "surface_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Test each wanted source against the received one, the last; an unsigned claim is one of congruence.

    A signed claim says that x beyond y is worse (or, with the first source positive and the last negative,
    better): the slope a3 along x = -y. An unsigned one says that any gap is worse: the curvature a4 along it.
    """
    context = replace(context, clean=_one_row(hypothesis, context))
    received = hypothesis.sources[-1]
    measure = ASYMMETRY if hypothesis.sign != "unsigned" else CURVATURE
    sign = hypothesis.source_signs.get(received, hypothesis.sign)
    # Received above wanted is better: the slope along x = -y falls as x, the wanted, rises.
    expected = -1 if measure == CURVATURE or sign == "positive" else 1
    findings, reasons = [], [*_reading(hypothesis, expected, measure), Reason("observed_surface")]
    frames: dict[str, list[pd.DataFrame]] = {"surface": [], "rivals": [], "points": [], "latent": []}
    for target in hypothesis.targets:
        for wanted in hypothesis.sources[:-1]:
            seen = scores([wanted, received, target], context)
            variables = variables_of([wanted, received, target], context)
            frame, held = context.held(target, seen.frame, variables)
            found = response_surface(
                frame, target, wanted, received, controls=held, center=_center(context),
                seed=context.draws.seed, bootstrap=min(context.draws.number, MOST_DRAWS),
            )  # fmt: skip
            about = {"x": wanted, "y": received, "target": target, "n": found.n}
            table, rivals = found.table(), found.models()
            row = table.set_index("parameter").loc[measure]
            findings.append(
                Finding(
                    hypothesis=hypothesis.id, source=wanted, via=((received,),), target=target,
                    expected=expected, measure=measure, respondents=seen.respondents, n=found.n,
                    estimate=float(row["estimate"]), se=float(row["se"]), ci_lower=float(row["boot_lower"]),
                    ci_upper=float(row["boot_upper"]), pvalue=float(row["pvalue"]),
                    direction=1 if row["estimate"] * expected > 0 else -1,
                )
            )  # fmt: skip
            best = rivals.iloc[0]
            told = {"target": target, "model": SURFACES[best["model"]], "weight": f"{best['weight']:.0%}"}
            reasons += [Reason("best_surface", told), *_missed(found, target, measure)]
            gaps = {"x_above": found.gaps.x_above, "agree": found.gaps.agree, "y_above": found.gaps.y_above}
            latent = _among_factors((wanted, received, target), seen.respondents, context)
            if isinstance(latent, pd.DataFrame):
                frames["latent"].append(latent.assign(**about))
                own = latent.set_index("parameter").loc[measure]
                numbers = {"estimate": float(own["estimate"]), "p": float(own["pvalue"])}
                about_it = {"measure": measure, "target": target}
                reasons.append(Reason("latent_surface", about_it | numbers))
            elif latent:
                reasons.append(Reason("no_latent_surface", {"target": target, "error": latent}))
            reasons += _asked_directly(hypothesis, frame, (wanted, received, target), context)
            frames["surface"].append(table.assign(**about, **gaps, determined=found.determined))
            frames["rivals"].append(rivals.assign(**about))
            frames["points"].append(_points(found).assign(**about))
    tables = {name: pd.concat(own, ignore_index=True) for name, own in frames.items() if own}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _asked_directly(
    hypothesis: Hypothesis, frame: pd.DataFrame, names: tuple[str, str, str], context: Context
) -> list[Reason]:
    """Say how a direct rating of the gap goes with its two sides, and what it explains of the outcome."""
    wanted, received, target = names
    told = []
    for rating in hypothesis.checked_by:
        if context.verdicts_only or not variables_of((rating,), context):
            continue
        own = frame[[*names]].assign(rating=scores([rating], context).frame[rating]).dropna()
        own = own / own.std()
        if len(own) < FEWEST_PEOPLE or not np.isfinite(own.to_numpy()).all():
            continue
        R = own.corr().to_numpy()
        sides = np.linalg.solve(R[:2, :2], R[:2, 3])
        shares = {"r2": float(sides @ R[:2, 3]), "explained": float(R[2, 3] ** 2)}
        slopes = {"of_wanted": float(sides[0]), "of_received": float(sides[1])}
        about = {"rating": rating, "wanted": wanted, "received": received, "target": target}
        told.append(Reason("asked_directly", about | slopes | shares))
    return told


def _reading(hypothesis: Hypothesis, expected: int, measure: str) -> list[Reason]:
    """Say which side of a gap a signed claim calls the better one: their order in the theory decides it."""
    if measure == CURVATURE:
        return []
    sides = (hypothesis.sources[:-1], hypothesis.sources[-1:])
    less, more = sides if expected < 0 else sides[::-1]
    return [Reason("gap_read", {"target": hypothesis.targets, "less": less, "more": more})]


def _one_row(hypothesis: Hypothesis, context: Context) -> Responses:
    """Take goals and ideals from before what was received and how it was judged, where waves are needed."""
    if hypothesis.needs_waves < 2:
        return context.clean.one_row_a_person()[0]
    stage = context.theory.stage_of
    ends = {stage(target) for target in hypothesis.targets}
    early = [id_ for id_ in hypothesis.sources if stage(id_) not in ends]
    late = [id_ for id_ in (*hypothesis.sources, *hypothesis.targets) if id_ not in early]
    before, after = (
        list(dict.fromkeys(item for one in variables_of(ids, context) for item in one.items))
        for ids in (early, late)
    )
    if not before or not after:
        raise DataError("all that it names belongs to one stage: nothing of it comes before")
    return before_and_after(context.clean, before, after)


def _among_factors(ids: tuple[str, str, str], respondents: str, context: Context) -> pd.DataFrame | str:
    """Estimate the surface among factors where all three are; else say why not, or nothing."""
    from coprod_measure.structure.estimate import respondents_of

    found = [variables_of((id_,), context) for id_ in ids]
    if any(len(own) != 1 or not own[0].latent for own in found):
        return ""
    x, y, z = (own[0] for own in found)
    people = respondents_of("" if respondents == "all" else respondents, context.clean)
    items = [*x.items, *y.items, *z.items]
    data, held = context.held(z.id, people.frame[items], (x, y, z))
    try:
        return latent_surface(x, y, z, data, held)
    except CoprodError as error:
        return error.in_one_line


def _center(context: Context) -> str:
    options = context.options.get(KIND.name)
    return options.center if isinstance(options, DiscrepancyOptions) else "pooled"


def _missed(found: ResponseSurface, target: str, measure: str) -> list[Reason]:
    """Conditions of a congruence effect that do not hold, where one is claimed."""
    checks = found.congruence().iloc[:4]  # a1 and a2 are about the mean level, not about the gap
    missed = tuple(checks[~checks["holds"]]["condition"])
    return (
        [Reason("no_congruence", {"target": target, "missed": missed})]
        if measure == CURVATURE and missed
        else []
    )


def _points(found: ResponseSurface) -> pd.DataFrame:
    """How many respondents have each pair of values, rounded to a grid; no respondent is named."""
    step = np.ptp(found.points, axis=0) / 20
    grid = np.round((found.points - found.points.min(axis=0)) / step) * step + found.points.min(axis=0)
    pairs, counts = np.unique(grid, axis=0, return_counts=True)
    return pd.DataFrame({"at_x": pairs[:, 0], "at_y": pairs[:, 1], "count": counts})


KIND = Kind(
    name="discrepancy",
    levels=("discrepancy",),
    run=run,
    why_not=why_not,
    words=WORDS,
    over_waves=True,
    takes_controls=True,
    options=DiscrepancyOptions,
)
