"""Every index by name: computed for each person or refused with a reason, and documented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.indices import INDICES
from coprod_measure.responses.read import read_responses

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cleaning-rules.md"


@pytest.fixture
def answers(written: Callable[..., Path], instrument: Instrument) -> Responses:
    rng = np.random.default_rng(6)
    head = "id,IPAddress,token,duration,finished,consent,attention_1,trust_1,trust_2,trust_3,skill_1,skill_2,skill_3"
    rows = [
        f"{i % 25},192.0.2.{i % 9},t{i % 11},{60 + i},1,1,{4 if i % 5 else 2},"
        + ",".join(map(str, rng.integers(1, 6, 6)))
        for i in range(30)
    ]
    return read_responses(written("\n".join([head, *rows])), instrument)


@pytest.mark.parametrize("name", INDICES)
def test_each_index_is_a_number_a_person_or_a_reason(name: str, answers: Responses) -> None:
    index = INDICES[name]
    got = index.compute(answers, ("duration",) if index.needs_on else ())
    if isinstance(got, NotAvailable):
        assert got.reason
    else:
        assert got.shape == (answers.n,)
        assert got.dtype == np.float64


def test_counts_of_repeats_and_failures(answers: Responses) -> None:
    computed = {
        name: INDICES[name].compute(answers, ())
        for name in (
            "duplicate_respondent",
            "duplicate_device",
            "duplicate_person",
            "attention_failed",
            "consent",
        )
    }
    assert {name: float(np.sum(x)) for name, x in computed.items() if isinstance(x, np.ndarray)} == {
        "duplicate_respondent": 5,
        "duplicate_device": sum(i // 9 for i in range(30)),
        "duplicate_person": sum(i // 11 for i in range(30)),
        "attention_failed": 6,
        "consent": 30,
    }


def test_seconds_per_item_and_missingness(answers: Responses) -> None:
    seconds = INDICES["seconds_per_item"].compute(answers, ())
    assert isinstance(seconds, np.ndarray)
    np.testing.assert_allclose(seconds, (60 + np.arange(30)) / 8)
    missing = INDICES["missingness"].compute(answers, ())
    assert isinstance(missing, np.ndarray)
    assert missing.sum() == 0


def test_every_index_stands_in_the_docs_with_its_family() -> None:
    page = PAGE.read_text("utf-8")
    for name, index in INDICES.items():
        assert f"| `{name}` | {index.family} |" in page, name
