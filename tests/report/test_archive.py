"""The package for a data repository: whole, with right hashes, the same bytes twice, models that fit anew."""

from __future__ import annotations

import io
import runpy
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.cli.app import run_app
from coprod_measure.errors import InputError, StudyError
from coprod_measure.provenance import sha256_of_bytes
from coprod_measure.report.archive import write_archive
from coprod_measure.report.run_again import run_again
from study.small_study import write_small_study


def test_a_package_is_whole_and_the_same_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_small_study(tmp_path / "study")
    results = cm.run_study(study)
    with pytest.raises(StudyError, match="no report"):
        write_archive(results, tmp_path / "none.zip")
    cm.write_report(results, tmp_path / "study" / "out", formats=("html",))
    first, again = (write_archive(results, tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == again.read_bytes()
    assert run_app(["report", str(study), "--length", "paper", "--format", "html"]) == 0
    paper = (tmp_path / "study" / "out" / "small-report.html").read_bytes()
    assert write_archive(results, tmp_path / "c.zip").read_bytes() == first.read_bytes()
    with zipfile.ZipFile(first) as package:
        members = {name: package.read(name) for name in package.namelist()}
        package.extractall(tmp_path / "unpacked")
    assert paper != members["report/small-report.html"]
    for name in (
        "README.md", "versions.json", "data/small-clean.csv", "data/small-clean-codebook.md", "study/study.yaml",
        "study/theory.yaml", "study/instrument.yaml", "study/cleaning.yaml", "models/measurement.R",
        "models/structure-1.csv", "report/small-report.html", "scripts/fit_models.py",
    ):  # fmt: skip
        assert name in members, name
    assert any(name.startswith("questionnaire/") and name.endswith(".xml") for name in members)
    for line in members["MANIFEST.sha256"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert sha256_of_bytes(members[name]) == digest
    assert not any("answers" in name for name in members)
    runpy.run_path(str(tmp_path / "unpacked" / "scripts" / "fit_models.py"))
    chisq = results.measurement.confirmatory.fit_measures["chisq"]
    assert f"{chisq:.3f}" in capsys.readouterr().out


def test_a_package_run_elsewhere_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_small_study(tmp_path / "deep" / "study")
    # What lies beside and above the study file keeps its place; nothing else of the machine is needed.
    (tmp_path / "deep" / "questions").mkdir()
    for name in ("instrument.yaml", "theory.yaml"):
        (study.parent / name).rename(tmp_path / "deep" / "questions" / name)
    text = study.read_text().replace(
        "instrument: instrument.yaml", "instrument: ../questions/instrument.yaml"
    )
    phone = "responses: {file: answers.csv, keep: [city, phone]}"
    study.write_text(text.replace("responses: {file: answers.csv, keep: [city]}", phone))
    answers = pd.read_csv(study.parent / "answers.csv")
    answers["phone"] = [f"+49 171 55{k:05d}" for k in range(len(answers))]
    answers.to_csv(study.parent / "answers.csv", index=False)
    formats = ("html", "xlsx")
    study.write_text(study.read_text().replace("formats: [html, json]", f"formats: [{', '.join(formats)}]"))
    results = cm.run_study(study)
    cm.write_report(results, study.parent / "out", formats=formats)
    package = write_archive(results, tmp_path / "package.zip")
    elsewhere = tmp_path / "else where"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(elsewhere)
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(io.BytesIO(members["data/records/small-clean.zip"])) as record:
        inside = b"".join(record.read(name) for name in record.namelist())
    assert not any(b"171 55" in data for data in [inside, *members.values()])
    shutil.rmtree(tmp_path / "deep")

    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(elsewhere / "scripts" / "run_study.py"))
    assert "files have the same bytes" in capsys.readouterr().out
    assert (elsewhere / "again" / "small-archive.zip").read_bytes() == package.read_bytes()

    # What was changed in the package shows.
    (elsewhere / "study" / "study" / "cleaning.yaml").write_text("# other rules\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not as they were handed in: study/study/cleaning\.yaml"):
        run_again(elsewhere, "study/study/study.yaml")
    with pytest.raises(InputError, match="no package"):
        run_again(tmp_path, "study.yaml")
