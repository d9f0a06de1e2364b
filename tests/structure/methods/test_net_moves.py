"""Balance of moves: a chain in balance is one also where some stages are left more often."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.net_moves import net_moves

BALANCED = np.array([[0.6, 0.3, 0.1], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]])
FORWARD = np.array([[0.4, 0.5, 0.1], [0.1, 0.5, 0.4], [0.0, 0.1, 0.9]])


def panel(
    rng: np.random.Generator, moves: np.ndarray, leaving: tuple[float, ...], n: int = 500
) -> np.ndarray:
    stages = np.full((n, 3), np.nan)
    now, here = rng.integers(0, 3, n), np.ones(n, dtype=bool)
    stages[:, 0] = now
    for wave in (1, 2):
        here &= rng.random(n) >= np.array(leaving)[now]
        now = (rng.random((n, 1)) > moves[now].cumsum(axis=1)).sum(axis=1)
        stages[here, wave] = now[here]
    return stages


@pytest.mark.parametrize("leaving", [(0.2, 0.2, 0.2), (0.45, 0.2, 0.05)])
def test_no_direction_is_found_where_there_is_none(leaving: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    found = [net_moves(panel(rng, BALANCED, leaving)) for _ in range(400)]
    assert 0.025 <= np.mean([one.pvalue < 0.05 for one in found]) <= 0.08
    assert np.mean([one.share for one in found]) == pytest.approx(0.5, abs=0.01)
    assert np.mean([one.ci_lower <= 0.5 <= one.ci_upper for one in found]) == pytest.approx(0.95, abs=0.03)


def test_a_direction_is_found() -> None:
    found = net_moves(panel(np.random.default_rng(2), FORWARD, (0.3, 0.2, 0.1)))
    assert found.share > 0.7
    assert found.pvalue < 1e-6


def test_nobody_moving_is_said() -> None:
    with pytest.raises(DataError, match="nobody moved"):
        net_moves(np.array([[1.0, 1.0], [2.0, np.nan]]))
