"""Verdicts of evidence with and without p values."""

from __future__ import annotations

from math import nan

import pytest

from coprod_measure.structure.verdicts import is_negligible, verdict


def test_an_average_alone_supports_only_in_part() -> None:
    assert verdict(1, 0.01, level=0.05, every_claim_holds=False) == "supported in part"
    assert verdict(1, 0.20, level=0.05, every_claim_holds=False) == "not supported"
    assert verdict(-1, 0.01, level=0.05, every_claim_holds=False) == "contradicted"


@pytest.mark.parametrize(
    ("direction", "p", "level", "expected"),
    [
        (1, 0.049, 0.05, "supported"),
        (1, 0.05, 0.05, "not supported"),
        (1, 0.049, 0.01, "not supported"),
        (-1, 0.01, 0.05, "contradicted"),
        # Kinds without p values judge by themselves.
        (1, nan, 0.05, "supported"),
        (-1, nan, 0.05, "contradicted"),
        (0, nan, 0.05, "not supported"),
    ],
)
def test_verdicts(direction: int, p: float, level: float, expected: str) -> None:
    assert verdict(direction, p, level=level) == expected


def test_negligible_is_told_from_not_shown() -> None:
    assert verdict(1, 0.3, level=0.05, negligible=True) == "shown to be negligible"
    # Significant and smaller than what matters: the claim is about its sign, so it holds.
    assert verdict(1, 0.01, level=0.05, negligible=True) == "supported"


@pytest.mark.parametrize(
    ("inner", "smallest", "expected"),
    [
        ((-0.09, 0.09), 0.1, True),
        ((-0.09, 0.11), 0.1, False),
        ((-0.1, 0.05), 0.1, False),
        ((-0.01, 0.01), None, False),
        ((), 0.1, False),
    ],
)
def test_an_effect_is_negligible_where_its_interval_lies_within_the_bounds(
    inner: tuple[float, ...], smallest: float | None, *, expected: bool
) -> None:
    assert is_negligible(inner, smallest) is expected
