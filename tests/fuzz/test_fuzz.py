"""A moment of what ``make fuzz`` does for minutes: its own attacks every time, and others."""

from __future__ import annotations

import contextlib
import secrets
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
    """Three of the ways to spoil them, others each time; ``make fuzz`` tries all."""
    for kind in ("text", *Random().sample(tuple(SPOILT), 2)):
        with contextlib.suppress(CoprodError):
            FUNCTIONS[name](SPOILT[kind](people()))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("surface", SURFACES)
def test_no_attack_ends_in_a_traceback(surface: str, bench: Bench) -> None:
    ends = set()
    for seed, attacks in ((1, 12), (secrets.randbelow(2**31), 8)):
        for number in range(attacks):
            try:
                ends.add(attack(surface, seed, number, bench))
            except Exception as error:
                error.add_note(f"again: python -m fuzz --seed {seed} --only {surface} --number {number}")
                raise
    assert ends <= {"taken", "refused"}
    assert "taken" in ends
