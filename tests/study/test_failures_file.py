"""A fault of the program in one part: the rest is computed and reported, the traceback kept, the exit code says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.measurement.parts import PARTS
from coprod_measure.report.formats import html
from coprod_measure.structure.kinds import KINDS
from coprod_measure.study import pipeline
from study.small_study import ITEMS, small_answers, write_small_study

Capture = pytest.CaptureFixture[str]


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("division by zero")


@contextmanager
def a_part(name: str) -> Iterator[None]:
    (part,) = (one for one in PARTS if one.name == name)
    module, _, function = part.compute.partition(":")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(import_module(f"coprod_measure.measurement.{module}"), function, broken)
        yield


@contextmanager
def in_pipeline(name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipeline, name, broken)
        yield


@contextmanager
def a_kind(name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(KINDS, name, replace(KINDS[name], run=broken))
        yield


@contextmanager
def a_format() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(html, "write", broken)
        yield


PLACES: dict[str, tuple[Callable[[], object], str, str]] = {
    **{f"the part {one.name}": (lambda n=one.name: a_part(n), one.name, "measure") for one in PARTS if not one.on_request and one.name != "groups"},
    "a kind of test": (lambda: a_kind("paths"), "paths", "test"),
    "the room quality": (lambda: in_pipeline("answer_quality"), "quality", "quality"),
    "the room measure": (lambda: in_pipeline("measured"), "measure", "measure"),
    "the room test": (lambda: in_pipeline("tested"), "test", "test"),
    "the room exclusions": (lambda: in_pipeline("compare_exclusions"), "exclusions", "exclusions"),
    "the clean files": (lambda: in_pipeline("write_clean"), "files beside the cleaned answers", "clean"),
    "the file of scores": (lambda: in_pipeline("write_scores"), "files beside the measurement", "measure"),
    "a format": (a_format, "format html", "report"),
}  # fmt: skip
OFTEN = (
    "the part items",
    "a kind of test",
    "a format",
    "the file of scores",
    "the room measure",
    "the room test",
)
SELDOM = ("the room quality", "the room exclusions")


def study_and_report(folder: Path) -> tuple[str, dict[str, object]]:
    report = json.loads((folder / "out" / "small-report.json").read_text(encoding="utf-8"))
    return json.dumps(report), report


def run_broken(name: str, folder: Path, capsys: Capture) -> str:
    """Run the study with a fault, see that it is told."""
    place, called, room = PLACES[name]
    path = write_small_study(folder)
    if name != "a format":
        path.write_text(path.read_text(encoding="utf-8").replace("[html, json]", "[json]"), encoding="utf-8")
    study = str(path)
    with place():  # type: ignore[attr-defined]
        assert run_app(["run", study]) == 4
    told = capsys.readouterr().err
    assert f"A fault of coprod stopped {called}" in told
    traces = folder / "out" / f"small-failures-{room}.txt"
    assert str(traces) in told.replace("\n", "")
    assert "ZeroDivisionError: division by zero" in traces.read_text(encoding="utf-8")
    text, report = study_and_report(folder)
    assert len(report["sections"]) > 15  # type: ignore[arg-type]
    return text


@pytest.mark.parametrize("name", [*OFTEN, *(pytest.param(name, marks=pytest.mark.slow) for name in SELDOM)])
def test_a_fault_leaves_the_rest_standing(name: str, tmp_path: Path, capsys: Capture) -> None:
    text = run_broken(name, tmp_path, capsys)
    if "file" not in name and "format" not in name:
        assert "ZeroDivisionError: division by zero" in text
    # The records say of the fault what they said in the run.
    study = str(tmp_path / "study.yaml")
    of_report = name == "a format" or "file" in name
    assert run_app(["report", study]) == (0 if of_report else 4)
    if name in ("a kind of test", "the room measure"):
        assert run_app(["run", study]) == 0
        assert not list((tmp_path / "out").glob("small-failures-*.txt"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PLACES if name not in OFTEN + SELDOM])
def test_no_fault_anywhere_costs_the_report(name: str, tmp_path: Path, capsys: Capture) -> None:
    run_broken(name, tmp_path, capsys)


def test_a_single_room_says_its_fault_too(tmp_path: Path, capsys: Capture) -> None:
    study = str(write_small_study(tmp_path))
    with in_pipeline("answer_quality"):
        assert run_app(["clean", study]) == 4
        assert run_app(["clean", study, "--json"]) == 4
    assert "Keying and missing answers: not available" in capsys.readouterr().out
    with in_pipeline("tested"):
        assert run_app(["measure", study]) == 0
        assert run_app(["test", study]) == 4
    with in_pipeline("measured"):
        assert run_app(["measure", study]) == 4


def test_answers_without_differences_are_no_fault(tmp_path: Path, capsys: Capture) -> None:
    study = write_small_study(tmp_path)
    answers = small_answers(40)
    answers[list(ITEMS)] = 3
    answers.to_csv(tmp_path / "answers.csv", index=False)
    study.write_text(study.read_text().replace("cleaning: cleaning.yaml\n", ""), encoding="utf-8")
    assert run_app(["clean", str(study)]) == 0
    assert run_app(["measure", str(study)]) in (0, 3)
    assert "fault" not in capsys.readouterr().err
