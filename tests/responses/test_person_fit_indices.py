"""Person fit over all scales of an instrument, on simulated careful and careless people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.responses import person_fit_indices
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses

CARELESS = 60


@pytest.fixture(scope="module")
def answers(instrument: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Responses:
    items = {
        f"{c}_{j}": Item(f"{c}_{j}", f"{c} {j}", construct_id=c, scale_id="agree5")
        for c in ("trust", "skill")
        for j in range(1, 7)
    }
    bank = replace(instrument, items=items, forms={})
    rng = np.random.default_rng(12)
    n = 600
    factors = np.repeat(rng.normal(size=(n, 2)), 6, axis=1)
    shift = np.tile([-0.8, -0.4, 0.0, 0.2, 0.5, 0.9], 2)
    x = np.clip(np.round(3 + shift + factors + 0.7 * rng.normal(size=(n, 12))), 1, 5)
    x[:CARELESS] = rng.integers(1, 6, (CARELESS, 12))
    x[100, 2] = np.nan
    path = tmp_path_factory.mktemp("fit") / "a.csv"
    pd.DataFrame(x, columns=list(items)).to_csv(path, index=False)
    return read_responses(path, bank)


def test_random_answers_fit_worse(answers: Responses) -> None:
    lz, guttman = person_fit_indices.lz(answers, ()), person_fit_indices.guttman(answers, ())
    assert isinstance(lz, np.ndarray)
    assert isinstance(guttman, np.ndarray)
    assert np.median(lz[:CARELESS]) < np.median(lz[CARELESS:]) - 2
    assert np.median(guttman[:CARELESS]) > 2 * np.median(guttman[CARELESS:])
    assert np.isfinite(lz).all()


@pytest.mark.parametrize(("index", "op"), [("lz", "<"), ("guttman", ">")])
def test_simulated_cut_off_strikes_careless_people_and_few_others(
    answers: Responses, index: str, op: str
) -> None:
    rule = Rule(
        id="fit", index=index, op=op, value=0.02, action="mark", rationale="does not fit", basis="simulated"
    )  # type: ignore[arg-type]
    got = clean(answers, CleaningRules(version="1", dated="", min_flags=0, rules=(rule,), seed=3))
    struck = got.about["mark:fit"].to_numpy()
    assert struck[:CARELESS].mean() > 0.6
    assert struck[CARELESS:].mean() < 0.06
    assert "cut-off" in got.flow["reason"].iloc[-1]
    again = clean(answers, CleaningRules(version="1", dated="", min_flags=0, rules=(rule,), seed=3))
    assert again.flow.equals(got.flow)


def test_counting_and_sorting_patterns_say_the_same(
    answers: Responses, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [index(answers, ()) for index in (person_fit_indices.lz, person_fit_indices.guttman)]
    monkeypatch.setattr(person_fit_indices, "_BLOCK", 7)
    monkeypatch.setattr(person_fit_indices, "_MOST_NUMBERS", 0)
    for index, before in zip((person_fit_indices.lz, person_fit_indices.guttman), usual, strict=True):
        np.testing.assert_allclose(index(answers, ()), before, atol=1e-9)


def test_nothing_to_fit_is_said(answers: Responses) -> None:
    got = person_fit_indices.lz(answers, ("trust_1", "trust_2"))
    assert isinstance(got, NotAvailable)
