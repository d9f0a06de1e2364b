"""A second engine must agree wherever it is right: plain ML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.fitting.cross_check import cross_check

DATA = Path(__file__).parents[1] / "reference" / "data"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"

# semopy stops where its gradient is of this order.
AGREE = 5e-3


def test_both_engines_agree() -> None:
    found = cross_check(THREE, pd.read_csv(DATA / "holzinger_swineford.csv"))
    assert len(found.estimates) == 21
    assert found.largest_difference < AGREE
    assert found.largest_error_difference < AGREE


def test_engine_option_gives_a_fit_at_its_estimates() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    native, other = cm.cfa(THREE, data), cm.cfa(THREE, data, engine="semopy")
    assert other.fit_measures["chisq"] == pytest.approx(native.fit_measures["chisq"], rel=1e-4)
    assert other.fit_measures["chisq"] >= native.fit_measures["chisq"]


@pytest.mark.parametrize("options", [{"estimator": "MLR"}, {"group": "school"}, {"missing": "fiml"}])
def test_what_semopy_gets_wrong_is_refused(options: dict[str, str]) -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    with pytest.raises(cm.CoprodError, match="native"):
        cm.cfa(THREE, data, engine="semopy", **options)


def random_model(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    """Draw a recursive model of three to five factors and data from it."""
    factors = int(rng.integers(3, 6))
    n = int(rng.integers(300, 900))
    scores, lines, columns = np.zeros((n, factors)), [], {}
    for f in range(factors):
        causes = [j for j in range(f) if rng.random() < 0.6]
        weights = rng.uniform(0.2, 0.5, len(causes))
        scores[:, f] = rng.normal(size=n) + scores[:, causes] @ weights
        if causes:
            lines.append(f"f{f} ~ " + " + ".join(f"f{j}" for j in causes))
        items = int(rng.integers(3, 5))
        lines.append(f"f{f} =~ " + " + ".join(f"y{f}{k}" for k in range(items)))
        for k in range(items):
            columns[f"y{f}{k}"] = scores[:, f] * rng.uniform(0.6, 1.2) + rng.normal(size=n) * rng.uniform(
                0.5, 1.0
            )
    return "\n".join(lines), pd.DataFrame(columns)


def disagreements(models: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(models):
        model, data = random_model(rng)
        check = cross_check(model, data)
        if check.largest_difference > AGREE or check.largest_error_difference > AGREE:
            found.append(
                f"model {number}: {check.largest_difference:.2g} {check.largest_error_difference:.2g}\n{model}"
            )
    return found


def test_a_few_random_models() -> None:
    assert not disagreements(3, 11)


@pytest.mark.slow
def test_two_hundred_random_models() -> None:
    assert not disagreements(200, 12)
