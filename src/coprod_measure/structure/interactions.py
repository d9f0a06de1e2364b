"""One interaction: of factors in two steps, of a path with groups, of arms, or of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.estimation.specification.writing import formula, free_covariances
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import amended
from coprod_measure.fitting.settled import settled
from coprod_measure.fitting.two_step.probing import johnson_neyman, simple_slopes
from coprod_measure.fitting.two_step.product_indicators import product_indicators
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.measurement.invariance.groups import invariance
from coprod_measure.measurement.sampling import SurveyAnswers
from coprod_measure.structure.design import (
    FEWEST_OF_A_PATH,
    group_names,
    groups_of,
    have_an_order,
)
from coprod_measure.structure.estimate import respondents_of
from coprod_measure.structure.evidence import BETA, Context, Reason
from coprod_measure.structure.group_paths import as_partial
from coprod_measure.structure.methods.ancova import ancova
from coprod_measure.structure.methods.contrasts import contrasts
from coprod_measure.structure.methods.least_squares import hc3
from coprod_measure.structure.methods.moderated_effects import moderation
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
_WIDTH = float(norm.ppf(0.975))


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
    gate, data, _, held = _answers((source, moderator, target), context)
    measured = _measurement((source, moderator, target))
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
        slopes=_named(names, values.assign(at=[-1.0, 0.0, 1.0], in_sd=True), SLOPE_COLUMNS),
        regions=pd.DataFrame([(*names, *bounds, region.significant, region.share)], columns=REGION_COLUMNS),
        lines=_named(names, grid.assign(at=(grid["moderator"] - centre) / spread), LINE_COLUMNS),
    )  # fmt: skip


def by_groups(
    source: Variable, target: Variable, moderator: str, context: Context, delta_cfi: float = 0.01
) -> Interaction:
    """Compare a path over groups with loadings equal that are: ordered groups by trend, others jointly.

    ``delta_cfi``: fall in CFI above which equal loadings are said not to hold (Cheung and Rensvold 2002,
    Structural Equation Modeling 9, 233-255).

    Raises
    ------
    DataError
        If fewer than two groups are large enough.
    """
    assert context.fit is not None
    sorted_by = groups_of(moderator, context)
    assert sorted_by is not None
    gate, data, sampling, held = _answers((source, target), context)
    data, thin = _large_groups(data.assign(sorted_by=sorted_by.reindex(data.index)), moderator, context)
    groups = sorted(data["sorted_by"].unique())
    order = {group: k for k, group in enumerate(groups)}
    data = data.assign(sorted_by=data["sorted_by"].map(order)).sort_values("sorted_by", kind="stable")
    measured = _measurement((source, target))
    told, unequal = _metric(measured, SurveyAnswers(data, **sampling), moderator, context, delta_cfi)
    equal = ("loadings",) if measured else ()
    options = amended(
        context.fit, group="sorted_by", group_equal=equal, group_partial=tuple(unequal), **sampling
    )
    labels = [f"b{k + 1}" for k in range(len(groups))]
    held = context.controls.varying(held, data["sorted_by"])
    lines = [measured, f"{target.id} ~ c({', '.join(labels)})*{source.id}"]
    lines += [formula(target.id, "~", *held)] if held else []
    lines += free_covariances(held, [source.id])
    model = "\n".join(lines)
    fit = settled(fit_model("sem", model, data, options))
    rows = fit.parameters.query("op == '~'").set_index("label").loc[labels]
    joint = fit.wald("\n".join(f"b1 == {label}" for label in labels[1:]))
    estimate, se = _trend(fit, labels)
    names = (source.id, moderator, target.id)
    slopes = rows.rename(columns={"est": "slope"}).assign(
        group=[group_names(moderator, context).get(code, code) for code in map(code_as_text, groups)]
    )
    reasons = [
        Reason("interaction_by_groups", {"source": source.id, "of": len(groups), "moderator": moderator})
    ]
    if thin:
        found = {"moderator": moderator, "fewest": FEWEST_OF_A_PATH, "groups": tuple(thin)}
        reasons.append(Reason("thin_moderator", found))
    reasons += told
    ordered = len(groups) == 2 or have_an_order(moderator, context)
    pvalue = float(2.0 * norm.sf(abs(estimate) / se)) if ordered else float(joint.pvalue)
    return Interaction(
        source=source.id, moderator=moderator, target=target.id, measure=SLOPE_DIFFERENCE,
        model="groups", respondents=gate or "all", n=fit.n, estimate=estimate, se=se,
        ci_lower=estimate - _WIDTH * se, ci_upper=estimate + _WIDTH * se, pvalue=pvalue,
        reasons=tuple(reasons), slopes=_named(names, slopes, SLOPE_COLUMNS),
    )  # fmt: skip


def _large_groups(data: pd.DataFrame, moderator: str, context: Context) -> tuple[pd.DataFrame, list[str]]:
    """Keep groups that are large enough, and name the others."""
    sizes = data["sorted_by"].value_counts()
    names = group_names(moderator, context)
    thin = [names.get(code, code) for code in map(code_as_text, sizes[sizes < FEWEST_OF_A_PATH].index)]
    data = data[data["sorted_by"].map(sizes) >= FEWEST_OF_A_PATH]
    if data["sorted_by"].nunique() < 2:
        raise DataError(
            f"{moderator} sorts the respondents into fewer than two groups of {FEWEST_OF_A_PATH} or more",
            cure=f"Collect {FEWEST_OF_A_PATH} answers a group",
        )
    return data, sorted(thin)


def by_arms(source: str, moderator: str, target: Variable, context: Context) -> Interaction:
    """Contrast the effect of the source between the last and the first level of the moderator.

    Welch's contrast of cell means (Maxwell, Delaney and Kelley 2018, ch. 7), beside controls by ancova().
    """
    seen = scores([target.id], context)
    both = {name: groups_of(name, context) for name in (source, moderator)}
    frame = seen.frame.assign(**{name: own for name, own in both.items() if own is not None})
    frame, held = context.held(target.id, frame, variables_of([source, moderator, target.id], context))
    frame = frame.dropna()
    levels = {name: sorted(frame[name].unique()) for name in (source, moderator)}
    for name, own in levels.items():
        if len(own) < 2:
            raise DataError(f"{name} does not vary", cure="Two levels or more are needed")
    (low, high), (first, last) = ((own[0], own[-1]) for own in levels.values())
    planned: dict[str, dict[object, float]] = {
        f"at {at}": {(high, at): 1.0, (low, at): -1.0} for at in levels[moderator]
    }
    planned["interaction"] = {(high, last): 1.0, (low, last): -1.0, (high, first): -1.0, (low, first): 1.0}
    factors = [source, moderator]
    if held := context.controls.varying(held, frame.groupby(factors).ngroup()) if held else ():
        found = ancova(frame, target.id, factors, held, planned=planned).table()
    else:
        found = contrasts(frame, target.id, factors, planned=planned).table()
    own = found.set_index("contrast").loc["interaction"]
    simple = found[found["contrast"] != "interaction"]
    slopes = simple.rename(columns={"estimate": "slope"}).assign(group=[str(at) for at in levels[moderator]])
    return Interaction(
        source=source, moderator=moderator, target=target.id, measure=CONTRAST,
        model="arms_adjusted" if held else "arms", respondents=seen.respondents, n=len(frame),
        estimate=float(own["estimate"]), se=float(own["se"]), ci_lower=float(own["ci_lower"]),
        ci_upper=float(own["ci_upper"]), pvalue=float(own["pvalue"]),
        reasons=(Reason("interaction_by_arms", {"source": source, "moderator": moderator}),),
        slopes=_named((source, moderator, target.id), slopes, SLOPE_COLUMNS),
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
    slopes = []
    for at in ends:
        weight = np.zeros(len(b))
        weight[5], weight[7] = 1.0, at
        value, se = float(weight @ b), float(np.sqrt(weight @ covariance @ weight))
        p = float(2.0 * norm.sf(abs(value) / se))
        slopes.append((at, value, se, p, value - _WIDTH * se, value + _WIDTH * se))
    columns = ["at", "slope", "se", "pvalue", "ci_lower", "ci_upper"]
    _, value, se, p, lower, upper = slopes[0]
    table = pd.DataFrame(slopes, columns=columns).assign(condition=condition.id)
    return Interaction(
        source=source.id, moderator=moderator.id, target=target.id, measure=B3, model="scores",
        respondents=seen.respondents, n=len(frame), estimate=value, se=se, ci_lower=lower,
        ci_upper=upper, pvalue=p,
        reasons=(Reason("interaction_where_low", {"moderator": moderator.id, "condition": condition.id}),),
        slopes=_named((source.id, moderator.id, target.id), table, SLOPE_COLUMNS),
    )  # fmt: skip


def _low(values: np.ndarray) -> float:
    return float(values.min() if len(np.unique(values)) <= 3 else values.mean() - values.std())


def _high(values: np.ndarray) -> float:
    return float(values.max() if len(np.unique(values)) <= 3 else values.mean() + values.std())


def _answers(
    variables: Sequence[Variable], context: Context
) -> tuple[str, pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """Give gate, answers, columns of the design, and what is held constant for the last variable."""
    gate = joined(one.gate for one in variables)
    used = respondents_of(gate, context.clean)
    design, sampling = used.sampling()
    data, held = context.held(variables[-1].id, score_frame(variables, used).join(design), variables)
    return gate, data, dict(sampling), held


def _measurement(variables: Sequence[Variable]) -> str:
    return "\n".join(f"{one.id} =~ {' + '.join(one.items)}" for one in variables if one.latent)


def _row(frame: pd.DataFrame, outcome: str, predictor: str) -> pd.Series:
    found = frame[(frame["op"] == "~") & (frame["lhs"] == outcome)]
    names = {predictor, ":".join(reversed(predictor.split(":")))}
    return found[found["rhs"].isin(names)].iloc[0]


def _named(names: tuple[str, str, str], frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
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
        lines = [_measurement(variables), made.model, formula(target.id, "~", *causes, *held)]
        lines += free_covariances(held, causes)
        model = "\n".join(lines)
        found = settled(fit_model("sem", model, made.data, context.fit)).parameters
        own = _row(found, target.id, "of_both")
    except CoprodError as error:
        return Reason("no_second_opinion", {"error": error.in_one_line})
    return Reason("second_opinion", {"estimate": float(own["est"]), "pvalue": float(own["pvalue"])})


def _trend(fit: object, labels: Sequence[str]) -> tuple[float, float]:
    """Difference between the last and the first group along the straight line through all slopes."""
    frame = fit.parameters.query("op == '~'").set_index("label")["est"].loc[list(labels)]  # type: ignore[attr-defined]
    rank = np.arange(len(labels)) - (len(labels) - 1) / 2.0
    weight = rank / (rank @ rank) * (len(labels) - 1)
    estimate = float(weight @ frame.to_numpy())
    text = " + ".join(f"({w:.12g})*{label}" for w, label in zip(weight, labels, strict=True))
    square = float(fit.wald(f"{text} == 0").statistic)  # type: ignore[attr-defined]
    return estimate, abs(estimate) / float(np.sqrt(max(square, 1e-12)))


def _metric(
    measured: str, data: SurveyAnswers, moderator: str, context: Context, delta_cfi: float
) -> tuple[list[Reason], list[str]]:
    """Say where equal loadings cost more than a fall in CFI allows, and which must differ for that."""
    if not measured or context.fit is None:
        return [], []
    try:
        found = invariance(
            measured, data, group="sorted_by", levels=["configural", "metric"], partial=True, effects=False,
            estimator=context.fit.name, missing=context.fit.missing,
        )  # fmt: skip
    except CoprodError as error:
        return [Reason("metric_unknown", {"moderator": moderator, "error": error.in_one_line})], []
    fall = -float(found.table().set_index("level")["delta_cfi"].get("metric", nan))
    if fall <= delta_cfi:
        return [], []
    if "metric" in found.highest and len(found.freed):
        loadings = tuple(f"{row.item} of {row.construct}" for row in found.freed.itertuples())
        told = {"moderator": moderator, "delta": fall, "loadings": loadings}
        return [Reason("partly_invariant", told)], as_partial(found.freed)
    return [Reason("not_invariant", {"moderator": moderator, "delta": fall})], []


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
        slopes=_named(names, values.assign(at=values["moderator"]), SLOPE_COLUMNS),
        regions=pd.DataFrame(regions, columns=list(REGION_COLUMNS)),
        lines=_named(names, grid.assign(at=(grid["moderator"] - scale.mean()) / spread), LINE_COLUMNS),
    )  # fmt: skip
