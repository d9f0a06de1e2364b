"""Structural models in one step and structural after measurement say the same within their errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import InputError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.report.about_effects import kind_of_draws
from coprod_measure.structure.effects import StructuralEstimates, draw_structure, matrices_in_chunks
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.options import testing_options as checked

from .small_answers import small_answers


def test_both_methods_agree_within_their_errors(tmp_path: Path) -> None:
    answers = small_answers(tmp_path)
    ids = ["T1", "T2", "T3", "T4", "T8"]
    one, two = (
        judge(answers.instrument.theory, answers, ids, draws=1000, method=how) for how in ("sem", "sam")
    )
    assert [model.estimator for model in two.models] == [f"SAM, {m.estimator}" for m in one.models]
    merged = one.claims.merge(two.claims, on=["hypothesis", "source", "target"], suffixes=("", "_sam"))
    assert len(merged) == len(one.claims)
    assert (np.abs(merged["estimate"] - merged["estimate_sam"]) < 0.5 * merged["se"]).all()
    assert merged["se_sam"].to_numpy() == pytest.approx(merged["se"].to_numpy(), rel=0.15)
    assert one.verdicts["verdict"].tolist() == two.verdicts["verdict"].tolist()


def test_two_steps_take_likelihood_only() -> None:
    with pytest.raises(InputError, match="ML or MLR"):
        checked({"method": "sam", "estimator": "WLSMV"})


def test_intervals_of_refitted_models(tmp_path: Path) -> None:
    """Those of the engine's bootstrap, which tests/fitting holds against lavaan, here on the claims."""
    answers = small_answers(tmp_path)
    answers = answers.keep(answers.frame.index[:200])
    how = {"draws": 300, "missing": "listwise", "seed": 4}
    drawn, refitted = (
        judge(answers.instrument.theory, answers, ["T1", "T4"], **how, intervals=kind)
        for kind in ("monte_carlo", "bootstrap")
    )
    (model,) = refitted.models
    fit = cm.sem(model.syntax, answers.frame.filter(regex="^(trust|drive|will)_"))
    own = fit.bootstrap(draws=300, seed=4).table().query("op == '~' and lhs == 'drive'").iloc[0]
    claim = refitted.claims.set_index("hypothesis").loc["T1"]
    assert claim["se"] == pytest.approx(own["se"], rel=1e-6)
    row = model.effects.iloc[0]
    assert [row["ci_lower"], row["ci_upper"]] == pytest.approx([own["ci_lower"], own["ci_upper"]], rel=0.02)
    assert refitted.claims["se"].to_numpy() == pytest.approx(drawn.claims["se"].to_numpy(), rel=0.25)
    assert refitted.claims["estimate"].tolist() == drawn.claims["estimate"].tolist()
    assert kind_of_draws(refitted.options) == "bootstrap draws"


def test_models_in_two_steps_have_no_bootstrap(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no bootstrap"):
        checked({"method": "sam", "intervals": "bootstrap"})
    with pytest.raises(InputError, match="monte_carlo or bootstrap"):
        checked({"intervals": "bca"})


def test_draws_hold_paths_not_matrices() -> None:
    """A model of 90 variables with 3 paths: 3 columns, and chunks of at most 16 MB."""
    k = 90
    beta, free = np.zeros((k, k)), np.full((k, k), -1)
    for j in range(3):
        beta[k - 1, j], free[k - 1, j] = 0.3, j
    estimates = StructuralEstimates(
        tuple(map(str, range(k))), beta, np.eye(k), free, np.full((k, k), -1), 0.01 * np.eye(3)
    )
    assert max(part.nbytes for part, _ in matrices_in_chunks(estimates, 2000, 1)) <= 16_000_000
    drawn = draw_structure(estimates, 2000, 1)
    assert drawn.beta.shape == (2001, 3)
    assert drawn.beta[0].tolist() == [0.3, 0.3, 0.3]
    assert np.std(drawn.beta[1:], axis=0) == pytest.approx(0.1, rel=0.1)


def _clustered(seed: int, clusters: int = 80) -> pd.DataFrame:
    """People in tens whose factors share a part: rows are not independent."""
    rng = np.random.default_rng(seed)

    def shared() -> Floats:
        own: Floats = np.repeat(rng.standard_normal((clusters, 1)), 10, axis=0)
        return own

    f = 0.8 * rng.standard_normal((10 * clusters, 1)) + 0.6 * shared()
    g = 0.4 * f + 0.7 * rng.standard_normal((10 * clusters, 1)) + 0.5 * shared()
    items = np.hstack([x + 0.7 * rng.standard_normal((len(f), 3)) for x in (f, g)])
    frame = pd.DataFrame(items, columns=["x1", "x2", "x3", "y1", "y2", "y3"])
    return frame.mask(rng.random(frame.shape) < 0.15).assign(cluster=np.repeat(np.arange(clusters), 10))


def test_clustered_errors_of_factors_are_those_of_items() -> None:
    """Moments of factors and of items have nearly the same errors, and the spread over samples."""
    model = "f =~ x1 + x2 + x3; g =~ y1 + y2 + y3; g ~ f"

    def slope(seed: int, moments: str, **how: str) -> tuple[float, float]:
        found = sam(model, _clustered(seed), missing="fiml", moments=moments, **how).parameters  # type: ignore[arg-type]
        row = found[found["op"] == "~"].iloc[0]
        return float(row["est"]), float(row["se"])

    for how in ({"cluster": "cluster"}, {"se": "twostep_robust"}):
        items, factors = slope(1, "items", **how), slope(1, "factors", **how)
        assert factors == pytest.approx(items, rel=0.1)
    several = [slope(seed, "factors", cluster="cluster") for seed in range(1, 41)]
    estimates, errors = np.array(several).T
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.25)
