"""The least certain claim decides, and what could not be computed shows nothing."""

from __future__ import annotations

from math import nan

import pytest

from coprod_measure.structure.evidence import BETA, COHENS_D, Finding, by_weakest


def finding(pvalue: float, direction: int = 1, measure: str = "odds", **numbers: float) -> Finding:
    return Finding(
        hypothesis="H", source="x", measure=measure, n=100, pvalue=pvalue, direction=direction,
        **{"estimate": 0.1, **numbers},
    )  # fmt: skip


def test_a_p_value_that_could_not_be_computed_supports_nothing() -> None:
    evidence = by_weakest("toy", [finding(0.001), finding(nan), finding(0.002)], 0.05)
    assert evidence.direction == 0
    assert [one.direction for one in evidence.findings] == [1, 0, 1]


def test_the_wrong_sign_is_the_least_certain() -> None:
    assert by_weakest("toy", [finding(0.04), finding(0.03, -1)], 0.05).direction == -1


def test_one_claim_of_many_that_goes_the_other_way_is_adjusted() -> None:
    many = [finding(0.3) for _ in range(9)]
    assert by_weakest("toy", [*many, finding(0.03, -1)], 0.05).pvalue == pytest.approx(0.3)
    assert by_weakest("toy", [finding(0.03, -1)], 0.05).pvalue == pytest.approx(0.03)


def test_the_interval_for_equivalence_holds_those_of_all_claims() -> None:
    slopes = [
        finding(0.5, measure=BETA, std=0.0, ci_lower=-0.0196, ci_upper=0.0196),
        finding(0.5, measure=BETA, std=0.05, ci_lower=0.0304, ci_upper=0.0696),
    ]
    # 90 % intervals of errors of .01.
    assert by_weakest("toy", slopes, 0.05).inner == pytest.approx((-0.016449, 0.066449), abs=1e-6)
    assert by_weakest("toy", [*slopes, finding(0.5)], 0.05).inner == ()


def test_a_difference_of_means_counts_as_a_correlation() -> None:
    arms = [finding(0.5, measure=COHENS_D, estimate=0.0, ci_lower=-0.196, ci_upper=0.196)]
    # d = .1645 between two groups of one size is r = .082 (Cohen 1988, table 2.2.1: d = .2 is r = .100).
    assert by_weakest("toy", arms, 0.05).inner == pytest.approx((-0.08197, 0.08197), abs=1e-4)
