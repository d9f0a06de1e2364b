"""Paths of a claim over groups that its theory names, beside the verdict: the same, or stronger in some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.structure.category_contrasts import planned_weights, sides_of, unmet_words
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.design import group_names, groups_of
from coprod_measure.structure.evidence import Beside, Context, Reason
from coprod_measure.structure.group_contrasts import asked_of
from coprod_measure.structure.group_paths import compare_paths
from coprod_measure.structure.regression import SIGNS, scores, variables_of
from coprod_measure.structure.rows_of_people import named_groups
from coprod_measure.theory.definition import Hypothesis

WORDS = {
    "across_unknown": "whether its paths differ over {sorting} is not told: nothing says who is in which "
    "group",
    "groups_without_spread": "left out, as everybody there gave the same answer to something: {groups}",
    "across_bands": "people were sorted into thirds of {sorting}",
    "across_failed": "its paths over {sorting} could not be compared: {error}",
    "across_linear": "paths to the yes/no answers {targets} over groups are linear in the share of yes, "
    "errors robust: log odds of groups have no common unit",
    "planned_slope": "the path {source} -> {target} in {higher} less that in {lower}: {gap:.2f}, {p:p}",
    "planned_slopes": "of {of:path} {shown} surely stronger in {higher} than in {lower}, {against} weaker",
    "contrast_over_groups": "no group of {sorting} is called by the words of its contrast on both sides "
    "({words})",
}


def known_groups(hypothesis: Hypothesis, context: Context) -> tuple[Reason, ...]:
    """Say over which groups its paths will be compared, and which nothing tells apart."""
    return tuple(
        Reason("across_known" if _sorts(one, context) else "across_unknown", {"sorting": one})
        for one in hypothesis.across
    )


def known_contrast(hypothesis: Hypothesis, context: Context) -> tuple[Reason, ...]:
    """Say, before there are answers, where the words of its contrast call no groups of a question."""
    names = {one: [*group_names(one, context).values()] for one in hypothesis.across}
    return tuple(
        Reason("contrast_over_groups", {"sorting": one, "words": tuple(hypothesis.contrast)})
        for one, own in names.items()
        if own and hypothesis.contrast and not planned_weights(hypothesis.contrast, own)
    )


def _sorts(id_: str, context: Context) -> bool:
    return groups_of(id_, context) is not None or bool(variables_of((id_,), context))


def bands(id_: str, context: Context) -> pd.Series | None:
    """Sort people into thirds of an amount, equal amounts into one band; None where it was not asked.

    The names of the bands say their ends.
    """
    if not variables_of((id_,), context):
        return None
    amount = scores([id_], context).frame[id_].dropna()
    if amount.nunique() < 2:
        raise DataError(f"{id_} does not vary", cure="Bands need people who differ in it")
    edges = sorted({float(amount.quantile(share)) for share in (1 / 3, 2 / 3)} - {float(amount.max())})
    band = pd.Series(np.searchsorted(edges or [float(amount.median())], amount), index=amount.index)
    ends = amount.groupby(band).agg(["min", "max"])
    called = (
        ("lowest", "upper") if len(ends) == 2 else ("lowest", "middle", "upper")
    )  # in order by letter too
    names = {
        k: f"{name} ({low:.3g} to {high:.3g})"
        for name, (k, low, high) in zip(called, ends.itertuples(name=None), strict=True)
    }
    return band.map(names)


def beside(
    hypotheses: Sequence[Hypothesis], context: Context, contrasts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Beside]:
    """Compare the paths of each claim that names groups to compare them over.

    ``contrasts``: hypothesis to words and weights, or several by name, where a study names its own.
    """
    found: dict[str, Beside] = {}
    for one in hypotheses:
        if not one.across or one.needs_waves > 1:
            continue
        context.progress(f"Paths of {one.id} over {', '.join(one.across)}")
        tables: dict[str, list[pd.DataFrame]] = {}
        reasons: list[Reason] = []
        for sorting in one.across:
            try:
                reasons += _over(one, sorting, asked_of(one, contrasts), context, tables)
            except CoprodError as error:
                reasons.append(Reason("across_failed", {"sorting": sorting, "error": error.in_one_line}))
        joined = {name: pd.concat(own, ignore_index=True) for name, own in tables.items()}
        found[one.id] = joined, tuple(reasons)
    return found


def _over(
    hypothesis: Hypothesis,
    sorting: str,
    asked: Mapping[str, Mapping[str, float]],
    context: Context,
    tables: dict[str, list[pd.DataFrame]],
) -> list[Reason]:
    """Compare the paths over one grouping; keeps the ``tables``."""
    from coprod_measure.structure.methods.planned_slopes import planned_slopes

    group = named_groups(sorting, context)
    told = []
    if group is None:
        group, told = bands(sorting, context), [Reason("across_bands", {"sorting": sorting})]
    if group is None:
        return [Reason("across_unknown", {"sorting": sorting})]
    taken = take_apart(replace(hypothesis, moderators=()), context.theory, context.clean)
    if not taken.claims:
        raise DataError("no path of it was asked")
    found = compare_paths(taken, group, sorting, context, beside=True)
    reasons = [*told, *found.reasons]
    yes_no = tuple(dict.fromkeys(one.target for one in taken.claims if taken.variables[one.target].binary))
    reasons += [Reason("across_linear", {"targets": yes_no})] if yes_no else []
    own = found.equal
    frames = {
        "across_tests": own.paths,
        "across_paths": own.estimates.assign(n=own.estimates["group"].map(found.sizes)),
    }
    names = list(dict.fromkeys(own.estimates["group"]))
    signs = {(one.source, one.target): one.sign for one in taken.claims}
    weighed = []
    for name, weights in asked.items():
        planned = planned_weights(weights, names)
        if planned:
            slopes = planned_slopes(own, planned)
            sides = {side: ", ".join(own) for side, own in sides_of(planned).items()}
            weighed.append(slopes.assign(contrast=name, **sides))
            reasons += _told(slopes, planned, signs, SIGNS[hypothesis.sign], context.level)
        else:
            reasons.append(Reason("contrast_over_groups", {"sorting": sorting, "words": tuple(weights)}))
        if weights is not hypothesis.contrast and (unmet := unmet_words(weights, names)):
            reasons.append(Reason("words_without_category", {"words": unmet}))
    if weighed:
        whole = pd.concat(weighed, ignore_index=True)
        frames["across_contrasts"] = whole.assign(pvalue_adjusted=holm(whole["pvalue"].to_numpy()))
    for name, frame in frames.items():
        tables.setdefault(name, []).append(frame.assign(sorting=sorting))
    return reasons


def _told(
    slopes: pd.DataFrame,
    planned: Mapping[str, float],
    signs: Mapping[tuple[str, str], int],
    sign: int,
    level: float,
) -> list[Reason]:
    """Word the contrast of one path; of several count those that are surely stronger, and weaker."""
    sides = sides_of(planned)
    if len(slopes) == 1:
        row = slopes.iloc[0]
        told = {"source": row["source"], "target": row["target"], "gap": float(row["estimate"])}
        return [Reason("planned_slope", {**told, "p": float(row["pvalue"]), **sides})]
    turned = [
        (signs.get((row.source, row.target), sign) or 1) * row.estimate
        for row in slopes[slopes["pvalue_adjusted"] < level].itertuples()
    ]
    counts = {"of": len(slopes), "shown": sum(t > 0 for t in turned), "against": sum(t < 0 for t in turned)}
    return [Reason("planned_slopes", {**counts, **sides})]
