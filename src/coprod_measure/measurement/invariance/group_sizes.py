"""Which groups are large enough to be compared, and with which of them the others are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.responses.no_answer import says_nothing
from coprod_measure.yaml_reading import did_you_mean

LEFT_OUT_COLUMNS = ("label", "n", "needed")


def large_enough(
    frame: pd.DataFrame, group: str, items: Sequence[str], missing: str = "listwise", reference: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the groups whose covariance matrix can be estimated, the reference group first.

    A group of no more respondents than items has a singular covariance matrix, so that no model of the items
    can be fitted to it. Respondents count when they answered all items, or any of them where incomplete
    answers are used.

    Parameters
    ----------
    frame : pandas.DataFrame
        Items and the grouping column, which has no gaps.
    missing : str
        ``"listwise"`` or what uses incomplete answers.
    reference : str
        Name of the group that the others are compared with; left out, the largest that is an answer: never
        "prefer not to say" (:func:`~coprod_measure.responses.no_answer.says_nothing`) while there is another.

    Returns
    -------
    pandas.DataFrame, pandas.DataFrame
        The answers of the groups kept, and the groups left out (:data:`LEFT_OUT_COLUMNS`).

    Raises
    ------
    DataError
        If an item is no column, fewer than two groups are large enough, or the reference is not one of them.
    """
    if unknown := [item for item in items if item not in frame]:
        cure = did_you_mean(unknown[0], [str(name) for name in frame.columns])
        raise DataError(f"there is no column {unknown[0]}", place="model", cure=cure, code="unknown-variable")
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
    kept = sizes.drop(small.index)
    if reference and reference not in kept.index:
        why = "too small" if reference in small.index else "not there"
        raise DataError(
            f"the reference group {reference!r} of {group} is {why}",
            place=group,
            cure=did_you_mean(reference, [str(name) for name in kept.index]),
            code="no-reference-group",
        )
    # A model numbers its groups as they come, and compares them with the first.
    frame = frame[frame[group].isin(kept.index)]
    answers = kept[[not says_nothing(name) for name in kept.index]]
    others = (frame[group] != (reference or (answers if len(answers) else kept).idxmax())).to_numpy()
    return frame.iloc[np.argsort(others, kind="stable")], left_out
