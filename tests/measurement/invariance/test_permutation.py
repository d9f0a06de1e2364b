from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from coprod_measure.errors import DataError
from coprod_measure.measurement.invariance.permutation import PERMUTATION_COLUMNS, permutation_test

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


@pytest.fixture(scope="module")
def abilities():
    return pd.read_csv(Path(__file__).parents[2] / "reference" / "data" / "holzinger_swineford.csv")


@pytest.mark.parametrize("level", ["metric"])
def test_draws_are_distributed_as_those_of_semtools(abilities, stored, level):
    found = permutation_test(MODEL, abilities, group="school", level=level, draws=60, seed=4)
    expected = stored("measurement_permutation", f"{level}_draws")
    test = stored("measurement_permutation", f"{level}_test", "statistic")
    table = found.table().set_index("statistic")
    assert tuple(found.table().columns) == PERMUTATION_COLUMNS
    assert found.failed == 0
    for name in ("chisq", "cfi"):
        assert table.loc[name, "observed"] == pytest.approx(test.loc[name, "observed"], abs=1e-4)
        assert stats.ks_2samp(found.distribution[name], expected[name]).pvalue > 0.01
        assert table.loc[name, "pvalue"] == pytest.approx(test.loc[name, "pvalue"], abs=0.15)


def test_draws_repeat_with_the_seed(abilities, tmp_path):
    first, again, other = (
        permutation_test(
            MODEL, abilities, group="school", level="metric", draws=3, seed=seed, keep=tmp_path
        ).distribution
        for seed in (1, 1, 2)
    )
    assert [piece.stem for piece in tmp_path.rglob("*.json")] == ["0-3", "0-3"]
    pd.testing.assert_frame_equal(first, again)
    assert not np.allclose(first, other)


def test_levels_without_one_below_are_refused(abilities):
    with pytest.raises(DataError, match="configural"):
        permutation_test(MODEL, abilities, group="school", level="configural")
