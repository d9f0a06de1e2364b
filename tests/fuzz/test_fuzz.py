"""A moment of what ``make fuzz`` does for minutes: the same attacks every time; fresh ones are the command's."""

from __future__ import annotations

import contextlib
from random import Random

import pytest

from coprod_measure.errors import CoprodError
from fuzz.frames import FUNCTIONS, SPOILT, people
from fuzz.surfaces import SURFACES, Bench, attack


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_or_refuses_spoilt_columns(name: str) -> None:
    """Three of the ways to spoil them; ``make fuzz`` tries all."""
    for kind in ("text", *Random(name).sample(tuple(SPOILT), 2)):
        with contextlib.suppress(CoprodError):
            FUNCTIONS[name](SPOILT[kind](people()))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("surface", SURFACES)
def test_no_attack_ends_in_a_traceback(surface: str, bench: Bench) -> None:
    ends = set()
    for number in range(20):
        try:
            ends.add(attack(surface, 1, number, bench))
        except Exception as error:
            error.add_note(f"again: python -m fuzz --seed 1 --only {surface} --number {number}")
            raise
    assert ends <= {"taken", "refused"}
    assert "taken" in ends
