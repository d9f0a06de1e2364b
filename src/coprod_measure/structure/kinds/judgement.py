"""Whether people judge by different rules: rules that they state, and classes that weigh otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.judged_attributes import Judged, judged, stated_rules
from coprod_measure.structure.path_models import joined
from coprod_measure.structure.regression import one_by_one, variables_of
from coprod_measure.structure.variables import Variable, score_frame
from coprod_measure.theory.definition import Hypothesis, Rule

if TYPE_CHECKING:
    from coprod_measure.structure.methods.judgement_rules import JudgementRules

RULES, CLASSES = "judgement_rules", "mixture_regression"
GAIN = "rule_gain"
MOST = 10
"""Attributes beyond which no mixture of regressions is tried."""
STRONG = 6.0
"""Points of BIC by which classes must fit better than one (Kass and Raftery 1995)."""
WORDS = {
    "one_attribute": "what {target} is judged by was asked by fewer than two questions: a rule needs two",
    "no_stated_rule": "no question on {source} has options in which two of these words stand: {words}",
    "rule_told": "of the {n} who state the {rule} rule it predicts {own:.0%} of {target} (cross-validated), "
    "the {rival} rule {other:.0%}, {p:p}",
    "few_state": "only {n:person states|people state} the {rule} rule: nothing is said of them",
    "learned_order": "nobody was asked how much each point of {target} counts: added up all count the same, "
    "and the lexical order is that of their correlations with {target} among the others",
    "classes_differ": "mixture regression: {k} classes by BIC in which {target} follows otherwise from what "
    "it is judged by, {by:.1f} points below one class",
    "classes_and_rule": "these classes and the stated rules: Cramer's V {v:.2f}, {p:p}",
    "one_class": "mixture regression: one class by BIC, the same slopes for all",
    "weak_classes": "mixture regression: {k} classes, but by {by:.1f} points of BIC only; strong evidence is "
    "{strong:g}",
    "too_many_attributes": "no mixture regression on {n} attributes: {most} at most",
    "no_mixture": "the mixture regression could not be estimated: {error}",
    "rules_failed": "its rules could not be compared: {error}",
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say that nothing is judged, by too little, or that nobody says how."""
    targets = variables_of(hypothesis.targets, context)
    if not targets:
        return Reason("not_measured", {"constructs": hypothesis.targets})
    by = variables_of([id_.removeprefix("-") for id_ in hypothesis.judged_by], context)
    if not by:
        return Reason("not_measured", {"constructs": hypothesis.judged_by})
    if len(judged(hypothesis, context).parts) < 2:
        return Reason("one_attribute", {"target": targets[0].id})
    if RULES in hypothesis.tested_by:
        stated = variables_of(hypothesis.sources[:1], context)
        if not stated:
            return Reason("not_measured", {"constructs": hypothesis.sources[:1]})
        if len(set(stated_rules(hypothesis, context.clean.instrument, stated[0].items[0]).values())) < 2:
            return Reason("no_stated_rule", {"source": stated[0].id, "words": tuple(hypothesis.rules)})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Predict each verdict by the rules, and look for classes with slopes of their own."""
    return one_by_one(hypotheses, context, _evidence, "Rules of judging", "rules_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    by_rules = RULES in hypothesis.tested_by
    findings: list[Finding] = []
    beside: list[Finding] = []
    reasons: list[Reason] = []
    tables: dict[str, list[pd.DataFrame]] = {}
    for target in variables_of(hypothesis.targets, context):
        by = judged(hypothesis, context)
        frame, gate = _answers(hypothesis, target, by, context)
        if by_rules:
            own, others, told, found = _by_rules(hypothesis, target.id, by, frame, gate, context)
            findings, beside, reasons = [*findings, *own], [*beside, *others], [*reasons, *told]
            for name, table in found.items():
                tables.setdefault(name, []).append(table.assign(target=target.id))
        if CLASSES in hypothesis.tested_by and not (by_rules and context.verdicts_only):
            one, told, found = _by_classes(hypothesis, target.id, by, frame, gate, context)
            if not by_rules and one is None:
                raise DataError(str(told[0].fields["error"]))
            findings += [one] if one is not None and not by_rules else []
            reasons += told
            for name, table in found.items():
                tables.setdefault(name, []).append(table.assign(target=target.id))
    whole = {name: pd.concat(own, ignore_index=True) for name, own in tables.items()}
    if by_rules:
        return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=whole, beside=beside)
    worst = min(findings, key=lambda one: one.direction)
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=worst.measure, estimate=worst.estimate,
        direction=worst.direction, findings=tuple(findings), reasons=tuple(reasons), tables=whole,
    )  # fmt: skip


def _answers(
    hypothesis: Hypothesis, target: Variable, by: Judged, context: Context
) -> tuple[pd.DataFrame, str]:
    """Give the verdict, attributes from worst (0) to best (1), their points and the stated rule."""
    from coprod_measure.structure.estimate import respondents_of

    items = context.clean.instrument.items
    stated = variables_of(hypothesis.sources[:1], context)
    gates = [items[item].show_if for own in by.parts.values() for item in own]
    gate = joined([target.gate, *(one.gate for one in stated), *sorted(set(gates))])
    people = respondents_of(gate, context.clean)
    parts = [Variable(name, own, latent=False) for name, own in by.parts.items()]
    frame = score_frame([Variable(target.id, target.items, latent=False), *parts], people)
    for name, own in by.parts.items():
        scale = context.clean.instrument.scale_of(own[0])
        low, high = (min(scale.codes), max(scale.codes)) if scale else (frame[name].min(), frame[name].max())
        share = (frame[name] - low) / ((high - low) or 1.0)
        frame[name] = 1.0 - share if name in by.turned else share
    # An item of points is called as the attribute that it weighs.
    frame = frame.join(people.frame[[*by.points]].add_prefix("points of "))
    if stated:
        rules = stated_rules(hypothesis, context.clean.instrument, stated[0].items[0])
        frame["stated"] = people.frame[stated[0].items[0]].map(rules).astype(object)
        frame["answer"] = people.frame[stated[0].items[0]]
    return frame, gate


def _by_rules(
    hypothesis: Hypothesis, target: str, by: Judged, frame: pd.DataFrame, gate: str, context: Context
) -> tuple[list[Finding], list[Finding], list[Reason], dict[str, pd.DataFrame]]:
    """Compare, among those who state a rule, its predictions with those of the one it is set against."""
    from coprod_measure.structure.methods.judgement_rules import FEWEST, judgement_rules

    rules = tuple(dict.fromkeys(hypothesis.rules.values()))
    first = "additive" if "additive" in rules else rules[0]
    second = "lexical" if "lexical" in rules and first != "lexical" else next(r for r in rules if r != first)
    points = [f"points of {name}" for name in by.points]
    names, seed = list(by.parts), context.draws.seed
    found = judgement_rules(
        frame, target, names, stated="stated", importance=points, rules=rules,
        repeats=2 if context.verdicts_only else 10, seed=seed,
    )  # fmt: skip
    lost = [f"{rule} ({found.small[rule]})" for rule in (first, second) if rule in found.small]
    if lost:
        raise DataError(f"fewer than {FEWEST} people with complete answers state a rule: {', '.join(lost)}")
    rivals: dict[Rule, Rule] = {rule: second if rule == first else first for rule in rules}
    item = variables_of(hypothesis.sources[:1], context)[0].items[0]
    made = [
        _finding(hypothesis, target, rule, rivals[rule], found, joined([gate, _said(item, rule, frame)]))
        for rule in rules
        if rule in found.groups
    ]
    table = found.table()
    reasons = [] if by.points else [Reason("learned_order", {"target": target})]
    reasons += [_told(one, rivals[one.model], table) for one in made]  # type: ignore[index]
    reasons += [Reason("few_state", {"n": n, "rule": rule}) for rule, n in found.small.items()]
    main = [one for one in made if one.model in (first, second)]
    tables = {"rule_fit": table, "rule_gains": found.gains()}
    return main, [one for one in made if one not in main], reasons, tables


def _said(item: str, rule: str, frame: pd.DataFrame) -> str:
    codes = sorted(frame.loc[frame["stated"] == rule, "answer"].unique())
    return f"{item} == {codes[0]:g}" if len(codes) == 1 else ""


def _finding(
    hypothesis: Hypothesis, target: str, rule: str, rival: str, found: JudgementRules, who: str
) -> Finding:
    from coprod_measure.structure.methods.judgement_rules import interval

    gain, se, lower, upper, p = interval(*found.gain(rule, rule, rival))
    return Finding(
        hypothesis=hypothesis.id, source=hypothesis.sources[0], target=target, expected=0, measure=GAIN,
        model=rule, respondents=who or "all", n=int((found.group == found.groups.index(rule)).sum()),
        estimate=gain, se=se, ci_lower=lower, ci_upper=upper, pvalue=p, direction=1 if gain > 0 else -1,
    )  # fmt: skip


def _told(one: Finding, rival: str, table: pd.DataFrame) -> Reason:
    r2 = table[table["group"] == one.model].set_index("rule")["r2"]
    fields = {"own": float(r2[one.model]), "other": float(r2[rival]), "p": one.pvalue}
    return Reason(
        "rule_told", {"n": one.n, "rule": one.model, "rival": rival, "target": one.target, **fields}
    )


def _by_classes(
    hypothesis: Hypothesis, target: str, by: Judged, frame: pd.DataFrame, gate: str, context: Context
) -> tuple[Finding | None, list[Reason], dict[str, pd.DataFrame]]:
    """Look for classes with slopes of their own, and say how they go with the stated rule."""
    from scipy.stats import chi2_contingency

    from coprod_measure.structure.methods.mixture_regression import mixture_regression

    names = list(by.parts)
    if len(names) > MOST:
        told = {"n": len(names), "most": MOST, "error": f"{counted(len(names), 'attribute')} are too many"}
        return None, [Reason("too_many_attributes", told)], {}
    own = frame[[target, *names]].dropna()
    own = (own - own.mean()) / own.std()
    try:
        found = mixture_regression(own, target, names, n_classes=(1, 2), starts=20, seed=context.draws.seed)
        if found.chosen == 2:
            found = mixture_regression(own, target, names, starts=20, seed=context.draws.seed)
    except CoprodError as error:
        return None, [Reason("no_mixture", {"error": error.in_one_line})], {}
    numbers, k = found.criteria(), found.chosen
    bic = numbers.set_index("classes")["bic"]
    gained = float(bic.get(1, bic.max()) - bic[k])
    classes = pd.Series(found.models[k].modal + 1, index=own.index, name="class")
    tables = {
        "rule_class_numbers": numbers.assign(chosen=numbers["classes"] == k),
        "rule_classes": found.table(),
    }
    told = {"k": k, "by": gained, "target": target, "strong": STRONG}
    code = "one_class" if k == 1 else "classes_differ" if gained >= STRONG else "weak_classes"
    reasons = [Reason(code, told)]
    if k > 1 and "stated" in frame:
        counts = pd.crosstab(frame.loc[own.index, "stated"], classes)
        tables["rule_agreement"] = counts.reset_index().melt(
            id_vars="stated", var_name="class", value_name="n"
        )
        if min(counts.shape) > 1:
            test = chi2_contingency(counts.to_numpy(), correction=False)
            v = float(np.sqrt(test.statistic / (counts.to_numpy().sum() * (min(counts.shape) - 1))))
            reasons.append(Reason("classes_and_rule", {"v": v, "p": float(test.pvalue)}))
    finding = Finding(
        hypothesis=hypothesis.id, source=hypothesis.sources[0] if hypothesis.sources else "", target=target,
        measure="classes", model="regression", respondents=gate or "all", n=len(own), estimate=float(k),
        direction=int(code == "classes_differ"),
    )  # fmt: skip
    return finding, reasons, tables


def _recognises(hypothesis: Hypothesis, _: Context) -> bool:
    return hypothesis.level == "group_difference" and bool({RULES, CLASSES} & set(hypothesis.tested_by))


KIND = Kind(
    name="judgement",
    levels=("group_difference",),
    run=run,
    why_not=why_not,
    words=WORDS,
    recognises=_recognises,
    takes_names=lambda _, __: ("source",),
    item_by_item=True,
)
