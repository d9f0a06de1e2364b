"""Averages and weakest parts, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coprod_measure.structure.averages import (
    ClaimEffect,
    PartEffect,
    average_claims,
    wald_p,
    weakest_part,
)
from coprod_measure.structure.claims import Claim


def claim(std: float, expected: int, draws: np.ndarray) -> ClaimEffect:
    return ClaimEffect(
        claim=Claim("H", "a", "b", (), expected), model="linear", respondents="all", n=100, estimate=std,
        se=0.1, std=std, std_draws=draws,
    )  # fmt: skip


def part(name: str, std: float, pvalue: float) -> PartEffect:
    return PartEffect(
        part=("linear", name, ""), estimate=std, std=std, ci_lower=std - 0.1, ci_upper=std + 0.1,
        inner=(std - 0.08, std + 0.08), pvalue=pvalue,
    )  # fmt: skip


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
    # Picked as the smallest of three.
    assert weakest_part([strong, weak, against]) == replace(against, pvalue=0.003)


def test_the_interval_for_equivalence_is_the_narrower_one_of_two_one_sided_tests() -> None:
    draws = 0.1 * np.random.default_rng(7).standard_normal(200_000)
    average = average_claims([claim(0.0, 1, draws)], level=0.05)
    # 90 % of a normal distribution with standard deviation .1 lie within 1.645 of them.
    assert average.inner == pytest.approx((-0.1645, 0.1645), abs=0.002)
