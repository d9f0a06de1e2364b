"""How many units constructs make up: their factors merged pair by pair, each merger tested."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from math import nan
from typing import TYPE_CHECKING, Any

import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.estimation.specification.writing import formula

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit

COLUMNS = ("units", "merged", "cfi", "rmsea", "delta_chisq", "delta_df", "pvalue", "n")


def compare_units(
    data: pd.DataFrame,
    constructs: Mapping[str, tuple[str, ...]],
    fewest: int,
    yes_no: Collection[str],
    fitting: Mapping[str, Any],
) -> pd.DataFrame:
    """Merge the two factors that correlate most, again and again, until few are left.

    Parameters
    ----------
    constructs : mapping
        Construct to its items, two or more.
    fewest : int
        Units at which to stop.
    yes_no : collection of str
        Items whose thresholds are modelled (WLSMV).
    fitting : mapping
        Options of the fits where there are none.

    Returns
    -------
    pandas.DataFrame
        One row a number of units, the largest first; columns :data:`COLUMNS`. The difference is to all
        factors apart, a correlation of one held for each merger.

    Notes
    -----
    That the pair is chosen by its correlation makes the test lenient to mergers: it is the smallest
    difference of all that leave so many units.
    """
    how = {"estimator": "WLSMV", "ordered": list(yes_no)} if yes_no else dict(fitting)
    rows = data.dropna() if yes_no else data
    left: dict[tuple[str, ...], tuple[str, ...]] = {(name,): tuple(own) for name, own in constructs.items()}
    apart = _fit(left, rows, how)
    found = [_row(apart, apart, (), len(left))]
    while len(left) > fewest:
        fit = apart if len(left) == len(constructs) else _fit(left, rows, how)
        pair = _closest(fit, left)
        merged = (*pair[0], *pair[1])
        left = {**{k: v for k, v in left.items() if k not in pair}, merged: left[pair[0]] + left[pair[1]]}
        found.append(_row(apart, _fit(left, rows, how), merged, len(left)))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _fit(left: Mapping[tuple[str, ...], tuple[str, ...]], rows: pd.DataFrame, how: Mapping[str, Any]) -> Fit:
    from coprod_measure.fitting.models import cfa

    text = "\n".join(formula(f"unit{k}", "=~", *items) for k, items in enumerate(left.values()))
    return cfa(text, rows, std_lv=True, **how)


def _closest(fit: Fit, left: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = fit.parameters
    own = table[(table["op"] == "~~") & (table["lhs"] != table["rhs"])]
    r = {frozenset((row.lhs, row.rhs)): abs(row.std_all) for row in own.itertuples()}
    names = list(left)
    i, j = max(combinations(range(len(names)), 2), key=lambda ij: r[frozenset(f"unit{k}" for k in ij)])
    return names[i], names[j]


def _row(apart: Fit, fit: Fit, merged: tuple[str, ...], units: int) -> tuple[object, ...]:
    cfi, rmsea = (fit.best(name) for name in ("cfi", "rmsea"))
    told = tuple(nan if isinstance(one, NotAvailable) else float(one.value) for one in (cfi, rmsea))
    if fit is apart:
        return units, merged, *told, nan, 0, nan, fit.n
    try:
        difference = apart.compare(fit)
    except CoprodError:
        return units, merged, *told, nan, 0, nan, fit.n
    both = (difference.statistic, difference.pvalue)
    chisq, p = (nan if isinstance(one, NotAvailable) else float(one) for one in both)
    return units, merged, *told, chisq, int(difference.df), p, fit.n
