"""An outcome that only some have: Heckman's models and inverse-probability weights, the naive beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, log_ndtr
from scipy.stats import norm

from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.choice_models import heckman, logit, probit
from coprod_measure.structure.methods.complete_rows import complete_rows, name_collinear
from coprod_measure.structure.methods.likelihood import Maximum, maximise

TABLE_COLUMNS = ("method", "equation", "term", "estimate", "se", "z", "pvalue")


@dataclass(frozen=True, slots=True, repr=False)
class Selection(Shown):
    """An outcome regressed with and without regard to who has it.

    Attributes
    ----------
    estimates : pandas.DataFrame
        Columns :data:`TABLE_COLUMNS`; methods ``naive``, ``ml``, ``two_step`` and ``weighted``.
    rho, rho_se, rho_pvalue : float
        Correlation of the errors by maximum likelihood, with the Wald test of its atanh.
    largest_weight : float
        Of the inverse-probability weights: one person may stand for so many.
    excluded : bool
        Whether something predicts selection but not the outcome. Without it all rests on normal shapes.
    """

    outcome: str
    predictors: tuple[str, ...]
    selection_predictors: tuple[str, ...]
    n: int
    selected: int
    estimates: pd.DataFrame
    rho: float
    rho_se: float
    rho_pvalue: float
    largest_weight: float
    excluded: bool

    def table(self) -> pd.DataFrame:
        """One row a method, equation and term."""
        return self.estimates


@takes_frame
def selection(
    data: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    selection_predictors: Sequence[str],
    selected: str | None = None,
) -> Selection:
    """Regress an outcome that only those selected have.

    Heckman (1979, Econometrica 47, 153-161) by maximum likelihood and in two steps (errors corrected);
    weights 1 / P(selected) from a logit, with robust errors (as of a survey design, n / (n - 1)); and least
    squares of those who have the outcome.

    Parameters
    ----------
    outcome : str
        Missing where not selected.
    predictors, selection_predictors : sequence of str
        The second should hold something that the first does not.
    selected : str, optional
        Column of 0 and 1; left out: whether the outcome is there.

    Raises
    ------
    DataError, EstimationError
        If everybody or nobody is selected, or predictors are collinear.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame(rng.normal(size=(800, 3)), columns=["x", "z", "u"])
    >>> people["y"] = 1 + 0.6 * people["x"] + 0.6 * people["u"] + 0.8 * rng.normal(size=800)
    >>> people.loc[0.2 + 0.5 * people["x"] + 0.7 * people["z"] + people["u"] < 0, "y"] = np.nan
    >>> found = selection(people, "y", ["x"], ["x", "z"])
    >>> bool(0.3 < found.rho < 0.9), found.selected
    (True, 422)
    """
    chosen = tuple(dict.fromkeys([*selection_predictors, *predictors]))
    needed = list(chosen) if selected is None else [*chosen, selected]
    refuse(data, [outcome])
    rows = complete_rows(data.reset_index(drop=True), needed, len(chosen) + 5)
    y = pd.to_numeric(data[outcome].iloc[rows.index], errors="coerce").to_numpy(dtype=np.float64)
    refuse_magnitudes(y[:, None], [outcome])
    s = np.isfinite(y) * 1.0 if selected is None else rows.column(selected) * np.isfinite(y)
    if not 0 < s.sum() < len(s):
        raise DataError(
            f"everybody or nobody has {outcome!r}", cure="There is no selection to correct", code="selection"
        )
    name_collinear(rows.numbers[:, : len(chosen)], chosen)
    z = np.column_stack([np.ones(len(s)), *(rows.column(name) for name in selection_predictors)])
    x = np.column_stack([np.ones(len(s)), *(rows.column(name) for name in predictors)])
    some = s > 0
    naive, naive_se = _least_squares(x[some], y[some])
    who = maximise(probit(z, s), np.zeros(z.shape[1]))
    two, two_se = _two_step(z, x, np.where(some, y, 0.0), some, who)
    start = np.concatenate(
        [who.estimates, two[:-2], [np.log(two[-1]), np.arctanh(np.clip(two[-2] / two[-1], -0.9, 0.9))]]
    )
    full = maximise(heckman(z, s, x, np.where(some, y, 0.0)), start)
    V = full.covariance()
    weight = 1.0 / expit(z @ maximise(logit(z, s), np.zeros(z.shape[1])).estimates)[some]
    weighted, weighted_se = _weighted(x[some], y[some], weight)
    who_terms, terms = ("(constant)", *selection_predictors), ("(constant)", *predictors)
    se, q = np.sqrt(np.diag(V)), z.shape[1]
    sigma, rho = float(np.exp(full.estimates[-2])), float(np.tanh(full.estimates[-1]))
    ml = [*full.estimates[q:-2], sigma, rho], [*se[q:-2], sigma * se[-2], (1 - rho**2) * se[-1]]
    blocks = [
        _block("naive", "outcome", terms, naive, naive_se),
        _block("ml", "selection", who_terms, full.estimates[:q], se[:q]),
        _block("ml", "outcome", (*terms, "sigma", "rho"), *map(np.array, ml)),
        _block("two_step", "selection", who_terms, who.estimates, np.sqrt(np.diag(who.covariance()))),
        _block("two_step", "outcome", (*terms, "inverse Mills ratio"), two[:-1], two_se),
        _block("weighted", "outcome", terms, weighted, weighted_se),
    ]
    return Selection(
        outcome, tuple(predictors), tuple(selection_predictors), len(s), int(s.sum()),
        pd.concat(blocks, ignore_index=True), rho, float((1 - rho**2) * se[-1]),
        float(2 * norm.sf(abs(full.estimates[-1]) / se[-1])), float(weight.max()),
        bool(set(selection_predictors) - set(predictors)),
    )  # fmt: skip


def _block(method: str, equation: str, terms: Sequence[str], estimate: Floats, se: Floats) -> pd.DataFrame:
    z = estimate / se
    return pd.DataFrame({
        "method": method, "equation": equation, "term": list(terms), "estimate": estimate, "se": se, "z": z,
        "pvalue": 2 * norm.sf(np.abs(z)),
    })  # fmt: skip


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    bread = np.linalg.inv(x.T @ x)
    b = bread @ (x.T @ y)
    rest = y - x @ b
    return np.asarray(b), np.asarray(np.sqrt(np.diag(bread) * (rest @ rest) / (len(y) - x.shape[1])))


def _weighted(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    bread = np.linalg.inv(x.T @ (weight[:, None] * x))
    b = bread @ (x.T @ (weight * y))
    scores = x * (weight * (y - x @ b))[:, None]
    n = len(y)
    return np.asarray(b), np.asarray(np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread) * n / (n - 1)))


def _two_step(z: Floats, x: Floats, y: Floats, some: np.ndarray, who: Maximum) -> tuple[Floats, Floats]:
    """Slopes, coefficient of the inverse Mills ratio and sigma; errors corrected for the first step."""
    eta = (z @ who.estimates)[some]
    mills = np.exp(norm.logpdf(eta) - log_ndtr(eta))
    delta = mills * (mills + eta)
    design = np.column_stack([x[some], mills])
    bread = np.linalg.inv(design.T @ design)
    b = bread @ (design.T @ y[some])
    rest = y[some] - design @ b
    variance = float(rest @ rest / len(rest) + b[-1] ** 2 * delta.mean())
    rho2 = b[-1] ** 2 / variance
    cross = design.T @ (delta[:, None] * z[some])
    middle = design.T @ ((1 - rho2 * delta)[:, None] * design) + rho2 * cross @ who.covariance() @ cross.T
    return np.append(b, np.sqrt(variance)), np.asarray(np.sqrt(variance * np.diag(bread @ middle @ bread)))
