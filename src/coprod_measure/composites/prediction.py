"""PLSpredict: how well the model predicts the items of people it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from coprod_measure.arguments import one_of, whole_number
from coprod_measure.composites.estimates import Estimates, Recipe, estimate, total_effects
from coprod_measure.composites.result import Pls
from coprod_measure.composites.scores import NOT_ORDERED, columns, filled, made_of, made_of_columns
from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.notebook import Shown

CAUSES, BENCHMARKS = ("direct", "earliest"), ("causes", "other")
COLUMNS = ("construct", "item", "q2", "rmse", "rmse_lm", "mae", "mae_lm")


@dataclass(frozen=True, slots=True, repr=False)
class Prediction(Shown):
    """Errors of prediction out of sample.

    Attributes
    ----------
    items : tuple of (str, str)
        Construct and item of the k items of constructs that others act on.
    model, linear, average : (repeats, n, k) float
        Answer less prediction by the model, by regression on items (of the causes, or of all other
        constructs), and by the mean of the other folds; NaN where there is no answer.
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

    def cvpat(self, by: str = "model") -> pd.DataFrame:
        """Test the mean loss against each benchmark (Liengaard et al. 2021); below 0 the model is better.

        Parameters
        ----------
        by : str
            ``"model"``: of all items together; ``"construct"`` or ``"item"``: of each by itself.

        Returns
        -------
        pandas.DataFrame
            Columns benchmark, difference, t, pvalue, after construct and item where they are told apart.
        """
        named: dict[tuple[str, ...], list[int]] = {}
        width = {"model": 0, "construct": 1, "item": 2}[one_of("by", by, ("model", "construct", "item"))]
        for k, own in enumerate(self.items):
            named.setdefault(own[:width], []).append(k)
        rows = [
            (*name, benchmark, *_compared(self.model[:, :, at], errors[:, :, at]))
            for name, at in named.items()
            for benchmark, errors in (("average", self.average), ("linear", self.linear))
        ]
        own_columns = ("construct", "item")[:width]
        return pd.DataFrame(rows, columns=[*own_columns, "benchmark", "difference", "t", "pvalue"])


def _compared(model: Floats, benchmark: Floats) -> tuple[float, float, float]:
    """Mean difference of the losses of respondents, its t and p, of errors (repeats, n, k)."""
    some = ~np.isnan(model).all(axis=(0, 2))
    apart = np.nanmean(model[:, some] ** 2, axis=(0, 2)) - np.nanmean(benchmark[:, some] ** 2, axis=(0, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(apart.mean() / (apart.std(ddof=1) / np.sqrt(len(apart))))
    return float(apart.mean()), t, 2.0 * float(stdtr(len(apart) - 1, -abs(t)))


@on_one_thread
def pls_predict(
    fit: Pls,
    folds: int = 10,
    repeats: int = 10,
    seed: int = 1,
    *,
    causes: str = "direct",
    benchmark: str = "causes",
) -> Prediction:
    r"""Predict each respondent from the others, fold by fold.

    Parameters
    ----------
    fit : Pls
        Weights, loadings, means, regressions and, where products or higher constructs ask for a first stage,
        its scores come from the other folds alone. Gaps of a respondent's predictors are filled with the
        other folds' means, or, with ``missing="em"``, from his answers to other items of these causes; what
        he has not answered is not predicted. The parts of a higher outcome are predicted by their scores.
    causes : str
        A construct is predicted from the scores of its ``"direct"`` causes, or from those of constructs that
        nothing acts on, by their total effects (``"earliest"``; Shmueli et al. 2016).
    benchmark : str
        Linear regression is on the items of the ``"causes"``, or on all items of ``"other"`` constructs, as
        in seminr, outcomes of the predicted one among them.

    Raises
    ------
    ModelError
        If answers are ordered.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> model = "extraversion =~ E3 + E4 + E5\nneuroticism =~ N1 + N2 + N3\nneuroticism ~ extraversion"
    >>> found = cm.pls_predict(cm.pls(model, bfi), repeats=1).table()
    >>> found[["item", "rmse", "rmse_lm"]].round(2).head(1).to_numpy().tolist()
    [['N1', 1.54, 1.53]]
    """
    if not fit.recipe.by_scores:
        raise ModelError(NOT_ORDERED.reason, place="PLSpredict", cure="Estimate the model without ordered=")
    x, design, n, plan = fit.x, fit.design, fit.n, fit.recipe.plan
    how = one_of("causes", causes, CAUSES), one_of("benchmark", benchmark, BENCHMARKS)
    folds, repeats = whole_number("folds", folds, 2, n), whole_number("repeats", repeats, 1)
    rng = np.random.default_rng(seed)
    errors = np.full((repeats, 3, n, sum(len(design.blocks[j]) for j in design.outcomes)), np.nan)
    for repeat in range(repeats):
        fold = rng.permutation(np.arange(n) % folds)
        known = (fold != np.arange(folds)[:, None]).astype(float)
        found = estimate(x, known, fit.recipe)
        for k in range(folds):
            errors[repeat][:, fold == k] = _errors(x, known[k], found, k, fit.recipe, how)
    items = tuple((design.names[j], plan.columns[i]) for j in design.outcomes for i in design.blocks[j])
    return Prediction(items, errors[:, 0], errors[:, 1], errors[:, 2], folds, seed)


def _errors(x: Floats, known: Floats, e: Estimates, b: int, recipe: Recipe, how: tuple[str, str]) -> Floats:
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
    earliest = np.setdiff1d(np.arange(len(design.names)), design.outcomes)
    through = np.zeros(design.acts.shape)
    through[earliest] = total_effects(e.paths[b : b + 1])[0][earliest]
    for j in design.outcomes:
        direct = how[0] == "direct"
        slopes_of = e.paths[b][:, j] if direct else through[:, j]
        at = _items(sources, design.causes(j) if direct else earliest)
        # What is expected given all answers would know the outcome.
        own = columns(filled(x[out], e, recipe, b, at), known[out], e, recipe, b) if recipe.em else actual
        score = own @ e.weights.outer[b] @ slopes_of
        seen, beside = at, own
        if how[1] == "other":
            seen = sorted({*range(len(sources))} - {*_items(sources, np.array([j]))})
            beside = (
                columns(filled(x[out], e, recipe, b, seen), known[out], e, recipe, b) if recipe.em else actual
            )
        for i in design.blocks[j]:
            slopes = np.linalg.lstsq(e.r[b][np.ix_(seen, seen)], e.r[b][seen, i], rcond=None)[0]
            answer = np.where(lacks[:, i], np.nan, actual[:, i])
            fitted = (score * e.loadings[b][i, j], beside[:, seen] @ slopes, 0.0)
            found.append([(answer - by) * sd[i] for by in fitted])
    return np.array(found).transpose(1, 2, 0)


def _items(sources: NDArray[np.bool_], constructs: NDArray[np.int64]) -> list[int]:
    """Items that these constructs are made of."""
    found: list[int] = np.flatnonzero(sources[:, constructs].any(axis=1)).tolist()
    return found
