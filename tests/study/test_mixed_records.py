"""Records of another study, another run or another hand are seen and said, in every way to mix them."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from coprod_measure.errors import StudyError
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
from study.small_study import small_answers, write_small_study

ROOMS = ("clean", "quality", "measure", "test", "exclusions")


def made(folder: Path, *edits: tuple[str, str, str], answers: int = 3) -> Path:
    """Write the small study, edit it, and run it."""
    write_small_study(folder)
    for name, old, new in edits:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    if answers != 3:
        small_answers(seed=answers).to_csv(folder / "answers.csv", index=False)
    with Rooms(read_study(folder / "study.yaml")) as rooms:
        for room in ROOMS:
            rooms.make(room)
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("own") / "study")


OTHERS: dict[str, Callable[[Path], Path]] = {
    "other answers": lambda folder: made(folder, answers=8),
    "a twin with another id": lambda folder: made(folder, ("study.yaml", "id: small", "id: twin")),
    "another study under the same id": lambda folder: made(
        folder,
        ("instrument.yaml", "It is fun", "It is great fun"),
        ("theory.yaml", "sign: positive", "sign: negative"),
        ("cleaning.yaml", "value: 5", "value: 9"),
        ("study.yaml", "seed: 4", "seed: 77"),
        answers=5,
    ),
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda name: OTHERS[name](tmp_path_factory.mktemp("other") / "study"))


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest, others: Callable[[str], Path]) -> Path:
    return others(request.param)


def record(folder: Path, room: str) -> Path:
    (found,) = (folder / "out" / "records").glob(f"*-{room}.zip")
    return found


def refusal(folder: Path) -> str:
    """What is said of the mixture when records are frozen: one line that names the record and the cure."""
    with (
        pytest.raises(StudyError) as refused,
        Rooms(read_study(folder / "study.yaml", answers_needed=False), frozen=True) as rooms,
    ):
        rooms.results()
    assert refused.value.problems[0].code == "record-outdated"
    assert "Run `coprod" in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("room", ROOMS)
def test_a_single_record_of_another_run_is_seen(own: Path, other: Path, room: str, tmp_path: Path) -> None:
    folder = shutil.copytree(own, tmp_path / "study")
    shutil.copy(record(other, room), record(folder, room))
    refusal(folder)
    # Without the answers too, where only the records can tell.
    (folder / "answers.csv").unlink()
    refusal(folder)


def test_all_records_of_another_run_are_seen(own: Path, other: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(own, tmp_path / "study")
    for room in ROOMS:
        shutil.copy(record(other, room), record(folder, room))
    refusal(folder)
    (folder / "answers.csv").unlink()
    refusal(folder)


@pytest.mark.parametrize(("room", "instead"), list(permutations(ROOMS, 2)))
def test_a_record_in_the_place_of_another_is_seen(own: Path, room: str, instead: str, tmp_path: Path) -> None:
    folder = shutil.copytree(own, tmp_path / "study")
    shutil.copy(record(own, instead), record(folder, room))
    assert f"the room (it is the record of {instead!r})" in refusal(folder)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def a_number(parts: dict[str, bytes]) -> None:
    text = parts["record.json"].decode()
    place = text.index("0.")
    parts["record.json"] = (text[:place] + "1." + text[place + 2 :]).encode()


def arrays_swapped(parts: dict[str, bytes]) -> None:
    names = [name for name in parts if name.endswith(".npy")]
    pairs = [(a, b) for a in names for b in names if parts[a] != parts[b] and len(parts[a]) == len(parts[b])]
    first, second = pairs[0]
    parts[first], parts[second] = parts[second], parts[first]


def an_array(parts: dict[str, bytes]) -> None:
    name = max((name for name in parts if name.endswith(".npy")), key=lambda name: len(parts[name]))
    parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])


def what_it_was_made_from(parts: dict[str, bytes]) -> None:
    content = json.loads(parts["record.json"])
    content["made from"]["versions"]["numpy"] = "1.0.0"
    parts["record.json"] = json.dumps(content).encode()


INSIDE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a number": a_number,
    "an array": an_array,
    "two arrays swapped": arrays_swapped,
    "what it was made from": what_it_was_made_from,
    "no seal": lambda parts: parts.pop("seal") and None,
    "the seal": lambda parts: parts.update(seal=b"0" * 64),
    "a member more": lambda parts: parts.update({"more.npy": b""}),
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_edit_inside_a_record_is_seen(own: Path, name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(own, tmp_path / "study")
    rewritten(record(folder, "measure"), INSIDE[name])
    assert "was changed since, or is damaged" in refusal(folder)


def test_a_mixture_is_said_and_made_anew(own: Path, other: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(own, tmp_path / "study")
    shutil.copy(record(other, "measure"), record(folder, "measure"))
    told: list[str] = []
    with Rooms(read_study(folder / "study.yaml"), tell=told.append) as rooms:
        rooms.results()
    assert any(
        "The record of the measurement no longer fits" in words and "Made anew" in words for words in told
    )
    for room in ROOMS:
        with zipfile.ZipFile(record(folder, room)) as new, zipfile.ZipFile(record(own, room)) as old:
            assert new.read("0.npy") == old.read("0.npy")


def test_records_that_fit_but_were_written_elsewhere_are_told(own: Path, tmp_path: Path) -> None:
    """All records of a copy of the study with other answers, which are gone: only the list of outputs can tell."""
    folder = shutil.copytree(own, tmp_path / "study")
    elsewhere = shutil.copytree(own, tmp_path / "elsewhere")
    small_answers(seed=9).to_csv(elsewhere / "answers.csv", index=False)
    with Rooms(read_study(elsewhere / "study.yaml"), tell=lambda _: None) as rooms:
        for room in ROOMS:
            rooms.make(room)
    for room in ROOMS:
        shutil.copy(record(elsewhere, room), record(folder, room))
    (folder / "answers.csv").unlink()
    assert "is not the one that this study wrote here (small-clean.zip)" in refusal(folder)
    told: list[str] = []
    with Rooms(read_study(folder / "study.yaml", answers_needed=False), tell=told.append) as rooms:
        rooms.results()
    assert len([words for words in told if "not the one that this study wrote here" in words]) == len(ROOMS)
