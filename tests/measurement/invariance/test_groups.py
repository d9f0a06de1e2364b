from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.solution.estimate import resume
from coprod_measure.measurement.invariance import ladder as ladder_module
from coprod_measure.measurement.invariance.group_models import GroupModels
from coprod_measure.measurement.invariance.groups import (
    FACTOR_SD,
    FIRST_ITEM,
    invariance,
)
from coprod_measure.measurement.invariance.item_effects import dmacs
from coprod_measure.measurement.invariance.ladder import INVARIANCE_COLUMNS, LEVELS
from coprod_measure.report.about_groups import judged_by

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
STATISTICS = ["chisq", "df", "cfi", "rmsea", "srmr", "delta_chisq", "delta_df", "delta_pvalue"]


@pytest.fixture(scope="module")
def abilities():
    return pd.read_csv(Path(__file__).parents[2] / "reference" / "data" / "holzinger_swineford.csv")


@pytest.fixture(scope="module")
def ladder(abilities):
    return invariance(MODEL, abilities, group="school", levels=tuple(LEVELS), effects=False)


def test_ladder_over_schools_agrees_with_lavaan(ladder, stored):
    expected = stored("measurement_invariance", "school", "level")
    table = ladder.table().set_index("level")
    assert list(table.index) == list(expected.index)
    np.testing.assert_allclose(table[STATISTICS].astype(float), expected[STATISTICS], atol=1e-4)
    np.testing.assert_allclose(table["delta_cfi"].iloc[1:], np.diff(expected["cfi"]), atol=1e-6)
    np.testing.assert_allclose(table["delta_rmsea"].iloc[1:], np.diff(expected["rmsea"]), atol=1e-6)
    assert tuple(ladder.table().columns) == INVARIANCE_COLUMNS


def test_robust_ladder_agrees_with_lavaan(abilities, stored):
    steps = invariance(MODEL, abilities, group="school", levels=tuple(LEVELS), effects=False, estimator="MLR")
    expected = stored("measurement_invariance", "school_mlr")
    np.testing.assert_allclose(steps.table()[STATISTICS].astype(float), expected[STATISTICS], atol=1e-3)


def test_highest_level_stops_where_cfi_falls(ladder):
    assert ladder.highest == "metric"
    assert ladder.means.empty


def test_ladder_over_gender_agrees_with_lavaan(bfi, scales, stored):
    table = invariance(scales, bfi, group="gender", levels=tuple(LEVELS), effects=False).table()
    expected = stored("measurement_invariance", "gender")
    np.testing.assert_allclose(table[STATISTICS].astype(float), expected[STATISTICS], rtol=1e-6, atol=1e-4)


def test_ladder_over_twenty_groups_agrees_with_lavaan(stored):
    answers = pd.read_csv(Path(__file__).parents[2] / "reference" / "measurement_many_groups" / "answers.csv")
    model = "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7 + x8"
    found = invariance(model, answers, group="group", levels=tuple(LEVELS), effects=False)
    expected = stored("measurement_many_groups", "ladder")
    columns = ["chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "delta_chisq", "delta_df"]
    np.testing.assert_allclose(found.table()[columns].astype(float), expected[columns], atol=2e-4)
    assert list(found.sizes["n"]) == [160, *(60 + 5 * g for g in range(1, 20))]


@pytest.fixture(scope="module")
def partial(abilities):
    return invariance(MODEL, abilities, group="school", partial=True)


def test_partial_invariance_frees_the_known_intercepts(partial, stored):
    """The intercepts of x3 and x7 differ between the schools: the textbook result for these data."""
    assert list(partial.freed["parameter"]) == ["x3~1", "x7~1"]
    assert list(partial.table()["level"]) == ["configural", "metric", "scalar", "partial scalar", "strict"]
    expected = stored("measurement_invariance", "school_partial_means", "construct")
    row = partial.table().set_index("level").loc["partial scalar"]
    assert row["chisq"] == pytest.approx(expected["chisq"].iloc[0], abs=1e-4)
    assert row["delta_df"] == 4


def test_latent_means_of_the_partial_model_agree_with_lavaan(abilities, stored):
    steps = invariance(
        MODEL, abilities, group="school", levels=("configural", "metric", "scalar"), partial=True
    )
    assert steps.highest == "partial scalar"
    expected = stored("measurement_invariance", "school_partial_means", "construct")
    means = steps.means.set_index("construct").loc[expected.index]
    np.testing.assert_allclose(means[["est", "se", "pvalue"]], expected[["est", "se", "pvalue"]], atol=1e-4)
    assert set(means["label"]) == {"Grant-White"}


@pytest.mark.parametrize(
    ("partial", "unit", "difference"), [(True, FACTOR_SD, 0.5), (False, FIRST_ITEM, 1.4)]
)
def test_means_come_in_the_unit_that_the_record_names(partial, unit, difference):
    """Half a standard deviation of a factor that moves the first item by 2.8 of its units."""
    rng = np.random.default_rng(8)
    factor = rng.standard_normal(4000) + np.repeat([0.0, 0.5], 2000)
    items = factor[:, None] * [2.8, 2.4, 2.0, 2.2] + rng.standard_normal((4000, 4))
    frame = pd.DataFrame(items, columns=list("abcd")).assign(group=np.repeat(["x", "y"], 2000))
    found = invariance({"f": list("abcd")}, frame, group="group", partial=partial, effects=False)
    assert found.highest == "strict"
    assert found.means_unit == unit
    assert found.means["est"].iloc[0] == pytest.approx(difference, rel=0.2)


def test_item_effects_agree_with_integration_in_r(partial, stored):
    expected = stored("measurement_invariance", "school_dmacs", "item")["dmacs"]
    found = partial.effects.set_index("item")["dmacs"]
    np.testing.assert_allclose(found.loc[expected.index], expected, atol=1e-5)


def test_dmacs_by_hand():
    assert dmacs(0.0, 0.5, mean=1.0, variance=2.0, sd=1.25) == pytest.approx(0.4)
    assert dmacs(0.3, 0.0, mean=0.0, variance=4.0, sd=1.0) == pytest.approx(0.6)


def test_a_planted_difference_is_found():
    rng = np.random.default_rng(12)
    frames = []
    for label, shift in (("a", 0.0), ("b", 0.8)):
        factors = rng.standard_normal((400, 1)) + (0.3 if label == "b" else 0.0)
        x = 0.8 * factors + 0.6 * rng.standard_normal((400, 5))
        x[:, 3] += shift
        frames.append(pd.DataFrame(x, columns=[f"i{k}" for k in range(1, 6)]).assign(g=label))
    data = pd.concat(frames, ignore_index=True)
    found = invariance("f =~ i1 + i2 + i3 + i4 + i5", data, group="g", partial=True)
    assert list(found.freed["parameter"]) == ["i4~1"]
    assert found.highest == "strict"
    assert found.effects.set_index("item")["dmacs"].idxmax() == "i4"
    assert found.means["est"].iloc[0] == pytest.approx(0.3, abs=0.15)


def test_two_item_constructs_are_passed_over(abilities):
    constructs = {"short": ["x1", "x2"], "long": ["x4", "x5", "x6"]}
    own = GroupModels(frame=abilities, group="school", constructs=constructs)
    assert set(own.effects()["construct"]) == {"long"}


def test_answers_without_a_factor_are_not_searched_without_end(monkeypatch: pytest.MonkeyPatch):
    """Models that run away are tried from one start each; the items without a size are named."""
    drawn = np.random.default_rng(6).integers(1, 6, (66, 4))
    frame = pd.DataFrame(drawn, columns=list("abcd")).assign(e=np.repeat(list("xyz"), 22))
    afresh: list[bool] = []
    for name, value in (("estimate.PATIENCE", 0), ("estimate.SCATTERED", 1), ("minimize.POLISH", 20)):
        monkeypatch.setattr(f"coprod_measure.estimation.solution.{name}", value)
    monkeypatch.setattr(
        "coprod_measure.estimation.solution.estimate.resume",
        lambda *given, **how: afresh.append(given[3] is None) or resume(*given, **how),
    )
    found = invariance({"f": list("abcd")}, frame, group="e")
    assert found.tested == ("configural", "metric", "scalar", "strict")
    assert sum(afresh) == 2, "the first level, and the construct by itself"
    # In one group the construct has a negative variance where a, b or c is free.
    assert found.effects.groupby("item").size().to_dict() == dict.fromkeys("abc", 1)
    assert (found.effects["dmacs"] > 0).all()
    assert found.messages[-1].startswith("no size of the difference for a, b, c, d: ")


def test_people_without_a_group_are_counted(bfi, scales):
    some = bfi.assign(g=bfi["gender"].where(bfi.index > 100))
    found = invariance({"A": scales["A"]}, some, group="g", levels=("configural",), effects=False)
    assert found.messages[0].startswith("101 respondents without a value of g")
    assert found.sizes["n"].sum() < 2700


def test_bad_groups_are_named(abilities):
    with pytest.raises(DataError, match="no column nowhere"):
        invariance(MODEL, abilities, group="nowhere")
    with pytest.raises(DataError, match="fewer than two"):
        invariance(MODEL, abilities.assign(one=1), group="one")
    with pytest.raises(DataError, match="weak"):
        invariance(MODEL, abilities, group="school", levels=("weak",))


def test_slips_of_the_pen_are_met(bfi, scales):
    with pytest.raises(DataError, match="Did you mean 'gender'"):
        invariance({"N": scales["N"]}, bfi, group="gendr")
    with pytest.raises(DataError, match="Did you mean 'metric'"):
        invariance({"N": scales["N"]}, bfi, group="gender", levels=("metrik",))


def test_a_tiny_group_is_left_out_by_name(abilities, ladder):
    """The rest is compared as if the small group had never been there."""
    people = pd.concat([abilities, abilities.head(7).assign(school="Tiny")], ignore_index=True)
    found = invariance(MODEL, people, group="school", levels=tuple(LEVELS), effects=False)
    assert found.left_out.to_dict("records") == [{"label": "Tiny", "n": 7, "needed": 10}]
    assert list(found.sizes["label"]) == ["Pasteur", "Grant-White"]
    pd.testing.assert_frame_equal(found.table(), ladder.table())


def test_one_large_group_is_nothing_to_compare(abilities):
    tiny = abilities.assign(g=np.where(np.arange(len(abilities)) < 6, "few", "many"))
    with pytest.raises(DataError, match=r"few \(n = 6\).*at least 10 respondents"):
        invariance(MODEL, tiny, group="g", effects=False)


def test_incomplete_answers_count_where_they_are_used(abilities):
    gaps = abilities.assign(g=np.where(np.arange(len(abilities)) < 40, "gaps", "whole"))
    gaps.loc[gaps["g"].eq("gaps") & (np.arange(len(gaps)) % 8 > 0), "x1"] = np.nan
    with pytest.raises(DataError, match=r"gaps \(n = 5\)"):
        invariance(MODEL, gaps, group="g", levels=("configural",), effects=False)
    found = invariance(MODEL, gaps, group="g", levels=("configural",), effects=False, missing="fiml")
    assert found.left_out.empty


def test_answers_without_factors_end_the_ladder_with_a_reason(monkeypatch):
    monkeypatch.setattr("coprod_measure.estimation.solution.estimate.PATIENCE", 0)
    monkeypatch.setattr("coprod_measure.estimation.solution.minimize.POLISH", 20)
    monkeypatch.setattr("coprod_measure.estimation.solution.minimize.QUASI_NEWTON", 1)
    random = np.random.default_rng(3)
    items = [f"{scale}{k}" for scale in "ab" for k in range(1, 6)]
    noise = pd.DataFrame(random.integers(1, 8, (150, 10)), columns=items).astype(float)
    noise["city"] = random.choice(["x", "y", "z"], 150)
    scales = {"a": items[:5], "b": items[5:]}
    found = invariance(scales, noise, group="city", partial=True)
    assert found.highest == "none"
    assert list(found.unavailable) == ["configural"]
    assert "did not converge" in found.unavailable["configural"].reason
    assert len(found.effects) == 0


def test_item_effects_use_every_answer_where_the_model_does(abilities):
    """An item that is missing where a respondent does well moves the effect unless all answers count."""
    gaps = abilities.assign(x3=abilities["x3"].where(abilities["x1"] < 6.0))
    found = {
        missing: invariance(MODEL, gaps, group="school", levels=("configural",), missing=missing).effects
        for missing in ("listwise", "fiml")
    }
    visual = {missing: table[table["construct"] == "visual"] for missing, table in found.items()}
    assert set(visual["fiml"]["n"]) == {301}
    assert set(visual["listwise"]["n"]) == {int(gaps["x3"].notna().sum())}
    assert np.abs(visual["fiml"]["dmacs"] - visual["listwise"]["dmacs"]).max() > 0.01
    np.testing.assert_allclose(
        found["fiml"].set_index("item").loc[["x4", "x5", "x6"], "dmacs"],
        found["listwise"].set_index("item").loc[["x4", "x5", "x6"], "dmacs"],
        atol=1e-3,
    )


def test_groups_are_compared_with_the_largest_or_the_one_named(abilities, ladder):
    late = pd.concat([abilities[abilities["school"] == school] for school in ("Grant-White", "Pasteur")])
    found = invariance(MODEL, late, group="school", levels=tuple(LEVELS), effects=False)
    assert list(found.sizes["label"]) == ["Pasteur", "Grant-White"]  # 156 and 145 children
    assert found.reference == ladder.reference == "Pasteur"
    pd.testing.assert_frame_equal(found.table(), ladder.table())
    named = invariance(
        MODEL, abilities, group="school", reference="Grant-White", levels=tuple(LEVELS), effects=False
    )
    assert named.reference == "Grant-White"
    pd.testing.assert_frame_equal(named.table(), ladder.table(), atol=1e-4, rtol=1e-4)


def test_differences_change_their_sign_with_the_reference():
    """In the units of an item, two groups are as far apart seen from either of them."""
    rng = np.random.default_rng(8)
    factor = rng.standard_normal(900) + np.repeat([0.0, 0.5], [400, 500])
    items = factor[:, None] * [0.8, 0.7, 0.9, 0.8] + 0.6 * rng.standard_normal((900, 4))
    frame = pd.DataFrame(items, columns=list("abcd")).assign(group=np.repeat(["x", "y"], [400, 500]))
    means = {
        reference: invariance(
            {"f": list("abcd")}, frame, group="group", reference=reference, effects=False
        ).means
        for reference in ("", "x")
    }
    assert list(means[""]["label"]) == ["x"]
    assert list(means["x"]["label"]) == ["y"]
    assert means["x"]["est"].iloc[0] == pytest.approx(-means[""]["est"].iloc[0], abs=1e-5)
    assert means["x"]["est"].iloc[0] > 0.2


@pytest.mark.parametrize(("reference", "told"), [("Pastuer", "not there"), ("Tiny", "too small")])
def test_a_reference_that_cannot_be_one_is_refused(abilities, reference, told):
    people = pd.concat([abilities, abilities.head(7).assign(school="Tiny")], ignore_index=True)
    with pytest.raises(DataError, match=rf"'{reference}' of school is {told}"):
        invariance(MODEL, people, group="school", reference=reference)


def test_who_gave_no_answer_is_no_reference_unless_named():
    """The largest group is the one that preferred not to say."""
    rng = np.random.default_rng(4)
    f = rng.standard_normal(900)
    frame = pd.DataFrame({name: 0.8 * f + 0.6 * rng.standard_normal(900) for name in "abcd"})
    labels = np.repeat(["I prefer not to say", "woman", "man"], [450, 250, 200])
    asked = {"group": "sex", "levels": ("configural", "metric"), "effects": False}
    found = invariance({"f": list("abcd")}, frame.assign(sex=labels), **asked)
    assert found.reference == "woman"
    assert list(found.sizes["label"]) == ["woman", "I prefer not to say", "man"]
    named = invariance(
        {"f": list("abcd")}, frame.assign(sex=labels), reference="I prefer not to say", **asked
    )
    assert named.reference == "I prefer not to say"
    silent = np.repeat(["Don't know", "No answer"], 450)
    assert invariance({"f": list("abcd")}, frame.assign(sex=silent), **asked).reference == "Don't know"


def test_where_no_measure_of_fit_exists_the_tests_of_the_difference_decide(abilities, monkeypatch):
    gaps = abilities.copy()
    items = [f"x{k}" for k in range(1, 10)]
    gaps[items] = gaps[items].mask(np.random.default_rng(12).random((len(gaps), 9)) < 0.1)
    monkeypatch.setattr(FullInformation, "testable", property(lambda _: False))
    found = invariance(MODEL, gaps, group="school", missing="fiml", estimator="MLR", effects=False)
    steps = found.steps.set_index("level")
    assert steps["cfi"].isna().all()
    assert steps["delta_pvalue"].iloc[1:].notna().all()
    assert (steps.loc["metric", "delta_pvalue"] > 0.05, steps.loc["scalar", "delta_pvalue"] < 0.05) == (1, 1)
    assert found.highest == "metric"
    assert judged_by(found) == "tests of the difference, as no measure of fit exists"


def test_a_level_without_a_test_of_the_difference_says_why(abilities, monkeypatch):
    why = NotAvailable("the difference is not scaled")
    monkeypatch.setattr(ladder_module, "difference", lambda *_: (why, 6.0, why))
    found = invariance(MODEL, abilities, group="school", levels=("configural", "metric"), effects=False)
    assert found.steps["delta_pvalue"].isna().all()
    assert "metric: no test of the difference (the difference is not scaled)" in found.messages
