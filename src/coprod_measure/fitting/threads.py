"""One BLAS thread while the engine computes: at these sizes a second one costs more than it gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within a ``with`` block."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1)
    return limited


def on_one_thread(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a function within :func:`one_thread`."""

    @wraps(function)
    def held(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with one_thread():
            return function(*args, **kwargs)

    return held
