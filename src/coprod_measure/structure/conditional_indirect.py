"""Indirect effects that something bends: the index of moderated mediation, of arms or of scale means."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.structure.effects import two_sided_p
from coprod_measure.structure.evidence import Context, Finding, Reason, as_claimed
from coprod_measure.structure.regression import SIGNS, variables_of
from coprod_measure.theory.definition import Hypothesis

INDEX = "moderated_mediation_index"


def bent_chain(
    hypothesis: Hypothesis, mediator: str, target: str, moderator: str, frame: pd.DataFrame, context: Context
) -> tuple[Finding, pd.DataFrame]:
    """Test by how much a moderator bends the indirect effect of the first source, others held constant.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person, with source, mediator, target and all moderators.

    Returns
    -------
    Finding, pandas.DataFrame
        The index (:func:`.methods.moderated_effects.moderated_mediation`) with a bootstrap p value, and the
        indirect effect at values of the moderator.
    """
    from coprod_measure.structure.methods.moderated_effects import moderated_mediation

    others = [id_ for id_ in hypothesis.moderators if id_ != moderator]
    source, expected = hypothesis.sources[0], SIGNS[hypothesis.sign]
    step = context.theory.bent_step(hypothesis)
    variables = variables_of([source, mediator, target, *hypothesis.moderators], context)
    frame, held = context.held(target, frame, variables)
    found = moderated_mediation(
        frame, outcome=target, predictor=source, mediator=mediator, moderator=moderator,
        stage=step, controls=[*others, *held],
        bootstrap=context.draws.number, seed=context.draws.seed,
    )  # fmt: skip
    table = found.table()
    row = table.iloc[0]
    first, then = (
        (source, f"{mediator} x {moderator}") if step == "second" else (f"{source} x {moderator}", mediator)
    )
    finding = Finding(
        hypothesis=hypothesis.id, source=first, via=((then,),), target=target,
        expected=expected, measure=INDEX, model="arms", n=found.n, estimate=found.index, se=float(row["se"]),
        ci_lower=float(row["ci_lower"]), ci_upper=float(row["ci_upper"]), pvalue=two_sided_p(found.drawn),
        direction=as_claimed(found.index, expected),
    )  # fmt: skip
    return finding, table.assign(
        bent_by=moderator, source=source, target=target, mediator=mediator, step=step
    )


def outcome_of(target: str, frame: pd.DataFrame, context: Context) -> tuple[pd.Series, Reason | None]:
    """Take the scale mean; of parts that share out a fixed total, the first."""
    if frame[target].std() > 1e-9:
        return frame[target], None
    items = variables_of((target,), context)[0].items
    first = context.clean.frame[items[0]].reindex(frame.index)
    if len(items) < 2 or not first.std() > 1e-9:
        raise DataError(f"everybody has the same {target}")
    return first, Reason("share_of_first", {"target": target, "item": items[0]})
