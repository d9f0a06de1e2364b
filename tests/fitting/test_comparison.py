"""Difference tests do not depend on the errors on display, and are lavaan's (0.7-2, stored)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ModelError
from coprod_measure.estimation.discrepancies.full_information import FullInformation

REFERENCE = Path(__file__).parents[1] / "reference"
TWO = "f1 =~ u1 + u2 + u3 + u4\nf2 =~ u5 + u6 + u7 + u8"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
LABELLED = THREE.replace("x9", "c(a1, a2)*x9")
ORDERED = {"ordered": [f"u{k}" for k in range(1, 9)]}
CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "wlsmv": (TWO, "\nf1 ~~ 0*f2", "ordinal", ORDERED),
    "wlsmv_standard": (TWO, "\nf1 ~~ 0*f2", "ordinal", {**ORDERED, "se": "standard"}),
    "dwls_scaled_shifted": (
        TWO,
        "\nf1 ~~ 0*f2",
        "ordinal",
        {**ORDERED, "estimator": "DWLS", "test": "scaled_shifted"},
    ),
    "mlmv": (
        THREE,
        "\nvisual ~~ 0*speed\ntextual ~~ 0*speed",
        "holzinger_swineford",
        {"estimator": "MLMV"},
    ),
    "ml_scaled_shifted_groups": (
        LABELLED,
        "\na1 == a2",
        "holzinger_swineford",
        {"group": "school", "test": "scaled_shifted"},
    ),
    "ml_satorra_bentler_groups": (
        LABELLED,
        "\na1 == a2",
        "holzinger_swineford",
        {"group": "school", "test": "satorra_bentler"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_scaled_differences_are_those_of_lavaan(case: str) -> None:
    theirs = pd.read_csv(REFERENCE / "scaled_differences" / "differences.csv").set_index("case").loc[case]
    model, restriction, file, options = CASES[case]
    data = pd.read_csv(REFERENCE / "data" / f"{file}.csv")
    free = cm.cfa(model, data, **options)
    found = free.compare(cm.cfa(model + restriction, data, **options), method="satorra_2000")
    assert found.df == theirs["df"]
    assert found.statistic == pytest.approx(theirs["statistic"], rel=1e-5)
    assert found.pvalue == pytest.approx(theirs["pvalue"], rel=1e-3)


@pytest.mark.parametrize("se", ["none", "bootstrap"])
def test_the_errors_on_display_do_not_matter(se: str) -> None:
    data = pd.read_csv(REFERENCE / "data" / "ordinal.csv")
    ours = [
        cm.cfa(TWO, data, **ORDERED, se=kind, bootstrap=3, seed=1).compare(
            cm.cfa(TWO + "\nf1 ~~ 0*f2", data, **ORDERED, se=kind, bootstrap=3, seed=1)
        )
        for kind in (se, "robust_sem")
    ]
    assert ours[0].method == "satorra_2000"
    assert ours[0].statistic == pytest.approx(ours[1].statistic)


def test_mean_adjusted_tests_of_ordered_answers_differ_as_those_of_continuous_ones() -> None:
    # As in lavaan: (T0 - T1) / ((d0 c0 - d1 c1) / (d0 - d1)), Satorra & Bentler (2001).
    data = pd.read_csv(REFERENCE / "data" / "ordinal.csv")
    free, fixed = (
        cm.cfa(TWO + more, data, **{**ORDERED, "estimator": "WLSM"}) for more in ("", "\nf1 ~~ 0*f2")
    )
    found = free.compare(fixed)
    assert found.method == "satorra_bentler_2001"
    t0, d0, c0 = fixed.fit_measures[["chisq", "df", "chisq_scaling_factor"]]
    t1, d1, c1 = free.fit_measures[["chisq", "df", "chisq_scaling_factor"]]
    assert found.statistic == pytest.approx((t0 - t1) / (d0 * c0 - d1 * c1))


FACTOR = "f =~ x1 + x2 + x3 + x4"
APART = {
    "means": (FACTOR, {}, FACTOR + "\nx1 ~~ x2", {"mean_structure": True}, "has means, the other has none"),
    "given": (
        "x7 ~ x1 + x4",
        {},
        "x7 ~ x1 + 0*x4",
        {"fixed_x": False},
        "given x1, x4, the other is of x1, x4",
    ),
    "likelihood": (FACTOR, {}, FACTOR + "\nx1 ~~ x2", {"likelihood": "wishart"}, "counts n, the other n - 1"),
}


@pytest.mark.parametrize("case", APART)
@pytest.mark.parametrize("function", ["compare", "vuong"])
def test_fits_with_other_likelihoods_are_not_compared(case: str, function: str) -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    model, options, rival, others, words = APART[case]
    one, two = cm.sem(model, data, **options), cm.sem(rival, data, **others)
    for first, second in ((one, two), (two, one)):
        with pytest.raises(ModelError, match=words):
            getattr(first, function)(second)


def test_a_scaled_test_is_not_compared_with_an_unscaled_one() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    scaled = cm.cfa(FACTOR, data, test="satorra_bentler", se="robust_sem")
    with pytest.raises(ModelError, match=r"the tests differ \(standard and satorra_bentler\)"):
        cm.cfa(FACTOR + "\nx1 ~~ x2", data).compare(scaled)


def test_weighted_respondents_are_not_compared_with_equal_ones() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv").assign(w=[1.0, 2.0, 3.0] * 100 + [1.0])
    weighted = cm.cfa(FACTOR, data, estimator="MLR", weights="w")
    plain = cm.cfa(FACTOR + "\nx1 ~~ x2", data, estimator="MLR", mean_structure=True)
    with pytest.raises(ModelError, match="weights"):
        weighted.compare(plain)


def test_without_a_saturated_model_likelihoods_give_the_same_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    rng = np.random.default_rng(12)
    items = [f"x{k}" for k in range(1, 10)]
    data[items] = data[items].mask(rng.random((len(data), 9)) < 0.1)
    how: dict[str, Any] = {"estimator": "MLR", "missing": "fiml", "group": "school"}

    def difference() -> tuple[object, object]:
        found = cm.cfa(THREE, data, **how).compare(cm.cfa(THREE, data, group_equal=("loadings",), **how))
        return found.statistic, found.pvalue

    known = difference()
    monkeypatch.setattr(FullInformation, "testable", property(lambda _: False))
    assert difference() == pytest.approx(known, rel=1e-6)
