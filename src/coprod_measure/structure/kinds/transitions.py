"""Stages that people pass: moves forward against moves back, and when somebody leaves for good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.structure.averages import wald_p
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
from coprod_measure.structure.methods.hazard import hazard
from coprod_measure.structure.methods.latent_markov import latent_markov
from coprod_measure.structure.methods.net_moves import NetMoves, net_moves
from coprod_measure.structure.methods.transitions import Direction, transitions
from coprod_measure.structure.order_claims import WORDS as OF_ORDER
from coprod_measure.structure.order_claims import claims_an_order, order_over_time
from coprod_measure.structure.regression import SIGNS, one_by_one, variables_of
from coprod_measure.structure.variables import Variable, scale_mean
from coprod_measure.theory.definition import Hypothesis

SHARE, LOG_HAZARD = "share_forward", "log_odds_of_the_event"
FEWEST_IN_A_WAVE = 10
WORDS = {
    "stages_are": "stages by how far people had come: {stages}",
    "moves_seen": "{forward} moves forward, {backward} back, {stayed} times the same stage",
    "steps_left_out": "no stage, as it was not asked in every wave: {steps}",
    "ordered_moves": "latent Markov models with {states} states, moves {best}, fit best (BIC)",
    "no_latent_stages": "no latent Markov model: {error}",
    "one_chain": "a mediated time to an event takes one mediator, it names {found}",
    "same_wave": "{mediator} is of the same first wave as its causes",
    "left_at_start": "{n:person|people} with {event} at the first wave already left out",
    "transitions_failed": "its moves could not be followed: {error}",
    **OF_ORDER,
}


def recognises(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether a claim is a chain of stages, or about when something happens that is yes or no."""
    if hypothesis.needs_waves < 2:
        return False
    if hypothesis.level == "stage_transition":
        return bool(hypothesis.rises)
    targets = variables_of(hypothesis.targets, context)
    return hypothesis.level in ("direct", "mediated") and bool(targets) and all(one.binary for one in targets)


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side was not asked."""
    if hypothesis.level == "stage_transition":
        steps = (*hypothesis.sources, hypothesis.targets[-1])
        dark = tuple(id_ for id_ in steps if not variables_of((id_,), context))
        return Reason("not_measured", {"constructs": dark}) if len(steps) - len(dark) < 2 else None
    if len(hypothesis.mediators) > 1:
        return Reason("one_chain", {"found": len(hypothesis.mediators)})
    for ids in (hypothesis.sources, hypothesis.via):
        if ids and not variables_of(ids, context):
            return Reason("not_measured", {"constructs": ids})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Follow each person through the waves."""
    return one_by_one(hypotheses, context, _evidence, "Transitions", "transitions_failed")


def beside(hypotheses: Sequence[Hypothesis], context: Context) -> dict[str, Beside]:
    """Say of an order of stages that is judged on one occasion what several waves say."""
    if context.waves < 2:
        return {}
    return {
        one.id: order_over_time(one, context)
        for one in hypotheses
        if claims_an_order(one) and one.needs_waves == 1
    }


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    return (_stages if hypothesis.level == "stage_transition" else _survival)(hypothesis, context)


def _long(variables: Sequence[Variable], context: Context) -> pd.DataFrame:
    """Give one row a person and wave; several rows of a wave count once, with their mean."""
    about = context.clean.about
    means = pd.DataFrame({one.id: scale_mean(one, context.clean) for one in variables})
    long = means.assign(person=about["respondent"].astype(str), wave=about["wave"].astype("str"))
    if context.clean.several_in_a_wave:
        return long.groupby(["person", "wave"], sort=False).mean().reset_index()
    return long.reset_index(drop=True)


def _reached(variable: Variable, score: pd.Series, context: Context) -> pd.Series:
    """Whether somebody came so far: said yes, or lies above the middle of the answers."""
    scale = context.clean.instrument.scale_of(variable.items[0])
    middle = (scale.codes[0] + scale.codes[-1]) / 2 if scale is not None else 0.0
    return (score > middle).astype(float).where(score.notna())


def _stages(hypothesis: Hypothesis, context: Context) -> Evidence:
    steps = [*hypothesis.sources, hypothesis.targets[-1]]
    variables = [asked[0] for id_ in steps if (asked := variables_of((id_,), context))]
    long = _long(variables, context)
    reached = pd.DataFrame({one.id: _reached(one, long[one.id], context) for one in variables})
    reached = _asked_throughout(reached, long["wave"])
    partly = tuple(one.id for one in variables if one.id not in reached)
    variables = [one for one in variables if one.id in reached]
    # A stage counts only where all before it were passed; what was not asked after a "no" was not reached.
    stage = reached.fillna(0.0).cumprod(axis=1).sum(axis=1).where(reached.iloc[:, 0].notna())
    long = long.assign(stage=stage)
    found = transitions(
        long.dropna(subset=["stage"]), "stage", person="person", wave="wave", waves=_waves(long, context),
        stages=list(range(len(variables) + 1)),
    )  # fmt: skip
    if not isinstance(found.direction, Direction):
        raise DataError(found.direction.reason)
    net = _people(long, context)
    moved = found.direction
    told = {"forward": moved.forward, "backward": moved.backward, "stayed": moved.stayed}
    labels = ("before", *(one.id for one in variables))
    reasons = [
        Reason("stages_are", {"stages": tuple(one.id for one in variables)}),
        Reason("moves_seen", told),
    ]
    reasons += [Reason("steps_left_out", {"steps": partly})] if partly else []
    markov, why = _latent_stages(reached.assign(person=long["person"], wave=long["wave"]), variables, context)
    expected = SIGNS[hypothesis.sign] or 1
    finding = Finding(
        hypothesis=hypothesis.id, source=steps[0], target=steps[-1], expected=expected, measure=SHARE,
        model="moves", n=net.people, estimate=net.share, ci_lower=net.ci_lower,
        ci_upper=net.ci_upper, pvalue=net.pvalue, direction=1 if (net.share - 0.5) * expected > 0 else -1,
    )  # fmt: skip
    named = dict(enumerate(labels))
    table = found.table()
    tables = {
        "moves": table.assign(source=table["source"].map(named), target=table["target"].map(named)),
        "stages": found.membership.assign(stage=found.membership["stage"].map(named)),
        "steps": pd.DataFrame(
            [
                (str(found.waves[k]), str(found.waves[k + 1]), labels[i], labels[j], int(n))
                for k, counts in enumerate(found.counts)
                for (i, j), n in np.ndenumerate(counts)
            ],
            columns=["wave", "next", "source", "target", "n"],
        ),
    }
    tables |= {"markov": markov} if len(markov) else {}
    return by_weakest(KIND.name, [finding], context.level, reasons=(*reasons, why), tables=tables)


def _people(long: pd.DataFrame, context: Context) -> NetMoves:
    """Balance of moves forward and back, those who left by their stage made up for."""
    wide = long.dropna(subset=["stage"]).pivot_table(
        index="person", columns="wave", values="stage", aggfunc="last"
    )
    return net_moves(wide[[one for one in _waves(long, context) if one in wide]].to_numpy(float))


def _asked_throughout(reached: pd.DataFrame, wave: pd.Series) -> pd.DataFrame:
    """Keep the steps asked in every wave: nobody can be in a stage that a wave does not know."""
    counts = reached.notna().groupby(wave.to_numpy()).any()
    kept = [name for name in reached if counts[name].all()]
    if not kept:
        raise DataError("no step was asked in every wave")
    return reached[kept]


def _waves(long: pd.DataFrame, context: Context) -> list[str]:
    """Waves that somebody answered, in the order of time."""
    there = set(long["wave"])
    return [name for name in context.clean.wave_names if name in there]


def _latent_stages(
    reached: pd.DataFrame, variables: Sequence[Variable], context: Context
) -> tuple[pd.DataFrame, Reason]:
    names = [one.id for one in variables if reached[one.id].std() > 0]
    try:
        if len(names) < 2:
            raise DataError("fewer than two steps differ between people")
        found = latent_markov(
            reached.dropna(subset=names, how="all"), names,
             states=(2, 3), moves=("free", "forward"), starts=4,
            seed=context.draws.seed, person="person", wave="wave", waves=_waves(reached, context),
        )  # fmt: skip
    except CoprodError as error:
        return pd.DataFrame(), Reason("no_latent_stages", {"error": error.in_one_line})
    states, best = found.chosen
    return found.table(), Reason("ordered_moves", {"states": states, "best": best})


def _survival(hypothesis: Hypothesis, context: Context) -> Evidence:
    sources, mediators = (variables_of(ids, context) for ids in (hypothesis.sources, hypothesis.via))
    findings, reasons, coefficients, lives = [], [], [], []
    for event in variables_of(hypothesis.targets, context):
        people, gone = _times(_long((*sources, *mediators, event), context), event, context)
        names = [one.id for one in sources]
        mediator = mediators[0].id if mediators else None
        found = hazard(
            people, "time", "event", names, mediator=mediator, draws=context.draws.number,
            seed=context.draws.seed,
        )  # fmt: skip
        reasons += [Reason("left_at_start", {"n": gone, "event": event.id})] if gone else []
        reasons += [Reason("same_wave", {"mediator": mediator})] if mediator else []
        coefficients.append(found.table().assign(event=event.id))
        lives.append(found.life_table.assign(event=event.id))
        effects = {one.source: one for one in found.mediated}
        for name in names:
            expected = SIGNS[hypothesis.source_signs.get(name, hypothesis.sign)]
            if mediator:
                own = effects[name]
                estimate, se, lower, upper = own.estimate, own.se, own.ci_lower, own.ci_upper
            else:
                estimate, variance = found.regression.element(name)
                se = float(np.sqrt(variance))
                lower, upper = estimate - 1.959964 * se, estimate + 1.959964 * se
            findings.append(
                Finding(
                    hypothesis=hypothesis.id, source=name, via=((mediator,),) if mediator else (),
                    target=event.id, expected=expected, measure=LOG_HAZARD, model="hazard", n=len(people),
                    estimate=estimate, se=se, ci_lower=lower, ci_upper=upper, pvalue=wald_p(estimate, se),
                    direction=as_claimed(estimate, expected),
                )
            )  # fmt: skip
    tables = {
        "hazard": pd.concat(coefficients, ignore_index=True),
        "life_table": pd.concat(lives, ignore_index=True)
    }  # fmt: skip
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _times(long: pd.DataFrame, event: Variable, context: Context) -> tuple[pd.DataFrame, int]:
    """Give the causes at the first wave, the last wave seen without a gap, and whether it happened then."""
    order = _waves(long, context)
    wide = long.assign(yes=_reached(event, long[event.id], context)).pivot_table(
        index="person", columns="wave", values="yes", aggfunc="max"
    )[order]
    first = long[long["wave"] == order[0]].drop_duplicates("person").set_index("person")
    wide = wide.reindex(first.index)
    gone = int((wide[order[0]] == 1).sum())
    later = wide.loc[wide[order[0]] != 1, order[1:]].to_numpy(float)
    seen = ~np.isnan(later)
    unbroken = np.cumprod(seen, axis=1).astype(bool)
    happened = unbroken & (later == 1)
    event_at = np.where(happened.any(axis=1), happened.argmax(axis=1) + 1, 0)
    time = np.where(event_at > 0, event_at, unbroken.sum(axis=1))
    people = first.loc[wide[order[0]] != 1].assign(time=time, event=(event_at > 0).astype(float))
    people = people[people["time"] > 0]
    if len(people) < FEWEST_IN_A_WAVE:
        raise DataError(f"{counted(len(people), 'person was', 'people were')} followed beyond the first wave")
    return people.drop(columns=[event.id]), gone


KIND = Kind(
    name="transitions",
    levels=("stage_transition", "direct", "mediated"),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    missing="given",
    over_waves=True,
    beside=beside,
)
