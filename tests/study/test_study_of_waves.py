"""A study of several exports runs as one; what is wrong with its waves is named, with the rest of the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import StudyError
from coprod_measure.report.about_design import about_design
from coprod_measure.report.labels import Labels
from coprod_measure.report.write import write_report
from coprod_measure.responses.clean import clean
from coprod_measure.structure.wording import in_words
from coprod_measure.study.as_asked import read_answers
from coprod_measure.study.checks import check_study_file
from coprod_measure.study.definition import read_study
from coprod_measure.study.results import StudyResults
from coprod_measure.study.run import run_study
from study.small_study import INSTRUMENT, ITEMS, THEORY

STUDY = """\
id: waves
title: Waves
instrument: instrument.yaml
form: core
responses: {file: {EXPORTS}, anonymous_ids: true}
design: {person: code}
cleaning: cleaning.yaml
measurement: {n_factors: 2, parallel_draws: 20, htmt_draws: 0, estimator: ML, missing: listwise}
structure: {hypotheses: [H1, H2], draws: 500, missing: fiml}
seed: 4
report: {formats: [json]}
"""
LATER = "  H2: {statement: Joy brings ease., level: over_time, sources: [joy], targets: [ease], sign: positive, needs_waves: 2}\n"
RULES = """\
version: "1.0"
rules:
  - {id: same_id, index: duplicate_respondent, op: ">", value: 0, action: exclude, rationale: Twice}
"""


def panel(n: int = 240, waves: int = 3) -> list[pd.DataFrame]:
    """Answers of the same people: joy raises later ease by .4 within a person."""
    rng = np.random.default_rng(3)
    stable = rng.standard_normal((2, n))
    stable[1] += 0.8 * stable[0]
    joy, ease, frames = rng.standard_normal(n), rng.standard_normal(n), []
    for wave in range(waves):
        if wave:
            joy, ease = 0.4 * joy + rng.standard_normal(n), 0.4 * joy + 0.3 * ease + rng.standard_normal(n)
        traits = [stable[0] + joy] * 3 + [stable[1] + ease] * 3
        codes = np.clip(
            np.round(3 + 0.6 * np.stack(traits, axis=1) + 0.4 * rng.standard_normal((n, 6))), 1, 5
        )
        frame = pd.DataFrame(codes.astype(int), columns=list(ITEMS))
        frames.append(frame.assign(code=[f"p{k}" for k in range(n)], started=f"2026-0{wave + 1}-10 10:00:00"))
    return frames


def study(folder: Path, frames: Sequence[pd.DataFrame]) -> Path:
    """Write a study of one export a wave."""
    files = {"theory.yaml": THEORY + LATER, "instrument.yaml": INSTRUMENT, "cleaning.yaml": RULES}
    exports = []
    for number, frame in enumerate(frames, start=1):
        frame.to_csv(folder / f"wave{number}.csv", index=False)
        exports.append(f"{number}: wave{number}.csv")
    files["study.yaml"] = STUDY.replace("EXPORTS", ", ".join(exports))
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "study.yaml"


def run(folder: Path, frames: Sequence[pd.DataFrame]) -> tuple[StudyResults, str, str]:
    """Give results, the reason of H2, and what was said of the answers."""
    results = run_study(study(folder, frames), tell=lambda _: None)
    assert results.measurement.reliability is not None
    written = write_report(results, folder / "out", formats=["json"])
    assert written[0].is_file()
    table = results.structure.verdicts.set_index("id")
    # The claim about one occasion is tested whatever happened to the waves.
    assert table.loc["H1", "verdict"] == "supported"
    return results, in_words(results.structure.reasons["H2"]), " ".join(results.responses.warnings)


def test_three_exports_run_as_one_study(tmp_path: Path) -> None:
    first, second, third = panel()
    results, _, said = run(
        tmp_path, [first, second.iloc[:200].assign(code=["x1", *second["code"][1:200]]), third.iloc[:150]]
    )
    assert (results.responses.waves, results.responses.people) == (3, 241)
    assert "wave 2: 1 of 200 ids stand in no earlier wave: x1" in said
    table = results.structure.verdicts.set_index("id")
    assert table.loc["H2", ["kind", "verdict"]].tolist() == ["over_time", "supported"]


def test_a_person_twice_and_waves_out_of_order_are_named(tmp_path: Path) -> None:
    first, second, third = panel()
    twice = pd.concat([second, second.iloc[[4]]])
    results, _, said = run(tmp_path, [first, third, twice])
    assert "wave 3: 1 person stands there twice: p4" in said
    assert "wave 3: 240 of 240 people answered it before wave 2" in said
    assert not results.responses.about.reset_index(drop=True).duplicated(["respondent", "wave"]).any()


def test_one_wave_only_is_named(tmp_path: Path) -> None:
    _, reason, _ = run(tmp_path, panel()[:1])
    assert reason == "it needs 2 waves, these data have 1"


def test_all_leaving_after_the_first_wave_is_named(tmp_path: Path) -> None:
    first, second, _ = panel()
    _, reason, said = run(tmp_path, [first, second.assign(code=second["code"] + "x")])
    assert "none of its 240 ids stands in an earlier wave" in said
    assert "nobody of an earlier wave answered in wave 2" in reason


def test_later_waves_that_nobody_answered_are_named_with_the_rest(tmp_path: Path) -> None:
    first, second, third = panel()
    _, reason, said = run(tmp_path, [first, second.head(0), third.head(0)])
    assert "wave 2: nobody answered: wave2.csv has no answers below its header" in said
    assert "wave 3: nobody answered" in said
    assert reason == "it needs 2 waves, these data have 1"


def test_forms_and_exports_of_other_waves_are_refused(tmp_path: Path) -> None:
    path = study(tmp_path, panel(60)[:2])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("form: core", "form: {1: core, 3: core}"), encoding="utf-8")
    with pytest.raises(StudyError, match="forms are named for waves 1, 3, and responses has exports of 1, 2"):
        read_study(path)
    path.write_text(text.replace("2: wave2.csv", "2: gone.csv"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"there is no file 'gone.csv'"):
        read_study(path)
    path.write_text(text, encoding="utf-8")
    assert check_study_file(path) == []


def test_partners_and_episodes_of_a_person_are_rows_of_their_own(tmp_path: Path) -> None:
    """Nobody answers twice about the same; without the column half of all rows would count as repeated."""
    first, second, third = (one.assign(wave=k) for k, one in enumerate(panel(120), start=1))
    once = pd.concat([first, second, third])
    again = once.assign(**{name: once[name].clip(2, 4) for name in ITEMS})
    rows = pd.concat([once.assign(shop="baker", visit=1), again.assign(shop="bank", visit=2)])
    path = study(tmp_path, [rows])
    text = path.read_text(encoding="utf-8").replace("{1: wave1.csv}", "wave1.csv")
    plain = text.replace("person: code", "person: code, wave: wave")
    for design in ("partner: shop", "episode: visit", "partner: shop, episode: visit"):
        path.write_text(plain.replace("wave: wave", f"wave: wave, {design}"), encoding="utf-8")
        read = read_answers(read_study(path))
        assert not any("twice" in one for one in read.warnings)
        assert clean(read, tmp_path / "cleaning.yaml").rows == 720
    results = run_study(read_study(path), tell=lambda _: None)
    verdicts = results.structure.verdicts.set_index("id")["verdict"]
    assert verdicts.to_dict() == {"H1": "supported", "H2": "supported"}
    names = [block.id for block in about_design(results.responses, Labels(results.responses.instrument))]
    assert names == ["attendance-picture", "asked-when", "rows-by-partner", "rows-by-episode"]
    path.write_text(plain, encoding="utf-8")
    read = read_answers(read_study(path))
    assert clean(read, tmp_path / "cleaning.yaml").rows == 360
    assert sum("120 people stand there twice" in one for one in read.warnings) == 3
