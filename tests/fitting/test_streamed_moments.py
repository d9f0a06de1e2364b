"""Moments streamed from a file are those of the frame."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from coprod_measure.errors import DataError
from coprod_measure.fitting.streamed_moments import stream_moments

NAMES = ["a", "b", "c"]


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(1000, 3)) + np.array([1e6, 0.0, -5.0]), columns=NAMES)
    data.loc[::97, "b"] = np.nan
    return data


@pytest.mark.parametrize("batch_size", [7, 100, 5000])
def test_moments_of_complete_rows(tmp_path: Path, batch_size: int) -> None:
    data = frame()
    path = tmp_path / "answers.parquet"
    data.to_parquet(path)
    found = stream_moments(path, NAMES, batch_size=batch_size)
    complete = data.dropna()
    assert found.n == len(complete)
    np.testing.assert_allclose(found.cov, complete.cov(), rtol=1e-9)
    np.testing.assert_allclose(found.means, complete.mean(), rtol=1e-12)


def test_problems_are_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    frame().to_parquet(path)
    with pytest.raises(DataError, match="no column zz"):
        stream_moments(path, ["a", "zz"])
    with pytest.raises(DataError, match="cannot be read"):
        stream_moments(tmp_path / "none.parquet", NAMES)


STREAMED = """
import sys
import pyarrow
from coprod_measure.fitting.streamed_moments import stream_moments
moments = stream_moments(sys.argv[1], list("abcd"), batch_size=10_000)
print(moments.n, pyarrow.default_memory_pool().max_memory())
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    part = pa.table({name: np.random.default_rng(4).standard_normal(50_000) for name in "abcd"})
    path = tmp_path / "long.parquet"
    with parquet.ParquetWriter(path, part.schema) as file:
        for _ in range(20):
            file.write_table(part)
    # In a process of its own: the pool remembers its peak.
    printed = subprocess.run(
        [sys.executable, "-c", STREAMED, str(path)], capture_output=True, text=True, check=True
    ).stdout
    n, peak = (int(number) for number in printed.split())
    assert n == 1_000_000
    assert peak < 5 * part.nbytes
