"""Where the next draws tell most about the smallest samples."""

from __future__ import annotations

from collections.abc import Mapping

from coprod_measure.errors import NotAvailable
from coprod_measure.planning.curve import SmallestN

_STEP = 25
"""Samples are rounded to a grid of about this many a doubling, so that draws at one place add up."""


def next_sample(
    found: Mapping[str, SmallestN | NotAvailable], least: int, most: int, tolerance: float
) -> int | None:
    """Choose the sample of the next draws: where the claim that is known least has its wanted power.

    Parameters
    ----------
    found : mapping
        Claim to the smallest sample, as far as it is known by now.
    least, most : int
        Samples that are drawn.
    tolerance : float
        Width of the interval, as a share of n, that is narrow enough.

    Returns
    -------
    int or None
        None where every claim that can be reached between ``least`` and ``most`` is known well enough.

    Examples
    --------
    >>> known, vague = SmallestN(300, 290, 310), SmallestN(620, 400, 800)
    >>> next_sample({"a": known, "b": vague}, 100, 2000, 0.10), next_sample({"a": known}, 100, 2000, 0.10)
    (624, None)
    """
    reachable = [
        one
        for one in found.values()
        if isinstance(one, SmallestN)
        and one.upper >= least
        and one.lower <= most
        and one.relative_width > tolerance
    ]
    if not reachable:
        return None
    vague = max(reachable, key=lambda one: one.relative_width)
    step = max(vague.n // _STEP, 1)
    return max(least, min(most, round(vague.n / step) * step))
