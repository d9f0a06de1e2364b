from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

DATA = Path(__file__).parents[1] / "reference" / "data"
MODEL = "f1 =~ y1 + y2 + y3 + y4\nf2 =~ y5 + y6 + y7 + y8\n"


@pytest.fixture
def chain() -> pd.DataFrame:
    return pd.read_csv(DATA / "chain_missing.csv")


def test_empty_rows_and_missing_covariates_are_counted(chain: pd.DataFrame) -> None:
    fit = cm.sem(MODEL + "f1 ~ z2\n", chain, missing="fiml")
    assert fit.n == chain["z2"].notna().sum()
    assert any("fixed covariate is missing" in message for message in fit.messages)
    assert cm.sem(MODEL, chain, missing="fiml").n == 498


def test_complete_data_give_the_estimates_of_plain_ml(chain: pd.DataFrame) -> None:
    complete = chain.dropna()
    with_means = cm.cfa(MODEL, complete, mean_structure=True).parameters
    full = cm.cfa(MODEL, complete, missing="fiml").parameters
    np.testing.assert_allclose(full["est"], with_means["est"], atol=1e-6)


def test_pairs_that_nobody_answered_are_named(chain: pd.DataFrame) -> None:
    chain.loc[:250, "y1"] = np.nan
    chain.loc[251:, "y5"] = np.nan
    fit = cm.cfa(MODEL, chain, missing="fiml", estimator="MLR")
    assert fit.converged
    assert any("nobody answered both y5 and y1" in message for message in fit.messages)
    assert "chisq_scaled" not in fit.fit_measures.index
    assert "not identified" in fit.why_missing["cfi_robust"]


@pytest.mark.parametrize(("made", "named"), [("y1", "y1, y3"), ("y1 + y2", "y1, y2, y3")])
def test_variables_that_depend_on_each_other_are_named(chain: pd.DataFrame, made: str, named: str) -> None:
    chain["y3"] = chain.eval(made)
    with pytest.raises(cm.CoprodError, match=f"variables {named}: .* singular"):
        cm.cfa(MODEL, chain, missing="fiml")


def test_units_and_origins_do_not_matter(chain: pd.DataFrame) -> None:
    expected = cm.cfa(MODEL, chain, missing="fiml").fit_measures["chisq"]
    chain["y1"] = 1e6 + chain["y1"]
    chain["y2"] = 1e5 * chain["y2"]
    assert cm.cfa(MODEL, chain, missing="fiml").fit_measures["chisq"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        ({"mean_structure": False}, "mean_structure"),
        ({"likelihood": "wishart"}, "normal"),
        ({"estimator": "MLM"}, "MLR"),
        ({"estimator": "GLS"}, "MLR"),
        ({"ordered": ["y1"]}, "pairwise"),
        ({"test": "satorra_bentler"}, "MLR"),
        ({"se": "robust_sem"}, "MLR"),
    ],
)
def test_what_needs_complete_data_is_refused_with_a_cure(
    chain: pd.DataFrame, options: dict[str, object], cure: str
) -> None:
    with pytest.raises(cm.CoprodError, match=cure):
        cm.cfa(MODEL, chain, missing="fiml", **options)


def test_data_missing_at_random_are_estimated_without_the_bias_of_listwise_deletion() -> None:
    rng = np.random.default_rng(12)
    n = 4000
    factor = rng.normal(size=n)
    y = pd.DataFrame({f"y{j}": factor + 0.6 * rng.normal(size=n) for j in range(1, 5)})
    y.loc[y["y1"] > 0.3, ["y3", "y4"]] = np.nan
    model = "f =~ y1 + y2 + y3 + y4"
    full = cm.cfa(model, y, missing="fiml").parameters.set_index(["lhs", "op", "rhs"])
    listwise = cm.cfa(model, y, mean_structure=True).parameters.set_index(["lhs", "op", "rhs"])
    # Four standard errors; the truth is a mean of 0 and a variance of 1.
    assert abs(full.loc[("y3", "~1", ""), "est"]) < 4 * full.loc[("y3", "~1", ""), "se"]
    assert abs(full.loc[("f", "~~", "f"), "est"] - 1.0) < 4 * full.loc[("f", "~~", "f"), "se"]
    assert listwise.loc[("y3", "~1", ""), "est"] < -0.3


def test_a_table_without_rows_is_not_sent_to_fiml() -> None:
    gaps = pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 2.0], "c": [1.0, 2.0]})
    with pytest.raises(
        cm.errors.DataError, match=r"no respondent: there are no rows\. Look whether the file is complete"
    ):
        cm.cfa("f =~ a + b + c", gaps.iloc[:0])
    with pytest.raises(
        cm.errors.DataError, match='no respondent is left. Use missing="fiml", or drop variables'
    ):
        cm.cfa("f =~ a + b + c", gaps)
