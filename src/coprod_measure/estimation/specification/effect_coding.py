"""Give latent variables the scale of their indicators: loadings average one, intercepts zero."""

from __future__ import annotations

from collections.abc import Sequence

from coprod_measure.estimation.specification.syntax import Constraint

Row = tuple[str, str, str, int]


def effect_coding_constraints(
    rows: Sequence[Row], latent: Sequence[str], coded: Sequence[str]
) -> tuple[Constraint, ...]:
    """Write the constraints of effect coding (Little, Slegers & Card, 2006), one a factor, kind and group.

    Parameters
    ----------
    rows : sequence of (lhs, op, rhs, group)
        All parameters, whose positions name them in constraints.
    coded : sequence of str
        ``"loadings"``, ``"intercepts"``.
    """
    place = {row: f".p{k + 1}." for k, row in enumerate(rows)}
    items: dict[tuple[str, int], list[str]] = {}
    for lhs, op, rhs, group in rows:
        if op == "=~":
            items.setdefault((lhs, group), []).append(rhs)
    found = []
    for (factor, group), own in items.items():
        if set(own) & set(latent):
            continue
        loadings = [place[factor, "=~", name, group] for name in own]
        intercepts = [place[name, "~1", "", group] for name in own if (name, "~1", "", group) in place]
        for kind, total, names in (("loadings", len(own), loadings), ("intercepts", 0, intercepts)):
            if kind in coded and names:
                found.append(Constraint(names[0], "==", "-".join([str(total), *names[1:]]), 0, 0))
    return tuple(found)
