"""Models of choices against R, their tests and effects, and answers that no model can use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.structure.methods.selection import selection

CASE = Path(__file__).parents[2] / "reference" / "choice"
R = json.loads((CASE / "values.json").read_text())
HECKMAN = json.loads((CASE / "heckman.json").read_text())
DATA = CASE.parent / "data"
DECISION, STRATEGY = pd.read_csv(DATA / "decision_sim.csv"), pd.read_csv(DATA / "strategy_sim.csv")
STAGES, TWO_PART = pd.read_csv(DATA / "stages_sim.csv"), pd.read_csv(DATA / "two_part_sim.csv")
SELECTED = pd.read_csv(DATA / "selection_sim.csv")
THREE = ["benefit", "cost", "trust"]


def meets(table: pd.DataFrame, peer: dict[str, Any], tolerance: float = 2e-6) -> None:
    assert table["estimate"].to_list() == pytest.approx(peer["est"], abs=tolerance)
    assert table["se"].to_list() == pytest.approx(peer["se"], abs=tolerance)


def test_logit() -> None:
    found = cm.choice(DECISION, "engage", THREE)
    meets(found.table(), R["logit"])
    fit = found.fit()
    assert fit[["loglik", "aic", "bic", "lr"]].to_list() == pytest.approx(
        [R["logit"][k] for k in ("loglik", "aic", "bic", "lr")]
    )
    assert found.effects()["effect"].to_list() == pytest.approx(R["logit"]["ame"], abs=1e-6)
    robust = cm.choice(DECISION, "engage", THREE, errors="robust")
    assert robust.table()["se"].to_list() == pytest.approx(R["logit"]["hc0"], abs=1e-6)
    clustered = cm.choice(DECISION.assign(person=range(800)), "engage", THREE, cluster="person")
    assert clustered.table()["se"].to_list() == pytest.approx(R["logit"]["hc0"], abs=1e-6)


def test_probit() -> None:
    found = cm.choice(DECISION, "engage", THREE, model="probit")
    # R takes the expected information, which differs in the fourth digit.
    meets(found.table(), R["probit"], tolerance=1e-4)
    assert found.loglik == pytest.approx(R["probit"]["loglik"])


def test_equal_and_opposite_slopes() -> None:
    row = cm.choice(DECISION, "engage", THREE).equal_opposite("benefit", "cost").iloc[0]
    assert [row["wald"], row["pvalue"]] == pytest.approx(
        [R["opposite"]["wald"], R["opposite"]["p"]], abs=1e-5
    )


def test_ways_to_travel_by_income_and_by_what_each_costs() -> None:
    """What is called fishing in mlogit, here of 210 people and four modes."""
    stored = json.loads((CASE.parent / "choice_modes" / "values.json").read_text())
    rows = pd.read_csv(DATA / "modechoice.csv")
    names = {1: "air", 2: "train", 3: "bus", 4: "car"}
    rows["on"] = "0 car"
    rows["on"] = rows["on"].where(rows["mode"] == 4, rows["mode"].map(names))
    went = rows[rows["choice"] == 1].assign(mode=lambda own: own["mode"].map(names))
    by_income = stored["multinom_income"]
    found = cm.choice(went, "mode", ["hinc"], model="multinomial", base="car")
    table = found.table().set_index(["equation", "term"])
    for k, option in enumerate(by_income["option"]):
        own = table.loc[option]
        assert own["estimate"].to_list() == pytest.approx(by_income["est"][k], abs=2e-5)
        assert own["se"].to_list() == pytest.approx(by_income["se"][k], rel=1e-4)
    assert found.loglik == pytest.approx(by_income["loglik"], abs=1e-6)
    for name in ("air", "bus", "train"):
        rows[f"hinc_{name}"] = rows["hinc"] * (rows["on"] == name)
    asked = {
        "conditional": ["gc", "ttme"],
        "constants": ["gc", "ttme", "on"],
        "mixed_variables": ["gc", "ttme", "on", "hinc_air", "hinc_bus", "hinc_train"],
    }
    for name, attributes in asked.items():
        of_offers = cm.conjoint(rows, attributes, person="individual", task="individual", chosen="choice")
        assert of_offers.table()["est"].to_list() == pytest.approx(stored[name]["est"], abs=1e-5)
        assert of_offers.table()["se"].to_list() == pytest.approx(stored[name]["se"], rel=1e-4)
        assert of_offers.fit.loglik == pytest.approx(stored[name]["loglik"], abs=1e-6)


def test_multinomial() -> None:
    predictors = ["mismatch", "monitoring", "resources"]
    found = cm.choice(STRATEGY, "choice", predictors, model="multinomial", base="information")
    peer = {k: np.ravel(R["multinomial"][k]).tolist() for k in ("est", "se")}
    meets(found.table(), peer)
    assert found.tests()["lr"].to_list() == pytest.approx(R["multinomial"]["lr"], abs=1e-5)
    effects = found.effects()
    assert effects.groupby("term")["effect"].sum().abs().max() < 1e-12  # shares add up to one
    by_hand = []
    for step in (-1e-4, 1e-4):
        b = found.table()["estimate"].to_numpy().reshape(2, 4)
        x = np.column_stack([np.ones(900), STRATEGY["mismatch"] + step, STRATEGY[predictors[1:]]])
        odds = np.exp(np.column_stack([np.zeros(900), x @ b.T]))
        by_hand.append((odds / odds.sum(axis=1, keepdims=True)).mean(axis=0))
    expected = (by_hand[1] - by_hand[0]) / 2e-4
    assert effects[effects["term"] == "mismatch"]["effect"].to_list() == pytest.approx(
        expected.tolist(), abs=1e-7
    )
    assert found.base == "information"


def test_continuation() -> None:
    meets(cm.choice(STAGES, "stage", ["net", "skill"], model="continuation").table(), R["continuation"])
    free = cm.choice(STAGES, "stage", ["net", "skill"], model="continuation", parallel=False)
    meets(free.table(), R["continuation_free"])
    assert free.loglik == pytest.approx(R["continuation_free"]["loglik"])


def test_two_parts_and_one() -> None:
    found = cm.choice(TWO_PART, "intensity", ["net", "time"], model="two_part")
    table = found.table()
    meets(table[table["equation"] == "any"], R["two_part"]["any"])
    meets(table[table["equation"] == "amount"], R["two_part"]["amount"], tolerance=2e-4)
    assert found.loglik == pytest.approx(R["two_part"]["loglik"], abs=1e-6)
    one = cm.choice(TWO_PART, "intensity", ["net", "time"], model="tobit")
    meets(one.table(), R["two_part"]["tobit"], tolerance=2e-4)
    counts = TWO_PART.assign(count=np.floor(TWO_PART["intensity"]))
    hurdle = cm.choice(counts, "count", ["net", "time"], model="hurdle").table()
    meets(hurdle[hurdle["equation"] == "amount"], R["hurdle"], tolerance=1e-4)


@pytest.mark.parametrize(
    ("model", "peer"), [("hurdle", "hurdle_poisson"), ("hurdle_negbin", "hurdle_negbin")]
)
def test_counts_against_pscl(model: str, peer: str) -> None:
    known = json.loads((CASE.parent / "choice_counts" / "values.json").read_text())[peer]
    people = pd.read_csv(DATA / "biochemists.csv")
    coded = people.assign(fem=1.0 * (people["fem"] == "Women"), mar=1.0 * (people["mar"] == "Married"))
    found = cm.choice(coded, "art", ["fem", "mar", "kid5", "phd", "ment"], model=model)
    table = found.table()
    meets(table[table["equation"] == "any"], known["zero"], tolerance=1e-4)
    meets(table[table["equation"] == "amount"], known["count"], tolerance=1e-4)
    assert found.fit()[["loglik", "aic"]].to_list() == pytest.approx([known["loglik"], known["aic"]])


def test_selection() -> None:
    found = selection(SELECTED, "y", ["x"], ["x", "z"], selected="s")
    table = found.table().set_index("method")
    meets(table.loc[["ml"]], HECKMAN["ml"], tolerance=1e-5)
    two = {k: HECKMAN["two_step"][k][:6] for k in ("est", "se")}
    meets(table.loc[["two_step"]], two, tolerance=1e-5)
    meets(table.loc[["naive"]], R["selection"]["naive"])
    meets(table.loc[["weighted"]], R["selection"]["weighted"])
    assert found.excluded
    assert not selection(SELECTED, "y", ["x", "z"], ["x", "z"]).excluded


def test_unreliable_predictors_are_mended() -> None:
    rng = np.random.default_rng(8)
    true = rng.normal(size=(4000, 2))
    yes = (rng.logistic(size=4000) < 0.8 * true[:, 0] - 0.6 * true[:, 1]).astype(int)
    seen = pd.DataFrame(true + rng.normal(size=true.shape) * 0.5, columns=["benefit", "cost"]).assign(yes=yes)
    found = cm.choice(seen, "yes", ["benefit", "cost"]).mended({"benefit": 0.8, "cost": 0.8}, draws=40)
    rows = found.table().set_index("term")
    # Truth .8 and -.6: the naive slopes shrink by about a fifth.
    assert rows.loc["benefit", "naive"] < 0.72
    assert rows.loc["benefit", "estimate"] == pytest.approx(0.8, abs=0.1)
    assert rows.loc["cost", "estimate"] == pytest.approx(-0.6, abs=0.1)
    assert (rows["se"] >= rows["naive_se"] * 0.99).all()


def test_mended_slopes_and_their_errors_are_those_of_the_peer() -> None:
    """Few copies do as well as many; jackknife errors are smaller by 5 %, and no peer of ours."""
    peer = json.loads((CASE / "simex.json").read_text())
    found = cm.choice(DECISION, "engage", THREE)
    for draws in (4, 400):
        rows = found.mended({"benefit": 0.8, "cost": 0.8}, draws).table()
        assert rows["estimate"].to_list() == pytest.approx(peer["est"], abs=0.012 if draws == 400 else 0.03)
        assert rows["se"].to_list() == pytest.approx(peer["asymptotic"], rel=0.005 if draws == 400 else 0.03)


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_errors_of_mended_slopes_know_whose_answers_they_are(model: str) -> None:
    """Answers copied whole into one cluster say nothing new."""
    people = DECISION[:200].assign(person=range(200))
    twice = pd.concat([people, people], ignore_index=True)
    known = {"benefit": 0.9}
    once, both = (
        cm.choice(data, "engage", THREE, model=model, cluster="person").mended(known, 6, 3).table()
        for data in (people, twice)
    )
    assert both["se"].to_list() == pytest.approx(once["se"], rel=0.05)
    apart = cm.choice(twice, "engage", THREE, model=model, errors="robust").mended(known, 6, 3).table()
    assert apart["se"].to_list() == pytest.approx(once["se"] / np.sqrt(2.0), rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predictors": ["benefit", "decides"]}, "decides parts the answers"),
        ({"predictors": ["benefit", "half", "rest"]}, "together part the answers"),
        ({"predictors": ["benefit", "cost", "gain"]}, "collinear"),
        ({"predictors": ["constant"]}, "did not vary"),
        ({"outcome": "age"}, "different values"),
        ({"outcome": "age", "model": "two_part"}, "no amount"),
        ({"model": "hurdle", "outcome": "benefit"}, "no amount"),
        ({"model": "multinomial", "base": 7}, "nobody chose the base"),
        ({"model": "mixed"}, "not known"),
        ({"error": "robust"}, "Did you mean 'errors'"),
        ({"outcome": "engaged"}, "Did you mean 'engage'"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    half = np.random.default_rng(1).normal(size=800)
    data = DECISION.assign(
        half=half,
        rest=DECISION["engage"] - 0.5 - half,
        decides=DECISION["engage"] * 3 + DECISION["age"] / 100,
        gain=DECISION["benefit"] - DECISION["cost"],
        constant=1,
    )
    with pytest.raises(cm.CoprodError, match=message):
        cm.choice(data, **{"outcome": "engage", "predictors": THREE, **change})


def test_nobody_left_out_is_no_selection() -> None:
    with pytest.raises(cm.CoprodError, match="everybody or nobody"):
        selection(SELECTED.assign(y=1.0 + SELECTED["x"]), "y", ["x"], ["x", "z"])


def test_a_name_with_words_between_is_one_predictor() -> None:
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.normal(size=(300, 2)), columns=["price", "price at shop"])
    data["bought"] = (data["price at shop"] + rng.logistic(size=300) > 0).astype(int)
    tests = cm.choice(data, "bought", ["price", "price at shop"]).tests().set_index("test")
    assert tests["df"].tolist() == [1, 1]
    assert tests.loc["price at shop", "wald"] > 20 > tests.loc["price", "wald"]


def test_clusters_are_those_of_the_rows_whatever_these_are_called() -> None:
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.normal(size=(120, 2)), columns=["x", "z"]).assign(shop=np.arange(120) // 6)
    data["bought"] = (data["x"] + rng.logistic(size=120) > 0).astype(int)
    twice = data.set_axis(np.tile(np.arange(60), 2), axis=0)
    for one, other in ((data, twice), (data.iloc[6:], data.assign(shop=data["shop"].replace(0, np.nan)))):
        choices = [cm.choice(some, "bought", ["x"], cluster="shop").table() for some in (one, other)]
        assert choices[0].equals(choices[1])
        surfaces = [
            cm.response_surface(f, "bought", "x", "z", cluster="shop", bootstrap=0) for f in (one, other)
        ]
        assert surfaces[0].table().equals(surfaces[1].table())


def test_counts_of_arrow_are_counts() -> None:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"x": rng.normal(size=200)})
    data["times"] = rng.poisson(np.exp(0.3 * data["x"]))
    arrow = data.astype({"times": "int64[pyarrow]"})
    assert (
        cm.choice(arrow, "times", ["x"], "hurdle")
        .table()
        .equals(cm.choice(data, "times", ["x"], "hurdle").table())
    )


def test_one_cluster_gives_no_errors() -> None:
    data = DECISION.assign(one=1)
    with pytest.raises(cm.CoprodError, match="column one: all rows are in one cluster"):
        cm.choice(data, "engage", THREE, cluster="one")
