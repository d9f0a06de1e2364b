"""What holds for every test."""

from __future__ import annotations

import gc


def pytest_configure() -> None:
    """Thousands of tests live as long as the session: the collector need not walk over them again and again."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
