"""Choices among offers: what their attributes are worth, and which value counts most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from coprod_measure.errors import DataError, EstimationError, NotAvailable
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
)
from coprod_measure.structure.offers import NONE, Tasks, tasks_of
from coprod_measure.structure.regression import one_by_one, variables_of
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.methods.conjoint import Conjoint

FEWEST = 20
"""People of whose choices anything is said about others."""
IMPORTANCE, PSEUDO_R2 = "attribute_importance", "pseudo_r2"
WORDS = {
    "conjoint_failed": "its choices among offers could not be modelled: {error}",
    "choices_among_offers": "{tasks:choice} of {people:person|people} among offers; log likelihood "
    "{loglik:.1f}, by chance {null:.1f}",
    "offers_unbalanced": "shown unequally often: {what}",
    "never_chosen": "nobody took an offer with {levels}: such offers are left out, as their worth has no "
    "lower bound",
    "no_mixed_logit": "how much people differ is not told: {why}",
    "not_settled": "{what}",
    "no_tasks": "the options of {source} are no offers with attributes; `coprod offers` makes choice tasks",
    "no_price": "no willingness to pay: {why}",
    "unknown_value": "no offer has {names}, which a value was given for",
}


class ConjointOptions(KindOptions):
    """What is asked of the part-worths."""

    model: Literal["mixed", "bayes", "conditional"] = Field(
        "mixed",
        description="mixed: people differ (simulated likelihood); bayes: each has part-worths of his own "
        "(hierarchical Bayes); conditional: people do not differ",
    )
    draws: int | None = Field(
        None, ge=20, le=100_000, description="Of the simulated likelihood (200), or of the posterior (4,000)"
    )
    base: dict[str, str] = Field(
        {},
        description="Attribute to the level that others are compared with; else none, or the first shown",
    )
    price: str = Field("", description="Attribute that is paid; else one called price or cost")
    value_of: dict[str, str] = Field(
        {}, description="Attribute to the value that it carries: {Price: economic, Place: social}"
    )
    offers: tuple[dict[str, str | float], ...] = Field(
        (), description="Offers on sale together, whose shares are predicted; attribute to level"
    )


def _tasks(hypothesis: Hypothesis, context: Context) -> Tasks | None:
    found = (tasks_of(id_, context.clean) for id_ in hypothesis.sources)
    return next((one for one in found if one is not None), None)


def recognises(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether the source of a claim about a choice is a choice itself: tasks, or a question among options."""
    return hypothesis.level == "choice" and any(
        context.clean.instrument.items[item].kind == "single_choice"
        and len(getattr(context.clean.instrument.scale_of(item), "codes", ())) > 2
        for one in variables_of(hypothesis.sources, context)
        for item in one.items
    )


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say that the options of the question are no offers."""
    return Reason("no_tasks", {"source": hypothesis.sources}) if _tasks(hypothesis, context) is None else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Model the choices of each."""
    return one_by_one(hypotheses, context, _evidence, "Choices among offers", "conjoint_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    from scipy.stats import chi2

    from coprod_measure.structure.methods.conjoint import conjoint

    named = context.options.get(KIND.name)
    asked = named if isinstance(named, ConjointOptions) else ConjointOptions()
    tasks = _tasks(hypothesis, context)
    if tasks is None:
        raise DataError("no question shows offers")
    rows = _led_by(asked.base, tasks.answers(context.clean))
    if not len(rows):
        raise DataError("nobody chose among the offers")
    if (people := rows["person"].nunique()) < FEWEST:
        raise DataError(f"only {people} chose among the offers", cure=f"Ask {FEWEST} or more")
    rows, never = _without_never_chosen(rows)
    attributes = [one for one in (*tasks.attributes, NONE) if one in rows]

    def fit(model: Literal["mixed", "bayes", "conditional"]) -> Conjoint:
        draws = 200 if model == "mixed" and asked.draws is None else asked.draws
        return conjoint(
            rows, attributes, person="person", task="task", chosen="chosen", model=model,
            draws=None if model == "conditional" else draws, seed=context.draws.seed,
        )  # fmt: skip

    plain = best = fit("conditional")
    counts = {"tasks": plain.n_tasks, "people": plain.n_people}
    facts = counts | {"loglik": plain.fit.loglik, "null": plain.fit.null}
    left_out = [Reason("never_chosen", {"levels": never})] if never else []
    reasons = [Reason("choices_among_offers", facts), *left_out]
    # The option to take none is on show in every task, whatever the design.
    reasons += [Reason("offers_unbalanced", {"what": one}) for one in plain.messages if one.about != NONE]
    if asked.model != "conditional":
        try:
            best = fit(asked.model)
        except EstimationError as error:
            reasons.append(Reason("no_mixed_logit", {"why": error.problems[0].cause}))
    reasons += [Reason("not_settled", {"what": one}) for one in best.messages if one not in plain.messages]
    importance = _importance(best)
    findings = []
    for row in importance.itertuples():
        wald, df = _wald(plain, [k for k, (name, _) in enumerate(plain.columns) if name == row.attribute])
        finding = Finding(
            hypothesis=hypothesis.id, source=str(row.attribute), measure=IMPORTANCE, model=best.model,
            n=plain.n_people, estimate=float(row.importance), pvalue=float(chi2.sf(wald, df)), direction=1,
        )  # fmt: skip
        findings.append(finding)
    wald, df = _wald(plain, range(len(plain.columns)))
    tables = {"part_worths": _part_worths(plain, best, rows), "importance": importance}
    told, said = _further(best, importance, rows, asked)
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=PSEUDO_R2, estimate=plain.pseudo_r2, std=nan,
        pvalue=float(chi2.sf(wald, df)), direction=1, findings=tuple(findings),
        reasons=(*reasons, *said), tables=tables | told,
    )  # fmt: skip


def _led_by(base: Mapping[str, str], rows: pd.DataFrame) -> pd.DataFrame:
    """Put the level that others are compared with first."""
    for name in [one for one in rows.columns if hasattr(rows[one], "cat")]:
        levels = list(rows[name].cat.categories)
        wanted = base.get(name) or next((one for one in levels if one.casefold() == NONE), levels[0])
        if wanted not in levels:
            cure = f"Levels are {', '.join(levels)}"
            raise DataError(f"{name} has no level {wanted!r}", place="option base", cure=cure)
        order = [wanted, *(one for one in levels if one != wanted)]
        rows = rows.assign(**{name: rows[name].cat.reorder_categories(order)})
    return rows


def _without_never_chosen(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out offers with a level that nobody ever took; name these levels.

    As the worth of the level falls without end, the likelihood tends to that of the tasks without these
    offers, which is thus its maximum (Albert and Anderson 1984, *Biometrika* 71, 1-10).
    """
    never: list[str] = []
    named = [name for name in rows.columns if hasattr(rows[name], "cat") and name not in ("person", "task")]
    for name in named:
        offered = rows[NONE] == 0 if NONE in rows else pd.Series(True, index=rows.index)
        taken = rows[offered].groupby(name, observed=True)["chosen"].sum()
        lost = list(taken.index[taken == 0])
        if not lost or len(lost) == len(taken):
            continue
        never += [f"{name}: {level}" for level in lost]
        rows = rows[~(offered & rows[name].isin(lost))]
        kept = rows[name].cat.set_categories([one for one in rows[name].cat.categories if one not in lost])
        # The option to take none has no level; the first stands there.
        rows = rows.assign(**{name: kept.fillna(kept.cat.categories[0])})
        if rows[name].nunique() < 2:
            rows = rows.drop(columns=name)
    several = rows.groupby(["person", "task"], observed=True)["chosen"].transform("size") > 1
    return (rows[several].reset_index(drop=True), tuple(never)) if never else (rows, ())


def _wald(found: Conjoint, at: Sequence[int]) -> tuple[float, int]:
    b, V = found.fit.estimates[list(at)], found.fit.cov[np.ix_(list(at), list(at))]
    return float(b @ np.linalg.solve(V, b)), len(b)


def _importance(found: Conjoint) -> pd.DataFrame:
    """Shares of the ranges of part-worths, of attributes only."""
    table = found.importance()
    own = table[table["attribute"] != NONE].reset_index(drop=True)
    return own.assign(importance=own["range"] / own["range"].sum())


def _part_worths(plain: Conjoint, best: Conjoint, rows: pd.DataFrame) -> pd.DataFrame:
    """Part-worths, each attribute led by the level that the others are compared with."""
    table = best.table().assign(shared=plain.table()["est"], shared_se=plain.table()["se"])
    parts = []
    for name, own in table.groupby("attribute", sort=False):
        if str(own["level"].iloc[0]):
            base = str(rows[str(name)].cat.categories[0])
            parts.append(pd.DataFrame([{"attribute": name, "level": base, "est": 0.0, "shared": 0.0}]))
        parts.append(own)
    found = pd.concat(parts, ignore_index=True).assign(model=best.model)
    spans = found["attribute"].map(best.spans)
    ends = [spans.map(lambda span, k=k: span[k], na_action="ignore") for k in (0, 1)]
    return found.assign(lowest=ends[0], highest=ends[1])


def _further(
    best: Conjoint, importance: pd.DataFrame, rows: pd.DataFrame, asked: ConjointOptions
) -> tuple[dict[str, pd.DataFrame], list[Reason]]:
    """Willingness to pay, shares of values, shares of offers, as far as they were asked for."""
    tables: dict[str, pd.DataFrame] = {}
    reasons: list[Reason] = []
    called = [one for one in importance["attribute"] if str(one).casefold() in ("price", "cost")]
    price = asked.price or (str(called[0]) if called else "")
    if price:
        paid = best.willingness_to_pay(price)
        if isinstance(paid, NotAvailable):
            reasons.append(Reason("no_price", {"why": paid.reason}))
        else:
            tables["willingness"] = paid.assign(price=price)
    if asked.value_of:
        if unknown := tuple(name for name in asked.value_of if name not in set(importance["attribute"])):
            reasons.append(Reason("unknown_value", {"names": unknown}))
        value = importance["attribute"].map(asked.value_of).fillna("other")
        sums = importance.groupby(value.rename("value"), sort=False)["importance"].sum()
        tables["values"] = sums.rename("share").reset_index()
    if asked.offers:
        offers = _offers(asked.offers, rows, best)
        tables["offers"] = offers.assign(share=best.shares(offers).to_numpy())
    return tables, reasons


def _offers(named: Sequence[Mapping[str, str | float]], rows: pd.DataFrame, best: Conjoint) -> pd.DataFrame:
    """Offers as the model takes them; what an offer does not name is the first level, or nothing."""
    attributes = list(dict.fromkeys(name for name, _ in best.columns))
    whole: list[dict[str, str | float]] = []
    for offer in named:
        unknown = [name for name in offer if name not in attributes]
        if unknown:
            cure = f"Attributes are {', '.join(attributes)}"
            raise DataError(
                f"{', '.join(unknown)} is no attribute of an offer", place="option offers", cure=cure
            )
        own: dict[str, str | float] = {}
        for name in attributes:
            levels = list(rows[name].cat.categories) if hasattr(rows[name], "cat") else None
            value = offer.get(name, levels[0] if levels else 0.0)
            if levels and str(value) not in levels:
                cure = f"Levels are {', '.join(levels)}"
                raise DataError(f"{name} has no level {value!r}", place="option offers", cure=cure)
            own[name] = str(value) if levels else float(value)
        whole.append(own)
    return pd.DataFrame(whole)


KIND = Kind(
    name="conjoint",
    levels=("choice",),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    missing="given",
    options=ConjointOptions,
    takes_names=lambda _, __: ("source", "target"),
    item_by_item=True,
)
