"""Composites in model text, as lavaan 0.7 has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ModelError

DATA = Path(__file__).parents[2] / "reference" / "data"
MODEL = "c <~ y1 + y2 + y3\nf =~ y5 + y6 + y7 + y8\nf ~ c"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(DATA / "chain.csv")


def test_it_fits_as_the_model_of_emergent_and_excrescent_variables(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    written = cm.sem(cm.henseler_ogasawara(MODEL), data)
    assert fit.df == written.df
    assert fit.test.value == pytest.approx(written.test.value, abs=1e-5)
    np.testing.assert_allclose(fit.implied[0].sigma, written.implied[0].sigma, atol=1e-4)


def test_items_keep_the_covariances_of_the_sample(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    items = ["y1", "y2", "y3"]
    sample = data[items].cov(ddof=0).to_numpy()
    np.testing.assert_allclose(fit.implied[0].sigma[:3, :3], sample, atol=1e-8)
    weights = fit.parameters.query("op == '<~'")["est"].to_numpy()
    variance = fit.parameters.query("lhs == 'c' and op == '~~'")["est"].item()
    assert variance == pytest.approx(weights @ sample @ weights, abs=1e-8)
    assert fit.messages == ()


def test_groups_without_equalities_are_fits_apart(data: pd.DataFrame) -> None:
    # lavaan 0.7-2 gives the model of two groups 0 degrees of freedom.
    fit = cm.sem(MODEL, data, group="group")
    apart = [cm.sem(MODEL, own) for _, own in data.groupby("group")]
    assert fit.df == sum(one.df for one in apart)
    assert fit.test.value == pytest.approx(sum(one.test.value for one in apart), abs=1e-5)
    equal = cm.sem(MODEL, data, group="group", group_equal=["composite_loadings", "loadings", "regressions"])
    assert equal.df == fit.df + 2 + 3 + 1
    assert equal.test.value > fit.test.value


def test_errors_are_those_of_draws(data: pd.DataFrame) -> None:
    ours = cm.sem(MODEL, data).parameters.set_index(["lhs", "op", "rhs"])["se"]
    asked = cm.sem(MODEL, data, se="bootstrap", bootstrap=40, seed=2)
    drawn = asked.parameters.set_index(["lhs", "op", "rhs"])["se"]
    assert 0.7 < drawn["f", "~", "c"] / ours["f", "~", "c"] < 1.4
    assert 0.7 < drawn["f", "=~", "y6"] / ours["f", "=~", "y6"] < 1.4
    assert len(asked.bootstrap(draws=2, seed=1).table()) == len(drawn)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("c <~ y1 + y2\nd <~ y2 + y3\nf =~ y5 + y6 + y7\nf ~ c + d", {}, "explained or measured elsewhere"),
        ("f =~ y1 + y2 + y3\nc <~ f + y5\ny6 ~ c", {}, "f, an item of the composite c, is a construct"),
        (f"{MODEL}\nc ~~ 1*c", {}, "follows from the items"),
        (MODEL, {"missing": "fiml"}, "composites take complete continuous answers"),
    ],
)
def test_what_composites_do_not_go_with(
    data: pd.DataFrame, model: str, options: dict[str, str], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        cm.sem(model, data, **options)  # type: ignore[arg-type]


def test_there_are_no_indices_of_composites(data: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="has no index"):
        cm.sem(MODEL, data).modification_indices()


def test_old_rules_take_items_for_fixed_causes(data: pd.DataFrame) -> None:
    fit = cm.sem("c <~ 1*y1 + y2\ny5 ~ c", data, lavaan="0.6")
    assert fit.parameters.query("lhs == 'c' and op == '~~'")["est"].item() == 0.0
