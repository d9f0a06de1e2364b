"""Who left a panel, by what was known before; and whether those who left changed alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from coprod_measure.arguments import spelled
from coprod_measure.errors import CoprodError, NotAvailable, counted
from coprod_measure.estimation.missing.mcar import McarTest, little_mcar_test
from coprod_measure.estimation.missing.saturated import UnusableColumnsError
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.binary_regression import (
    BinaryRegression,
    ChiSquareTest,
    binary_regression,
    likelihood_ratio,
)
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions


@dataclass(frozen=True, slots=True)
class PatternMixture:
    """Lagged effects of those who stay and of those who leave after the wave that is explained.

    Attributes
    ----------
    effects : pandas.DataFrame
        ``outcome predictor stay se_stay leave se_leave difference se pvalue``.
    test : ChiSquareTest
        That no effect differs (Wald, robust to people counting several times).
    """

    effects: pd.DataFrame
    test: ChiSquareTest


@dataclass(frozen=True, slots=True, repr=False)
class Attrition(Shown):
    """An analysis of those who left.

    Attributes
    ----------
    attendance : pandas.DataFrame
        See :meth:`Occasions.attendance`.
    leaving : BinaryRegression or NotAvailable
        Odds of being gone for good from the next wave on.
    test : ChiSquareTest or NotAvailable
        That nothing known at a wave tells who leaves after it.
    mcar : McarTest or NotAvailable
        Little's test over all waves.
    mixture : PatternMixture or NotAvailable
        Whether full information, which trusts that leavers would have gone on as their past tells, is at odds
        with what they did before they left.
    """

    attendance: pd.DataFrame
    leaving: BinaryRegression | NotAvailable
    test: ChiSquareTest | NotAvailable
    mcar: McarTest | NotAvailable
    mixture: PatternMixture | NotAvailable

    def table(self) -> pd.DataFrame:
        """One row a predictor of leaving, as in :class:`BinaryRegression`; empty where not available."""
        if isinstance(self.leaving, NotAvailable) or isinstance(self.test, NotAvailable):
            return pd.DataFrame(columns=["name", "est", "se", "z", "pvalue", "ci_lower", "ci_upper", "ratio"])
        # Constants of the waves come first.
        return self.leaving.table().tail(int(self.test.df)).reset_index(drop=True)


@spelled(LayoutKeywords, Layout)
@takes_frame
def attrition(
    data: pd.DataFrame | Occasions,
    variables: Sequence[str] | Mapping[str, Sequence[str]] = (),
    *,
    fixed: Sequence[str] = (),
    **layout: Unpack[LayoutKeywords],
) -> Attrition:
    """Analyse who left a panel.

    Parameters
    ----------
    data, variables, fixed, **layout
        See :func:`coprod_measure.structure.methods.occasions.occasions`; ``fixed`` ones count as known at
        every wave.

    Notes
    -----
    Leaving after each wave is regressed on what was answered at it (missing at random given the past can be
    seen this way, missing not at random cannot). The pattern-mixture check follows Hedeker and Gibbons
    (1997), *Psychological Methods* 2, 64-78, on lagged regressions.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> wide = pd.DataFrame(rng.normal(size=(400, 3)), columns=["x1", "x2", "x3"])
    >>> wide.loc[wide["x1"] + rng.normal(size=400) > 1, ["x2", "x3"]] = np.nan
    >>> found = attrition(wide, {"x": ["x1", "x2", "x3"]})
    >>> found.attendance["left"].tolist()[0] > 50, bool(found.table()["est"][0] > 0.5)
    (True, True)
    """
    seen = occasions(data, variables, fixed=fixed, **layout)
    answered = seen.answered()
    last = np.where(answered.any(axis=1), seen.n_waves - 1 - answered[:, ::-1].argmax(axis=1), -1)
    leaving, test = _leaving(seen, answered, last)
    wide = seen.frame[[seen.column(v, k) for v in seen.variables for k in range(1, seen.n_waves + 1)]]
    mcar: McarTest | NotAvailable = NotAvailable("no answer is missing")
    if wide.isna().any(axis=None):
        try:
            mcar = little_mcar_test(wide[wide.notna().any(axis=1)].to_numpy(float))
        except UnusableColumnsError as error:
            mcar = NotAvailable(str(error.named(wide.columns.tolist())))
        except CoprodError as error:
            mcar = NotAvailable(error.in_one_line)
    return Attrition(seen.attendance(), leaving, test, mcar, _mixture(seen, last))


def _leaving(
    seen: Occasions, answered: np.ndarray, last: np.ndarray
) -> tuple[BinaryRegression | NotAvailable, ChiSquareTest | NotAvailable]:
    rows = []
    for k in range(seen.n_waves - 1):
        Z = seen.frame[[*(seen.column(v, k + 1) for v in seen.variables), *seen.fixed]].to_numpy(float)
        use = answered[:, k] & ~np.isnan(Z).any(axis=1)
        rows.append(np.column_stack([np.full(use.sum(), k), last[use] == k, Z[use]]))
    stacked = np.concatenate(rows)
    names = (*seen.variables, *seen.fixed)
    events = int(stacked[:, 1].sum())
    if events < 5 * len(names):
        reason = NotAvailable(
            f"{counted(events, 'person', 'people')} "
            f"left: too few to explain it by {counted(len(names), 'variable')}"
        )
        return reason, reason
    waves = [k for k in range(seen.n_waves - 1) if stacked[stacked[:, 0] == k, 1].any()]
    stacked = stacked[np.isin(stacked[:, 0], waves)]
    D = (stacked[:, :1] == waves).astype(float)
    labels = tuple(f"after wave {seen.waves[k]}" for k in waves)
    try:
        alone = binary_regression(stacked[:, 1], D, labels, place="leaving")
        full = binary_regression(
            stacked[:, 1], np.column_stack([D, stacked[:, 2:]]), (*labels, *names), place="leaving"
        )
    except CoprodError as error:
        return NotAvailable(error.in_one_line), NotAvailable(error.in_one_line)
    return full, likelihood_ratio(alone.loglik, full.loglik, len(names))


def _mixture(seen: Occasions, last: np.ndarray) -> PatternMixture | NotAvailable:
    if seen.n_waves < 3:
        return NotAvailable("a lagged effect before leaving needs three waves")
    names = [*seen.variables, *seen.fixed]
    effects, differences, influences = [], [], []
    for outcome in seen.variables:
        person, wave, gone, y, Z = _lagged(seen, outcome, last)
        if min(gone.sum(), (1 - gone).sum()) < 5 * len(names):
            return NotAvailable(
                f"{counted(int(gone.sum()), 'person', 'people')} "
                "left after a wave with a known past: too few to compare"
            )
        waves = (wave[:, None] == np.unique(wave)).astype(float)
        X = np.column_stack([waves, Z, gone, Z * gone[:, None]])
        coef, influence = least_squares_influence(y, X, person, len(seen.frame))
        cov = influence.T @ influence
        first, second = waves.shape[1], waves.shape[1] + len(names) + 1
        for j, predictor in enumerate(names):
            a, d = first + j, second + j
            se = np.sqrt(cov[d, d])
            effects.append(
                {
                    "outcome": outcome,
                    "predictor": predictor,
                    "stay": coef[a],
                    "se_stay": np.sqrt(cov[a, a]),
                    "leave": coef[a] + coef[d],
                    "se_leave": np.sqrt(cov[a, a] + cov[d, d] + 2 * cov[a, d]),
                    "difference": coef[d],
                    "se": se,
                    "pvalue": 2 * norm.sf(abs(coef[d]) / se),
                }
            )
        differences.append(coef[second:])
        influences.append(influence[:, second:])
    joint, all_influence = np.concatenate(differences), np.hstack(influences)
    wald = float(joint @ np.linalg.solve(all_influence.T @ all_influence, joint))
    return PatternMixture(
        pd.DataFrame(effects), ChiSquareTest(wald, len(joint), float(chi2.sf(wald, len(joint))))
    )


def _lagged(seen: Occasions, outcome: str, last: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give person, wave, whether gone afterwards, outcome and what was known before; not of the last wave."""
    rows = []
    for k in range(2, seen.n_waves):
        before = seen.frame[[*(seen.column(v, k - 1) for v in seen.variables), *seen.fixed]].to_numpy(float)
        now = seen.frame[seen.column(outcome, k)].to_numpy(float)
        use = ~np.isnan(now) & ~np.isnan(before).any(axis=1)
        gone = (last == k - 1)[use]
        rows.append(
            np.column_stack([np.flatnonzero(use), np.full(use.sum(), k), gone, now[use], before[use]])
        )
    stacked = np.concatenate(rows)
    return stacked[:, 0].astype(int), stacked[:, 1], stacked[:, 2], stacked[:, 3], stacked[:, 4:]


def least_squares_influence(
    y: np.ndarray, X: np.ndarray, person: np.ndarray, n_people: int
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares, and what every person adds to the error of the coefficients.

    Parameters
    ----------
    person : ndarray of int, shape (n,)
        From 0 to ``n_people - 1``.

    Returns
    -------
    coef : ndarray, shape (k,)
    influence : ndarray, shape (n_people, k)
        Its cross-product is the covariance robust to dependence within persons, with the factor
        ``G / (G - 1) * (n - 1) / (n - k)`` (CR1); those of several outcomes give their joint covariance.
    """
    bread = np.linalg.inv(X.T @ X)
    coef = bread @ (X.T @ y)
    scores = np.zeros((n_people, X.shape[1]))
    np.add.at(scores, person, X * (y - X @ coef)[:, None])
    g, (n, k) = len(np.unique(person)), X.shape
    return coef, scores @ bread * np.sqrt(g / (g - 1) * (n - 1) / (n - k))
