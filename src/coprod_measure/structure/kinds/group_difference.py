"""Whether groups differ: means of scale scores by category, partner or an answer that sorts people."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.structure.evidence import Context, Evidence, Finding, Kind, KindResult, Reason
from coprod_measure.structure.methods.contrasts import THIN, Contrasts, contrasts
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.structure.variables import DESIGN, design_item
from coprod_measure.theory.definition import Hypothesis

ETA2, CONCORDANCE = "eta_squared", "concordance"
FEWEST = 5
"""Respondents a group must have to be compared."""
WORDS = {
    "differs_in_paths": "a difference of paths between groups, which means do not show",
    "no_groups": "nothing sorts the respondents by {source}: two groups of {fewest} or more are needed",
    "groups_failed": "its groups could not be compared: {error}",
    "thin_groups": "fewer than {least} respondents in {groups}",
    "left_out_groups": "left out for fewer than {fewest} respondents: {groups}",
    "observed_means": "means of scale scores, which take equal measurement in all groups for granted",
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say what sorts nobody, or that paths are meant."""
    if hypothesis.via or hypothesis.moderators:
        return Reason("differs_in_paths")
    if not variables_of(hypothesis.targets, context):
        return Reason("not_measured", {"constructs": hypothesis.targets})
    source = hypothesis.sources[0]
    if _column(source, context) is None:
        return Reason("no_groups", {"source": source, "fewest": FEWEST})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Compare the groups of the first source in every outcome."""
    return one_by_one(hypotheses, context, _evidence, "Group difference", "groups_failed")


def _column(source: str, context: Context) -> str | None:
    """Name the column that sorts people: of the design, or the item of an observed construct with options."""
    design = DESIGN.get(source, "")
    if design in context.clean.about:
        return f"about:{design}"
    if item := design_item(context.clean, source):
        return item
    found = variables_of((source,), context)
    if len(found) == 1 and not found[0].latent and len(found[0].items) == 1:
        item = found[0].items[0]
        return item if context.clean.instrument.scale_of(item) is not None else None
    return None


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    source = hypothesis.sources[0]
    expected = SIGNS[hypothesis.sign]
    findings, reasons, cells, pairs = [], [Reason("observed_means")], [], []
    for target in hypothesis.targets:
        if not variables_of((target,), context):
            continue
        seen = scores([target], context)
        frame = seen.frame.assign(group=_groups(source, context).reindex(seen.frame.index)).dropna()
        sizes = frame["group"].value_counts()
        small = sorted(map(str, sizes[sizes < FEWEST].index))
        frame = frame[frame["group"].map(sizes) >= FEWEST]
        if frame["group"].nunique() < 2:
            raise DataError(f"{source} sorts the respondents into fewer than two groups of {FEWEST} or more")
        found = contrasts(frame, target, ["group"])
        findings.append(_finding(hypothesis, found, source, expected, seen.respondents, frame))
        own = found.cells()
        thin = tuple(map(str, own[own["thin"]]["group"]))
        reasons += [Reason("thin_groups", {"least": THIN, "groups": thin})] if thin else []
        reasons += [Reason("left_out_groups", {"fewest": FEWEST, "groups": tuple(small)})] if small else []
        cells.append(own.assign(target=target, source=source))
        pairs.append(found.pairs().assign(target=target))
    weakest = max(findings, key=lambda one: one.pvalue if one.direction > 0 else 2.0 - one.pvalue)
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=weakest.measure, estimate=weakest.estimate,
        pvalue=weakest.pvalue, direction=weakest.direction, findings=tuple(findings),
        reasons=tuple(reasons),
        tables={
            "groups": pd.concat(cells, ignore_index=True), "group_pairs": pd.concat(pairs, ignore_index=True)
        },
    )  # fmt: skip


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
) -> Finding:
    """Judge ordered groups by Jonckheere's test where a sign is claimed, others by Welch's F."""
    if expected and pd.api.types.is_numeric_dtype(frame["group"]):
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


KIND = Kind(name="group_difference", levels=("group_difference",), run=run, why_not=why_not, words=WORDS)
