"""Our coefficients beside those of independent libraries, on the same complete answers.

pingouin gives Cronbach's alpha and the test of multivariate normality, factor_analyzer the measures of
sampling adequacy and the varimax rotation. They take complete answers only, so ours are computed from those.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, NotAvailable, counted
from coprod_measure.estimation.rotation.rotate import rotate
from coprod_measure.estimation.solution.extraction import extract
from coprod_measure.measurement.factors.dimensionality import sampling_adequacy
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.sampling import Data, people
from coprod_measure.notebook import Shown

COLUMNS = ("quantity", "construct", "ours", "theirs", "difference", "library")


@dataclass(frozen=True, slots=True, repr=False)
class SecondOpinion(Shown):
    """Two computations side by side.

    Attributes
    ----------
    comparison : pandas.DataFrame
        One row a quantity (:data:`COLUMNS`).
    normality : tuple of (float, float) or NotAvailable
        Henze-Zirkler statistic and p of all items together (Henze and Zirkler 1990). A small p speaks for
        robust estimators.
    n : int
        Respondents with complete answers.
    """

    comparison: pd.DataFrame
    normality: tuple[float, float] | NotAvailable
    n: int

    @property
    def largest_difference(self) -> float:
        """Largest absolute difference, relative where a value exceeds one."""
        size = self.comparison["ours"].abs().clip(lower=1.0)
        return float((self.comparison["difference"].abs() / size).max())

    def table(self) -> pd.DataFrame:
        """One row a quantity."""
        return self.comparison.copy()


def second_opinion(data: Data, constructs: Constructs | None = None) -> SecondOpinion:
    """Compute the same coefficients twice, by independent code.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean answers, keyed, one row a person; the other libraries take no weights and clusters.
    constructs : mapping of str to sequence of str, optional
        Construct id to item ids; the instrument's own when left out.

    Raises
    ------
    DataError
        If fewer than ten respondents answered every item.
    """
    data, _ = people(data, weights="closed-form", cluster="closed-form")
    sets = tuple(
        one for one in item_sets(data, constructs) if one.measurement == "reflective" and len(one.items) > 1
    )
    frame = pd.concat([one.frame for one in sets], axis=1).dropna() if sets else pd.DataFrame()
    if len(frame) < 10:
        raise DataError(
            f"{counted(len(frame), 'respondent')} answered every item of the reflective constructs",
            place="second opinion",
            cure="Name fewer constructs; the other libraries take complete answers only",
            code="too-few-complete",
        )
    with warnings.catch_warnings():
        # Their warnings are about their own inner workings.
        warnings.simplefilter("ignore")
        rows = [*_alphas(sets, frame), *_adequacy(frame), *_varimax(frame, len(sets))]
        normality = _normality(frame)
    comparison = pd.DataFrame(rows, columns=list(COLUMNS))
    return SecondOpinion(comparison, normality, len(frame))


def _alphas(sets: tuple[ItemSet, ...], frame: pd.DataFrame) -> list[tuple[object, ...]]:
    from pingouin import cronbach_alpha

    own = reliability(frame, {one.construct: one.items for one in sets}).table().set_index("construct")
    rows: list[tuple[object, ...]] = []
    for one in sets:
        alpha, interval = cronbach_alpha(frame[list(one.items)])
        for name, theirs in zip(
            ("alpha", "alpha_ci_lower", "alpha_ci_upper"), (alpha, *interval), strict=True
        ):
            rows.append(_row(name, one.construct, own.loc[one.construct, name], theirs, "pingouin"))
    return rows


def _adequacy(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    from factor_analyzer import calculate_bartlett_sphericity, calculate_kmo

    own = sampling_adequacy(frame)
    return [
        _row("KMO", "", own.kmo, calculate_kmo(frame)[1], "factor_analyzer"),
        _row(
            "Bartlett chi-square", "", own.chisq, calculate_bartlett_sphericity(frame)[0], "factor_analyzer"
        ),
    ]


def _varimax(frame: pd.DataFrame, n_factors: int) -> list[tuple[object, ...]]:
    """Compare the varimax criterion reached, which does not depend on the order of the factors."""
    from factor_analyzer import Rotator

    if n_factors < 2 or frame.shape[1] < 2 * n_factors:
        return []
    unrotated = extract(np.corrcoef(frame.to_numpy(), rowvar=False), n_factors, method="minres").loadings
    ours = rotate(unrotated, "varimax").loadings
    theirs = Rotator(method="varimax").fit_transform(unrotated)
    return [_row("varimax criterion", "", _spread(ours), _spread(theirs), "factor_analyzer")]


def _spread(loadings: np.ndarray) -> float:
    """Kaiser's (1958) criterion of rows brought to length one: mean variance of squared loadings."""
    scaled = loadings**2 / (loadings**2).sum(axis=1, keepdims=True)
    return float(scaled.var(axis=0).sum())


def _normality(frame: pd.DataFrame) -> tuple[float, float] | NotAvailable:
    from pingouin import multivariate_normality

    if len(frame) > 5000:
        return NotAvailable("the test compares all pairs of respondents, and there are more than 5,000")
    if np.linalg.matrix_rank(np.cov(frame.to_numpy(), rowvar=False)) < frame.shape[1]:
        return NotAvailable("the covariance matrix is singular")
    found = multivariate_normality(frame)
    return float(found.hz), float(found.pval)


def _row(quantity: str, construct: str, ours: float, theirs: float, library: str) -> tuple[object, ...]:
    return quantity, construct, float(ours), float(theirs), float(ours) - float(theirs), library
