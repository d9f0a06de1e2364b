"""Do paths differ between groups: bootstrap comparisons of PLS path models, group by group."""

from __future__ import annotations

from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.special import stdtr

from coprod_measure.arguments import spelled
from coprod_measure.composites.bootstrap import Bootstrap
from coprod_measure.composites.groups import groups_of
from coprod_measure.composites.pls import PlsKeywords, PlsOptions, pls
from coprod_measure.errors import CoprodError, DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.frames import takes_frame

COLUMNS = (
    "group_1", "group_2", "from", "to", "est_1", "est_2", "difference", "se", "lower", "upper", "p_bootstrap",
    "p_welch",
)  # fmt: skip


@spelled(PlsKeywords, PlsOptions)
@on_one_thread
@takes_frame
def pls_groups(
    model: str,
    data: pd.DataFrame,
    group: str,
    draws: int = 5000,
    seed: int = 1,
    **options: Unpack[PlsKeywords],
) -> pd.DataFrame:
    r"""Compare the paths of each pair of groups by bootstrap within them (PLS-MGA).

    ``p_bootstrap`` is the share of pairs of draws, each centred twice, in which the second group's path is
    larger (Henseler, Ringle & Sinkovics 2009): near 0 where the first group's is larger, near 1 where it is
    smaller. ``p_welch`` is two-sided, of a t test with unequal variances; the interval holds 95 % of the
    differences of independent draws. Ask :func:`~coprod_measure.composites.groups.micom` first whether the
    composites are the same.

    Parameters
    ----------
    model, options
        See :func:`coprod_measure.composites.pls.pls`.
    data : pandas.DataFrame
        Rows without a group are left out.
    group : str
        Column with two groups or more.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`, one row a path and pair of groups.

    Raises
    ------
    DataError
        If there is one group, or one cannot be estimated.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> model = "extraversion =~ E3 + E4 + E5\nneuroticism =~ N1 + N2 + N3\nneuroticism ~ extraversion"
    >>> found = cm.pls_groups(model, bfi, "gender", draws=100)
    >>> found[["est_1", "est_2"]].round(2).to_numpy().tolist()
    [[-0.31, -0.15]]
    """
    labels = groups_of(data, group)
    drawn: dict[object, tuple[Bootstrap, int]] = {}
    for k, label in enumerate(labels):
        try:
            fit = pls(model, data[data[group] == label], **options)
            drawn[label] = (fit.bootstrap(draws, seed + k), fit.n)
        except CoprodError as error:
            first = error.problems[0]
            raise DataError(
                f"{first.place}: {first.cause}", place=f"group {label}", cure=first.cure
            ) from error
    rows = []
    for one, other in combinations(labels, 2):
        (a, n), (b, m) = drawn[one], drawn[other]
        est = a.estimate.paths[0], b.estimate.paths[0]
        for k, (cause, outcome) in enumerate(a.names["paths"]):
            x, y = a.drawn.paths[:, k], b.drawn.paths[:, k]
            size = min(len(x), len(y))
            lower, upper = np.quantile(x[:size] - y[:size], [0.025, 0.975])
            se = np.array([x.std(ddof=1), y.std(ddof=1)])
            rows.append(
                (one, other, cause, outcome, est[0][k], est[1][k], est[0][k] - est[1][k],
                 float(np.hypot(*se)), lower, upper, larger(x, y),
                 _welch(est[0][k] - est[1][k], se, np.array([n, m])))
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def larger(x: Floats, y: Floats) -> float:
    """Share of pairs in which the second parameter exceeds the first, draws mirrored at their means.

    Examples
    --------
    >>> larger(np.array([0.4, 0.5, 0.6]), np.array([0.1, 0.2, 0.3]))
    0.0
    """
    first = np.sort(2.0 * x.mean() - x)
    second = 2.0 * y.mean() - y
    return float(np.searchsorted(first, second, side="left").mean() / len(x))


def _welch(difference: float, se: Floats, n: Floats) -> float:
    parts = (n - 1.0) / n * se**2
    t = difference / np.sqrt(parts.sum())
    df = parts.sum() ** 2 / (parts**2 / (n - 1.0)).sum() - 2.0
    return 2.0 * float(stdtr(df, -abs(t)))
