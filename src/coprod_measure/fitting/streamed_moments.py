"""Moments of files too large for memory: one pass, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.fitting.data import Moments

BATCH = 100_000


def stream_moments(path: str | Path, variables: Sequence[str], *, batch_size: int = BATCH) -> Moments:
    """Sum a Parquet file up to its covariance matrix and means.

    Parameters
    ----------
    path : str or Path
        Parquet file, one row a respondent.
    variables : sequence of str
        Numeric columns.
    batch_size : int
        Rows held in memory at a time.

    Returns
    -------
    Moments
        Of the rows without missing values among ``variables``.

    Raises
    ------
    DataError
        If the file or a column is missing, or fewer than two rows are complete.
    """
    import pyarrow.parquet as parquet

    names = list(variables)
    try:
        # By default Arrow reads ahead and holds all row groups that it has read: the whole file in the end.
        file = parquet.ParquetFile(path, pre_buffer=False)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as Parquet ({error})", place=Path(path).name) from error
    missing = sorted(set(names) - set(file.schema_arrow.names))
    if missing:
        raise DataError(f"no column {', '.join(missing)}", place=Path(path).name, cure="Check the names")
    n, total, product = 0, np.zeros(len(names)), np.zeros((len(names), len(names)))
    shift: np.ndarray | None = None
    for batch in file.iter_batches(batch_size=batch_size, columns=names):
        block = np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in names]).astype(
            float
        )
        block = block[~np.isnan(block).any(axis=1)]
        if not len(block):
            continue
        # Sums of squares about a rough mean keep their digits where raw ones would lose them.
        shift = block.mean(axis=0) if shift is None else shift
        block -= shift
        n += len(block)
        total += block.sum(axis=0)
        product += block.T @ block
    if n < 2 or shift is None:
        raise DataError("fewer than two complete rows", place=Path(path).name, cure="Choose other variables")
    cov = (product - np.outer(total, total) / n) / (n - 1)
    return Moments(pd.DataFrame(cov, names, names), n, pd.Series(total / n + shift, names))
