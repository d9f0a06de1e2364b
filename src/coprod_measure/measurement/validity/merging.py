"""Constructs that the theory says to merge when answers cannot tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.theory.definition import Construct

MERGE_COLUMNS = ("construct", "merge_with", "htmt", "limit", "merged")


def merged_constructs(
    theory: Mapping[str, Construct], constructs: Mapping[str, Sequence[str]], ratios: Htmt | NotAvailable
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Carry out the theory's merge rules.

    Parameters
    ----------
    theory : mapping
        Constructs by id; ``merge_with`` and ``merge_above`` hold a rule.
    constructs : mapping
        Construct to items, as asked.
    ratios : Htmt or NotAvailable
        A pair without a ratio is not merged.

    Returns
    -------
    pandas.DataFrame, dict
        One row a rule that applies to these constructs (:data:`MERGE_COLUMNS`), and construct to items, the
        items of a merged construct under the one it merges with.
    """
    rows: list[tuple[object, ...]] = []
    merged = {name: tuple(items) for name, items in constructs.items()}
    for name in constructs:
        rule = theory.get(name)
        other = rule.merge_with if rule else None
        if rule is None or other is None or other not in constructs or rule.merge_above is None:
            continue
        known = not isinstance(ratios, NotAvailable) and name in ratios.ratios and other in ratios.ratios
        ratio = float(ratios.ratios.loc[name, other]) if known else float("nan")  # type: ignore[union-attr]
        apply = ratio > rule.merge_above and name in merged and other in merged
        if apply:
            merged[other] = (*merged[other], *merged.pop(name))
        rows.append((name, other, ratio, rule.merge_above, apply))
    return pd.DataFrame(rows, columns=list(MERGE_COLUMNS)), merged
