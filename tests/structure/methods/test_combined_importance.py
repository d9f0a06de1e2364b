"""cIPMA is IPMA and NCA (both checked by themselves) on the same scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

DATA = pd.read_csv(Path(__file__).parents[2] / "reference" / "pls" / "service_sim.csv")
MODEL = "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\nloyal =~ lo1+lo2+lo3\nloyal ~ trust + ease"


def test_a_condition_that_was_made_necessary_is_found_and_who_lacks_it_is_counted() -> None:
    rng = np.random.default_rng(1)
    need, other = rng.integers(1, 8, (2, 500))
    frame = pd.DataFrame({"need": need, "other": other})
    # Nobody is more than one point above what is needed; the other has nothing to do with it.
    frame["out"] = np.minimum(need + 1, rng.integers(1, 8, 500))
    found = cm.cipma(cm.pls("out ~ need + other", frame), "out", (1, 7), level=100, permutations=500)
    table = found.table().set_index("construct")
    assert table.necessary.tolist() == [True, False]
    # Seven of the outcome is first reached with six of the condition: 83.3 on the scale.
    assert table.required["need"] == pytest.approx(500 / 6, abs=1e-6)
    assert table.below["need"] == pytest.approx((need < 6).mean())
    figure = found.plot()
    words = {text.get_text().split("\n")[0] for axes in figure.axes for text in axes.texts}
    assert {"need", "other"} <= words


def test_it_is_the_map_and_the_necessity_of_its_scores() -> None:
    fit = cm.pls(MODEL, DATA)
    found = cm.cipma(fit, "loyal", (1, 7), level=70, permutations=200)
    assert found.table()[["importance", "performance"]].equals(
        cm.ipma(fit, "loyal", (1, 7)).table()[["importance", "performance"]]
    )
    scores = found.importance.scores
    correlations = pd.concat([scores, fit.scores()], axis=1).corr().to_numpy()
    assert correlations[[0, 1, 2], [3, 4, 5]] == pytest.approx(np.ones(3))
    apart = cm.necessity(scores, "loyal", ["trust", "ease"], ceilings=("ce_fdh",), permutations=200)
    assert found.table().effect.tolist() == apart.table().effect.tolist()
    with pytest.raises(CoprodError, match="nobody reaches 101"):
        cm.cipma(fit, "loyal", (1, 7), level=101)
