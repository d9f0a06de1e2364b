"""Stages that people pass forward, stages without direction, and an event that a mediator prevents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import a_claim
from structure.small_answers import INSTRUMENT, THEORY

CLAIMS = (
    a_claim(
        "S",
        "stage_transition",
        ("will", "joined"),
        ("joined", "amount"),
        "positive",
        statement="On.",
        needs_waves=2,
    ),
    a_claim("D", "direct", ("trust",), ("joined",), "positive", statement="Ends.", needs_waves=2),
    a_claim(
        "M", "mediated", ("trust",), ("joined",), "positive", statement="Ends.", via=("drive",), needs_waves=2
    ),
    a_claim("U", "direct", ("unasked",), ("joined",), "positive", statement="Ends.", needs_waves=2),
)


def waves(folder: Path, *, mirrored: bool = False, n: int = 500, n_waves: int = 3) -> Responses:
    """Trust raises drive (.7), drive the log odds of joining (.8); who joined goes on. Mirrored: everybody
    has a twin who takes the waves backward, so that forward and back are equally frequent."""
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(5)
    trust = rng.standard_normal(n)
    drive = 0.7 * trust + rng.standard_normal(n)
    joined = np.zeros(n, bool)
    frames = []
    for wave in range(1, n_waves + 1):
        new = rng.random(n) < 1 / (1 + np.exp(1.2 - 0.8 * drive))
        joined = joined | new if wave > 1 else new & (rng.random(n) < 0.2)
        level = 0.8 * wave
        columns: dict[str, object] = {"id": [f"p{k}" for k in range(n)], "wave": wave}
        for name, score in (
            ("trust", trust),
            ("drive", drive),
            ("will", level + drive),
            ("amount", level + drive - 1),
        ):
            for k in (1, 2, 3)[: 2 if name == "amount" else 3]:
                answer = np.clip(np.round(2.5 + score + 0.4 * rng.standard_normal(n)), 1, 5)
                columns[f"{name}_{k}"] = (6 - answer if f"{name}_{k}" == "drive_3" else answer).astype(int)
        frames.append(pd.DataFrame(columns | {"joined_1": joined.astype(int)}))
    if mirrored:
        twins = [one.assign(id="t" + one["id"], wave=n_waves + 1 - one["wave"]) for one in frames]
        frames += twins[::-1]
    pd.concat(frames).to_csv(folder / "answers.csv", index=False)
    return read_responses(
        folder / "answers.csv", read_instrument(folder / "instrument.yaml"), wave="wave", id_column="id"
    )


def results(answers: Responses) -> HypothesisTests:
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in CLAIMS})
    return run_hypotheses(theory, answers, draws=2000, adjust="none")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return waves(tmp_path_factory.mktemp("three"))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return results(answers)


def test_what_is_there_is_found(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert set(table.loc[["S", "D", "M"], "kind"]) == {"transitions"}
    assert table["verdict"].to_dict() == {
        "S": "supported", "D": "supported", "M": "supported", "U": "not testable here",
    }  # fmt: skip
    claims = tests.claims.set_index("hypothesis")
    assert claims.loc["M", "ci_lower"] > 0
    assert "with joined at the first wave already left out" in table.loc["M", "reason"]


def test_moves_are_counted_as_they_are(tests: HypothesisTests, answers: Responses) -> None:
    steps = tests.tables["S"]["steps"]
    assert steps.groupby("wave")["n"].sum().to_list() == [500, 500]
    wave = answers.about["wave"].astype(str).to_numpy()
    will = answers.frame[["will_1", "will_2", "will_3"]].mean(axis=1).to_numpy() > 3
    before = tests.tables["S"]["stages"]
    assert before.query("stage == 'before'")["n"].to_list() == [int((~will[wave == w]).sum()) for w in "123"]


def test_waves_with_names_come_in_the_order_of_time(tests: HypothesisTests, answers: Responses) -> None:
    """Words do not sort themselves: after, before, during."""
    names = answers.about["wave"].astype(str).map({"1": "before", "2": "during", "3": "after"})
    named = results(replace(answers, about=answers.about.assign(wave=names)))
    columns = ["verdict", "estimate", "pvalue"]
    assert named.table()[columns].equals(tests.table()[columns])
    assert named.tables["S"]["steps"]["next"].unique().tolist() == ["during", "after"]


def test_without_direction_nothing_is_shown(tmp_path: Path) -> None:
    table = results(waves(tmp_path, mirrored=True)).table().set_index("id")
    assert table.loc["S", "verdict"] == "not supported"
    assert table.loc["S", "estimate"] == pytest.approx(0.5)


def test_one_wave_and_nobody_moves_are_named(tmp_path: Path, answers: Responses) -> None:
    first = answers.keep(answers.frame.index[answers.about["wave"].astype(str) == "1"])
    assert "needs 2 waves" in results(first).table().set_index("id").loc["S", "reason"]
    still = answers.frame.assign(joined_1=0.0, will_1=1.0, will_2=1.0, will_3=1.0)
    table = results(replace(answers, frame=still)).table().set_index("id")
    assert "could not be followed" in table.loc["S", "reason"]
    assert "could not be followed" in table.loc["D", "reason"]


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    blocks = list(PAGES["transitions"].blocks(tests, Labels(answers.instrument)))
    picture = next(block for block in blocks if isinstance(block, Figure))
    assert "from Before the first to Will" in picture.alt
    assert png_bytes(picture.drawing, 60).startswith(b"\x89PNG")
    assert {"moves-S", "markov-S", "life-M", "hazard-M"} <= {b.id for b in blocks if isinstance(b, Table)}
