"""What classes differ in: distal outcomes and covariates, corrected for people whose class is uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import chi2, norm

from coprod_measure.errors import DataError, EstimationError
from coprod_measure.frames import Floats, refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.binary_regression import ChiSquareTest
from coprod_measure.structure.methods.class_models import ClassModel


@dataclass(frozen=True, slots=True, repr=False)
class DistalOutcome(Shown):
    """Means of an outcome in the classes.

    Attributes
    ----------
    mean, naive : ndarray, shape (k,)
        Corrected, and of people sorted into their most probable class.
    cov : ndarray, shape (k, k)
        Robust covariance of ``mean``.
    test : ChiSquareTest
        That all means are equal (Wald).
    """

    mean: np.ndarray
    naive: np.ndarray
    cov: np.ndarray
    test: ChiSquareTest
    n: int

    def table(self) -> pd.DataFrame:
        """One row a class: ``class mean se ci_lower ci_upper naive``."""
        se = np.sqrt(np.diagonal(self.cov))
        half = norm.ppf(0.975) * se
        return pd.DataFrame(
            {
                "class": np.arange(1, len(se) + 1),
                "mean": self.mean,
                "se": se,
                "ci_lower": self.mean - half,
                "ci_upper": self.mean + half,
                "naive": self.naive,
            }
        )


@dataclass(frozen=True, slots=True, repr=False)
class ClassPredictors(Shown):
    """A multinomial regression of classes on covariates; class 1 is the base.

    Attributes
    ----------
    names : tuple of str
        The intercept first.
    coef : ndarray, shape (k - 1, p)
    cov : ndarray, shape ((k - 1) * p, (k - 1) * p)
    tests : mapping of str to ChiSquareTest
        Of each covariate in all classes (Wald).
    """

    names: tuple[str, ...]
    coef: np.ndarray
    cov: np.ndarray
    loglik: float
    tests: dict[str, ChiSquareTest]

    def table(self) -> pd.DataFrame:
        """One row a class and covariate: ``class name est se z pvalue ci_lower ci_upper odds_ratio``."""
        se = np.sqrt(np.diagonal(self.cov)).reshape(self.coef.shape)
        half = norm.ppf(0.975) * se
        rows = []
        for c in range(len(self.coef)):
            for j, name in enumerate(self.names):
                est, z = self.coef[c, j], self.coef[c, j] / se[c, j]
                rows.append(
                    {
                        "class": c + 2,
                        "name": name,
                        "est": est,
                        "se": se[c, j],
                        "z": z,
                        "pvalue": 2 * norm.sf(abs(z)),
                        "ci_lower": est - half[c, j],
                        "ci_upper": est + half[c, j],
                        "odds_ratio": np.exp(est),
                    }
                )
        return pd.DataFrame(rows)


def classification_errors(posterior: np.ndarray) -> np.ndarray:
    """Give the probability of being sorted into a class (column) for members of a class (row); modal sorting.

    Examples
    --------
    >>> import numpy as np
    >>> classification_errors(np.array([[0.9, 0.1], [0.2, 0.8]])).round(3).tolist()
    [[0.818, 0.182], [0.111, 0.889]]
    """
    k = posterior.shape[1]
    sorted_into = np.eye(k)[posterior.argmax(axis=1)]
    return np.asarray(posterior.T @ sorted_into / posterior.sum(axis=0)[:, None])


def bch_weights(posterior: np.ndarray) -> np.ndarray:
    """Weights that undo the errors of sorting, shape (n, k); they may be negative.

    Notes
    -----
    Bolck, A., Croon, M., & Hagenaars, J. (2004). *Political Analysis*, 12, 3-27; Vermunt, J. K. (2010).
    *Political Analysis*, 18, 450-469.

    Raises
    ------
    EstimationError
        If nobody is sorted into a class, or classes cannot be told apart.
    """
    D = classification_errors(posterior)
    if D.max(axis=0).min() == 0 or np.linalg.cond(D) > 1e6:
        cause = "people cannot be sorted into all classes"
        raise EstimationError(cause, place="three steps", cure="Use fewer classes")
    return np.asarray(np.linalg.inv(D)[posterior.argmax(axis=1)])


def distal_outcome(model: ClassModel, outcome: np.ndarray) -> DistalOutcome:
    """Compare an outcome between classes by the BCH method, with robust errors.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
        NaN where missing; those people are left out of this step.

    Notes
    -----
    Bakk, Z., & Vermunt, J. K. (2016). Robustness of stepwise latent class modeling with continuous distal
    outcomes. *Structural Equation Modeling*, 23, 20-31. The classification errors count as known.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> kind = rng.integers(0, 2, 300)
    >>> yes = rng.random((300, 4)) < np.where(kind[:, None], 0.9, 0.2)
    >>> data = pd.DataFrame(yes * 1, columns=list("abcd"))
    >>> model = cm.classes(data, list("abcd"), n_classes=[2], starts=5).best
    >>> cm.distal_outcome(model, kind + rng.standard_normal(300)).mean.round(1).tolist()
    [1.0, -0.1]
    """
    numbers = _of_people(model, pd.DataFrame({"outcome": np.asarray(outcome).ravel()}))
    outcome = numbers[:, 0]
    known = ~np.isnan(outcome)
    w, y = bch_weights(model.posterior)[known], outcome[known]
    total = w.sum(axis=0)
    if (total <= 0).any():
        raise EstimationError("a class has no weight left", place="three steps", cure="Use fewer classes")
    mean = w.T @ y / total
    influence = w * (y[:, None] - mean) / total
    cov = influence.T @ influence
    sorted_into = np.eye(model.k)[model.modal[known]]
    naive = sorted_into.T @ y / np.maximum(sorted_into.sum(axis=0), 1)
    contrast = np.eye(model.k)[1:] - np.eye(model.k)[0]
    return DistalOutcome(
        mean, naive, cov, _wald(contrast @ mean, contrast @ cov @ contrast.T), int(known.sum())
    )


def _of_people(model: ClassModel, frame: pd.DataFrame) -> Floats:
    """Give columns as numbers, one row for each person of a model."""
    refuse(frame, list(frame.columns))
    numbers: Floats = frame.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    people = len(model.posterior)
    if len(numbers) != people or not numbers.size or np.isnan(numbers).any(axis=1).all():
        cause = f"{len(numbers)} rows for the {people} people of the model, or none without a gap"
        raise DataError(cause, place="three steps", cure="Give one row a person, in their order")
    refuse_magnitudes(numbers, [str(name) for name in frame.columns], infinite=True)
    return numbers


@takes_frame
def class_predictors(model: ClassModel, covariates: pd.DataFrame, *, method: str = "ML") -> ClassPredictors:
    """Explain classes by covariates in a third step.

    Parameters
    ----------
    covariates : pandas.DataFrame, shape (n, p)
        In the order of the people of the model; rows with a missing value are left out.
    method : str
        ``"ML"``: the sorting is a fallible indicator with known errors (Vermunt 2010); ``"BCH"``: weighted.

    Returns
    -------
    ClassPredictors
        With sandwich errors.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> kind = rng.integers(0, 2, 300)
    >>> yes = rng.random((300, 4)) < np.where(kind[:, None], 0.9, 0.2)
    >>> data = pd.DataFrame(yes * 1, columns=list("abcd"))
    >>> model = cm.classes(data, list("abcd"), n_classes=[2], starts=5).best
    >>> age = kind + rng.standard_normal(300)
    >>> cm.class_predictors(model, pd.DataFrame({"age": age})).coef.round(1).tolist()
    [[0.3, -0.9]]
    """
    numbers = _of_people(model, covariates)
    known = ~np.isnan(numbers).any(axis=1)
    Z = np.column_stack([np.ones(known.sum()), numbers[known]])
    k, p = model.k, Z.shape[1]
    if method == "ML":
        weight = classification_errors(model.posterior)[:, model.modal[known]].T
    else:
        weight = bch_weights(model.posterior)[known]

    def parts(b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        eta = np.column_stack([np.zeros(len(Z)), Z @ b.reshape(k - 1, p).T])
        top = eta.max(axis=1, keepdims=True)
        log_p = eta - top - np.log(np.exp(eta - top).sum(axis=1, keepdims=True))
        P = np.exp(log_p)
        if method == "ML":
            joint = P * weight
            total = joint.sum(axis=1)
            return np.log(total), joint / total[:, None] - P
        return (weight * log_p).sum(axis=1), weight - weight.sum(axis=1, keepdims=True) * P

    def scores(b: np.ndarray) -> np.ndarray:
        residual = parts(b)[1][:, 1:]
        return np.asarray((residual[:, :, None] * Z[:, None, :]).reshape(len(Z), -1))

    found = minimize(
        lambda b: -parts(b)[0].sum(),
        np.zeros((k - 1) * p),
        jac=lambda b: -scores(b).sum(axis=0),
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    if np.abs(scores(found.x).sum(axis=0)).max() > 1e-2 or np.abs(found.x).max() > 50:
        cure = "Leave a covariate out, or use fewer classes"
        raise EstimationError("a covariate all but tells the class", place="three steps", cure=cure)
    h = 1e-5
    H = np.array(
        [
            (scores(found.x + s).sum(axis=0) - scores(found.x - s).sum(axis=0)) / (2 * h)
            for s in np.eye(len(found.x)) * h
        ]
    )
    bread = np.linalg.inv(-(H + H.T) / 2)
    own = scores(found.x)
    cov = bread @ (own.T @ own) @ bread
    names = ("intercept", *map(str, covariates.columns))
    tests = {}
    for j, name in enumerate(names[1:], start=1):
        index = np.arange(k - 1) * p + j
        tests[name] = _wald(found.x[index], cov[np.ix_(index, index)])
    return ClassPredictors(names, found.x.reshape(k - 1, p), cov, -float(found.fun), tests)


def _wald(difference: np.ndarray, cov: np.ndarray) -> ChiSquareTest:
    if not len(difference):
        return ChiSquareTest(0.0, 0, 1.0)
    statistic = float(difference @ np.linalg.solve(cov, difference))
    return ChiSquareTest(statistic, len(difference), float(chi2.sf(statistic, len(difference))))
