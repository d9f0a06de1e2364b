"""How many factors: several methods side by side, because none of them is right alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError
from coprod_measure.estimation.solution.extraction import degrees_of_freedom, extract
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.comparison_data import comparison_data
from coprod_measure.measurement.factors.correlations import Correlations, Kind, Missing, correlations
from coprod_measure.measurement.factors.dimensionality import parallel_analysis
from coprod_measure.measurement.factors.exploratory import fit_measures
from coprod_measure.measurement.sampling import Data, one_row, people
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

MOST_ITEMS_OF_HULL = 120
"""The Hull method fits a model of every number of factors: of hundreds of items that takes hours."""
METHOD_COLUMNS = ("method", "n_factors", "note")


@dataclass(frozen=True, slots=True, repr=False)
class FactorNumber(Shown):
    """What each method says.

    Attributes
    ----------
    methods : pandas.DataFrame
        One row a method (:data:`METHOD_COLUMNS`); ``n_factors`` is missing where ``note`` says why.
    agreed : int
        The number that most methods name; the smaller one in a tie.
    agreement : float
        Share of the methods that name it.
    map_values : pandas.DataFrame
        ``n_components map map4``: average squared and fourth-power partial correlations.
    hull : pandas.DataFrame
        ``n_factors cfi parameters st``, from none to one more than parallel analysis keeps; ``st`` is missing
        off the hull and at its ends.
    """

    methods: pd.DataFrame
    agreed: int
    agreement: float
    map_values: pd.DataFrame
    hull: pd.DataFrame
    n: int
    seed: int

    def table(self) -> pd.DataFrame:
        """One row a method; columns :data:`METHOD_COLUMNS`."""
        return self.methods.copy()


def factor_number(
    data: Data,
    items: Sequence[str] | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    correlation: Kind = "pearson",
    missing: Missing = "pairwise",
    simulate: bool = False,
) -> FactorNumber:
    """Ask every method for the number of factors.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        With weights, methods that ask for the number of respondents take Kish's effective one; clusters are
        refused.
    items : sequence of str, optional
        Left out: all items of reflective constructs, or all columns.
    draws, seed : int
        Random data sets of parallel analysis.
    correlation : {"pearson", "polychoric"}
    missing : {"pairwise", "listwise"}
    simulate : bool
        Whether to add the comparison-data method, which takes seconds.
    """
    data = one_row(data)
    people(data, cluster="random-data")
    R = correlations(data, items, kind=correlation, missing=missing)
    n = round(R.sampling.effective(R.n))
    names = list(R.items)
    rows: list[tuple[str, int | None, str]] = []
    kinds: tuple[Literal["factors", "components"], ...] = ("factors", "components")
    for kind in kinds:
        found = parallel_analysis(data, names, draws=draws, seed=seed, kind=kind, correlation=correlation)
        note = f"{found.percentile:g}th percentile of {draws} draws"
        rows.append((f"parallel analysis, {kind}", found.n_factors, note))
    averages = minimum_average_partial(R.matrix)
    rows.append(("minimum average partial", int(np.argmin(averages[:, 0])), "squared partial correlations"))
    rows.append(("minimum average partial, revised", int(np.argmin(averages[:, 1])), "fourth powers"))
    eigenvalues = np.asarray(np.linalg.eigvalsh(R.matrix)[::-1], dtype=np.float64)
    rows.append(("empirical Kaiser", empirical_kaiser(eigenvalues, n), ""))
    few = len(names) <= MOST_ITEMS_OF_HULL
    hull = hull_table(R.matrix, n, (rows[0][1] or 0) + 1 if few else 0)
    rows.append(_hull_row(hull) if few else ("Hull", None, f"not with more than {MOST_ITEMS_OF_HULL} items"))
    if simulate:
        rows.append(_comparison_row(R, seed))
    rows.append(
        ("eigenvalues above 1", int(np.sum(eigenvalues > 1)), "for comparison only; it keeps too many")
    )
    methods = pd.DataFrame(rows, columns=list(METHOD_COLUMNS)).astype({"n_factors": "Int64"})
    votes = methods["n_factors"].iloc[:-1].dropna().astype(int)
    counts = votes.value_counts()
    agreed = int(counts[counts == counts.max()].index.min())
    values = pd.DataFrame(averages, columns=["map", "map4"])
    values.insert(0, "n_components", np.arange(len(averages)))
    return FactorNumber(methods, agreed, float((votes == agreed).mean()), values, hull, R.n, seed)


def minimum_average_partial(R: Array) -> Array:
    """Average partial correlations after taking out 0, 1, ... components.

    Parameters
    ----------
    R : ndarray, shape (p, p)

    Returns
    -------
    ndarray, shape (p - 1, 2)
        Row m after m components: mean squared (Velicer 1976) and mean fourth power (Velicer, Eaton and Fava
        2000).
    """
    p = len(R)
    values, vectors = np.linalg.eigh(R)
    loadings = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    off = ~np.eye(p, dtype=bool)
    found = np.full((p - 1, 2), np.inf)
    for m in range(p - 1):
        partial = R - loadings[:, :m] @ loadings[:, :m].T
        variance = np.diagonal(partial)
        if np.any(variance <= 1e-12):
            break
        squared = (partial**2 / np.outer(variance, variance))[off]
        found[m] = squared.mean(), (squared**2).mean()
    return found


def empirical_kaiser(eigenvalues: Array, n: int) -> int:
    """Count the eigenvalues above their references (Braeken and van Assen 2017, eq. 2).

    Parameters
    ----------
    eigenvalues : ndarray, shape (p,)
        Of the correlation matrix, in descending order.
    """
    p = len(eigenvalues)
    before = np.concatenate([[0.0], np.cumsum(eigenvalues)[:-1]])
    left = p - np.arange(p)
    reference = np.maximum((1.0 + np.sqrt(p / n)) ** 2 * (p - before) / left, 1.0)
    above = eigenvalues > reference
    return p if above.all() else int(np.argmin(above))


def hull_table(R: Array, n: int, largest: int) -> pd.DataFrame:
    """Fit against size for 0 to ``largest`` ML factors, and how sharply each one bends.

    The number at the sharpest bend is the Hull method's, which looks up to one factor more than parallel
    analysis keeps (Lorenzo-Seva, Timmerman and Kiers 2011, p. 351).

    Parameters
    ----------
    R : ndarray, shape (p, p)

    Returns
    -------
    pandas.DataFrame
        ``n_factors cfi parameters st``.
    """
    p = len(R)
    rows: list[tuple[int, float, int]] = [(0, 0.0, p)]
    for m in range(1, largest + 1):
        if degrees_of_freedom(p, m) <= 0:
            break
        try:
            found = extract(R, m, "ml")
        except CoprodError:
            break
        measures, absent = fit_measures(R, found.loadings @ found.loadings.T, m, n)
        if "cfi" in absent:
            break
        rows.append((m, float(measures["cfi"]), p * m + p - m * (m - 1) // 2))
    table = pd.DataFrame(rows, columns=["n_factors", "cfi", "parameters"])
    table["st"] = bends(table["parameters"].to_numpy(dtype=float), table["cfi"].to_numpy())
    return table


def bends(size: Array, fit: Array) -> Array:
    """Scree test values of the solutions on the upper convex hull (Lorenzo-Seva et al. 2011, eq. 5).

    A solution that a smaller one fits better than is no point of the hull, nor is one on or below the line
    between its neighbours. What is left bends by the ratio of the slopes before and after it.

    Parameters
    ----------
    size, fit : ndarray, shape (k,)
        Ascending sizes.

    Returns
    -------
    ndarray, shape (k,)
        NaN off the hull and at its two ends; infinite where a larger solution fits no better.
    """
    hull: list[int] = []
    for i in range(len(size)):
        if hull and fit[i] < fit[hull[-1]]:
            continue
        hull.append(i)
        while len(hull) >= 3 and not _above_line(size, fit, *hull[-3:]):
            del hull[-2]
    found = np.full(len(size), np.nan)
    for a, b, c in zip(hull, hull[1:], hull[2:], strict=False):
        before = (fit[b] - fit[a]) / (size[b] - size[a])
        after = (fit[c] - fit[b]) / (size[c] - size[b])
        found[b] = before / after if after > 0 else np.inf
    return found


def _above_line(size: Array, fit: Array, a: int, b: int, c: int) -> bool:
    """Whether solution b lies above the line from a to c."""
    return bool((fit[b] - fit[a]) * (size[c] - size[b]) > (fit[c] - fit[b]) * (size[b] - size[a]))


def _hull_row(hull: pd.DataFrame) -> tuple[str, int | None, str]:
    if hull["st"].isna().all():
        return "Hull", None, "fewer than three solutions lie on the hull"
    best = int(hull.loc[hull["st"].idxmax(), "n_factors"])
    return "Hull", best, "CFI of ML factors against their parameters"


def _comparison_row(R: Correlations, seed: int) -> tuple[str, int | None, str]:
    if R.sampling:
        return "comparison data", None, "not with sampling weights: its populations are drawn from rows alike"
    complete = R.answers[np.all(np.isfinite(R.answers), axis=1)]
    if len(complete) <= len(R.items):
        return "comparison data", None, "too few respondents answered every item"
    found = comparison_data(complete, seed=seed)
    return (
        "comparison data",
        found.n_factors,
        f"{found.samples} samples from each of {found.tried} populations",
    )


def examine(x: Examination) -> FactorNumber:
    """Compute the part ``factor_number``."""
    asked = x.options
    return factor_number(
        x.clean,
        x.reflective,
        draws=asked.parallel_draws,
        seed=asked.seed,
        correlation=asked.correlation,
        simulate=asked.comparison_data,
    )
