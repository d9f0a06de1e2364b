"""Slopes that differ between clusters; their numbers are compared in ``test_against_lavaan``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError
from coprod_measure.fitting.two_level.fit import TwoLevelFit

REFERENCE = Path(__file__).parents[2] / "reference"
TEAMS = pd.read_csv(REFERENCE / "data" / "teams.csv")
LATENT = (REFERENCE / "lavaan_07_slopes_latent" / "model.txt").read_text(encoding="utf-8")
PATH = 'level: 1\ny ~ rv("s")*x\nlevel: 2\ny ~~ y\n'


@pytest.fixture(scope="module")
def fit() -> TwoLevelFit:
    found = cm.sem(LATENT, TEAMS, cluster="team")
    assert isinstance(found, TwoLevelFit)
    return found


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_gradient_and_scores_are_those_of_differences(missing: float) -> None:
    data = TEAMS.copy()
    gone = np.random.default_rng(1).random((len(data), 2)) < missing
    data[["m", "y"]] = data[["m", "y"]].mask(gone)
    model = 'level: 1\nm ~ rv("a")*x\ny ~ b*m + rv("c")*x + age\nlevel: 2\nm ~~ y\na ~ w\nc ~~ a'
    found = cm.sem(model, data, cluster="team", missing="fiml", se="none")
    discrepancy, own = found.solution.discrepancy, found.solution.model
    x = found.solution.minimum.x + 0.05
    steps = 1e-6 * np.eye(len(x))
    numeric = [(discrepancy.value(own, x + h) - discrepancy.value(own, x - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(discrepancy.gradient(own, x), numeric, rtol=1e-5, atol=1e-6)
    scores = discrepancy.cluster_scores(own, x)  # type: ignore[attr-defined]
    np.testing.assert_allclose(-2.0 * scores.sum(axis=0) / found.n, numeric, rtol=1e-5, atol=1e-6)


def test_the_likelihood_is_that_of_each_cluster_written_out() -> None:
    data = TEAMS[TEAMS["team"] < 15]
    found = cm.sem(PATH + "s ~~ y", data, cluster="team")
    p = found.parameters.set_index(["lhs", "op", "rhs", "level"])["est"]
    spread = np.array(
        [[p["y", "~~", "y", 2], p["y", "~~", "s", 2]], [p["y", "~~", "s", 2], p["s", "~~", "s", 2]]]
    )
    total = 0.0
    for _, rows in data.groupby("team"):
        design = np.column_stack([np.ones(len(rows)), rows["x"]])
        cov = design @ spread @ design.T + p["y", "~~", "y", 1] * np.eye(len(rows))
        away = rows["y"] - design @ [p["y", "~1", "", 2], p["s", "~1", "", 2]]
        total -= 0.5 * (np.linalg.slogdet(2 * np.pi * cov)[1] + away @ np.linalg.solve(cov, away))
    assert found.fit_measures["logl"] == pytest.approx(total, abs=1e-6)


def test_a_slope_without_variance_is_a_fixed_one() -> None:
    fixed = cm.sem("level: 1\ny ~ x\nlevel: 2\ny ~~ y", TEAMS, cluster="team")
    held = cm.sem(PATH + "s ~~ 0*s", TEAMS, cluster="team")
    assert held.fit_measures["logl"] == pytest.approx(fixed.fit_measures["logl"], abs=1e-5)
    mean = held.parameters.query("lhs == 's' and op == '~1'").iloc[0]
    slope = fixed.parameters.query("op == '~' and level == 1").iloc[0]
    assert mean["est"] == pytest.approx(slope["est"], abs=1e-5)
    assert mean["se"] == pytest.approx(slope["se"], rel=1e-3)


def test_nested_slopes_are_compared_and_have_no_test_of_their_own(fit: TwoLevelFit) -> None:
    apart = cm.sem(LATENT.replace("fb ~~ s", "fb ~~ 0*s"), TEAMS, cluster="team")
    difference = 2 * (fit.fit_measures["logl"] - apart.fit_measures["logl"])
    assert fit.compare(apart).statistic == pytest.approx(difference)
    assert "random slopes" in fit.why_missing["chisq"]
    assert "rv(s)" in fit.summary()
    assert "f" not in set(fit.r_squared.query("level == 1")["variable"])


def test_scripts_write_the_slope(fit: TwoLevelFit) -> None:
    text = fit.to_lavaan("teams.csv")
    assert 'f ~ rv("s")*x' in text
    assert cm.from_lavaan(text).fit(TEAMS).fit_measures["logl"] == pytest.approx(fit.fit_measures["logl"])
    mplus = fit.to_mplus("teams.dat")
    assert "TYPE = TWOLEVEL RANDOM" in mplus
    assert "s | f ON x;" in mplus


@pytest.mark.parametrize("case", ["fiml", "slopes"])
def test_scores_are_those_of_lavaan(case: str, fit: TwoLevelFit) -> None:
    if case == "fiml":
        model = (REFERENCE / "lavaan_07_two_level_fiml" / "model.txt").read_text(encoding="utf-8")
        data = pd.read_csv(REFERENCE / "data" / "teams_missing.csv")
        found = cm.sem(model, data, cluster="team", missing="fiml")
        assert isinstance(found, TwoLevelFit)
    else:
        found, data = fit, TEAMS
    theirs = REFERENCE / "two_level_scores"
    of_rows = pd.read_csv(theirs / f"{case}_rows.csv", index_col="row")
    ours = found.factor_scores()
    np.testing.assert_allclose(ours.loc[of_rows.index - 1], of_rows, atol=1e-4)
    of_clusters = pd.read_csv(theirs / f"{case}_clusters.csv", index_col="team")
    np.testing.assert_allclose(found.factor_scores(level=2).loc[of_clusters.index], of_clusters, atol=1e-4)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ('level: 1\ny ~ rv("s")*x\nlevel: 2\ny ~ x', "stands at level 2 too"),
        ('level: 1\nf =~ u1 + u2 + u3\ny ~ rv("s")*f\nlevel: 2\ny ~~ y', "is latent or explained"),
        ('level: 1\ny ~ rv("x")*x\nlevel: 2\ny ~~ y', "the name of a variable"),
        ("level: 1\ny ~ x\nlevel: 2\ny ~ rv('s')*w", "stand at level 1"),
        ('level: 1\ny ~ rv("s")*a*x\nlevel: 2\ny ~~ y', "without other modifiers"),
        ('y ~ rv("s")*x', "stand at level 1"),
    ],
)
def test_slopes_that_have_no_place_are_refused(model: str, words: str) -> None:
    with pytest.raises(CoprodError, match=words):
        cm.sem(model, TEAMS, cluster="team")


def test_what_needs_moments_is_refused(fit: TwoLevelFit) -> None:
    for call in (fit.modification_indices, fit.residuals, lambda: fit.effects("x", "f")):
        with pytest.raises(CoprodError, match="random slopes"):
            call()
    with pytest.raises(CoprodError, match="Bartlett"):
        fit.factor_scores("bartlett")
    with pytest.raises(CoprodError, match=r"no level 2\.0"):
        fit.factor_scores(level=2.0)  # type: ignore[arg-type]
    with pytest.raises(CoprodError, match="information"):
        cm.sem(PATH, TEAMS, cluster="team", information="expected")


def test_what_a_level_lacks_and_a_name_that_hides_a_column_are_told() -> None:
    found = cm.sem(PATH.replace('"s"', '"w"'), TEAMS, cluster="team", se="none")
    assert isinstance(found, TwoLevelFit)
    assert "w: a slope here, though the data have such a column, which is not used" in found.messages
    with pytest.raises(CoprodError, match="level 1 has no latent variable. Use level=2"):
        found.factor_scores()
