"""What an outcome cannot do without: necessary condition analysis on scale means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from coprod_measure.structure.claims import scope_of
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
from coprod_measure.structure.methods.necessity import Necessity, necessity
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

EFFECT = "necessity_d"
JUDGED_BY = "ce_fdh"
WORDS = {
    "necessity_failed": "its necessity analysis could not be done: {error}",
    "no_ceiling": "no corner of {condition} and {target} is empty",
}


class NecessityOptions(KindOptions):
    """Permutations of the test."""

    permutations: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which condition or outcome was not asked."""
    dark = scope_of(hypothesis, context.theory, context.clean).dark
    return Reason("not_measured", {"constructs": dark}) if dark else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Draw the ceilings of every condition and target."""
    return one_by_one(hypotheses, context, _evidence, "Necessary conditions", "necessity_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    options = context.options.get(KIND.name, NecessityOptions())
    permutations = options.permutations if isinstance(options, NecessityOptions) else 10_000
    conditions = [id_ for id_ in hypothesis.sources if variables_of((id_,), context)]
    targets = [id_ for id_ in hypothesis.targets if variables_of((id_,), context)]
    seen = scores([*conditions, *targets], context)
    findings, reasons, ceilings, points, needs = [], [], [], [], []
    for target in targets:
        found = necessity(
            seen.frame, target, conditions, corner=2 if hypothesis.sign == "negative" else 1,
            permutations=permutations, seed=context.draws.seed,
        )  # fmt: skip
        table = found.table()
        ceilings.append(table.assign(target=target, n=found.n))
        needs.append(found.bottleneck("cr_fdh").reset_index(names="level").assign(target=target))
        points.append(_points(found, target))
        for row in table[table["ceiling"] == JUDGED_BY].itertuples():
            if not row.effect > 0:
                reasons.append(Reason("no_ceiling", {"condition": str(row.condition), "target": target}))
            findings.append(
                Finding(
                    hypothesis=hypothesis.id, source=str(row.condition), target=target,
                    expected=SIGNS[hypothesis.sign], measure=EFFECT, respondents=seen.respondents,
                    n=found.n, estimate=float(row.effect), pvalue=float(row.pvalue),
                    direction=1 if row.effect > 0 else 0,
                )
            )  # fmt: skip
    tables = {"ceilings": ceilings, "points": points, "bottleneck": needs}
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=whole)


def _points(found: Necessity, target: str) -> pd.DataFrame:
    """Count the respondents at each pair of scores; no respondent is named."""
    frames = []
    for one in found.conditions:
        peers = np.zeros(len(one.points.x), dtype=bool)
        peers[one.ceiling(JUDGED_BY).peers] = True
        x, y = (-one.points.x if one.points.flip_x else one.points.x), one.points.y
        pairs = pd.DataFrame({"x": x, "y": y, "peer": peers})
        counted = pairs.groupby(["x", "y"], as_index=False).agg(count=("peer", "size"), peer=("peer", "any"))
        frames.append(counted.assign(condition=one.name, target=target))
    return pd.concat(frames, ignore_index=True)


KIND = Kind(
    name="necessity", levels=("necessity",), run=run, why_not=why_not, words=WORDS, options=NecessityOptions
)
