"""Which way is chosen: logit or multinomial models of all causes together, unreliability taken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure import balance as by_amount
from coprod_measure.structure import opposite_slopes as opposite
from coprod_measure.structure.design import arms_of
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    as_claimed,
    by_weakest,
)
from coprod_measure.structure.methods.choice import Choice, choice
from coprod_measure.structure.regression import (
    LOG_ODDS,
    SIGNS,
    one_by_one,
    reliability,
    scores,
    variables_of,
)
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

PROBIT = "probit"
_EVENTS = 10
"""People a cause that the rarer option needs (Peduzzi et al. 1996, J. Clin. Epidemiology 49, 1373-1379)."""
WORDS = {
    "no_options": "{target} is no question with options to choose from",
    "choice_failed": "its model of the choice could not be estimated: {error}",
    "choice_of": "the choice is “{chosen}” rather than “{base}”",
    "choice_mended": "unreliability taken off by simulation and extrapolation: {causes}",
    "choice_by_arms": "by the arms that were drawn: {causes}",
    "choice_apart": "each cause by itself: {n:respondent} or more answered one, few answered all",
    "few_chose": "{n:person|people} chose “{option}”, fewer than ten for each of {of:cause}",
    **by_amount.WORDS,
    **opposite.WORDS,
}


@dataclass(frozen=True, slots=True)
class Modelled:
    """What one model of a choice says."""

    findings: list[Finding]
    beside: list[Finding]
    reasons: list[Reason]
    slopes: pd.DataFrame
    effects: pd.DataFrame
    fitted: by_amount.Modelled


class ChoiceOptions(KindOptions):
    """Codes of the options that are compared, and how often error is simulated.

    Attributes
    ----------
    chosen, base : int or None
        Codes; left out: the first and the second option of the question, or yes and no.
    draws : int
        Of the simulation that takes unreliability off; 0 leaves it in.
    link : {"logit", "probit"}
        Of a choice between two options; of more it is a multinomial logit.
    """

    chosen: int | None = None
    base: int | None = None
    draws: Annotated[int, Field(ge=0, le=100_000)] = 20
    link: Literal["logit", "probit"] = "logit"


def recognises(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether it claims a choice, or its test is a logit and all its outcomes are answered by yes or no."""
    if hypothesis.level == "choice":
        return True
    named = hypothesis.level in ("direct", "stage_transition") and not hypothesis.via
    targets = variables_of(hypothesis.targets, context)
    asked = named and "logit" in hypothesis.tested_by
    return asked and bool(targets) and all(_yes_no(t, context) for t in targets)


def _yes_no(target: Variable, context: Context) -> bool:
    scales = [context.clean.instrument.scale_of(item) for item in target.items]
    return not target.latent and all(scale is not None and len(scale.codes) == 2 for scale in scales)


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side was not asked, or that nothing is chosen."""
    causes = _balance(hypothesis, context) or _causes(hypothesis, context)
    targets = variables_of(hypothesis.targets, context)
    if not causes or not targets:
        dark = [id_ for id_ in hypothesis.sources if id_ not in causes]
        dark += [id_ for id_ in hypothesis.targets if not variables_of((id_,), context)]
        return Reason("not_measured", {"constructs": tuple(dark)})
    for target in targets:
        if not _yes_no(target, context) and (
            target.latent
            or len(target.items) != 1
            or context.clean.instrument.scale_of(target.items[0]) is None
        ):
            return Reason("no_options", {"target": target.id})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Model each choice by all its causes."""
    return one_by_one(hypotheses, context, _evidence, "Choice", "choice_failed")


def _causes(hypothesis: Hypothesis, context: Context) -> dict[str, str]:
    """Causes that were asked, empty, or drawn: then the item that says which arm."""
    arms = {id_: arms_of(context.clean, id_) for id_ in hypothesis.sources}
    return {id_: arm or "" for id_, arm in arms.items() if arm or variables_of((id_,), context)}


def _balance(hypothesis: Hypothesis, context: Context) -> dict[str, str]:
    """Name the amount that sets its causes off against each other, where it was asked."""
    return {one.id: "" for one in variables_of((hypothesis.balance,) if hypothesis.balance else (), context)}


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    balance, causes = _balance(hypothesis, context), _causes(hypothesis, context)
    models, reasons = _models(hypothesis, balance or causes, context)
    beside: list[Modelled] = []
    tables: dict[str, pd.DataFrame] = {}
    if balance and not context.verdicts_only:
        told, tables = _about(balance, models, context)
        reasons, beside = [*reasons, *told], _beside(hypothesis, causes, context)
    return by_weakest(
        KIND.name,
        [finding for one in models for finding in one.findings],
        context.level,
        beside=[finding for one in models for finding in one.beside],
        reasons=list({(one.code, str(one.fields)): one for one in reasons}.values()),
        tables={
            **by_amount.joined([{"slopes": one.slopes, "effects": one.effects} for one in models]),
            **tables,
            **by_amount.joined(
                [{"slopes_beside": one.slopes, "effects_beside": one.effects} for one in beside]
            ),
        },
    )


def _about(
    balance: Mapping[str, str], models: Sequence[Modelled], context: Context
) -> tuple[list[Reason], dict[str, pd.DataFrame]]:
    """Tell what stands beside the slope of an amount, for each choice between two options."""
    (variable,) = variables_of([*balance], context)
    two = [one.fitted for one in models if one.fitted.found.model != "multinomial"]
    told = [by_amount.about_balance(variable, one, context) for one in two]
    return [reason for own, _ in told for reason in own], by_amount.joined([tables for _, tables in told])


def _beside(hypothesis: Hypothesis, causes: Mapping[str, str], context: Context) -> list[Modelled]:
    """Model the choices by the causes that the amount stands for, where that can be done."""
    try:
        return _models(hypothesis, causes, context)[0] if causes else []
    except CoprodError:
        return []


def _models(
    hypothesis: Hypothesis, causes: Mapping[str, str], context: Context
) -> tuple[list[Modelled], list[Reason]]:
    """Model each choice by some causes."""
    asked = _options(context)
    models: list[Modelled] = []
    reasons: list[Reason] = []
    passed = pd.Series(True, index=context.clean.frame.index)
    for target in variables_of(hypothesis.targets, context):
        answers = _answers(target, causes, context)
        chosen, base, names = _compared(target, asked, context)
        # Of several steps each is about those who took the one before: a sequential logit.
        answers = answers[passed.reindex(answers.index).fillna(False) & answers[target.id].isin(names)]
        if _yes_no(target, context):
            passed &= context.clean.frame.index.isin(answers.index[answers[target.id] == chosen])
        apart = _together(answers, list(causes), target.id)
        models += [
            _model(hypothesis, answers[[*group, target.id]], target.id, (chosen, base, names), context)
            for group in apart
        ]
        if len(apart) > 1:
            fewest = min(one.findings[0].n for one in models[-len(apart) :])
            reasons.append(Reason("choice_apart", {"n": fewest}))
    reasons = [*_joined([reason for one in models for reason in one.reasons]), *reasons]
    if arms := tuple(id_ for id_, arm in causes.items() if arm):
        reasons.append(Reason("choice_by_arms", {"causes": arms}))
    return models, reasons


def _joined(reasons: Sequence[Reason]) -> list[Reason]:
    """Name in one reason the causes whose unreliability several models take off."""
    mended = [cause for one in reasons if one.code == "choice_mended" for cause in one.fields["causes"]]
    others = [one for one in reasons if one.code != "choice_mended"]
    return [*others, Reason("choice_mended", {"causes": tuple(dict.fromkeys(mended))})] if mended else others


def _options(context: Context) -> ChoiceOptions:
    options = context.options.get(KIND.name)
    return options if isinstance(options, ChoiceOptions) else ChoiceOptions()


def _answers(target: Variable, causes: Mapping[str, str], context: Context) -> pd.DataFrame:
    """Scores, arms as 0 to the number of options less one, and the choice; of several yes/no any yes."""
    seen = scores([*(id_ for id_, arm in causes.items() if not arm), target.id], context)
    items = context.clean.frame.loc[seen.frame.index, list(target.items)]
    answer = seen.frame[target.id] if len(target.items) == 1 else items.max(axis=1)
    drawn = {id_: context.clean.frame[arm].reindex(answer.index) - 1.0 for id_, arm in causes.items() if arm}
    frame: pd.DataFrame = seen.frame.assign(**{target.id: answer}, **drawn)
    return frame[[*causes, target.id]]


def _together(answers: pd.DataFrame, causes: Sequence[str], target: str) -> list[list[str]]:
    """All causes in one model, or, where planned gaps leave few who answered all, each in its own.

    Where two of three versions ask a cause and one asks all, half of those who answered one answered all.
    """
    all_of_it = len(answers.dropna())
    fewest = min(len(answers[[cause, target]].dropna()) for cause in causes)
    return [list(causes)] if 5 * all_of_it >= 2 * fewest else [[cause] for cause in causes]


def _model(
    hypothesis: Hypothesis,
    kept: pd.DataFrame,
    target: str,
    compared: tuple[int, int, Mapping[int, str]],
    context: Context,
) -> Modelled:
    """Fit one model of a choice: a logit of two options, else a multinomial one."""
    chosen, base, names = compared
    causes = [name for name in kept if name != target]
    drawn, sampling = context.clean.sampling()
    kept, held = context.held(target, kept.join(drawn), variables_of([*causes, target], context))
    seen = kept.dropna(subset=[target, *causes, *held])
    kept, units = by_amount.in_units(kept, seen[causes], hypothesis.balance, context)
    two = kept[target].nunique() == 2
    if two:
        kept = kept.assign(**{target: (kept[target] == chosen).astype(float).where(kept[target].notna())})
    link = _options(context).link if two else "multinomial"
    found = choice(
        kept, target, [*causes, *held], link, base=None if two else float(base),
        cluster=sampling.get("cluster"), weights=sampling.get("weights"),
    )  # fmt: skip
    equation = "1.0" if two else str(float(chosen))
    rows, mended = _coefficients(found, causes, context)
    own = rows[rows["equation"] == equation].set_index("term")
    measure = PROBIT if link == "probit" else LOG_ODDS
    findings = [_finding(hypothesis, cause, own.loc[cause], target, found.n, measure) for cause in causes]
    shown = {str(float(code)): label for code, label in names.items()} | (
        {"1.0": names[chosen]} if two else {}
    )
    about = {"base": names[base], "target": target, "n": found.n, "weighted": "weights" in sampling}
    effects = pd.DataFrame() if context.verdicts_only else found.effects()
    if len(effects):
        effects = _shown(effects, "option", shown, units).assign(chosen=names[chosen], **about)
    reasons = [
        Reason("choice_of", {"chosen": names[chosen], "base": names[base]}),
        *([Reason("choice_mended", {"causes": mended})] if mended else []),
        *_few(seen[target].value_counts(), names, len(found.predictors)),
        *by_amount.in_which_units(units, hypothesis.balance),
    ]
    beside: list[Finding] = []
    if two and len(causes) == 2 and "opposite_slopes" in hypothesis.tested_by:
        own, told = opposite.opposite_slopes(hypothesis, found, kept[causes], kept[[*held]], context.level)
        beside, reasons = [own], [*reasons, *told]
    slopes = _shown(rows, "equation", shown, units).assign(measure=measure, **about)
    answers = kept.loc[seen.index, [target, *held, *sampling.values()]]
    fitted = by_amount.Modelled(target, found, units.get(hypothesis.balance or "", 1.0), answers, held)
    return Modelled(findings, beside, reasons, slopes, effects, fitted)


def _shown(
    rows: pd.DataFrame, option: str, labels: Mapping[str, str], units: Mapping[str, float]
) -> pd.DataFrame:
    """Add to rows of a model which option they are about, and for how much more of the cause."""
    return rows.assign(label=rows[option].map(labels), unit=rows["term"].map(units).fillna(1.0))


def _few(chose: pd.Series, names: Mapping[int, str], causes: int) -> list[Reason]:
    """Name the rarest option where few chose it."""
    if (least := int(chose.min())) >= _EVENTS * causes:
        return []
    return [Reason("few_chose", {"n": least, "option": names[int(chose.idxmin())], "of": causes})]


def _compared(target: Variable, asked: ChoiceOptions, context: Context) -> tuple[int, int, dict[int, str]]:
    """Codes of the claimed option and of the base, and the labels of all."""
    instrument = context.clean.instrument
    scale = instrument.scale_of(target.items[0])
    if scale is None:
        raise DataError(f"{target.id} has no options")
    labels = next(iter(scale.labels.values()))
    names = dict(zip(scale.codes, labels, strict=True))
    first, second = (scale.codes[-1], scale.codes[0]) if len(names) == 2 else scale.codes[:2]
    chosen = asked.chosen if asked.chosen is not None else first
    base = asked.base if asked.base is not None else second
    unknown = [code for code in (chosen, base) if code not in names]
    if unknown or chosen == base:
        known = ", ".join(f"{code} ({label})" for code, label in names.items())
        raise DataError(
            f"options {chosen} and {base} of {target.id} cannot be compared", cure=f"It has {known}"
        )
    return chosen, base, names


def _coefficients(
    found: Choice, causes: Sequence[str], context: Context
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Slopes with the naive ones beside, and the causes whose unreliability was taken off."""
    asked = _options(context)
    rows = found.table()[["equation", "term", "estimate", "se", "pvalue"]]
    rows = rows.assign(naive=rows["estimate"], naive_se=rows["se"])
    measured = [name for name in causes if not arms_of(context.clean, name)]
    known = {name: value for name in measured if (value := reliability(name, context)) is not None}
    if not asked.draws or not known:
        return rows, ()
    try:
        mended = found.mended(known, asked.draws, context.draws.seed).table()
    except CoprodError:
        return rows, ()
    sure = mended["se"].notna()
    for name in ("estimate", "se", "pvalue"):
        rows[name] = rows[name].where(~sure, mended[name])
    return rows, tuple(known)


def _finding(
    hypothesis: Hypothesis, cause: str, row: pd.Series, target: str, n: int, measure: str
) -> Finding:
    expected = SIGNS[hypothesis.source_signs.get(cause, hypothesis.sign)]
    estimate, se = float(row["estimate"]), float(row["se"])
    return Finding(
        hypothesis=hypothesis.id, source=cause, target=target, expected=expected, measure=measure, n=n,
        estimate=estimate, se=se, ci_lower=estimate - 1.959964 * se, ci_upper=estimate + 1.959964 * se,
        pvalue=float(row["pvalue"]), direction=as_claimed(estimate, expected),
    )  # fmt: skip


KIND = Kind(
    # With few who answered all causes each has a model of its own.
    together=lambda one, _: [
        (cause.removeprefix("-"), target) for cause in one.sources for target in one.targets
    ],
    name="choice",
    levels=("choice",),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    options=ChoiceOptions,
    takes_clusters=True,
    design=("weights", "cluster"),
    takes_controls=True,
    takes_names=lambda _, __: ("target",),
)
