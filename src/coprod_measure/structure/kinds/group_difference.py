"""Whether groups differ: in means of constructs, or in the paths between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil, nan
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.optimize import brentq
from scipy.stats import norm

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.estimation.inference.multiple_tests import adjusted
from coprod_measure.measurement.sampling import SurveyAnswers
from coprod_measure.structure.claims import Claim, take_apart
from coprod_measure.structure.design import (
    DESIGN,
    FEWEST_OF_A_PATH,
    design_item,
    group_code,
    group_names,
    have_an_order,
)
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.methods.contrasts import THIN, Contrasts, contrasts
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.structure.variables import Variable, score_frame
from coprod_measure.theory.definition import Hypothesis

ETA2, CONCORDANCE, PATH_GAP = "eta_squared", "concordance", "path_difference"
FEWEST = 5
"""Respondents a group must have to be compared."""
WORDS = {
    "no_latent_means": "latent means of {target} are not compared: {why}",
    "latent_means": "latent means of {target} after {level} invariance: joint Wald {wald:.2f}, {p:p}",
    "paths_over_groups": "paths over {groups}, loadings {held}: all equal, LR {lr:.2f}, {p:p}",
    "claims_sameness": "it claims no difference: differences must lie within {bound:g} with 90% confidence, "
    "and one that is shown to be larger contradicts it",
    "wide_intervals": "with {n} respondents intervals are too wide to show that all paths differ by less "
    "than {bound:g}: about {needed} would be needed",
    "no_groups": "nothing sorts the respondents by {source}: two groups of {fewest} or more are needed",
    "groups_failed": "its groups could not be compared: {error}",
    "thin_groups": "fewer than {least} respondents in {groups}",
    "left_out_groups": "left out for fewer than {fewest} respondents: {groups}",
    "no_order": "options of {source} have no order: it is only tested whether their means differ",
    "two_groups": "a positive claim says higher in the first of its two groups: {groups}",
    "observed_means": "means of scale scores, which take equal measurement in all groups for granted",
}


class GroupOptions(KindOptions):
    """What counts as the same."""

    same_within: float = Field(
        0.2, gt=0.0, description="Differences of paths below it, in the first group's units, are none"
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
        found = _in_paths(hypothesis, context)
    else:
        apart, told = context.of_independent_rows()
        found = _evidence(hypothesis, apart)
        found = replace(found, reasons=(*found.reasons, *told, *context.without_controls()))
    names = group_names((hypothesis.moderators or hypothesis.sources)[0], context)

    def name(group: object) -> str:
        return names.get(group_code(group).removesuffix(".0"), str(group))

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
    findings, reasons, cells, pairs, latent = [], [Reason("observed_means")], [], [], []
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
        if not (expected and ordered):
            _answers_differ(frame, target, group_names(source, context))
        findings.append(_finding(hypothesis, found, source, expected, seen.respondents, frame, ordered))
        if expected and not ordered:
            reasons.append(Reason("no_order", {"source": source}))
        elif expected and not have_an_order(source, context):
            reasons.append(Reason("two_groups", {"groups": (codes[-1], codes[0])}))
        own = found.cells()
        thin = tuple(own[own["thin"]]["group"])
        reasons += [Reason("thin_groups", {"least": THIN, "groups": thin})] if thin else []
        reasons += [Reason("left_out_groups", {"fewest": FEWEST, "groups": tuple(small)})] if small else []
        cells.append(own.assign(target=target, source=source))
        pairs.append(found.pairs().assign(target=target))
        table, told = _latent(target, frame["group"], context)
        reasons += told
        latent += [table] if len(table) else []
    tables = {"groups": pd.concat(cells, ignore_index=True)}
    tables["group_pairs"] = pd.concat(pairs, ignore_index=True)
    tables |= {"latent_pairs": pd.concat(latent, ignore_index=True)} if latent else {}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _answers_differ(frame: pd.DataFrame, target: str, names: Mapping[str, str]) -> None:
    """Refuse groups in which all answers are the same: Welch's test weighs means by how answers differ."""
    spread = frame.groupby("group")[target].nunique()
    same = [names.get(group_code(one).removesuffix(".0"), str(one)) for one in spread.index[spread < 2]]
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


def _latent(target: str, group: pd.Series, context: Context) -> tuple[pd.DataFrame, list[Reason]]:
    """Contrast latent means of a construct that groups measure alike, at least in part."""
    from coprod_measure.measurement.invariance.groups import invariance
    from coprod_measure.structure.methods.group_models import latent_means

    (variable, *others) = variables_of((target,), context)
    if others or not variable.latent or len(variable.items) < 3:
        return pd.DataFrame(), []
    factors = {target: list(variable.items)}
    frame = _sorted_rows(factors[target], group, context)
    frame = frame[frame["group"].map(frame["group"].value_counts()) >= THIN]
    if frame["group"].nunique() < 2:
        why = f"fewer than two groups of {THIN} or more answered all of its questions"
        return pd.DataFrame(), [Reason("no_latent_means", {"target": target, "why": why})]
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
        means = latent_means(kept, factors, target, "group", _unequal(found.freed))
    except CoprodError as error:
        return pd.DataFrame(), [Reason("no_latent_means", {"target": target, "why": error.in_one_line})]
    told = {"target": target, "level": found.highest, "wald": means.wald, "p": means.pvalue}
    return means.contrasts.assign(target=target), [Reason("latent_means", told)]


def _sorted_rows(items: Sequence[str], group: pd.Series, context: Context) -> pd.DataFrame:
    frame = context.clean.frame[list(items)].assign(group=group).dropna()
    label = frame["group"].map(lambda one: f"{one:g}" if isinstance(one, float) else str(one))
    return frame.assign(group=label).sort_values("group", kind="stable")


def _unequal(freed: pd.DataFrame) -> list[str]:
    """Write freed loadings and intercepts as partial equality, ``"f=~x"`` and ``"x~1"``."""
    return [
        f"{row.construct}=~{row.item}" if "loading" in str(row.parameter) else f"{row.item}~1"
        for row in freed.itertuples()
    ]


def _paths_of(claims: Sequence[Claim]) -> dict[tuple[str, str], None]:
    steps = [((claim.source,), *claim.via, (claim.target,)) for claim in claims]
    pairs = [pair for own in steps for pair in pairwise(own)]
    return {(cause, effect): None for before, after in pairs for cause in before for effect in after}


def _in_paths(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Test the paths of a claim over the groups of its moderator, loadings equal."""
    from coprod_measure.structure.methods.group_models import equal_paths

    options = context.options.get(KIND.name)
    asked = options if isinstance(options, GroupOptions) else GroupOptions()
    sorting = hypothesis.moderators[0]
    taken = take_apart(replace(hypothesis, moderators=()), context.theory, context.clean)
    paths = _paths_of(taken.claims)
    names = dict.fromkeys(name for path in paths for name in path)
    variables = [taken.variables[name] for name in names]
    rows, small, sampling = _grouped(variables, sorting, context)
    rows, controls = _held(rows, variables, list(dict.fromkeys(target for _, target in paths)), context)
    factors = {one.id: list(one.items) for one in variables if one.latent}
    held, unequal = _equal_loadings(factors, SurveyAnswers(rows, **sampling))
    # A claim of no difference is judged by the differences; the tests stand beside it.
    tests = not (hypothesis.no_difference and context.verdicts_only)
    found = equal_paths(
        rows, factors, list(paths), "group", unequal, controls=controls, tests=tests, std_lv=True, **sampling
    )
    joint = found.paths.iloc[-1]
    told = {"groups": sorting, "held": held, "lr": float(joint["lr"]), "p": float(joint["lr_pvalue"])}
    reasons = [Reason("paths_over_groups", told)] if tests else []
    reasons += [Reason("left_out_groups", {"fewest": FEWEST_OF_A_PATH, "groups": small})] if small else []
    reasons += [Reason("claims_sameness", {"bound": asked.same_within})] if hypothesis.no_difference else []
    sizes_of = _sizes(found.differences, asked.same_within)
    findings = tuple(
        _path_finding(hypothesis, row, sizes_of, found.n, sorting, context.level)
        for row in found.paths.itertuples()
        if row.source
    )
    if hypothesis.no_difference:
        weakest = min(findings, key=lambda one: one.direction)
        pvalue = weakest.pvalue
        reasons += _too_wide(sizes_of, asked.same_within, found.n)
    else:
        weakest = min(findings, key=lambda one: one.pvalue)
        pvalue = float(joint["lr_pvalue"])
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=PATH_GAP, estimate=weakest.estimate,
        ci_lower=weakest.ci_lower, ci_upper=weakest.ci_upper, pvalue=pvalue, direction=weakest.direction,
        findings=findings, reasons=tuple(reasons),
        tables={
            "group_paths": found.paths, "path_estimates": found.estimates, "path_pairs": found.differences
        },
    )  # fmt: skip


def _grouped(
    variables: Sequence[Variable], sorting: str, context: Context
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, str]]:
    """Give complete rows of groups that are large enough, the groups that are not, and the design."""
    design, sampling = context.clean.sampling()
    frame = score_frame(variables, context.clean).join(design)
    rows = _sorted_rows([], _groups(sorting, context), context).join(frame).dropna()
    sizes = rows["group"].value_counts()
    rows = rows[rows["group"].map(sizes) >= FEWEST_OF_A_PATH]
    if rows["group"].nunique() < 2:
        raise DataError(
            f"{sorting} sorts those who answered all of it into fewer than two groups of {FEWEST_OF_A_PATH} "
            "or more"
        )
    first = rows[rows["group"] == rows["group"].iloc[0]]
    for one in variables:
        if not one.latent:  # as factors, in standard deviations of the first group
            rows[one.id] /= first[one.id].std() or 1.0
    return rows, tuple(sorted(map(str, sizes[sizes < FEWEST_OF_A_PATH].index))), sampling


def _held(
    rows: pd.DataFrame, variables: Sequence[Variable], targets: Sequence[str], context: Context
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Add controls that vary in every group, and give those of each target."""
    items = [item for one in variables for item in one.items]
    controls: dict[str, tuple[str, ...]] = {}
    for target in targets:
        names = context.controls.of(target, rows.index, items)
        values = context.controls.columns(names, rows.index)
        vary = values.groupby(rows["group"]).nunique().min() > 1
        controls[target] = tuple(name for name in names if vary[name])
    return rows.join(context.controls.columns(set().union(*controls.values()), rows.index)).dropna(), controls


def _equal_loadings(factors: dict[str, list[str]], rows: SurveyAnswers) -> tuple[str, list[str]]:
    """Say whether loadings can be held equal, and which cannot."""
    from coprod_measure.measurement.invariance.groups import invariance

    if not factors:
        return "none", []
    found = invariance(
        factors, rows, group="group", levels=("configural", "metric"), partial=True, effects=False
    )
    if "metric" not in found.highest:
        why = "; ".join(dict.fromkeys(one.reason for one in found.unavailable.values()))
        if found.highest == "none" and why:
            raise DataError(why)
        raise DataError(f"loadings differ between groups beyond repair: {found.highest} invariance holds")
    unequal = _unequal(found.freed)
    return f"equal but {len(unequal)}" if unequal else "equal", unequal


def _sizes(differences: pd.DataFrame, bound: float) -> pd.DataFrame:
    """Add whether each difference is shown to be within the bound, and p that it is beyond it.

    The second is a test of a minimum effect (Murphy and Myors 1999, Journal of Applied Psychology 84,
    234-248), adjusted over all paths and pairs (Holm): one path beyond the bound contradicts them all, and
    a difference that is there and small none.
    """
    size, se = differences["estimate"].abs(), differences["se"]
    beyond = adjusted(norm.sf((size - bound) / se).tolist(), "holm")
    return differences.assign(within=size + norm.isf(0.05) * se < bound, beyond=beyond)


def _too_wide(sizes: pd.DataFrame, bound: float, n: int) -> list[Reason]:
    """Say how many respondents show that no path differs where none does, in four samples of five.

    Two one-sided tests (Schuirmann 1987) of every path and pair, an intersection-union test: errors fall with
    the root of n, and ``2 Phi(bound / se - z_.95) - 1`` of each difference is multiplied as if they were
    independent.
    """
    se = sizes["se"].to_numpy(dtype=float)

    def together(factor: float) -> float:
        return float(np.prod(2.0 * norm.cdf(np.maximum(bound * factor / se - norm.isf(0.05), 0.0)) - 1.0))

    if together(1.0) >= 0.8:
        return []
    factor = brentq(lambda one: together(one) - 0.8, 1.0, 10.0 * max(1.0, float(se.max()) / bound))
    return [Reason("wide_intervals", {"n": n, "needed": ceil(n * factor**2 / 100) * 100, "bound": bound})]


def _path_finding(
    hypothesis: Hypothesis, row: Any, sizes: pd.DataFrame, n: int, sorting: str, level: float
) -> Finding:
    """Judge a path by its largest difference: it is there, or where none is claimed, it is small."""
    own = sizes[(sizes["source"] == row.source) & (sizes["target"] == row.target)]
    largest = own.loc[own["estimate"].abs().idxmax()]
    estimate, se = float(largest["estimate"]), float(largest["se"])
    direction, pvalue = 1, float(row.lr_pvalue)
    if hypothesis.no_difference:
        beyond = bool((own["beyond"] < level).any())
        direction, pvalue = (1 if own["within"].all() else -1 if beyond else 0), nan
    return Finding(
        hypothesis=hypothesis.id, source=f"{row.source} x {sorting}", target=row.target, measure=PATH_GAP,
        model="groups", n=n, estimate=estimate, se=se, ci_lower=estimate - 1.959964 * se,
        ci_upper=estimate + 1.959964 * se, pvalue=pvalue, direction=direction,
    )  # fmt: skip


KIND = Kind(
    name="group_difference",
    levels=("group_difference",),
    run=run,
    why_not=why_not,
    words=WORDS,
    options=GroupOptions,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
)
