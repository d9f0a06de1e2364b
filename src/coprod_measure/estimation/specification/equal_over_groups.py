"""What is equal over groups, and what that equality sets free."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.composites import FOLLOWS
from coprod_measure.estimation.specification.exploratory import exploratory_factors
from coprod_measure.estimation.specification.parameter_table import Defaults, Parameter
from coprod_measure.estimation.specification.variables import Variables


def released(row: Parameter, variables: Variables, defaults: Defaults) -> Parameter:
    """Free from the second group on what equality over groups identifies."""
    equal = set(defaults.group_equal)
    latent = row.lhs in variables.latent
    own_variance = row.op == "~~" and row.lhs == row.rhs
    apart, ordered = defaults.thresholds_apart, row.lhs in variables.ordered
    # One threshold cannot tell the scale of the variable behind it.
    scaled = "thresholds" in equal and ordered and not (apart and defaults.n_thresholds.get(row.lhs, 0) == 1)
    free = (
        (
            row.op == "~1"
            and latent
            and not row.user
            and not defaults.latent_means_free
            and bool(equal & ({"intercepts"} if apart else {"intercepts", "thresholds"}))
            and "means" not in equal
        )
        or (row.op == "~1" and ordered and apart and "thresholds" in equal and "intercepts" not in equal)
        or (
            own_variance
            and latent
            and not row.user
            and (defaults.std_lv or row.lhs in exploratory_factors(variables.blocks))
            and "loadings" in equal
            and "lv_variances" not in equal
        )
        or (
            row.op == "=~"
            and apart
            and "loadings" in equal
            and "".join(row.name.split()) in {"".join(name.split()) for name in defaults.group_partial}
        )
        or (row.op == "~*~" and defaults.parameterization == "delta" and scaled)
        or (own_variance and defaults.parameterization == "theta" and scaled)
    )
    return replace(row, free=True, value=math.nan) if free else row


def with_keys(
    rows: list[Parameter], variables: Variables, defaults: Defaults, *, n_levels: int = 1
) -> list[Parameter]:
    """Rows that share a key are equal; a fixed one among them fixes all."""
    partial = {"".join(name.split()) for name in defaults.group_partial}
    first: dict[tuple[str, int], str] = {}
    keys = []
    for row in rows:
        name = "".join(row.name.split())
        level = (row.group - 1) % n_levels
        own = name if row.group == 1 else f"{name}.g{row.group}"
        if row.group <= n_levels:
            first[name, level] = row.label or own
        else:
            # A label of the first group passes to the groups held equal to it.
            equal = name not in partial and _equal_over_groups(row, variables, defaults)
            own = first.get((name, level), name) if equal else own
        keys.append(row.label or own)
    fixed: dict[str, float] = {}
    shared = {key for key, count in Counter(keys).items() if count > 1}
    for row, key in zip(rows, keys, strict=True):
        if key in shared and not row.free and not row.exogenous:
            fixed.setdefault(key, row.value)
    return [
        replace(row, key=key, free=False, value=fixed[key]) if key in fixed else row.with_key(key)
        for row, key in zip(rows, keys, strict=True)
    ]


def check_partial(rows: list[Parameter], defaults: Defaults) -> None:
    """Refuse exemptions from equality that name no parameter."""
    known = {"".join(row.name.split()) for row in rows}
    for name in defaults.group_partial:
        if "".join(name.split()) not in known:
            near = get_close_matches("".join(name.split()), known, 1)
            cure = f"Did you mean {near[0]!r}?" if near else 'Write it as "f=~x2", "x2~1" or "x1~~x2"'
            place = "option group_partial"
            raise ModelError(f"the model has no parameter {name!r}", place=place, cure=cure, code="unknown")


def _equal_over_groups(row: Parameter, variables: Variables, defaults: Defaults) -> bool:
    equal = defaults.group_equal
    follows = row.op in FOLLOWS or bool(variables.composites and following_weights(row, variables))
    if not equal or follows:
        return False
    latent = row.lhs in variables.latent
    endogenous = row.lhs in variables.endogenous
    kinds = {
        "=~": "loadings",
        "<~": "composite_weights",
        "~": "regressions",
        "|": "thresholds",
        "~1": "means" if latent else "intercepts" if endogenous else "",
        "~*~": "",
    }
    if row.op == "~~":
        own = row.lhs == row.rhs
        if latent:
            kind = "lv_variances" if own else "lv_covariances"
        else:
            kind = ("residuals" if own else "residual_covariances") if endogenous else ""
    else:
        kind = kinds[row.op]
    return kind in equal


def following_weights(row: Parameter, variables: Variables) -> Parameter | None:
    """Take a row that rests on the weights of composites as it is, covariances of items from the sample."""
    owner = {x: one.name for one in variables.composites for x in one.items}
    if row.op == "~~" and row.lhs in owner and owner[row.lhs] == owner.get(row.rhs):
        return replace(row, free=False, given=True, value=math.nan)
    own = row.op == "~1" or (row.op == "~~" and row.lhs == row.rhs)
    return row if own and row.lhs in owner.values() else None
