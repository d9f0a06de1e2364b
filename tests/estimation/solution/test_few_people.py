"""Where a group has fewer people than parameters that is said, and nothing is searched for long."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ModelError
from coprod_measure.estimation.solution.estimate import FEW, SPARSE_WORK
from coprod_measure.estimation.solution.minimize import QUASI_NEWTON

ITEMS = [f"x{k}" for k in range(72)]
TEXT = "\n".join(f"f{k} =~ {' + '.join(ITEMS[3 * k : 3 * k + 3])}" for k in range(24))


def _drawn(n: int, items: list[str]) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).integers(1, 8, (n, len(items))).astype(float), columns=items)


def test_a_search_in_drawn_answers_ends_soon_and_says_why() -> None:
    fit = cm.cfa(TEXT, _drawn(90, ITEMS))
    free = fit.n_parameters
    assert not fit.converged
    assert fit.n_iterations <= (1 + QUASI_NEWTON) * max(FEW, SPARSE_WORK // free)
    assert "tried one starting point" in fit.solution.minimum.reason
    said = [one for one in fit.messages if getattr(one, "code", "") == "few-people"]
    assert said == [f"fewer people than parameters (90 for {free}): estimates hang on chance"]


@pytest.mark.parametrize(
    ("n", "said"),
    [(120, ("fewer people than parameters (60 for 69 in group 0, 60 for 69 in group 1)",)), (180, ())],
)
def test_each_group_is_counted(n: int, said: tuple[str, ...]) -> None:
    items = ITEMS[:18]
    data = _drawn(n, items).assign(g=np.arange(n) % 2)
    data[items] += 3.0 * np.repeat(np.random.default_rng(2).normal(size=(n, 6)), 3, axis=1)
    fit = cm.cfa("\n".join(TEXT.split("\n")[:6]), data, group="g")
    assert fit.outnumbered == tuple(f"{words}: estimates hang on chance" for words in said)


def test_an_invariance_that_ends_so_names_it() -> None:
    data = _drawn(120, ITEMS[:36]).assign(g=np.arange(120) % 2)
    found = cm.invariance({f"f{k}": ITEMS[3 * k : 3 * k + 3] for k in range(12)}, data, group="g")
    assert "60 for 174 in group 0" in found.unavailable["configural"].reason


def test_far_more_parameters_than_moments_are_refused_before_the_search() -> None:
    text = "\n".join(f'efa("e{k}")*f{k} + efa("e{k}")*g{k} =~ x0 + x1 + x2 + x3' for k in range(40))
    with pytest.raises(ModelError, match="3,484 parameters to estimate are far more") as caught:
        cm.sem(text, _drawn(100, ITEMS[:4]))
    assert "\n" not in str(caught.value)
