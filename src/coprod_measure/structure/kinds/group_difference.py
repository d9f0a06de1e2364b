"""Whether groups differ: in means of constructs, or in the paths between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
from pydantic import Field

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure import group_contrasts, paths_across
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.design import (
    DESIGN,
    design_item,
    group_names,
    have_an_order,
)
from coprod_measure.structure.evidence import (
    Beside,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.group_contrasts import planned_contrasts
from coprod_measure.structure.group_paths import KIND as NAME
from coprod_measure.structure.group_paths import as_partial, paths_of, paths_over_groups, sorted_rows
from coprod_measure.structure.methods.contrasts import THIN, Contrasts, contrasts
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

ETA2, CONCORDANCE = "eta_squared", "concordance"
FEWEST = 5
"""Respondents a group must have to be compared."""
WORDS = {
    "no_latent_means": "latent means of {target} are not compared: {why}",
    "latent_means": "latent means of {target} after {level} invariance: joint Wald {wald:.2f}, {p:p}",
    "paths_over_groups": "paths over {groups}, loadings {held}: all equal, LR {lr:.2f}, {p:p}",
    "paths_of_people": "paths over {groups}, loadings {held}: all equal, Wald {wald:.2f}, {p:p}, errors "
    "robust to people, whose rows lie in several groups",
    "paths_in_two_steps": "paths over {groups}, loadings {held}: all equal, Wald {wald:.2f}, {p:p}, "
    "structural after measurement, each construct measured by itself",
    "claims_sameness": "it claims no difference: differences must lie within {bound:g} with 90% confidence, "
    "and one that is shown to be larger contradicts it",
    "wide_intervals": "with {n} respondents intervals are too wide to show that all paths differ by less "
    "than {bound:g}: {needed} would be needed",
    "no_groups": "nothing sorts the respondents by {source}: two groups of {fewest} or more are needed",
    "groups_failed": "its groups could not be compared: {error}",
    "thin_groups": "fewer than {least} respondents in {groups}",
    "left_out_groups": "left out for fewer than {fewest} respondents: {groups}",
    "no_order": "options of {source} have no order: it is only tested whether their means differ",
    "two_groups": "a positive claim says higher in the first of its two groups: {groups}",
    "observed_means": "means of scale scores, which take equal measurement in all groups for granted",
    **paths_across.WORDS,
    **group_contrasts.WORDS,
}


class GroupOptions(KindOptions):
    """What counts as the same."""

    same_within: float = Field(
        0.2, gt=0.0, description="Differences of paths below it, in the first group's units, are none"
    )
    contrasts: dict[str, dict[str, float] | dict[str, dict[str, float]]] = Field(
        {},
        description="Hypothesis to words in the names of groups and their weights, means of those above "
        "zero expected higher, with across their paths stronger: {H6f: {luxury: 1, washing: -1}}; several "
        "by name: {H6f: {luxury: {luxury: 1, washing: -1}, dress: {...}}}; else as the theory says",
    )


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say what sorts nobody, or what was not asked."""
    if not variables_of(hypothesis.targets, context):
        return Reason("not_measured", {"constructs": hypothesis.targets})
    if hypothesis.moderators and not variables_of(hypothesis.sources, context):
        return Reason("not_measured", {"constructs": hypothesis.sources})
    sorting = (hypothesis.moderators or hypothesis.sources)[0]
    if _column(sorting, context) is None:
        return Reason("no_groups", {"source": sorting, "fewest": FEWEST})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Compare the groups of the first source in every outcome."""
    return one_by_one(hypotheses, context, _either, "Group difference", "groups_failed")


def _either(hypothesis: Hypothesis, context: Context) -> Evidence:
    if hypothesis.moderators:
        group = _groups(hypothesis.moderators[0], context)
        found = paths_over_groups(hypothesis, group, _options(context).same_within, context)
        if not hypothesis.across and group_contrasts.asked_of(hypothesis, _options(context).contrasts):
            refused = Reason("contrast_of_means", {"sorting": hypothesis.moderators[0]})
            found = replace(found, reasons=(*found.reasons, refused))
    else:
        apart, told = context.of_independent_rows()
        found = _evidence(hypothesis, apart)
        found = replace(found, reasons=(*found.reasons, *told))
    names = group_names((hypothesis.moderators or hypothesis.sources)[0], context)

    def name(group: object) -> str:
        return names.get(code_as_text(group), str(group))

    tables = {
        id_: table.assign(**{at: table[at].map(name) for at in ("group", "first", "second") if at in table})
        for id_, table in found.tables.items()
    }
    reasons = tuple(
        replace(one, fields={**one.fields, "groups": tuple(map(name, one.fields["groups"]))})
        if isinstance(one.fields.get("groups"), tuple)
        else one
        for one in found.reasons
    )
    return replace(found, tables=tables, reasons=reasons) if names else found


def _options(context: Context) -> GroupOptions:
    given = context.options.get(KIND.name)
    return given if isinstance(given, GroupOptions) else GroupOptions()


def _together(hypothesis: Hypothesis, context: Context) -> list[tuple[str, ...]]:
    """Give what the same people must have answered: both sides of a path, or an outcome and the group."""
    sorting = (hypothesis.moderators or hypothesis.sources)[:1]
    if not hypothesis.moderators:
        return [(*sorting, target) for target in hypothesis.targets]
    taken = take_apart(replace(hypothesis, moderators=()), context.theory, context.clean)
    return [(*sorting, *path) for path in paths_of(taken.claims)]


def _beside(hypotheses: Sequence[Hypothesis], context: Context) -> Mapping[str, Beside]:
    """Compare the paths of claims of other kinds over the groups that they name."""
    return paths_across.beside(hypotheses, context, _options(context).contrasts)


def _column(source: str, context: Context) -> str | None:
    """Name the column that sorts people: of the design, or the first item of an observed construct."""
    design = DESIGN.get(source, "")
    if design in context.clean.about:
        return f"about:{design}"
    if item := design_item(context.clean, source):
        return item
    found = variables_of((source,), context)
    if len(found) != 1 or found[0].latent:
        return None
    scales = [context.clean.instrument.scale_of(item) for item in found[0].items]
    # Of several questions whose options have no order no mean could be taken: the first sorts.
    nominal = all(scale is not None and not scale.ordered for scale in scales)
    return found[0].items[0] if nominal or (len(scales) == 1 and scales[0] is not None) else None


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    source = hypothesis.sources[0]
    expected = SIGNS[hypothesis.sign]
    asked = group_contrasts.asked_of(hypothesis, _options(context).contrasts)
    findings: list[Finding] = []
    reasons = [Reason("observed_means")]
    tables: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for target in hypothesis.targets:
        if not variables_of((target,), context):
            continue
        seen = scores([target], context)
        frame = seen.frame.assign(group=_groups(source, context).reindex(seen.frame.index)).dropna()
        sizes = frame["group"].value_counts()
        small = sorted(sizes[sizes < FEWEST].index)
        frame = frame[frame["group"].map(sizes) >= FEWEST]
        if frame["group"].nunique() < 2:
            raise DataError(
                f"{source} sorts those who answered {target} into fewer than two groups of {FEWEST} or more"
            )
        found = contrasts(frame, target, ["group"])
        codes = sorted(frame["group"].unique())
        ordered = pd.api.types.is_numeric_dtype(frame["group"])
        ordered &= have_an_order(source, context) or len(codes) == 2
        planned = planned_contrasts(hypothesis, source, target, frame, asked, context, seen.respondents)
        findings += planned.findings
        reasons += planned.reasons
        if planned.findings:
            tables["group_contrasts"].append(planned.table)
        else:
            if not (expected and ordered):
                _answers_differ(frame, target, group_names(source, context))
            findings.append(_finding(hypothesis, found, source, expected, seen.respondents, frame, ordered))
            reasons += context.without_controls()
            if expected and not ordered:
                reasons.append(Reason("no_order", {"source": source}))
            elif expected and not have_an_order(source, context):
                reasons.append(Reason("two_groups", {"groups": (codes[-1], codes[0])}))
        own = found.cells()
        reasons += _sizes(own, small)
        tables["groups"].append(own.assign(target=target, source=source))
        tables["group_pairs"].append(found.pairs().assign(target=target))
        if context.verdicts_only:
            continue
        table, beside, told = _latent(target, frame["group"], context, planned.weights)
        reasons += told
        for name, one in (("latent_pairs", table), ("latent_contrasts", beside)):
            tables[name] += [one] if len(one) else []
    shown = {name: pd.concat(own, ignore_index=True) for name, own in tables.items() if own}
    unique = {(one.code, str(one.fields)): one for one in reasons}
    return by_weakest(KIND.name, findings, context.level, reasons=[*unique.values()], tables=shown)


def _sizes(cells: pd.DataFrame, small: Sequence[object]) -> list[Reason]:
    """Say which groups are thin, and which are too small to count."""
    thin = tuple(cells[cells["thin"]]["group"])
    found = [Reason("thin_groups", {"least": THIN, "groups": thin})] if thin else []
    return found + ([Reason("left_out_groups", {"fewest": FEWEST, "groups": tuple(small)})] if small else [])


def _answers_differ(frame: pd.DataFrame, target: str, names: Mapping[str, str]) -> None:
    """Refuse groups in which all answers are the same: Welch's test weighs means by how answers differ."""
    spread = frame.groupby("group")[target].nunique()
    same = [names.get(code_as_text(one), str(one)) for one in spread.index[spread < 2]]
    if same:
        raise DataError(
            f"everybody in {', '.join(same)} gave the same answer to {target}",
            cure="Join groups, or leave out those whose answers do not differ",
            code="constant-group",
        )


def _groups(source: str, context: Context) -> pd.Series:
    """Give the group of each respondent: its name in the design, or the code of an answer."""
    column = _column(source, context)
    if column is None:
        raise DataError(f"nothing sorts the respondents by {source}")
    if column.startswith("about:"):
        return context.clean.about[column.removeprefix("about:")].astype("string").astype(object)
    return context.clean.frame[column]


def _finding(
    hypothesis: Hypothesis,
    found: Contrasts,
    source: str,
    expected: int,
    respondents: str,
    frame: pd.DataFrame,
    ordered: bool,
) -> Finding:
    """Judge ordered groups, and two, by Jonckheere's test where a sign is claimed, others by Welch's F."""
    if expected and ordered:
        test = found.ordered("two-sided")
        measure, estimate, p = CONCORDANCE, test.concordance, test.pvalue
        direction = 1 if (test.concordance - 0.5) * expected > 0 else -1
    else:
        table = found.anova()
        measure, estimate, direction = ETA2, float(table["partial_eta_squared"].iloc[0]), 1
        p = float(found.omnibus().set_index("test").loc["welch", "pvalue"])
    return Finding(
        hypothesis=hypothesis.id, source=source, target=found.outcome, expected=expected, measure=measure,
        respondents=respondents, n=len(frame), estimate=estimate, pvalue=p, direction=direction,
    )  # fmt: skip


def _latent(
    target: str, group: pd.Series, context: Context, planned: Mapping[str, Mapping[str, float]]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Reason]]:
    """Contrast latent means of a construct that groups measure alike, at least in part."""
    from coprod_measure.measurement.invariance.groups import invariance
    from coprod_measure.structure.methods.group_models import latent_means

    nothing = pd.DataFrame()
    (variable, *others) = variables_of((target,), context)
    if others or not variable.latent or len(variable.items) < 3:
        return nothing, nothing, []
    factors = {target: list(variable.items)}
    frame = sorted_rows(factors[target], group, context)
    frame = frame[frame["group"].map(frame["group"].value_counts()) >= THIN]
    if frame["group"].nunique() < 2:
        why = f"fewer than two groups of {THIN} or more answered all of its questions"
        return nothing, nothing, [Reason("no_latent_means", {"target": target, "why": why})]
    try:
        found = invariance(
            factors,
            frame,
            group="group",
            levels=("configural", "metric", "scalar"),
            partial=True,
            effects=False,
        )
        if "scalar" not in found.highest:
            why = next(iter(found.unavailable.values())).reason if found.highest == "none" else ""
            raise DataError(why or f"the highest level that holds is {found.highest}")
        kept = frame[~frame["group"].isin(set(found.left_out["label"].astype(str)))]
        whole = {name: own for name, own in planned.items() if set(own) <= set(kept["group"])}
        means = latent_means(kept, factors, target, "group", as_partial(found.freed), planned=whole)
    except CoprodError as error:
        return nothing, nothing, [Reason("no_latent_means", {"target": target, "why": error.in_one_line})]
    told = {"target": target, "level": found.highest, "wald": means.wald, "p": means.pvalue}
    reasons = [Reason("latent_means", told)]
    reasons += [
        Reason("latent_contrast", {"target": target, "d": float(row.d), "p": float(row.pvalue_adjusted)})
        for row in means.planned.itertuples()
    ]
    return means.contrasts.assign(target=target), means.planned.assign(target=target), reasons


KIND = Kind(
    name=NAME,
    levels=("group_difference",),
    run=run,
    why_not=why_not,
    words=WORDS,
    options=GroupOptions,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
    takes_names=lambda one, _: ("moderator",) if one.moderators else ("source",),
    item_by_item=True,
    beside=_beside,
    together=_together,
)
