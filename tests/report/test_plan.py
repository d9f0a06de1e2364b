"""The plan of a study: written from its file, kept once, and held against what was done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.errors import StudyError
from coprod_measure.report.document import Bullets, Callout, Document, Paragraph, Table
from coprod_measure.report.plan import FORMS, about_departures, plan_document
from coprod_measure.responses.rules_file import default_rules_path
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.plan_file import Departure, answers_seen, departures, plan_path, save_plan
from coprod_measure.study.records import open_record
from study.small_study import write_small_study
from study.sorted_people import write_sorted_people


def _words(document: Document) -> str:
    found: list[str] = []
    for block in document.blocks():
        if isinstance(block, Paragraph):
            found.append(block.text)
        if isinstance(block, Bullets):
            found += block.items
        if isinstance(block, Table):
            found += [str(value) for row in block.rows for value in row.values]
    return "\n".join(found)


@pytest.mark.parametrize("form", FORMS)
def test_a_plan_answers_what_the_study_file_knows(tmp_path: Path, form: str) -> None:
    study = write_small_study(tmp_path)
    (tmp_path / "answers.csv").unlink()
    document = plan_document(read_study(study, answers_needed=False), form)
    assert [one.title for one in document.sections] == list(FORMS[form])
    words = _words(document)
    assert "Joy leads to ease." in words
    assert "Joy: 3 items" in words
    assert "All alike: longstring > 5, exclude" in words
    assert "H1: paths of structural equation models" in words
    assert "Level of significance .05" in words
    assert "To be answered by the authors: how many respondents" in words


def test_a_plan_says_who_is_excluded_for_several_marks() -> None:
    study = read_study(shipped_folder("data/sample") / "coproduction" / "study.yaml", answers_needed=False)
    assert "Then whoever is marked by 2 kinds of evidence or more is excluded." in _words(
        plan_document(study)
    )


def test_a_plan_says_the_sample_that_power_asks_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_small_study(tmp_path)
    (tmp_path / "answers.csv").unlink()
    asked = ["power", str(file), "--n", "60", "--draws", "5", "--seed", "3", "--processes", "1"]
    assert run_app(asked) == 0
    (said,) = (line for line in capsys.readouterr().out.splitlines() if "simulated samples" in line)
    study = read_study(file, answers_needed=False)
    assert all(said.strip() in _words(plan_document(study, form)) for form in FORMS)
    document = plan_document(study)
    tables = {block.id: block for block in document.blocks() if isinstance(block, Table)}
    assert tables["smallest"].rows[0].values[:2] == ("H1", "Joy leads to ease.")
    found = open_record(tmp_path / "out" / "records" / "small-power.zip", made_by="").record
    drawn = found.table[~found.table["null"]]
    assert [row.values[3] for row in tables["plan-power"].rows] == pytest.approx(list(drawn["power"]))
    # Power of another analysis is no reason for a sample.
    file.write_text(file.read_text().replace("draws: 500", "draws: 500, level: 0.01"))
    changed = plan_document(read_study(file, answers_needed=False))
    warned = [block for block in changed.blocks() if isinstance(block, Callout)]
    assert "structure: level" in warned[0].text
    assert "simulated samples" not in _words(changed)


def test_a_plan_is_made_once_and_the_report_says_where_the_study_departs(tmp_path: Path) -> None:
    file = write_small_study(tmp_path)
    study = read_study(file)
    assert departures(study) is None
    assert about_departures(study) == ()
    kept = save_plan(study).read_bytes()
    assert departures(study) == ()
    (section,) = about_departures(study)
    assert section.blocks == (Paragraph("There are none."),)
    assert "nothing had been computed from it" in _words(plan_document(study))
    file.write_text(file.read_text().replace("draws: 500", "draws: 600, level: 0.01"))
    changed = read_study(file)
    found = departures(changed)
    assert found is not None
    assert {(one.what, one.planned, one.now) for one in found} == {
        ("structure: draws", "500", "600"), ("structure: level", "0.05", "0.01"),
    }  # fmt: skip
    with pytest.raises(StudyError, match="there is a plan already"):
        save_plan(changed)
    assert plan_path(changed).read_bytes() == kept
    (section,) = about_departures(changed)
    assert [row.values for row in section.blocks[0].rows] == [
        ("structure: draws", "500", "600"), ("structure: level", "0.05", "0.01"),
    ]  # fmt: skip


def test_a_plan_of_answers_that_were_analysed_is_no_preregistration(tmp_path: Path) -> None:
    file = write_small_study(tmp_path)
    with Rooms(read_study(file), tell=print) as rooms:
        rooms.make("clean")
    study = read_study(file)
    save_plan(study)
    assert "answers had been cleaned, measured or tested" in _words(plan_document(study))
    (section,) = about_departures(study)
    assert section.blocks[0].title == "The plan is no preregistration."
    assert section.blocks[1] == Paragraph("Of what it says there are none.")


def test_the_sample_that_was_sought_is_held_against_who_came(tmp_path: Path) -> None:
    file = write_small_study(tmp_path)
    text = file.read_text()
    file.write_text(text.replace("file: answers.csv", "file: answers.csv, planned: 400"))
    study = read_study(file)
    save_plan(study)
    assert answers_seen(study) == "there"
    assert "400 respondents are sought." in _words(plan_document(study))
    assert departures(study, 400) == ()
    assert departures(study, 312) == (Departure("respondents", "400", "312 came"),)
    (tmp_path / "answers.csv").unlink()
    plan_path(study).unlink()
    assert answers_seen(study) == "none"


def test_what_changed_in_a_file_is_told_and_not_its_hash(tmp_path: Path) -> None:
    file = write_small_study(tmp_path)
    rules = tmp_path / "cleaning.yaml"
    rules.write_text(default_rules_path().read_text(encoding="utf-8"), encoding="utf-8")
    save_plan(read_study(file))
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace(
            'index: seconds_per_item, op: "<", value: 2', 'index: seconds_per_item, op: "<", value: 3'
        )
    )
    study = read_study(file)
    (found,) = departures(study) or ()
    assert (found.what, found.planned, found.now) == (
        "cleaning rule too_fast", "seconds_per_item < 2: mark", "seconds_per_item < 3: mark",
    )  # fmt: skip
    # Only words that no rule holds: the file is another, its rules are not.
    rules.write_text(f"# another remark\n{text}")
    (found,) = departures(read_study(file)) or ()
    assert found.what == "cleaning rules: its file, nothing of what it says here"
    # A plan of hashes alone, as earlier ones were: the file is told by the beginning of its hash.
    kept = json.loads(plan_path(study).read_text())
    bare = {
        name: value for name, value in kept.items() if not name.startswith(("cleaning rule ", "question "))
    }
    plan_path(study).write_text(
        json.dumps(bare | {"cleaning rules (SHA-256)": kept["cleaning rules (SHA-256)"]})
    )
    (found,) = departures(read_study(file)) or ()
    assert found.what == "cleaning rules: its file"
    assert len(found.planned) == len("SHA-256 ") + 12
    (section,) = about_departures(read_study(file))
    assert "first letters of its hash" in section.blocks[0].notes[0]


def test_a_damaged_plan_is_one_error(tmp_path: Path) -> None:
    study = read_study(write_small_study(tmp_path))
    plan_path(study).write_text("[")
    with pytest.raises(StudyError, match="no plan of a study"):
        departures(study)


def test_a_plan_says_the_test_of_each_claim_where_the_questions_decide_it(tmp_path: Path) -> None:
    write_sorted_people(tmp_path)
    (tmp_path / "study.yaml").write_text(
        "id: own\ntitle: Own\ninstrument: own.yaml\nform: all\nresponses: {file: none.csv}\nseed: 1\n"
        "structure: {hypotheses: [A1, A2, A3, A4], adjust: none}\n"
    )
    study = read_study(tmp_path / "study.yaml", answers_needed=False)
    words = _words(plan_document(study))
    for told in (
        "A1: a structural equation model of several groups",
        "A2: logit (probit",
        "A3: Welch's",
        "A4: Jonckheere's",
        "p values are not adjusted",
    ):
        assert told in words
    assert answers_seen(study) == "none"
