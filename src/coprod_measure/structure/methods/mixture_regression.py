"""Different rules for different people: mixtures of regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, EstimationError, NotAvailable, counted
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.class_models import ClassModel
from coprod_measure.structure.methods.mixture_em import Mixture, by_size, expectation, fit_mixture
from coprod_measure.structure.methods.regression_mixture import RegressionKernel


@dataclass(frozen=True, slots=True, repr=False)
class MixtureRegression(Shown):
    """Regressions in several numbers of classes, the largest class first.

    Attributes
    ----------
    names : tuple of str
        Coefficients, the intercept first.
    models : mapping of int to ClassModel
    errors : mapping of int to ndarray or NotAvailable
        Standard errors of the coefficients, shape (p, k).
    chosen : int
        Smallest BIC; one class means one rule for all.
    """

    names: tuple[str, ...]
    models: Mapping[int, ClassModel]
    errors: Mapping[int, np.ndarray | NotAvailable]
    chosen: int

    def table(self, k: int | None = None) -> pd.DataFrame:
        """One row a class and coefficient: ``class share name est se z pvalue sigma``."""
        k = k or self.chosen
        mixture, se = self.models[k].mixture, self.errors[k]
        rows = []
        for c in range(k):
            for j, name in enumerate(self.names):
                est = float(mixture.theta["beta"][j, c])
                error = np.nan if isinstance(se, NotAvailable) else float(se[j, c])
                z = est / error
                rows.append(
                    {
                        "class": c + 1,
                        "share": float(mixture.share[c]),
                        "name": name,
                        "est": est,
                        "se": error,
                        "z": z,
                        "pvalue": 2 * float(norm.sf(abs(z))),
                        "sigma": float(np.sqrt(mixture.theta["var"][c])),
                    }
                )
        return pd.DataFrame(rows)

    def criteria(self) -> pd.DataFrame:
        """One row a number of classes: ``classes loglik n_parameters aic bic sabic icl entropy``."""
        rows = []
        for k, model in self.models.items():
            head = {"classes": k, "loglik": model.mixture.loglik, "n_parameters": model.mixture.n_parameters}
            rows.append(head | model.criteria() | {"entropy": model.entropy})
        return pd.DataFrame(rows)


@takes_frame
def mixture_regression(
    data: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    n_classes: int | Sequence[int] = (1, 2, 3, 4),
    starts: int = 20,
    seed: int = 1,
) -> MixtureRegression:
    """Look for kinds of people in whom predictors work differently.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person; incomplete rows are left out.
    n_classes : int or sequence of int

    Notes
    -----
    Leisch, F. (2004). FlexMix. *Journal of Statistical Software*, 11(8); normal residuals whose variance
    differs between classes. Errors are from the observed information.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, kind = rng.normal(size=400), rng.random(400) < 0.4
    >>> data = pd.DataFrame({"x": x, "y": np.where(kind, 3 - x, x) + rng.normal(0, 0.5, 400)})
    >>> found = mixture_regression(data, "y", ["x"], n_classes=[1, 2], starts=5)
    >>> found.chosen, found.table().query("name == 'x'")["est"].round().tolist()
    (2, [1.0, -1.0])
    """
    rows = complete(data, [outcome, *predictors], [outcome, *predictors])
    names = ("intercept", *predictors)
    X = np.column_stack([np.ones(len(rows)), rows[list(predictors)].to_numpy(float)])
    if len(rows) <= X.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
        cause = (
            f"{counted(len(rows), 'complete row does', 'complete rows do')} "
            f"not tell {counted(len(names), 'coefficient')} apart"
        )
        raise DataError(cause, place="mixture regression", cure="Leave a predictor out")
    kernel = RegressionKernel(rows[outcome].to_numpy(float), X)
    rng = np.random.default_rng(seed)
    models, errors = {}, {}
    for k in sorted({n_classes} if isinstance(n_classes, int) else set(n_classes)):
        try:
            found = by_size(fit_mixture(kernel, k, starts=starts, rng=rng, place="mixture regression"))
        except EstimationError:
            continue
        models[k] = ClassModel("regression", found, found.posterior)
        errors[k] = _errors(kernel, found)
    if not models:
        raise EstimationError(
            "no number of classes can be fitted", place="mixture regression", cure="Use fewer"
        )
    return MixtureRegression(names, models, errors, min(models, key=lambda k: models[k].criteria()["bic"]))


def _errors(kernel: RegressionKernel, found: Mixture) -> np.ndarray | NotAvailable:
    """Differentiate the score of all parameters (logits of shares, coefficients, log variances)."""
    k, (p, n) = found.k, (kernel.X.shape[1], len(kernel.y))
    logits = np.log(found.share[:-1] / found.share[-1])
    x0 = np.concatenate([logits, found.theta["beta"].ravel(), np.log(found.theta["var"])])

    def score(x: np.ndarray) -> np.ndarray:
        e = np.exp(np.append(x[: k - 1], 0.0))
        share, beta, var = e / e.sum(), x[k - 1 : k - 1 + p * k].reshape(p, k), np.exp(x[k - 1 + p * k :])
        _, posterior = expectation(kernel, {"beta": beta[None], "var": var[None]}, share[None])
        r = posterior[0]
        residual = kernel.y[:, None] - kernel.X @ beta
        of_beta = kernel.X.T @ (r * residual / var)
        of_var = 0.5 * (r * (residual**2 / var - 1)).sum(axis=0)
        return np.concatenate([(r.sum(axis=0) - n * share)[:-1], of_beta.ravel(), of_var])

    h = 1e-5
    J = np.array([(score(x0 + s) - score(x0 - s)) / (2 * h) for s in np.eye(len(x0)) * h])
    information = -(J + J.T) / 2
    if np.linalg.eigvalsh(information)[0] <= 0:
        return NotAvailable("the information matrix is not positive")
    se = np.sqrt(np.diagonal(np.linalg.inv(information)))
    return np.asarray(se[k - 1 : k - 1 + p * k].reshape(p, k))
