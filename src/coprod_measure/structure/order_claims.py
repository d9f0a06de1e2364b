"""An order of stages over waves: whether each step works on the next a wave later, and nothing backwards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.structure.evidence import Beside, Context, Reason
from coprod_measure.structure.methods.ordered_lags import FEWEST_STEPS, OrderedLags, ordered_lags
from coprod_measure.structure.regression import score, variables_of
from coprod_measure.theory.definition import Hypothesis

TABLE = "order_over_time"
WORDS = {
    "order_over_time": "over {waves} waves each step works on the next rather than in another order: the "
    "nearest one ({structure}{moved}) has a BIC {delta:.1f} higher",
    "other_order_over_time": "over {waves} waves another order fits better ({structure}{moved}): a BIC "
    "{delta:.1f} lower",
    "nothing_backwards": "that no step acts on an earlier one is not rejected: chi2({df:.0f}) = {chi2:.2f}, "
    "{pvalue:p}",
    "acts_backwards": "steps act on earlier ones too: chi2({df:.0f}) = {chi2:.2f}, {pvalue:p}",
    "no_order_over_time": "its order over waves was not compared: {error}",
}


def claims_an_order(hypothesis: Hypothesis) -> bool:
    """Whether it claims an order of stages: three steps or more between causes and outcomes."""
    return hypothesis.level == "stage_transition" and len(hypothesis.steps) >= FEWEST_STEPS


def order_over_time(hypothesis: Hypothesis, context: Context) -> Beside:
    """Compare orders of steps by lagged effects between waves.

    A step is the mean of its constructs' standardised scores, each turned by the sign it is to act with.
    """
    try:
        steps, found, waves = _compared(hypothesis, context)
    except CoprodError as error:
        return {}, (Reason("no_order_over_time", {"error": error.in_one_line}),)
    table = found.table()
    rivals = table[~table["structure"].isin(["claimed", "forward", "free"])]
    nearest = rivals.sort_values("delta_bic").iloc[0]
    told = {
        "waves": waves,
        "structure": str(nearest["structure"]),
        "moved": "".join(f" {one}" for one in [", ".join(nearest["moved"])] if one),
        "delta": float(abs(nearest["delta_bic"])),
    }
    reasons = [Reason("order_over_time" if nearest["delta_bic"] > 0 else "other_order_over_time", told)]
    forward = table.set_index("structure").loc["forward"]
    if not np.isnan(forward["p_free"]):
        numbers = {
            "df": float(forward["df_free"]),
            "chi2": float(forward["against_free"]),
            "pvalue": float(forward["p_free"]),
        }
        code = "acts_backwards" if forward["p_free"] < context.level else "nothing_backwards"
        reasons.append(Reason(code, numbers))
    holds = pd.DataFrame([(name, tuple(own)) for name, own in steps.items()], columns=["step", "holds"])
    effects = found.effects.assign(stable=found.stable)
    return {TABLE: table, "order_steps": holds, "order_effects": effects}, tuple(reasons)


def _compared(
    hypothesis: Hypothesis, context: Context
) -> tuple[dict[str, tuple[str, ...]], OrderedLags, int]:
    from coprod_measure.structure.panel_claims import side_by_side

    named = (hypothesis.sources, *hypothesis.steps, hypothesis.targets)
    asked = [tuple(id_ for id_ in step if variables_of((id_,), context)) for step in named]
    steps = {own[0] if len(own) == 1 else f"step_{k}": own for k, own in enumerate(asked, start=1) if own}
    columns = {}
    for name, ids in steps.items():
        parts = []
        for id_ in ids:
            own = score(id_, context.clean, context)
            sign = -1.0 if hypothesis.source_signs.get(id_) == "negative" else 1.0
            parts.append(sign * (own - own.mean()) / own.std())
        columns[name] = pd.concat(parts, axis=1).mean(axis=1)
    seen = side_by_side(pd.DataFrame(columns), context)
    return steps, ordered_lags(seen, list(steps)), seen.n_waves
