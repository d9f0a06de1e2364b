import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.measurement.validity import discriminant_tests as module
from coprod_measure.measurement.validity.discriminant_tests import TEST_COLUMNS, discriminant_tests


@pytest.mark.parametrize("cutoff", [0.85, 0.9])
def test_tests_agree_with_semtools(items, scales, stored, cutoff):
    expected = stored("measurement_discriminant", f"cutoff_{100 * cutoff:g}")
    found = discriminant_tests(items, scales, cutoff=cutoff)
    table = found.table()
    assert tuple(table.columns) == TEST_COLUMNS
    np.testing.assert_array_equal(table["construct_1"], expected["lhs"])
    np.testing.assert_array_equal(table["construct_2"], expected["rhs"])
    np.testing.assert_allclose(table["correlation"], expected["est"], atol=1e-4)
    np.testing.assert_allclose(table["ci_lower"], expected["ci.lower"], atol=1e-4)
    np.testing.assert_allclose(table["ci_upper"], expected["ci.upper"], atol=1e-4)
    np.testing.assert_allclose(table["delta_chisq"], expected["Chisq diff"], rtol=1e-4)
    assert table["distinct"].all()


def test_two_halves_of_one_construct_are_not_distinct():
    rng = np.random.default_rng(7)
    x = 0.8 * rng.standard_normal((400, 1)) + 0.6 * rng.standard_normal((400, 6))
    frame = pd.DataFrame(x, columns=list("abcdef"))
    row = discriminant_tests(frame, {"p": list("abc"), "q": list("def")}).table().iloc[0]
    assert not row["distinct"]
    assert row["correlation"] > 0.9


def test_one_construct_cannot_be_compared(items, scales):
    with pytest.raises(MeasurementError, match="1 reflective"):
        discriminant_tests(items, {"A": scales["A"]})


def test_the_closest_pairs_are_tested_first(items, scales):
    said = []
    found = discriminant_tests(items, scales, most=2, progress=said.append)
    assert found.left_out == 8
    assert set(zip(found.tests["construct_1"], found.tests["construct_2"], strict=True)) == {
        ("A", "E"),
        ("E", "O"),
    }
    assert said == ["Tests of discriminant validity: pair 1 of 2"]


def test_a_pair_without_a_test_is_neither_distinct_nor_not(items, scales, monkeypatch):
    why = NotAvailable("the difference is not scaled")
    monkeypatch.setattr(module, "difference", lambda *_: (why, 1.0, why))
    found = discriminant_tests(items, {name: scales[name] for name in ("A", "E")})
    assert found.tests["distinct"].tolist() == [None]
    assert found.unavailable.to_numpy().tolist() == [["A", "E", "the difference is not scaled"]]
