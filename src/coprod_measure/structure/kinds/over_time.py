"""Claims that need several waves: lagged effects, earlier values and stable differences held constant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.structure.claims import Claim, scope_of, take_apart
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
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.methods.attrition import Attrition
    from coprod_measure.structure.methods.occasions import Occasions
    from coprod_measure.structure.methods.panel import Panel
    from coprod_measure.structure.panel_claims import Followed

WORDS = {
    "binary_over_time": "its only claims are about yes/no answers, which no lagged effect of amounts carries",
    "no_mediation_over_time": "a chain of {steps:mediator} needs {needed} waves, these data have {found}",
    "plain_panel": "read from the plain cross-lagged model: {why}",
    "changes_over_time": "effects differ between waves ({pvalue:p}); their mean is judged",
    "left_panel": "{left} of {first:person|people} of the first wave were not seen in the last, "
    "{joined:person|people} have no row in the first (they came later, or cleaning left it out); "
    "all {people} count, missing waves by full information",
    "measured_by_items": "{constructs} measured by their items in every wave, with equal loadings",
    "scale_means_over_time": "of scale means, whose errors make effects smaller, as by items: {why}",
    "leavers_alike": "those about to leave had changed as others did (pattern mixture, {pvalue:p})",
    "leavers_differ": "those about to leave had changed otherwise than others (pattern mixture, "
    "{pvalue:p}): full information may not make up for them",
    "not_alike_over_waves": "loadings of {constructs} differ between waves: its change may be one of meaning",
    "mean_trend": "means of {waves} waves by full information, of scale means: no cause is claimed",
    "intercepts_differ": "intercepts of {constructs} differ between waves: means may change for that alone",
    "panel_failed": "its panel model could not be estimated: {error}",
}
LEVELS = ("over_time", "direct", "mediated", "stage_transition")


class Options(KindOptions):
    """Options of tests over time."""

    times: tuple[float, ...] = Field(
        (), description="When the waves took place; effects are held equal over equal intervals only"
    )
    invariance: bool = Field(True, description="Check equal loadings and intercepts over waves first")
    items: bool = Field(
        True, description="Measure constructs by their items, where three or more were asked in every wave"
    )
    change: bool = Field(True, description="Show growth curves and dual change scores beside")


@dataclass(frozen=True, slots=True)
class Lag:
    """A lagged effect, over all steps between waves.

    Attributes
    ----------
    estimate, se, std, ci_lower, ci_upper, pvalue : float
        The interval is of ``std``.
    """

    estimate: float
    se: float
    std: float
    ci_lower: float
    ci_upper: float
    pvalue: float


def recognises(hypothesis: Hypothesis, _: Context) -> bool:
    """Whether a claim is about amounts that change between waves."""
    return hypothesis.level in LEVELS and (hypothesis.needs_waves > 1 or hypothesis.level == "over_time")


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side is missing, or that a lagged effect cannot carry it."""
    if not hypothesis.sources and hypothesis.targets and not hypothesis.via:
        known = variables_of(hypothesis.targets, context)
        return None if known else Reason("not_measured", {"constructs": hypothesis.targets})
    found = take_apart(hypothesis, context.theory, context.clean)
    if not found.claims:
        return Reason(
            "not_measured", {"constructs": scope_of(hypothesis, context.theory, context.clean).dark}
        )
    if not _amounts(found.claims, found.variables):
        return Reason("binary_over_time")
    steps = max(len(claim.via) for claim in found.claims)
    if steps > 1 or (steps and context.waves < 3):
        return Reason("no_mediation_over_time", {"steps": steps, "needed": steps + 2, "found": context.waves})
    return None


def _amounts(claims: Iterable[Claim], variables: Mapping[str, Variable]) -> list[Claim]:
    def named(claim: Claim) -> list[str]:
        return [claim.source, claim.target, *(name for step in claim.via for name in step)]

    return [claim for claim in claims if not any(variables[name].binary for name in named(claim))]


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit one panel model a pair (or triple) of constructs; the weakest claim decides a hypothesis."""
    evidence: list[Evidence] = []
    failed: dict[str, Reason] = {}
    panels: dict[tuple[str, ...], Followed] = {}
    alike: dict[str, pd.DataFrame] = {}
    for hypothesis in hypotheses:
        context.progress(f"Over time: {hypothesis.id}")
        try:
            if hypothesis.sources:
                evidence.append(_evidence(hypothesis, context, panels, alike))
            else:
                evidence.append(_change(hypothesis, context, alike))
        except CoprodError as error:
            failed[hypothesis.id] = Reason("panel_failed", {"error": error.in_one_line})
    return KindResult(evidence=tuple(evidence), failed=failed)


def _evidence(
    hypothesis: Hypothesis,
    context: Context,
    panels: dict[tuple[str, ...], Followed],
    alike: dict[str, pd.DataFrame],
) -> Evidence:
    taken = take_apart(hypothesis, context.theory, context.clean)
    claims = _amounts(taken.claims, taken.variables)
    own: dict[tuple[str, ...], Followed] = {}
    findings = []
    for claim in claims:
        for mediator in claim.via[0] if claim.via else ("",):
            names = tuple(sorted({claim.source, claim.target} | ({mediator} if mediator else set())))
            if names not in panels:
                panels[names] = _followed([taken.variables[name] for name in names], context)
            own[names] = panels[names]
            lag = _lag(panels[names].panel, claim, mediator, context)
            findings.append(_finding(hypothesis, claim, mediator, panels[names].panel, lag))
    reasons = [*_reasons(own.values())]
    tables: dict[str, pd.DataFrame] = {}
    if not context.verdicts_only:
        used = dict.fromkeys(name for names in own for name in names)
        for name in used:
            if name not in alike:
                alike[name] = _alike(taken.variables[name], context)
        reasons += _not_alike({name: alike[name] for name in used})
        tables, left = _tables(own.values(), [alike[name] for name in used], context)
        reasons += _leavers(left, context.level)
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _change(hypothesis: Hypothesis, context: Context, alike: dict[str, pd.DataFrame]) -> Evidence:
    """Test whether the mean of each target changes from wave to wave."""
    from coprod_measure.structure.mean_change import mean_changes

    options, variables = _options(context), variables_of(hypothesis.targets, context)
    findings, seen, means = mean_changes(hypothesis, variables, context, options.times or None)
    reasons = [Reason("mean_trend", {"waves": seen[0].n_waves}), *context.without_controls()]
    tables: dict[str, pd.DataFrame] = {}
    if not context.verdicts_only:
        own = {one.id: alike.setdefault(one.id, _alike(one, context)) for one in variables}
        reasons += _not_alike(own)
        moved = tuple(id_ for id_, one in own.items() if len(one) and one["highest"].iloc[0] == "metric")
        reasons += [Reason("intercepts_differ", {"constructs": moved})] if moved else []
        found, left = _beside(seen, context)
        reasons += _leavers(left, context.level)
        ladders = [one for one in own.values() if len(one)]
        tables = {"wave_means": means, **found}
        tables |= {"waves_alike": pd.concat(ladders, ignore_index=True)} if ladders else {}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _followed(variables: Sequence[Variable], context: Context) -> Followed:
    from coprod_measure.structure.panel_claims import follow

    options = _options(context)
    return follow(variables, context, times=options.times or None, by_items=options.items)


def _options(context: Context) -> Options:
    found = context.options.get(KIND.name)
    return found if isinstance(found, Options) else Options()


def _lag(found: Panel, claim: Claim, mediator: str, context: Context) -> Lag:
    from scipy.stats import norm

    table = found.table()
    if mediator:
        drawn = found.indirect(
            claim.source, mediator, claim.target, draws=context.draws.number, seed=context.draws.seed
        )
        first = _mean_of(table, mediator, claim.source)
        second = _mean_of(table, claim.target, mediator)
        estimate, std = float(drawn["est"].mean()), first[1] * second[1]
        lower, upper = float(drawn["ci_lower"].mean()), float(drawn["ci_upper"].mean())
        se = (upper - lower) / (2 * float(norm.ppf(0.975)))
        # The joint test of both steps: as large a p value as the weaker of them has.
        pvalue = max(_test(found, mediator, claim.source)[1], _test(found, claim.target, mediator)[1])
        unit = std / estimate if estimate else np.nan
        ends = sorted((unit * lower, unit * upper))
        return Lag(estimate, se, std, ends[0], ends[1], pvalue)
    estimate, std = _mean_of(table, claim.target, claim.source)
    se, pvalue = _test(found, claim.target, claim.source)
    unit = std / estimate if estimate else np.nan
    half = float(norm.ppf(0.975)) * se
    ends = sorted((unit * (estimate - half), unit * (estimate + half)))
    return Lag(estimate, se, std, ends[0], ends[1], pvalue)


def _mean_of(table: pd.DataFrame, outcome: str, predictor: str) -> tuple[float, float]:
    rows = table[(table["outcome"] == outcome) & (table["predictor"] == predictor)]
    return float(rows["est"].mean()), float(rows["std_all"].mean())


def _test(found: Panel, outcome: str, predictor: str) -> tuple[float, float]:
    """Error and p value of the mean of a lagged effect over all steps."""
    from scipy.stats import norm

    from coprod_measure.structure.methods.panel import covariance_of
    from coprod_measure.structure.methods.panel_text import WITHIN

    part = WITHIN if found.chosen.startswith("ri") else ""
    names = [f"{part}{outcome}_{k}~{part}{predictor}_{k - 1}" for k in range(2, found.occasions.n_waves + 1)]
    se = float(np.sqrt(covariance_of(found.fits[found.chosen], names).mean()))
    estimate, _ = _mean_of(found.table(), outcome, predictor)
    return se, 2 * float(norm.sf(abs(estimate) / se))


def _finding(hypothesis: Hypothesis, claim: Claim, mediator: str, found: Panel, lag: Lag) -> Finding:
    sign = 1 if lag.estimate > 0 else -1
    return Finding(
        hypothesis=hypothesis.id,
        source=claim.source,
        via=((mediator,),) if mediator else (),
        target=claim.target,
        expected=claim.sign,
        model=found.chosen,
        n=found.fits[found.chosen].n,
        estimate=lag.estimate,
        se=lag.se,
        std=lag.std,
        ci_lower=lag.ci_lower,
        ci_upper=lag.ci_upper,
        pvalue=lag.pvalue,
        direction=sign * (claim.sign or sign),
    )


def _alike(variable: Variable, context: Context) -> pd.DataFrame:
    """Ladder of invariance over waves of one construct; empty where it has no factor or was not asked for."""
    from coprod_measure.measurement.invariance.waves import wave_invariance

    wanted = _options(context).invariance
    if not wanted or not variable.latent or len(variable.items) < 3 or context.clean.several_in_a_wave:
        return pd.DataFrame()
    try:
        found = wave_invariance(
            context.clean,
            {variable.id: list(variable.items)},
            levels=("configural", "metric", "scalar"),
            missing="fiml",
        )
    except CoprodError:
        return pd.DataFrame()
    return found.table().assign(construct=variable.id, highest=found.highest)


def _reasons(followed: Iterable[Followed]) -> tuple[Reason, ...]:
    reasons: dict[str, Reason] = {}
    measured: dict[str, None] = {}
    for one in followed:
        found = one.panel
        measured |= dict.fromkeys(one.by_items)
        if one.why:
            reasons.setdefault("means", Reason("scale_means_over_time", {"why": one.why}))
        if found.chosen.startswith("clpm"):
            why = found.unavailable.get(
                "riclpm", NotAvailable("stable differences were not estimated")
            ).reason
            reasons.setdefault("plain", Reason("plain_panel", {"why": why}))
        if not found.chosen.endswith("_equal"):
            test = next((t for t in found.tests if t.restricted == f"{found.chosen}_equal"), None)
            if test is not None and f"{found.chosen}_equal" not in found.unavailable:
                reasons.setdefault("change", Reason("changes_over_time", {"pvalue": test.pvalue}))
        seen = one.means.answered()
        first, left = int(seen[:, 0].sum()), int((seen[:, 0] & ~seen[:, -1]).sum())
        if left:
            told = {"left": left, "first": first, "joined": len(seen) - first, "people": len(seen)}
            reasons.setdefault("left", Reason("left_panel", told))
    if measured:
        reasons["items"] = Reason("measured_by_items", {"constructs": tuple(measured)})
    return tuple(reasons.values())


def _not_alike(alike: Mapping[str, pd.DataFrame]) -> tuple[Reason, ...]:
    differ = tuple(
        name
        for name, table in alike.items()
        if len(table) and table["highest"].iloc[0] in ("none", "configural")
    )
    return (Reason("not_alike_over_waves", {"constructs": differ}),) if differ else ()


def _leavers(found: Sequence[Attrition], level: float) -> tuple[Reason, ...]:
    """Say by the least p value of the panels, Bonferroni, whether those who left had changed otherwise."""
    tested = [one.mixture.test.pvalue for one in found if not isinstance(one.mixture, NotAvailable)]
    if not tested:
        return ()
    p = min(1.0, len(tested) * min(tested))
    return (Reason("leavers_differ" if p < level else "leavers_alike", {"pvalue": p}),)


def _tables(
    followed: Iterable[Followed], alike: Sequence[pd.DataFrame], context: Context
) -> tuple[dict[str, pd.DataFrame], list[Attrition]]:
    from coprod_measure.structure.panel_claims import of_variables

    several = list(followed)
    lagged, fits = [], []
    for one in several:
        found = one.panel
        plain = "clpm_equal" if found.chosen.endswith("_equal") else "clpm"
        own = [found.table(model) for model in dict.fromkeys([found.chosen, plain])]
        lagged += [of_variables(table, found.variables) for table in own]
        fits.append(of_variables(found.fit_table(), found.variables))
    found_tables = {"lagged": lagged, "panel_fit": fits, "waves_alike": list(alike)}
    tables = {
        name: pd.concat([part for part in parts if len(part)], ignore_index=True)
        for name, parts in found_tables.items()
        if any(len(part) for part in parts)
    }
    beside, analyses = _beside([one.means for one in several], context)
    return tables | beside, analyses


def _beside(seen: Sequence[Occasions], context: Context) -> tuple[dict[str, pd.DataFrame], list[Attrition]]:
    """Tabulate who answered when, who left, and how each construct grows."""
    from coprod_measure.structure.panel_claims import change_tables, leaving_tables

    options = _options(context)
    left, analyses = leaving_tables(seen)
    change = change_tables(seen, options.times or None) if options.change else {}
    return left | change | {"attendance": seen[0].attendance()}, analyses


KIND = Kind(
    name="over_time",
    levels=LEVELS,
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    missing="study",
    options=Options,
    over_waves=True,
    takes_controls=True,
)
