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
    said = "errors take the variances and covariances of y1, y2, y3 (of composites) as known"
    assert fit.messages == (said,)
    assert cm.sem(MODEL, data, se="none").messages == ()


def test_groups_without_equalities_are_fits_apart(data: pd.DataFrame) -> None:
    # lavaan 0.7-2 gives the model of two groups 0 degrees of freedom.
    fit = cm.sem(MODEL, data, group="group")
    apart = [cm.sem(MODEL, own) for _, own in data.groupby("group")]
    assert fit.df == sum(one.df for one in apart)
    assert fit.test.value == pytest.approx(sum(one.test.value for one in apart), abs=1e-5)
    equal = cm.sem(MODEL, data, group="group", group_equal=["composite_weights", "loadings", "regressions"])
    assert equal.df == fit.df + 2 + 3 + 1
    assert equal.test.value > fit.test.value


def test_errors_are_those_of_the_delta_method(data: pd.DataFrame) -> None:
    """Slopes of the estimates by the moments, by refits, with the normal covariance of the moments."""
    first = cm.sem(MODEL, data)
    names, n = list(first.solution.model.table.variables.observed), len(data)
    sigma = first.implied[0].sigma

    def estimates(cov: np.ndarray) -> pd.DataFrame:
        return cm.sem(MODEL, cm.Moments(pd.DataFrame(cov, names, names), n)).parameters

    ours = estimates(sigma)
    rows, columns = np.tril_indices(len(names))
    slopes = []
    for a, b in zip(rows, columns, strict=True):
        moved = sigma.copy()
        moved[a, b] = moved[b, a] = sigma[a, b] + 1e-5
        slopes.append((estimates(moved)["est"] - ours["est"]) / 1e-5)
    gamma = (
        sigma[np.ix_(rows, rows)] * sigma[np.ix_(columns, columns)]
        + sigma[np.ix_(rows, columns)] * sigma[np.ix_(columns, rows)]
    )
    by = np.array(slopes)
    delta = np.sqrt(np.einsum("ki,kl,li->i", by, gamma, by) / n)
    # Moments of the composite's items are taken as they are, and so is what they add to its variance.
    told = (ours["se"] > 0) & (ours["lhs"] + ours["op"] + ours["rhs"] != "c~~c")
    assert told.sum() == 2 + 3 + 1 + 4 + 1
    np.testing.assert_allclose(delta[told], ours["se"][told], rtol=1e-3)


@pytest.mark.slow
def test_errors_are_those_of_draws(data: pd.DataFrame) -> None:
    ours = cm.sem(MODEL, data, estimator="MLR").parameters.set_index(["lhs", "op", "rhs"])["se"]
    drawn = cm.sem(MODEL, data, se="bootstrap", bootstrap=200, seed=2).parameters
    ratio = drawn.set_index(["lhs", "op", "rhs"])["se"] / ours
    rows = [("f", "~", "c"), ("f", "=~", "y6"), ("f", "=~", "y7"), ("f", "=~", "y8")]
    assert ratio[rows].between(0.8, 1.25).all(), ratio[rows]


def test_draws_have_every_row(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    assert len(fit.bootstrap(draws=2, seed=1).table()) == len(fit.parameters)


def test_gaps_are_estimated_by_full_information(data: pd.DataFrame) -> None:
    assert cm.sem(MODEL, data, missing="fiml").test.value == pytest.approx(
        cm.sem(MODEL, data).test.value, abs=1e-5
    )
    gaps = pd.read_csv(DATA / "chain_missing.csv")
    model = "c <~ y1 + y2 + y3\nf =~ y5 + y6 + y7\nf ~ c"
    stored = pd.read_csv(DATA.parent / "lavaan_07_composite_fiml_gaps" / "fit_measures.csv", index_col="name")
    fit = cm.sem(model, gaps, missing="fiml")
    assert fit.measures["logl"] > stored["value"]["logl"]
    assert fit.measures["unrestricted_logl"] == pytest.approx(stored["value"]["unrestricted_logl"], abs=1e-3)
    groups = cm.sem(model, gaps, missing="fiml", group="group")
    apart = [cm.sem(model, own, missing="fiml") for _, own in gaps.groupby("group")]
    assert groups.df == sum(one.df for one in apart)
    assert groups.test.value == pytest.approx(sum(one.test.value for one in apart), abs=1e-4)
    assert len(fit.bootstrap(draws=2, seed=1).table()) == len(fit.parameters)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("c <~ y1 + y2\nd <~ y2 + y3\nf =~ y5 + y6 + y7\nf ~ c + d", {}, "explained or measured elsewhere"),
        ("f =~ y1 + y2 + y3\nc <~ f + y5\ny6 ~ c", {}, "f, an item of the composite c, is a construct"),
        (f"{MODEL}\nc ~~ 1*c", {}, "follows from the items"),
        (MODEL, {"missing": "two_stage"}, "composites take continuous answers"),
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
