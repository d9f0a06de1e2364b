"""Part-worths of every person, where they are known, beside mlogit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError, NotAvailable
from coprod_measure.structure.methods.conjoint import Conjoint

CASE = Path(__file__).parents[2] / "reference" / "conjoint"
KEYS = {"person": "person", "task": "task", "chosen": "chosen"}
ATTRIBUTES = ["price", "support", "design", "none"]


@pytest.fixture(scope="module")
def found() -> Conjoint:
    return cm.conjoint(pd.read_csv(CASE / "data.csv"), ATTRIBUTES, **KEYS, model="bayes", draws=1400)


def test_the_population_is_that_of_the_mixed_logit_of_mlogit(found: Conjoint) -> None:
    stored = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
    table = found.table().set_index("attribute")
    for name in ATTRIBUTES:
        theirs, se = stored["mixed"]["coef"][name]
        assert table.loc[name, "est"] == pytest.approx(theirs, abs=1.5 * se), name
        assert table.loc[name, "se"] == pytest.approx(se, rel=0.35), name
    truth = dict(zip(ATTRIBUTES, stored["clogit"]["truth_means"], strict=True))
    assert all(table.loc[n, "ci_lower"] < truth[n] < table.loc[n, "ci_upper"] for n in ATTRIBUTES)
    sds = dict(zip(ATTRIBUTES, stored["clogit"]["truth_sd"], strict=True))
    assert all(table.loc[n, "sd"] == pytest.approx(sds[n], abs=0.3) for n in ATTRIBUTES)


def test_chains_that_have_not_settled_are_said_and_shares_are_those_of_people(found: Conjoint) -> None:
    assert not isinstance(found.posterior, NotAvailable)
    assert found.posterior.rhat[:4].max() < 1.1
    assert 1.1 < found.posterior.rhat.max() < 1.3
    assert found.messages[-1].startswith("draws have not settled (R-hat up to 1.12)")
    assert 0.2 < found.posterior.accepted < 0.4
    individual = found.individual()
    assert not isinstance(individual, NotAvailable)
    assert individual.shape == (found.n_people, 4)
    assert individual.mean().to_numpy() == pytest.approx(found.fit.estimates[:4], abs=0.05)
    offers = pd.DataFrame({"price": [0, 0], "support": 1, "design": 0, "none": 0})
    assert found.shares(offers).tolist() == pytest.approx([0.5, 0.5])
    assert found.importance()["importance"].sum() == pytest.approx(1.0)


def people(price: float, n: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    """Ten tasks of three offers each; part-worths of price and help correlate .6 over people."""
    rng = np.random.default_rng(5)
    worth = rng.multivariate_normal([-1.0, 0.8], [[0.49, 0.42], [0.42, 1.0]], n)
    rows = pd.DataFrame(
        {"person": np.repeat(np.arange(n), 30), "task": np.tile(np.repeat(np.arange(10), 3), n)}
    )
    rows["price"], rows["help"] = rng.normal(size=30 * n), rng.normal(size=30 * n)
    utility = (rows[["price", "help"]].to_numpy() * np.repeat(worth, 30, axis=0)).sum(axis=1)
    utility = pd.Series(utility + rng.gumbel(size=30 * n))
    best = utility.groupby([rows["person"], rows["task"]]).transform("max")
    return rows.assign(chosen=(utility == best) * 1, price=rows["price"] * price), worth


def test_people_are_found_one_by_one_whatever_the_unit_of_the_price() -> None:
    (rows, worth), (dear, _) = people(1.0), people(100.0)
    keys = {**KEYS, "model": "bayes", "draws": 400}
    one, other = (cm.conjoint(frame, ["price", "help"], **keys) for frame in (rows, dear))
    individual = one.individual()
    assert not isinstance(individual, NotAvailable)
    for k in range(2):
        assert np.corrcoef(individual.to_numpy()[:, k], worth[:, k])[0, 1] > 0.7
    assert 100 * other.fit.estimates[0] == pytest.approx(one.fit.estimates[0], rel=1e-6)
    assert isinstance(cm.conjoint(rows, ["price", "help"], **KEYS).individual(), NotAvailable)


def test_too_few_draws_are_refused() -> None:
    rows, _ = people(1.0, 30)
    with pytest.raises(DataError, match="50 draws are too few"):
        cm.conjoint(rows, ["price", "help"], **KEYS, model="bayes", draws=50)


@pytest.mark.parametrize("model", ["bayes", "mixed"])
def test_three_people_do_not_tell_how_people_differ(model: str) -> None:
    rows, _ = people(1.0, 3)
    with pytest.raises(EstimationError, match="3 people are too few .* Ask 20 or more"):
        cm.conjoint(rows, ["price", "help"], **KEYS, model=model)
    assert cm.conjoint(rows, ["price", "help"], **KEYS).n_people == 3
