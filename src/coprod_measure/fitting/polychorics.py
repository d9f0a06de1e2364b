"""Polychoric, polyserial and Pearson correlations of a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import DataError, NotAvailable, Problem
from coprod_measure.estimation.sample.ordinal_moments import OrdinalMoments, below_diagonal, ordinal_moments
from coprod_measure.estimation.sample.weight_matrix import moment_variances
from coprod_measure.fitting.ordered_answers import ordered_answers
from coprod_measure.frames import refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class Polychorics(Shown):
    """Correlations of latent responses.

    Attributes
    ----------
    correlations : DataFrame
        Polychoric between ordered variables, polyserial between an ordered and a continuous one, Pearson
        between continuous ones.
    thresholds : DataFrame
        One row a threshold: ``item threshold est se``; ``threshold`` counts from 1.
    se : DataFrame or NotAvailable
        Standard errors of the correlations, 0 on the diagonal.
    n : int
        Respondents used.
    n_pairs : DataFrame
        Respondents behind each correlation.
    warnings : tuple of str
        Pairs with empty cells, correlations at the bound, answers that nobody chose.
    """

    correlations: pd.DataFrame
    thresholds: pd.DataFrame
    se: pd.DataFrame | NotAvailable
    n: int
    n_pairs: pd.DataFrame
    warnings: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a pair: ``item_1 item_2 correlation se n``, without ``se`` if none were asked for."""
        names = self.correlations.columns
        rows, columns = below_diagonal(len(names))
        table = pd.DataFrame(
            {
                "item_1": names[columns],
                "item_2": names[rows],
                "correlation": self.correlations.to_numpy()[rows, columns],
                "n": self.n_pairs.to_numpy()[rows, columns],
            }
        )
        if not isinstance(self.se, NotAvailable):
            table.insert(3, "se", self.se.to_numpy()[rows, columns])
        return table


@takes_frame
def polychoric(
    frame: pd.DataFrame,
    *,
    continuous: Sequence[str] = (),
    missing: Literal["pairwise", "listwise"] = "pairwise",
    standard_errors: bool = True,
    weights: Floats | None = None,
) -> Polychorics:
    """Correlations of the normal variables behind ordered answers.

    Parameters
    ----------
    frame : DataFrame
        One column a variable; ordered answers as whole numbers, booleans or ordered categoricals.
    continuous : sequence of str, optional
        Columns that are not ordered.
    missing : {"pairwise", "listwise"}
        Whether a pair uses everybody who answered both (as psych does) or only those who answered everything
        (as lavaan's ``lavCor`` does).
    standard_errors : bool
        Whether errors are wanted; without them replicates take a fraction of the time.
    weights : ndarray, shape (n,), optional
        Sampling weights of the rows.

    Returns
    -------
    Polychorics
        Two-step maximum likelihood estimates with standard errors.

    Raises
    ------
    DataError
        If a column cannot be used; all columns are reported together.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460; standard errors from Muthen (1984), Psychometrika 49, 115-132,
    over the root of n - 1 as in lavaan.
    Cells are not corrected for continuity, except 2 x 2 tables with one empty cell, as lavaan does
    (psych adds half an answer to all empty cells unless ``correct = 0``).

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> round(float(cm.polychoric(bfi[traits["neuroticism"]]).correlations.loc["N1", "N2"]), 2)
    0.77
    """
    if missing not in ("pairwise", "listwise"):
        raise DataError(f"missing={missing!r} is unknown", cure="Use 'pairwise' or 'listwise'", code="option")
    names = list(frame.columns)
    if weights is not None and np.shape(np.asarray(weights)) != (len(frame),):
        cause = (
            f"weights have the shape {np.shape(np.asarray(weights))}, not one for each of {len(frame)} rows"
        )
        raise DataError(cause, place="weights", cure='Hand over a column: frame["weight"]', code="weights")
    weights = None if weights is None else _positive(weights)
    if missing == "listwise":
        complete = frame.notna().all(axis=1).to_numpy()
        frame, weights = frame[complete], None if weights is None else weights[complete]
    if weights is not None and len(weights):
        weights = weights / np.mean(weights)
    ordered = np.array([name not in set(continuous) for name in names])
    data, gaps = _numeric(frame, names, ordered)
    seen = np.isfinite(data).astype(np.float64)
    n_pairs = (seen.T @ seen).astype(np.int64)
    _check_pairs(n_pairs, names)
    moments = ordinal_moments(data, ordered, weights)
    thresholds = _threshold_table(moments, names)
    se: pd.DataFrame | NotAvailable = NotAvailable("standard errors were not asked for")
    if standard_errors:
        first, pairs = (np.sqrt(part / (len(frame) - 1)) for part in moment_variances(data, moments, weights))
        thresholds["se"] = first[_threshold_positions(moments)]
        rows, columns = below_diagonal(len(names))
        errors = np.zeros_like(moments.correlations)
        errors[rows, columns] = errors[columns, rows] = pairs
        se = pd.DataFrame(errors, names, names)
    return Polychorics(
        pd.DataFrame(moments.correlations, names, names),
        thresholds,
        se,
        len(frame),
        pd.DataFrame(n_pairs, names, names),
        (*gaps, *_warnings(moments, names)),
    )


def _positive(weights: object) -> Floats:
    try:
        found: Floats = pd.to_numeric(pd.Series(np.asarray(weights).ravel())).to_numpy(
            np.float64, na_value=np.nan
        )
    except (TypeError, ValueError):
        found = np.array([np.nan])
    if not (np.isfinite(found) & (found > 0)).all():
        cause = "weights are not all numbers above 0"
        raise DataError(cause, place="weights", cure="Fill them in, or leave those rows out", code="weights")
    refuse_magnitudes(found[:, None], ["of weights"])
    return found


def _numeric(frame: pd.DataFrame, names: list[str], ordered: NDArray[np.bool_]) -> tuple[Floats, list[str]]:
    """Codes of ordered and values of continuous columns, and a warning for each answer that nobody chose."""
    problems = (
        [] if len(names) > 1 else [Problem("the data", "there are fewer than two columns", "Add variables")]
    )
    continuous = [name for name, is_ordered in zip(names, ordered, strict=True) if not is_ordered]
    data = np.zeros((len(frame), len(names)))
    for name in continuous:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            problems.append(
                Problem(f"column {name}", "it holds text where numbers belong", "Code it", "not-numeric")
            )
            continue
        values = frame[name].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        known = values[~np.isnan(values)]
        if np.isinf(known).any() or not len(known) or known.max() == known.min():
            problems.append(
                Problem(f"column {name}", "it is constant or has infinite values", "Leave it out", "constant")
            )
        data[:, names.index(name)] = values
    try:
        answers = ordered_answers(frame, [name for name in names if name not in continuous])
    except DataError as error:
        problems.extend(error.problems)
    if problems:
        raise DataError.from_problems(problems)
    data[:, ordered] = answers.codes
    refuse_magnitudes(data, names)
    return data, list(answers.gaps)


def _check_pairs(n_pairs: NDArray[np.int64], names: list[str]) -> None:
    """Refuse pairs that nobody answered together."""
    rows, columns = below_diagonal(len(names))
    alone = np.flatnonzero(n_pairs[rows, columns] < 3)
    if alone.size:
        raise DataError.from_problems(
            Problem(
                f"columns {names[columns[k]]} and {names[rows[k]]}",
                "fewer than three people answered both",
                "Leave one of them out",
                "no-common-answers",
            )
            for k in alone
        )


def _threshold_table(moments: OrdinalMoments, names: list[str]) -> pd.DataFrame:
    rows = [
        (name, k + 1, cut)
        for name, cuts in zip(names, moments.first.thresholds, strict=True)
        for k, cut in enumerate(cuts)
    ]
    return pd.DataFrame(rows, columns=["item", "threshold", "est"])


def _threshold_positions(moments: OrdinalMoments) -> NDArray[np.bool_]:
    """Which first-stage moments are thresholds."""
    chosen = np.zeros(moments.n_first, dtype=np.bool_)
    chosen[: moments.starts[-1]] = np.repeat(moments.ordered, np.diff(moments.starts))
    return chosen


def _warnings(moments: OrdinalMoments, names: list[str]) -> list[str]:
    """Plain words for every pair whose correlation rests on little."""
    kinds = (
        (moments.empty_cells, "the table of {} and {} has empty cells: their correlation is less certain"),
        (moments.unsolved, "the correlation of {} and {} did not converge"),
        (moments.at_bound, "the correlation of {} and {} ran to its bound: the answers agree perfectly"),
    )
    return [text.format(names[j], names[i]) for pairs, text in kinds for i, j in pairs]
