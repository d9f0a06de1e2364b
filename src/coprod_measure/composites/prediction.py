"""PLSpredict: how well the model predicts the items of people it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr

from coprod_measure.composites.estimates import estimate
from coprod_measure.composites.result import Pls
from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.arguments import whole_number
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.notebook import Shown

COLUMNS = ("construct", "item", "q2", "rmse", "rmse_lm", "mae", "mae_lm")


@dataclass(frozen=True, slots=True, repr=False)
class Prediction(Shown):
    """Errors of prediction out of sample.

    Attributes
    ----------
    items : tuple of (str, str)
        Construct and item of the k items of constructs that others act on.
    model, linear, average : (repeats, n, k) float
        Answer less prediction by the model, by regression on all items of the direct causes, and by the mean
        of the other folds.
    """

    items: tuple[tuple[str, str], ...]
    model: Floats
    linear: Floats
    average: Floats
    folds: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Q2, RMSE and MAE of each item (Shmueli et al. 2016); columns :data:`COLUMNS`."""
        squared = [(e**2).mean(axis=(0, 1)) for e in (self.model, self.linear, self.average)]
        frame = pd.DataFrame(self.items, columns=["construct", "item"])
        return frame.assign(
            q2=1.0 - squared[0] / squared[2],
            rmse=np.sqrt(squared[0]),
            rmse_lm=np.sqrt(squared[1]),
            mae=np.abs(self.model).mean(axis=(0, 1)),
            mae_lm=np.abs(self.linear).mean(axis=(0, 1)),
        )

    def cvpat(self) -> pd.DataFrame:
        """Test the mean loss against each benchmark (Liengaard et al. 2021); below 0 the model is better."""
        losses = [(e**2).mean(axis=(0, 2)) for e in (self.model, self.average, self.linear)]
        rows = []
        for name, benchmark in zip(("average", "linear"), losses[1:], strict=True):
            apart = losses[0] - benchmark
            t = apart.mean() / (apart.std(ddof=1) / np.sqrt(len(apart)))
            rows.append((name, apart.mean(), t, 2.0 * float(stdtr(len(apart) - 1, -abs(t)))))
        return pd.DataFrame(rows, columns=["benchmark", "difference", "t", "pvalue"])


@on_one_thread
def pls_predict(fit: Pls, folds: int = 10, repeats: int = 10, seed: int = 1) -> Prediction:
    """Predict each respondent from the others, fold by fold.

    Parameters
    ----------
    fit : Pls
        Of one stage and complete rows. Weights, loadings, means and regressions come from the other folds
        alone; a construct is predicted from the scores of its direct causes.
    folds, repeats, seed : int

    Raises
    ------
    ModelError
        If the model has a second stage, or rows have missing answers.
    """
    if fit.recipe.plan.derived or not fit.recipe.by_scores or np.isnan(fit.x).any():
        cure = "Leave products, higher-order constructs, ordered= and incomplete rows out"
        raise ModelError("prediction needs one stage and complete rows", place="PLSpredict", cure=cure)
    x, design, n = fit.x, fit.design, fit.n
    folds, repeats = whole_number("folds", folds, 2), whole_number("repeats", repeats, 1)
    rng = np.random.default_rng(seed)
    owners = [(j, i) for j in design.outcomes for i in design.blocks[j]]
    errors = np.full((3, repeats, n, len(owners)), np.nan)
    for repeat in range(repeats):
        fold = rng.permutation(np.arange(n) % folds)
        found = estimate(x, (fold != np.arange(folds)[:, None]).astype(float), fit.recipe)
        for k in range(folds):
            out, known = x[fold == k], x[fold != k]
            mean, sd = known.mean(axis=0), known.std(axis=0)
            scores = (out - mean) / sd @ found.weights.outer[k]
            fitted = scores @ found.paths[k] @ found.loadings[k].T * sd + mean
            for column, (j, i) in enumerate(owners):
                causes = [item for cause in design.causes(j) for item in design.blocks[cause]]
                b = np.linalg.lstsq(np.c_[np.ones(len(known)), known[:, causes]], known[:, i], rcond=None)[0]
                linear = b[0] + out[:, causes] @ b[1:]
                for which, by in enumerate((fitted[:, i], linear, mean[i])):
                    errors[which, repeat, fold == k, column] = out[:, i] - by
    items = tuple((design.names[j], fit.recipe.plan.columns[i]) for j, i in owners)
    return Prediction(items, errors[0], errors[1], errors[2], folds, seed)
