"""Which groups are large enough to be compared; those that are not are left out by name."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.errors import DataError

LEFT_OUT_COLUMNS = ("label", "n", "needed")


def large_enough(
    frame: pd.DataFrame, group: str, items: Sequence[str], missing: str = "listwise"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the groups whose covariance matrix can be estimated.

    A group of no more respondents than items has a singular covariance matrix, so that no model of the items
    can be fitted to it. Respondents count when they answered all items, or any of them where incomplete
    answers are used.

    Parameters
    ----------
    frame : pandas.DataFrame
        Items and the grouping column, which has no gaps.
    missing : str
        ``"listwise"`` or what uses incomplete answers.

    Returns
    -------
    pandas.DataFrame, pandas.DataFrame
        The answers of the groups kept, and the groups left out (:data:`LEFT_OUT_COLUMNS`).

    Raises
    ------
    DataError
        If fewer than two groups are large enough.
    """
    answered = frame[list(items)].notna()
    counts_for_model = answered.all(axis=1) if missing == "listwise" else answered.any(axis=1)
    sizes = counts_for_model.groupby(frame[group], sort=False).sum()
    needed = len(items) + 1
    small = sizes[sizes < needed]
    if len(sizes) - len(small) < 2:
        told = ", ".join(f"{label} (n = {int(n)})" for label, n in sizes.items())
        raise DataError(
            f"fewer than two groups of {group} are large enough: {told}; a model of {len(items)} items needs "
            f"at least {needed} respondents a group",
            cure="Join groups, or compare fewer constructs at a time",
            code="small-groups",
        )
    left_out = pd.DataFrame(
        [(str(label), int(n), needed) for label, n in small.items()], columns=list(LEFT_OUT_COLUMNS)
    )
    return frame[~frame[group].isin(small.index)] if len(small) else frame, left_out
