"""Indirect effects by each route, and what kind of mediation they are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats

MOST_ROUTES = 2000
MEDIATION = ("complementary", "competitive", "indirect_only", "direct_only", "no_effect")


def routes(acts: NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """List the routes of two steps and more, each as the constructs it passes.

    Raises
    ------
    ModelError
        If there are more than :data:`MOST_ROUTES`.

    Examples
    --------
    >>> routes(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=bool))
    ((0, 1, 2),)
    """
    below = [np.flatnonzero(row).tolist() for row in acts]
    found: list[tuple[int, ...]] = []
    front: list[tuple[int, ...]] = [(i, j) for i, ends in enumerate(below) for j in ends]
    while front:
        front = [(*route, j) for route in front for j in below[route[-1]]]
        found += front
        if len(found) > MOST_ROUTES:
            cure = "Ask for total effects"
            raise ModelError(f"there are more than {MOST_ROUTES} routes", place="model", cure=cure)
    return tuple(sorted(found, key=lambda route: (route[0], route[-1], len(route), route)))


def along(slopes: Floats, of: tuple[tuple[int, ...], ...]) -> Floats:
    """Products of the paths along each route, (B, k), of ``slopes`` (B, J, J)."""
    found = np.ones((len(slopes), len(of)))
    for k, route in enumerate(of):
        for i, j in pairwise(route):
            found[:, k] *= slopes[:, i, j]
    return found


def mediation(direct: tuple[float, float], indirect: tuple[float, float]) -> str:
    """Name the mediation that two intervals show (Zhao, Lynch & Chen 2010), one of :data:`MEDIATION`.

    Examples
    --------
    >>> mediation((0.1, 0.3), (0.05, 0.2)), mediation((-0.1, 0.3), (0.05, 0.2))
    ('complementary', 'indirect_only')
    """
    clear = [low > 0.0 or high < 0.0 for low, high in (direct, indirect)]
    if all(clear):
        return "complementary" if direct[0] * indirect[0] > 0.0 else "competitive"
    return "direct_only" if clear[0] else "indirect_only" if clear[1] else "no_effect"
