"""Reasons in words."""

from __future__ import annotations

import pytest

from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.wording import sentence


@pytest.mark.parametrize(
    ("best", "said"),
    [(1.0, "more than 99%"), (0.996, "more than 99%"), (0.5, "50%"), (0.001, "less than 1%")],
)
def test_draws_tell_no_certainty(best: float, said: str) -> None:
    words = sentence(Reason("best_group", {"target": "joy", "group": "car", "best": best}))
    assert words == f"highest in joy: car, with a probability of {said} of being the best"
