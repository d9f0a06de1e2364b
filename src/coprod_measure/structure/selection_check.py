"""Whether who decided to take part bends what is found among those who did: Heckman's model and weights."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.instrument.conditions import items_in, parse_condition
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.evidence import Context, Reason
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import Variable, scale_mean

COLUMNS = ("source", "target", "method", "estimate", "se", "pvalue", "rho", "rho_pvalue", "n", "selected")


def selection_check(
    claims: Sequence[Claim], context: Context
) -> tuple[dict[str, pd.DataFrame], tuple[Reason, ...]]:
    """Estimate each direct claim about those who saw a question once more, who saw it being modelled.

    What the theory says to act on the decision predicts it, so that something moves the decision and not the
    outcome. All by scale means; claims whose cause only those who decided could answer are left out.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    dict of str to pandas.DataFrame, tuple of Reason
        ``"selection"`` with columns :data:`COLUMNS`, where there is a claim to check.
    """
    from coprod_measure.structure.estimate import respondents_of
    from coprod_measure.structure.methods.selection import selection

    rows: list[pd.DataFrame] = []
    reasons: list[Reason] = []
    for claim in claims:
        source, target = (variables_of((id_,), context)[0] for id_ in (claim.source, claim.target))
        drivers = _drivers(target.gate, context) if target.gate and not claim.via else ()
        drivers = tuple(one for one in drivers if one.id not in (source.id, target.id))
        if source.gate or not drivers:
            continue
        inside = context.clean.frame.index.isin(respondents_of(target.gate, context.clean).frame.index)
        frame = pd.DataFrame({one.id: scale_mean(one, context.clean) for one in (source, *drivers)})
        frame = frame.assign(
            outcome=scale_mean(target, context.clean).where(inside), inside=inside.astype(float)
        )
        named = {"source": source.id, "target": target.id}
        try:
            found = selection(frame, "outcome", [source.id], [source.id, *(d.id for d in drivers)], "inside")
        except CoprodError as error:
            reasons.append(Reason("selection_failed", named | {"error": error.in_one_line}))
            continue
        own = found.table()
        own = own[(own["term"] == source.id) & (own["equation"] == "outcome")]
        rows.append(
            own.assign(
                **named, rho=found.rho, rho_pvalue=found.rho_pvalue, n=found.n, selected=found.selected
            )
        )
        by = own.set_index("method")["estimate"]
        told = {name: float(by[name]) for name in ("naive", "ml", "weighted")}
        reasons.append(Reason("selection_checked", named | told | {"p": found.rho_pvalue}))
    if not rows:
        return {}, tuple(reasons)
    return {"selection": pd.concat(rows, ignore_index=True)[list(COLUMNS)]}, tuple(reasons)


def _drivers(gate: str, context: Context) -> tuple[Variable, ...]:
    """Find what the theory says to act on the answer that opens a gate, and everybody was asked."""
    items = context.clean.instrument.items
    opens = {items[id_].construct_id for id_ in items_in(parse_condition(gate)) if id_ in items}
    causes = [
        cause
        for one in context.theory.hypotheses.values()
        if opens & set(one.targets) and not one.via and one.needs_waves == 1
        for cause in one.sources
    ]
    return tuple(one for one in variables_of(causes, context) if not one.gate and not one.binary)
