"""Averages, weakest parts and verdicts, by hand and against published adjustments."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.structure.verdicts import (
    ClaimResult,
    PartResult,
    average_claims,
    verdict,
    wald_p,
    weakest_part,
)


def claim(std: float, expected: int, draws: np.ndarray, *, indirect: bool = False) -> ClaimResult:
    return ClaimResult("H", "all", 100, "a", "", "b", expected, std, 0.1, std, draws, indirect)


def part(name: str, std: float, pvalue: float) -> PartResult:
    return PartResult(name, std, std, std - 0.1, std + 0.1, pvalue)


def test_wald_p_is_that_of_the_normal_table() -> None:
    assert wald_p(1.959964, 1.0) == pytest.approx(0.05, abs=1e-6)
    assert wald_p(-2.575829, 1.0) == pytest.approx(0.01, abs=1e-6)
    assert wald_p(0.3, 0.0) == 1.0


def test_claims_are_turned_before_they_are_averaged() -> None:
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((2, 20_000)) * 0.1
    average = average_claims([claim(0.4, 1, 0.4 + noise[0]), claim(-0.2, -1, -0.2 + noise[1])])
    assert average.std == pytest.approx(0.3)
    # Independent draws of standard deviation .1: the average of two has .1 / sqrt(2).
    assert average.ci_upper - average.ci_lower == pytest.approx(2 * 1.96 * 0.1 / np.sqrt(2), rel=0.03)


def test_claims_that_vary_together_gain_no_precision_from_averaging() -> None:
    draws = 0.4 + 0.1 * np.random.default_rng(6).standard_normal(20_000)
    average = average_claims([claim(0.4, 1, draws), claim(0.4, 1, draws)])
    assert average.ci_upper - average.ci_lower == pytest.approx(2 * 1.96 * 0.1, rel=0.03)


def test_a_hypothesis_stands_or_falls_with_its_weakest_part() -> None:
    strong, weak, against = part("a", 0.5, 0.001), part("b", 0.1, 0.2), part("c", -0.4, 0.001)
    assert weakest_part([strong, weak]) is weak
    assert weakest_part([strong, weak, against]) is against


def test_an_average_alone_supports_only_in_part() -> None:
    assert verdict(0.3, 0.01, signed=True, level=0.05, every_claim_holds=False) == "supported in part"
    assert verdict(0.3, 0.20, signed=True, level=0.05, every_claim_holds=False) == "not supported"
    assert verdict(-0.3, 0.01, signed=True, level=0.05, every_claim_holds=False) == "contradicted"


@pytest.mark.parametrize(
    ("std", "p", "signed", "expected"),
    [
        (0.3, 0.049, True, "supported"),
        (0.3, 0.05, True, "not supported"),
        (-0.3, 0.01, True, "contradicted"),
        (-0.3, 0.01, False, "supported"),
    ],
)
def test_verdicts(std: float, p: float, signed: bool, expected: str) -> None:
    assert verdict(std, p, signed=signed, level=0.05) == expected
