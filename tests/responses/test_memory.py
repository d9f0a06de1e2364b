"""Cleaning holds the answers once, and blocks of them, not several copies."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure import read_instrument, read_responses, shipped_folder
from coprod_measure.responses import dataset, person_fit_indices, read, screening
from coprod_measure.responses.clean import clean
from coprod_measure.responses.dataset import kept
from coprod_measure.study.as_asked import read_answers
from coprod_measure.study.definition import read_study

N = 12_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    instrument = read_instrument("bfi25")
    items = [one.id for one in instrument.items.values() if one.construct_id]
    frame = pd.DataFrame({id_: rng.integers(1, 7, N) for id_ in items}).astype("Int8")
    # Every hundredth answered nothing: a rule that excludes.
    frame.iloc[::100] = pd.NA
    path = tmp_path_factory.mktemp("many") / "many.parquet"
    frame.to_parquet(path)
    return path


def test_cleaning_does_not_copy_what_nobody_else_holds(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "_BLOCK", 500)
    monkeypatch.setattr(dataset, "_FEW", 0)
    monkeypatch.setattr(person_fit_indices, "_BLOCK", 500)
    instrument = read_instrument("bfi25")
    clean(read_responses(file, instrument), exclude=False)  # imports and caches are not counted
    tracemalloc.start()
    try:
        held = [read_responses(file, instrument)]
        size, start = held[0].frame.size, tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        cleaned = clean(held.pop())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert cleaned.n < N
    # One copy of the answers takes eight bytes a cell; four of them stood side by side once (42 bytes).
    assert (peak - start) / size < 20.0


def test_rows_that_are_kept_share_what_was_shared(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_FEW", 0)
    responses = read_responses(file, read_instrument("bfi25"))
    some = responses.frame.index[::3]
    one = kept([responses], some)
    straight = [id_ for id_ in one.shown if not one.instrument.items[id_].reverse]
    for id_ in one.shown:
        shared = np.shares_memory(one.shown[id_].to_numpy(), one.frame[id_].to_numpy())
        assert shared == (id_ in straight)
    for part in ("shown", "frame", "missing", "about"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(responses, part).loc[some])
    assert 0 < len(straight) < len(one.shown.columns)
    monkeypatch.undo()
    few = kept([responses], some)
    for part in ("shown", "frame", "missing", "about"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(few, part))


@pytest.mark.parametrize("sample", ["coproduction", "panel", "bfi"])
def test_cells_that_leave_as_they_are_understood_change_nothing(
    sample: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shipped_folder("data/sample") / sample
    study = read_study(folder / "study.yaml")
    whole = read_answers(study)
    held: list[int] = []

    def spied(*args: object) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        found = decode(*args)  # type: ignore[arg-type]
        held.append(args[0].table.cells.shape[1])  # type: ignore[attr-defined]
        return found

    decode = read._decode
    monkeypatch.setattr(read, "LONG", 0)
    monkeypatch.setattr(read, "_decode", spied)
    lean = read_answers(study)
    assert max(held) < len(whole.shown.columns)
    for part in ("shown", "frame", "missing", "about"):
        pd.testing.assert_frame_equal(getattr(lean, part), getattr(whole, part))
    assert lean.warnings == whole.warnings


def test_blocks_say_what_whole_rows_say() -> None:
    rng = np.random.default_rng(2)
    answers = np.where(rng.random((90, 24)) < 0.1, np.nan, rng.integers(1, 6, (90, 24)).astype(float))
    answers[7], answers[60] = answers[3], np.nan
    rows = screening.Rows(list(np.asfortranarray(answers).T), np.full(24, 1.0), np.full(24, 5.0))
    brought = np.asfortranarray((answers - 1.0) / 4.0)
    for compute in (
        screening.intraindividual_variability,
        screening.mahalanobis,
        screening.person_total,
        screening.earlier_twins,
    ):
        np.testing.assert_array_equal(compute(rows), compute(brought))
