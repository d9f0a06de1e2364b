"""PLSpredict: how well the model predicts the items of people it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr

from coprod_measure.arguments import whole_number
from coprod_measure.composites.estimates import Estimates, Recipe, estimate
from coprod_measure.composites.result import Pls
from coprod_measure.composites.scores import NOT_ORDERED, columns, filled, made_of, made_of_columns
from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
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
        Answer less prediction by the model, by regression on all items that the direct causes are made of,
        and by the mean of the other folds; NaN where there is no answer.
    """

    items: tuple[tuple[str, str], ...]
    model: Floats
    linear: Floats
    average: Floats
    folds: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Q2, RMSE and MAE of each item (Shmueli et al. 2016); columns :data:`COLUMNS`."""
        squared = [np.nanmean(e**2, axis=(0, 1)) for e in (self.model, self.linear, self.average)]
        frame = pd.DataFrame(self.items, columns=["construct", "item"])
        return frame.assign(
            q2=1.0 - squared[0] / squared[2],
            rmse=np.sqrt(squared[0]),
            rmse_lm=np.sqrt(squared[1]),
            mae=np.nanmean(np.abs(self.model), axis=(0, 1)),
            mae_lm=np.nanmean(np.abs(self.linear), axis=(0, 1)),
        )

    def cvpat(self) -> pd.DataFrame:
        """Test the mean loss against each benchmark (Liengaard et al. 2021); below 0 the model is better."""
        some = ~np.isnan(self.model).all(axis=(0, 2))
        losses = [np.nanmean(e[:, some] ** 2, axis=(0, 2)) for e in (self.model, self.average, self.linear)]
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
        Weights, loadings, means, regressions and, where products or higher constructs ask for a first stage,
        its scores come from the other folds alone; a construct is predicted from the scores of its direct
        causes. Gaps of a respondent's predictors are filled with the other folds' means, or, with
        ``missing="em"``, from his answers to other items of these causes; what he has not answered is not
        predicted. The parts of a higher outcome are predicted by their scores.

    Raises
    ------
    ModelError
        If answers are ordered.
    """
    if not fit.recipe.by_scores:
        raise ModelError(NOT_ORDERED.reason, place="PLSpredict", cure="Estimate the model without ordered=")
    x, design, n, plan = fit.x, fit.design, fit.n, fit.recipe.plan
    folds, repeats = whole_number("folds", folds, 2, n), whole_number("repeats", repeats, 1)
    rng = np.random.default_rng(seed)
    errors = np.full((repeats, 3, n, sum(len(design.blocks[j]) for j in design.outcomes)), np.nan)
    for repeat in range(repeats):
        fold = rng.permutation(np.arange(n) % folds)
        known = (fold != np.arange(folds)[:, None]).astype(float)
        found = estimate(x, known, fit.recipe)
        for k in range(folds):
            errors[repeat][:, fold == k] = _errors(x, known[k], found, fit.recipe, k)
    items = tuple((design.names[j], plan.columns[i]) for j in design.outcomes for i in design.blocks[j])
    return Prediction(items, errors[:, 0], errors[:, 1], errors[:, 2], folds, seed)


def _errors(x: Floats, known: Floats, e: Estimates, recipe: Recipe, b: int) -> Floats:
    """Errors for the rows that sample ``b`` does not hold, of the three predictions, (3, m, k)."""
    plan, design, out = recipe.plan, recipe.plan.last, known == 0.0
    sources, gaps, found = made_of(plan), np.isnan(x[out]), []
    sd = np.append(e.basis.sd[b], np.ones(len(plan.columns) - len(plan.items)))
    # A score of which an item is missing is no answer.
    lacks = (gaps.astype(float) @ made_of_columns(plan)) > 0.0
    if plan.multiplies:
        actual = columns(filled(x, e, recipe, b), known, e, recipe, b)[out]
    else:
        actual = columns(filled(x[out], e, recipe, b), known[out], e, recipe, b)
    for j in design.outcomes:
        seen = np.flatnonzero(sources[:, design.causes(j)].any(axis=1)).tolist()
        # What is expected given all answers would know the outcome.
        own = columns(filled(x[out], e, recipe, b, seen), known[out], e, recipe, b) if recipe.em else actual
        score = own @ e.weights.outer[b] @ e.paths[b][:, j]
        for i in design.blocks[j]:
            slopes = np.linalg.lstsq(e.r[b][np.ix_(seen, seen)], e.r[b][seen, i], rcond=None)[0]
            answer = np.where(lacks[:, i], np.nan, actual[:, i])
            fitted = (score * e.loadings[b][i, j], own[:, seen] @ slopes, 0.0)
            found.append([(answer - by) * sd[i] for by in fitted])
    return np.array(found).transpose(1, 2, 0)
