"""Names of rotations; light, so that a study file is checked without the engine."""

from __future__ import annotations

from typing import Literal, get_args

Orthogonal = Literal["varimax", "quartimax", "orthomax", "entropy", "geomin_orthogonal", "bifactor"]
Oblique = Literal[
    "oblimin",
    "quartimin",
    "geomin",
    "bifactor_oblique",
    "bigeomin",
    "promax",
    "infomax",
    "bentler",
    "simplimax",
    "cf",
    "cf_quartimax",
    "cf_varimax",
    "cf_equamax",
    "cf_parsimax",
    "cf_facparsim",
]
# Those towards a target want a matrix, which no file gives.
Rotation = Literal["none", Orthogonal, Oblique]


def rotations() -> tuple[str, ...]:
    """All names, flat."""
    return ("none", *get_args(Orthogonal), *get_args(Oblique))
