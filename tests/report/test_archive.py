"""The package for a data repository: whole, with right hashes, the same bytes twice, models that fit anew."""

from __future__ import annotations

import runpy
import zipfile
from pathlib import Path

import pytest

import coprod_measure as cm
from coprod_measure.errors import StudyError
from coprod_measure.provenance import sha256_of_bytes
from coprod_measure.report.archive import write_archive
from study.small_study import write_small_study


def test_a_package_is_whole_and_the_same_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_small_study(tmp_path / "study")
    results = cm.run_study(study)
    with pytest.raises(StudyError, match="no report"):
        write_archive(results, tmp_path / "none.zip")
    cm.write_report(results, tmp_path / "study" / "out", formats=("html",))
    first, again = (write_archive(results, tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as package:
        members = {name: package.read(name) for name in package.namelist()}
        package.extractall(tmp_path / "unpacked")
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
