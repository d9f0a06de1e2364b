"""Analysis of covariance: contrasts of cells beside covariates, without one variance for all cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.frames import refuse, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.cluster_robust import ClusterRobust, cluster_robust, joint_of_few
from coprod_measure.structure.methods.contrasts import (
    TABLE_COLUMNS,
    Cell,
    Contrasts,
    contrasts,
    hedges,
)
from coprod_measure.structure.methods.type_three import type_three

COVARIATE_COLUMNS = (
    "covariate", "slope", "std", "se", "t", "df", "pvalue", "slopes_f", "slopes_df1", "slopes_df2",
    "slopes_pvalue", "arms_f", "arms_pvalue",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Ancova(Shown):
    """Cells with covariates around their means.

    Attributes
    ----------
    unadjusted : Contrasts
        The same people and plan without covariates.
    cells_of : tuple of tuple
        Cells, as in the rows of :meth:`Contrasts.cells`.
    cell : ndarray of int, shape (rows,)
    person : ndarray of int, shape (rows,)
        Rows of one are not independent.
    y : ndarray, shape (rows,)
    covariates : tuple of str
    Z : ndarray, shape (rows, q)
        Around their means.
    dropped : int
        Rows, or persons with a gap in a cell, left out.
    """

    unadjusted: Contrasts
    cells_of: tuple[Cell, ...]
    cell: np.ndarray
    person: np.ndarray
    y: Floats
    covariates: tuple[str, ...]
    Z: Floats
    dropped: int

    @property
    def n(self) -> int:
        """Persons."""
        return int(self.person.max()) + 1

    def _fit(self, of: Floats, own_slopes: bool = False) -> ClusterRobust:
        C = np.eye(len(self.cells_of))[self.cell]
        X = np.column_stack([C, self.Z, *([_products(C[:, 1:], self.Z)] if own_slopes else [])])
        wanted = np.column_stack([of, np.zeros((len(of), X.shape[1] - of.shape[1]))])
        return cluster_robust(self.y, X, self.person, few=True, of=wanted)

    def cells(self) -> pd.DataFrame:
        """One row a cell: its levels, ``n mean sd se thin adjusted ci_lower ci_upper``.

        ``adjusted`` is the mean where covariates are at their means, with its interval.
        """
        found = self._fit(np.eye(len(self.cells_of)))
        half = t_distribution.ppf(0.5 + 0.5 * self.unadjusted.options.confidence, found.df) * found.se
        adjusted = {"adjusted": found.coef, "ci_lower": found.coef - half, "ci_upper": found.coef + half}
        return self.unadjusted.cells().assign(**adjusted)

    def table(self, *, own_slopes: bool = False) -> pd.DataFrame:
        """One row a planned contrast of adjusted means; columns as :meth:`Contrasts.table`.

        Parameters
        ----------
        own_slopes : bool
            Whether each cell has slopes of its own: the contrast at the means of covariates (Lin 2013, Annals
            of Applied Statistics 7, 295-318).

        Notes
        -----
        d is in units of the standard deviation within cells that is not adjusted, so that it compares with
        studies that hold other things constant (Borenstein 2009, in The handbook of research synthesis and
        meta-analysis, 221-235).
        """
        planned = self.unadjusted.planned
        weights = np.array([[own.get(cell, 0.0) for cell in self.cells_of] for own in planned.values()])
        found = self._fit(weights.reshape(-1, len(self.cells_of)), own_slopes)
        sd, sd_df = self.unadjusted.spread()
        half = t_distribution.ppf(0.5 + 0.5 * self.unadjusted.options.confidence, found.df) * found.se
        low, high, p = found.coef - half, found.coef + half, found.pvalues()
        adjusted = holm(p) if self.unadjusted.options.adjust == "holm" and len(p) else p
        columns = (
            list(planned), found.coef, found.se, found.coef / found.se, found.df, p, adjusted, low, high,
            found.coef / sd, low / sd, high / sd, found.coef / sd * hedges(sd_df),
        )  # fmt: skip
        return pd.DataFrame(dict(zip(TABLE_COLUMNS, columns, strict=True)))

    def slopes(self) -> pd.DataFrame:
        """One row a covariate, and one of all where there are several; columns :data:`COVARIATE_COLUMNS`.

        Its slope within cells, ``std`` in standard deviations within cells for one of its own; whether slopes
        differ between cells (``slopes_``: cell by covariate, :func:`.cluster_robust.joint_of_few`); between
        persons whether its own means differ between cells (``arms_``).
        """
        k, q = len(self.cells_of), len(self.covariates)
        C = np.eye(k)[self.cell]
        common = cluster_robust(self.y, np.column_stack([C, self.Z]), self.person, few=True)
        free = np.column_stack([C, self.Z, _products(C[:, 1:], self.Z)])
        products = np.arange(k + q, free.shape[1]).reshape(k - 1, q)
        gaps, p, rows = np.eye(k)[1:] - np.eye(1, k), common.pvalues(), []
        for j, name in enumerate([*self.covariates, *(["all"] if q > 1 else [])]):
            chosen = (products[:, j] if j < q else products).ravel()
            test = joint_of_few(self.y, free, self.person, np.eye(free.shape[1])[chosen])
            own, arms = [np.nan] * 6, (np.nan, np.nan)
            if j < q:
                b, se = common.coef[k + j], common.se[k + j]
                std = b * self.Z[:, j].std(ddof=1) / self.unadjusted.spread()[0]
                own = [b, std, se, b / se, common.df[k + j], p[k + j]]
                if not self.unadjusted.within:
                    balance = joint_of_few(self.Z[:, j], C, self.person, gaps)
                    arms = (balance.f, balance.pvalue)
            rows.append((name, *own, test.f, test.df1, test.df2, test.pvalue, *arms))
        return pd.DataFrame(rows, columns=list(COVARIATE_COLUMNS))

    def anova(self) -> pd.DataFrame:
        """Split sums of squares beside covariates, as :meth:`Contrasts.anova`; between persons only."""
        if self.unadjusted.within:
            return self.unadjusted.anova()  # which refuses it
        return type_three(self.y, [self.cells_of[k] for k in self.cell], self.unadjusted.between, self.Z)


@takes_frame
def ancova(
    data: pd.DataFrame,
    outcome: str,
    between: Sequence[str],
    covariates: Sequence[str],
    within: Sequence[str] = (),
    *,
    planned: Mapping[str, Mapping[object, float]] | None = None,
    person: str | None = None,
    confidence: float = 0.95,
) -> Ancova:
    """Compare means of cells beside covariates, by contrasts that were named beforehand.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person, or with ``within`` one row a person and occasion; incomplete rows are left out.
    between, within, planned, person, confidence
        As in :func:`.contrasts.contrasts`.
    covariates : sequence of str
        Numeric columns.

    Raises
    ------
    DataError
        As :func:`.contrasts.contrasts`, and if cells and other covariates tell a covariate.

    Notes
    -----
    Least squares on cells and centred covariates with one slope each. Errors by CR2 over persons with
    Satterthwaite's degrees of freedom (:func:`.cluster_robust.cluster_robust`): one row a person that is HC2,
    which without covariates is Welch's error, and with few people rejects as often as it says (Imbens and
    Kolesar 2016, Review of Economics and Statistics 98, 701-712); of arms within persons it lets the
    answers of a person correlate as they do. In randomised arms covariates add power; between groups that
    nobody assigned no adjustment makes them alike (Miller and Chapman 2001, J. of Abnormal Psychology 110,
    40-48).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"arm": np.repeat(["alone", "joint"], 60), "age": rng.normal(45, 12, 120)})
    >>> people["satisfied"] = 0.1 * people["age"] + (people["arm"] == "joint") + rng.normal(size=120)
    >>> plan = {"joint against alone": {"joint": 1, "alone": -1}}
    >>> found = ancova(people, "satisfied", ["arm"], ["age"], planned=plan)
    >>> found.table()[["estimate", "se"]].round(2).to_numpy().tolist()
    [[0.95, 0.18]]
    """
    refuse(data, [outcome, *covariates])
    if outcome in covariates:
        raise DataError(f"{outcome} is told by what it explains", cure="Leave it out", code="dependent")
    if not covariates:
        raise DataError("no covariates are named", cure="Name some, or use contrasts()", code="no-covariate")
    keys = [*between, *within]
    wanted = [outcome, *covariates, *keys, *([person] if person else [])]
    used = data.dropna(subset=[name for name in wanted if name in data])
    plain = contrasts(used, outcome, between, within, planned=planned, person=person, confidence=confidence)
    if within:
        used = used.groupby([*between, person, *within], as_index=False, observed=True)[
            [outcome, *covariates]
        ].mean()
        whole = used.groupby([*between, person], observed=True)[outcome].transform("size")
        used = used[whole == len(plain.occasions)]
    people = [*between, person] if within else None
    code = used.groupby(people, observed=True).ngroup().to_numpy() if people else np.arange(len(used))
    names = [(*group.between, *occasion) for group in plain.groups for occasion in plain.occasions]
    place = {cell: k for k, cell in enumerate(names)}
    cell = np.array([place[row] for row in used[keys].itertuples(index=False, name=None)])
    Z = used[list(covariates)].to_numpy(float)
    Z = Z - Z.mean(axis=0)
    if told := told_by_cells(cell, Z):
        raise DataError(
            f"{', '.join(covariates[k] for k in told)} is told by the cells or by other covariates",
            cure="Leave it out",
            code="dependent",
        )
    lost = (data[person].nunique() if within else len(data)) - len(np.unique(code))
    y = used[outcome].to_numpy(float)
    return Ancova(plain, tuple(names), cell, code, y, tuple(covariates), Z, lost)


def told_by_cells(cell: np.ndarray, Z: Floats) -> tuple[int, ...]:
    """Columns of covariates that do not vary beside cells and the columns before them."""
    X = np.eye(int(cell.max()) + 1)[cell]
    told = []
    for k, z in enumerate(Z.T):
        left = z - X @ np.linalg.lstsq(X, z, rcond=None)[0]
        if left @ left <= 1e-12 * max(float(z @ z), 1e-300):
            told.append(k)
        else:
            X = np.column_stack([X, z / np.sqrt(left @ left)])
    return tuple(told)


def _products(C: Floats, Z: Floats) -> Floats:
    """Each cell but the first by each covariate; cells vary slowest."""
    return (C[:, :, None] * Z[:, None, :]).reshape(len(Z), -1)
