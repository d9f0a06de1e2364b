"""Do lay judges match each item with its own construct? The rating task of Hinkin and Tracey (1999)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import InstrumentError
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.notebook import Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class ItemSorting(Shown):
    """Ratings of items on the definitions of several constructs.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item: ``item intended nearest_other mean_intended mean_nearest_other f df1 df2 pvalue
        pvalue_contrast htc htd keep``. ``pvalue_contrast`` is the largest of the one-sided paired t tests of
        the intended construct against each other one, Holm-adjusted within the item.
    means : pandas.DataFrame
        Mean rating, items by constructs.
    """

    items: pd.DataFrame
    means: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row an item."""
        return self.items


def item_sorting(
    ratings: pd.DataFrame,
    intended: Mapping[str, str],
    *,
    lowest: int = 1,
    highest: int = 5,
    alpha: float = 0.05,
) -> ItemSorting:
    """Test for each item whether judges rate it highest on its own construct.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Long format with the columns ``judge``, ``item``, ``construct``, ``rating``. Every judge who rates an
        item rates it on every construct.
    intended : mapping
        Item id to the construct it is written for.
    lowest, highest : int
        Ends of the rating scale.
    alpha : float
        Level of the tests that decide ``keep``.

    Returns
    -------
    ItemSorting
        Repeated-measures F over the constructs and planned contrasts (Hinkin and Tracey 1999);
        htc = mean on the intended construct / highest possible rating, htd = mean of the differences between
        intended and other constructs / (highest - lowest) (Colquitt, Sabey, Rodell and Hill 2019).

    Raises
    ------
    InstrumentError
        If columns are missing, a rating lies outside the scale, a judge left a construct out, or an item has
        no intended construct.
    """
    import pandas as pd

    _refuse_bad_columns(ratings, lowest, highest)
    rows: list[dict[str, object]] = []
    means: dict[str, dict[str, float]] = {}
    for item, group in ratings.groupby("item", sort=False):
        wide = group.pivot_table(index="judge", columns="construct", values="rating", aggfunc="mean")
        own = intended.get(str(item), "")
        _refuse_bad_item(str(item), own, wide)
        means[str(item)] = wide.mean().to_dict()
        rows.append(_item_row(str(item), own, wide, (lowest, highest), alpha))
    return ItemSorting(pd.DataFrame(rows), pd.DataFrame(means).T)


def _item_row(
    item: str, own: str, wide: pd.DataFrame, ends: tuple[int, int], alpha: float
) -> dict[str, object]:
    lowest, highest = ends
    values = wide.to_numpy(dtype=np.float64)
    f, df1, df2, pvalue = repeated_measures_f(values)
    others = wide.drop(columns=own)
    nearest = str(others.mean().idxmax())
    differences = wide[own].to_numpy()[:, None] - others.to_numpy(dtype=np.float64)
    contrast = max(holm([_paired_p(column) for column in differences.T]))
    return {
        "item": item,
        "intended": own,
        "nearest_other": nearest,
        "mean_intended": float(wide[own].mean()),
        "mean_nearest_other": float(others[nearest].mean()),
        "f": f,
        "df1": df1,
        "df2": df2,
        "pvalue": pvalue,
        "pvalue_contrast": float(contrast),
        "htc": float(wide[own].mean()) / highest,
        "htd": float(differences.mean()) / (highest - lowest),
        "keep": bool(contrast < alpha),
    }


def repeated_measures_f(values: NDArray[np.float64]) -> tuple[float, int, int, float]:
    """One-way analysis of variance with repeated measures.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (judges, conditions), no gaps.

    Returns
    -------
    f, df1, df2, pvalue
        F of the conditions against conditions by judges. Judges who all differ between conditions by the same
        amounts leave no error: F is then infinite and p is 0, or F is 0 and p is 1 where nothing differs.
    """
    from scipy.stats import f as f_distribution

    n, k = values.shape
    grand = values.mean()
    between = n * float(((values.mean(axis=0) - grand) ** 2).sum())
    judges = k * float(((values.mean(axis=1) - grand) ** 2).sum())
    error = max(float(((values - grand) ** 2).sum()) - between - judges, 0.0)
    df1, df2 = k - 1, (k - 1) * (n - 1)
    if error < 1e-12 * max(between, 1.0):
        return (np.inf, df1, df2, 0.0) if between > 1e-12 else (0.0, df1, df2, 1.0)
    f = (between / df1) / (error / df2)
    return f, df1, df2, float(f_distribution.sf(f, df1, df2))


def _paired_p(differences: NDArray[np.float64]) -> float:
    """One-sided p of a mean difference above 0; without any spread the sign decides."""
    from scipy.stats import t

    n, mean, spread = len(differences), differences.mean(), differences.std(ddof=1)
    if spread < 1e-12:
        return 0.0 if mean > 0 else 1.0
    return float(t.sf(mean / (spread / np.sqrt(n)), n - 1))


def _refuse_bad_columns(ratings: pd.DataFrame, lowest: int, highest: int) -> None:
    lacking = [name for name in ("judge", "item", "construct", "rating") if name not in ratings]
    if lacking:
        raise InstrumentError(
            f"the columns {', '.join(lacking)} are missing",
            cure="Give one row a judge, item and construct",
            code="missing-column",
        )
    outside = ratings[~ratings["rating"].between(lowest, highest)]
    if len(outside):
        first = outside.iloc[0]
        raise InstrumentError(
            f"rating {first['rating']} is not from {lowest} to {highest}",
            place=f"judge {first['judge']}, item {first['item']}, construct {first['construct']}",
            cure="Mend the rating, or state the ends of the scale",
            code="bad-rating",
        )


def _refuse_bad_item(item: str, own: str, wide: pd.DataFrame) -> None:
    place = f"item {item}"
    if own not in wide.columns:
        cause = (
            f"it was not rated on its intended construct '{own}'" if own else "it has no intended construct"
        )
        raise InstrumentError(
            cause, place=place, cure="Name the construct it is written for", code="unknown-construct"
        )
    if wide.shape[1] < 2:
        raise InstrumentError(
            "it was rated on one construct only",
            place=place,
            cure="Rate it on all",
            code="too-few-constructs",
        )
    if wide.isna().any(axis=None):
        judge = wide.index[wide.isna().any(axis=1)][0]
        cause = f"judge {judge} left a construct out"
        raise InstrumentError(
            cause, place=place, cure="Drop the judge for this item", code="incomplete-ratings"
        )
    if len(wide) < 2:
        raise InstrumentError("it has one judge only", place=place, cure="Ask more", code="too-few-raters")
