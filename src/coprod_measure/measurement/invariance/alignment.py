"""Means of many groups without exact invariance: the alignment of Asparouhov and Muthén (2014)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.fitting.models import cfa
from coprod_measure.frames import takes_frame
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.invariance.groups import grouped_model
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Data, SurveyAnswers, one_row
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

MEAN_COLUMNS = ("construct", "group", "label", "n", "mean", "sd", "rank")
ITEM_COLUMNS = ("construct", "item", "label", "loading", "intercept", "loading_off", "intercept_off")
FIT_COLUMNS = ("construct", "parameters", "r_squared", "loss")
EPSILON = 0.01
"""Keeps the loss smooth at zero, as in the original article."""
STARTS = 5


@dataclass(frozen=True, slots=True, repr=False)
class Alignment(Shown):
    """Aligned groups, one construct at a time.

    Attributes
    ----------
    means : pandas.DataFrame
        One row a construct and group (:data:`MEAN_COLUMNS`); mean 0 and standard deviation 1 in the first
        group, rank 1 the highest mean.
    items : pandas.DataFrame
        One row an item and group (:data:`ITEM_COLUMNS`): aligned loading and intercept, and how far they are
        from their means over groups.
    invariance : pandas.DataFrame
        One row a construct and kind of parameter (:data:`FIT_COLUMNS`): the share of the differences of
        unaligned loadings or intercepts that groups' means and variances explain; 1 is full invariance.
    unavailable : pandas.DataFrame
        ``construct reason``.
    """

    means: pd.DataFrame
    items: pd.DataFrame
    invariance: pd.DataFrame
    unavailable: pd.DataFrame
    estimator: str = "ML"

    def table(self) -> pd.DataFrame:
        """One row a construct and group; columns :data:`MEAN_COLUMNS`."""
        return self.means.copy()


@dataclass(frozen=True, slots=True)
class Aligned:
    """Means and standard deviations of a factor that make parameters most alike.

    Attributes
    ----------
    means, sds : ndarray, shape (g,)
    loadings, intercepts : ndarray, shape (g, p)
        Aligned.
    """

    means: Array
    sds: Array
    loadings: Array
    intercepts: Array
    loss: float


@takes_frame
def alignment(
    data: Data,
    constructs: Constructs | None = None,
    *,
    group: str,
    reference: str = "",
    estimator: str = "ML",
    missing: str = "listwise",
    seed: int = 1,
) -> Alignment:
    """Align the groups of every reflective construct of three items or more.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Weights enter the estimates.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    group : str
        Column whose values are the groups; those too small for a construct's model are left out.
    reference : str
        Group of mean 0 and standard deviation 1; left out, the largest.
    estimator, missing
        See :class:`coprod_measure.fitting.options.FitOptions`; only estimates are used, no errors.
    seed : int
        Of the random starts beside the neutral one.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.alignment(bfi, traits, group="gender").table()["mean"].round(1).head(2).tolist()
    [0.0, -0.5]
    """
    data = one_row(data)
    means: list[tuple[object, ...]] = []
    rows: list[tuple[object, ...]] = []
    kinds: list[tuple[object, ...]] = []
    unavailable: list[tuple[str, str]] = []
    for one in item_sets(data.items if isinstance(data, SurveyAnswers) else data, constructs):
        try:
            if one.measurement != "reflective" or len(one.items) < 3:
                raise MeasurementError("alignment needs a reflective construct of three items or more")
            members = {one.construct: list(one.items)}
            text, frame, sampling = grouped_model(members, data, group, missing, reference)
            how: dict[str, Any] = {"estimator": estimator, "missing": missing}
            fit = cfa(text, frame, group=group, std_lv=True, weights=sampling.get("weights"), **how)
        except CoprodError as problem:
            unavailable.append((one.construct, problem.problems[0].cause))
            continue
        if not (fit.converged and fit.identified):
            unavailable.append((one.construct, "the configural model gives no estimates"))
            continue
        loadings = np.array([part.lam[:, 0] for part in fit.implied])
        intercepts = np.array([part.nu for part in fit.implied])
        sizes = np.array([part.n for part in fit.request.data.groups], dtype=float)
        found = align(loadings, intercepts, sizes, seed=seed)
        ranks = len(sizes) - np.argsort(np.argsort(found.means))
        for g, label in enumerate(fit.group_labels):
            about = (int(sizes[g]), found.means[g], found.sds[g], int(ranks[g]))
            means.append((one.construct, g + 1, label, *about))
            for k, item in enumerate(one.items):
                rows.append((one.construct, item, label, *_item(found, g, k)))
        for kind, share in zip(
            ("loadings", "intercepts"), explained(loadings, intercepts, found), strict=True
        ):
            kinds.append((one.construct, kind, share, found.loss))
    return Alignment(
        pd.DataFrame(means, columns=list(MEAN_COLUMNS)),
        pd.DataFrame(rows, columns=list(ITEM_COLUMNS)),
        pd.DataFrame(kinds, columns=list(FIT_COLUMNS)),
        pd.DataFrame(unavailable, columns=["construct", "reason"]),
        estimator,
    )


def align(loadings: Array, intercepts: Array, sizes: Array, *, seed: int = 1) -> Aligned:
    """Minimise the total difference of parameters between groups (Asparouhov and Muthén 2014, eq. 8 to 12).

    The loss adds ``sqrt(n_g n_h) (difference^2 + .01)^(1/4)`` over items and pairs of groups: it prefers few
    large differences to many small ones.

    Parameters
    ----------
    loadings, intercepts : ndarray, shape (g, p)
        Of the configural model with mean 0 and variance 1 in every group.
    sizes : ndarray, shape (g,)
    """
    g = len(sizes)
    first, second = np.triu_indices(g, 1)
    weights = np.sqrt(sizes[first] * sizes[second])
    weights = weights / weights.sum()

    def loss(free: Array) -> tuple[float, Array]:
        alpha, log_sd = np.r_[0.0, free[: g - 1]], np.r_[0.0, free[g - 1 :]]
        lam, nu = _aligned(loadings, intercepts, alpha, np.exp(log_sd))
        value_lam, by_lam = _total(lam, first, second, weights)
        value_nu, by_nu = _total(nu, first, second, weights)
        by_alpha = -np.sum(by_nu * lam, axis=1)
        by_sd = np.sum(by_nu * alpha[:, None] * lam - by_lam * lam, axis=1)
        return value_lam + value_nu, np.r_[by_alpha[1:], by_sd[1:]]

    rng = np.random.default_rng(seed)
    starts = [np.zeros(2 * (g - 1))]
    starts += [np.r_[rng.normal(0, 0.5, g - 1), rng.normal(0, 0.2, g - 1)] for _ in range(STARTS)]
    found = [minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-7}) for start in starts]
    best = min(found, key=lambda one: float(one.fun))
    alpha, sd = np.r_[0.0, best.x[: g - 1]], np.exp(np.r_[0.0, best.x[g - 1 :]])
    return Aligned(alpha, sd, *_aligned(loadings, intercepts, alpha, sd), float(best.fun))


def explained(loadings: Array, intercepts: Array, found: Aligned) -> tuple[float, float]:
    """Share of the differences that means and variances explain (Asparouhov and Muthén 2014, eq. 13 and 14).

    Returns
    -------
    float, float
        Of loadings and of intercepts.
    """
    lam, nu = found.loadings.mean(axis=0), found.intercepts.mean(axis=0)
    left_lam = loadings - found.sds[:, None] * lam
    left_nu = intercepts - nu - found.means[:, None] * lam
    return 1.0 - _spread(left_lam) / _spread(loadings), 1.0 - _spread(left_nu) / _spread(intercepts)


def _aligned(loadings: Array, intercepts: Array, alpha: Array, sd: Array) -> tuple[Array, Array]:
    lam = loadings / sd[:, None]
    return lam, intercepts - alpha[:, None] * lam


def _total(
    values: Array, first: NDArray[np.intp], second: NDArray[np.intp], weights: Array
) -> tuple[float, Array]:
    apart = values[first] - values[second]
    smooth = apart**2 + EPSILON
    slope = weights[:, None] * 0.5 * apart * smooth**-0.75
    gradient = np.zeros_like(values)
    np.add.at(gradient, first, slope)
    np.add.at(gradient, second, -slope)
    return float(np.sum(weights[:, None] * smooth**0.25)), gradient


def _spread(values: Array) -> float:
    return float(np.sum((values - values.mean(axis=0)) ** 2))


def _item(found: Aligned, g: int, k: int) -> tuple[float, float, float, float]:
    loading, intercept = float(found.loadings[g, k]), float(found.intercepts[g, k])
    off = loading - float(found.loadings[:, k].mean()), intercept - float(found.intercepts[:, k].mean())
    return loading, intercept, *off


def examine(x: Examination) -> dict[str, Alignment | NotAvailable]:
    """Compute the part ``alignment``: every grouping of three groups or more."""

    def aligned(group: str) -> Alignment:
        found = alignment(
            x.clean,
            x.modelled,
            group=group,
            reference=x.options.reference.get(group, ""),
            seed=x.options.seed,
            **x.options.fitting,
        )
        n_groups = found.means["group"].nunique()
        if n_groups < 3:
            raise MeasurementError(
                f"alignment is for three groups or more, and {group} has {n_groups} large enough",
                cure="Compare two groups by the ladder of invariance",
                code="few-groups",
            )
        return found

    return x.each_group("alignment", aligned)
