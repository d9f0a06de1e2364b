"""Power by drawing: against closed forms and published tables, and what a run leaves when it is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure import workers as workers_module
from coprod_measure.errors import InputError, OutputError, SimulationError
from coprod_measure.planning.draws import Condition, Drawn, Outcome
from coprod_measure.planning.monte_carlo import Asked, PowerResult, draw_power
from coprod_measure.planning.of_study import study_work
from coprod_measure.planning.power import _key
from coprod_measure.report.about_power import sentence
from coprod_measure.responses.clean import clean
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.population import Dyads, Offers
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study import as_asked
from coprod_measure.study.definition import read_study

SAMPLE = cm.shipped_folder("data/sample") / "coproduction"


class Coin:
    """A claim that is found with a known probability, quickly."""

    claims = ("heads", "edge")

    def check(self, condition: Condition) -> None:
        pass

    def guesses(self, wanted: float) -> list[int]:
        return []

    def draw(self, condition: Condition, seed: int) -> Drawn:
        # The closed form of a z test: power Phi(sqrt(n) * .15 - 1.96).
        z = np.random.default_rng(seed).standard_normal()
        found = z + 0.15 * np.sqrt(condition.n) > 1.96
        return Drawn(0, {"heads": Outcome(bool(found), estimate=0.15), "edge": Outcome(False)}, condition.n)


def test_the_search_finds_the_closed_form() -> None:
    """Power .80 needs ((1.96 + .8416) / .15)^2 = 349 respondents."""
    table, smallest, curves = draw_power(Coin(), Asked(draws=3000, least=50, most=2000), seed=3)  # type: ignore[arg-type]
    found = smallest["heads"]
    assert found
    assert found.lower <= 349 <= found.upper
    assert found.upper - found.lower < 0.12 * 349
    assert not smallest["edge"]
    assert not smallest["all"]
    # Draws were spent near the answer, not at the ends.
    near = table[(table["claim"] == "heads") & table["n"].between(250, 450)]["draws"].sum()
    assert near > 1000
    assert curves["heads"].at(349) == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize(("path", "n"), [(0.14, 530), (0.39, 74)])
def test_joint_significance_of_fritz_and_mackinnon(path: float, n: int) -> None:
    """Table 3 of Fritz and MacKinnon (2007): power .80 of two small (.14) or two medium (.39) paths.

    Reprinted beside an independent replication (Fossum and Montoya, replisims/fritz-2007), which needs 532
    and 74 for the joint significance test.
    """
    # Their samples have residuals of variance one.
    population = f"x ~~ 1*x\nm ~ {path}*x\nm ~~ 1*m\ny ~ {path}*m\ny ~~ 1*y"
    found = cm.power(
        population=population, model="m ~ a*x\ny ~ b*m + x", claims=["a & b"], n=[n], draws=300, seed=1
    )
    row = found.table.iloc[0]
    # Three Monte Carlo errors, and what asymptotic z tests of small samples are more liberal than their t tests.
    assert abs(row["power"] - 0.80) < 3 * row["mcse"] + 0.015


def test_drawing_agrees_with_satorra_and_saris() -> None:
    population = "f =~ .7*a + .7*b + .7*c\ng =~ .7*d + .7*e + .7*h\ng ~ .3*f"
    model = "f =~ a + b + c\ng =~ d + e + h\ng ~ r*f"
    exact = cm.model_power(population, model, null="r == 0", n=150)
    drawn = cm.power(population=population, model=model, claims=["r"], n=[150], draws=200, seed=2).table.iloc[
        0
    ]
    assert abs(drawn["power"] - exact.power) < 3 * drawn["mcse"] + 0.02
    assert drawn["estimate"] == pytest.approx(0.3, abs=0.05)


WAVES = """
id: waves
title: Waves
instrument: etgar2007
form: demo
seed: 1
correlation: 0.2
constructs: {eva_satisfaction: {loading: 0.85}, eva_worthwhile: {loading: 0.85}, propensity: {loading: 0.85}}
groups: {decision_engage_1: {0: 0.1, 1: 0.9}}
waves:
  names: [t1, t2]
  lags: {propensity: {propensity: 0.2, eva_satisfaction: 0.4, eva_worthwhile: 0.4}}
"""


def test_a_hypothesis_over_waves_is_drawn_in_waves(tmp_path: Path) -> None:
    file = tmp_path / "population.yaml"
    file.write_text(WAVES, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(
        "id: waves\ntitle: Waves\ninstrument: etgar2007\nform: demo\nseed: 1\n"
        "responses: {file: none.csv, id_column: person, wave: wave}\n"
        "measurement: {missing: listwise}\nstructure: {hypotheses: [H11i], draws: 500}\n",
        encoding="utf-8",
    )
    found = cm.power(study, file, n=[500], draws=2, seed=1)
    row = found.table.iloc[0]
    assert (row["claim"], row["power"], row["failed"]) == ("H11i", 1.0, 0.0)
    assert found.without_effect == ()
    off = cm.power(study, file, n=[500], draws=2, seed=1, null=["H11i"])
    assert off.table.iloc[0]["power"] < 1.0
    assert off.without_effect == ("H11i",)


def test_the_search_starts_where_theory_says() -> None:
    """Power .80 of a slope of .3 needs 7.849 * (1 - .09) / .09 = 80 respondents."""
    found = cm.power(
        population="y ~ .3*x", model="y ~ b*x", claims=["b"], draws=120, between=(20, 1000), seed=2
    )
    assert 79 <= found.table["n"].iloc[1] <= 81
    n = found.smallest["b"]
    assert n
    assert n.lower <= 80 <= n.upper
    study = read_study(SAMPLE / "study.yaml")
    population = cm.read_population(SAMPLE / "population.yaml")
    work, _ = study_work(study, population, ["H1d"])
    # A path of .50 from the judgement to propensity, and a weaker one to the decision.
    assert min(work.guesses(0.80)) < 60 < max(work.guesses(0.80)) < 400


def test_after_the_data_the_effect_that_could_be_found_is_asked_for() -> None:
    """With 400 respondents a z test of .15 * effects has power .80 at effects = 2.8016 / (.15 * 20) = .934."""

    class Weak(Coin):
        def draw(self, condition: Condition, seed: int) -> Drawn:
            z = np.random.default_rng(seed).standard_normal()
            found = z + 0.15 * condition.effects * np.sqrt(condition.n) > 1.96
            return Drawn(0, {"heads": Outcome(bool(found)), "edge": Outcome(False)}, condition.n)

    asked = Asked(n=(400,), draws=1000, effects=(0.5, 1.0, 1.5))
    table, smallest, curves = draw_power(Weak(), asked, seed=5)  # type: ignore[arg-type]
    found = (
        PowerResult(table=table, smallest=smallest, curves=curves, wanted=0.80, seed=5)
        .detectable()
        .set_index("claim")
    )
    assert found.loc["heads", "effects"] == pytest.approx(0.934, abs=0.05)
    assert np.isnan(found.loc["edge", "effects"])


def test_every_cell_of_a_grid_has_its_smallest_sample() -> None:
    """A z test of .15 * effects * sqrt(n) has power .80 at n = (2.8016 / (.15 * effects))^2: 349 and 87."""

    class Grid(Coin):
        def draw(self, condition: Condition, seed: int) -> Drawn:
            z = np.random.default_rng(seed).standard_normal()
            size = 0.15 * condition.effects * (1.0 if condition.reliability < 0.9 else 0.5)
            found = z + size * np.sqrt(condition.n) > 1.96
            return Drawn(0, {"heads": Outcome(bool(found)), "edge": Outcome(False)}, condition.n)

    asked = Asked(n=(50, 150, 400), draws=600, effects=(1.0, 2.0), reliability=(0.7, 0.95))
    table, smallest, curves = draw_power(Grid(), asked, seed=5)  # type: ignore[arg-type]
    found = PowerResult(table=table, smallest=smallest, curves=curves, wanted=0.80, seed=5, price=2.0)
    over = found.smallest_over_grid().set_index(["reliability", "effects", "claim"])
    expected = {(0.7, 1.0): 349, (0.7, 2.0): 87, (0.95, 1.0): 1395, (0.95, 2.0): 349}
    for cell, n in expected.items():
        row = over.loc[(*cell, "heads")]
        assert row["lower"] <= n <= row["upper"]
        assert row["cost"] == 2.0 * row["n"]
    assert over.loc[(0.7, 1.0, "heads"), "n"] == smallest["heads"].n  # type: ignore[union-attr]
    each = found.detectable().set_index(["reliability", "n", "claim"])["effects"]
    assert each[0.7, 150, "heads"] == pytest.approx(2.8016 / (0.15 * np.sqrt(150)), abs=0.15)
    assert np.isnan(each[0.95, 50, "heads"]) or each[0.95, 50, "heads"] > 3


def test_draws_are_the_same_wherever_they_are_drawn_and_however_many() -> None:
    asked: dict[str, Any] = {"population": "y ~ .3*x", "model": "y ~ b*x", "claims": ["b"], "seed": 4}
    alone = cm.power(n=[60, 80], draws=20, **asked).table
    spread = cm.power(n=[80, 60], draws=20, processes=2, **asked).table
    assert alone.equals(spread)


def test_a_stopped_run_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {
        "population": "y ~ .3*x",
        "model": "y ~ b*x",
        "claims": ["b"],
        "n": [50],
        "seed": 4,
    }
    whole = cm.power(draws=40, **asked).table

    def stop(done: int, _: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cm.power(draws=40, out=tmp_path, progress=stop, **asked)
    kept = sorted(tmp_path.rglob("*.json"))
    assert len(kept) == 2
    kept[0].write_text("{ damaged", encoding="utf-8")
    counted: list[int] = []
    again = cm.power(
        draws=40, out=tmp_path, resume=True, progress=lambda done, _: counted.append(done), **asked
    )
    assert again.table.equals(whole)
    assert len(counted) == 3  # one piece was kept, one was damaged, two were missing
    # Without --resume a run begins afresh.
    counted.clear()
    cm.power(draws=40, out=tmp_path, progress=lambda done, _: counted.append(done), **asked)
    assert len(counted) == 4


def test_pieces_of_another_population_are_never_taken() -> None:
    population = cm.read_population(SAMPLE / "population.yaml")
    work, _ = study_work(read_study(SAMPLE / "study.yaml"), population)
    changed: list[dict[str, Any]] = [
        {"classes": (0.5, 0.5)}, {"offers": {"a": Offers({"b": {"c": 1.0}})}}, {"correlation": 0.1},
        {"groups": {"x": {1: 1.0}}}, {"dyads": Dyads(("a", "b"))}, {"sampled": {"x": {1: 1.0}}},
    ]  # fmt: skip
    keys = {_key(replace(work, population=replace(population, **one)), 1) for one in ({}, *changed)}
    assert len(keys) == len(changed) + 1


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OutputError("no space left on the device", place=str(path))

    monkeypatch.setattr(workers_module, "write_text", full)
    with pytest.raises(OutputError, match="no space left"):
        cm.power(population="y ~ .3*x", model="y ~ b*x", claims=["b"], n=[50], draws=10, out=tmp_path)


def test_a_draw_that_fails_costs_itself_only() -> None:
    class Fragile(Coin):
        def draw(self, condition: Condition, seed: int) -> Drawn:
            if seed % 4 == 0:
                raise ZeroDivisionError("no luck")
            return super().draw(condition, seed)

    table, _, _ = draw_power(Fragile(), Asked(n=(400,), draws=200), seed=1)  # type: ignore[arg-type]
    row = table[table["claim"] == "heads"].iloc[0]
    assert 0.15 < row["failed"] < 0.35
    assert row["why_failed"] == "ZeroDivisionError: no luck"
    assert row["power"] <= 1 - row["failed"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"n": [3]}, "3 respondents for 3 variables"),
        ({"claims": ["c"]}, "no parameter 'c'"),
        ({"claims": []}, "no parameter of the model is named"),
        ({"power": 1.2}, "wanted power is 1.2"),
        ({"between": (500, 100)}, "samples from 500 to 100"),
        ({"reliability": [0.7], "n": [100]}, "those of studies"),
    ],
)
def test_bad_input(how: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {
        "population": "y ~ .3*x + .2*z",
        "model": "y ~ b*x + z",
        "claims": ["b"],
        "draws": 5,
    }
    with pytest.raises(InputError, match=words):
        cm.power(**(asked | how))


def test_a_study_is_tested_by_its_own_tests() -> None:
    """Cleaning leaves fewer than were drawn; a strong path is found, one that is switched off is not."""
    population = cm.read_population(SAMPLE / "population.yaml")
    study = read_study(SAMPLE / "study.yaml")
    assert study.structure is not None
    quick = study.structure.model_copy(
        update={"hypotheses": ("H1d", "H5b"), "missing": "listwise", "draws": 500}
    )
    study = replace(study, structure=quick)
    found = cm.power(study, population, n=[400], draws=4, seed=1, null=["H5b"], price=3.0)
    rows = found.table.set_index("claim")
    assert rows.loc["H1d", "power"] == 1.0
    assert rows.loc["H5b", "power"] <= 0.5
    assert rows["n_used"].max() < 400
    assert rows.loc["H1d", "width"] > 0
    assert found.without_effect == ("H5b",)
    with pytest.raises(InputError, match="5 respondents are fewer than the 20"):
        cm.power(study, population, n=[5])
    with pytest.raises(SimulationError, match="H2b has no effect"):
        cm.power(study, population, n=[100], null=["H2b"])
    with pytest.raises(InputError, match="names no smallest effect"):
        cm.power(study, population, n=[100], smallest_effect=True)


def test_verdicts_are_the_same_where_only_they_are_wanted() -> None:
    """What a draw leaves out stands beside the verdicts: factor scores, rivals of a measure, ranks of categories."""
    population = cm.read_population(SAMPLE / "population.yaml")
    study = read_study(SAMPLE / "study.yaml")
    assert study.structure is not None
    hypotheses = ("H1j", "H5b", "H7e", "H10j")
    own = study.structure.model_copy(update={"hypotheses": hypotheses, "missing": "listwise", "draws": 500})
    study = replace(study, structure=own)
    answers = clean(as_responses(simulate(population, n=250, seed=3)))
    whole, only = (as_asked.tested(study, answers, verdicts_only=one) for one in (False, True))
    assert isinstance(whole, HypothesisTests)
    assert isinstance(only, HypothesisTests)
    assert set(whole.verdicts["id"]) == set(hypotheses)
    pd.testing.assert_frame_equal(whole.verdicts, only.verdicts)
    assert {name for own in whole.tables.values() for name in own} > {
        name for own in only.tables.values() for name in own
    }


def test_a_sample_that_was_not_drawn_is_not_told_as_reached() -> None:
    asked = Asked(n=(100, 200), draws=2000)
    table, smallest, curves = draw_power(Coin(), asked, seed=3)  # type: ignore[arg-type]
    found = smallest["heads"]
    assert found
    assert found.beyond == 200
    assert found.lower <= 349 <= found.upper
    told = PowerResult(table=table, smallest=smallest, curves=curves, wanted=0.80, seed=3)
    assert "by the curve alone: 200 were drawn" in told.smallest_table()["reason"].tolist()
    words = sentence(told)
    assert words.startswith("No sample that was drawn gives a power of 80")
    assert words.endswith("; more than 200 were not drawn.")
    assert "gives an expected power of 80" in sentence(replace(told, expected=True))


def test_a_sample_below_those_that_were_drawn_is_not_told_either() -> None:
    """A z test of .15 * sqrt(n) has power .80 at 349 and .97 at 700."""
    table, smallest, curves = draw_power(Coin(), Asked(n=(600, 800), draws=800), seed=3)  # type: ignore[arg-type]
    found = smallest["heads"]
    assert found
    assert (found.least, found.beyond) == (600, 0)
    told = PowerResult(table=table, smallest=smallest, curves=curves, wanted=0.80, seed=3)
    assert "by the curve alone: 600 were drawn" in told.smallest_table()["reason"].tolist()
    assert sentence(told).startswith("600 respondents, the fewest that were drawn, give a power of 80")


def test_one_sample_alone_tells_its_powers() -> None:
    """No curve is drawn, and no sample is said to be too small that was not."""
    table, smallest, curves = draw_power(Coin(), Asked(n=(900,), draws=200), seed=3)  # type: ignore[arg-type]
    told = sentence(PowerResult(table=table, smallest=smallest, curves=curves, wanted=0.80, seed=3))
    assert told.startswith("900 respondents give a power of 80 % or more for heads (")
    assert ", less for edge (0 %) and all of them (0 %), by 200 simulated samples" in told


def test_effects_that_no_population_holds_name_the_most_that_one_does() -> None:
    work, _ = study_work(
        read_study(SAMPLE / "study.yaml"), cm.read_population(SAMPLE / "population.yaml"), ["H1d"]
    )
    with pytest.raises(
        SimulationError, match=r"effects: 4 times as large, the causes of .*Take effects up to"
    ) as told:
        work.check(Condition(200, effects=4.0))
    most = float(str(told.value).rsplit(" ", 1)[1])
    work.check(Condition(200, effects=most))
    with pytest.raises(SimulationError):
        work.check(Condition(200, effects=most + 0.02))
