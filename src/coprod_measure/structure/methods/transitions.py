"""Who is in which stage when: observed memberships, moves between waves, and who moves on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.stats import binomtest, chi2

from coprod_measure.arguments import spelled
from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.binary_regression import (
    BinaryRegression,
    ChiSquareTest,
    binary_regression,
)
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions


@dataclass(frozen=True, slots=True)
class Direction:
    """Moves forward against moves back.

    Attributes
    ----------
    next_stage : int
        Of the forward moves, those to the very next stage.
    pvalue : float
        One-sided sign test that forward moves are no more frequent than moves back.
    share, ci_lower, ci_upper : float
        Share of forward moves among all moves, with Wilson's interval.
    """

    forward: int
    backward: int
    stayed: int
    next_stage: int
    pvalue: float
    share: float
    ci_lower: float
    ci_upper: float


@dataclass(frozen=True, slots=True, repr=False)
class Transitions(Shown):
    """Observed moves between stages.

    Attributes
    ----------
    counts : ndarray of int, shape (n_waves - 1, n_stages, n_stages)
        From (row) to (column), for each step between waves.
    membership : pandas.DataFrame
        ``wave stage n share``.
    homogeneity : ChiSquareTest
        Whether probabilities are the same at every step (Anderson and Goodman 1957).
    symmetry : ChiSquareTest or NotAvailable
        Bowker's test that moves in both directions are equally frequent.
    leaving : BinaryRegression or NotAvailable
        Odds of moving forward from each stage, by what was known at the wave before; errors are robust to a
        person counting several times.
    """

    stages: tuple[Hashable, ...]
    waves: tuple[Hashable, ...]
    counts: np.ndarray
    membership: pd.DataFrame
    homogeneity: ChiSquareTest
    symmetry: ChiSquareTest | NotAvailable
    direction: Direction | NotAvailable
    leaving: BinaryRegression | NotAvailable

    @property
    def probabilities(self) -> np.ndarray:
        """Probabilities of moving from (row) to (column), all steps together; NaN where nobody was."""
        return row_shares(self.counts.sum(axis=0))

    def table(self) -> pd.DataFrame:
        """One row a pair of stages: ``source target n probability``, all steps together."""
        total, p = self.counts.sum(axis=0), self.probabilities
        return pd.DataFrame(
            [
                {"source": a, "target": b, "n": int(total[i, j]), "probability": p[i, j]}
                for i, a in enumerate(self.stages)
                for j, b in enumerate(self.stages)
            ]
        )


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Divide by the sums of the last axis; NaN where they are zero."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0))


def homogeneity_test(counts: np.ndarray) -> ChiSquareTest:
    """Test that transition probabilities do not change over time.

    Returns likelihood ratio; rows of a step that nobody started from, and cells that are empty at every step,
    cost no degree of freedom.
    """
    total = counts.sum(axis=0)

    def loglik(c: np.ndarray) -> float:
        p = row_shares(c)
        return float(np.sum(c[c > 0] * np.log(p[c > 0])))

    statistic = 2.0 * (sum(loglik(c) for c in counts) - loglik(total))
    possible = (total > 0).sum(axis=1) - 1
    started = (counts.sum(axis=2) > 0).sum(axis=0)
    df = int(np.sum(np.maximum(possible, 0) * np.maximum(started - 1, 0)))
    return ChiSquareTest(statistic, df, float(chi2.sf(statistic, df)) if df else 1.0)


def bowker_test(counts: np.ndarray) -> ChiSquareTest | NotAvailable:
    """Test the symmetry of a square table (Bowker 1948, *JASA* 43, 572-574); counts of shape (k, k).

    Examples
    --------
    >>> import numpy as np
    >>> bowker_test(np.array([[9, 10], [2, 7]])).statistic.__round__(3)
    5.333
    """
    upper, lower = counts[np.triu_indices(len(counts), 1)], counts.T[np.triu_indices(len(counts), 1)]
    used = upper + lower > 0
    if not used.any():
        return NotAvailable("nobody moved")
    up, low = upper[used].astype(float), lower[used].astype(float)
    statistic = float(np.sum((up - low) ** 2 / (up + low)))
    return ChiSquareTest(statistic, int(used.sum()), float(chi2.sf(statistic, used.sum())))


def direction_test(counts: np.ndarray) -> Direction | NotAvailable:
    """Count moves forward and back and test whether forward ones prevail; counts of shape (k, k)."""
    forward, backward = int(np.triu(counts, 1).sum()), int(np.tril(counts, -1).sum())
    if forward + backward == 0:
        return NotAvailable("nobody moved")
    test = binomtest(forward, forward + backward, alternative="greater")
    both = binomtest(forward, forward + backward).proportion_ci(method="wilson")
    return Direction(
        forward,
        backward,
        int(np.trace(counts)),
        int(np.diagonal(counts, 1).sum()),
        float(test.pvalue),
        forward / (forward + backward),
        float(both.low),
        float(both.high),
    )


@spelled(LayoutKeywords, Layout)
@takes_frame
def transitions(
    data: pd.DataFrame | Occasions,
    stage: str | tuple[str, Sequence[str]] = "",
    *,
    stages: Sequence[float] | None = None,
    predictors: Sequence[str] = (),
    **layout: Unpack[LayoutKeywords],
) -> Transitions:
    """Describe and test the moves of people between ordered stages.

    Parameters
    ----------
    data : pandas.DataFrame or Occasions
        Long or wide, see :func:`coprod_measure.structure.methods.occasions.occasions`.
    stage : str or (str, sequence of str)
        Column of long data; or a name and its wide columns.
    stages : sequence of float, optional
        Codes in the order of the process; sorted by default.
    predictors : sequence of str
        Columns of long data (their value at the wave before counts) that explain moving forward.
    **layout
        ``person``, ``wave``, ``waves`` and ``date`` of :func:`occasions`.

    Examples
    --------
    >>> import pandas as pd
    >>> wide = pd.DataFrame({"s1": [1, 1, 1, 2, 2], "s2": [1, 2, 2, 3, 1], "s3": [2, 2, 3, 3, 2]})
    >>> found = transitions(wide, ("stage", ["s1", "s2", "s3"]))
    >>> found.direction.forward, found.direction.backward
    (6, 1)
    >>> found.probabilities[0].round(2).tolist()
    [0.2, 0.8, 0.0]
    """
    columns = {stage[0]: stage[1]} if isinstance(stage, tuple) else [stage, *predictors]
    seen = occasions(data, columns, **layout)
    name = seen.variables[0]
    S = seen.frame[[seen.column(name, k) for k in range(1, seen.n_waves + 1)]].to_numpy(float)
    order = tuple(stages) if stages is not None else tuple(np.unique(S[~np.isnan(S)]))
    unknown = sorted(set(np.unique(S[~np.isnan(S)])) - set(map(float, order)))
    if unknown or len(order) < 2:
        cause = f"{', '.join(f'{u:g}' for u in unknown)} is no stage" if unknown else "there is one stage"
        raise DataError(cause, place=f"variable {name}", cure="Name two stages or more, in order")
    code = np.full(S.shape, -1)
    for k, value in enumerate(order):
        code[float(value) == S] = k
    counts = step_counts(code, len(order))
    total = counts.sum(axis=0)
    return Transitions(
        order,
        seen.waves,
        counts,
        _membership(code, order, seen.waves),
        homogeneity_test(counts),
        bowker_test(total),
        direction_test(total),
        _leaving(seen, code, order),
    )


def step_counts(code: np.ndarray, n_stages: int) -> np.ndarray:
    """Count moves between adjacent waves.

    Parameters
    ----------
    code : ndarray of int, shape (n_people, n_waves)
        Stage from 0; -1 where unknown.
    """
    counts = np.zeros((code.shape[1] - 1, n_stages, n_stages), int)
    for t in range(code.shape[1] - 1):
        a, b = code[:, t], code[:, t + 1]
        both = (a >= 0) & (b >= 0)
        np.add.at(counts[t], (a[both], b[both]), 1)
    return counts


def _membership(code: np.ndarray, order: Sequence[Hashable], waves: Sequence[Hashable]) -> pd.DataFrame:
    rows = []
    for t, wave in enumerate(waves):
        known = code[code[:, t] >= 0, t]
        for k, stage in enumerate(order):
            n = int((known == k).sum())
            rows.append(
                {"wave": wave, "stage": stage, "n": n, "share": n / len(known) if len(known) else np.nan}
            )
    return pd.DataFrame(rows)


def _leaving(seen: Occasions, code: np.ndarray, order: Sequence[Hashable]) -> BinaryRegression | NotAvailable:
    predictors = seen.variables[1:]
    if not predictors:
        return NotAvailable("no predictors were named")
    rows = []
    for t in range(seen.n_waves - 1):
        a, b = code[:, t], code[:, t + 1]
        Z = seen.frame[[seen.column(v, t + 1) for v in predictors]].to_numpy(float)
        use = (a >= 0) & (a < len(order) - 1) & (b >= 0) & ~np.isnan(Z).any(axis=1)
        rows.append(np.column_stack([np.flatnonzero(use), a[use], b[use] > a[use], Z[use]]))
    stacked = np.concatenate(rows)
    present = [k for k in range(len(order) - 1) if (stacked[:, 1] == k).any()]
    D = (stacked[:, 1:2] == present).astype(float)
    labels = tuple(f"from {order[k]:g}" for k in present)
    try:
        return binary_regression(
            stacked[:, 2],
            np.column_stack([D, stacked[:, 3:]]),
            (*labels, *predictors),
            cluster=stacked[:, 0],
            place="moving on",
        )
    except DataError as error:
        return NotAvailable(error.in_one_line)
