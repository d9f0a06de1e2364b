"""A new study folder passes its own check and holds everything a study needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.errors import StudyError
from coprod_measure.study.new_study import create_study


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
    }  # fmt: skip
    for path in folder.glob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert (folder / first.partition("$schema=")[2]).is_file()
    assert run_app(["check", str(folder / "study.yaml")]) == 1
    printed = capsys.readouterr().out
    assert "responses.csv" in printed
    assert printed.count("error:") == 1
    (folder / "responses.csv").write_text("x\n", encoding="utf-8")
    assert run_app(["check", str(folder / "study.yaml"), str(folder / "cleaning.yaml")]) == 0


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="not empty"):
        create_study(tmp_path, "bfi25")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
