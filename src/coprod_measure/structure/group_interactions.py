"""One interaction with groups of people: of a path that differs between them, or of arms on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import CoprodError, DataError
from coprod_measure.estimation.specification.writing import formula, free_covariances
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import amended
from coprod_measure.fitting.settled import settled
from coprod_measure.measurement.invariance.groups import invariance
from coprod_measure.measurement.sampling import SurveyAnswers
from coprod_measure.structure.design import FEWEST_OF_A_PATH, group_names, groups_of, have_an_order
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.group_paths import as_partial
from coprod_measure.structure.interactions import (
    CONTRAST,
    SLOPE_COLUMNS,
    SLOPE_DIFFERENCE,
    Interaction,
    answers_of,
    measurement_of,
    rows_of,
)
from coprod_measure.structure.methods.ancova import ancova
from coprod_measure.structure.methods.contrasts import contrasts
from coprod_measure.structure.regression import scores, variables_of
from coprod_measure.structure.variables import Variable

_WIDTH = float(norm.ppf(0.975))


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
    gate, data, sampling, held = answers_of((source, target), context)
    data, thin = _large_groups(data.assign(sorted_by=sorted_by.reindex(data.index)), moderator, context)
    groups = sorted(data["sorted_by"].unique())
    order = {group: k for k, group in enumerate(groups)}
    data = data.assign(sorted_by=data["sorted_by"].map(order)).sort_values("sorted_by", kind="stable")
    measured = measurement_of((source, target))
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
        reasons=tuple(reasons), slopes=rows_of(names, slopes, SLOPE_COLUMNS),
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
        slopes=rows_of((source, moderator, target.id), slopes, SLOPE_COLUMNS),
    )  # fmt: skip


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
