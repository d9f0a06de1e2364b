from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.shipped import shipped_folder

REVERSED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")


@pytest.fixture(scope="session")
def bfi() -> pd.DataFrame:
    """Answers of 2,800 people to 25 items, keyed so that high always means high."""
    frame = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").astype(float)
    frame[list(REVERSED)] = 7 - frame[list(REVERSED)]
    return frame


@pytest.fixture(scope="session")
def items(bfi: pd.DataFrame) -> pd.DataFrame:
    return bfi.iloc[:, :25]


@pytest.fixture(scope="session")
def scales() -> dict[str, list[str]]:
    return {trait: [f"{trait}{i}" for i in range(1, 6)] for trait in "ACENO"}


@pytest.fixture(scope="session")
def stored() -> Callable[..., pd.DataFrame]:
    """Read a stored table of a reference case."""
    folder = Path(__file__).parents[1] / "reference"

    def read(case: str, name: str, index: str | None = None) -> pd.DataFrame:
        frame = pd.read_csv(folder / case / f"{name}.csv", keep_default_na=True)
        return frame if index is None else frame.set_index(index)

    return read
