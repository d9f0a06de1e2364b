"""Which way is chosen: logit or multinomial models of all causes together, unreliability taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError, DataError
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
from coprod_measure.structure.methods.choice import Choice, choice
from coprod_measure.structure.regression import SIGNS, one_by_one, reliability, scores, variables_of
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

LOG_ODDS = "log_odds"
WORDS = {
    "no_options": "{target} is no question with options to choose from",
    "choice_failed": "its model of the choice could not be estimated: {error}",
    "choice_of": "{chosen} rather than {base}",
    "choice_mended": "unreliability of the causes taken off by simulation and extrapolation",
}


class ChoiceOptions(KindOptions):
    """Codes of the options that are compared, and how often error is simulated.

    Attributes
    ----------
    chosen, base : int or None
        Codes; left out: the first and the second option of the question, or yes and no.
    draws : int
        Of the simulation that takes unreliability off; 0 leaves it in.
    """

    chosen: int | None = None
    base: int | None = None
    draws: Annotated[int, Field(ge=0)] = 20


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side was not asked, or that nothing is chosen."""
    sides = (*hypothesis.sources, *hypothesis.targets)
    dark = tuple(id_ for id_ in sides if not variables_of((id_,), context))
    if any(id_ in dark for id_ in hypothesis.targets) or len(dark) == len(sides) - len(hypothesis.targets):
        return Reason("not_measured", {"constructs": dark})
    for target in variables_of(hypothesis.targets, context):
        if (
            target.latent
            or len(target.items) != 1
            or context.clean.instrument.scale_of(target.items[0]) is None
        ):
            return Reason("no_options", {"target": target.id})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Model each choice by all its causes."""
    return one_by_one(hypotheses, context, _evidence, "Choice", "choice_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    options = context.options.get(KIND.name)
    asked = options if isinstance(options, ChoiceOptions) else ChoiceOptions()
    causes = [id_ for id_ in hypothesis.sources if variables_of((id_,), context)]
    target = variables_of(hypothesis.targets, context)[0]
    seen = scores([*causes, target.id], context)
    chosen, base, names = _compared(target, asked, context)
    kept = seen.frame[seen.frame[target.id].isin(names)]
    two = kept[target.id].nunique() == 2
    if two:
        kept = kept.assign(**{target.id: (kept[target.id] == chosen).astype(float)})
    found = choice(
        kept, target.id, causes, "logit" if two else "multinomial", base=None if two else float(base)
    )
    equation = "1.0" if two else str(float(chosen))
    rows = _coefficients(found, kept, asked, context)
    own = rows[rows["equation"] == equation].set_index("term")
    findings = [
        _finding(hypothesis, cause, own.loc[cause], target.id, seen.respondents, found.n) for cause in causes
    ]
    effects = found.effects()
    shown = {str(float(code)): label for code, label in names.items()} | (
        {"1.0": names[chosen]} if two else {}
    )
    effects = effects.assign(
        label=effects["option"].map(shown),
        chosen=names[chosen],
        base=names[base],
        target=target.id,
        n=found.n,
    )
    reasons = [Reason("choice_of", {"chosen": names[chosen], "base": names[base]})]
    if asked.draws:
        reasons.append(Reason("choice_mended"))
    tables = {"slopes": rows.assign(label=rows["equation"].map(shown), base=names[base]), "effects": effects}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _compared(target: Variable, asked: ChoiceOptions, context: Context) -> tuple[int, int, dict[int, str]]:
    """Codes of the claimed option and of the base, and the labels of all."""
    instrument = context.clean.instrument
    scale = instrument.scale_of(target.items[0])
    if scale is None:
        raise DataError(f"{target.id} has no options")
    labels = next(iter(scale.labels.values()))
    names = dict(zip(scale.codes, labels, strict=True))
    first, second = (scale.codes[-1], scale.codes[0]) if len(names) == 2 else scale.codes[:2]
    chosen, base = asked.chosen or first, asked.base if asked.base is not None else second
    unknown = [code for code in (chosen, base) if code not in names]
    if unknown or chosen == base:
        known = ", ".join(f"{code} ({label})" for code, label in names.items())
        raise DataError(
            f"options {chosen} and {base} of {target.id} cannot be compared", cure=f"It has {known}"
        )
    return chosen, base, names


def _coefficients(found: Choice, kept: pd.DataFrame, asked: ChoiceOptions, context: Context) -> pd.DataFrame:
    """Slopes with the naive ones beside, where the reliability of a cause is known."""
    naive = found.table()[["equation", "term", "estimate", "se", "pvalue"]]
    known = {name: value for name in found.predictors if (value := reliability(name, context)) is not None}
    rows = naive.assign(naive=naive["estimate"], naive_se=naive["se"])
    if asked.draws and known:
        try:
            mended = found.mended(known, asked.draws, context.draws.seed).table()
        except CoprodError:
            return rows
        sure = mended["se"].notna()
        for name in ("estimate", "se", "pvalue"):
            rows[name] = rows[name].where(~sure, mended[name])
    return rows


def _finding(
    hypothesis: Hypothesis, cause: str, row: pd.Series, target: str, respondents: str, n: int
) -> Finding:
    signs = hypothesis.source_signs
    expected = SIGNS[signs.get(cause, hypothesis.sign)]
    estimate, se = float(row["estimate"]), float(row["se"])
    return Finding(
        hypothesis=hypothesis.id, source=cause, target=target, expected=expected, measure=LOG_ODDS,
        respondents=respondents, n=n, estimate=estimate, se=se, ci_lower=estimate - 1.959964 * se,
        ci_upper=estimate + 1.959964 * se, pvalue=float(row["pvalue"]),
        direction=1 if estimate * (expected or 1) > 0 else -1,
    )  # fmt: skip


KIND = Kind(name="choice", levels=("choice",), run=run, why_not=why_not, words=WORDS, options=ChoiceOptions)
