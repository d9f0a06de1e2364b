"""Cleaning: rules in order, and for every cell and person they touch a line that says why."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable, ResponsesError
from coprod_measure.fitting.threads import one_thread
from coprod_measure.responses.answers import reverse_column
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule, Step
from coprod_measure.responses.dataset import LOG_COLUMNS, Responses, empty_log, kept
from coprod_measure.responses.indices import INDICES
from coprod_measure.responses.item_choice import chosen_items
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules

_COMPARE: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
CONSENSUS = "consensus"
_WORTH_A_WORD = 20_000


@dataclass(slots=True)
class _Cleaning:
    """The state while the rules go by; nothing of it leaves this module."""

    responses: Responses
    exclude: bool
    log: list[pd.DataFrame]
    steps: list[Step]
    warnings: list[str]
    marks: dict[str, pd.Series] = field(default_factory=dict)


def clean(
    responses: Responses,
    rules: CleaningRules | str | Path | None = None,
    *,
    exclude: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Responses:
    """Apply cleaning rules in their order.

    Parameters
    ----------
    rules : CleaningRules, str, pathlib.Path or None
        Rules or their file; the shipped default rules when None.
    exclude : bool
        False applies every rule as a mark, to show results with nobody excluded.
    progress : callable, optional
        Called with a few words before each rule, where there are enough respondents for it to take time.

    Returns
    -------
    Responses
        A new record: those who stay, with ``about`` holding a column ``mark:<rule id>`` a marking rule and
        ``flags`` (families of marks), ``log`` a row each changed or excluded cell or person, ``flow`` a row
        each rule.

    Raises
    ------
    ResponsesError
        If the rules are wrong, or nobody is left.

    Examples
    --------
    >>> from coprod_measure import read_instrument, read_responses, shipped_folder
    >>> folder = shipped_folder("data/sample") / "bfi"
    >>> read = read_responses(folder / "bfi.csv", read_instrument("bfi25"))
    >>> cleaned = clean(read, folder / "cleaning.yaml")
    >>> [(step.rule, step.excluded) for step in cleaned.steps][:3]
    [('read', 0), ('nothing_answered', 0), ('inconsistent_halves', 0)]
    """
    if rules is None:
        rules = default_rules_path()
    if not isinstance(rules, CleaningRules):
        rules = read_cleaning_rules(rules)
    state = _Cleaning(
        responses=responses,
        exclude=exclude,
        log=[responses.log],
        steps=list(responses.steps),
        warnings=[*responses.warnings, *_late_rules(rules, responses)],
    )
    # A caller who does not hold the record either lets it go, column by column.
    del responses
    with one_thread():
        for number, rule in enumerate(rules.rules, start=1):
            if progress and state.responses.n >= _WORTH_A_WORD:
                progress(f"Cleaning, rule {number} of {len(rules.rules)}: {rule.id}")
            _apply(state, rule, rules.seed)
    _apply_consensus(state, rules)
    return replace(
        state.responses,
        log=_log_frame(state.log),
        steps=tuple(state.steps),
        warnings=tuple(state.warnings),
        rules=rules,
    )


def _apply(state: _Cleaning, rule: Rule, seed: int) -> None:
    if rule.action == "set_missing":
        _set_missing(state, rule)
        return
    step = Step(rule.id, state.responses.n, rule.rationale, applied=rule)
    values = INDICES[rule.index].compute(state.responses, rule.on)
    if isinstance(values, NotAvailable):
        state.steps.append(replace(step, unavailable=values))
        return
    limit = _limit(values, rule, state, seed)
    if isinstance(limit, NotAvailable):
        state.steps.append(replace(step, unavailable=limit))
        return
    struck = _strikes(values, rule, limit)
    step = replace(step, cut_off=None if rule.basis == "raw" else limit, unknown=int(np.isnan(values).sum()))
    if rule.action == "exclude" and state.exclude:
        _drop(state, struck, rule.index, values, rule.id, rule.rationale)
        state.steps.append(replace(step, excluded=int(struck.sum())))
        _refuse_empty(state, rule.id)
        return
    state.marks[rule.id] = pd.Series(struck, index=state.responses.frame.index)
    state.steps.append(replace(step, marked=int(struck.sum())))


def _limit(values: np.ndarray, rule: Rule, state: _Cleaning, seed: int) -> float | NotAvailable:
    """Find the number to compare with."""
    if rule.basis == "raw":
        return rule.value
    if rule.basis == "percentile":
        known = values[~np.isnan(values)]
        return float(np.percentile(known, rule.value)) if len(known) else NotAvailable("it exists for nobody")
    simulate = INDICES[rule.index].simulate
    if simulate is None:
        return NotAvailable("it has no simulated cut-off")
    drawn = simulate(state.responses, rule.on, seed)
    if isinstance(drawn, NotAvailable):
        return drawn
    tail = rule.value if rule.op in {"<", "<="} else 1 - rule.value
    return float(np.nanquantile(drawn, tail))


def _strikes(values: np.ndarray, rule: Rule, limit: float) -> np.ndarray:
    struck: np.ndarray = _COMPARE[rule.op](values, limit) & ~np.isnan(values)
    return struck


def _drop(
    state: _Cleaning,
    struck: np.ndarray,
    column: str,
    values: np.ndarray,
    rule: str,
    reason: str | list[str],
) -> None:
    if not struck.any():
        return
    index = state.responses.frame.index
    gone = pd.DataFrame(
        {
            "respondent": index[struck],
            "column": column,
            "before": values[struck],
            "after": "excluded",
            "rule": rule,
            "reason": reason,
        }
    )
    state.log.append(gone)
    held = [state.responses]
    del state.responses
    state.responses = kept(held, index[~struck])


def _apply_consensus(state: _Cleaning, rules: CleaningRules) -> None:
    """Count the families of marks of each respondent and exclude from ``min_flags`` on."""
    index = state.responses.frame.index
    marks = {id_: mark.loc[index].to_numpy() for id_, mark in state.marks.items()}
    families: dict[str, np.ndarray] = {}
    for rule in rules.rules:
        if rule.id in marks:
            family = INDICES[rule.index].family
            families[family] = families.get(family, np.zeros(len(index), dtype=bool)) | marks[rule.id]
    flags = np.sum([*families.values(), np.zeros(len(index))], axis=0)
    about = state.responses.about.assign(
        **{f"mark:{id_}": mark for id_, mark in marks.items()}, flags=flags.astype(int)
    )
    state.responses = replace(state.responses, about=about)
    if not rules.min_flags:
        return
    struck = flags >= rules.min_flags
    reason = f"marked by at least {rules.min_flags} kinds of evidence"
    if state.exclude:
        rules_of = [
            ", ".join(id_ for id_, mark in marks.items() if mark[at]) for at in np.flatnonzero(struck)
        ]
        _drop(state, struck, "flags", flags, CONSENSUS, [f"{reason}: {by}" for by in rules_of])
        state.steps.append(Step(CONSENSUS, len(index), reason, excluded=int(struck.sum())))
        _refuse_empty(state, CONSENSUS)
    else:
        state.steps.append(Step(CONSENSUS, len(index), reason, marked=int(struck.sum())))


def _set_missing(state: _Cleaning, rule: Rule) -> None:
    """Take single answers out; they count as unanswered from then on."""
    responses = state.responses
    shown, frame, missing = (
        getattr(responses, name).copy(deep=False) for name in ("shown", "frame", "missing")
    )
    cells = 0
    for item in chosen_items(responses, rule.on, rated=False):
        answers = shown[item.id].to_numpy()
        struck = _strikes(answers, rule, rule.value)
        if not struck.any():
            continue
        cells += int(struck.sum())
        after = np.where(struck, np.nan, answers)
        shown[item.id] = after
        frame[item.id] = (
            reverse_column(after, item, responses.instrument.scale_of(item.id)) if item.reverse else after
        )
        missing[item.id] = missing[item.id].mask(struck, "unanswered")
        changed = {"respondent": frame.index[struck], "column": item.id, "before": answers[struck]}
        state.log.append(
            pd.DataFrame({**changed, "after": "missing", "rule": rule.id, "reason": rule.rationale})
        )
    state.responses = replace(responses, shown=shown, frame=frame, missing=missing)
    state.steps.append(Step(rule.id, responses.n, rule.rationale, applied=rule, set_missing=cells))


def _refuse_empty(state: _Cleaning, rule: str) -> None:
    if state.responses.n == 0:
        steps = "; ".join(f"{step.rule}: {step.excluded}" for step in state.steps if step.excluded)
        raise ResponsesError(
            f"after the rule {rule!r} no respondent is left (excluded by {steps}){_lacking(state.responses)}",
            place=state.responses.source.name,
            cure="Check the rules against the instrument's codes, or the data",
            code="nobody-left",
        )


def _lacking(responses: Responses) -> str:
    """Say how much of the form is not in the file: often the columns were not recognised."""
    instrument = responses.instrument
    form = instrument.forms.get(responses.form)
    listed = form.item_ids if form else () if instrument.forms else instrument.items
    asked = [id_ for id_ in listed if instrument.scale_of(id_)]
    lacking = [id_ for id_ in asked if id_ not in responses.source.columns]
    return f"; {len(lacking)} of {len(asked)} items are not in the file" if lacking else ""


def _late_rules(rules: CleaningRules, responses: Responses) -> list[str]:
    """Say so when the rules are younger than the first answer."""
    known = [name for name in ("started", "ended") if name in responses.about]
    if not rules.dated or not known:
        return []
    times = responses.about[known[0]].astype("str")
    first = times[times != ""].min()
    if isinstance(first, str) and first[:10] < rules.dated:
        return [
            f"{rules.name}: the cleaning rules are dated {rules.dated}, after the first answer ({first[:10]})"
        ]
    return []


def _log_frame(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part.astype(object) for part in parts if len(part)]
    if not filled:
        return empty_log()
    return pd.concat(filled, ignore_index=True)[list(LOG_COLUMNS)]
