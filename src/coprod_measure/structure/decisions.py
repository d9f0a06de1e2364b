"""Yes/no answers as targets, which no path can carry: one logistic regression each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.responses.dataset import CLUSTER, WEIGHT
from coprod_measure.structure.averages import ClaimEffect, wald_p
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.equations import LogisticSlope, logistic_regression, without_error
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.methods.choice import choice
from coprod_measure.structure.regression import LOG_ODDS, reliability
from coprod_measure.structure.structural_paths import LOGISTIC, logistic_paths
from coprod_measure.structure.variables import Variable, scale_mean


@dataclass(frozen=True, slots=True)
class Decisions:
    """Effects on decisions, the regressions that they come from, and hypotheses whose regression failed.

    Attributes
    ----------
    reasons, tables : mapping
        Of a hypothesis: how its causes were freed from error, and the slopes with the naive ones beside and
        average marginal effects, as in the kind of choices; of a shared regression the first has them.
    """

    effects: tuple[ClaimEffect, ...] = ()
    paths: tuple[pd.DataFrame, ...] = ()
    failed: Mapping[str, Reason] = field(default_factory=dict)
    reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Regression:
    """One logistic regression: slopes in standard deviations of the causes, controls last."""

    names: tuple[str, ...]
    slope: LogisticSlope
    mended: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]


def estimate_decisions(
    claims: Sequence[Claim],
    variables: Mapping[str, Variable],
    context: Context,
    before: Sequence[ClaimEffect] = (),
) -> Decisions:
    """Regress each yes/no target on scale means of its claimed sources, and of what carries a chain to it.

    Unreliability of the causes is taken off where it is known (:func:`.equations.without_error`).

    Parameters
    ----------
    claims : sequence of Claim
        Claims with a yes/no target.
    variables : mapping
        Variables by id.
    context : Context
        Its draws are of the normal approximation, so that logistic slopes read like other effects.
    before : sequence of ClaimEffect
        Of chains: effects of the source on each of its last mediators. The indirect effect is their product
        with the slope of the mediator, on the scale of the latent response (MacKinnon, Lockwood, Brown, Wang
        and Hoffman 2007, Clinical Trials 4, 499-513).
    """
    effects: list[ClaimEffect] = []
    paths: list[pd.DataFrame] = []
    failed: dict[str, Reason] = {}
    reasons: dict[str, tuple[Reason, ...]] = {}
    tables: dict[str, dict[str, list[pd.DataFrame]]] = {}
    rng = np.random.default_rng(context.draws.seed)
    for own in _together(claims, variables, context):
        target = own[0].target
        ids = tuple(dict.fromkeys(claim.hypothesis for claim in own))
        try:
            found = _regression(own, variables, context)
        except CoprodError as error:
            failed |= dict.fromkeys(ids, Reason("failed", {"error": error.in_one_line}))
            continue
        paths.append(logistic_paths(target, found.names, found.slope))
        if found.mended:
            told = Reason("decision_mended", {"target": target, "causes": found.mended})
            reasons |= {id_: (*reasons.get(id_, ()), told) for id_ in ids}
        for name, table in found.tables.items():
            tables.setdefault(ids[0], {}).setdefault(name, []).append(table)
        effects += _effects(own, found, before, context.draws.number, rng)
    joined = {
        id_: {name: pd.concat(parts, ignore_index=True) for name, parts in own.items()}
        for id_, own in tables.items()
    }
    return Decisions(tuple(effects), tuple(paths), failed, reasons, joined)


def _causes(claim: Claim) -> tuple[str, ...]:
    """Name what the regression of the decision needs: the source, and what carries its effect up to it."""
    return (claim.source, *(claim.via[-1] if claim.via else ()))


def _regression(own: Sequence[Claim], variables: Mapping[str, Variable], context: Context) -> _Regression:
    target, people = own[0].target, context.clean.frame.index
    sources = tuple(dict.fromkeys(name for claim in own for name in _causes(claim)))
    names = (*sources, *context.controls.of(target, people))
    frame = pd.DataFrame({name: scale_mean(variables[name], context.clean) for name in sources})
    frame = frame.join(context.controls.columns(names, people))[[*names]]
    yes = scale_mean(variables[target], context.clean).to_numpy()
    outcome = np.where(np.isnan(yes), np.nan, yes == np.nanmax(yes, initial=-np.inf))
    design, _ = context.clean.sampling()
    slope = logistic_regression(
        outcome,
        frame.to_numpy(),
        names,
        clusters=design.get(CLUSTER),
        weights=design.get(WEIGHT),
        target=target,
    )
    known = {name: value for name in sources if (value := reliability(name, context)) is not None}
    shares = np.array([known.get(name, 1.0) for name in names])
    mended = without_error(slope, shares) if known else None
    tables: dict[str, pd.DataFrame] = {}
    if not context.verdicts_only:
        told = frame.assign(**{target: outcome}, **design)
        tables = _tables(told, variables[target], names, (mended or slope, shares), context)
    return _Regression(names, mended or slope, tuple(known) if mended else (), tables)


def _tables(
    frame: pd.DataFrame,
    target: Variable,
    names: Sequence[str],
    mended: tuple[LogisticSlope, np.ndarray],
    context: Context,
) -> dict[str, pd.DataFrame]:
    """Write slopes with the naive ones beside, on the scales of the answers, and average marginal effects."""

    def of(column: str) -> str | None:
        return column if column in frame else None

    try:
        model = choice(frame, target.id, names, cluster=of(CLUSTER), weights=of(WEIGHT))
    except CoprodError:
        return {}
    slope, shares = mended
    rows = model.table().query("term != '(constant)'")[["equation", "term", "estimate", "se", "pvalue"]]
    (part,) = model.parts
    apart = part.design[:, 1:] - np.average(part.design[:, 1:], axis=0, weights=part.weights)
    sd = np.sqrt(np.average(apart**2, axis=0, weights=part.weights) * shares)
    rows = rows.assign(
        naive=rows["estimate"], naive_se=rows["se"], estimate=slope.estimate / sd, se=slope.se / sd,
        pvalue=[wald_p(b, se) for b, se in zip(slope.estimate, slope.se, strict=True)], measure=LOG_ODDS,
    )  # fmt: skip
    scale = context.clean.instrument.scale_of(target.items[0])
    no, yes = next(iter(scale.labels.values())) if scale else ("No", "Yes")
    about = {"label": yes, "base": no, "target": target.id, "unit": 1.0, "weighted": WEIGHT in frame}
    return {"slopes": rows.assign(**about), "effects": model.effects().assign(**about, chosen=yes, n=model.n)}


def _effects(
    own: Sequence[Claim],
    found: _Regression,
    before: Sequence[ClaimEffect],
    number: int,
    rng: np.random.Generator,
) -> Iterator[ClaimEffect]:
    slope = found.slope
    per_unit = np.sqrt((1.0 - slope.r_squared) * 3.0) / np.pi
    values, vectors = np.linalg.eigh(slope.covariance)
    noise = rng.standard_normal((number, len(values))) * np.sqrt(np.clip(values, 0.0, None)) @ vectors.T
    draws = (slope.estimate + noise) * per_unit
    chains = {
        (one.claim.hypothesis, one.claim.onward, one.claim.source, one.claim.target): one for one in before
    }
    for claim in own:
        if not claim.via:
            i = found.names.index(claim.source)
            estimate, se, std, std_draws = slope.estimate[i], slope.se[i], slope.std[i], draws[:, i]
        else:
            parts = [
                (chains[claim.hypothesis, claim.target, claim.source, name], found.names.index(name))
                for name in claim.via[-1]
                if name != claim.source
            ]
            size = min(number, *(len(one.std_draws) for one in before))
            std_draws = np.sum([one.std_draws[:size] * draws[:size, k] for one, k in parts], axis=0)
            estimate = sum(one.std * slope.estimate[k] for one, k in parts)
            std, se = estimate * per_unit, np.std(std_draws, ddof=1) / per_unit
        yield ClaimEffect(
            claim=claim, model=LOGISTIC, respondents="all", n=slope.n, estimate=float(estimate), se=float(se),
            std=float(std), std_draws=std_draws,
        )  # fmt: skip


def _together(
    claims: Sequence[Claim], variables: Mapping[str, Variable], context: Context
) -> Iterator[list[Claim]]:
    """Put claims about one target into one regression, as long as the same respondents answered all of it.

    With planned missing answers few may have answered every cause: a hypothesis whose causes would take more
    than half of the respondents of a regression away gets one of its own.
    """
    answered = {
        name: scale_mean(variables[name], context.clean).notna().to_numpy()
        for name in dict.fromkeys(name for claim in claims for name in (*_causes(claim), claim.target))
    }
    for target in dict.fromkeys(claim.target for claim in claims):
        groups: list[list[Claim]] = []
        for id_ in dict.fromkeys(claim.hypothesis for claim in claims if claim.target == target):
            own = [claim for claim in claims if claim.target == target and claim.hypothesis == id_]
            alone = _complete(own, answered)
            for group in groups:
                both = _complete([*group, *own], answered)
                if 2 * both >= max(_complete(group, answered), alone):
                    group += own
                    break
            else:
                groups.append(own)
        yield from groups


def _complete(claims: Sequence[Claim], answered: Mapping[str, np.ndarray]) -> int:
    names = {name for claim in claims for name in (*_causes(claim), claim.target)}
    return int(np.logical_and.reduce([answered[name] for name in names]).sum())
