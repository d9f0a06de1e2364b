from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError, MeasurementError, NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.factors.higher_order import (
    LEVEL_COLUMNS,
    MODEL_COLUMNS,
    higher_order,
    orders_of,
)
from coprod_measure.measurement.factors.stage_blocks import BLOCK_COLUMNS, OUTSIDE, confirmatory_blocks
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder

CONSTRUCTS = {f"c{k}": [f"v{3 * (k - 1) + i}" for i in (1, 2, 3)] for k in range(1, 10)}
STRUCTURES = {
    "top": ["s1", "s2", "s3"],
    "s1": ["c1", "c2", "c3"],
    "s2": ["c4", "c5", "c6"],
    "s3": ["c7", "c8", "c9"],
}
MEASURES = list(MODEL_COLUMNS[1:])


@pytest.fixture(scope="module")
def answers():
    return pd.read_csv(Path(__file__).parents[2] / "reference" / "measurement_hierarchy" / "answers.csv")


def test_third_order_agrees_with_lavaan(answers, stored):
    found = higher_order(answers, STRUCTURES, CONSTRUCTS)
    expected = stored("measurement_hierarchy", "models", "model")
    models = found.models.set_index("model")
    np.testing.assert_allclose(
        models[MEASURES].astype(float), expected.loc[models.index, MEASURES], atol=1e-4, rtol=1e-7
    )
    loadings = stored("measurement_hierarchy", "loadings").set_index(["factor", "facet"])
    table = found.table().set_index(["factor", "facet"])
    columns = ["est", "se", "std"]
    np.testing.assert_allclose(table.loc[loadings.index, columns].astype(float), loadings, atol=1e-4)
    assert tuple(found.table().columns) == LEVEL_COLUMNS
    assert table.loc[("top", "s1"), "order"] == 3
    chisq = expected["chisq"]
    assert found.target == pytest.approx(chisq["correlated constructs"] / chisq["hierarchy"], abs=1e-5)
    assert found.delta_df == 24
    # The data were made by this hierarchy: it costs nothing that chance would not.
    assert found.pvalue > 0.01


def test_bad_hierarchies_are_named(answers):
    with pytest.raises(MeasurementError, match="c10 is neither"):
        higher_order(answers, {"s": ["c1", "c2", "c10"]}, CONSTRUCTS)
    with pytest.raises(MeasurementError, match="c1 is a facet twice"):
        orders_of({"s": ["c1", "c2"], "t": ["c1", "c3"]}, list(CONSTRUCTS))
    with pytest.raises(MeasurementError, match="s, t contain each other"):
        orders_of({"s": ["c1", "t"], "t": ["c2", "s"]}, list(CONSTRUCTS))


def test_a_hierarchy_without_enough_facets_says_so(answers):
    with pytest.raises(MeasurementError, match="three facets"):
        higher_order(answers, {"s": ["c1", "c2"]}, CONSTRUCTS)


def test_what_nothing_can_test_has_a_reason_and_no_number(answers):
    found = higher_order(answers, {"s": ["c1", "c2", "c3"]}, CONSTRUCTS)
    assert (found.delta_df, found.target) == (0, 1)
    for value in (found.delta_chisq, found.pvalue):
        assert isinstance(value, NotAvailable)
        assert "as many parameters" in value.reason


def test_blocks_are_models_by_themselves(answers, stored):
    blocks = {"one": ["c1", "c2", "c3"], "two": ["c4", "c5"]}
    found = confirmatory_blocks(answers, CONSTRUCTS, blocks=blocks)
    table = found.table().set_index("block")
    expected = stored("measurement_hierarchy", "models", "model").loc["block"]
    assert tuple(found.table().columns) == BLOCK_COLUMNS
    for name in ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr"):
        assert table.loc["one", name] == pytest.approx(expected[name], abs=1e-4)
    assert table["items"].to_dict() == {"one": 9, "two": 6}


def test_a_block_that_fails_leaves_the_others(answers):
    flawed = answers.assign(v1=1.0)
    found = confirmatory_blocks(flawed, CONSTRUCTS, blocks={"one": ["c1", "c2"], "two": ["c4", "c5"]})
    assert isinstance(found.blocks["one"], NotAvailable)
    assert list(found.table()["block"]) == ["two"]
    with pytest.raises(DataError, match="no construct c99"):
        confirmatory_blocks(answers, CONSTRUCTS, blocks={"one": ["c99"]})
    with pytest.raises(DataError, match="no stages"):
        confirmatory_blocks(answers, CONSTRUCTS)


def test_stages_are_the_blocks_of_an_instrument():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    found = confirmatory_blocks(read_responses(path, read_instrument("bfi25")))
    assert list(found.blocks) == [OUTSIDE]
    sample = shipped_folder("data/sample") / "coproduction" / "responses.csv"
    staged = confirmatory_blocks(read_responses(sample, read_instrument("etgar2007"), form="demo"))
    assert len(staged.blocks) >= 3
    assert staged.table()["items"].sum() >= 60
