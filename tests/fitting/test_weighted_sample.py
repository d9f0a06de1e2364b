"""What is refused and what is said of data for weighted least squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

DATA = Path(__file__).parents[1] / "reference" / "data"
ONE = "f =~ u1 + u2 + u3 + u4"
ITEMS = ["u1", "u2", "u3", "u4"]


@pytest.fixture
def data() -> pd.DataFrame:
    return pd.read_csv(DATA / "ordinal.csv")


def test_a_category_that_a_group_never_chose_is_named(data: pd.DataFrame) -> None:
    data.loc[(data["group"] == "b") & (data["u2"] == 5), "u2"] = 4
    with pytest.raises(cm.CoprodError, match=r"u2: nobody in group b chose 5"):
        cm.cfa(ONE, data, ordered=ITEMS, group="group")


def test_wls_with_too_few_respondents_is_refused_with_the_cure(data: pd.DataFrame) -> None:
    few = data.iloc[:60].copy()
    few[ITEMS] = (few[ITEMS] > 3).astype(int)
    assert cm.cfa(ONE, few, ordered=ITEMS, estimator="WLS").converged
    wide = data.iloc[:60].copy()
    items = [f"u{k}" for k in range(1, 13)]
    wide[items] = (wide[items] > wide[items].mean()).astype(int)
    with pytest.raises(
        cm.CoprodError, match=r"cannot be inverted with 60 respondents. Use estimator=\"WLSMV\""
    ):
        cm.cfa("f =~ " + " + ".join(items), wide, ordered=items, estimator="WLS")


def test_a_continuous_variable_declared_ordered_is_named(data: pd.DataFrame) -> None:
    with pytest.raises(cm.CoprodError, match=r"c1: has \d+ different answers, too many"):
        cm.cfa("f =~ u1 + u2 + u3 + c1", data, ordered=["u1", "u2", "c1"])


def test_ordered_names_that_the_data_lack_are_named(data: pd.DataFrame) -> None:
    with pytest.raises(cm.CoprodError, match=r"v1: not in the data"):
        cm.cfa(ONE, data, ordered=[*ITEMS, "v1"])


def test_questions_that_nobody_answered_together_are_named(data: pd.DataFrame) -> None:
    split = data.astype({"u1": float, "u4": float})
    split.loc[:349, "u1"] = np.nan
    split.loc[350:, "u4"] = np.nan
    with pytest.raises(cm.CoprodError, match=r"u1 and u4: fewer than three people answered both"):
        cm.cfa(ONE, split, ordered=ITEMS, missing="pairwise")


def test_a_question_with_one_answer_among_those_who_answered_both_is_no_crash() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(1, 4, (200, 2)).astype(float), columns=["p", "q"])
    frame.loc[frame["q"] != 2, "p"] = np.nan
    assert np.isfinite(cm.polychoric(frame).correlations.to_numpy()).all()


def test_moments_alone_are_refused(data: pd.DataFrame) -> None:
    with pytest.raises(cm.CoprodError, match="raw data"):
        cm.cfa(ONE, cm.Moments(data[ITEMS].cov(), len(data)), estimator="DWLS")


def test_thin_tables_are_messages_of_the_fit(data: pd.DataFrame) -> None:
    few = data.iloc[:150]
    messages = " | ".join(cm.cfa(ONE, few, ordered=ITEMS).messages)
    assert "leave cells of their table empty" in messages


def test_a_correlation_of_which_answers_tell_only_the_sign_is_named() -> None:
    # Nobody with 1 in p has 2 in q: given a covariate, the likelihood rises towards a correlation of one and is flat.
    rng = np.random.default_rng(1)
    x = rng.standard_normal(300)
    frame = pd.DataFrame({"x": x, "p": 1.0 + (x + rng.standard_normal(300) > -0.6)})
    frame["q"] = np.where(frame["p"] == 2.0, 1.0 + (x + rng.standard_normal(300) > 1.2), 1.0)
    frame["r"] = 1.0 + (x + rng.standard_normal(300) > 0.0)
    fit = cm.sem("p ~ x\nq ~ x\nr ~ x\np ~~ q + r\nq ~~ r", frame, ordered=["p", "q", "r"])
    told = [words for words in fit.messages if "no more of their correlations than the sign" in words]
    assert len(told) == 1
    assert told[0].startswith("answers to p and q say")


def test_an_ordered_covariate_enters_as_a_number_and_that_is_said(data: pd.DataFrame) -> None:
    fit = cm.sem("f =~ u1 + u2 + u3\nf ~ u7", data, ordered=["u1", "u2", "u3", "u7"])
    assert "the covariate u7 enters as a number" in " | ".join(fit.messages)


def test_categories_may_have_any_numbers(data: pd.DataFrame) -> None:
    plain = cm.cfa(ONE, data, ordered=ITEMS)
    recoded = data.assign(u1=10 * data["u1"] - 3)
    np.testing.assert_allclose(
        cm.cfa(ONE, recoded, ordered=ITEMS).parameters["est"], plain.parameters["est"], atol=1e-10
    )


def test_weights_that_repeat_respondents_give_their_estimates(data: pd.DataFrame) -> None:
    weights = np.random.default_rng(3).integers(1, 4, len(data))
    repeated = data.loc[data.index.repeat(weights)]
    weighted = cm.cfa(ONE, data.assign(w=weights), ordered=ITEMS, weights="w", estimator="ULSMV")
    whole = cm.cfa(ONE, repeated, ordered=ITEMS, estimator="ULSMV")
    np.testing.assert_allclose(weighted.parameters["est"], whole.parameters["est"], atol=1e-7)


def test_an_ordered_mediator_needs_theta_where_scales_are_free(data: pd.DataFrame) -> None:
    model = "f =~ u1 + u2 + u3\nu4 ~ f\nu5 ~ u4"
    items = ["u1", "u2", "u3", "u4", "u5"]
    options = {"ordered": items, "group": "group", "group_equal": ["thresholds", "loadings"]}
    with pytest.raises(cm.CoprodError, match=r"Use parameterization=\"theta\""):
        cm.sem(model, data, **options)


def test_equal_loadings_and_covariances_are_recovered() -> None:
    rng = np.random.default_rng(77)
    factor = rng.standard_normal((4000, 1))
    latent = factor @ np.array([[0.8, 0.7, 0.6, 0.5]]) + rng.standard_normal((4000, 4)) * np.sqrt(
        1 - np.array([0.64, 0.49, 0.36, 0.25])
    )
    frame = pd.DataFrame(latent, columns=ITEMS)
    frame["u1"] = np.searchsorted([-0.8, 0.3, 1.2], latent[:, 0])
    frame["u2"] = np.searchsorted([0.4], latent[:, 1])
    fit = cm.cfa(ONE, frame, ordered=["u1", "u2"], std_lv=True)
    table = fit.parameters
    loadings = table[table["op"] == "=~"]
    assert (np.abs(loadings["est"] - [0.8, 0.7, 0.6, 0.5]) < 3.5 * loadings["se"]).all()
    cuts = table[table["op"] == "|"]
    assert (np.abs(cuts["est"] - [-0.8, 0.3, 1.2, 0.4]) < 3.5 * cuts["se"]).all()
