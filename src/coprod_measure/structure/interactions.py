"""One interaction of amounts: of factors in two steps, of scores, or of three variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.estimation.specification.writing import formula, free_covariances
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.settled import settled
from coprod_measure.fitting.two_step.probing import johnson_neyman, simple_slopes
from coprod_measure.fitting.two_step.product_indicators import product_indicators
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.structure.estimate import respondents_of
from coprod_measure.structure.evidence import BETA, Context, Reason
from coprod_measure.structure.methods.least_squares import hc3
from coprod_measure.structure.methods.moderated_effects import moderation
from coprod_measure.structure.methods.weighed_estimates import weighed_estimates
from coprod_measure.structure.path_models import joined
from coprod_measure.structure.regression import scores, variables_of
from coprod_measure.structure.variables import Variable, score_frame

B3, SLOPE_DIFFERENCE, CONTRAST = "interaction", "slope_difference", "contrast"
SLOPE_COLUMNS = (
    "source", "moderator", "target", "condition", "group", "at", "in_sd", "slope", "se", "pvalue", "ci_lower",
    "ci_upper",
)  # fmt: skip
REGION_COLUMNS = ("source", "moderator", "target", "lower", "upper", "significant", "share")
LINE_COLUMNS = ("source", "moderator", "target", "at", "slope", "ci_lower", "ci_upper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """An effect that depends on a moderator.

    Attributes
    ----------
    measure, model : str
        What ``estimate`` is, and by what it was found.
    estimate, se, std, ci_lower, ci_upper, pvalue : float
        As of :class:`.evidence.Finding`.
    slopes : pandas.DataFrame
        Effect of the source (:data:`SLOPE_COLUMNS`): in each ``group``, or ``at`` chosen values of the
        moderator, ``in_sd`` from its mean or its own; of two moderators, how the one bends it at values of
        the other, the ``condition``.
    regions : pandas.DataFrame
        Johnson-Neyman bounds (:data:`REGION_COLUMNS`); no row where the moderator is no amount.
    lines : pandas.DataFrame
        The effect along the moderator, for a picture (:data:`LINE_COLUMNS`).
    """

    source: str
    moderator: str
    target: str
    measure: str
    model: str
    respondents: str
    n: int
    estimate: float
    se: float
    std: float = nan
    ci_lower: float = nan
    ci_upper: float = nan
    pvalue: float
    reasons: tuple[Reason, ...]
    slopes: pd.DataFrame
    regions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REGION_COLUMNS)))
    lines: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LINE_COLUMNS)))


def latent_interaction(
    source: Variable, target: Variable, moderator: Variable, context: Context, *, second: bool = True
) -> Interaction:
    """Estimate ``y ~ x + z + x:z`` structural after measurement; of two scores, by least squares.

    ``second``: ask product indicators too, where both are factors.

    Notes
    -----
    Rosseel and Loh (2024), Psychological Methods 29, 561-588; the standardised interaction multiplies by the
    deviations of both factors (Wen, Marsh and Hau 2010, Structural Equation Modeling 17, 1-22).
    """
    names = (source.id, moderator.id, target.id)
    if not (source.latent or moderator.latent):
        return _of_scores(names, context)
    assert context.fit is not None
    gate, data, _, held = answers_of((source, moderator, target), context)
    measured = measurement_of((source, moderator, target))
    product = f"{source.id}:{moderator.id}"
    model = f"{measured}\n{formula(target.id, '~', source.id, moderator.id, product, *held)}"
    fit = sam(model, data, missing=context.fit.missing, fixed_x=False)
    settled(fit)
    own = _row(fit.parameters, target.id, product)
    told = _row(fit.standardized(), target.id, product)
    values = simple_slopes(fit, target.id, source.id, moderator.id)
    centre, spread = float(values["moderator"].iloc[1]), float(np.ptp(values["moderator"])) / 2.0
    along = (centre + spread * np.linspace(-2.5, 2.5, 61)).tolist()
    grid = simple_slopes(fit, target.id, source.id, moderator.id, at=along)
    region = johnson_neyman(fit, target.id, source.id, moderator.id)
    bounds = tuple((one - centre) / spread for one in region.bounds) or (nan, nan)
    reasons = [Reason("interaction_by_sam", {"source": source.id, "moderator": moderator.id})]
    if second and source.latent and moderator.latent:
        reasons.append(_second_opinion((source, moderator, target), data, held, context))
    return Interaction(
        source=source.id, moderator=moderator.id, target=target.id, measure=BETA, model="sam",
        respondents=gate or "all", n=fit.n, estimate=float(own["est"]), se=float(own["se"]),
        std=float(told["est"]), ci_lower=float(told["ci_lower"]), ci_upper=float(told["ci_upper"]),
        pvalue=float(own["pvalue"]), reasons=tuple(reasons),
        slopes=rows_of(names, values.assign(at=[-1.0, 0.0, 1.0], in_sd=True), SLOPE_COLUMNS),
        regions=pd.DataFrame([(*names, *bounds, region.significant, region.share)], columns=REGION_COLUMNS),
        lines=rows_of(names, grid.assign(at=(grid["moderator"] - centre) / spread), LINE_COLUMNS),
    )  # fmt: skip


def three_way(
    source: Variable, target: Variable, condition: Variable, moderator: Variable, context: Context
) -> Interaction:
    """Estimate how a moderator bends the effect of the source where the condition is low.

    Least squares on scale means with all products and HC3 errors; low is the lowest of three values or
    fewer, else a standard deviation below the mean (Dawson and Richter 2006, J. of Applied Psychology 91,
    917-926).
    """
    names = [source.id, condition.id, moderator.id, target.id]
    seen = scores(names, context)
    frame, held = context.held(target.id, seen.frame[names], (source, condition, moderator, target))
    frame = frame.dropna()
    if len(frame) < 40:
        raise DataError(f"{counted(len(frame), 'respondent')} answered all parts", cure="Collect 40 or more")
    x, z, w = (frame[name].to_numpy(dtype=float) for name in names[:3])
    for name, own in zip(names, (x, z, w), strict=False):
        if np.ptp(own) == 0.0:
            raise DataError(f"{name} does not vary")
    design = np.column_stack([np.ones(len(x)), x, z, w, x * z, x * w, z * w, x * z * w, frame[[*held]]])
    if np.linalg.matrix_rank(design / np.abs(design).max(axis=0)) < design.shape[1]:
        raise DataError("the products of the moderators are collinear", cure="Fill the empty cells")
    y = frame[target.id].to_numpy(dtype=float)
    b, covariance, _ = hc3(design, y)
    ends = [_low(z), _high(z)]
    weights = np.zeros((len(ends), len(b)))
    weights[:, 5], weights[:, 7] = 1.0, ends
    slopes = weighed_estimates(b, covariance, weights)
    low = {name: float(slopes[name].iloc[0]) for name in ("estimate", "se", "ci_lower", "ci_upper", "pvalue")}
    table = slopes.rename(columns={"estimate": "slope"}).assign(at=ends, condition=condition.id)
    return Interaction(
        source=source.id, moderator=moderator.id, target=target.id, measure=B3, model="scores",
        respondents=seen.respondents, n=len(frame), **low,
        reasons=(Reason("interaction_where_low", {"moderator": moderator.id, "condition": condition.id}),),
        slopes=rows_of((source.id, moderator.id, target.id), table, SLOPE_COLUMNS),
    )  # fmt: skip


def _low(values: np.ndarray) -> float:
    return float(values.min() if len(np.unique(values)) <= 3 else values.mean() - values.std())


def _high(values: np.ndarray) -> float:
    return float(values.max() if len(np.unique(values)) <= 3 else values.mean() + values.std())


def answers_of(
    variables: Sequence[Variable], context: Context
) -> tuple[str, pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """Give gate, answers, columns of the design, and what is held constant for the last variable."""
    gate = joined(one.gate for one in variables)
    used = respondents_of(gate, context.clean)
    design, sampling = used.sampling()
    data, held = context.held(variables[-1].id, score_frame(variables, used).join(design), variables)
    return gate, data, dict(sampling), held


def measurement_of(variables: Sequence[Variable]) -> str:
    """Write the factors and their items."""
    return "\n".join(f"{one.id} =~ {' + '.join(one.items)}" for one in variables if one.latent)


def _row(frame: pd.DataFrame, outcome: str, predictor: str) -> pd.Series:
    found = frame[(frame["op"] == "~") & (frame["lhs"] == outcome)]
    names = {predictor, ":".join(reversed(predictor.split(":")))}
    return found[found["rhs"].isin(names)].iloc[0]


def rows_of(names: tuple[str, str, str], frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Head rows by source, moderator and target, and fill the columns that they lack."""
    left_out = {"condition": "", "group": "", "at": nan, "in_sd": False}
    own = {name: value for name, value in left_out.items() if name not in frame}
    own |= dict(zip(("source", "moderator", "target"), names, strict=True))
    return frame.assign(**own)[list(columns)].reset_index(drop=True)


def _second_opinion(
    variables: tuple[Variable, Variable, Variable], data: pd.DataFrame, held: Sequence[str], context: Context
) -> Reason:
    """Ask product indicators (Marsh, Wen and Hau 2004, Psychological Methods 9, 275-300)."""
    assert context.fit is not None
    source, moderator, target = variables
    try:
        pairs = min(len(source.items), len(moderator.items))
        made = product_indicators(data, source.items[:pairs], moderator.items[:pairs], name="of_both")
        causes = [source.id, moderator.id, "of_both"]
        lines = [measurement_of(variables), made.model, formula(target.id, "~", *causes, *held)]
        lines += free_covariances(held, causes)
        model = "\n".join(lines)
        found = settled(fit_model("sem", model, made.data, context.fit)).parameters
        own = _row(found, target.id, "of_both")
    except CoprodError as error:
        return Reason("no_second_opinion", {"error": error.in_one_line})
    return Reason("second_opinion", {"estimate": float(own["est"]), "pvalue": float(own["pvalue"])})


def _of_scores(names: tuple[str, str, str], context: Context) -> Interaction:
    source, moderator, target = names
    seen = scores(names, context)
    frame, held = context.held(target, seen.frame, variables_of(names, context))
    found = moderation(frame, target, source, moderator, controls=held)
    own = found.coefficients().iloc[3]
    values = found.table()
    grid = found.table(np.linspace(*found.bounds, 61).tolist())
    scale = seen.frame[moderator]
    spread = float(scale.std())
    std = float(own["estimate"] * seen.frame[source].std() * spread / seen.frame[target].std())
    ratio = std / float(own["estimate"])
    regions = [(*names, low, high, "inside", found.share) for low, high in found.regions]
    return Interaction(
        source=source, moderator=moderator, target=target, measure=BETA, model="scores",
        respondents=seen.respondents, n=found.n, estimate=float(own["estimate"]), se=float(own["se"]),
        std=std, ci_lower=ratio * float(own["ci_lower"]), ci_upper=ratio * float(own["ci_upper"]),
        pvalue=float(own["pvalue"]),
        reasons=(Reason("interaction_by_scores", {"moderator": moderator}),),
        slopes=rows_of(names, values.assign(at=values["moderator"]), SLOPE_COLUMNS),
        regions=pd.DataFrame(regions, columns=list(REGION_COLUMNS)),
        lines=rows_of(names, grid.assign(at=(grid["moderator"] - scale.mean()) / spread), LINE_COLUMNS),
    )  # fmt: skip
