"""Names that a study file may give to this room; light, so that a file is checked without the engine."""

from __future__ import annotations

from typing import Literal

Extra = Literal[
    "blocks",
    "higher_order",
    "esem",
    "item_information",
    "htmt_variants",
    "discriminant_tests",
    "ordinal_model",
    "ordinal_reliability",
    "reliability_intervals",
    "ordinal_invariance",
    "permutation",
    "alignment",
    "waves",
    "retest",
    "method_bias",
    "marker",
    "scores",
]
Orthogonal = Literal["varimax", "quartimax", "geomin_orthogonal", "bifactor"]
Oblique = Literal["oblimin", "quartimin", "geomin", "bifactor_oblique", "promax"]
# Those towards a target want a matrix, which no file gives.
Rotation = Literal["none", Orthogonal, Oblique]
