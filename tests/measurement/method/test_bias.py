import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.measurement.method.bias import (
    COLLINEARITY_COLUMNS,
    METHOD_COLUMNS,
    harman_share,
    method_bias,
    variance_inflation,
)
from coprod_measure.measurement.method.path_changes import paths_among


def test_vif_is_one_over_one_minus_r_squared():
    R = np.array([[1, 0.6, 0.3], [0.6, 1, 0.2], [0.3, 0.2, 1]])
    beta = np.linalg.solve(R[1:, 1:], R[1:, 0])
    assert variance_inflation(R)[0] == pytest.approx(1 / (1 - beta @ R[1:, 0]))


def test_harman_of_equal_correlations():
    R = np.full((4, 4), 0.5)
    np.fill_diagonal(R, 1.0)
    assert harman_share(R) == pytest.approx((1 + 3 * 0.5) / 4)


def test_real_items(items, scales):
    found = method_bias(items, scales)
    assert tuple(found.table().columns) == COLLINEARITY_COLUMNS
    assert not found.collinearity["above_3_3"].any()
    assert found.harman == pytest.approx(5.13 / 25, abs=0.01)
    assert tuple(found.method_factor.columns) == METHOD_COLUMNS
    assert found.delta_df == 25
    assert found.pvalue < 0.001


def test_error_of_the_share_and_intervals_of_paths_agree_with_lavaan(items, scales, stored):
    chosen = {name: scales[name] for name in "AEN"}
    found = method_bias(items, chosen, structure="N ~ A + E")
    shares = stored("measurement_method_factor", "shares", "construct")
    own = found.method_factor.set_index("construct")
    np.testing.assert_allclose(own[["method", "method_se"]], shares[["method", "method_se"]], atol=2e-6)
    paths = stored("measurement_method_factor", "paths")
    columns = ["method", "method_ci_lower", "method_ci_upper"]
    # Our factors are turned to positive loadings; unturned, N is a mirror image in the model with the method.
    np.testing.assert_allclose(found.paths[columns], paths[columns], atol=2e-5)
    assert found.paths.set_index("rhs").loc["E", "baseline"] < 0


def test_two_constructs_have_no_method_factor_of_their_own(items, scales):
    found = method_bias(items, {"A": scales["A"][:3], "N": scales["N"][:3]})
    assert isinstance(found.method_factor, NotAvailable)
    assert isinstance(found.delta_chisq, NotAvailable)
    assert "fewer than three constructs" in found.delta_chisq.reason
    assert found.pvalue == found.delta_chisq


def test_one_construct_is_not_enough(items, scales):
    with pytest.raises(MeasurementError, match="two reflective"):
        method_bias(items, {"A": scales["A"]})


def test_collinearity_of_constructs_that_are_one_is_refused():
    """Items agree more with those of the other construct than with their own: the factors correlate above 1."""
    rng = np.random.default_rng(2)
    error = 0.9 * rng.standard_normal((300, 6))
    for own in (slice(0, 3), slice(3, 6)):
        error[:, own] -= 0.8 * error[:, own].mean(axis=1, keepdims=True)
    data = pd.DataFrame(rng.standard_normal((300, 1)) + error, columns=list("abcdef"))
    found = method_bias(data, {"p": list("abc"), "q": list("def")})
    assert isinstance(found.collinearity, NotAvailable)
    assert "told apart" in found.collinearity.reason
    assert found.table().empty
    assert 0.4 < found.harman < 0.8


def test_a_method_factor_takes_its_part_out_of_the_paths():
    """Two unrelated constructs and a third; every item holds 25 % of one habit, which raises all relations."""
    rng = np.random.default_rng(31)
    n = 1500
    factors = rng.standard_normal((n, 3))
    habit = rng.standard_normal((n, 1))
    loadings = np.tile([0.85, 0.7, 0.55], 3)
    x = loadings * np.repeat(factors, 3, axis=1) + rng.uniform(0.4, 0.6, 9) * habit
    frame = pd.DataFrame(x + 0.5 * rng.standard_normal((n, 9)), columns=[f"x{k}" for k in range(9)])
    constructs = {name: [f"x{3 * k + j}" for j in range(3)] for k, name in enumerate("abc")}
    paths = method_bias(frame, constructs, structure="c ~ a + b").paths.set_index("rhs")
    assert (paths["baseline"] > 0.1).all()
    assert (paths["method"].abs() < paths["baseline"]).all()
    assert isinstance(method_bias(frame, constructs).paths, NotAvailable)


def test_paths_of_other_constructs_are_left_out():
    assert paths_among("c ~ a + z\ny ~ a\nb ~ z", ["a", "b", "c"]) == "c ~ a"
