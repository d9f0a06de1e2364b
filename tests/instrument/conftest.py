from pathlib import Path

import pytest

from coprod_measure.instrument.read import read_instrument

VALID = Path(__file__).parent / "examples" / "valid"


@pytest.fixture
def example():
    """Read one of the sound example instruments by its name."""
    return lambda name: read_instrument(VALID / f"{name}.yaml")
