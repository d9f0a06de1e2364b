"""The test of a two-level model by its residuals, with as many degrees of freedom as its clusters leave.

With b the unrestricted moments of both levels, e what the model leaves of them, D its derivatives, and H the
influence of each cluster on b (its scores times the inverse information), the residuals that no change of the
parameters takes away, c = K'e with K'D = 0, have the covariance K'H'HK, whatever the answers' distribution:

    T = c' (K'H'HK)^-1 c    (Browne 1984, eq. 2.20a; Yuan & Bentler 2003 for two levels).

That covariance is itself estimated from J clusters, so that T (J - df) / (J df) is referred to F with df and
J - df degrees of freedom, as Hotelling's T^2 is (Yuan & Bentler 1998, 1999).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.two_level import TwoLevel, pairs_of
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.solution.two_level import unrestricted_influences


def cluster_residual_statistic(solution: Solution) -> float:
    """Compute T of a two-level model that has degrees of freedom, fewer than clusters."""
    discrepancy, model, x = solution.discrepancy, solution.model, solution.minimum.x
    assert isinstance(discrepancy, TwoLevel)
    place = {name: k for k, name in enumerate(model.table.variables.observed)}
    p = len(place)
    column, row = np.triu_indices(p)
    cell = np.zeros((p, p), dtype=np.int64)
    cell[row, column] = cell[column, row] = p + np.arange(len(row))
    residuals, slopes, influences = [], [], []
    groups = zip(
        discrepancy.clusters,
        pairs_of(discrepancy.sample.groups),
        pairs_of(model.implied(x)),
        pairs_of(model.rules),
        strict=True,
    )
    for number, (clusters, moments, implied, rules) in enumerate(groups):
        names, known, influence = unrestricted_influences(
            model.table.levels_of_group(number), clusters, moments
        )
        own = np.array([np.concatenate([one.mu, one.sigma[row, column]]) for one in implied])
        moved = [moment_jacobian(one, two, model.n_free) for one, two in zip(rules, implied, strict=True)]
        level = np.array([at - 1 for *_, at in names])
        moment = np.array([place[a] if op == "~1" else cell[place[a], place[b]] for a, op, b, _ in names])
        residuals.append(known - own[level, moment])
        slopes.append(np.array(moved)[level, moment])
        influences.append(influence)
    directions = free_directions(model, solution.minimum)
    return _statistic(np.concatenate(residuals), np.vstack(slopes) @ directions, influences)


def _statistic(residuals: Floats, slopes: Floats, influences: list[Floats]) -> float:
    # In standard errors of the moments: of columns in other units none is taken for nothing.
    unit = np.sqrt(np.concatenate([(own**2).sum(axis=0) for own in influences]))
    slopes = slopes / unit[:, None]
    length = np.linalg.norm(slopes, axis=0)
    outside = null_space((slopes / np.where(length > 0.0, length, 1.0)).T)
    spread, start = np.zeros((outside.shape[1],) * 2), 0
    for own in influences:
        stop = start + own.shape[1]
        turned = (own / unit[start:stop]) @ outside[start:stop]
        spread += turned.T @ turned
        start = stop
    left = outside.T @ (residuals / unit)
    return float(left @ np.linalg.solve(spread, left))
