"""Codes of groups as text: one name for a group, whatever type its column has."""

from __future__ import annotations

import numpy as np
import pandas as pd


def group_code(group: object) -> str:
    """Write the code of a group as text, also where gaps made floats of the codes.

    Examples
    --------
    >>> group_code(2.0), group_code("Berlin")
    ('2', 'Berlin')
    """
    return str(int(group)) if isinstance(group, float) and group.is_integer() else str(group)


def group_codes(column: pd.Series) -> np.ndarray:
    """Write the group of each row as text; None where there is none."""
    names = [None if missing else group_code(one) for one, missing in zip(column, column.isna(), strict=True)]
    return np.asarray(names, dtype=object)
