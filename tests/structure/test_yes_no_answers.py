"""Who takes part in the first phase only, and the paths that lie behind yes and no."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.hypotheses.paths import PAGE
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests
from structure.by_hand import answers_of

N = 1000
TARGETS = ("plans", "makes", "mends", "fetches", "readies", "tends", "clears")
KINDS = {"segmentation": {"most": 3, "starts": 5, "blrt": 0}}


def written(folder: Path) -> Path:
    about = "definition: d, stage: now, unit: [respondent], measurement: observed"
    theory = [
        'id: own\ntitle: Own\nversion: "1.0"\nsource: own\nstages: {now: {name: Now, definition: d}}\nconstructs:',
        *(f"  {name}: {{name: {name}, {about}}}" for name in ("begins", *TARGETS, "amount")),
        "hypotheses:",
        "  H: {statement: It., level: direct, sources: [begins], targets: ["
        + ", ".join(TARGETS)
        + ", amount],",
        "      sign: positive, tested_by: [latent_classes, tetrachoric]}",
    ]
    (folder / "theory.yaml").write_text("\n".join(theory), encoding="utf-8")
    asked = [f"  - {{construct: {name}, scale: did, items: {{{name}_1: {{text: t}}}}}}" for name in TARGETS]
    instrument = [
        'id: own\ntitle: Own\nversion: "1.0"\nlicense: CC0-1.0\ntheory: theory.yaml\nlanguages: [en]\nscales:',
        "  did: {codes: [0, 1], bipolar: false, labels: {en: ['No', 'Yes']}}",
        "  agree: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}",
        "questions:",
        "  - {construct: begins, scale: did, items: {begins_1: {text: t}, begins_2: {text: t}}}",
        "  - {construct: amount, scale: agree, items: {amount_1: {text: t}}}", *asked,
    ]  # fmt: skip
    path = folder / "own.yaml"
    path.write_text("\n".join(instrument), encoding="utf-8")
    return path


def drawn(rng: np.random.Generator, writers: float) -> pd.DataFrame:
    """Draw script-writers, people who do most and people who do little, whose answers are independent else."""
    kind = np.where(np.arange(N) < writers * N, 0, np.where(rng.random(N) < 0.6, 1, 2))
    first, rest = np.array([0.95, 0.85, 0.2])[kind], np.array([0.05, 0.8, 0.15])[kind]
    columns = {"begins_1": rng.random(N) < first, "begins_2": np.zeros(N)}
    columns |= {f"{one}_1": rng.random(N) < rest for one in TARGETS}
    return pd.DataFrame(columns).astype(float).assign(amount_1=rng.integers(1, 6, N))


def judged(answers: Responses, **how: object) -> HypothesisTests:
    options = {"draws": 100, "missing": "listwise", "kinds": KINDS, **how}
    return judge(answers.instrument.theory, answers, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    instrument = read_instrument(written(tmp_path_factory.mktemp("phases")))
    about = pd.DataFrame({"respondent": [f"p{k}" for k in range(N)]})
    return answers_of(instrument, drawn(np.random.default_rng(1), 0.25), about)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return judged(answers)


def with_answers(answers: Responses, frame: pd.DataFrame) -> Responses:
    return replace(answers, frame=frame, shown=frame)


def test_script_writers_are_a_class_of_the_size_drawn(tests: HypothesisTests) -> None:
    table = tests.tables["H"]["yes_no_classes"].set_index("item")
    only = table[table["first_only"].astype(bool)]
    assert only.index.tolist() == ["begins", *TARGETS]
    assert only["share"].iloc[0] == pytest.approx(0.25, abs=0.06)
    assert only.loc["begins", "yes"] > 0.85
    assert (only.loc[[*TARGETS], "yes"] < 0.15).all()
    told = {one.code: one.fields for one in tests.reasons["H"]}
    begun = table.loc["begins"]
    among = (begun["share"] * begun["yes"] / (begun["share"] * begun["yes"]).sum())[
        begun["first_only"].astype(bool)
    ]
    assert told["first_only"]["among"] == pytest.approx(among.sum())
    assert told["not_yes_no"]["constructs"] == ("amount",)


def test_without_script_writers_no_class_does_the_first_only(answers: Responses) -> None:
    frame = drawn(np.random.default_rng(2), 0.0)
    codes = [one.code for one in judged(with_answers(answers, frame)).reasons["H"]]
    assert "first_only" not in codes
    assert {"no_first_only", "tetrachoric"} <= set(codes)


def test_paths_behind_the_answers_are_those_drawn(answers: Responses) -> None:
    rng = np.random.default_rng(4)
    begins = rng.standard_normal(N)
    frame = answers.frame.assign(begins_1=(begins > 0) * 1.0, begins_2=(begins > 1) * 1.0)
    for name, cut in zip(TARGETS, np.linspace(-0.5, 0.6, 7), strict=True):
        frame[f"{name}_1"] = (0.5 * begins + np.sqrt(0.75) * rng.standard_normal(N) > cut) * 1.0
    found = judged(with_answers(answers, frame)).tables["H"]["tetrachoric"]
    assert found["source"].unique().tolist() == ["begins"]
    assert found["target"].tolist() == [*TARGETS]
    assert (np.abs(found["est"] - 0.5) < 3 * found["se"]).all()
    assert (found["pvalue_adjusted"] < 0.001).all()


def test_what_stands_beside_is_left_out_of_thousands_of_samples(answers: Responses) -> None:
    found = judged(answers, verdicts_only=True)
    assert not set(found.tables.get("H", {})) & {"yes_no_classes", "tetrachoric"}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda d: d.assign(plans_1=1.0), "plans: everybody gave the same answer"),
        (lambda d: d.assign(plans_1=d["plans_1"].where(d.index >= N - 25)), "no tetrachoric paths: 25 rows"),
        (lambda d: d.assign(begins_1=d["plans_1"], begins_2=0.0), "begins: the predictors separate"),
        (lambda d: d.assign(begins_1=1.0, begins_2=1.0), "begins"),
    ],
)
def test_damaged_answers_are_named_and_the_rest_comes(answers: Responses, damage, said: str) -> None:  # type: ignore[no-untyped-def]
    found = judged(with_answers(answers, damage(answers.frame)))
    assert re.search(said, found.table().loc[0, "reason"])
    assert found.failures == {}


def test_the_page_shows_the_classes_as_a_picture(tests: HypothesisTests, answers: Responses) -> None:
    names = [block.id for block in PAGE.blocks(tests, Labels(answers.instrument))]  # type: ignore[union-attr]
    assert {"class-numbers-H", "yes-no-picture-H", "yes-no-classes-H", "tetrachoric-H"} <= set(names)
