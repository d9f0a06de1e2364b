"""The logistic regression agrees with R, and says so when there is none."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.structure.equations import logistic_regression, without_error

# R 4.2.2: x <- (1:12 - 6.5) / sqrt(mean((1:12 - 6.5)^2)); glm(y ~ x, binomial(), control = list(epsilon = 1e-12))
R_SLOPE, R_SE = 2.04554659361, 1.092493369195
Y = np.array([0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1], dtype=float)
X = np.arange(1.0, 13.0)[:, None]


def test_slope_agrees_with_glm() -> None:
    slope = logistic_regression(Y, X, ("x",))
    assert slope.estimate == pytest.approx([R_SLOPE], abs=1e-5)
    assert slope.se == pytest.approx([R_SE], abs=1e-5)
    assert slope.n == 12
    fitted = (X[:, 0] - X.mean()) / X.std() * R_SLOPE
    assert slope.std == pytest.approx([R_SLOPE / np.sqrt(fitted.var() + np.pi**2 / 3)], abs=1e-5)


# R 4.2.2, base only: glm(y ~ z, quasibinomial(), weights = w), z standardised with the weights w (mean 1), and the
# sandwich of cluster sums: X <- cbind(1, z); u <- X * (w * (y - p)); A <- solve(t(X) %*% (X * (w * p * (1 - p))))
# s <- rowsum(u, g); sqrt((A %*% (t(s) %*% s) %*% A)[2, 2])
@pytest.mark.parametrize(
    ("clusters", "weights", "slope", "se"),
    [
        (np.repeat(range(6), 2), None, 2.045546593607, 0.778945432001),
        (np.repeat(range(6), 2), np.tile([0.5, 1.5], 6), 3.129041370915, 0.929812882419),
        (None, np.tile([0.5, 1.5], 6), 3.129041370915, 1.25955092455),
    ],
)
def test_clusters_and_weights_agree_with_r(
    clusters: np.ndarray | None, weights: np.ndarray | None, slope: float, se: float
) -> None:
    got = logistic_regression(Y, X, ("x",), clusters=clusters, weights=weights)
    assert got.estimate == pytest.approx([slope], rel=1e-6)
    assert got.se == pytest.approx([se], rel=1e-6)


def test_missing_answers_are_left_out() -> None:
    y, x = np.append(Y, [np.nan, 1.0]), np.vstack([X, [[3.0]], [[np.nan]]])
    assert logistic_regression(y, x, ("x",)).estimate == pytest.approx([R_SLOPE], abs=1e-5)


@pytest.mark.parametrize(
    ("y", "x"),
    [(np.ones(12), X), (Y, np.ones((12, 1))), ((X[:, 0] > 6).astype(float), X)],
    ids=["everybody says yes", "a constant predictor", "perfect separation"],
)
def test_what_cannot_be_estimated_is_refused(y: np.ndarray, x: np.ndarray) -> None:
    with pytest.raises(EstimationError) as caught:
        logistic_regression(y, x, ("x",))
    assert caught.value.problems[0].cure


def test_error_of_predictors_is_taken_off() -> None:
    rng = np.random.default_rng(5)
    n = 40_000
    true = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], n)
    yes = (1.2 * true[:, 0] + rng.logistic(size=n) > 0).astype(float)
    shares = np.array([0.7, 0.8])
    seen = true + rng.normal(size=(n, 2)) * np.sqrt(1 / shares - 1)
    naive = logistic_regression(yes, seen, ("a", "b"))
    found = without_error(naive, shares)
    assert found is not None
    # The naive slopes share out what the first cause does; b does nothing.
    assert naive.estimate[1] > 0.15
    assert found.estimate == pytest.approx([1.2, 0.0], abs=0.07)
    assert found.r_squared == pytest.approx(1.44 / (1.44 + np.pi**2 / 3), abs=0.02)
    same = without_error(naive, np.ones(2))
    assert same is not None
    assert same.estimate == pytest.approx(naive.estimate)
    assert same.se == pytest.approx(naive.se)
    assert without_error(naive, np.array([0.2, 0.2])) is None
