"""The correlation matrix that factor analysis of items starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import DataError, MeasurementError, counted
from coprod_measure.measurement.item_sets import item_sets
from coprod_measure.measurement.sampling import ALIKE, Answers, Data, Sampling, people, weighted_correlations

Array = NDArray[np.float64]
Kind = Literal["pearson", "polychoric"]
Missing = Literal["pairwise", "listwise"]


@dataclass(frozen=True, slots=True)
class Correlations:
    """Correlations of items and what they rest on.

    Attributes
    ----------
    matrix : ndarray, shape (p, p)
        Positive definite.
    answers : ndarray, shape (n, p)
        Respondents with at least one answer (all answers when listwise), NaN where none is.
    missing_share : float
        Unanswered cells among those of ``answers``.
    warnings : tuple of str
        Items left out because they did not vary; a matrix that had to be made positive definite.
    sampling : Sampling
        Of the rows of ``answers``; weights enter the matrix.
    """

    matrix: Array
    items: tuple[str, ...]
    answers: Array
    kind: str
    missing: str
    missing_share: float
    warnings: tuple[str, ...] = ()
    sampling: Sampling = ALIKE

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.answers)


def correlations(
    data: Data,
    items: Sequence[str] | None = None,
    *,
    kind: Kind = "pearson",
    missing: Missing = "pairwise",
    invertible: bool = True,
) -> Correlations:
    """Correlate items.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean responses, one row a person, or keyed items.
    items : sequence of str, optional
        Left out: all items of reflective constructs, or all columns.
    missing : {"pairwise", "listwise"}
        Each pair on its own respondents (as R's psych), or complete answers only.
    invertible : bool
        Whether the matrix will be inverted, and so must be positive definite.

    Raises
    ------
    DataError
        If fewer than three items vary, or there are not more respondents than items.
    MeasurementError
        If two items were never answered together or the matrix is singular (identical items).
    """
    data, sampling = people(data)
    frame = _items_of(data, items)
    kept = frame.notna().any(axis=1) if missing == "pairwise" else frame.notna().all(axis=1)
    frame, sampling = frame[kept], sampling.of(kept.to_numpy())
    spread = frame.std()
    constant = [str(name) for name in frame.columns if not spread[name] > 0]
    frame = frame.drop(columns=constant)
    warnings = [f"{item}: left out of the correlations because its answers do not vary" for item in constant]
    if len(frame.columns) < 2 or len(frame) < 3:
        raise DataError(
            f"{counted(len(frame), 'respondent')} answered {counted(len(frame.columns), 'item')} that vary",
            cure="Correlations need two items and three respondents at least",
            code="too-few-respondents",
        )
    if invertible:
        _require_enough(frame)
    matrix = _matrix(frame, kind, sampling.weights)
    _require_overlap(frame, matrix)
    matrix, repaired = nearest_positive_definite(matrix) if invertible else (matrix, False)
    if repaired:
        _require_distinct(frame, matrix)
        warnings.append("the correlations were not positive definite and were smoothed")
    answers = frame.to_numpy(dtype=float)
    return Correlations(
        matrix=matrix,
        items=tuple(str(name) for name in frame.columns),
        answers=answers,
        kind=kind,
        missing=missing,
        missing_share=float(np.isnan(answers).mean()),
        warnings=tuple(warnings),
        sampling=sampling,
    )


def nearest_positive_definite(R: Array, smallest: float = 1e-8) -> tuple[Array, bool]:
    """Lift eigenvalues below ``smallest`` and rescale to a unit diagonal (Knol and Berger 1991).

    Returns the matrix and whether it was changed.
    """
    values, vectors = np.linalg.eigh(R)
    if values[0] > smallest:
        return R, False
    lifted = (vectors * np.maximum(values, 1e-4)) @ vectors.T
    scale = np.sqrt(np.diagonal(lifted))
    return np.asarray(lifted / np.outer(scale, scale)), True


def _items_of(data: Answers, items: Sequence[str] | None) -> pd.DataFrame:
    if items is not None:
        named = item_sets(data, {"items": list(items)})
        if not named:
            raise DataError(
                "no item of a reflective construct is left to correlate",
                cure="Choices and other observed answers have no factors; items that all answered alike are "
                "set aside",
            )
        return named[0].frame
    sets = [one for one in item_sets(data) if one.measurement == "reflective"]
    if not sets:
        raise DataError("no construct is measured reflectively", cure="Name the items to correlate")
    return pd.concat([one.frame for one in sets], axis=1)


def _matrix(frame: pd.DataFrame, kind: Kind, weights: Array | None) -> Array:
    if kind == "polychoric":
        from coprod_measure.fitting.polychorics import polychoric

        return np.asarray(polychoric(frame, weights=weights).correlations.to_numpy(dtype=float))
    return weighted_correlations(frame.to_numpy(dtype=float), weights)


def _require_enough(frame: pd.DataFrame) -> None:
    n, p = frame.shape
    if p < 3:
        raise DataError(
            f"only {counted(p, 'item varies', 'items vary')}",
            cure="Three or more are needed to analyse their dimensions",
            code="few-items",
        )
    if n <= p:
        raise DataError(
            f"{counted(n, 'respondent')} answered {counted(p, 'item')}",
            cure="More respondents than items are needed",
            code="too-few-respondents",
        )


def _require_overlap(frame: pd.DataFrame, matrix: Array) -> None:
    gaps = np.argwhere(~np.isfinite(np.triu(matrix, 1)))
    if len(gaps):
        first, second = (str(frame.columns[i]) for i in gaps[0])
        raise MeasurementError(
            f"{first} and {second} cannot be correlated: too few respondents answered both",
            cure="Analyse forms separately or leave one of the items out",
            code="no-overlap",
        )


def _require_distinct(frame: pd.DataFrame, matrix: Array) -> None:
    pairs = np.argwhere(np.triu(np.abs(matrix), 1) > 1.0 - 1e-3)
    if len(pairs):
        named = ", ".join(f"{frame.columns[i]} and {frame.columns[j]}" for i, j in pairs)
        raise MeasurementError(
            f"{named} are answered identically",
            cure="Leave one of each pair out",
            code="identical-items",
        )
