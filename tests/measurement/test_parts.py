from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.battery import MeasurementResults, measure
from coprod_measure.measurement.examination import Examination, MeasurementOptions
from coprod_measure.measurement.parts import BY_NAME, ON_REQUEST, PARTS
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


def asked(answers, constructs, names, options=None, progress=lambda _: None):
    """Compute parts on request alone, without those before them."""
    x = Examination(answers, replace(options or MeasurementOptions(), constructs=tuple(constructs)), progress)
    for name in names:
        progress(BY_NAME[name].title)
        x.found[name] = x.attempt(name, lambda name=name: BY_NAME[name].home()(x))
    return MeasurementResults(x.found, x.options, x.failures)


QUICK = MeasurementOptions(
    groups=("gender",), htmt_draws=20, permutations=2, structure="neuroticism ~ extraversion"
)


def _each(found):
    for name, part in found.parts.items():
        yield from (
            ((f"{name} of {key}", one) for key, one in part.items())
            if isinstance(part, dict)
            else [(name, part)]
        )


@pytest.fixture(scope="module")
def some(answers):
    return answers.keep(answers.frame.index[:500])


def test_parts_that_fail_leave_the_others_standing(some):
    said = []
    names = ("blocks", "alignment", "permutation", "waves", "retest", "method_bias", "marker", "scores")
    found = asked(some, CONSTRUCTS, names, QUICK, said.append)
    assert "Signs of method variance" in said
    assert "Shuffled groups of gender, metric level: 2 of 2 draws" in said
    assert isinstance(found.marker, NotAvailable)
    assert "marker" in found.marker.reason
    assert "waves and people" in found.waves.reason
    assert "waves and people" in found.retest.reason
    assert "three groups or more, and gender has 2" in found.alignment["gender"].reason
    assert not found.failures
    for name, part in _each(found):
        assert isinstance(part, NotAvailable) or len(part.table()), name
    assert set(found.permutation) == {"gender, metric", "gender, scalar"}
    alone = [scores(some, CONSTRUCTS, method=method).table() for method in METHODS]
    together = found.scores.table().sort_values(["construct", "method"], ignore_index=True)
    assert together.equals(pd.concat(alone).sort_values(["construct", "method"], ignore_index=True))
    ends = ["method_ci_lower", "method_ci_upper"]
    assert list(found.method_bias.paths.columns) == ["lhs", "rhs", "baseline", "method", *ends]


def test_parts_of_groups_need_groups(some):
    found = asked(some, CONSTRUCTS, ("permutation", "alignment", "ordinal_invariance"))
    for part in (found.permutation, found.alignment, found.ordinal_invariance):
        assert "names no groups" in part.reason


@pytest.mark.slow
def test_every_part_can_be_had(answers):
    every = {**CONSTRUCTS, "conscientiousness": [f"C{i}" for i in range(1, 6)]}
    found = asked(answers, every, ON_REQUEST, QUICK)
    assert set(found.missing()) == {"marker", "waves", "retest", "alignment of gender"}
    gone = set(found.missing())
    for name, part in _each(found):
        assert name in gone or len(part.table()), name
    assert set(found.htmt_variants) == {"HTMT2", "polychoric HTMT", "polychoric HTMT2"}
    assert found.ordinal_invariance["gender"].estimator == "WLSMV"
    assert len(found.ordinal_invariance["gender"].effects) == 20
    table = found.ordinal_reliability.table()
    assert (table["omega_ci_lower"] < table["omega"]).all()
    assert table["omega"].between(0.6, 0.95).all()


def test_ordered_answers_are_used_by_pairs_where_the_study_does_not_drop_people(answers, stored):
    options = MeasurementOptions(missing="fiml")
    found = asked(answers, CONSTRUCTS, ("ordinal_model",), options).ordinal_model
    expected = stored("measurement_ordinal_pairwise", "fit").iloc[0]
    assert (found.missing, found.n) == ("pairwise", expected["n"])
    assert found.fit_measures["chisq_scaled"] == pytest.approx(expected["chisq"], rel=1e-5)
    assert f"{expected['fewest']:.0f} to {expected['most']:.0f} respondents" in found.messages[0]
    loadings = stored("measurement_ordinal_pairwise", "loadings", "item")
    std = found.loadings.set_index("item")["std"]
    np.testing.assert_allclose(std, loadings.loc[std.index, "std"], atol=1e-4)
    complete = asked(answers, CONSTRUCTS, ("ordinal_model",)).ordinal_model
    assert (complete.missing, complete.n < found.n) == ("listwise", True)


def test_empty_categories_are_joined_only_where_the_study_says_so(answers):
    frame = answers.frame.copy()
    frame.loc[(frame["gender"] == 1) & (frame["N1"] == 6), "N1"] = 5
    gappy, scales = replace(answers, frame=frame), {"neuroticism": CONSTRUCTS["neuroticism"]}
    options = MeasurementOptions(groups=("gender",))
    refused = asked(gappy, scales, ("ordinal_invariance",), options).ordinal_invariance["gender"]
    assert "collapse_empty_categories: true" in refused.reason
    options = MeasurementOptions(groups=("gender",), collapse_empty_categories=True)
    found = asked(gappy, scales, ("ordinal_invariance",), options).ordinal_invariance["gender"]
    assert list(found.joined["item"]) == ["N1"]


def test_an_unknown_part_is_named():
    with pytest.raises(MeasurementError, match="horoscope"):
        MeasurementOptions(extras=("horoscope",))


def test_waves_of_a_panel(answers):
    """The same people twice with the same answers: nothing changed, so nothing differs."""
    some = answers.frame.index[:300]
    once = answers.keep(some)
    frame = pd.concat([once.frame, once.frame])
    about = pd.DataFrame({"respondent": [*some, *some], "wave": [1] * 300 + [2] * 300}, index=frame.index)
    noise = np.random.default_rng(8).integers(-1, 2, frame.shape)
    panel = replace(once, frame=(frame + noise).reset_index(drop=True), about=about.reset_index(drop=True))
    found = asked(panel, {"neuroticism": CONSTRUCTS["neuroticism"]}, ("waves", "retest"))
    assert found.waves.highest == "strict"
    row = found.retest.table().iloc[0]
    assert row["construct"] == "neuroticism"
    assert row["n"] > 280
    assert row["icc"] > 0.85


def test_every_part_has_a_home():
    assert len(BY_NAME) == len(PARTS)
    for part in PARTS:
        assert callable(part.home()), part.name


def test_a_fault_of_the_program_is_a_named_gap_and_the_rest_still_comes(answers, monkeypatch):
    def broken(x):
        return 1 / 0

    monkeypatch.setattr("coprod_measure.measurement.reliability.consistency.examine", broken)
    monkeypatch.setattr("coprod_measure.measurement.validity.htmt.examine", broken)
    options = MeasurementOptions(constructs=("agreeableness", "neuroticism"), parallel_draws=20)
    found = measure(answers.keep(answers.frame.index[:300]), options)
    assert list(found.failures) == ["consistency", "htmt"]
    assert "in broken" in found.failures["htmt"]
    assert "ZeroDivisionError: division by zero" in found.consistency.reason
    assert set(found.missing()) == {"consistency", "htmt"}
    assert (
        found.table().set_index(["construct", "question"]).loc[("neuroticism", "reliable"), "verdict"]
        == "yes"
    )
