"""Whether estimates are possible values: Heywood cases and impossible covariance matrices, by name."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.solution.estimate import Solution

TOLERANCE = -1e-8


def inadmissible(solution: Solution, places: tuple[str, ...]) -> tuple[str, ...]:
    """Say what is impossible about a solution.

    Parameters
    ----------
    places : tuple of str
        Words for each group, for the messages.

    Returns
    -------
    tuple of str
        One sentence a problem; empty when the solution is admissible.
    """
    found = []
    for group, implied, where in zip(
        solution.model.groups, solution.model.implied(solution.minimum.x), places, strict=True
    ):
        for names, matrix, what in (
            (group.observed, implied.theta, "residual variance"),
            (group.latent, implied.psi, "variance"),
        ):
            negative = [names[k] for k in np.flatnonzero(np.diagonal(matrix) < TOLERANCE)]
            found += [f"the {what} of {name} is negative{where} (a Heywood case)" for name in negative]
        if (
            not found
            and len(implied.v)
            and np.linalg.eigvalsh(implied.v[: group.n_latent, : group.n_latent]).min(initial=0.0) < TOLERANCE
        ):
            found.append(f"the covariance matrix of the latent variables is not positive definite{where}")
        if not found and np.linalg.eigvalsh(implied.theta).min(initial=0.0) < TOLERANCE:
            found.append(f"the covariance matrix of the residuals is not positive definite{where}")
    return tuple(found)
