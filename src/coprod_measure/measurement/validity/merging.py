"""Constructs that the theory says to merge when answers cannot tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.guides import as_printed
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.notebook import Shown
from coprod_measure.theory.definition import Construct

MERGE_COLUMNS = ("construct", "merge_with", "htmt", "limit", "merged")


@dataclass(frozen=True, slots=True, repr=False)
class Merges(Shown):
    """The theory's rules for constructs that cannot be told apart, and what they left.

    Attributes
    ----------
    rules : pandas.DataFrame
        One row a rule that applies to these constructs (:data:`MERGE_COLUMNS`).
    constructs : dict
        Construct to items; those of a merged construct stand under the one that it merges with.
    """

    rules: pd.DataFrame
    constructs: dict[str, tuple[str, ...]]

    def table(self) -> pd.DataFrame:
        """One row a rule; columns :data:`MERGE_COLUMNS`."""
        return self.rules.copy()


def merged_constructs(
    theory: Mapping[str, Construct], constructs: Mapping[str, Sequence[str]], ratios: Htmt | NotAvailable
) -> Merges:
    """Carry out the theory's merge rules.

    Parameters
    ----------
    theory : mapping
        Constructs by id; ``merge_with`` and ``merge_above`` hold a rule.
    constructs : mapping
        Construct to items, as asked.
    ratios : Htmt or NotAvailable
        A pair without a ratio is not merged.
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
        apply = as_printed(ratio, 2) > rule.merge_above and name in merged and other in merged
        if apply:
            merged[other] = (*merged[other], *merged.pop(name))
        rows.append((name, other, ratio, rule.merge_above, apply))
    return Merges(pd.DataFrame(rows, columns=list(MERGE_COLUMNS)), merged)


def examine(x: Examination) -> Merges:
    """Compute the part ``merges``: carried out in every model after it."""
    return merged_constructs(x.clean.instrument.theory.constructs, x.usable[0], x.found["htmt"])
