"""Whether people move forward through stages more often than back, when some leave on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from coprod_measure.errors import DataError


@dataclass(frozen=True, slots=True)
class NetMoves:
    """Moves between consecutive waves, people who left made up for.

    Attributes
    ----------
    share : float
        Of moves that go forward.
    ci_lower, ci_upper, pvalue : float
        People count as units; the p value is of a share of one half.
    """

    share: float
    ci_lower: float
    ci_upper: float
    pvalue: float
    people: int


def net_moves(stages: np.ndarray) -> NetMoves:
    """Test the balance of forward and backward moves.

    Parameters
    ----------
    stages : ndarray, shape (n_people, n_waves)
        Stages as numbers in their order; NaN where somebody was not seen.

    Raises
    ------
    DataError
        If nobody who was seen in two consecutive waves moved.

    Notes
    -----
    Who leaves after a wave does so by the stage of that wave: those who stay are weighted by the inverse of
    the share of their stage that stayed, over all waves so far (inverse probability weighting; Robins,
    Rotnitzky and Zhao 1995, *J. Am. Stat. Assoc.* 90, 106-121). Without it, a balance of moves looks like one
    direction wherever some stages are left more often. Errors take the estimated weights into account.

    Examples
    --------
    >>> stages = np.array([[0, 1, 2], [0, 1, 1], [1, 1, 0], [1, 2, 2], [2, 2, np.nan]])
    >>> round(net_moves(stages).share, 2)
    0.8
    """
    n, waves = stages.shape
    weight, influence = np.ones(n), np.zeros((n, 2))
    for k in range(waves - 1):
        before, after = stages[:, k], stages[:, k + 1]
        here = ~np.isnan(before)
        seen = here & ~np.isnan(after)
        moves = np.column_stack([seen & (after > before), seen & (after != before)]).astype(float)
        carried = weight.copy()
        for stage in np.unique(before[here]):
            at = here & (before == stage)
            stay = at & seen
            base, kept = weight[at].sum(), weight[stay].sum()
            if kept > 0:
                mean = weight[stay] @ moves[stay] / kept
                influence[at] += weight[at, None] * mean
                carried[stay] = weight[stay] * base / kept
                influence[stay] += carried[stay, None] * (moves[stay] - mean)
        weight = carried
    forward, moved = influence.sum(axis=0)
    if moved <= 0:
        raise DataError("nobody moved to another stage between two waves")
    share = float(forward / moved)
    gap = influence[:, 0] - 0.5 * influence[:, 1]
    spread = float(np.sqrt((gap**2).sum()))
    p = 2 * float(norm.sf(abs(gap.sum()) / spread)) if spread > 0 else 1.0
    half = 1.959964 * float(np.sqrt(((influence[:, 0] - share * influence[:, 1]) ** 2).sum()) / moved)
    return NetMoves(
        share, max(0.0, share - half), min(1.0, share + half), p, int((~np.isnan(stages)).any(1).sum())
    )
