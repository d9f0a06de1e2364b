"""Means of groups, arms and categories as a picture."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Figure
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.numbers import decimal


def means_figure(place: str, title: str, means: pd.DataFrame, group: str, effect: str = "") -> Figure:
    """Draw the means of a ``group`` column: ``n mean ci_lower ci_upper``.

    ``effect``: what they are instead, where zero says that there is none.
    """
    columns = (means[name] for name in (group, "n", "mean", "ci_lower", "ci_upper"))
    rows = [
        Estimate(f"{name} (n = {n})", mean, low, high, "")
        for name, n, mean, low, high in zip(*columns, strict=True)
    ]
    return Figure(
        place,
        title,
        draw_forest(rows, f"{effect or 'Mean'} with 95% interval", zero=bool(effect)),
        "; ".join(f"{one.label} {decimal(one.value)}" for one in rows) + ".",
    )
