"""Beside paths among yes/no answers: paths of what lies behind them, and who does the first thing only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.class_indicators import options_of
from coprod_measure.structure.evidence import Beside, Context, Reason, as_claimed
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import Variable

LIKELY = 0.5
"""Probability of a yes from which it is the likely answer of a class."""


def tetrachoric_paths(claims: Sequence[Claim], context: Context) -> Beside:
    """Regress what lies behind yes/no answers, or how many of several are yes, on what lies behind others.

    Returns
    -------
    dict of str to pandas.DataFrame, tuple of Reason
        ``"tetrachoric"`` with the columns of :class:`.methods.latent_response_paths.LatentResponsePaths`.
    """
    from coprod_measure.estimation.inference.multiple_tests import adjusted
    from coprod_measure.structure.methods.latent_response_paths import latent_response_paths

    frame, left_out = _doing(claims, context, any_of=False)
    sources, targets = _sides(claims, frame)
    if not sources or not targets:
        return {}, (Reason("not_yes_no", {"constructs": left_out}),)
    try:
        found = latent_response_paths(frame, targets, sources)
    except CoprodError as error:
        return {}, (Reason("no_tetrachoric", {"error": error.in_one_line}),)
    signs = {(one.source, one.target): one.sign for one in claims}
    table = found.paths.assign(n=found.n)
    table = table[[pair in signs for pair in zip(table["source"], table["target"], strict=True)]]
    table["pvalue_adjusted"] = adjusted(table["pvalue"].tolist(), "holm")
    shown = sum(
        row.pvalue_adjusted < context.level and as_claimed(row.est, signs[row.source, row.target]) > 0
        for row in table.itertuples()
    )
    ends = {"low": float(table["est"].min()), "high": float(table["est"].max())}
    told = [Reason("tetrachoric", {"shown": shown, "of": len(table), **ends})]
    told += [Reason("not_yes_no", {"constructs": left_out})] if left_out else []
    return {"tetrachoric": table.reset_index(drop=True)}, tuple(told)


def first_only(claims: Sequence[Claim], context: Context) -> Beside:
    """Look for latent classes of the answers, and for one that is likely to say yes to the sources only.

    Returns
    -------
    dict of str to pandas.DataFrame, tuple of Reason
        ``"yes_no_numbers"`` as of :meth:`.methods.classes.Classes.table`, ``"yes_no_classes"`` with columns
        ``class share first_only item yes among`` (``among``: share of the class in those who said yes).
    """
    from coprod_measure.structure.methods.classes import classes

    frame, left_out = _doing(claims, context, any_of=True)
    frame = frame[[name for name in frame if frame[name].min() < frame[name].max()]]
    sources, targets = _sides(claims, frame)
    if not sources or not targets:
        return {}, (Reason("not_yes_no", {"constructs": left_out}),)
    options = options_of(context)
    try:
        found = classes(
            frame, [*frame], answers="categorical", structures=("T1",), starts=options.starts,
            n_classes=range(1, options.most + 1), blrt=options.blrt, seed=context.draws.seed,
        )  # fmt: skip
    except CoprodError as error:
        return {}, (Reason("no_first_only_classes", {"error": error.in_one_line}),)
    bic = {key: model.criteria()["bic"] for key, model in found.models.items()}
    best = min((key for key in bic if key[0] == "LCA"), key=lambda key: bic[key])
    theta, share = found.models[best].mixture.theta["p"][1::2], found.models[best].mixture.share
    yes = pd.DataFrame(theta, index=[*frame], columns=range(1, best[1] + 1))
    only = (yes.loc[sources] > LIKELY).all() & (yes.loc[targets] < LIKELY).all()
    said = (theta * share).sum(axis=1, keepdims=True)
    parts = yes.rename_axis("item").reset_index().melt(id_vars="item", var_name="class", value_name="yes")
    among = (theta * share / said).T.ravel()
    number = parts["class"].astype(int)
    table = parts.assign(among=among, share=share[number - 1], first_only=only[number].to_numpy())
    complete = frame.dropna()
    just = (complete[sources] == 1).all(axis=1) & (complete[targets] == 0).all(axis=1)
    told = {
        "k": best[1], "number": int(only.sum()), "source": sources[0], "exactly": float(just.mean()),
        "share": float(share[only.to_numpy()].sum()),
        "among": float(table.loc[table["first_only"] & (table["item"] == sources[0]), "among"].sum()),
    }  # fmt: skip
    reasons = [Reason("first_only" if only.any() else "no_first_only", told)]
    gap = bic[best] - bic.get(("T1", 1), np.inf)
    reasons += [Reason("rather_by_degree", {"by": float(gap)})] if gap > 0 else []
    reasons += [Reason("not_yes_no", {"constructs": left_out})] if left_out else []
    numbers = found.table().assign(
        chosen=lambda one: (one["structure"] == "LCA") & (one["classes"] == best[1])
    )
    return {"yes_no_numbers": numbers, "yes_no_classes": table}, tuple(reasons)


def _sides(claims: Sequence[Claim], frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    sources = [name for name in dict.fromkeys(one.source for one in claims) if name in frame]
    targets = [name for name in dict.fromkeys(one.target for one in claims) if name in frame]
    return sources, [name for name in targets if name not in sources]


def _doing(
    claims: Sequence[Claim], context: Context, *, any_of: bool
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Say how many questions each person answered by yes, or whether any; name what is not yes or no.

    One row a person: several of one are no evidence of kinds of people.
    """
    clean = context.of_independent_rows()[0].clean
    ids = dict.fromkeys(name for one in claims for name in (one.source, one.target))
    found = variables_of(tuple(ids), context)
    asked = [one for one in found if _yes_no(one, context)]
    columns = {}
    for one in asked:
        scale = clean.instrument.scale_of(one.items[0])
        answers = clean.values(one.items)
        gaps = np.isnan(answers)
        yes = np.where(gaps, 0.0, answers == max(scale.codes if scale else (1,))).sum(axis=1)
        known = ~gaps.any(axis=1) | (any_of & (yes > 0))
        columns[one.id] = np.where(known, np.minimum(yes, 1.0) if any_of else yes, np.nan)
    left_out = tuple(one.id for one in found if one not in asked)
    return pd.DataFrame(columns, index=clean.frame.index), left_out


def _yes_no(one: Variable, context: Context) -> bool:
    scales = [context.clean.instrument.scale_of(item) for item in one.items]
    return all(scale is not None and len(scale.codes) == 2 for scale in scales)
