"""One BLAS thread while the engine computes: at these sizes a second one costs more than it gives."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within a ``with`` block."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1)
    return limited
