"""Codes as text: one name for a group or an answer, whatever type its column has."""

from __future__ import annotations

import numpy as np
import pandas as pd


def code_as_text(code: object) -> str:
    """Write a code, also where gaps made floats of a column's codes.

    Examples
    --------
    >>> code_as_text(2.0), code_as_text(1_000_000.0), code_as_text("Berlin")
    ('2', '1000000', 'Berlin')
    """
    whole = isinstance(code, float | np.floating) and float(code).is_integer()
    return str(int(code)) if whole else str(code)  # type: ignore[call-overload]


def texts_of_codes(column: pd.Series) -> np.ndarray:
    """Write the code of each row; None where there is none."""
    texts = [
        None if missing else code_as_text(one) for one, missing in zip(column, column.isna(), strict=True)
    ]
    return np.asarray(texts, dtype=object)
