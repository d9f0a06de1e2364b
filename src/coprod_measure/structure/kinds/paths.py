"""Direct, mediated and stage-to-stage claims: paths of structural models, and regressions of decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.structure.averages import ClaimEffect, average_claims, weakest_part
from coprod_measure.structure.claims import Claim, Claims, scope_of, take_apart
from coprod_measure.structure.evidence import Beside, Context, Evidence, Finding, Kind, KindResult, Reason
from coprod_measure.structure.path_models import PathModel, build_models, why_not_together
from coprod_measure.structure.variables import Variable
from coprod_measure.structure.versions import apart_in_versions
from coprod_measure.theory.definition import Hypothesis, TestedBy

if TYPE_CHECKING:
    from coprod_measure.structure.decisions import Decisions
    from coprod_measure.structure.estimate import FittedModel

WORDS = {
    "yes_no_only": "its only claims are about a yes/no answer, which no path can carry",
    "circle": "by itself it runs in a circle: {path}",
    "shared_items": "{one} shares items with {other}, which it names too",
    "decision_mended": "unreliability of the causes of {target} taken off, as structural after measurement "
    "does: {causes}",
    "path_above": "the path {source} -> {target} less the mean of those to {of:other part} of {structure} is "
    "{gap:.2f}, {p:p}",
    "others_not_asked": "no two parts of one structure were asked by amounts whose paths could be compared",
    "no_paths_above": "its paths could not be compared with those to other parts: {error}",
    "decision_apart": "nothing will be said of {target}: no version of the form {form} asks it with all its "
    "causes: {causes}",
    "decision_lost": "nothing is said of the yes/no answer that it ends in: {error}",
    "no_spread": "its model leaves {source} or {target} no variance above zero, so that the effect has no "
    "size: look whether the questions of each belong together, or collect more answers",
    "paths_apart": "estimated by itself, for a model with the other claims cannot be: {error}",
    "paths_failed": "its model could not be estimated: {error}",
    "selection_checked": "{source} -> {target} with the decision modelled (Heckman) {ml:.2f}, weighted "
    "{weighted:.2f}, of those who decided alone {naive:.2f}, on scale means; errors correlated: {p:p}",
    "selection_failed": "who decided could not be modelled for {source} -> {target}: {error}",
    "tetrachoric": "tetrachoric: {shown} of {of:path} between what lies behind the answers significant as "
    "expected, from {low:.2f} to {high:.2f}",
    "no_tetrachoric": "no tetrachoric paths: {error}",
    "not_yes_no": "not yes or no, and left out of classes and tetrachoric paths: {constructs}",
    "first_only": "latent classes: {k} by BIC; likely to say yes to {source} and no to all else: "
    "{number:class|classes}, {share:.0%} of people and {among:.0%} of those who say yes to it ({exactly:.0%} "
    "of people answered just so)",
    "no_first_only": "latent classes: {k} by BIC, none of them likely to say yes to {source} and no to all "
    "else ({exactly:.0%} of people answered just so)",
    "rather_by_degree": "people of one kind who differ by degree fit {by:.1f} points of BIC better than "
    "these classes",
    "no_first_only_classes": "no latent classes of the answers: {error}",
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say why no model of these data carries a hypothesis."""
    found = take_apart(hypothesis, context.theory, context.clean)
    if not found.claims:
        return Reason(
            "not_measured", {"constructs": scope_of(hypothesis, context.theory, context.clean).dark}
        )
    if not any(_carried(claim, found.variables) for claim in found.claims):
        return Reason("yes_no_only")
    return why_not_together((), _on_paths(found, found.variables), found.variables)


def decided_by(hypothesis: Hypothesis, context: Context) -> list[tuple[str, ...]]:
    """Give each decision that it ends in with all that the regression of it needs."""
    found = take_apart(hypothesis, context.theory, context.clean)
    needed: dict[str, list[str]] = {}
    for claim in found.claims:
        if found.variables[claim.target].binary and _carried(claim, found.variables):
            needed.setdefault(claim.target, []).extend((claim.source, *(claim.via[-1] if claim.via else ())))
    return [(target, *dict.fromkeys(causes)) for target, causes in needed.items()]


def _together(hypothesis: Hypothesis, context: Context) -> list[tuple[str, ...]]:
    """Give what its decisions need, which takes all of it away where no chain ends in an amount."""
    found = take_apart(hypothesis, context.theory, context.clean)
    amounts = any(one.via and not names_binary(one, found.variables) for one in found.claims)
    return [] if amounts else decided_by(hypothesis, context)


def known_decisions(hypothesis: Hypothesis, kind: str, context: Context) -> tuple[Reason, ...]:
    """Say before there are answers which decisions no version of the form asks with all their causes."""
    told = apart_in_versions(decided_by(hypothesis, context), context) if kind == KIND.name else ()
    return tuple(
        Reason("decision_apart", {"target": names[0], "causes": names[1:], "form": one.fields["form"]})
        for one in told
        if (names := one.fields["constructs"])
    )


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit every model that the claims need; a model that fails takes only its own claims with it."""
    # Checks of a file ask `why_not` only, and the engine's libraries take long to load.
    from coprod_measure.structure.structural_paths import linear_paths

    taken = {one.id: take_apart(one, context.theory, context.clean) for one in hypotheses}
    variables = {name: one for found in taken.values() for name, one in found.variables.items()}
    fitted: list[FittedModel] = []
    failed: dict[str, Reason] = {}
    apart: dict[str, Reason] = {}
    for group in together(taken):
        own = [claim for id_ in group for claim in _on_paths(taken[id_], variables)]
        for model in build_models(own, variables, context.theory):
            models, lost, alone = _fitted(model, variables, context)
            fitted += models
            failed |= lost
            apart |= alone
    paths = (
        [] if context.verdicts_only else [linear_paths(one.fit, k) for k, one in enumerate(fitted, start=1)]
    )
    every = [effect for model in fitted for effect in model.effects]
    failed |= _without_a_size(every)
    effects = [effect for effect in every if not effect.claim.onward]
    regressions = _decided({id_: own for id_, own in taken.items() if id_ not in failed}, every, context)
    failed |= regressions.failed
    effects += regressions.effects
    paths += regressions.paths
    evidence = []
    for one in hypotheses:
        found = [effect for effect in effects if effect.claim.hypothesis == one.id]
        if found and one.id not in failed:
            told, tables = regressions.reasons.get(one.id, ()), regressions.tables.get(one.id, {})
            by_itself = _evidence(one, found, variables, context)
            reasons = (*by_itself.reasons, *told, *([apart[one.id]] if one.id in apart else ()))
            evidence.append(replace(by_itself, reasons=reasons, tables={**by_itself.tables, **tables}))
    return KindResult(
        evidence=tuple(evidence),
        failed=failed,
        models=tuple(model.fit for model in fitted),
        paths=tuple(paths),
    )


def _fitted(
    model: PathModel, variables: Mapping[str, Variable], context: Context
) -> tuple[list[FittedModel], dict[str, Reason], dict[str, Reason]]:
    """Fit a model; where it fails, the hypotheses that fail by themselves too, and the others without them.

    Given are the models, why hypotheses failed, and why others stand in a model each.
    """
    from coprod_measure.structure.estimate import estimate_model

    def without(left_out: Collection[str]) -> PathModel:
        claims = [claim for claim in model.claims if claim.hypothesis not in left_out]
        return build_models(claims, variables, context.theory)[0]

    context.progress(
        f"Structural model of {len(model.variables)} constructs: {len(model.claims)} "
        f"claim{'s'[: len(model.claims) != 1]}"
    )
    try:
        return [estimate_model(model, context)], {}, {}
    except CoprodError as error:
        why = error.in_one_line
    if len(model.hypotheses) == 1:
        return [], {model.hypotheses[0]: Reason("paths_failed", {"error": why})}, {}
    alone = {
        id_: _fitted(without({*model.hypotheses} - {id_}), variables, context) for id_ in model.hypotheses
    }
    failed = {id_: why for _, lost, _ in alone.values() for id_, why in lost.items()}
    if failed and len(failed) < len(alone) - 1:
        try:
            return [estimate_model(without(failed), context)], failed, {}
        except CoprodError as error:
            why = error.in_one_line
    models = [one for found, _, _ in alone.values() for one in found]
    told = {id_: Reason("paths_apart", {"error": why}) for id_ in alone if id_ not in failed}
    return models, failed, told if len(told) > 1 else {}


def _decided(taken: Mapping[str, Claims], every: Sequence[ClaimEffect], context: Context) -> Decisions:
    """Regress the yes/no answers that claims end in; ``every``: effects that the paths carry."""
    from coprod_measure.structure.decisions import Decisions, estimate_decisions

    variables = {name: one for found in taken.values() for name, one in found.variables.items()}
    claims = [
        claim
        for found in taken.values()
        for claim in found.claims
        if variables[claim.target].binary and _carried(claim, variables)
    ]
    before = [effect for effect in every if effect.claim.onward]
    found = estimate_decisions(claims, variables, context, before) if claims else Decisions()
    # A chain to a decision that too few answered takes none of the chains to amounts with it.
    kept = {one.claim.hypothesis for one in every if one.claim.via and not one.claim.onward}
    lost = {id_: why for id_, why in found.failed.items() if id_ in kept}
    told = {
        id_: (*found.reasons.get(id_, ()), Reason("decision_lost", why.fields)) for id_, why in lost.items()
    }
    failed = {id_: why for id_, why in found.failed.items() if id_ not in lost}
    return replace(found, failed=failed, reasons={**found.reasons, **told})


def _without_a_size(effects: Sequence[ClaimEffect]) -> dict[str, Reason]:
    """Refuse hypotheses of which a claim has no standardised effect: a variance is not above zero."""
    return {
        one.claim.hypothesis: Reason("no_spread", {"source": one.claim.source, "target": one.claim.target})
        for one in effects
        if isnan(one.std)
    }


def together(taken: Mapping[str, Claims]) -> tuple[tuple[str, ...], ...]:
    """Put hypotheses that can be claimed of one world into one group; who cannot join opens another.

    A circle within one occasion, or items of a factor that also make up a score, cannot be in one model.

    ``taken``: hypothesis to its claims, in the order of the tests.
    """
    groups: list[list[str]] = []
    variables = {name: one for found in taken.values() for name, one in found.variables.items()}
    for id_, found in taken.items():
        for group in groups:
            there = [claim for other in group for claim in _on_paths(taken[other], variables)]
            if why_not_together(there, _on_paths(found, variables), variables) is None:
                group.append(id_)
                break
        else:
            groups.append([id_])
    return tuple(map(tuple, groups))


def _on_paths(found: Claims, variables: Mapping[str, Variable]) -> list[Claim]:
    """Those of its claims that a structural model carries."""
    return [part for claim in found.claims for part in on_paths(claim, variables)]


def on_paths(claim: Claim, variables: Mapping[str, Variable]) -> tuple[Claim, ...]:
    """Give what paths carry of a claim: all of it, or of a chain to a yes/no answer what comes before it."""
    if not names_binary(claim, variables):
        return (claim,)
    steps = (claim.source, *(name for step in claim.via for name in step))
    if not claim.via or any(variables[name].binary for name in steps):
        return ()
    return tuple(
        replace(claim, target=last, via=claim.via[:-1], onward=claim.target)
        for last in claim.via[-1]
        if last != claim.source
    )


def names_binary(claim: Claim, variables: Mapping[str, Variable]) -> bool:
    """Whether a claim names a yes/no answer, which no path of a linear model can carry."""
    names = (claim.source, claim.target, *(name for step in claim.via for name in step))
    return any(variables[name].binary for name in names)


def _carried(claim: Claim, variables: Mapping[str, Variable]) -> bool:
    """Whether paths carry the claim, or a logistic regression of a decision does, alone or at its end."""
    return bool(on_paths(claim, variables)) or (variables[claim.target].binary and not claim.via)


def _above_others(
    own: Sequence[Claim], variables: Mapping[str, Variable], context: Context
) -> tuple[tuple[Finding, ...], tuple[Reason, ...]]:
    """Compare paths to parts of a structure with those to its other parts, where these were asked."""
    from coprod_measure.structure.path_contrasts import paths_above

    try:
        found = paths_above(own, variables, context)
    except CoprodError as error:
        return (), (Reason("no_paths_above", {"error": error.in_one_line}),)
    if not found:
        return (), (Reason("others_not_asked"),)
    reasons = []
    for one in found:
        row = one.finding
        told = {"source": row.source, "target": row.target, "structure": one.structure, "of": len(one.others)}
        reasons.append(Reason("path_above", told | {"gap": row.estimate, "p": row.pvalue}))
    return tuple(one.finding for one in found), tuple(reasons)


def _beside() -> dict[TestedBy, Callable[[Sequence[Claim], Context], Beside]]:
    """Name what a theory asks for beside the paths."""
    from coprod_measure.structure.selection_check import selection_check
    from coprod_measure.structure.yes_no_answers import first_only, tetrachoric_paths

    return {"selection": selection_check, "latent_classes": first_only, "tetrachoric": tetrachoric_paths}


def _evidence(
    hypothesis: Hypothesis, own: list[ClaimEffect], variables: Mapping[str, Variable], context: Context
) -> Evidence:
    tables: dict[str, pd.DataFrame] = {}
    checked: tuple[Reason, ...] = ()
    beside: tuple[Finding, ...] = ()
    if "above_others" in hypothesis.tested_by:
        beside, checked = _above_others([effect.claim for effect in own], variables, context)
    for name, look in _beside().items():
        if name in hypothesis.tested_by and not context.verdicts_only:
            found, told = look([effect.claim for effect in own], context)
            tables |= found
            checked = (*checked, *told)
    parts = [
        average_claims([effect for effect in own if effect.part == part], context.level)
        for part in dict.fromkeys(effect.part for effect in own)
    ]
    weakest = weakest_part(parts)
    model, respondents, target = weakest.part
    reasons = (
        Reason(
            "weakest_model",
            {"of": len(parts), "model": model, "respondents": respondents, "target": target},
        ),
    )
    # An average that was turned, so that positive means as expected, is turned back where all claims agree.
    turn = -1.0 if {effect.claim.sign for effect in own} == {-1} else 1.0
    ends = sorted((turn * weakest.ci_lower, turn * weakest.ci_upper))
    return Evidence(
        hypothesis=hypothesis.id,
        kind=KIND.name,
        estimate=turn * weakest.estimate,
        std=turn * weakest.std,
        ci_lower=ends[0],
        ci_upper=ends[1],
        pvalue=weakest.pvalue,
        direction=1 if hypothesis.sign == "unsigned" or weakest.std > 0 else -1,
        inner=weakest.inner,
        findings=(*(effect.finding(interval=not context.verdicts_only) for effect in own), *beside),
        reasons=(*(reasons if len(parts) > 1 else ()), *checked),
        tables=tables,
    )


KIND = Kind(
    name="paths",
    levels=("direct", "mediated", "stage_transition"),
    run=run,
    why_not=why_not,
    words=WORDS,
    missing="study",
    together=_together,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
)
