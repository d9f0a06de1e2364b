"""Draws are repeatable, and a wrong number is refused."""

from __future__ import annotations

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.fitting.draws import Draws


def test_streams_differ_by_draw_and_by_seed() -> None:
    first = {(seed, k): Draws(2, seed).stream(k).integers(2**40) for seed in (1, 2) for k in (0, 1)}
    assert len(set(first.values())) == 4
    assert Draws(9, 1).stream(1).integers(2**40) == first[1, 1]


def test_a_seed_by_chance_is_kept() -> None:
    one, two = Draws.of(5, None), Draws.of(5, None)
    assert one.seed != two.seed
    assert Draws.of(5, 3) == Draws(5, 3)


@pytest.mark.parametrize(("number", "seed"), [(1, 1), (2.5, 1), (2, -1)])
def test_what_is_no_number_of_draws_is_refused(number: float, seed: int) -> None:
    with pytest.raises(ModelError, match="argument (draws|seed)"):
        Draws(number, seed)  # type: ignore[arg-type]
