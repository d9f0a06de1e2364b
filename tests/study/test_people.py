"""A study of people in waves says people and rows, and no test takes rows for people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.people_in_waves import questionnaire, rates, sample
from coprod_measure.cli.app import run_app
from coprod_measure.errors import CoprodWarning, DataError, NotAvailable, StudyError
from coprod_measure.fitting.models import cfa, sem
from coprod_measure.measurement.invariance.groups import invariance
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.report.write import write_report
from coprod_measure.responses.dataset import CLUSTER
from coprod_measure.structure.hypotheses import test_hypotheses as tested
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.results import StudyResults
from coprod_measure.study.run import run_study
from study.small_study import ITEMS, RULES, THEORY, small_answers, write_small_study

Capture = pytest.CaptureFixture[str]


def panel(study: Path, people: int = 60) -> pd.DataFrame:
    """Write answers of people in three waves into the small study."""
    rng = np.random.default_rng(7)
    waves = [small_answers(people + 2, seed=seed).iloc[:people] for seed in (1, 2, 3)]
    lasting = small_answers(people + 2, seed=4).iloc[:people]
    rows = []
    for number, wave in enumerate(waves, start=1):
        stays = rng.random(people) < 0.5
        items = wave[list(ITEMS)].where(~pd.Series(stays, index=wave.index), lasting[list(ITEMS)])
        rows.append(items.assign(person=[f"p{k}" for k in range(people)], round=number, city=lasting["city"]))
    answers = pd.concat(rows)
    answers["pays"] = np.where(answers["city"] == "north", 0.5, 1.5)
    answers["class"] = "c" + answers["person"].str.slice(1).astype(int).floordiv(6).astype(str)
    answers.to_csv(study.parent / "answers.csv", index=False)
    return answers


def written(folder: Path) -> Path:
    path = write_small_study(folder)
    panel(path)
    (path.parent / "cleaning.yaml").write_text(RULES.replace("value: 5", "value: 99"), encoding="utf-8")
    text = path.read_text("utf-8") + "design: {person: person, wave: round}\n"
    path.write_text(text.replace("compare_exclusions: true\n", ""), encoding="utf-8")
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return written(tmp_path / "study")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> StudyResults:
    return run_study(written(tmp_path_factory.mktemp("once") / "study"))


def test_people_and_rows_are_told_apart_in_what_is_printed(study: Path, capsys: Capture) -> None:
    assert run_app(["clean", str(study)]) == 0
    printed = capsys.readouterr().out
    assert "60 people, 180 rows in 3 waves kept" in printed
    assert "Flow of rows" in printed
    assert run_app(["clean", str(study), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["people"], told["rows"], told["waves"], told["categories"]) == (60, 180, 3, 1)


def test_no_part_of_the_report_takes_rows_for_people(results: StudyResults, tmp_path: Path) -> None:
    write_report(results, tmp_path, formats=("md",))
    text = next(tmp_path.glob("*.md")).read_text("utf-8")
    assert "60 people, 180 rows in 3 waves are analysed" in text
    assert "180 respondents" not in text
    assert "the measurement was examined on wave 1, one row a person (at most n = 60)" in text
    assert "180 rows of 60 people" in text


def test_the_measurement_is_of_one_wave_and_the_paths_know_of_people(results: StudyResults) -> None:
    assert results.measurement.occasion is not None
    assert set(results.measurement.items.table()["n"]) == {60}
    assert results.measurement.confirmatory.n == 60  # type: ignore[union-attr]
    model = results.structure.models[0]  # type: ignore[union-attr]
    assert (model.n, model.people, model.sampling) == (180, 60, ("cluster",))
    frame = results.responses.frame.assign(person=results.responses.about["respondent"])
    text = "joy =~ joy_1 + joy_2 + joy_3\nease =~ ease_1 + ease_2 + ease_3\nease ~ joy"
    by_hand = sem(text, frame, cluster="person", fixed_x=False).parameters
    path = by_hand[(by_hand["op"] == "~")].iloc[0]
    claim = results.structure.claims.iloc[0]  # type: ignore[union-attr]
    assert claim["se"] == pytest.approx(path["se"], rel=1e-6)


def test_another_wave_can_be_examined(study: Path) -> None:
    text = study.read_text("utf-8").replace("htmt_draws: 0,", "htmt_draws: 0, wave: '3',")
    study.write_text(text, encoding="utf-8")
    with Rooms(read_study(study)) as rooms:
        rooms.make("clean")
        found = rooms.make("measure")
        assert found.occasion.wave == "3"
        third = rooms.answers.frame[rooms.answers.about["wave"] == 3]
    assert found.items.table()["mean"].tolist() == pytest.approx(
        third[found.items.table()["item"]].mean().tolist()
    )


def test_weights_and_clusters_reach_the_models_or_the_report_says_why_not(
    study: Path, capsys: Capture
) -> None:
    text = study.read_text("utf-8").replace("wave: round}", "weight: pays, cluster: class}")
    answers = pd.read_csv(study.parent / "answers.csv")
    answers[answers["round"] == 1].to_csv(study.parent / "answers.csv", index=False)
    study.write_text(text, encoding="utf-8")
    results = run_study(study)
    model = results.structure.models[0]  # type: ignore[union-attr]
    assert model.sampling == ("cluster", "weights")
    frame = results.responses.frame.join(results.responses.about[["cluster", "weight"]])
    text = "joy =~ joy_1 + joy_2 + joy_3\nease =~ ease_1 + ease_2 + ease_3"
    by_hand = cfa(text, frame, cluster="cluster", weights="weight")
    found = results.measurement.confirmatory
    assert not isinstance(found, NotAvailable)
    pd.testing.assert_frame_equal(found.parameters, by_hand.parameters)
    assert run_app(["report", str(study), "--format", "md"]) == 0
    said = next((study.parent / "out").glob("*.md")).read_text("utf-8")
    assert "People were drawn in 10 clusters" in said
    assert "Sampling weights enter all estimates." in said
    assert "No clusters are taken by parallel analysis and how many factors: the random data" in said
    reliable = results.measurement.reliability
    assert reliable.sampling == ("cluster", "weights")
    assert "with intervals by linearisation" in said
    capsys.readouterr()
    assert run_app(["measure", str(study), "--part", "parallel", "--cross-check"]) == 0
    printed = capsys.readouterr().out
    assert "Not taken here are clusters: the random data that it compares with" in printed
    assert "both sides are without them" in printed
    assert "Feldt" not in said


def test_the_design_is_said_once(study: Path) -> None:
    text = study.read_text("utf-8").replace("keep: [city]", "keep: [city], id_column: city, weight: pays")
    study.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="responses says another id_column. Say it once, under design"):
        read_study(study)
    study.write_text(text.replace("id_column: city, ", ""), encoding="utf-8")
    responses = read_study(study).responses
    assert (responses.id_column, responses.wave, responses.weight) == ("person", "round", "pays")


def test_a_hypothesis_that_needs_waves_is_never_tested_on_rows_of_one_wave(study: Path) -> None:
    theory = THEORY.replace("sign: positive}", "sign: positive, needs_waves: 2}")
    (study.parent / "theory.yaml").write_text(theory, encoding="utf-8")
    with Rooms(read_study(study)) as rooms:
        rooms.make("clean")
        tests = rooms.make("test")
    assert tests.verdicts.iloc[0]["kind"] == "over_time"
    # One row a person: the model is of the 60 people, not of their 180 rows.
    assert tests.claims.iloc[0]["n"] == 60


def test_groups_that_share_people_are_refused() -> None:
    responses = sample(questionnaire(), np.random.default_rng(1), people=60)
    with pytest.raises(DataError, match="the same people stand in several groups of wave"):
        invariance(None, responses, group="wave")
    grouped = invariance(None, responses, group="group", effects=False)
    assert grouped.table()["level"].tolist() == ["configural", "metric", "scalar", "strict"]


def test_clusters_of_one_row_are_rows() -> None:
    responses = sample(questionnaire(), np.random.default_rng(2), people=80)
    one, _ = responses.one_row_a_person()
    assert one.sampling()[1] == {}
    assert CLUSTER in responses.sampling()[0]
    with pytest.warns(CoprodWarning, match="80 people have 240 rows"):
        assert reliability(responses).table().equals(reliability(one).table())
    claims = tested(one.instrument.theory, responses, ["H1"], draws=500).claims
    naive = tested(one.instrument.theory, one, ["H1"], draws=500).claims
    assert claims["n"].iloc[0] == 240
    assert naive["n"].iloc[0] == 80


@pytest.mark.slow
def test_true_nulls_are_rejected_at_their_rate() -> None:
    """The first 60 samples; all 1,000 stand in docs/reference/people-in-waves.md."""
    found = rates(60)
    assert found.between(0.0, 0.12).all(), found
    naive = rates(60, naive=True)
    assert naive["path"] > found["path"]


def test_rows_are_never_called_respondents_and_waves_take_one_category(study: Path) -> None:
    """Two products a person and wave: 60 people, 360 rows."""
    answers = pd.read_csv(study.parent / "answers.csv")
    rng = np.random.default_rng(2)
    other = answers.assign(product="travel", **{one: rng.permutation(answers[one]) for one in ITEMS})
    both = pd.concat([answers.assign(product="food"), other])
    both.loc[both.index[:7], "joy_1"] = np.nan
    both.to_csv(study.parent / "answers.csv", index=False)
    text = study.read_text("utf-8").replace("wave: round}", "wave: round, category: product}")
    text = (
        text.replace("htmt_draws: 0,", "htmt_draws: 0, extras: [waves, retest],")
        + "compare_exclusions: true\n"
    )
    study.write_text(text, encoding="utf-8")
    results = run_study(study)
    assert results.measurement.occasion.category == "food"
    assert list(results.measurement.waves.sizes["n"]) == [60, 60, 60]
    assert results.measurement.retest.table()["n"].tolist() == [60, 60]
    assert run_app(["report", str(study), "--format", "md"]) == 0
    text = next((study.parent / "out").glob("*.md")).read_text("utf-8")
    assert "60 people, 360 rows in 3 waves and 2 product categories" in text
    assert "of 360 rows were left out because their answers are incomplete" in text
    assert "Flow of rows" in text
    for words in ("360 respondents", "share of respondents", "Flow of respondents"):
        assert words not in text
