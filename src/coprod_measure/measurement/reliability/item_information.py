"""Where on a construct each item measures: information under the graded response model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.ordinal import one_factor_of_ordered
from coprod_measure.measurement.sampling import Data, people
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

INFORMATION_COLUMNS = ("construct", "item", "loading", "discrimination", "most", "most_at")
LOCATION_COLUMNS = ("construct", "item", "step", "location")
GRID = tuple(float(level) for level in np.round(np.arange(-4.0, 4.01, 0.1), 1))
"""Levels of the construct, in standard deviations, at which information is given."""


@dataclass(frozen=True, slots=True, repr=False)
class ItemInformation(Shown):
    """Graded response models, one construct at a time.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item (:data:`INFORMATION_COLUMNS`): discrimination in the normal metric (times 1.702 in the
        logistic one), the most information it gives and at which level of the construct.
    locations : pandas.DataFrame
        One row a step between categories (:data:`LOCATION_COLUMNS`): the level at which half of the people
        answer above it.
    curves : pandas.DataFrame
        Information of every item; index the levels (:data:`GRID`).
    scales : pandas.DataFrame
        Sum of the items' information, one column a construct; the standard error of a person's level is one
        over its root.
    unavailable : pandas.DataFrame
        ``construct reason``.
    """

    items: pd.DataFrame
    locations: pd.DataFrame
    curves: pd.DataFrame
    scales: pd.DataFrame
    unavailable: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row an item; columns :data:`INFORMATION_COLUMNS`."""
        return self.items.copy()


def item_information(
    data: Data, constructs: Constructs | None = None, *, levels: Sequence[float] = GRID
) -> ItemInformation:
    """Fit one factor to the ordered answers of each construct and turn it into information.

    One factor of the normal variables behind ordered answers is the normal-ogive graded response model
    (Takane and de Leeuw 1987): discrimination ``l / sqrt(1 - l^2)``, locations ``tau / l``. Estimated by
    DWLS from polychoric correlations.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights enter the correlations.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    levels : sequence of float
        Levels of the construct, mean 0 and variance 1.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.item_information(bfi, traits).table()[["item", "loading"]].round(2).head(1).to_numpy().tolist()
    [['E3', 0.76]]
    """
    theta = np.asarray(levels, dtype=float)
    items: list[tuple[object, ...]] = []
    locations: list[tuple[object, ...]] = []
    curves: dict[str, Array] = {}
    scales: dict[str, Array] = {}
    unavailable: list[tuple[str, str]] = []
    data, sampling = people(data)
    for one in item_sets(data, constructs):
        try:
            found = _graded(one, sampling.weights)
        except CoprodError as problem:
            unavailable.append((one.construct, problem.problems[0].cause))
            continue
        for item, (loading, cuts) in found.items():
            slope = loading / np.sqrt(1.0 - loading**2)
            curve = graded_information(theta, slope, cuts / loading)
            top = int(np.argmax(curve))
            items.append((one.construct, item, loading, slope, float(curve[top]), float(theta[top])))
            locations += [(one.construct, item, k, cut / loading) for k, cut in enumerate(cuts, start=1)]
            curves[item] = curve
        scales[one.construct] = np.sum([curves[item] for item in found], axis=0)
    index = pd.Index(theta, name="level")
    return ItemInformation(
        pd.DataFrame(items, columns=list(INFORMATION_COLUMNS)),
        pd.DataFrame(locations, columns=list(LOCATION_COLUMNS)),
        pd.DataFrame(curves, index=index),
        pd.DataFrame(scales, index=index),
        pd.DataFrame(unavailable, columns=["construct", "reason"]),
    )


def graded_information(theta: Array, slope: float, locations: Array) -> Array:
    """Information of one item: sum over categories of ``p'^2 / p`` (Samejima 1969, eq. 6-6).

    Parameters
    ----------
    theta : ndarray, shape (m,)
    slope : float
        Discrimination in the normal metric.
    locations : ndarray, shape (k - 1,)
        Ascending for a positive slope.

    Returns
    -------
    ndarray, shape (m,)
    """
    z = slope * (theta[:, None] - locations[None, :])
    m = len(theta)
    above = np.hstack([np.ones((m, 1)), norm.cdf(z), np.zeros((m, 1))])
    steep = np.hstack([np.zeros((m, 1)), slope * norm.pdf(z), np.zeros((m, 1))])
    p, change = above[:, :-1] - above[:, 1:], steep[:, :-1] - steep[:, 1:]
    # Far from its place a category has neither probability nor slope, and tells nothing.
    return np.asarray(np.sum(np.where(p > 1e-12, change**2 / np.maximum(p, 1e-12), 0.0), axis=1))


def _graded(one: ItemSet, weights: Array | None) -> dict[str, tuple[float, Array]]:
    if one.measurement != "reflective":
        raise MeasurementError(f"measured as {one.measurement}: its items are not graded by one level")
    if len(one.items) < 3:
        raise MeasurementError("a one-factor model needs at least three items")
    loadings, thresholds = one_factor_of_ordered(one.frame, weights)
    return dict(zip(one.items, zip(loadings.tolist(), thresholds, strict=True), strict=True))


def examine(x: Examination) -> ItemInformation:
    """Compute the part ``item_information``."""
    return item_information(x.clean, x.modelled)
