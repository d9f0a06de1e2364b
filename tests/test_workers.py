"""Pieces of work are computed wherever there are workers; a process that dies costs its piece only."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coprod_measure import workers
from coprod_measure.errors import AnalysisError, InputError
from coprod_measure.workers import Workers, cores


def die_once(folder: Path, task: int) -> int:
    """Kill the own process the first time that task 3 comes."""
    mark = folder / "died"
    if task == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


class DieOnce:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, task: int) -> int:
        return die_once(self.folder, task)


def test_one_process_gives_pieces_in_their_order() -> None:
    assert list(Workers().run(lambda task: -task, [1, 2, 3])) == [(1, -1), (2, -2), (3, -3)]
    assert list(Workers().run(lambda task: task, [])) == []
    assert cores() >= 1


def test_two_processes_wait_half_as_long() -> None:
    """Pieces that only wait show what the door itself costs, also on a busy machine: in ratio, and loosely."""

    def seconds(where: Workers) -> float:
        start = time.perf_counter()
        assert len(list(where.run(time.sleep, [0.04 + 1e-6 * piece for piece in range(30)]))) == 30
        return time.perf_counter() - start

    list(Workers(2).run(time.sleep, [0.0, 1e-6, 2e-6]))  # processes are there before the clock runs
    assert seconds(Workers(2)) < 0.75 * seconds(Workers())


@pytest.mark.filterwarnings("ignore")
def test_a_process_that_dies_costs_its_piece_only(tmp_path: Path) -> None:
    found = list(Workers(2).run(DieOnce(tmp_path), list(range(6))))
    assert sorted(found) == [(task, task * task) for task in range(6)]
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize("damaged", ["", "[", "[" * 90_000, "{}", '[1, {"a": 1}]', "[[4, 4.5]]", "4"])
def test_a_kept_piece_that_was_damaged_is_computed_again(tmp_path: Path, damaged: str) -> None:
    def kept(function: Callable[[int], list[float]]) -> list[tuple[int, list[float]]]:
        return list(Workers().run_kept(function, [2, 3], tmp_path, str, list))

    first = kept(lambda task: [task, task + 0.5])
    assert kept(lambda _: []) == first
    piece = tmp_path / "3.json"
    piece.write_text(damaged or piece.read_text().replace("3.5", "8.5"), encoding="utf-8")
    assert kept(lambda task: [-task]) == [(2, [2, 2.5]), (3, [-3])]


@pytest.mark.filterwarnings("ignore")
def test_processes_that_die_again_and_again_are_one_line() -> None:
    with pytest.raises(AnalysisError, match="died again and again"):
        list(Workers(2).run(die, [1, 2]))


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_SECONDS_TO_CONNECT", 0.3)
    with pytest.raises(InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        list(Workers(scheduler="tcp://127.0.0.1:1").run(abs, [1]))


def test_what_is_kept_is_not_computed_again_and_what_is_damaged_is(tmp_path: Path) -> None:
    def square(task: int) -> int:
        seen.append(task)
        return task * task

    seen: list[int] = []
    run = [Workers().run_kept(square, range(1, 4), tmp_path, str, int) for _ in range(3)]
    assert next(run[0]) == (1, 1)  # stopped after the first
    assert dict(run[1]) == {1: 1, 2: 4, 3: 9}
    assert seen == [1, 2, 3]
    (tmp_path / "2.json").write_text("[", encoding="utf-8")
    assert dict(run[2]) == {1: 1, 2: 4, 3: 9}
    assert seen == [1, 2, 3, 2]
