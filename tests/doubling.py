"""Whether time grows with the size of what is read, or with its square."""

from __future__ import annotations

import contextlib
import gc
import resource
from collections.abc import Callable

from coprod_measure.errors import CoprodError

Work = Callable[[], object]


def grows_with_its_size(work_of: Callable[[int], Work], size: int, hardly_any: float = 0.05) -> None:
    """Twice the size takes less than three times as long, or fewer seconds than ``hardly_any``."""
    if seconds(work_of(2 * size), times=1) < hardly_any:
        return
    half = whole = 0.0
    for _ in range(3):  # the machine is shared: once is enough
        half, whole = (seconds(work_of(n)) for n in (size, 2 * size))
        if whole < max(3.0 * half, hardly_any):
            return
    raise AssertionError(f"{half:.3f} s for {size:,}, {whole:.3f} s for twice as much")


def seconds(work: Work, times: int = 2) -> float:
    """Least time on a processor, of children that have ended too."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(times):
            start = _cpu()
            with contextlib.suppress(CoprodError, ValueError):
                work()
            best = min(best, _cpu() - start)
    finally:
        gc.enable()
    return best


def _cpu() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
