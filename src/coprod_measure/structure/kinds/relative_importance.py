"""Which of several causes weighs most: dominance analysis on latent correlations, or of a yes/no answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.structure.cause_blocks import blocks_of
from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.evidence import (
    Beside,
    Context,
    Evidence,
    Finding,
    Kind,
    KindResult,
    Reason,
    as_claimed,
    by_weakest,
)
from coprod_measure.structure.importance_sources import most_sets
from coprod_measure.structure.methods.dominance import Dominance
from coprod_measure.structure.methods.ranking import Ranking
from coprod_measure.structure.path_contrasts import equal_paths_to_all
from coprod_measure.structure.ranked_causes import GENERAL, MANY_LOST, WEIGHT, Ranked, patterns_table, ranked
from coprod_measure.structure.regression import SIGNS, one_by_one, variables_of
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

FIRST = "p_first"
BLOCKS = "blocks"
"""Whose ranks a row of the table ``ranks`` holds: the blocks'; empty: the causes', else those in a block."""
WORDS = {
    "one_predictor": "importance is relative, and only one of its causes was asked",
    "dominance_failed": "its dominance analysis could not be done: {error}",
    "dominance_failed_beside": "no dominance analysis beside: {error}",
    "equal_slopes": "paths of {source} to {of} outcomes all equal: Wald {wald:.2f}, {p:p}",
    "all_equal_slopes": "all causes at once, paths to {of} outcomes equal: Wald {wald:.2f}, {df} df, {p:p}",
    "no_equal_slopes": "whether paths are equal over the outcomes could not be tested: {error}",
    "other_first": "on scale means {other} comes first for {target}",
    "facets_too_many": "the parts of {blocks} were not ranked: all subsets are compared of {most} at most",
    "by_weights": "the {found} causes of {target} are ranked by relative weights: dominance compares all "
    "subsets, of {most} at most",
    "no_blocks": "no dominance by blocks: the theory puts them under no 2 to {most} structures, domains or "
    "stages; name 'blocks' in the claim",
    "ranks_first": "{first} ranks first of {of} for {target} in {share} of the draws",
    "draws_lost": "{share} of the draws of {target} could not be used, which makes the ranks unsafe: causes "
    "are hardly told apart ({first} and {second} correlate {r:.2f})",
    "drawn_on_logs": "{share} of the draws of {target} were no covariances ({first} and {second} correlate "
    "{r:.2f}): all were drawn on the scale of the logarithm, and ranks are little sure",
    "draws_parted": "{share} of the draws of {target} could not be used, which makes the ranks unsafe: there "
    "causes part its answers completely",
    "no_ranks": "{first} comes first for {target}, how surely is unknown: {why}",
    "outranked": "{other} explains more of {target} than {first} in {share} of the draws",
    "yes_no_plain": "of the yes/no outcome {target} one row a person, without weights and clusters",
    "thin_importance": "{n:respondent} for {of:predictor}: the order is unsafe",
}

WORDS |= {
    f"by_{code}_blocks": f"dominance is that of {{of}} blocks, {words}, then within each"
    for code, words in {
        "claim": "as its claim names them",
        "structure": "the structures that they are parts of",
        "domain": "their domains",
        "branch": "the branches of their stages",
        "stage": "their stages",
    }.items()
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side is missing, or why there is nothing to rank."""
    sets = _sets(hypothesis, context)
    targets = variables_of(hypothesis.targets, context)
    if not targets or not sets:
        return Reason(
            "not_measured", {"constructs": scope_of(hypothesis, context.theory, context.clean).dark}
        )
    return Reason("one_predictor") if len(sets) < 2 else None


def ranked_by_weights(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether its causes are too many for all subsets of one of its outcomes."""
    found = len(_sets(hypothesis, context))
    return any(found > most_sets(yes_no=one.binary) for one in variables_of(hypothesis.targets, context))


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Rank the causes of each target."""
    return one_by_one(hypotheses, context, _evidence, "Relative importance", "dominance_failed")


def _sets(hypothesis: Hypothesis, context: Context) -> dict[str, tuple[str, ...]]:
    """Name what is measured of each source: a structure enters as the set of its constructs."""
    taken: set[str] = set()
    sets = {}
    for source in hypothesis.sources:
        own = tuple(one.id for one in variables_of((source,), context) if one.id not in taken)
        taken |= set(own)
        if own:
            sets[source] = own
    return sets


@dataclass(frozen=True, slots=True)
class _OfTarget:
    """What the data say of the causes of one outcome; ``share``: P(first) of the cause whose rank is told."""

    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...]
    share: float


Frames = dict[str, list[pd.DataFrame]]


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    sets, frames = _sets(hypothesis, context), Frames()
    targets = variables_of(hypothesis.targets, context)
    found = [_of_target(hypothesis, one, sets, len(targets), frames, context) for one in targets]
    reasons = [reason for one in found for reason in one.reasons]
    if "equal_slopes" in hypothesis.tested_by and not context.verdicts_only:
        reasons += _equal_slopes(hypothesis, context, frames)
    shown = {name: pd.concat(own, ignore_index=True) for name, own in frames.items()}
    findings = [finding for one in found for finding in one.findings]
    best = [one.share for one in found] if _asks_first(hypothesis) else ()
    return _judged(hypothesis, context, findings, reasons, shown, best)


def _asks_first(hypothesis: Hypothesis) -> bool:
    return "first_rank" in hypothesis.tested_by or hypothesis.sign == "unsigned"


def _of_target(
    hypothesis: Hypothesis,
    target: Variable,
    sets: Mapping[str, tuple[str, ...]],
    outcomes: int,
    frames: Frames,
    context: Context,
) -> _OfTarget:
    others = [one for one in variables_of(hypothesis.sources, context) if one.id != target.id]
    kept = {name: own for name, ids in sets.items() if (own := tuple(i for i in ids if i != target.id))}
    most, asks_first = most_sets(yes_no=target.binary), _asks_first(hypothesis)
    grouped = blocks_of(hypothesis, kept, context.theory, most)
    one = ranked(target, others, kept, grouped, context)
    rows = {str(row.predictor): row for row in one.table().itertuples()}
    claimed = _claimed(hypothesis, next(iter(rows)), asks_first, kept)
    share = float(rows[claimed].p_first)
    rivals = outcomes * max(len(sets) - 1, 1)
    direction = _first(one.ranking, claimed, context.level, rivals)
    reasons = _told(one.ranking, claimed, share, target.id, beaten=asks_first and direction < 0)
    reasons += _cautions(one, target, len(others), context)
    if one.measure == WEIGHT:
        about = {"found": len(kept), "target": target.id, "most": most}
        reasons += [Reason("by_weights", about), *(() if grouped else (Reason("no_blocks", {"most": most}),))]
    if grouped:
        reasons.append(Reason(f"by_{grouped.by}_blocks", {"of": len(grouped.blocks)}))
    if not context.verdicts_only:
        reasons += _details(one, target.id, frames, most)
        if not asks_first:
            frames.setdefault("paths", []).append(one.slopes.shown.assign(target=target.id))
    expected = SIGNS[hypothesis.sign]
    findings = []
    for name in [claimed] if asks_first else list(rows):
        row, (slope, p) = rows[name], one.slopes(kept[name])
        findings.append(
            Finding(
                hypothesis=hypothesis.id, source=name, target=target.id, expected=expected,
                measure=one.measure, respondents=one.respondents, n=one.found.n,
                estimate=float(row.general if one.measure == GENERAL else row.relative_weight),
                ci_lower=float(row.ci_lower), ci_upper=float(row.ci_upper), pvalue=nan if asks_first else p,
                direction=direction if asks_first else as_claimed(slope, expected),
            )
        )  # fmt: skip
    return _OfTarget(tuple(findings), tuple(reasons), share)


def _cautions(one: Ranked, target: Variable, of: int, context: Context) -> Iterator[Reason]:
    if target.binary and context.clean.sampling()[1]:
        yield Reason("yes_no_plain", {"target": target.id})
    if one.thin:
        yield Reason("thin_importance", {"n": one.found.n, "of": of})
    failed = max(one.lost, one.found.failed / max(one.found.draws, 1))
    if failed > MANY_LOST:
        first, second, r = one.closest
        about = {"share": f"{failed:.0%}", "first": first, "second": second, "r": r, "target": target.id}
        yield Reason(
            "draws_parted" if target.binary else "drawn_on_logs" if one.lost else "draws_lost", about
        )


def _details(one: Ranked, target: str, frames: Frames, most: int) -> list[Reason]:
    """Keep what stands beside the ranks of one outcome, and say what a reader must know of it."""

    def keep(name: str, table: pd.DataFrame, **about: object) -> None:
        frames.setdefault(name, []).append(table.assign(target=target, **about))

    table = one.table()
    keep("importance", table)
    keep("ranks", one.ranking.table(), of="", draws=one.draws)
    if isinstance(one.found, Dominance):
        keep("dominance", patterns_table(one.found))
    if one.blocks is not None:
        about = {"measure": one.blocks.measure, "total": one.blocks.total, "draws": one.blocks.draws}
        keep("blocks", one.blocks.table(), **about)
        keep("blocks_dominance", patterns_table(one.blocks))
        keep("ranks", one.blocks.ranking.table(), of=BLOCKS, draws=one.blocks.draws)
    for name, own in one.inside.items():
        keep("facets", own.table(), block=name)
        keep("ranks", own.ranking.table(), of=name, draws=own.draws)
    reasons = []
    if one.left_out:
        reasons.append(Reason("facets_too_many", {"blocks": one.left_out, "most": most}))
    first = max(one.on_scores, key=lambda name: one.on_scores[name], default="")
    if first not in ("", table["predictor"].iloc[0]):
        reasons.append(Reason("other_first", {"other": first, "target": target}))
    return reasons


def _equal_slopes(hypothesis: Hypothesis, context: Context, frames: Frames) -> list[Reason]:
    """Test whether the paths of each cause differ between the outcomes, and keep the tests."""
    targets = [one.id for one in variables_of(hypothesis.targets, context) if not one.binary]
    sources = [one.id for one in variables_of(hypothesis.sources, context) if one.id not in targets]
    if len(targets) < 2:
        return []
    try:
        found = equal_paths_to_all(sources, targets, context)
    except CoprodError as error:
        return [Reason("no_equal_slopes", {"error": error.in_one_line})]
    frames["equal_slopes"] = [found]
    reasons = []
    for row in found.itertuples():
        about = {"source": row.source, "of": len(targets), "wald": row.wald, "df": row.df, "p": row.pvalue}
        reasons.append(Reason("equal_slopes" if row.source else "all_equal_slopes", about))
    return reasons


def _claimed(hypothesis: Hypothesis, leader: str, asks_first: bool, asked: Collection[str]) -> str:
    """Name the cause whose rank is told: the one claimed to be first, else the one that is."""
    if not asks_first or hypothesis.sign == "unsigned":
        return leader
    first = hypothesis.sources[0]
    if first not in asked:
        raise DataError(f"{first}, which it claims to rank first, was not asked", code="not-measured")
    return first


def _judged(
    hypothesis: Hypothesis,
    context: Context,
    findings: list[Finding],
    reasons: list[Reason],
    tables: Mapping[str, pd.DataFrame],
    best: Sequence[float],
) -> Evidence:
    """Judge by who ranks first in the draws, or, where every cause must act, by the least certain slope."""
    if best:
        return Evidence(
            hypothesis=hypothesis.id, kind=KIND.name, measure=FIRST, estimate=min(best),
            direction=min(one.direction for one in findings), findings=tuple(findings),
            reasons=tuple(reasons), tables=tables,
        )  # fmt: skip
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _first(ranking: Ranking, claimed: str, level: float, rivals: int) -> int:
    """Whether a cause ranks first: shown, shown not to, or open.

    Not to rank first, one other must come before it: a low share says little, as many rivals that are equal
    share the first rank. The rival is a pick of several, and the share of draws in which it is behind is held
    against a level adjusted for their number (Bonferroni), one draw added as they are few (Davison and
    Hinkley 1997, Bootstrap methods and their application, section 4.2).
    """
    if isinstance(ranking.drawn, NotAvailable):
        return 0
    draws = ranking.drawn.shape[1]
    behind = (draws * (1.0 - ranking.rival_of(claimed)[1]) + 1.0) / (draws + 1.0)
    first = float(ranking.probabilities().loc[1, claimed])
    return 1 if first >= 1.0 - level else -1 if behind <= level / rivals else 0


def _told(ranking: Ranking, claimed: str, share: float, target: str, *, beaten: bool) -> list[Reason]:
    """Say how often a cause ranks first, and who comes before it."""
    fields = {"first": claimed, "target": target}
    if isinstance(ranking.drawn, NotAvailable):
        return [Reason("no_ranks", {**fields, "why": ranking.drawn.reason})]
    reasons = [Reason("ranks_first", {**fields, "of": len(ranking.names), "share": f"{share:.0%}"})]
    if beaten:
        other, ahead = ranking.rival_of(claimed)
        reasons.append(Reason("outranked", {**fields, "other": other, "share": f"{ahead:.0%}"}))
    return reasons


def beside(hypotheses: Sequence[Hypothesis], context: Context) -> dict[str, Beside]:
    """Rank the causes of claims of other kinds whose test names a dominance analysis."""
    found: dict[str, Beside] = {}
    for one in hypotheses:
        if "dominance" not in one.tested_by or one.level == KIND.name or why_not(one, context):
            continue
        try:
            evidence = _evidence(one, context)
        except CoprodError as error:
            found[one.id] = {}, (Reason("dominance_failed_beside", {"error": error.in_one_line}),)
        else:
            found[one.id] = evidence.tables, evidence.reasons
    return found


KIND = Kind(
    name="relative_importance",
    levels=("relative_importance",),
    run=run,
    why_not=why_not,
    words=WORDS,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
    missing="study",
    beside=beside,
)
