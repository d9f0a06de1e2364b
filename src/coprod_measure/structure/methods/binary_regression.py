"""Regression of a yes-or-no outcome, by any of three links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from coprod_measure.arguments import place_of
from coprod_measure.errors import DataError, EstimationError
from coprod_measure.notebook import Shown

Link = Literal["logit", "cloglog", "probit"]


@dataclass(frozen=True, slots=True, repr=False)
class BinaryRegression(Shown):
    """A fitted regression.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        On the scale of the link.
    cov : ndarray, shape (k, k)
        From the expected information, or robust to dependence within clusters.
    """

    names: tuple[str, ...]
    coef: np.ndarray
    cov: np.ndarray
    loglik: float
    n: int
    events: int
    link: Link

    def table(self) -> pd.DataFrame:
        """One row a coefficient: ``name est se z pvalue ci_lower ci_upper ratio``.

        ``ratio`` is the odds ratio (logit) or hazard ratio (cloglog); NaN for probit.
        """
        se = np.sqrt(np.diagonal(self.cov))
        z = self.coef / se
        half = norm.ppf(0.975) * se
        ratio = np.full(len(z), np.nan) if self.link == "probit" else np.exp(self.coef)
        return pd.DataFrame(
            {
                "name": self.names,
                "est": self.coef,
                "se": se,
                "z": z,
                "pvalue": 2 * norm.sf(np.abs(z)),
                "ci_lower": self.coef - half,
                "ci_upper": self.coef + half,
                "ratio": ratio,
            }
        )

    def element(self, name: str) -> tuple[float, float]:
        """Give estimate and sampling variance of one coefficient."""
        k = place_of("name", name, self.names)
        return float(self.coef[k]), float(self.cov[k, k])


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """A chi-square test: ``statistic``, ``df``, ``pvalue``."""

    statistic: float
    df: int
    pvalue: float


def likelihood_ratio(restricted: float, free: float, df: int) -> ChiSquareTest:
    """Test restrictions from two log likelihoods.

    Examples
    --------
    >>> round(likelihood_ratio(-101.92, -100.0, 1).pvalue, 3)
    0.05
    """
    statistic = 2.0 * (free - restricted)
    return ChiSquareTest(statistic, df, float(chi2.sf(statistic, df)))


def binary_regression(
    y: np.ndarray,
    X: np.ndarray,
    names: tuple[str, ...],
    *,
    link: Link = "logit",
    cluster: np.ndarray | None = None,
    place: str = "regression",
) -> BinaryRegression:
    """Fit a generalized linear model of a binary outcome by maximum likelihood.

    Parameters
    ----------
    y : ndarray, shape (n,)
        0 or 1.
    X : ndarray, shape (n, k)
        With its intercepts.
    names : tuple of str
        Of the k columns.
    link : str
        ``"logit"``, ``"cloglog"`` or ``"probit"``.
    cluster : ndarray, shape (n,), optional
        Rows of one cluster depend on each other: CR1 errors.
    place : str
        Where it is, for errors.

    Raises
    ------
    DataError
        If there is no event or nothing but events, or columns depend on each other.
    EstimationError
        If a predictor separates the outcomes, so that no finite estimate exists.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.repeat([0.0, 1.0], 10)
    >>> y = np.r_[np.repeat([1, 0], [2, 8]), np.repeat([1, 0], [6, 4])]
    >>> fit = binary_regression(y, np.column_stack([np.ones(20), x]), ("intercept", "x"))
    >>> fit.table()["ratio"].round(2).tolist()
    [0.25, 6.0]
    """
    import warnings

    from statsmodels.api import GLM, families

    if link not in get_args(Link):
        raise DataError(
            f"{link!r} is not known", place="option link", cure=f"Use {', '.join(get_args(Link))}"
        )
    if len(y) == 0 or not 0 < y.sum() < len(y):
        cause = f"{int(np.sum(y))} of {len(y)} rows have the event"
        raise DataError(cause, place=place, cure="An outcome that never varies cannot be explained")
    if np.linalg.matrix_rank(X) < X.shape[1]:
        cause = f"{', '.join(names)} depend on each other"
        raise DataError(cause, place=place, cure="Leave one out")
    links = {
        "logit": families.links.Logit,
        "cloglog": families.links.CLogLog,
        "probit": families.links.Probit,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GLM(y, X, family=families.Binomial(links[link]())).fit(maxiter=100, tol=1e-14)
        kind = {} if cluster is None else {"cov_type": "cluster", "cov_kwds": {"groups": cluster}}
        if kind:
            fit = GLM(y, X, family=families.Binomial(links[link]())).fit(maxiter=100, tol=1e-14, **kind)
    fitted = np.asarray(fit.fittedvalues)
    if min(fitted[y == 1].min(), (1 - fitted[y == 0]).min()) > 1 - 1e-6 or np.abs(fit.params).max() > 1e3:
        cure = "Leave the predictor out that does so, or join categories"
        raise EstimationError("a predictor separates events from the rest", place=place, cure=cure)
    return BinaryRegression(
        names,
        np.asarray(fit.params),
        np.asarray(fit.cov_params()),
        float(fit.llf),
        len(y),
        int(y.sum()),
        link,
    )
