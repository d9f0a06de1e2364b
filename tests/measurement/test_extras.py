from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.extras import EXTRAS, ExtraOptions, Extras, extras
from coprod_measure.measurement.scores.respondents import METHODS, scores
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder

CONSTRUCTS = {
    "agreeableness": [f"A{i}" for i in range(1, 6)],
    "extraversion": [f"E{i}" for i in range(1, 6)],
    "neuroticism": [f"N{i}" for i in range(1, 6)],
}


@pytest.fixture(scope="module")
def answers():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    return read_responses(path, read_instrument("bfi25"))


def test_only_what_is_asked_for_is_computed(answers):
    assert extras(answers, CONSTRUCTS, ()) == Extras()


QUICK = ExtraOptions(groups=("gender",), draws=20, permutations=2, structure="neuroticism ~ extraversion")


@pytest.fixture(scope="module")
def some(answers):
    return answers.keep(answers.frame.index[:500])


def test_parts_that_fail_leave_the_others_standing(some):
    said = []
    asked = ("blocks", "alignment", "permutation", "waves", "retest", "method_bias", "marker", "scores")
    found = extras(some, CONSTRUCTS, asked, options=QUICK, progress=said.append)
    assert "Method variance" in said
    assert "Shuffled groups of gender, metric level: draw 0 of 2" in said
    assert isinstance(found.marker, NotAvailable)
    assert "marker" in found.marker.reason
    assert "waves and people" in found.waves.reason
    assert "waves and people" in found.retest.reason
    assert "three groups or more, and gender has 2" in found.alignment["gender"].reason
    for name, part in found.parts().items():
        assert isinstance(part, NotAvailable) or len(part.table()), name
    assert set(found.permutation) == {"gender, metric", "gender, scalar"}
    alone = [scores(some, CONSTRUCTS, method=method).table() for method in METHODS]
    together = found.scores.table().sort_values(["construct", "method"], ignore_index=True)
    assert together.equals(pd.concat(alone).sort_values(["construct", "method"], ignore_index=True))
    ends = ["method_ci_lower", "method_ci_upper"]
    assert list(found.method_bias.paths.columns) == ["lhs", "rhs", "baseline", "method", *ends]


def test_parts_of_groups_need_groups(some):
    found = extras(some, CONSTRUCTS, ("permutation", "alignment", "ordinal_invariance"))
    for part in (found.permutation, found.alignment, found.ordinal_invariance):
        assert "names no groups" in part.reason


@pytest.mark.slow
def test_every_part_can_be_had(answers):
    every = {**CONSTRUCTS, "conscientiousness": [f"C{i}" for i in range(1, 6)]}
    found = extras(answers, every, EXTRAS, options=QUICK)
    gone = {name for name, part in found.parts().items() if isinstance(part, NotAvailable)}
    assert gone == {"marker", "waves", "retest", "alignment, gender"}
    for name, part in found.parts().items():
        assert name in gone or len(part.table()), name
    assert set(found.htmt_variants) == {"HTMT2", "polychoric HTMT", "polychoric HTMT2"}
    assert found.ordinal_invariance["gender"].estimator == "WLSMV"
    assert len(found.ordinal_invariance["gender"].effects) == 20
    table = found.ordinal_reliability.table()
    assert (table["omega_ci_lower"] < table["omega"]).all()
    assert table["omega"].between(0.6, 0.95).all()


def test_ordered_answers_are_used_by_pairs_where_the_study_does_not_drop_people(answers, stored):
    options = ExtraOptions(missing="fiml")
    found = extras(answers, CONSTRUCTS, ("ordinal_model",), options=options).ordinal_model
    expected = stored("measurement_ordinal_pairwise", "fit").iloc[0]
    assert (found.missing, found.n) == ("pairwise", expected["n"])
    assert found.fit_measures["chisq_scaled"] == pytest.approx(expected["chisq"], rel=1e-5)
    assert f"{expected['fewest']:.0f} to {expected['most']:.0f} respondents" in found.messages[0]
    loadings = stored("measurement_ordinal_pairwise", "loadings", "item")
    std = found.loadings.set_index("item")["std"]
    np.testing.assert_allclose(std, loadings.loc[std.index, "std"], atol=1e-4)
    complete = extras(answers, CONSTRUCTS, ("ordinal_model",)).ordinal_model
    assert (complete.missing, complete.n < found.n) == ("listwise", True)


def test_empty_categories_are_joined_only_where_the_study_says_so(answers):
    frame = answers.frame.copy()
    frame.loc[(frame["gender"] == 1) & (frame["N1"] == 6), "N1"] = 5
    gappy, asked = replace(answers, frame=frame), {"neuroticism": CONSTRUCTS["neuroticism"]}
    options = ExtraOptions(groups=("gender",))
    refused = extras(gappy, asked, ("ordinal_invariance",), options=options).ordinal_invariance["gender"]
    assert "collapse_empty_categories: true" in refused.reason
    options = ExtraOptions(groups=("gender",), collapse_empty_categories=True)
    found = extras(gappy, asked, ("ordinal_invariance",), options=options).ordinal_invariance["gender"]
    assert list(found.joined["item"]) == ["N1"]


def test_an_unknown_part_is_named(answers):
    with pytest.raises(MeasurementError, match="horoscope"):
        extras(answers, CONSTRUCTS, ("horoscope",))


def test_waves_of_a_panel(answers):
    """The same people twice with the same answers: nothing changed, so nothing differs."""
    some = answers.frame.index[:300]
    once = answers.keep(some)
    frame = pd.concat([once.frame, once.frame])
    about = pd.DataFrame({"respondent": [*some, *some], "wave": [1] * 300 + [2] * 300}, index=frame.index)
    noise = np.random.default_rng(8).integers(-1, 2, frame.shape)
    panel = replace(once, frame=(frame + noise).reset_index(drop=True), about=about.reset_index(drop=True))
    found = extras(panel, {"neuroticism": CONSTRUCTS["neuroticism"]}, ("waves", "retest"))
    assert found.waves.highest == "strict"
    row = found.retest.table().iloc[0]
    assert row["construct"] == "neuroticism"
    assert row["n"] > 280
    assert row["icc"] > 0.85
