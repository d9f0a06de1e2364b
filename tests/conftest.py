"""What holds for every test."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

# The suite says the same of the same code, also on a busy machine: examples are drawn from the test's name, and the
# order of the tests and what draws from a global generator come from one seed. `make fuzz` looks for new ones.
settings.register_profile("suite", settings.get_profile("ci"), max_examples=60)
settings.load_profile("suite")
ORDER = 1
"""`pytest --randomly-seed=N` tries another."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Thousands of tests live as long as the session: the collector need not walk over them again and again."""
    gc.disable()
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = ORDER


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
