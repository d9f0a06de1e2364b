"""Latent Markov models against LMest, and what they find of known states."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure.methods.answer_patterns import answer_patterns
from coprod_measure.structure.methods.latent_markov_em import MarkovParameters, expectation

CASE = Path(__file__).parents[2] / "reference" / "markov"
EXPECTED = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
ITEMS = ["phase1", "phase2", "phase3", "phase4"]


def answers() -> pd.DataFrame:
    return pd.read_csv(CASE / "items.csv")


def test_the_model_is_that_of_lmest() -> None:
    found = cm.latent_markov(answers(), ITEMS, states=[2, 3], starts=6, person="id", wave="wave")
    table = found.table().set_index("states")
    for k in (2, 3):
        assert table.loc[k, "loglik"] == pytest.approx(EXPECTED[f"k{k}"]["loglik"], abs=1e-4)
        assert table.loc[k, "bic"] == pytest.approx(EXPECTED[f"k{k}"]["bic"], abs=1e-3)
        assert table.loc[k, "n_parameters"] == EXPECTED[f"k{k}"]["np"]
    assert found.chosen == (3, "free")
    best, stored = found.best, EXPECTED["k3"]
    np.testing.assert_allclose(best.parameters.initial, stored["initial"], atol=1e-4)
    np.testing.assert_allclose(best.parameters.transition, stored["transition"], atol=1e-4)
    yes = best.parameters.answers[found.patterns.codes == 1]
    np.testing.assert_allclose(yes, stored["answers"], atol=1e-4)
    # LMest differentiates numerically too.
    np.testing.assert_allclose(best.errors.initial, stored["se_initial"], atol=1e-4)
    np.testing.assert_allclose(best.errors.transition, stored["se_transition"], atol=1e-4)
    assert best.replicated >= 3


def test_moves_in_order_are_set_against_free_ones() -> None:
    rng = np.random.default_rng(6)
    n, T = 400, 4
    state = np.zeros((n, T), int)
    for t in range(1, T):
        state[:, t] = np.minimum(2, state[:, t - 1] + (rng.random(n) < 0.4))
    p = np.array([[0.1, 0.1, 0.1, 0.1], [0.9, 0.9, 0.1, 0.1], [0.9, 0.9, 0.9, 0.9]])
    wide = {f"i{j}_{t}": (rng.random(n) < p[state[:, t], j]) * 1.0 for j in range(4) for t in range(T)}
    frame = pd.DataFrame(wide)
    frame.loc[rng.random(n) < 0.2, [f"i{j}_3" for j in range(4)]] = np.nan  # some leave before the last wave
    items = {f"i{j}": [f"i{j}_{t}" for t in range(T)] for j in range(4)}
    found = cm.latent_markov(frame, items, states=[3], moves=["free", "forward", "next"], starts=6)
    assert found.chosen == (3, "next")
    assert found.tests[3, "next"].df == 4
    assert found.tests[3, "next"].pvalue > 0.05
    guessed = found.best.posterior.argmax(axis=2)[frame["i0_3"].notna()]
    assert (guessed == state[frame["i0_3"].notna()]).mean() > 0.85
    back = cm.latent_markov(
        answers(), ITEMS, states=[2], moves=["free", "forward"], starts=3, person="id", wave="wave"
    )
    assert back.chosen == (2, "free")  # these people also go back


def test_the_likelihood_is_the_sum_over_all_paths() -> None:
    rows = np.array([[[1.0], [2.0], [np.nan]], [[2.0], [2.0], [1.0]]])
    data = answer_patterns(rows, ("a",))
    theta = MarkovParameters(
        np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.2, 0.8]]), np.array([[0.9, 0.25], [0.1, 0.75]])
    )
    total = 0.0
    for row in rows[:, :, 0]:
        likelihood = 0.0
        for path in np.ndindex(2, 2, 2):
            p = (
                theta.initial[path[0]]
                * theta.transition[path[0], path[1]]
                * theta.transition[path[1], path[2]]
            )
            for t, state in enumerate(path):
                p *= 1.0 if np.isnan(row[t]) else theta.answers[int(row[t]) - 1, state]
            likelihood += p
        total += np.log(likelihood)
    assert expectation(data, theta).loglik == pytest.approx(total)


def test_bad_input_is_named() -> None:
    with pytest.raises(DataError, match="item phase1: was answered in one way only"):
        cm.latent_markov(answers().assign(phase1=1), ITEMS, person="id", wave="wave")
    with pytest.raises(DataError, match="backward"):
        cm.latent_markov(answers(), ITEMS, moves=["backward"], person="id", wave="wave")  # type: ignore[list-item]
    with pytest.raises(CoprodError, match="whole number from 1 on"):
        cm.latent_markov(answers(), ITEMS, starts=0, person="id", wave="wave")
