"""Any data frame becomes one of pandas; what is none is refused in one line."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coprod_measure.errors import DataError


def data_frame(data: Any, also: str = "") -> pd.DataFrame:
    """Take a frame of pandas as it is, and one of polars or Arrow through the interchange protocols.

    ``also``: what the caller takes besides, for the message.

    Raises
    ------
    DataError
        For an array, a list, a mapping: their columns have no names.

    Examples
    --------
    >>> import pyarrow
    >>> data_frame(pyarrow.table({"a": [1, 2]})).columns.tolist()
    ['a']
    """
    if isinstance(data, pd.DataFrame):
        return data
    if not isinstance(data, pd.Series | type):
        import pyarrow
        from pyarrow.interchange import from_dataframe

        if hasattr(data, "__arrow_c_stream__"):
            return pyarrow.table(data).to_pandas()
        if hasattr(data, "__dataframe__"):
            return from_dataframe(data).to_pandas()
    raise DataError(
        f"data are a {type(data).__name__}",
        place="data",
        cure=f"Hand over a data frame of pandas or polars{also}, with the variables as its columns",
        code="no-frame",
    )
