"""Chi-square tests that two constructs correlate less than a cutoff, one model a pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.differences import difference
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import latent_correlations, measurement_model
from coprod_measure.measurement.guides import as_printed
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Data, modelled
from coprod_measure.notebook import Shown

TEST_COLUMNS = (
    "construct_1",
    "construct_2",
    "correlation",
    "ci_lower",
    "ci_upper",
    "delta_chisq",
    "delta_df",
    "pvalue",
    "distinct",
)

MOST_PAIRS = 45


@dataclass(frozen=True, slots=True, repr=False)
class DiscriminantTests(Shown):
    """One test a pair of constructs.

    Attributes
    ----------
    tests : pandas.DataFrame
        :data:`TEST_COLUMNS`: latent correlation with its interval, what holding it at the cutoff (with its
        own sign) costs, and whether it lies below the cutoff by more than chance at 5 % (None: no test).
    unavailable : pandas.DataFrame
        ``construct_1 construct_2 reason``.
    left_out : int
        Pairs that were not tested because they correlate less than all that were.
    """

    tests: pd.DataFrame
    cutoff: float
    unavailable: pd.DataFrame
    left_out: int
    n: int
    estimator: str = "ML"

    def table(self) -> pd.DataFrame:
        """One row a pair; columns :data:`TEST_COLUMNS`."""
        return self.tests.copy()


def discriminant_tests(
    data: Data,
    constructs: Constructs | None = None,
    *,
    cutoff: float = 0.9,
    estimator: str = "ML",
    missing: str = "listwise",
    most: int = MOST_PAIRS,
    progress: Callable[[str], None] | None = None,
) -> DiscriminantTests:
    """Hold each latent correlation at a cutoff and compare (Rönkkö and Cho 2022).

    At a cutoff of 1 this is the test of Anderson and Gerbing (1988), which few pairs fail.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`; composites and single items are left out.
    cutoff : float
        Between 0 and 1.
    estimator, missing
        See :class:`coprod_measure.fitting.options.FitOptions`; scaled tests have a difference of
        their own.
    most : int
        Pairs that are tested: those that correlate most, because each costs a model.
    progress : callable, optional
        Called with a few words every five models.

    Raises
    ------
    MeasurementError
        If fewer than two reflective constructs have two items, or their model has no solution.
    """
    answers, frame, sampling = modelled(data)
    several = [one for one in item_sets(answers, constructs) if len(one.items) > 1]
    sets = [one for one in several if one.measurement == "reflective"]
    if len(sets) < 2 or not 0 < cutoff <= 1:
        raise MeasurementError(
            f"{len(sets)} reflective constructs of two items or more, cutoff {cutoff:g}",
            cure="Give two constructs or more, and a cutoff between 0 and 1",
            code="too-few-constructs",
        )
    text = measurement_model({one.construct: one.items for one in sets})
    fitting = {"estimator": estimator, "missing": missing, **sampling}
    free = _fitted(text, frame, fitting)
    values, errors = latent_correlations(free)
    wide = float(stats.norm.ppf(0.975))
    rows: list[tuple[object, ...]] = []
    unavailable: list[tuple[str, str, str]] = []
    pairs = list(combinations([one.construct for one in sets], 2))
    close = sorted(pairs, key=lambda pair: -abs(float(values.loc[pair])))[:most]
    tested = [pair for pair in pairs if pair in set(close)]
    for number, (a, b) in enumerate(tested):
        if progress and number % 5 == 0:
            progress(f"Tests of discriminant validity: pair {number + 1} of {len(tested)}")
        r, se = float(values.loc[a, b]), float(errors.loc[a, b])
        fixed = f"{text}\n{formula(a, '~~', (f'{np.copysign(cutoff, r):g}', b))}"
        delta, df, pvalue = _test(fixed, free, frame, fitting)
        if isinstance(pvalue, NotAvailable):
            unavailable.append((a, b, pvalue.reason))
            delta = pvalue = np.nan
        distinct = None if np.isnan(pvalue) else pvalue < 0.05 and as_printed(abs(r), 2) < cutoff
        rows.append((a, b, r, r - wide * se, r + wide * se, delta, df, pvalue, distinct))
    return DiscriminantTests(
        pd.DataFrame(rows, columns=list(TEST_COLUMNS)),
        cutoff,
        pd.DataFrame(unavailable, columns=["construct_1", "construct_2", "reason"]),
        len(pairs) - len(tested),
        free.n,
        estimator,
    )


def _test(
    fixed: str, free: Fit, frame: pd.DataFrame, fitting: Mapping[str, Any]
) -> tuple[float | NotAvailable, float, float | NotAvailable]:
    try:
        return difference(_fitted(fixed, frame, fitting), free)
    except CoprodError as problem:
        why = NotAvailable(problem.problems[0].cause)
        return why, np.nan, why


def _fitted(text: str, frame: pd.DataFrame, fitting: Mapping[str, Any]) -> Fit:
    fit = cfa(text, frame, std_lv=True, **fitting)
    if not fit.converged:
        raise MeasurementError("a model of the comparison did not converge", code="not-converged")
    return fit


def examine(x: Examination) -> DiscriminantTests:
    """Compute the part ``discriminant_tests``."""
    return discriminant_tests(x.clean, x.modelled, progress=x.say, **x.options.fitting)
