"""Ranks over draws."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.structure.methods.ranking import Ranking


def test_ranks_of_normal_draws_are_those_of_the_normal_distribution() -> None:
    """P(a > b) of two independent normal values a SD of their difference apart is .8413."""
    rng = np.random.default_rng(3)
    drawn = rng.normal([[1.0], [0.0]], np.sqrt(0.5), (2, 20_000))
    ranking = Ranking(("a", "b"), np.array([1.0, 0.0]), drawn, 0.95)
    assert ranking.probabilities().loc[1, "a"] == pytest.approx(0.8413, abs=0.01)
    assert ranking.expected() == pytest.approx([1.1587, 1.8413], abs=0.01)
    assert ranking.interval()[:, 0] == pytest.approx([1 - 1.96 * 0.5**0.5, 1 + 1.96 * 0.5**0.5], abs=0.05)
    assert ranking.rival_of("b")[0] == "a"


def test_without_draws_there_are_ranks_and_no_probabilities() -> None:
    ranking = Ranking(("a", "b", "c"), np.array([0.1, 0.3, 0.3]), NotAvailable("none asked for"), 0.95)
    assert ranking.ranks().tolist() == [3, 1, 1]
    assert ranking.table()["predictor"].tolist() == ["b", "c", "a"]
    assert np.isnan(ranking.expected()).all()
    assert ranking.rival_of("a")[0] == ""
