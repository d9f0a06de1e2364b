"""Values that count the more, the more important they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.populations import population
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return read_instrument("etgar2007")


def drawn(instrument: Instrument, holds: bool) -> Responses:
    found = population(instrument, "H11b")
    assert found is not None
    return found.draw(np.random.default_rng(3), 600, holds)


def judged(answers: Responses) -> HypothesisTests:
    return judge(answers.instrument.theory, answers, ["H11b"])


def test_it_is_found_where_weights_say_what_they_weigh(instrument: Instrument) -> None:
    tests = judged(drawn(instrument, True))
    row, claim = tests.table().iloc[0], tests.claims.iloc[0]
    assert (row["kind"], row["verdict"], claim["model"]) == ("moderated", "supported", "facets")
    assert "4 facets of values weighed by eva_importance_weight" in row["reason"]
    slopes = tests.tables["H11b"]["slopes"]
    assert slopes["slope"].is_monotonic_increasing
    (block,) = PAGES["moderated"].blocks(tests, Labels(instrument))
    assert "1 SD above the mean" in str(block.rows)
    assert judged(drawn(instrument, False)).table()["verdict"].iloc[0] == "not supported"


def test_it_is_least_squares_with_the_products_summed(instrument: Instrument) -> None:
    """The same regression by statsmodels, from the answers."""
    import statsmodels.api as sm

    answers = drawn(instrument, True)
    frame = answers.frame.loc[answers.frame["decision_engage_1"] == 1]
    weights = [f"eva_importance_weight_{k}" for k in range(1, 5)]
    values = np.column_stack([frame[list(instrument.items[one].weighs)].mean(axis=1) for one in weights])
    w = frame[weights].to_numpy(dtype=float)
    summed = ((w - w.mean(axis=0)) * (values - values.mean(axis=0))).sum(axis=1) / 10
    y = frame[[one.id for one in instrument.items_of("eva_satisfaction") if one.id in frame]].mean(axis=1)
    fit = sm.OLS(y, sm.add_constant(np.column_stack([values, w[:, :3], summed]))).fit(cov_type="HC3")
    claim = judged(answers).claims.iloc[0]
    assert claim["estimate"] == pytest.approx(fit.params.iloc[-1], rel=1e-8)
    assert claim["se"] == pytest.approx(fit.bse.iloc[-1], rel=1e-8)


def test_damaged_answers_are_named(instrument: Instrument) -> None:
    answers = drawn(instrument, True)
    same = answers.frame.assign(**dict.fromkeys(instrument.items["eva_importance_weight_4"].weighs, 3.0))
    few = answers.frame.iloc[:20]
    for frame, told in ((same, "does not vary"), (few, "20 respondents answered all of it")):
        spoilt = replace(answers, frame=frame, shown=frame, about=answers.about.loc[frame.index])
        row = judged(spoilt).table().iloc[0]
        assert row["verdict"] == "not testable here"
        assert told in row["reason"]
    values = [name for name in answers.frame if name.startswith("eva_values")]
    unasked = judged(replace(answers, frame=answers.frame.drop(columns=values)))
    assert "what eva_importance_weight weighs was not asked" in unasked.table()["reason"].iloc[0]


def test_it_does_not_need_who_answered_about_attainment_at_large(instrument: Instrument) -> None:
    """Planned missing answers ask it of other people than the weights."""
    answers = drawn(instrument, True)
    apart = answers.frame.assign(
        **{one.id: np.nan for one in instrument.items_of("eva_goal_attainment") if one.id in answers.frame}
    )
    whole, part = (judged(replace(answers, frame=frame)) for frame in (answers.frame, apart))
    assert part.table()["estimate"].iloc[0] == pytest.approx(whole.table()["estimate"].iloc[0], rel=1e-12)
