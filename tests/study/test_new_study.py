"""A new study folder passes its own check and holds everything a study needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.errors import CoprodError, StudyError
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.checks import check_study_file, untestable_hypotheses
from coprod_measure.study.definition import read_study
from coprod_measure.study.new_study import create_study, create_study_from
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms

THEORY = """\
id: shoes
title: Why people run
version: "1.0"
source: Own reasoning
stages: {}
constructs:
  joy: {name: Joy, definition: Liking to run, domain: motives, unit: [respondent]}
  habit: {name: Habit, definition: Running without a thought, domain: behaviour, unit: [respondent]}
  health: {name: Health, definition: How one feels, domain: body, unit: [respondent]}
hypotheses:
  S1: {statement: Joy makes health., level: direct, sources: [joy], targets: [health], sign: positive}
  S2: {statement: Joy makes a habit., level: direct, sources: [joy], targets: [habit], sign: positive}
"""
SHOES = """\
id: shoes
title: "Running: a start"
version: "1.0"
license: CC-BY-4.0
theory: mine/why.yaml  # beside this file
languages: [en]
scales:
  agree3: {codes: [1, 2, 3], labels: {en: ["No", Neither, "Yes"]}}
questions:
  - {construct: joy, scale: agree3, items: {joy_1: {text: Running makes me happy.}}}
  - {construct: habit, scale: agree3, items: {habit_1: {text: Running belongs to my week.}}}
"""


@pytest.mark.parametrize("instrument", ["etgar2007", "bfi25"])
def test_a_new_study_lacks_nothing_but_the_answers(
    tmp_path: Path, instrument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my study"
    written = create_study(folder, instrument)
    assert {path.relative_to(folder).as_posix() for path in written} == {
        "README.md", "study.yaml", "analysis-plan.md", "cleaning.yaml", "theory.yaml",
        f"{instrument}.yaml", "schema/theory.schema.json",
        "schema/study.schema.json", "schema/cleaning.schema.json", "schema/instrument.schema.json",
        "schema/population.schema.json",
    }  # fmt: skip
    for path in folder.glob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert (folder / first.partition("$schema=")[2]).is_file()
    assert run_app(["check", str(folder / "study.yaml")]) == 0
    printed = capsys.readouterr().out
    assert "there is no file 'responses.csv' yet" in printed
    assert [printed.count(f"{severity}:") for severity in ("error", "warning", "note")] == [0, 0, 1]
    item = {"etgar2007": "propensity_1", "bfi25": "A1"}[instrument]
    (folder / "responses.csv").write_text(f"{item}\n1\n", encoding="utf-8")
    assert run_app(["check", str(folder / "study.yaml"), str(folder / "cleaning.yaml")]) == 0


@pytest.mark.parametrize(
    ("folder", "id_"), [("ikea", "ikea"), ("IKEA Möbel_2", "ikea-m-bel-2"), ("日本", "my-study")]
)
def test_a_study_is_called_as_its_folder(tmp_path: Path, folder: str, id_: str) -> None:
    create_study(tmp_path / folder, "bfi25")
    assert f"\nid: {id_}\n" in "\n" + (tmp_path / folder / "study.yaml").read_text("utf-8")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="not empty"):
        create_study(tmp_path, "bfi25")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("own", "copy"), [("apps.yaml", "apps"), ("study.yaml", "shoes"), ("a b.yml", "shoes")]
)
def test_a_questionnaire_of_ones_own_comes_with_its_theory_and_only_with_claims_it_asks_about(
    tmp_path: Path, own: str, copy: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "why.yaml").write_text(THEORY, encoding="utf-8")
    (tmp_path / own).write_text(SHOES, encoding="utf-8")
    folder = tmp_path / "folder"
    assert run_app(["new", str(folder), "--instrument", str(tmp_path / own)]) == 0
    (folder / "responses.csv").write_text("joy_1,habit_1\n1,2\n", encoding="utf-8")
    (tmp_path / "mine" / "why.yaml").unlink()
    study = read_study(folder / "study.yaml")
    assert study.instrument.theory.id == "shoes"
    assert study.structure is not None
    assert study.structure.hypotheses == ("S2",)
    assert (folder / f"{copy}.yaml").is_file()
    written = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.*"))
    assert "etgar" not in written.lower()
    assert "--form" not in written


def test_a_new_study_tests_mediated_claims_and_says_which_claims_it_leaves_out(tmp_path: Path) -> None:
    own = THEORY.replace(
        "level: direct, sources: [joy], targets: [habit]",
        """level: mediated, sources: [joy], \\
targets: [habit], via: [health]""",
    ).replace("\\\n", "")
    own += "  S3: {statement: Together., level: moderated, sources: [joy], targets: [habit], moderators: [health]}\n"
    own += "  S4: {statement: Joy and luck., level: direct, sources: [joy, luck], targets: [habit]}\n"
    own = own.replace(
        "hypotheses:",
        "  luck: {name: Luck, definition: Chance, domain: life, unit: [respondent]}\nhypotheses:",
    )
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "why.yaml").write_text(own, encoding="utf-8")
    health = "  - {construct: health, scale: agree3, items: {health_1: {text: I feel well.}}}\n"
    (tmp_path / "shoes.yaml").write_text(SHOES + health, encoding="utf-8")
    create_study(tmp_path / "new", tmp_path / "shoes.yaml")
    written = (tmp_path / "new" / "study.yaml").read_text(encoding="utf-8")
    assert "  hypotheses: [S1, S2, S3]\n" in written
    assert "# - S4: asked about only in part, without luck" in written
    found = check_study_file(tmp_path / "new" / "study.yaml")
    assert [one.problem.code for one in found if one.severity == "note"] == ["no-answers-file"]


@pytest.mark.parametrize("name", ["nosuch", "nosuch.yaml"])
def test_an_unknown_instrument_is_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["new", str(tmp_path / "new"), "--instrument", name]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_theory_that_cannot_be_named_anew_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "why.yaml").write_text(THEORY, encoding="utf-8")
    text = SHOES.replace("theory: mine", "? theory\n: mine")
    (tmp_path / "shoes.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CoprodError, match="line of its own"):
        create_study(tmp_path / "new", tmp_path / "shoes.yaml")
    assert not (tmp_path / "new").exists()


def test_a_study_starts_from_a_file_of_answers(tmp_path: Path) -> None:
    file = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    paths, draft = create_study_from(tmp_path / "mine", file)
    study = read_study(tmp_path / "mine" / "study.yaml")
    assert draft.notes == ()
    assert tmp_path / "mine" / "responses.csv" in paths
    turned = ["A1", "C4", "C5", "E1", "E2", "O2", "O5"]  # as the authors of these items key them
    assert [one.id for one in study.instrument.items.values() if one.reverse] == turned
    assert draft.text.count("reverse: true  # guessed") == len(turned)
    assert "responses.csv" in (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert (tmp_path / "mine" / "responses.csv").read_bytes() == file.read_bytes()
    with Rooms(with_out(study, tmp_path / "out")) as rooms:
        assert rooms.make("clean").frame.shape[1] == 28


def test_the_theory_in_the_readme_of_a_draft_leads_to_hypotheses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    create_study_from(folder, shipped_folder("data/sample") / "bfi" / "bfi.csv")
    study, instrument = folder / "study.yaml", folder / "bfi.yaml"
    study.write_text(study.read_text() + "structure: {hypotheses: [H1]}\n")
    assert run_app(["check", str(study)]) == 1
    assert "names no theory, and only a theory has hypotheses" in capsys.readouterr().out
    (folder / "theory.yaml").write_text(
        (folder / "README.md").read_text().split("```")[1].removeprefix("yaml")
    )
    before, _, rest = instrument.read_text().partition("constructs:")
    scales = rest[rest.index("scales:") :]
    instrument.write_text(f"{before}theory: theory.yaml\n{scales}")
    assert run_app(["check", str(study)]) == 0
    assert list(read_study(study).instrument.theory.hypotheses) == ["H1"]


def test_a_study_of_another_form_names_every_hypothesis_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["new", str(tmp_path / "all"), "--form", "wide", "--all"]) == 0
    said = capsys.readouterr().out
    (tmp_path / "all" / "responses.csv").write_text("propensity_1\n1\n", encoding="utf-8")
    study = read_study(tmp_path / "all" / "study.yaml")
    assert study.structure is not None
    named = len(study.structure.hypotheses)
    assert f"Its questions can test {named} of 121 hypotheses" in said
    assert "--all names every one" not in said
    assert study.form == "wide"
    assert "there are also demo, core, full" in said
    assert not untestable_hypotheses(study, study.structure.hypotheses)
    assert run_app(["new", str(tmp_path / "few"), "--form", "wide"]) == 0
    assert "study.yaml tests 8 of them and lists the others; --all" in capsys.readouterr().out
    assert run_app(["new", str(tmp_path / "no"), "--form", "wid"]) == 1
    assert "there is no form 'wid'. Did you mean 'wide'?" in capsys.readouterr().err
