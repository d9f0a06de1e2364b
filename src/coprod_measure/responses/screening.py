"""Indices of careless answering, on arrays: one number a respondent, NaN where it does not exist.

Signs and conventions are those of the R package ``careless`` 1.2.2, so that numbers can be compared: higher
even-odd means worse. A respondent without variation has no within-person correlation: that stays NaN, because
a zero would hide the worst case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

_BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Answers, (n, p), that stand in columns and come together block by block: a million rows are no copy.

    ``low`` and ``high``: what becomes 0 and 1 of each column; None leaves answers as they are.
    """

    columns: Sequence[np.ndarray]
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Respondents and items."""
        return len(self), len(self.columns)

    @property
    def T(self) -> Iterator[np.ndarray]:  # noqa: N802 - as of an array
        """Column by column."""
        return (self._brought(column, slice(j, j + 1)) for j, column in enumerate(self.columns))

    def __getitem__(self, at: slice) -> np.ndarray:
        # Sums over a row keep their order only in this layout, which is that of a frame's own array.
        return self._brought(np.array([column[at] for column in self.columns]).T, slice(None))

    def _brought(self, answers: np.ndarray, which: slice) -> np.ndarray:
        if self.low is None or self.high is None:
            return answers
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((answers - self.low[which]) / (self.high[which] - self.low[which]))


Answers = np.ndarray | Rows


def longstring(answers: np.ndarray) -> np.ndarray:
    """Find the longest run of identical consecutive answers (Johnson, 2005).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p), as shown and in the order shown; NaN is equal to nothing.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN for a respondent without any answer.
    """
    run = np.ones(len(answers), dtype=np.int32)
    longest = run.copy()
    for j in range(1, answers.shape[1]):
        run = np.where(answers[:, j] == answers[:, j - 1], run + 1, 1).astype(np.int32)
        np.maximum(longest, run, out=longest)
    return np.where(np.isnan(answers).all(axis=1), np.nan, longest)


def intraindividual_variability(answers: Answers) -> np.ndarray:
    """Compute the standard deviation of one person's answers, divisor m - 1 (Dunn et al., 2018).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p), as shown.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN with fewer than two answers.
    """
    found = np.empty(len(answers))
    for at, block in _blocks(answers):
        count = np.sum(~np.isnan(block), axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = _squares(block, np.nansum(block, axis=1) / count)
            found[at] = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    return found


def even_odd(answers: Answers, sets: Sequence[np.ndarray]) -> np.ndarray:
    """Consistency of the even with the odd items over several scales, sign turned so that high is worse.

    Within-person correlation of the two half-scale means, stepped up by Spearman-Brown and held above -1
    (Johnson, 2005; Meade & Craig, 2012).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p), keyed.
    sets : sequence of numpy.ndarray
        Columns of each scale in the order of its items; scales of one item are passed over.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from -1 (consistent) to 1; NaN with fewer than two complete pairs or no variation.
    """
    usable = [columns for columns in sets if len(columns) > 1]
    result = np.full(len(answers), np.nan)
    for at, block in _blocks(answers):
        odd = np.column_stack([_row_means(block[:, columns[::2]]) for columns in usable])
        even = np.column_stack([_row_means(block[:, columns[1::2]]) for columns in usable])
        result[at] = _row_correlations(even, odd)
    with np.errstate(divide="ignore", invalid="ignore"):
        stepped = 2 * result / (1 + result)
    return -np.where(stepped < -1, -1.0, stepped)


def item_pairs(answers: Answers, critical: float = 0.60, *, antonyms: bool = False) -> np.ndarray:
    """Find pairs of items that the whole sample answers alike, or oppositely (Meade & Craig, 2012).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p).
    critical : float
        Correlation (pairwise complete) that a pair must exceed in size.
    antonyms : bool
        Take pairs below ``-critical`` instead.

    Returns
    -------
    numpy.ndarray
        Shape (k, 2), columns of the pairs, the later item first.
    """
    correlation = pairwise_covariance(answers, correlation=True)
    chosen = correlation < -abs(critical) if antonyms else correlation > abs(critical)
    return np.argwhere(np.tril(chosen, -1))


def pair_consistency(answers: Answers, pairs: np.ndarray) -> np.ndarray:
    """Within-person correlation over item pairs: psychometric synonyms or antonyms.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p).
    pairs : numpy.ndarray
        Shape (k, 2), from :func:`item_pairs`.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN with fewer than three answered pairs or no variation (nothing is resampled).
    """
    result = np.full(len(answers), np.nan)
    if len(pairs) < 3:
        return result
    for at, block in _blocks(answers):
        result[at] = _row_correlations(block[:, pairs[:, 0]], block[:, pairs[:, 1]], fewest=3)
    return result


def mahalanobis(answers: Answers) -> np.ndarray:
    """Squared Mahalanobis distance from the sample's centre (Mahalanobis, 1936; as in R psych's ``outlier``).

    Pairwise-complete covariances; a missing answer adds nothing to the distance.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p); keying does not matter.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN for a respondent without any answer, and for all when the covariances are singular.
    """
    covariance = pairwise_covariance(answers)
    if not np.isfinite(covariance).all() or np.linalg.matrix_rank(covariance) < len(covariance):
        return np.full(len(answers), np.nan)
    inverse = np.linalg.inv(covariance)
    centre = np.array([_mean(column) for column in answers.T])
    distance = np.empty(len(answers))
    for at, block in _blocks(answers):
        away = np.nan_to_num(block - centre)
        distance[at] = np.einsum("ij,ij->i", away @ inverse, away)
        distance[at][np.isnan(block).all(axis=1)] = np.nan
    return distance


def mahalanobis_p(distance: np.ndarray, n_items: int) -> np.ndarray:
    """Upper tail of chi-square with ``n_items`` degrees of freedom at a squared distance."""
    tail: np.ndarray = stats.chi2.sf(distance, n_items)
    return tail


def person_total(answers: Answers) -> np.ndarray:
    """Correlation of a person's answers with the items' means among the others (Donlon & Fischer, 1968).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p), keyed, items on one scale.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN with fewer than three answers or no variation.
    """
    count = np.array([np.sum(~np.isnan(column)) for column in answers.T])
    total = np.array([np.nansum(column) for column in answers.T])
    result = np.full(len(answers), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for at, block in _blocks(answers):
            result[at] = _row_correlations(block, (total - block) / (count - 1), fewest=3)
    return result


def earlier_twins(answers: Answers, *, fewest: int = 20, distinct: int = 3) -> np.ndarray:
    """Count the earlier respondents with exactly the same answers.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p); NaN equals NaN here.
    fewest : int
        Answers that a respondent must have given to be compared at all.
    distinct : int
        Different codes among them: two people who tick the middle throughout are careless, not the same.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0 for the first of each kind; NaN where too few answers.
    """
    prints, count = np.empty(len(answers), dtype=np.uint64), np.empty(len(answers), dtype=np.int64)
    for at, block in _blocks(answers):
        prints[at] = pd.util.hash_pandas_object(pd.DataFrame(block, copy=False), index=False).to_numpy()
        count[at] = np.sum(~np.isnan(block), axis=1)
    comparable = (count >= fewest) & (_distinct(answers) >= distinct)
    result = np.full(len(answers), np.nan)
    result[comparable] = _earlier(prints[comparable])
    return result


def pairwise_covariance(answers: Answers, *, correlation: bool = False) -> np.ndarray:
    """Covariances or correlations of each pair over the respondents who answered both.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p).
    correlation : bool
        Divide by the standard deviations over the same respondents.

    Returns
    -------
    numpy.ndarray
        Shape (p, p), divisor n - 1 of the pair, as R's ``cov(use = "pairwise")``; NaN without two people.
    """
    p = answers.shape[1]
    centre = np.array([_mean(column) for column in answers.T])
    n, sums, squares, products = (np.zeros((p, p)) for _ in range(4))
    for _, block in _blocks(answers):
        there = ~np.isnan(block)
        seen = there.astype(float)
        away = np.where(there, block - centre, 0.0)
        n += seen.T @ seen
        sums += away.T @ seen
        if correlation:
            squares += (away * away).T @ seen
        products += away.T @ away
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (products - sums * sums.T / n) / (n - 1)
        if not correlation:
            return covariance
        variance = (squares - sums**2 / n) / (n - 1)
        scale = np.sqrt(variance * variance.T)
        return np.where(scale > 1e-12, covariance / scale, np.nan)


def _blocks(answers: Answers) -> Iterator[tuple[slice, np.ndarray]]:
    for start in range(0, max(len(answers), 1), _BLOCK):
        at = slice(start, start + _BLOCK)
        yield at, answers[at]


def _mean(column: np.ndarray) -> float:
    there = ~np.isnan(column)
    return float(column[there].mean()) if there.any() else np.nan


def _squares(block: np.ndarray, mean: np.ndarray) -> np.ndarray:
    squares: np.ndarray = np.nansum((block - mean[:, None]) ** 2, axis=1)
    return squares


def _row_means(block: np.ndarray) -> np.ndarray:
    count = np.sum(~np.isnan(block), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, np.nansum(block, axis=1) / count, np.nan)


def _row_correlations(first: np.ndarray, second: np.ndarray, fewest: int = 2) -> np.ndarray:
    there = ~(np.isnan(first) | np.isnan(second))
    n = there.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = np.where(there, first - (np.where(there, first, 0).sum(axis=1) / n)[:, None], 0.0)
        b = np.where(there, second - (np.where(there, second, 0).sum(axis=1) / n)[:, None], 0.0)
        size = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
        r = np.einsum("ij,ij->i", a, b) / size
    return np.where((n >= fewest) & (size > 1e-10), np.clip(r, -1.0, 1.0), np.nan)


def _distinct(answers: Answers) -> np.ndarray:
    result = np.empty(len(answers), dtype=np.int64)
    for at, block in _blocks(answers):
        ordered = np.sort(block, axis=1)
        changes = (ordered[:, 1:] != ordered[:, :-1]) & ~np.isnan(ordered[:, 1:])
        result[at] = changes.sum(axis=1) + ~np.isnan(ordered[:, 0])
    return result


def _earlier(prints: np.ndarray) -> np.ndarray:
    order = np.argsort(prints, kind="stable")
    ordered = prints[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(new)
    rank = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    result = np.empty(len(ordered))
    result[order] = rank
    return result
