"""Yes/no answers at the end of claims, alone and of chains, unreliability of the causes taken off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.report.document import Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.methods.choice import choice
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import small_answers

CLAIMS = (
    a_claim("Y1", "direct", ("will",), ("joined",), "positive"),
    a_claim("Y2", "mediated", ("trust", "skill"), ("will", "joined"), "positive", via=("drive",)),
    a_claim("Y3", "mediated", ("trust",), ("joined",), "positive", via=("drive", "will")),
)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Joining answers to .8 will + .6 noise; will to .6 drive, drive to .5 trust; skill does nothing."""
    found = small_answers(tmp_path_factory.mktemp("small"))
    theory = replace(found.instrument.theory, hypotheses={one.id: one for one in CLAIMS})
    return replace(found, instrument=replace(found.instrument, theory=theory))


def _tests(answers: Responses, *ids: str, **how: object) -> HypothesisTests:
    return run_hypotheses(answers.instrument.theory, answers, ids, missing="listwise", draws=500, **how)  # type: ignore[arg-type]


def test_the_error_of_causes_is_taken_off(answers: Responses) -> None:
    tests = _tests(answers, "Y1")
    (path,) = tests.paths.to_dict("records")
    # .8 of the latent response is will, which its scale mean knows with an alpha of some .8.
    assert path["r_squared"] == pytest.approx(0.64, abs=0.06)
    assert [one.code for one in tests.reasons["Y1"] if "mended" in one.code] == ["decision_mended"]
    slopes = tests.tables["Y1"]["slopes"].set_index("term")
    assert slopes.loc["will", "estimate"] > 1.1 * slopes.loc["will", "naive"]
    effect = tests.tables["Y1"]["effects"].iloc[0]
    yes = answers.frame["joined_1"]
    mean = answers.frame[["will_1", "will_2", "will_3"]].mean(axis=1)
    # A linear probability model has about the mean marginal effect (Angrist and Pischke 2009, ch. 3.4).
    assert effect["effect"] == pytest.approx(np.polyfit(mean, yes, 1)[0], abs=0.03)
    _, shown, _ = PAGES["choice"].blocks(tests, Labels(answers.instrument))
    assert isinstance(shown, Table)
    assert shown.title == "Y1: what moves the choice (Joined)"


def test_chains_end_in_decisions(answers: Responses) -> None:
    tests = _tests(answers, "Y2")
    found = tests.claims.set_index(["hypothesis", "source", "target"])
    model = "\n".join(f"{f} =~ {f}_1 + {f}_2 + {f}_3" for f in ("trust", "drive", "skill"))
    text = f"{model}\njoined_1 ~ drive + trust + skill\ndrive ~ trust + skill"
    std = sem(text, answers.frame, estimator="WLSMV", ordered=["joined_1"]).parameters.query("op == '~'")
    std = std.set_index(["lhs", "rhs"])["std_all"]
    # The same on factors, by thresholds.
    expected = std["drive", "trust"] * std["joined_1", "drive"]
    assert found.loc[("Y2", "trust", "joined"), "std"] == pytest.approx(expected, abs=0.02)
    assert found.loc[("Y2", "skill", "joined"), "pvalue"] > 0.05
    tests = _tests(answers, "Y2", "Y3")
    found = tests.claims.set_index(["hypothesis", "source", "target"])
    assert len(found) == 5
    assert found.loc[("Y3", "trust", "joined"), "std"] == pytest.approx(0.5 * 0.6 * 0.8, abs=0.07)
    own = found.loc[("Y3", "trust", "joined")]
    assert own["ci_lower"] < own["std"] < own["ci_upper"]
    assert own["pvalue"] < 0.01
    assert tests.verdicts.set_index("id")["verdict"].to_dict()["Y3"] == "supported"
    method = PAGES["paths"].method(
        dict(found.loc[("Y3", "trust", "joined")], model="logistic"), ["decision_mended"], tests.options
    )
    assert method.startswith("paths of a structural equation model, times the last step by logistic")


def test_each_of_several_decisions_has_its_own_table(answers: Responses) -> None:
    tests = _tests(answers, "Y1")
    own = tests.tables["Y1"]
    twice = {name: pd.concat([table, table.assign(target="amount")]) for name, table in own.items()}
    found = PAGES["choice"].blocks(replace(tests, tables={"Y1": twice}), Labels(answers.instrument))
    titles = [block.title for block in found if isinstance(block, Table)]
    assert titles[::2] == ["Y1: what moves the choice (Joined)", "Y1: what moves the choice (Amount)"]
    assert len({block.id for block in found if isinstance(block, Table)}) == 4


def test_a_decision_that_nobody_answered_with_its_causes_leaves_the_amounts(answers: Responses) -> None:
    frame = answers.frame.copy()
    frame.loc[frame.index[:450], "joined_1"] = float("nan")
    frame.loc[frame.index[450:], ["skill_1", "skill_2", "skill_3"]] = float("nan")
    tests = run_hypotheses(
        answers.instrument.theory, replace(answers, frame=frame), ("Y2",), missing="fiml", draws=200
    )
    assert set(tests.claims["target"]) == {"will"}
    assert "decision_lost" in [one.code for one in tests.reasons["Y2"]]


def test_effects_on_shares_stand_with_weights_and_clusters_too(answers: Responses) -> None:
    n = len(answers.frame)
    design = {"weight": np.where(np.arange(n) % 3, 0.5, 2.0), "cluster": np.arange(n) // 4}
    own = _tests(replace(answers, about=answers.about.assign(**design)), "Y1").tables["Y1"]
    mean = answers.frame[["will_1", "will_2", "will_3"]].mean(axis=1)
    frame = pd.DataFrame({"will": mean, "joined": answers.frame["joined_1"], **design}, index=mean.index)
    peer = choice(frame, "joined", ["will"], weights="weight", cluster="cluster").effects().iloc[0]
    shown = own["effects"].iloc[0]
    assert [shown["effect"], shown["se"]] == pytest.approx([peer["effect"], peer["se"]])
    slope = own["slopes"].iloc[0]
    assert slope["naive"] < slope["estimate"] < 2 * slope["naive"]
