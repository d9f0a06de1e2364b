"""What is told of a choice by one amount: what is far out, where the choice turns, what its parts weigh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.methods.choice import Choice, choice
from coprod_measure.structure.methods.net_amount import chosen_at, draw_in, switch, unit_of, weigh_alike
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import Variable, scale_mean
from coprod_measure.theory.formula import read_formula

WORDS = {
    "by_balance": "the verdict is about {balance}, gains less costs in one amount; b is for {unit:g} more",
    "unit_of_amount": "b is for {unit:g} more of {cause}",
    "far_out": "{n:amount} far out set to {low:.4g} and {high:.4g} (as given b is {given:.2f}, {p:p})",
    "far_out_alone": "{n:amount} far out set to {low:.4g} and {high:.4g} (as given there is no slope)",
    "on_one_side": "{balance} of everybody is {side} zero, so that no switch at zero can be seen",
    "switch_at_zero": "half choose it at {half:.4g}, 95% CI {low:.4g} to {high:.4g}: a switch at zero fits",
    "switch_elsewhere": "half choose it at {half:.4g}, 95% CI {low:.4g} to {high:.4g}: not at zero",
    "no_switch": "no amount can be told at which half choose it",
    "undefined": "of {n:person|people} who answered all that its formula names {balance} is undefined, as it "
    "divides by zero: left out",
    "split_at_zero": "above zero {above:.0%} of {n_above:person|people} do, else {below:.0%} of {n_below}",
    "parts_alike": "its parts weigh alike, unit by unit: Wald {wald:.2f} (df {df}), {p:p}",
    "parts_failed": "what it is made of could not be modelled: {error}",
    "parts_apart": "its parts do not weigh alike, unit by unit: Wald {wald:.2f} (df {df}), {p:p}",
}
PART_COLUMNS = ("part", "sign", "estimate", "se", "pvalue", "unit", "target")


@dataclass(frozen=True, slots=True)
class Modelled:
    """A choice of two options that was modelled by an amount.

    Attributes
    ----------
    unit : float
        For which the slope is told.
    told : pandas.DataFrame
        The choice, 0 and 1, what is held constant, and the columns of the design; one row a respondent.
    held : tuple of str
        What is held constant.
    """

    target: str
    found: Choice
    unit: float
    told: pd.DataFrame
    held: tuple[str, ...]


def about_balance(
    balance: Variable, one: Modelled, context: Context
) -> tuple[list[Reason], dict[str, pd.DataFrame]]:
    """Tell what stands beside the slope: reasons, and tables ``switch``, ``parts``, ``curve``."""
    amount = scale_mean(balance, context.clean).reindex(one.told.index)
    design = context.clean.sampling()[1]
    reasons: list[Reason] = []
    if (drawn := draw_in(amount)).number:
        given = one.told.assign(**{balance.id: amount / one.unit})
        fields = {"n": drawn.number, "low": drawn.low, "high": drawn.high}
        try:
            row = choice(given, one.target, one.found.predictors, **design).table().iloc[1]  # type: ignore[arg-type]
            slope = {"given": float(row["estimate"]), "p": float(row["pvalue"])}
            reasons.append(Reason("far_out", {**fields, **slope}))
        except CoprodError:
            reasons.append(Reason("far_out_alone", fields))
    reasons += _undefined(balance, context)
    turn = switch(one.found, one.told[[*one.held]], context.level)
    turn[["half", "low", "high"]] *= one.unit
    split = _split(amount, one.told[one.target], one.told.get(design.get("weights", "")))
    reasons.append(_turns(turn))
    if not {"above", "below"} <= split.keys():
        side = "above" if "above" in split else "at or below"
        reasons.append(Reason("on_one_side", {"balance": balance.id, "side": side}))
    else:
        reasons.append(Reason("split_at_zero", split))
    about, parts = _parts(balance, one, context)
    sides = {"above": np.nan, "below": np.nan, **split}
    rows = pd.DataFrame([{"target": one.target, "n": one.found.n, "unit": one.unit, **turn, **sides}])
    ends = drawn.amounts.min(), drawn.amounts.max()
    curve = chosen_at(one.found, one.told[[*one.held]], np.linspace(*ends, 101) / one.unit, context.level)
    curve = curve.assign(at=curve["at"] * one.unit, target=one.target)
    return [*reasons, *about], {"switch": rows, "parts": parts, "curve": curve}


def _undefined(balance: Variable, context: Context) -> list[Reason]:
    """Say of how many people a formula makes no number, though they answered all of it."""
    answered = np.all([scale_mean(of, context.clean).notna() for of in balance.operands], axis=0)
    n = int((answered & scale_mean(balance, context.clean).isna()).sum())
    return [Reason("undefined", {"n": n, "balance": balance.id})] if n else []


def _turns(turn: pd.Series) -> Reason:
    if np.isnan(turn["low"]):
        return Reason("no_switch")
    fields = {name: float(turn[name]) for name in ("half", "low", "high")}
    return Reason("switch_at_zero" if turn["low"] <= 0.0 <= turn["high"] else "switch_elsewhere", fields)


def _split(amount: pd.Series, yes: pd.Series, weights: pd.Series | None) -> dict[str, float]:
    """Count who chooses above zero and among the others; a side without people is left out."""
    found: dict[str, float] = {}
    for name, side in {"above": amount > 0.0, "below": amount <= 0.0}.items():
        found[f"n_{name}"] = int(side.sum())
        if side.any():
            w = None if weights is None else weights[side]
            found[name] = float(np.average(yes[side] == yes.max(), weights=w))
    return found


def _parts(balance: Variable, one: Modelled, context: Context) -> tuple[list[Reason], pd.DataFrame]:
    """Let the parts of the amount act on the choice each by itself, and test whether all weigh alike.

    Where a price saved, an hour's worth and an outlay count as the same money, the slopes of the parts,
    turned by their signs, are equal.
    """
    nothing = pd.DataFrame(columns=list(PART_COLUMNS))
    terms = read_formula(balance.formula).terms() if balance.formula else ()
    names = tuple(term.text for _, term in terms)
    if len(set(names)) < 2 or len(set(names)) < len(names):
        return [], nothing
    values = {of.id: scale_mean(of, context.clean).to_numpy() for of in balance.operands}
    parts = pd.DataFrame({term.text: term.of(values) for _, term in terms}, index=context.clean.frame.index)
    parts = parts.reindex(one.told.index).apply(lambda part: draw_in(part).amounts) / one.unit
    design = context.clean.sampling()[1]
    try:
        found = choice(one.told.join(parts), one.target, [*names, *one.held], **design)  # type: ignore[arg-type]
    except CoprodError as error:
        return [Reason("parts_failed", {"error": error.in_one_line})], nothing
    signs = dict(zip(names, (sign for sign, _ in terms), strict=True))
    wald, df, p = weigh_alike(found, signs)
    rows = found.table().iloc[1 : len(names) + 1].rename(columns={"term": "part"})
    rows = rows.assign(sign=list(signs.values()), unit=one.unit, target=one.target)
    code = "parts_alike" if p >= context.level else "parts_apart"
    return [Reason(code, {"wald": wald, "df": df, "p": p})], rows[list(PART_COLUMNS)]


def in_units(
    answers: pd.DataFrame, causes: pd.DataFrame, balance: str | None, context: Context
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Let slopes of amounts be for round units of about their spread; draw in what is far out of a balance.

    ``causes``: of those who answered all.
    """
    units = {}
    for cause, values in causes.items():
        items = [item for one in variables_of((str(cause),), context) for item in one.items]
        if not items or any(context.clean.instrument.scale_of(item) is not None for item in items):
            continue
        amount = draw_in(values).amounts if cause == balance else values
        units[str(cause)] = unit_of(amount)
        answers = answers.assign(**{str(cause): amount / units[str(cause)]})
    return answers, units


def in_which_units(units: Mapping[str, float], balance: str | None) -> list[Reason]:
    """Say for how much more of each amount slopes are, and that the verdict is about the balance."""
    return [
        Reason("by_balance", {"balance": cause, "unit": unit})
        if cause == balance
        else Reason("unit_of_amount", {"cause": cause, "unit": unit})
        for cause, unit in units.items()
        if cause == balance or unit != 1.0
    ]


def joined(tables: Sequence[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Put tables of one name below each other."""
    names = dict.fromkeys(name for own in tables for name in own)
    return {name: pd.concat([own[name] for own in tables], ignore_index=True) for name in names}
