from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.battery import MeasurementOptions, measure
from coprod_measure.measurement.item_sets import ItemSet
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.validity.htmt import htmt
from coprod_measure.measurement.validity.merging import MERGE_COLUMNS, merged_constructs
from coprod_measure.measurement.verdicts import ALL, VERDICT_COLUMNS, overview, why_absent
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.theory.definition import Construct

OPTIONS = MeasurementOptions(parallel_draws=40, htmt_draws=40, groups=("gender", "nowhere"))


@pytest.fixture(scope="module")
def answers():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    return read_responses(path, read_instrument("bfi25"))


@pytest.fixture(scope="module")
def results(answers):
    return measure(answers, OPTIONS)


def test_everything_is_there(results):
    for part in ("items", "reliability", "consistency", "adequacy", "parallel", "factor_number", "efa"):
        assert len(getattr(results, part).table()), part
    for part in ("htmt", "confirmatory", "validity", "rivals"):
        assert len(getattr(results, part).table()), part
    assert results.efa.loadings.shape[1] == results.parallel.n_factors
    assert "no column nowhere" in results.groups["nowhere"].reason
    assert results.groups["gender"].highest == "strict"


def test_the_overview_leaves_out_what_nothing_is_known_of():
    rows = [
        ("a", "reliable", "yes", "omega", 0.8, "", ""),
        ("a", "convergent", "unknown", "", np.nan, "", ""),
        ("b", "reliable", "unknown", "", np.nan, "a single item", ""),
        ("b", "convergent", "unknown", "", np.nan, "a single item", ""),
        (ALL, "model fits", "no", "cfi", 0.5, "", ""),
    ]
    found = overview(pd.DataFrame(rows, columns=list(VERDICT_COLUMNS)))
    assert found.to_dict("records") == [{"construct": "a", "reliable": "yes", "convergent": "unknown"}]
    nothing = overview(pd.DataFrame(rows[2:4], columns=list(VERDICT_COLUMNS)))
    assert (len(nothing), list(nothing)) == (0, ["construct"])


def test_every_construct_gets_its_verdicts(results):
    table = results.table()
    assert tuple(table.columns) == VERDICT_COLUMNS
    assert set(table["verdict"]) <= {"yes", "no", "unknown"}
    reliable = table.query("question == 'reliable'").set_index("construct")["verdict"]
    assert reliable["openness"] == "no"
    assert reliable["neuroticism"] == "yes"
    assert table.query("question == 'model fits'")["verdict"].item() == "no"
    unknown = table.query("question == 'same in groups of nowhere'")
    assert set(unknown["verdict"]) == {"unknown"}


def test_results_survive_being_saved(results, tmp_path):
    from coprod_measure.study.records import load_record, save_record

    save_record(tmp_path / "measure.zip", results)
    again = load_record(tmp_path / "measure.zip", made_by="coprod measure")
    pd.testing.assert_frame_equal(again.table(), results.table())
    pd.testing.assert_frame_equal(again.efa.loadings, results.efa.loadings)
    assert again.groups["nowhere"] == results.groups["nowhere"]


def test_one_bad_item_does_not_stop_the_rest(answers):
    flawed = replace(answers, frame=answers.frame.assign(A1=3.0, C2=answers.frame["C1"]))
    results = measure(flawed, MeasurementOptions(parallel_draws=40, htmt_draws=0))
    assert {w.partition(":")[0] for w in results.items.warnings} >= {"A1", "C2"}
    assert list(results.set_aside["item"]) == ["A1", "C2"]
    assert list(results.set_aside["reason"]) == [
        "everybody gave the same answer",
        "every answer is the same as to C1",
    ]
    assert set(results.confirmatory.loadings["item"]).isdisjoint({"A1", "C2"})
    assert len(results.efa.loadings) == 23
    table = results.reliability.table().set_index("construct")
    assert table.loc["neuroticism", "omega"] > 0.8
    # Of a scale with a bad item, the others are described.
    alone = reliability(flawed, {"agreeableness": ["A2", "A3", "A4", "A5"]}).table()
    assert table.loc["agreeableness", "alpha"] == pytest.approx(alone["alpha"][0])
    items = results.items.table().set_index("item")
    assert items.loc["A2":"A5", "r_drop"].notna().all()
    assert pd.isna(items.loc["A1", "r_drop"])
    verdicts = results.table().set_index(["construct", "question"])["verdict"]
    assert set(verdicts["agreeableness"]) <= {"yes", "no"}
    assert verdicts["agreeableness", "reliable"] == "yes"


def test_a_block_that_nobody_answered_leaves_the_others_standing(answers):
    gone = {f"O{k}": np.nan for k in range(1, 6)}
    flawed = replace(answers, frame=answers.frame.assign(**gone))
    results = measure(flawed, MeasurementOptions(parallel_draws=40, htmt_draws=0, groups=("gender",)))
    assert set(results.confirmatory.loadings["construct"]).isdisjoint({"openness"})
    assert results.groups["gender"].highest == "strict"
    verdicts = results.table().set_index(["construct", "question"])["verdict"]
    assert set(verdicts["openness"]) == {"unknown"}
    assert verdicts["neuroticism", "reliable"] == "yes"
    rules = results.table().set_index(["construct", "question"])["rule"]
    assert rules["openness", "same in groups of gender"] == "none of its items can be used in a model"


def test_what_no_factor_stands_behind_says_its_own_reason(answers):
    sets = [
        ItemSet("sorting", "observed", answers.frame[["A1"]], {}), ItemSet("sum", "composite", answers.frame[["C1"]], {}),
        ItemSet("joined", "reflective", answers.frame[["E1"]], {}),
        ItemSet("dull", "reflective", answers.frame[["N1"]], {}), ItemSet("kept", "reflective", answers.frame[["O1"]], {}),
    ]  # fmt: skip
    seen = SimpleNamespace(
        sets=sets, factors={"kept": ("O1",)}, options=SimpleNamespace(groups=("A1",)),
        usable=({"joined": ("E1",), "kept": ("O1",)}, None),
    )  # fmt: skip
    assert why_absent(seen) == {
        "sorting": "A1 sorts the groups",
        "sum": "measured as composite, which no factor stands behind",
        "joined": "merged with another construct in the models",
        "dull": "none of its items can be used in a model",
    }


@pytest.mark.slow
def test_a_factor_that_collapses_is_named(answers):
    some = answers.keep(answers.frame.index[:400])
    noise = np.random.default_rng(3).integers(1, 7, (400, 5)).astype(float)
    flawed = replace(some, frame=some.frame.assign(**{f"C{k + 1}": noise[:, k] for k in range(5)}))
    results = measure(flawed, MeasurementOptions(parallel_draws=40, htmt_draws=0))
    verdicts = results.table().set_index(["construct", "question"])
    assert verdicts.loc[("conscientiousness", "reliable"), "verdict"] in ("no", "unknown")
    assert verdicts.loc[("conscientiousness", "convergent"), "verdict"] in ("no", "unknown")
    assert verdicts.loc[("neuroticism", "reliable"), "verdict"] == "yes"


def test_what_was_not_tested_is_unknown_and_says_why(answers):
    some = answers.keep(answers.frame.index[:400])
    options = MeasurementOptions(
        constructs=("agreeableness", "neuroticism"),
        parallel_draws=20,
        htmt_draws=0,
        groups=("gender",),
        levels=("configural", "metric"),
    )
    table = measure(some, options).table()
    asked = table[table["question"] == "same in groups of gender"]
    assert set(asked["verdict"]) == {"unknown"}
    assert set(asked["rule"]) == {"the scalar level was not tested"}


def test_a_wrongly_keyed_construct_gets_no_verdict_but_unknown(answers):
    """AVE and the fit of one factor are the same for a mirrored item, so they cannot speak for the scale."""
    some = answers.keep(answers.frame.index[:600])
    wrong = replace(some, frame=some.frame.assign(N1=7 - some.frame["N1"]))
    options = MeasurementOptions(
        constructs=("agreeableness", "neuroticism"), parallel_draws=20, htmt_draws=0, groups=("gender",)
    )
    right, found = measure(some, options), measure(wrong, options)
    ave = [one.validity.constructs.set_index("construct").loc["neuroticism", "ave"] for one in (right, found)]
    assert ave[0] == pytest.approx(ave[1], abs=1e-4)
    verdicts = found.table().set_index(["construct", "question"])
    assert set(verdicts.loc["neuroticism", "verdict"]) == {"unknown"}
    assert verdicts.loc[("neuroticism", "convergent"), "rule"] == (
        "items run against each other (N2, N3, N4, N5 load negatively; N1 runs against the other items); look "
        "at the keying first"
    )
    before = right.table().set_index(["construct", "question"])
    pd.testing.assert_frame_equal(verdicts.loc[["agreeableness"]], before.loc[["agreeableness"]])
    assert "unknown" not in set(before["verdict"])


def test_constructs_can_be_chosen(answers):
    options = MeasurementOptions(constructs=("agreeableness", "openness"), parallel_draws=40, htmt_draws=0)
    results = measure(answers, options)
    assert list(results.reliability.table()["construct"]) == ["agreeableness", "openness"]


def test_constructs_that_cannot_be_told_apart_are_merged(items, scales):
    constructs = {"A": scales["A"], "E": scales["E"], "N": scales["N"]}
    ratios = htmt(constructs, items)
    rule = {"E": Construct("E", "E", "", merge_with="A", merge_above=0.60)}
    found = merged_constructs(rule, constructs, ratios)
    table, merged = found.table(), found.constructs
    assert tuple(table.columns) == MERGE_COLUMNS
    assert table["merged"].item()
    assert merged == {"A": (*scales["A"], *scales["E"]), "N": tuple(scales["N"])}
    apart = {"E": Construct("E", "E", "", merge_with="A", merge_above=0.85)}
    found = merged_constructs(apart, constructs, ratios)
    table, merged = found.table(), found.constructs
    assert not table["merged"].item()
    assert list(merged) == ["A", "E", "N"]
    untouched = merged_constructs(rule, constructs, NotAvailable("no ratios")).constructs
    assert list(untouched) == ["A", "E", "N"]
