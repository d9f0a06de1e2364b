"""A two-level fit as its users meet it; its numbers are compared in ``test_against_lavaan``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_distribution

import coprod_measure as cm
from coprod_measure.errors import CoprodError
from coprod_measure.fitting.two_level.fit import TwoLevelFit

REFERENCE = Path(__file__).parents[2] / "reference"
TEAMS = pd.read_csv(REFERENCE / "data" / "teams.csv")
PATHS = (REFERENCE / "lavaan_07_two_level_paths" / "model.txt").read_text(encoding="utf-8")
FACTORS = "level: 1\nf =~ u1 + u2 + u3\nlevel: 2\ng =~ u1 + u2 + u3\ng ~ w"


@pytest.fixture(scope="module")
def paths() -> TwoLevelFit:
    fit = cm.sem(PATHS, TEAMS, cluster="team")
    assert isinstance(fit, TwoLevelFit)
    return fit


def test_tables_name_the_level(paths: TwoLevelFit) -> None:
    assert set(paths.parameters["level"]) == {0, 1, 2}
    for table in (paths.standardized(), paths.r_squared, paths.residuals()):
        assert "level" in table
        assert "group" not in table
    assert "60 clusters" in repr(paths)
    assert "Level 2: between" in paths.summary()
    assert "within and" in paths.summary()


def test_shares_between_clusters_are_near_the_truth_of_the_simulation(paths: TwoLevelFit) -> None:
    # m: between .6^2 * .25 + .3^2 + .25, within .4^2 + .2^2 + .8^2.
    assert paths.icc["m"] == pytest.approx(0.43 / (0.43 + 0.84), abs=0.1)
    assert "w" not in paths.icc


def test_effects_are_listed_level_by_level(paths: TwoLevelFit) -> None:
    effects = paths.effects("x", "y")
    defined = paths.parameters.query("op == ':='").set_index("lhs")
    for level, name in ((1, "inner"), (2, "outer")):
        row = effects[(effects["level"] == level) & (effects["effect"] == "indirect")].iloc[0]
        assert row["est"] == pytest.approx(defined.est[name])
        assert row["se"] == pytest.approx(defined.se[name])
    assert set(paths.effects("w", "y")["level"]) == {2}


def test_rows_may_come_in_any_order(paths: TwoLevelFit) -> None:
    mixed = cm.sem(PATHS, TEAMS.sample(frac=1.0, random_state=1), cluster="team")
    assert np.allclose(mixed.parameters.est, paths.parameters.est, atol=1e-7)


def test_few_clusters_are_those_of_a_regression_over_clusters() -> None:
    rng = np.random.default_rng(3)
    team, w = np.repeat(np.arange(25), 4), rng.normal(size=25)
    y = (0.5 * w + rng.normal(size=25))[team] + rng.normal(size=100)
    data = pd.DataFrame({"team": team, "w": w[team], "y": y})
    fit = cm.sem("level: 1\ny ~~ y\nlevel: 2\ny ~ w", data, cluster="team")
    assert isinstance(fit, TwoLevelFit)
    assert "few_clusters()" in fit.messages[0]
    few = fit.few_clusters()
    own = few.parameters.query("op == '~'").iloc[0]
    # Clusters of one size: a regression of their means, with its t on 23 degrees of freedom; the model takes
    # the intercept and the variance for parameters of level 2 too.
    means = data.groupby("team").mean()
    design = np.column_stack([np.ones(25), means["w"]])
    known = np.linalg.inv(design.T @ design)
    beta = known @ design.T @ means["y"]
    error = np.sqrt(np.sum((means["y"] - design @ beta) ** 2) / 22 * known[1, 1])
    assert own["est"] == pytest.approx(beta[1], abs=1e-5)
    assert own["se"] == pytest.approx(error, rel=1e-4)
    assert own["df"] == 22
    assert own["ci_upper"] == pytest.approx(own["est"] + 2.07387 * own["se"], rel=1e-5)


def test_the_test_of_few_clusters_is_that_of_a_regression_over_clusters() -> None:
    """Of one row a cluster's mean, and a path held at zero: Hotelling's T^2 of one residual.

    With clusters of one size the residual is the covariance of the clusters' means and w, and its influence
    that of each cluster: T and F can be written down (Yuan & Bentler 1998, eq. 11).
    """
    rng = np.random.default_rng(5)
    team, w = np.repeat(np.arange(40), 4), rng.normal(size=40)
    y = (0.4 * w + rng.normal(size=40))[team] + rng.normal(size=160)
    data = pd.DataFrame({"team": team, "w": w[team], "y": y})
    fit = cm.sem("level: 1\ny ~~ y\nlevel: 2\ny ~ 0*w", data, cluster="team")
    few = fit.few_clusters()
    means = data.groupby("team").mean()
    own = means - means.mean()
    slope = float(own["w"] @ own["y"] / (own["w"] @ own["w"]))
    left = own["w"] * (own["y"] - slope * own["w"])
    statistic = slope**2 * float(own["w"] @ own["w"]) ** 2 / float(left @ left)
    assert few.statistic == pytest.approx(statistic * 39 / 40, rel=1e-4)
    assert (few.df, few.df_clusters) == (1, 39)
    assert few.pvalue == pytest.approx(float(f_distribution.sf(few.statistic, 1, 39)))


def test_too_few_clusters_are_refused(paths: TwoLevelFit) -> None:
    assert "residual F" in repr(paths.few_clusters())
    with pytest.raises(CoprodError, match="level 2 has"):
        cm.sem(PATHS, TEAMS[TEAMS["team"] < 8], cluster="team").few_clusters()


def test_nested_fits_are_compared(paths: TwoLevelFit) -> None:
    equal = cm.sem(PATHS + "\nb1 == b2", TEAMS, cluster="team")
    found = equal.compare(paths)
    assert found.df == 1
    assert found.statistic == pytest.approx(2.0 * (paths.measures["logl"] - equal.measures["logl"]), abs=1e-6)


def test_scripts_name_the_levels(paths: TwoLevelFit) -> None:
    script = paths.to_lavaan()
    assert script.count("level: ") == 2
    assert 'cluster = "team"' in script
    mplus = paths.to_mplus()
    assert "TYPE = TWOLEVEL;" in mplus
    assert "WITHIN = age;" in mplus
    assert "BETWEEN = w;" in mplus
    within, _, between = mplus.partition("%WITHIN%")[2].partition("%BETWEEN%")
    assert "[m]" not in within
    assert "[m]" in between


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_groups_alone_and_together_are_the_same(estimator: str) -> None:
    data = TEAMS.assign(half=np.where(TEAMS["team"] > 30, "late", "early"))
    model = "level: 1\ny ~ x\nlevel: 2\ny ~ w"
    both = cm.sem(model, data, cluster="team", group="half", estimator=estimator)
    parts = [part for _, part in data.groupby("half", sort=False)]
    alone = [cm.sem(model, part, cluster="team", estimator=estimator) for part in parts]
    assert both.measures["logl"] == pytest.approx(sum(fit.measures["logl"] for fit in alone), abs=1e-6)
    for number, fit in enumerate(alone, start=1):
        own = both.parameters[both.parameters["group"] == number]
        assert own["est"].to_numpy() == pytest.approx(fit.parameters["est"].to_numpy(), abs=1e-5)
        assert own["se"].to_numpy() == pytest.approx(fit.parameters["se"].to_numpy(), abs=1e-5)
    assert set(both.residuals()["group"]) == {1, 2}
    assert "Level 2: late, between" in both.summary()
    equal = cm.sem(model, data, cluster="team", group="half", group_equal=["regressions"])
    assert equal.df == both.df + 2
    with pytest.raises(CoprodError, match="groups of two-level models"):
        both.to_mplus()


def test_indices_and_score_tests_are_those_of_lavaan() -> None:
    """By lavaan 0.7-2: modindices(fit) of u1 ~~ u3 between and u2 ~~ u3 within; lavTestScore(fit)."""
    model = "level: 1\nf =~ u1 + u2 + u3\nf ~ age\nlevel: 2\ng =~ u1 + u2 + u3\ng ~ w\n"
    found = cm.sem(model, TEAMS, cluster="team").modification_indices(minimum=1.0)
    assert found[["level", "lhs", "op", "rhs"]].to_numpy().tolist() == [
        [2, "u1", "~~", "u3"],
        [1, "u2", "~~", "u3"],
    ]
    assert found["mi"].to_numpy() == pytest.approx([2.070, 1.215], abs=1e-3)
    assert found["epc"].to_numpy() == pytest.approx([0.087, -0.062], abs=1e-3)
    assert found["sepc_all"].to_numpy() == pytest.approx([1.136, -0.109], abs=1e-3)
    demo = pd.read_csv(REFERENCE / "data" / "demo_two_level.csv")
    tied = "level: 1\nfw =~ a*y1 + b*y2 + y3\nfw ~ x1\nlevel: 2\nfb =~ 1*y1 + b*y2 + y3\nfb ~ w1"
    (row,) = (
        cm.sem(tied, demo, cluster="cluster").score_tests().query("constraint == 'all'").to_dict("records")
    )
    assert (row["statistic"], row["df"]) == (pytest.approx(1.235, abs=2e-3), 1)


def test_few_clusters_are_said() -> None:
    few = TEAMS[TEAMS["team"] <= 20]
    fit = cm.sem("level: 1\ny ~ x\nlevel: 2\ny ~ w", few, cluster="team")
    assert any("20 clusters" in message for message in fit.messages)


def test_a_missing_value_of_the_team_is_taken_from_another_row() -> None:
    holed = TEAMS.copy()
    holed.loc[holed.groupby("team").head(1).index, "w"] = np.nan
    model = "level: 1\ny ~ x\nlevel: 2\ny ~ w\nw ~~ w"
    whole = cm.sem(model, TEAMS, cluster="team")
    fit = cm.sem(model, holed[holed["team"].isin(TEAMS["team"])], cluster="team", missing="fiml")
    assert np.allclose(fit.parameters.est, whole.parameters.est, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"cluster": None}, "needs clusters"),
        ({"estimator": "MLM"}, "MLM is not available"),
        ({"missing": "two.stage"}, "two_stage is not available"),
        ({"ordered": ["u1"]}, "clusters are not available with WLSMV"),
        ({"weights": "age"}, "no weights"),
        ({"se": "bootstrap"}, "no bootstrap errors"),
        ({"missing": "fiml", "information": "expected"}, "expected information"),
        ({"bounds": "standard"}, "bounds"),
        ({"engine": "semopy"}, "semopy"),
    ],
)
def test_options_without_a_two_level_form_are_refused(change: dict[str, Any], cause: str) -> None:
    with pytest.raises(CoprodError, match=cause):
        cm.cfa(FACTORS, TEAMS, **{"cluster": "team", **change})


@pytest.mark.parametrize(
    ("model", "cause"),
    [
        ("level: 1\ny ~ w\nlevel: 2\ny ~~ y", "variable w: it is the same for all rows"),
        ("level: 1\ny ~ x\nlevel: 2\ny ~ age", "variable age: it differs between rows"),
    ],
)
def test_variables_at_the_wrong_level_are_named(model: str, cause: str) -> None:
    with pytest.raises(CoprodError, match=cause):
        cm.sem(model, TEAMS, cluster="team")


def test_what_two_levels_cannot_give_is_refused(paths: TwoLevelFit) -> None:
    with pytest.raises(CoprodError, match="two-level models have no"):
        paths.bootstrap()
    with pytest.raises(CoprodError, match="Vuong"):
        paths.vuong(paths)
    with pytest.raises(CoprodError, match="no bootstrap"):
        paths.effects("x", "y", interval="bootstrap")
    with pytest.raises(CoprodError, match="kind"):
        paths.residuals("standardized")
    assert paths.why_missing["gfi"]


def test_the_diagram_is_of_the_first_level(paths: TwoLevelFit) -> None:
    words = {text.get_text() for axes in paths.plot().axes for text in axes.texts}
    assert {"age", "m", "y"} <= words
    assert "w" not in words


def test_robust_errors_in_groups_are_those_of_the_likelihoods_of_clusters() -> None:
    """lavaan 0.7-2's are 1 % off in groups: their squares add up to another number of clusters."""
    data = pd.read_csv(REFERENCE / "data" / "sectors.csv")
    text = "level: 1\nf =~ v1 + a*v2 + b*v3\nlevel: 2\ng =~ v1 + a*v2 + b*v3"
    fit = cm.sem(text, data, cluster="team", group="sector", estimator="MLR")
    model, x = fit.solution.model, fit.solution.minimum.x

    def likelihoods(at: Any) -> Any:
        implied, found = model.implied(at), []
        for k, group in enumerate(fit.request.data.groups):
            within, between = implied[2 * k : 2 * k + 2]
            assert group.clusters is not None
            for cluster in np.unique(group.clusters):
                rows = group.answers[group.clusters == cluster]
                n = len(rows)
                cov = np.kron(np.eye(n), within.sigma) + np.kron(np.ones((n, n)), between.sigma)
                away = (rows - within.mu - between.mu).ravel()
                found.append(-0.5 * (np.linalg.slogdet(cov)[1] + away @ np.linalg.solve(cov, away)))
        return np.array(found)

    steps = 1e-5 * np.eye(len(x))
    scores = np.column_stack([(likelihoods(x + h) - likelihoods(x - h)) / 2e-5 for h in steps])
    assert fit.inverse_information is not None
    bread = fit.inverse_information / fit.n
    np.testing.assert_allclose(fit.covariance, bread @ scores.T @ scores @ bread, rtol=1e-3, atol=1e-7)
