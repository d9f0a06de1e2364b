from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize as scipy_minimize

from coprod_measure.estimation.solution.estimate import SCATTERED, SHORT
from coprod_measure.estimation.solution.minimize import Minimum
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.models import cfa


def noise(seed: int = 3) -> pd.DataFrame:
    """Answers without any factor: loadings run away."""
    drawn = np.random.default_rng(seed).normal(size=(60, 12))
    return pd.DataFrame(drawn, columns=[f"y{k}" for k in range(12)])


MODEL = "\n".join(f"f{j} =~ y{3 * j} + y{3 * j + 1} + y{3 * j + 2}" for j in range(4))


def test_a_search_without_patience_says_that_it_tried_one_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.SCATTERED", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.minimize.POLISH", 20)
    fit = cfa(MODEL, noise())
    assert not fit.converged
    # Twice 60 of scoring and 20 to polish between them, after which estimates run away.
    assert "tried one starting point and 140 steps" in " ".join(fit.messages)


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_drawn_starts_find_what_the_usual_ones_miss(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.minimize.POLISH", 20)
    fit = cfa(MODEL, noise(1), missing=missing)
    assert fit.converged
    # lavaan 0.7-2, which takes another marker here
    assert float(fit.fit_measures["chisq"]) == pytest.approx(48.117, abs=1e-3)


def test_no_point_is_searched_from_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without paths among factors the structured start is the plain one."""
    searched = []
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.SCATTERED", 0)
    monkeypatch.setattr(
        "coprod_measure.estimation.solution.estimate._search",
        lambda discrepancy, model, point, **how: (
            searched.append(tuple(point)) or Minimum(point, 1.0, 1, False, "stopped")
        ),
    )
    cfa(MODEL, noise())
    assert len(searched) == len(set(searched)) > 1


def test_a_variance_that_falls_without_end_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two items that correlate against the third: F falls for ever as its loading grows (a Heywood case)."""
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.SCATTERED", 0)
    names = ["a", "b", "c"]
    cov = pd.DataFrame([[2.0, -0.2, 1.0], [-0.2, 2.0, 1.0], [1.0, 1.0, 2.0]], names, names)
    fit = cfa("f =~ a + b + c", Moments(cov, 200), std_lv=True)
    assert not fit.converged
    assert "a variance fell without end" in " ".join(fit.messages)


def test_drawn_starts_end_by_their_own_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is drawn where those before took what all may take."""
    allowed = []

    def stopped(discrepancy: object, model: object, point: np.ndarray, **how: float) -> Minimum:
        allowed.append(how.get("max_iterations"))
        return Minimum(point, 1.0, 100, False, "stopped")

    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate._search", stopped)
    # The model has 30 parameters.
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.DRAWN_WORK", 3 * 30 * 100)
    fit = cfa(MODEL, noise())
    assert allowed.count(SHORT) == 4 < SCATTERED
    assert "tried 5 starting points" in " ".join(fit.messages)


def test_a_drawn_search_is_short_by_any_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where scoring finds no way down, the quasi-Newton search after it has the steps of a short search."""
    limits: list[float] = []

    def searched(*given: object, options: dict[str, float], **how: object) -> object:
        limits.append(options["maxiter"])
        return scipy_minimize(*given, options=options | {"maxiter": 1}, **how)

    at = "coprod_measure.estimation.solution"
    monkeypatch.setattr(f"{at}.minimize._line_search", lambda *given: (None, given[3]))
    monkeypatch.setattr(f"{at}.minimize.scipy_minimize", searched)
    cfa(MODEL, noise())
    assert limits.count(5 * SHORT) == SCATTERED
    assert max(limits) == 1000
