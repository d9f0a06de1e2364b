"""Invariance models of ordered answers, identified so that every level is a test (Wu and Estabrook 2016)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from coprod_measure.errors import DataError, Problem
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.confirmatory import measurement_model
from coprod_measure.measurement.partial_invariance import Freed

ORDINAL_LEVELS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("loadings",),
    "scalar": ("intercepts",),
    "strict": ("residuals",),
    "means": ("means",),
}


def ordinal_model(constructs: Mapping[str, Sequence[str]], equal: Sequence[str], n_groups: int) -> str:
    """Write the model of one level, theta parameterisation, factor variances 1 in the first group.

    With equal thresholds the normal variables behind the answers get a mean and a variance of their own in
    every later group; equal loadings free the later factor variances, equal intercepts the later factor
    means. Before that all of these are fixed, because nothing yet gives the groups a common scale.

    Parameters
    ----------
    constructs : mapping
        Construct to items.
    equal : sequence of str
        From ``thresholds loadings intercepts residuals means``, cumulative in this order.
    n_groups : int
    """
    lines = [measurement_model(constructs)]
    if "thresholds" not in equal:
        return lines[0]

    def later(free: bool, fixed: int) -> str:
        return f"c({', '.join([str(fixed)] + ['NA' if free else str(fixed)] * (n_groups - 1))})"

    for name, items in constructs.items():
        for item in items:
            lines.append(f"{item} ~ {later('intercepts' not in equal, 0)}*1")
            lines.append(f"{item} ~~ {later('residuals' not in equal, 1)}*{item}")
        lines.append(f"{name} ~~ {later('loadings' in equal, 1)}*{name}")
        lines.append(f"{name} ~ {later('intercepts' in equal and 'means' not in equal, 0)}*1")
    return "\n".join(lines)


def ordinal_fits(
    constructs: Mapping[str, Sequence[str]], frame: pd.DataFrame, group: str, estimator: str
) -> Callable[[tuple[str, ...], Sequence[Freed]], Fit]:
    """Make the function that fits one level.

    Raises
    ------
    DataError
        If an item has fewer than three categories, or a group never used one that another did.
    """
    items = [item for group_items in constructs.values() for item in group_items]
    _require_categories(frame, items, group)
    n_groups = frame[group].nunique()

    def fit(equal: tuple[str, ...], freed: Sequence[Freed]) -> Fit:
        return cfa(
            ordinal_model(constructs, equal, n_groups),
            frame,
            ordered=tuple(items),
            group=group,
            group_equal=tuple(part for part in equal if part in ("thresholds", "loadings")),
            std_lv=True,
            parameterization="theta",
            estimator=estimator,
        )

    return fit


def _require_categories(frame: pd.DataFrame, items: Sequence[str], group: str) -> None:
    problems = []
    for item in items:
        used = {str(label): set(part.dropna()) for label, part in frame.groupby(group, sort=False)[item]}
        everywhere = set().union(*used.values())
        if len(everywhere) < 3:
            problems.append(
                Problem(
                    item,
                    f"has {len(everywhere)} categories",
                    "Thresholds can be compared from three categories on; treat the items as continuous",
                    "few-categories",
                )
            )
        for label, codes in used.items():
            gone = sorted(everywhere - codes)
            if gone and len(everywhere) >= 3:
                problems.append(
                    Problem(
                        item,
                        f"nobody in group {label} answered {', '.join(f'{code:g}' for code in gone)}",
                        "Join neighbouring categories in all groups",
                        "empty-category",
                    )
                )
    if problems:
        raise DataError.from_problems(problems)
