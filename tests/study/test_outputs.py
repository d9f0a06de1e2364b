"""Outputs know their owner: a foreign one is refused, an own outdated one is removed and named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.errors import OutputError, ResponsesError, StudyError
from coprod_measure.responses import read as reading
from coprod_measure.study import pipeline
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.run import run_study
from study.small_study import small_answers, write_small_study

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_small_study(tmp_path / "study")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = write_small_study(tmp_path_factory.mktemp("once") / "study")
    assert run_app(["run", str(study)]) == 0
    return study


@pytest.fixture
def ran(once: Path, tmp_path: Path) -> Path:
    """A study that was run as it stands, in a folder of its own."""
    shutil.copytree(once.parent, tmp_path / "study")
    return tmp_path / "study" / once.name


def reports(study: Path) -> set[str]:
    return {path.name for path in (study.parent / "out").iterdir() if not path.name.startswith(".")} - {
        "records"
    }


def edit(study: Path, old: str, new: str) -> None:
    text = study.read_text("utf-8")
    assert old in text
    study.write_text(text.replace(old, new), encoding="utf-8")


def test_formats_no_longer_asked_for_are_removed_and_named(study: Path, capsys: Capture) -> None:
    assert run_app(["run", str(study)]) == 0
    assert "H1: Joy leads to ease.\n    supported:" in capsys.readouterr().out
    assert reports(study) == {"small-report.html", "small-report.json"}
    small_answers(100, seed=5).to_csv(study.parent / "answers.csv", index=False)
    edit(study, "[html, json]", "[html]")
    assert run_app(["run", str(study)]) == 0
    assert "Removed from an earlier report: small-report.json" in capsys.readouterr().err
    assert reports(study) == {"small-report.html"}


def test_the_same_report_in_another_format_stands_beside(ran: Path, capsys: Capture) -> None:
    assert run_app(["report", str(ran), "--format", "md"]) == 0
    assert "Removed" not in capsys.readouterr().err
    assert {"small-report.html", "small-report.json", "small-report.md"} <= reports(ran)
    edit(ran, "[html, json]", "[html]")
    assert run_app(["report", str(ran)]) == 0
    told = capsys.readouterr().err
    assert "small-report.json" in told
    assert "small-report.md" in told
    assert {name for name in reports(ran) if name.startswith("small-report")} == {"small-report.html"}


@pytest.mark.parametrize("command", ["run", "clean"])
def test_a_folder_outside_that_of_the_study_must_be_allowed(
    study: Path, capsys: Capture, command: str
) -> None:
    edit(study, "seed:", "out: ../elsewhere\nseed:")
    assert run_app([command, str(study)]) == 1
    assert "--allow-outside" in capsys.readouterr().err
    assert not (study.parents[1] / "elsewhere").exists()
    with pytest.raises(StudyError, match="outside the folder"):
        run_study(study)
    assert run_app(["clean", str(study), "--out", str(study.parents[1] / "named")]) == 0
    assert run_app(["clean", str(study), "--allow-outside"]) == 0
    assert (study.parents[1] / "elsewhere" / "records").is_dir()


def test_a_link_does_not_lead_outside(study: Path) -> None:
    (study.parents[1] / "elsewhere").mkdir()
    (study.parent / "out").symlink_to(study.parents[1] / "elsewhere")
    with pytest.raises(StudyError, match="outside the folder"):
        run_study(study)


def test_what_a_person_changed_is_never_removed(ran: Path) -> None:
    with (ran.parent / "out" / "small-report.json").open("a") as file:
        file.write("my notes")
    assert run_app(["report", str(ran), "--format", "html"]) == 0
    assert "small-report.json" in reports(ran)


def test_a_run_that_fails_leaves_no_report_of_other_answers(study: Path, capsys: Capture) -> None:
    edit(study, "htmt_draws: 0", "htmt_draws: 0, extras: [scores]")
    assert run_app(["run", str(study)]) == 0
    assert "small-scores.csv" in reports(study)
    small_answers(15).to_csv(study.parent / "answers.csv", index=False)
    assert run_app(["run", str(study)]) == 3
    assert reports(study) == set()
    said = capsys.readouterr().err
    assert "13 respondents are left" in said
    assert "that are no more: small-scores.csv, measurement.R" in said
    assert "small-report.html, small-report.json" in said


def test_a_room_names_the_report_that_it_makes_outdated(ran: Path, capsys: Capture) -> None:
    small_answers(100, seed=5).to_csv(ran.parent / "answers.csv", index=False)
    assert run_app(["clean", str(ran)]) == 0
    assert (
        "Made from earlier records: small-report.html, small-report.json. `coprod report"
        in capsys.readouterr().err
    )
    assert run_app(["report", str(ran)]) == 0
    assert (
        "The record of the measurement no longer fits: changed since: the record of clean"
        in capsys.readouterr().err
    )
    assert run_app(["clean", str(ran)]) == 0
    assert "Made from earlier" not in capsys.readouterr().err


def test_scores_of_an_earlier_run_go_with_the_wish_for_them(study: Path, capsys: Capture) -> None:
    edit(study, "htmt_draws: 0", "htmt_draws: 0, extras: [scores]")
    assert run_app(["run", str(study)]) == 0
    edit(study, "extras: [scores]", "extras: []")
    assert run_app(["measure", str(study)]) == 0
    assert "no scores any more: small-scores.csv" in capsys.readouterr().err
    assert "small-scores.csv" not in reports(study)


def test_another_study_with_the_same_id_is_refused(ran: Path, capsys: Capture) -> None:
    before = (ran.parent / "out" / "small-report.html").read_bytes()
    other = ran.with_name("other.yaml")
    other.write_bytes(ran.read_bytes())
    capsys.readouterr()
    for command in ("run", "clean", "measure", "test", "report"):
        assert run_app([command, str(other)]) == 1
        said = capsys.readouterr().err
        assert (
            "another study with the same id 'small' (../study.yaml). Give one of the two another id" in said
        )
    assert (ran.parent / "out" / "small-report.html").read_bytes() == before
    ran.unlink()  # so that it was renamed
    assert run_app(["report", str(other)]) == 0


def test_a_report_needs_no_answers(ran: Path, capsys: Capture) -> None:
    (ran.parent / "answers.csv").unlink()
    assert run_app(["report", str(ran), "--format", "md,json"]) == 0
    assert "small-report.md" in capsys.readouterr().out
    assert run_app(["report", str(ran), "--frozen"]) == 0
    assert run_app(["run", str(ran)]) == 1
    assert "there is no file 'answers.csv'" in capsys.readouterr().err


def test_the_last_section_says_what_the_records_say(ran: Path) -> None:
    used = read_study(ran).sha256
    edit(ran, "title: Small", "title: Tiny")
    edit(ran, "seed: 4", "seed: 4  # the same")
    with Rooms(read_study(ran)) as rooms:
        found = rooms.results().provenance
    assert found.hashes["study (study.yaml)"] == used != read_study(ran).sha256
    assert found.options["measurement"]["estimator"] == "ML"  # type: ignore[index]


def test_answers_replaced_during_a_run_are_not_mixed_in(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison without exclusions takes the answers of the run, read once."""
    alone = run_study(study, out=study.parent / "alone").exclusions.table()
    whole = pipeline.measured

    def replaced(*arguments: object, **options: object) -> object:
        small_answers(90, seed=9).to_csv(study.parent / "answers.csv", index=False)
        return whole(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "measured", replaced)
    got = run_study(study)
    pd.testing.assert_frame_equal(got.exclusions.table(), alone)
    monkeypatch.undo()
    with (
        pytest.raises(StudyError, match="changed since: answers"),
        Rooms(read_study(study), frozen=True) as rooms,
    ):
        rooms.results()


def test_a_record_replaced_during_a_run_is_seen(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record bears the hash of the answers it was computed from, not of those that lie there by then."""
    run_study(study)
    record = study.parent / "out" / "records" / "small-clean.zip"
    old = record.read_bytes()
    small_answers(90, seed=9).to_csv(study.parent / "answers.csv", index=False)
    with Rooms(read_study(study)) as rooms:
        rooms.make("clean")
        record.write_bytes(old)
        rooms.make("measure")
    with pytest.raises(StudyError, match="changed since: answers"):
        Rooms(read_study(study), frozen=True).results()


def test_answers_that_change_while_they_are_read_are_refused(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading.load_table

    def replaced(path: Path, encoding: str | None = None, **how: bool) -> object:
        table = whole(path, encoding, **how)
        small_answers(90, seed=9).to_csv(path, index=False)
        return table

    monkeypatch.setattr(reading, "load_table", replaced)
    with pytest.raises(ResponsesError, match="was changed while it was read"):
        run_study(study)


def test_two_runs_in_one_folder_are_told_of_each_other(study: Path) -> None:
    # A reader that was forked off outlives the kill for a while, and holds nothing.
    hold = "import os, sys, time, pathlib; from coprod_measure.output_files import only_writer\n"
    hold += "with only_writer(pathlib.Path(sys.argv[1])):\n"
    hold += "    if not os.fork(): time.sleep(20); os._exit(0)\n"
    hold += "    print('held', flush=True); sys.stdin.read()"
    lock = study.parent / "out" / ".small-lock"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="another run is writing here"):
            run_study(study)
        other.kill()  # and so it frees the folder
        other.wait()
        with Rooms(read_study(study)) as rooms:
            assert rooms.make("clean").n == 116


def test_a_list_of_outputs_never_removes_what_lies_outside(ran: Path) -> None:
    listed = ran.parent / "out" / ".small-outputs.json"
    content = json.loads(listed.read_text())
    files = content["parts"]["report"]["files"]
    digest = read_study(ran).sha256
    files["../study.yaml"] = digest
    listed.write_text(json.dumps(content))
    assert run_app(["report", str(ran), "--format", "md"]) == 0
    assert ran.is_file()
