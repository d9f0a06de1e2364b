"""Correlations of real answers against lavaan and psych, and what is said of unusable columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / "bfi.csv").iloc[:, :25]


@pytest.mark.parametrize("program", ["lavaan", "psych"])
def test_correlations_of_bfi_agree(answers: pd.DataFrame, program: str) -> None:
    theirs = pd.read_csv(REFERENCE / "ordinal_bfi" / f"{program}.csv", index_col=0)
    ours = cm.polychoric(answers, missing="listwise").correlations
    assert list(ours.columns) == list(theirs.columns)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_thresholds_and_errors_of_bfi_agree(answers: pd.DataFrame) -> None:
    table = pd.read_csv(REFERENCE / "ordinal_bfi" / "errors.csv")
    ours = cm.polychoric(answers, missing="listwise")
    assert ours.n == 2436
    thresholds = table[table["op"] == "|"]
    mine = ours.thresholds.set_index(["item", "threshold"]).sort_index()
    theirs = (
        thresholds.assign(threshold=thresholds["rhs"].str[1:].astype(int))
        .set_index(["lhs", "threshold"])
        .sort_index()
    )
    assert list(mine.index) == list(theirs.index)
    np.testing.assert_allclose(mine[["est", "se"]], theirs[["est", "se"]], atol=1e-5)
    for row in table[table["op"] == "~~"].itertuples():
        assert ours.se.loc[row.lhs, row.rhs] == pytest.approx(row.se, abs=1e-5)


def test_pairs_use_everybody_who_answered_both(answers: pd.DataFrame) -> None:
    two = answers[["A1", "O4"]]
    ours = cm.polychoric(two)
    assert ours.n_pairs.loc["A1", "O4"] == len(two.dropna())
    assert ours.n_pairs.loc["A1", "A1"] == two["A1"].count()
    assert ours.table()["n"].tolist() == [len(two.dropna())]


def test_continuous_columns_get_polyserial_and_pearson_correlations() -> None:
    rng = np.random.default_rng(5)
    factor = rng.standard_normal((4000, 1))
    frame = pd.DataFrame(0.8 * factor + 0.6 * rng.standard_normal((4000, 3)), columns=["a", "x", "y"])
    frame["a"] = np.searchsorted([-1.0, 0.5], frame["a"])
    ours = cm.polychoric(frame, continuous=["x", "y"])
    assert ours.correlations.loc["a", "x"] == pytest.approx(0.64, abs=4 * ours.se.loc["a", "x"])
    assert ours.correlations.loc["x", "y"] == pytest.approx(
        np.corrcoef(frame["x"], frame["y"])[0, 1], abs=1e-9
    )


def test_errors_can_be_left_out(answers: pd.DataFrame) -> None:
    plain = cm.polychoric(answers.iloc[:, :4], standard_errors=False)
    assert not plain.se
    assert "se" not in plain.thresholds.columns
    assert list(plain.table().columns) == ["item_1", "item_2", "correlation", "n"]
    whole = cm.polychoric(answers.iloc[:, :4])
    pd.testing.assert_frame_equal(plain.correlations, whole.correlations)


def test_thin_tables_are_named() -> None:
    frame = pd.DataFrame({"p": [1, 1, 1, 2, 2, 4, 4, 4], "q": [1, 1, 2, 1, 2, 2, 2, 2]})
    said = " | ".join(cm.polychoric(frame).warnings)
    assert "nobody chose answer 3 of p" in said
    assert "p and q has empty cells" in said


def test_perfect_agreement_is_named() -> None:
    frame = pd.DataFrame({"p": [1, 2, 3] * 20, "q": [1, 2, 3] * 20, "r": [1, 2, 1, 2, 1, 1] * 10})
    assert any("p and q ran to its bound" in text for text in cm.polychoric(frame).warnings)


def test_every_unusable_column_is_named_at_once() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", "b", "c"] * 10,
            "same": 3,
            "half": np.arange(30) / 2,
            "many": np.arange(30),
            "plain": pd.Categorical(["no", "yes", "no"] * 10),
            "fine": [1, 2, 3] * 10,
        }
    )
    with pytest.raises(cm.CoprodError) as caught:
        cm.polychoric(frame)
    codes = {problem.place: problem.code for problem in caught.value.problems}
    assert codes == {
        "column text": "not-numeric",
        "column same": "constant",
        "column half": "not-integer",
        "column many": "too-many-categories",
        "column plain": "unordered-categories",
    }


def test_ordered_categoricals_keep_their_order() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 200)
    words = np.array(["never", "often", "always"])
    frame = pd.DataFrame(
        {
            "q": pd.Categorical(words[codes], categories=words, ordered=True),
            "p": codes + rng.integers(0, 2, 200),
        }
    )
    plain = cm.polychoric(pd.DataFrame({"q": codes, "p": frame["p"]}))
    assert cm.polychoric(frame).correlations.loc["q", "p"] == pytest.approx(plain.correlations.loc["q", "p"])


def test_questions_that_nobody_answered_together_are_named() -> None:
    frame = pd.DataFrame({"p": [1, 2] * 10 + [np.nan] * 20, "q": [np.nan] * 20 + [1, 2] * 10})
    with pytest.raises(cm.CoprodError, match="fewer than three people answered both"):
        cm.polychoric(frame)


@pytest.mark.parametrize("code", [9, -9, -99, 999, 99_999_999, 10**15])
def test_a_forgotten_code_among_ordered_answers_is_suspected(answers: pd.DataFrame, code: int) -> None:
    names = list(answers.columns[:4])
    frame = answers[names].astype("float64")
    frame.loc[frame.index[:5], names[1]] = code
    said = f"{code} among the answers {frame[names[0]].min():.0f} to"
    assert any(said in text and names[1] in text for text in cm.polychoric(frame).warnings)
    fit = cm.cfa("f =~ " + " + ".join(names), frame, ordered=names)
    assert any(said in text for text in fit.messages)
    assert not any("among the answers" in text for text in cm.polychoric(answers[names]).warnings)


def test_draws_without_end_are_refused(answers: pd.DataFrame) -> None:
    fit = cm.cfa("f =~ " + " + ".join(answers.columns[:4]), answers)
    with pytest.raises(cm.CoprodError, match="to 10,000,000"):
        fit.bootstrap(draws=10**12)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf, "x", 1e300])
def test_weights_that_are_none_are_refused(answers: pd.DataFrame, weight: object) -> None:
    some = answers.iloc[:50, :2]
    with pytest.raises(cm.CoprodError, match="weights"):
        cm.polychoric(some, weights=[weight, *[1.0] * 49])  # type: ignore[arg-type, list-item]
    with pytest.raises(cm.CoprodError, match="constant or has infinite"):
        cm.polychoric(some.assign(z=np.nan), continuous=["z"], missing="listwise")
