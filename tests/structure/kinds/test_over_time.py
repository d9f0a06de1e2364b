"""Claims over waves, where it is known what works on what within a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.evidence import Beside, Context
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.kinds import transitions
from coprod_measure.structure.panel_claims import follow
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.wording import in_words
from coprod_measure.theory.definition import Hypothesis
from structure.by_hand import a_claim
from structure.small_answers import INSTRUMENT, THEORY


def waves(folder: Path, n_waves: int = 3, n: int = 600, *, twice: bool = False) -> Responses:
    """Within a person trust raises drive a wave later (.4), drive raises will (.4); some leave, the low in trust first.

    Skill and trust only differ between people, in the same direction.
    """
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(31)
    names = ("trust", "skill", "drive", "will")
    stable = rng.multivariate_normal(np.zeros(4), 0.6 * np.eye(4) + 0.4, n)
    lagged = np.zeros((4, 4))
    lagged[2, 0] = lagged[3, 2] = 0.4
    np.fill_diagonal(lagged, 0.2)
    within, frames = rng.standard_normal((n, 4)), []
    here = np.ones(n, bool)
    for wave in range(1, n_waves + 1):
        score = stable + within
        columns: dict[str, object] = {"id": [f"p{k}" for k in range(n)], "wave": wave}
        for j, name in enumerate(names):
            for k in (1, 2, 3):
                answer = np.clip(np.round(3 + 0.6 * score[:, j] + 0.4 * rng.standard_normal(n)), 1, 5)
                columns[f"{name}_{k}"] = (6 - answer if f"{name}_{k}" == "drive_3" else answer).astype(int)
        frames.append(pd.DataFrame(columns)[here])
        here &= rng.random(n) < 1 / (1 + np.exp(-2 - 0.5 * score[:, 0]))
        within = within @ lagged.T + rng.standard_normal((n, 4)) * np.sqrt(0.8)
    table = pd.concat([*frames, frames[0].head(3)] if twice else frames)
    table.to_csv(folder / "answers.csv", index=False)
    return read_responses(
        folder / "answers.csv", read_instrument(folder / "instrument.yaml"), wave="wave", id_column="id"
    )


def claim(
    id_: str, source: str, target: str, *via: str, level: str = "over_time", needs: int = 2
) -> Hypothesis:
    return a_claim(
        id_, level, (source,), (target,), "positive", statement="Later.", via=via, needs_waves=needs
    )  # type: ignore[arg-type]


CLAIMS = (
    claim("O1", "trust", "drive"),
    claim("O2", "skill", "trust"),
    claim("O3", "trust", "will", "drive", level="mediated"),
    claim("O4", "trust", "joined", level="direct"),
    claim("O5", "trust", "unasked"),
)


def results(answers: Responses) -> HypothesisTests:
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in CLAIMS})
    return run_hypotheses(theory, answers, draws=1000, adjust="none")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> HypothesisTests:
    return results(waves(tmp_path_factory.mktemp("three")))


def test_what_works_within_a_person_is_told_from_lasting_differences(three: HypothesisTests) -> None:
    table = three.table().set_index("id")
    assert table["verdict"].to_dict() == {
        "O1": "supported",
        "O2": "not supported",
        "O3": "supported",
        "O4": "not testable here",
        "O5": "not testable here",
    }
    # The truth is .4 and .16 of error-free scores; errors of measurement make effects of scale means smaller.
    assert 0.15 < table.loc["O1", "estimate"] < 0.4
    assert 0.02 < table.loc["O3", "estimate"] < 0.16
    lagged = three.tables["O2"]["lagged"]
    plain = lagged[
        lagged["model"].str.startswith("clpm")
        & (lagged["outcome"] == "trust")
        & (lagged["predictor"] == "skill")
    ]
    assert (plain["pvalue"] < 0.05).all()  # which the plain model, beside, takes for an effect


def test_who_left_and_whether_waves_are_alike_is_told(three: HypothesisTests) -> None:
    own = three.tables["O1"]
    assert own["attendance"]["n"].is_monotonic_decreasing
    leaving = own["leaving"].set_index("name")
    assert leaving.loc["trust", "est"] < 0
    assert leaving.loc["trust", "pvalue"] < 0.05
    assert set(own["waves_alike"]["construct"]) == {"trust", "drive"}
    assert set(own["waves_alike"]["highest"]) == {"scalar"}
    assert "left_panel" in [reason.code for reason in three.reasons["O1"]]


def test_controls_are_held_constant_in_every_wave(tmp_path: Path) -> None:
    answers = waves(tmp_path, 2, 300)
    rng = np.random.default_rng(7)
    people = answers.about["respondent"].unique()
    age = pd.Series(rng.normal(45, 10, len(people)), people)
    # Older people trust and want more with every wave.
    wave = answers.about["wave"].astype(int).to_numpy()
    older = ((answers.about["respondent"].map(age) - 45) / 10).to_numpy() * wave * 0.3
    frame = answers.frame.apply(lambda own: own + older if own.name.startswith(("trust", "drive")) else own)
    grown = replace(
        answers, frame=frame, about=answers.about.assign(age=answers.about["respondent"].map(age))
    )
    theory = replace(grown.instrument.theory, hypotheses={"O1": CLAIMS[0]})
    how = {"draws": 200, "adjust": "none", "kinds": {"over_time": {"items": False}}}
    tests = run_hypotheses(theory, grown, controls=["age"], **how)
    scores = {name: frame[[f"{name}_{k}" for k in (1, 2, 3)]].mean(axis=1) for name in ("trust", "drive")}
    long = pd.DataFrame(scores).assign(
        person=grown.about["respondent"], wave=grown.about["wave"], age=grown.about["age"]
    )
    found = cm.panel(long, ["drive", "trust"], person="person", wave="wave", controls=["age"])
    table = found.table().query("outcome == 'drive' and predictor == 'trust'")
    row = tests.claims.iloc[0]
    assert row["model"] == found.chosen
    assert row["estimate"] == pytest.approx(table["est"].mean(), abs=1e-4)
    assert tests.without_controls is not None
    assert abs(tests.without_controls.claims["estimate"].iloc[0] - row["estimate"]) > 0.01
    assert not [one for one in tests.reasons["O1"] if one.code == "no_controls"]


def test_two_waves_are_read_by_the_plain_model_and_it_is_said(tmp_path: Path) -> None:
    tests = results(waves(tmp_path, 2))
    reasons = {id_: [one.code for one in own] for id_, own in tests.reasons.items()}
    assert "plain_panel" in reasons["O1"]
    assert reasons["O3"] == ["no_mediation_over_time"]
    assert (
        "stable differences need three waves; there are 2"
        in tests.table().set_index("id").loc["O1", "reason"]
    )


def test_one_wave_and_a_person_twice_in_a_wave_are_named(tmp_path: Path) -> None:
    one = results(waves(tmp_path, 1))
    assert [own[0].code for id_, own in one.reasons.items() if id_ in ("O1", "O3")] == ["too_few_waves"] * 2
    (tmp_path / "twice").mkdir()
    twice = results(waves(tmp_path / "twice", 3, 200, twice=True))
    assert "3 people appear twice in a wave" in twice.table().set_index("id").loc["O1", "reason"]


def test_constructs_are_measured_by_items_and_scale_means_on_request(
    three: HypothesisTests, tmp_path: Path
) -> None:
    assert "measured_by_items" in [one.code for one in three.reasons["O1"]]
    answers = waves(tmp_path)
    theory = replace(answers.instrument.theory, hypotheses={"O1": CLAIMS[0]})
    means = run_hypotheses(theory, answers, draws=100, kinds={"over_time": {"items": False, "change": False}})
    by_items, by_means = (one.table().set_index("id").loc["O1"] for one in (three, means))
    # The true effect is .4: items with errors of SD .4 beside scores of .6 take a part of it away.
    assert by_means["estimate"] < by_items["estimate"]
    assert by_items["ci_lower"] < 0.4 * np.sqrt(0.8 + 0.2) < by_items["ci_upper"] + 0.1
    assert "measured_by_items" not in [one.code for one in means.reasons["O1"]]
    assert "growth" not in means.tables["O1"]


def test_what_has_no_three_items_in_every_wave_is_not_said_to_be_measured_by_them(tmp_path: Path) -> None:
    answers = waves(tmp_path, n=200)
    answers.frame.loc[answers.about["wave"].astype(str) == "2", "drive_3"] = np.nan
    context = Context(theory=answers.instrument.theory, clean=answers)
    followed = follow(variables_of(("trust", "drive"), context), context, times=None, by_items=True)
    assert (followed.by_items, followed.why) == (("trust",), "")


def test_a_handful_who_stayed_is_no_panel(tmp_path: Path) -> None:
    answers = waves(tmp_path, n=120)
    who = answers.about["respondent"].isin(answers.about["respondent"].unique()[:6])
    few = answers.keep(answers.frame.index[(answers.about["wave"].astype(str) == "1") | who])
    found = results(few)
    assert found.verdicts.set_index("id").loc["O1", "verdict"] == "not testable here"
    assert "only 6 people of earlier waves answered in wave 2" in in_words(found.reasons["O1"])


def test_change_and_those_who_left_stand_beside(three: HypothesisTests) -> None:
    own = three.tables["O1"]
    assert set(own["growth_fit"]["construct"]) == {"trust", "drive"}
    tests = own["leaving_tests"].set_index("test")
    assert tests.loc["known_before", "pvalue"] < 0.05
    assert tests.loc["mixture", "df"] == 4
    # People left by what they had answered, and changed as others did.
    assert "leavers_alike" in [one.code for one in three.reasons["O1"]]
    assert set(own["pattern_mixture"]["outcome"]) == {"trust", "drive"}


def test_an_order_of_stages_is_compared_over_waves_too(tmp_path: Path) -> None:
    answers = waves(tmp_path)
    order = claim("H1i", "trust", "unasked", "drive", "will", "joined", level="stage_transition", needs=1)
    other = claim("H9", "trust", "will", level="direct", needs=1)
    found = transitions.beside([order, other], Context(theory=answers.instrument.theory, clean=answers))
    assert list(found) == ["H1i"]
    tables, reasons = found["H1i"]
    table = tables["order_over_time"].set_index("structure")
    assert table.loc["reversed", "delta_bic"] > 10
    assert [one.code for one in reasons] == ["order_over_time", "nothing_backwards"]
    assert in_words(reasons).startswith("over 3 waves each step works on the next")
    assert tables["order_steps"]["step"].tolist() == ["trust", "drive", "will"]
    tests = run_hypotheses(
        replace(answers.instrument.theory, hypotheses={"O1": CLAIMS[0]}), answers, draws=100
    )
    shown = PAGES["transitions"].blocks(
        replace(tests, tables=found_tables(found)), Labels(answers.instrument)
    )
    by_id = {one.id: one for one in shown if isinstance(one, Table)}
    assert list(by_id) == ["order-H1i", "order-effects-H1i"]
    assert by_id["order-H1i"].rows[0].values[0] == "As claimed"
    assert "with random intercepts" in by_id["order-H1i"].notes[0]


def found_tables(found: Mapping[str, Beside]) -> dict[str, Mapping[str, pd.DataFrame]]:
    return {id_: tables for id_, (tables, _) in found.items()}


def test_the_page_shows_change_and_those_who_left(three: HypothesisTests, tmp_path: Path) -> None:
    labels = Labels(waves(tmp_path, 1).instrument)
    shown = {one.id: one for one in PAGES["over_time"].blocks(three, labels) if isinstance(one, Table)}
    for name in (
        "lagged-effects", "panel-fit", "dual-change", "leaving", "leaving-tests", "pattern-mixture"
    ):  # fmt: skip
        assert any("O1: " in str(row) for row in shown[name].rows), f"{name} does not say of what"
    assert set(shown) >= {
        "lagged-effects", "growth", "growth-estimates", "dual-change", "leaving", "leaving-tests",
        "pattern-mixture",
    }  # fmt: skip


def test_an_order_over_one_wave_says_nothing_more(tmp_path: Path) -> None:
    answers = waves(tmp_path, 1)
    order = claim("H1i", "trust", "unasked", "drive", "will", level="stage_transition", needs=1)
    assert transitions.beside([order], Context(theory=answers.instrument.theory, clean=answers)) == {}


def test_a_change_without_a_cause_is_a_trend_of_the_means(tmp_path: Path) -> None:
    """Will grows by about .3 SD a wave, among those who stay and those who leave; trust does not."""
    answers = waves(tmp_path)
    grown = answers.frame.copy()
    later = answers.about["wave"].astype(int).to_numpy() - 1
    for item in ("will_1", "will_2", "will_3"):
        grown[item] = np.clip(
            grown[item] + (np.random.default_rng(8).random(len(grown)) < 0.25 * later), 1, 5
        )
    answers = replace(answers, frame=grown)
    claims = {
        id_: a_claim(id_, "over_time", (), (target,), "positive", statement="Grows.", needs_waves=2)
        for id_, target in (("G1", "will"), ("G2", "trust"), ("G3", "unasked"))
    }
    found = run_hypotheses(replace(answers.instrument.theory, hypotheses=claims), answers)
    table = found.table().set_index("id")
    assert table.loc[["G1", "G2"], "verdict"].tolist() == ["supported", "not supported"]
    assert "not measured" in in_words(found.reasons["G3"])
    own = found.tables["G1"]["wave_means"]["mean"]
    assert (np.diff(own) > 0.1).all()
    blocks = {block.id: block for block in PAGES["over_time"].blocks(found, Labels(answers.instrument))}
    assert {"attendance", "wave-means"} <= set(blocks)
