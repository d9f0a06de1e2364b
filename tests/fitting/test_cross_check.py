"""Two engines that share no code agree on plain ML."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import CoprodError
from coprod_measure.fitting.cross_check import cross_check
from coprod_measure.fitting.models import sem


def random_model(seed: int) -> tuple[str, pd.DataFrame]:
    """Draw a recursive model of two to four factors with three or four items, and answers to it."""
    rng = np.random.default_rng(seed)
    k, n = int(rng.integers(2, 5)), int(rng.integers(200, 600))
    scores = np.zeros((n, k))
    lines, columns = [], {}
    for j in range(k):
        causes = [i for i in range(j) if rng.random() < 0.6]
        scores[:, j] = scores[:, causes] @ rng.uniform(0.2, 0.5, len(causes)) + rng.standard_normal(n)
        items = [f"x{j}{m}" for m in range(int(rng.integers(3, 5)))]
        lines.append(f"f{j} =~ {' + '.join(items)}")
        if causes:
            lines.append(f"f{j} ~ {' + '.join(f'f{i}' for i in causes)}")
        for item in items:
            columns[item] = rng.uniform(0.6, 1.2) * scores[:, j] + rng.uniform(
                0.6, 1.0
            ) * rng.standard_normal(n)
    return "\n".join(lines), pd.DataFrame(columns)


def assert_engines_agree(seed: int) -> None:
    check = cross_check(*random_model(seed))
    # semopy stops its search earlier than we do, and takes its errors from there.
    assert check.largest_difference < 5e-3, f"seed {seed}\n{check.estimates}"
    assert check.largest_error_difference < 5e-3, f"seed {seed}\n{check.estimates}"
    assert len(check.estimates) > 5


@pytest.mark.parametrize("seed", range(6))
def test_both_engines_agree_on_random_models(seed: int) -> None:
    assert_engines_agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_both_engines_agree_on_two_hundred_random_models(seed: int) -> None:
    assert_engines_agree(seed)


def test_the_second_engine_refuses_what_it_gets_wrong() -> None:
    model, data = random_model(1)
    with pytest.raises(CoprodError, match='engine="native"'):
        sem(model, data, engine="semopy", missing="fiml")
    fit = sem(model, data, engine="semopy")
    assert fit.parameters["est"].to_numpy() == pytest.approx(
        sem(model, data).parameters["est"].to_numpy(), abs=5e-3
    )


def test_factors_without_a_fixed_loading_are_refused() -> None:
    """With them semopy never ends."""
    model, data = random_model(1)
    with pytest.raises(CoprodError, match="without std_lv"):
        cross_check(model, data, std_lv=True)
