"""Columns of a data frame as numbers, complete rows only; every fault is named first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.answer_codes import warn_of_codes
from coprod_measure.errors import DataError, EstimationError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import refuse, refuse_magnitudes


@dataclass(frozen=True, slots=True)
class CompleteRows:
    """Numbers without gaps.

    Attributes
    ----------
    numbers : ndarray, shape (n, p)
    index : ndarray, shape (n,)
        Labels of the rows kept.
    dropped : int
        Rows left out because something was missing.
    places : ndarray of int, shape (n,)
        Where the rows kept stand among all: labels may stand twice.
    """

    numbers: Floats
    names: tuple[str, ...]
    index: np.ndarray
    dropped: int
    places: np.ndarray

    def column(self, name: str) -> Floats:
        """One column."""
        return np.asarray(self.numbers[:, self.names.index(name)])


def complete_rows(
    data: pd.DataFrame, names: Sequence[str], least: int = 3, varying: Sequence[str] | None = None
) -> CompleteRows:
    """Take columns as numbers, in the rows in which none of them is missing.

    Every comparison of models rests on the same rows, so that rows are dropped once and for all.

    Parameters
    ----------
    least : int
        Fewest rows an analysis of these columns needs.
    varying : sequence of str, optional
        Columns that must not be constant; left out: all.

    Raises
    ------
    DataError
        If a column is missing, not numeric or constant, or too few rows are complete; all faults at once.

    Examples
    --------
    >>> rows = complete_rows(pd.DataFrame({"x": [1, 2, None, 4], "y": [2, 1, 3, 5]}), ["x", "y"])
    >>> rows.numbers.shape, rows.dropped
    ((3, 2), 1)
    """
    chosen = tuple(dict.fromkeys(names))
    refuse(data, chosen)
    frame = data[list(chosen)].apply(pd.to_numeric, errors="coerce").astype(float)
    refuse_magnitudes(frame.to_numpy(), chosen)
    warn_of_codes(frame.to_numpy(), chosen)
    places = np.flatnonzero(np.isfinite(frame).all(axis=1))
    kept = frame.iloc[places]
    if len(kept) < least:
        raise DataError(
            f"only {counted(len(kept), 'row has', 'rows have')} "
            f"{', '.join(chosen)} complete, and {least} are needed",
            cure="Collect more answers, use fewer variables, or fill the gaps before",
            code="too-few-rows",
        )
    constant = [name for name in (chosen if varying is None else varying) if kept[name].nunique() < 2]
    if constant:
        raise DataError(
            f"{', '.join(constant)} did not vary among the {len(kept)} complete rows",
            cure="Leave it out: a constant explains and moderates nothing",
            code="constant",
        )
    return CompleteRows(
        kept.to_numpy(dtype=np.float64), chosen, kept.index.to_numpy(), len(frame) - len(kept), places
    )


def cluster_codes(column: pd.Series) -> np.ndarray:
    """Give each row the number of its cluster, from 0 on.

    Raises
    ------
    DataError
        If there is one alone: what it adds up to is nothing, so that errors would be 0.

    Examples
    --------
    >>> cluster_codes(pd.Series(["a", "b", "a"])).tolist()
    [0, 1, 0]
    """
    codes, names = pd.factorize(column)
    if len(names) < 2:
        cause, cure = "all rows are in one cluster", "Robust errors rest on how clusters differ: leave it out"
        raise DataError(cause, place=f"column {column.name}", cure=cure, code="one-cluster")
    return np.asarray(codes)


def name_collinear(x: Floats, names: Sequence[str]) -> None:
    """Refuse predictors of which one is a combination of others, and name them.

    Parameters
    ----------
    x : ndarray, shape (n, p)

    Raises
    ------
    EstimationError

    Examples
    --------
    >>> name_collinear(np.array([[1.0, 2, 0], [2, 4, 1], [3, 6, 0]]), ["a", "b", "c"])
    Traceback (most recent call last):
    coprod_measure.errors.EstimationError: a, b are collinear: one follows from the others. Leave one out
    """
    if x.shape[1] < 2:
        return
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    _, values, rows = np.linalg.svd(scaled, full_matrices=False)
    if values[-1] > 1e-7 * values[0]:
        return
    involved = [name for name, weight in zip(names, rows[-1], strict=True) if abs(weight) > 1e-4]
    raise EstimationError(
        f"{', '.join(involved)} are collinear: one follows from the others",
        cure="Leave one out",
        code="collinear",
    )
