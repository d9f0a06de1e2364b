"""Influences on latent moments are what these moments do when a respondent weighs a little more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.two_step.latent_influences import influence_trace, latent_influences
from coprod_measure.fitting.two_step.sam_fit import SamFit

DATA = Path(__file__).parents[2] / "reference" / "data" / "political_democracy.csv"
MODEL = """
    ind =~ x1 + x2 + x3
    dem60 =~ y1 + y2 + y3 + y4
    dem65 =~ y5 + y6 + y7 + y8
    dem60 ~ ind
    dem65 ~ dem60
"""


def democracy(*, gaps: bool) -> pd.DataFrame:
    data = pd.read_csv(DATA)
    if gaps:
        data.loc[:14, "y1"], data.loc[19:29, "x2"] = np.nan, np.nan
    return data.assign(w=np.random.default_rng(5).uniform(0.5, 2.0, len(data)), c=np.arange(len(data)) // 5)


def moments(fit: SamFit) -> Floats:
    latent = fit.two.latent[0]
    b, a = np.triu_indices(len(latent.mean))
    return np.concatenate([latent.mean, latent.cov[a, b]])


@pytest.mark.parametrize(
    ("gaps", "options", "near"),
    [
        (False, {}, 2e-3),
        (True, {"missing": "fiml", "moments": "items"}, 2e-3),
        # The information of these moments is the expected one: at the maximum it differs by the order 1/n.
        (True, {"missing": "fiml", "moments": "factors"}, 0.1),
    ],
    ids=["complete", "items", "factors"],
)
def test_influences_are_those_of_a_little_more_weight(
    gaps: bool, options: dict[str, str], near: float
) -> None:
    data = democracy(gaps=gaps)
    fit = cm.sam(MODEL, data, weights="w", **options)
    found = latent_influences(fit.two, fit._found.factors)[0][0]
    weights = data["w"] * len(data) / data["w"].sum()
    for person in (0, 22, 60):
        moved = []
        for step in (0.01, -0.01):
            own = weights.copy()
            own[person] *= 1.0 + step
            moved.append(moments(cm.sam(MODEL, data.assign(w=own), weights="w", **options)))
        numeric = (moved[0] - moved[1]) / 0.02 * len(data)
        assert found[person] == pytest.approx(numeric, rel=near, abs=near * np.abs(numeric).max())


def test_the_trace_is_that_of_full_matrices() -> None:
    fit = cm.sam(MODEL, democracy(gaps=False))
    own = influence_trace(fit.two.structure, latent_influences(fit.two))
    # Browne's unbiased Gamma differs by the order 1/n.
    assert own == pytest.approx(fit.scaled_test.trace, rel=0.05)


@pytest.mark.parametrize("options", [{"cluster": "c"}, {"cluster": "c", "weights": "w"}, {"weights": "w"}])
def test_complete_answers_are_a_case_of_incomplete_ones(options: dict[str, str]) -> None:
    data = democracy(gaps=False)
    one, other = (cm.sam(MODEL, data, missing=how, **options) for how in ("listwise", "fiml"))
    assert one.measures["chisq_scaled"] == pytest.approx(other.measures["chisq_scaled"], rel=1e-4)


def test_many_items_have_a_corrected_test() -> None:
    rng = np.random.default_rng(11)
    a = rng.standard_normal(400)
    b = 0.5 * a + rng.standard_normal(400)
    c = 0.5 * b + rng.standard_normal(400)
    items = np.repeat(np.column_stack([a, b, c]), 21, axis=1) + rng.standard_normal((400, 63))
    data = pd.DataFrame(items, columns=[f"y{k}" for k in range(63)])
    blocks = ["f =~ " + " + ".join(data.columns[k : k + 21]) for k in (0, 21, 42)]
    model = "\n".join(f"{name}{text[1:]}" for name, text in zip("abc", blocks, strict=True))
    fit = cm.sam(model + "\nb ~ a\nc ~ b", data)
    assert 0.7 < fit.scaled_test.scale < 1.5
