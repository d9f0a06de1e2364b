"""Choice tasks from a file of attributes to platforms, answers and part-worths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.exports.write import write_export
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.offers import tasks_of
from coprod_measure.structure.wording import in_words
from coprod_measure.study.offers import write_offers

OFFERS = """\
attributes:
  Price: [20 €, 30 €, 40 €]
  Support: [none, by phone, by an expert]
  Place: [at home, in a workshop]
tasks: 9
alternatives: 3
none: I would take none of these
prohibited: [{Support: by an expert, Price: 20 €}]
"""
TRUTH = {"by phone": 0.5, "by an expert": 1.0, "in a workshop": 0.6}


def offered(folder: Path, text: str = OFFERS) -> Path:
    (folder / "offers.yaml").write_text(text, encoding="utf-8")
    return write_offers(folder / "offers.yaml", folder / "made").instrument


def answered(folder: Path, n: int = 250, seed: int = 2, *, differ: float = 0.0) -> Responses:
    """Simulated choices: ten euros cost .8, none is worth -1.5 at a price of nothing."""
    instrument = read_instrument(offered(folder))
    rng = np.random.default_rng(seed)
    taste = rng.standard_normal(n)
    columns = {}
    for item in instrument.items:
        scale = instrument.scale_of(item)
        utilities = []
        for label in scale.labels["en"]:
            if ": " not in label:
                utilities.append(np.full(n, -3.0))
                continue
            offer = dict(part.split(": ") for part in label.split("; "))
            worth = sum(TRUTH.get(level, 0.0) for level in offer.values())
            own = differ * taste if offer["Support"] == "by an expert" else 0.0 * taste
            utilities.append(-0.08 * float(offer["Price"].split()[0]) + worth + own)
        drawn = np.column_stack(utilities) + rng.gumbel(size=(n, len(utilities)))
        columns[item] = drawn.argmax(axis=1) + 1
    pd.DataFrame({"id": [f"p{k}" for k in range(n)]} | columns).to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", instrument, id_column="id", anonymous_ids=True)


def test_the_design_is_a_questionnaire_that_platforms_take(tmp_path: Path) -> None:
    path = offered(tmp_path)
    instrument = read_instrument(path)
    assert len(instrument.items) == 9
    labels = instrument.scale_of("offer_bundle_1").labels["en"]
    assert labels[-1] == "I would take none of these"
    assert not any("by an expert" in label and "20 €" in label for item in instrument.items for label in instrument.scale_of(item).labels["en"])  # fmt: skip
    for platform in ("qualtrics", "limesurvey", "surveyjs", "xlsform", "redcap", "html"):
        assert write_export(instrument, platform, tmp_path / platform).paths
    table = pd.read_csv(tmp_path / "made" / "offers-design.csv")
    assert list(table.columns) == ["task", "alternative", "Price", "Support", "Place"]


def test_answers_become_part_worths(tmp_path: Path) -> None:
    answers = answered(tmp_path)
    tasks = tasks_of("offer_bundle", answers)
    assert tasks.attributes == ("Price", "Support", "Place")
    rows = tasks.answers(answers)
    assert len(rows) == 250 * 9 * 4
    assert rows["chosen"].sum() == 250 * 9
    kinds = {
        "conjoint": {
            "model": "conditional",
            "value_of": {"Price": "economic", "Support": "psychological", "Place": "social"},
            "offers": [{"Price": 20}, {"Price": 40, "Support": "by an expert", "Place": "in a workshop"}],
        }
    }
    found = run_hypotheses(answers.instrument.theory, answers, ["RQ5"], draws=500, kinds=kinds)
    assert not found.failures
    row = found.verdicts.set_index("id").loc["RQ5"]
    assert (row["kind"], row["verdict"]) == ("conjoint", "supported")
    tables = found.tables["RQ5"]
    worth = tables["part_worths"].set_index(["attribute", "level"])
    assert worth.loc[("Price", ""), "est"] == pytest.approx(-0.08, abs=0.012)
    for level, value in TRUTH.items():
        own = worth.xs(level, level="level").iloc[0]
        assert abs(own["est"] - value) < 3.5 * own["se"]
    paid = tables["willingness"].set_index("level")
    assert paid.loc["in a workshop", "wtp"] == pytest.approx(7.5, abs=2.0)
    # Ranges: 20 euros of .08 each, 1.0 and .6, of 3.2 together.
    values = tables["values"].set_index("value")["share"]
    assert values.to_dict() == pytest.approx(
        {"economic": 0.5, "psychological": 0.31, "social": 0.19}, abs=0.05
    )
    assert tables["offers"]["share"].sum() == pytest.approx(1.0)
    told = in_words(found.reasons["RQ5"])
    assert "2,250 choices of 250 people among offers" in told
    blocks = PAGES["conjoint"].blocks(found, Labels(answers.instrument))
    picture = next(one for one in blocks if isinstance(one, Figure))
    assert "Support: by an expert" in picture.alt
    worths = next(one for one in blocks if one.id == "part-worths-RQ5")
    assert "instead of" in str(worths.rows[0])  # of one euro a part-worth would be .00
    assert png_bytes(picture.drawing, 40).startswith(b"\x89PNG")
    assert {one.id for one in blocks if isinstance(one, Table)} == {
        "part-worths-RQ5", "importance-RQ5", "values-RQ5", "willingness-RQ5", "offers-RQ5",
    }  # fmt: skip


def test_people_who_differ_are_told_from_people_who_do_not(tmp_path: Path) -> None:
    answers = answered(tmp_path, n=150, differ=1.5)
    kinds = {"conjoint": {"draws": 60}}
    found = run_hypotheses(answers.instrument.theory, answers, ["RQ5"], draws=500, kinds=kinds)
    spread = found.tables["RQ5"]["part_worths"].set_index("level")["sd"]
    assert spread["by an expert"] == pytest.approx(1.5, abs=0.5)
    assert spread["in a workshop"] < 0.7
    assert found.verdicts["verdict"].tolist() == ["supported"]


def test_choices_at_random_have_no_worth(tmp_path: Path) -> None:
    answers = answered(tmp_path, n=80)
    rng = np.random.default_rng(1)
    shuffled = pd.DataFrame(rng.integers(1, 5, answers.frame.shape), columns=answers.frame.columns)
    shuffled.to_csv(tmp_path / "answers.csv", index=False)
    random = read_responses(tmp_path / "answers.csv", answers.instrument)
    kinds = {"conjoint": {"model": "conditional"}}
    found = run_hypotheses(random.instrument.theory, random, ["RQ5"], draws=500, kinds=kinds)
    assert found.verdicts.loc[0, "pvalue"] > 0.01


def test_an_unbalanced_design_and_wrong_offers_are_named(tmp_path: Path) -> None:
    answers = answered(tmp_path, n=120)
    # Half of the tasks were not asked: levels of those that were are shown unequally often.
    few = [f"offer_bundle_{k}" for k in (1, 2, 3)]
    own = {"conjoint": {"model": "conditional", "offers": [{"Colour": "red"}]}}
    found = run_hypotheses(answers.instrument.theory, answers, ["RQ5"], draws=500, kinds=own)
    assert "Colour is no attribute of an offer" in in_words(found.reasons["RQ5"])
    text = OFFERS.replace(
        "prohibited: [{",
        "prohibited: [{Place: in a workshop, Support: none}, {Place: in a workshop, Price: 40 €}, {",
    )
    path = offered(tmp_path, text)
    instrument = read_instrument(path)
    frame = pd.DataFrame(np.random.default_rng(3).integers(1, 5, (60, 9)), columns=list(instrument.items))
    frame[few[0]] = np.nan
    frame.to_csv(tmp_path / "answers.csv", index=False)
    skewed = read_responses(tmp_path / "answers.csv", instrument)
    plain = {"conjoint": {"model": "conditional"}}
    told = run_hypotheses(instrument.theory, skewed, ["RQ5"], draws=500, kinds=plain)
    assert "shown unequally often: Place: unbalanced" in in_words(told.reasons["RQ5"])
    assert told.verdicts["kind"].tolist() == ["conjoint"]


def test_files_that_cannot_become_tasks_are_refused(tmp_path: Path) -> None:
    for change, words in (
        (("by phone", "by phone; soon"), "holds ';', which sets attributes apart"),
        (("tasks: 9", "tasks: 1"), "1 tasks of 3 cannot tell 5 part-worths"),
        (("Price: 20 €}", "Price: 25 €}"), "Price = 25 € does not exist"),
        (("tasks: 9", "tasks: 9\npriors: {Colour: [1]}"), "there is no attribute 'Colour'"),
    ):
        with pytest.raises(InstrumentError, match=words):
            offered(tmp_path, OFFERS.replace(*change))


def test_the_command_says_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "offers.yaml").write_text(OFFERS, encoding="utf-8")
    assert run_app(["offers", str(tmp_path / "offers.yaml"), "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "below that of random tasks" in printed
    assert "Place, times shown: " in printed


def test_a_level_that_nobody_took_and_tasks_without_an_answer(tmp_path: Path) -> None:
    answers = answered(tmp_path, 600, 5)
    frame = answers.frame.copy()
    for name in frame:
        scale = answers.instrument.scale_of(name)
        assert scale is not None
        expert = [code for code, own in zip(scale.codes, scale.labels["en"], strict=True) if "expert" in own]
        frame.loc[frame[name].isin(expert), name] = np.nan
    frame.iloc[::3, 5:] = np.nan
    spoilt = replace(answers, frame=frame, shown=frame)
    kinds = {"conjoint": {"model": "conditional"}}
    found = run_hypotheses(answers.instrument.theory, spoilt, ["RQ5"], draws=500, kinds=kinds)
    assert "nobody took an offer with Support: by an expert" in in_words(found.reasons["RQ5"])
    worth = found.tables["RQ5"]["part_worths"].set_index(["attribute", "level"])["est"]
    assert ("Support", "by an expert") not in worth
    assert worth["Support", "by phone"] == pytest.approx(TRUTH["by phone"], abs=0.2)
    assert worth["Place", "in a workshop"] == pytest.approx(TRUTH["in a workshop"], abs=0.2)
