"""How structures correlate that are the sums of their facets, where no factor stands behind these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations, product
from typing import Any

import pandas as pd

Facets = Mapping[str, tuple[str, ...]]


def composite_correlations(
    frame: pd.DataFrame, structures: Mapping[str, Facets], against: Collection[str] = (), **fitting: Any
) -> tuple[pd.DataFrame, int]:
    """Correlate the equally weighted sums of the facets' factors, from one confirmatory model of all items.

    With factors of variance 1 the sums a and b over facets i and j have r = sum(phi_ij) /
    sqrt(sum(phi_ii') sum(phi_jj')); its error is the delta method's. Facets of one structure may be unrelated
    among themselves (Diamantopoulos and Winklhofer 2001, Journal of Marketing Research 38, 269-277).

    Parameters
    ----------
    frame : pandas.DataFrame
        Items, one row a person.
    structures : mapping
        Each structure to its facets and their items; a facet of one item is that item, standardised.
    against : collection of str
        Facets that count reversed.
    **fitting
        Of :func:`coprod_measure.fitting.models.cfa`: estimator, missing answers.

    Returns
    -------
    pandas.DataFrame, int
        ``construct_1 construct_2 correlation ci_lower ci_upper`` (95 %), and how many people.

    Raises
    ------
    CoprodError
        If the model has no solution.

    Examples
    --------
    >>> from coprod_measure import read_responses, read_instrument, shipped_folder
    >>> file = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> answers = read_responses(file, read_instrument("bfi25")).frame.head(500)
    >>> traits = {one: {one: tuple(f"{one}{k}" for k in (1, 2, 3))} for one in "AEN"}
    >>> table, n = composite_correlations(answers, {"social": traits["A"] | traits["E"], "N": traits["N"]})
    >>> table["correlation"].round(2).tolist(), n
    ([-0.13], 477)
    """
    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled

    names = {
        (one, facet): f"f{k}_{m}"
        for k, one in enumerate(structures)
        for m, facet in enumerate(structures[one])
    }
    lines = [
        f"{names[one, facet]} =~ {' + '.join(items)}"
        for one, own in structures.items()
        for facet, items in own.items()
    ]
    lines += [
        f"{items[0]} ~~ 0*{items[0]}"
        for own in structures.values()
        for items in own.values()
        if len(items) == 1
    ]
    lines += [f"{a} ~~ {_label(a, b)}*{b}" for a, b in combinations(names.values(), 2)]
    own = {one: [names[one, facet] for facet in facets] for one, facets in structures.items()}
    reversed_ = {names[one, facet] for one, facet in names if facet in against}
    spread = {
        one: f"({len(parts)} {_total(combinations(parts, 2), 2, reversed_)})" for one, parts in own.items()
    }
    pairs = list(combinations(structures, 2))
    for k, (a, b) in enumerate(pairs):
        shared = _total(product(own[a], own[b]), 1, reversed_)
        lines.append(f"r{k} := (0 {shared}) / sqrt({spread[a]} * {spread[b]})")
    fit = settled(cfa("\n".join(lines), frame, std_lv=True, **fitting))
    table = fit.parameters.set_index("lhs")
    found = table.loc[[f"r{k}" for k in range(len(pairs))], ["est", "ci_lower", "ci_upper"]]
    found = found.rename(columns={"est": "correlation"}).reset_index(drop=True)
    return pd.concat([pd.DataFrame(pairs, columns=["construct_1", "construct_2"]), found], axis=1), fit.n


def _label(a: str, b: str) -> str:
    return f"c_{a}_{b}"


def _total(pairs: Iterable[tuple[str, str]], times: int, reversed_: Collection[str]) -> str:
    signs = {True: "+", False: "-"}
    return " ".join(f"{signs[(a in reversed_) == (b in reversed_)]} {times}*{_label(a, b)}" for a, b in pairs)
