"""Mediation between countries against lavaan's two-level models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.two_level_mediation import two_level_mediation

REFERENCE = Path(__file__).parents[2] / "reference"
EXPECTED: dict[str, Any] = json.loads(
    (REFERENCE / "two_level_mediation" / "expected.json").read_text(encoding="utf-8")
)


def countries() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "crossed" / "countries.csv")
    return frame.assign(climate=frame.groupby("country")["worth"].transform("mean").round(4))


def _by_likelihood(row: pd.Series, groups: int) -> float:
    """Error of maximum likelihood, which lavaan gives."""
    df = float(row["df"])
    return float(row["se"]) * (np.sqrt(df / groups) if np.isfinite(df) else 1.0)


def test_a_mediator_of_people_is_that_of_lavaan() -> None:
    found = two_level_mediation(countries(), "maturity", ["worth"], "propensity", by="country")
    assert (found.design, found.groups, found.n) == ("2-1-1", 80, 960)
    stored = EXPECTED["mediator_of_people"]
    names = {"a": ("a", "worth"), "bb": ("b", "worth"), "bw": ("b_within", "worth"), "cp": ("direct", ""),
             "ind": ("indirect", "")}  # fmt: skip
    for theirs, ours in names.items():
        row = found.of(*ours)
        # lavaan stops its search a little earlier.
        assert row["est"] == pytest.approx(stored[theirs][0], abs=1e-5)
        # That of an indirect effect is made of two, with df of their own.
        near = {"rel": 0.02} if theirs == "ind" else {"abs": 1e-5}
        assert _by_likelihood(row, found.groups) == pytest.approx(stored[theirs][1], **near)
    assert found.loglik == pytest.approx(stored["loglik"], abs=1e-5)
    indirect = found.of("indirect")
    # R drew 200,000 times from the joint distribution of both steps.
    assert indirect["ci_lower"] == pytest.approx(0.181976, abs=0.008)
    assert indirect["ci_upper"] == pytest.approx(0.448558, abs=0.008)


def test_a_mediator_of_countries_is_that_of_lavaan() -> None:
    found = two_level_mediation(countries(), "maturity", ["climate"], "propensity", by="country")
    assert found.design == "2-2-1"
    stored = EXPECTED["mediator_of_countries"]
    names = {"a": ("a", "climate"), "bb": ("b", "climate"), "cp": ("direct", ""), "ind": ("indirect", "")}
    for theirs, ours in names.items():
        row = found.of(*ours)
        assert row["est"] == pytest.approx(stored[theirs][0], abs=1e-5)
        # That of an indirect effect is made of two, with df of their own.
        near = {"rel": 0.02} if theirs == "ind" else {"abs": 1e-5}
        assert _by_likelihood(row, found.groups) == pytest.approx(stored[theirs][1], **near)


def test_mediators_side_by_side_in_groups_of_any_size() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(5, 25, 150)
    g = np.repeat(np.arange(150), sizes)
    x = rng.normal(size=150)
    first, second = 0.6 * x + 0.5 * rng.normal(size=150), 0.5 * rng.normal(size=150)
    frame = pd.DataFrame({"g": g, "x": x[g], "m1": first[g], "m2": second[g]})
    frame[["m1", "m2"]] += rng.normal(size=(len(g), 2))
    frame["y"] = 0.5 * first[g] + 0.5 * second[g] + 0.3 * rng.normal(size=150)[g] + rng.normal(size=len(g))
    found = two_level_mediation(frame, "x", ["m1", "m2"], "y", by="g")
    assert found.of("indirect", "m1")["est"] == pytest.approx(0.3, abs=0.1)
    assert found.of("indirect", "m2")["pvalue"] > 0.05
    both = found.of("indirect")["est"]
    assert both == pytest.approx(found.of("indirect", "m1")["est"] + found.of("indirect", "m2")["est"])


def test_balanced_groups_have_the_errors_of_a_regression_over_them() -> None:
    frame = countries().groupby("country").head(12)
    assert (frame["country"].value_counts() == 12).all()
    # The mediator is one of countries: both steps are ordinary regressions of means.
    found = two_level_mediation(frame, "maturity", ["climate"], "propensity", by="country")
    means = frame.groupby("country")[["maturity", "climate", "propensity"]].mean()
    for step, outcome, causes in (("a", "climate", 1), ("b", "propensity", 2)):
        X = np.column_stack([np.ones(len(means)), means["maturity"], means["climate"]])[:, : causes + 1]
        y = means[outcome].to_numpy()
        b, left = np.linalg.lstsq(X, y, rcond=None)[:2]
        df = len(means) - causes - 1
        se = np.sqrt(left[0] / df * np.linalg.inv(X.T @ X)[causes, causes])
        row = found.of(step, "climate")
        p = 2 * t.sf(abs(b[causes]) / se, df)
        assert row["df"] == df
        np.testing.assert_allclose(row[["est", "se"]].astype(float), [b[causes], se], rtol=2e-5)
        assert row["pvalue"] == pytest.approx(p, rel=1e-3)


def test_few_groups_and_causes_within_them_are_refused() -> None:
    frame = countries()
    with pytest.raises(DataError, match="9 values of country are too few"):
        two_level_mediation(frame[frame["country"] < 10], "maturity", ["worth"], "propensity", by="country")
    many = frame[frame["country"] < 11].assign(**{f"m{k}": frame["country"] ** (k + 1) for k in range(8)})
    with pytest.raises(DataError, match="10 values of country are too few for 8 mediators"):
        two_level_mediation(many, "maturity", [f"m{k}" for k in range(8)], "propensity", by="country")
    with pytest.raises(DataError, match="worth differs within country"):
        two_level_mediation(frame, "worth", ["climate"], "propensity", by="country")


def test_mediators_of_people_and_of_groups_side_by_side() -> None:
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(120), 10)
    x, law = rng.normal(size=(2, 120))
    law, mood = law + 0.5 * x, 0.6 * x + 0.5 * rng.normal(size=120)
    frame = pd.DataFrame({"g": g, "x": x[g], "law": law[g], "mood": mood[g] + rng.normal(size=1200)})
    frame["y"] = 0.4 * law[g] + 0.5 * mood[g] + 0.2 * frame["mood"] + rng.normal(size=1200)
    found = two_level_mediation(frame, "x", ["law", "mood"], "y", by="g")
    assert found.design == "mixed"
    assert found.of("indirect", "law")["est"] == pytest.approx(0.2, abs=0.08)
    assert found.of("indirect", "mood")["est"] == pytest.approx(0.42, abs=0.15)
    assert set(found.effects[found.effects["effect"] == "b_within"]["mediator"]) == {"mood"}
    # Nothing of y is left between groups here, which no slope divides by.
    assert np.isfinite(found.effects[["est", "se"]].to_numpy()).all()
