"""The package that a data repository takes: data, questionnaire, study, scripts, report, hashes, versions."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from coprod_measure.errors import StudyError
from coprod_measure.instrument.exports.write import write_export
from coprod_measure.instrument.read import open_instrument
from coprod_measure.output_files import write_whole
from coprod_measure.provenance import sha256_of_bytes
from coprod_measure.responses.rules_file import default_rules_path
from coprod_measure.study.definition import Study
from coprod_measure.study.plan_file import plan_path
from coprod_measure.study.results import StudyResults
from coprod_measure.theory.locate import locate

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that the same files make the same bytes
_SCRIPT = '''"""Fit every model of the study anew, from the data beside its script for lavaan."""

from pathlib import Path

import pandas as pd

import coprod_measure as cm

for script in sorted((Path(__file__).parents[1] / "models").glob("*.R")):
    call = cm.from_lavaan(script.read_text(encoding="utf-8"))
    fit = call.fit(pd.read_csv(script.with_suffix(".csv")))
    print(script.stem)
    print(fit.summary())
'''


def write_archive(results: StudyResults, path: Path) -> Path:
    """Write the package as a ZIP file: the same records give the same bytes.

    Raises
    ------
    StudyError
        If no report was written yet.
    """
    with tempfile.TemporaryDirectory() as scratch:
        members = dict(sorted(_members(results, Path(scratch))))
    members["MANIFEST.sha256"] = "".join(
        f"{sha256_of_bytes(data)}  {name}\n" for name, data in members.items()
    ).encode()
    write_whole(path, partial(_zip, members))
    return path


def _zip(members: Mapping[str, bytes], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)


def _members(results: StudyResults, scratch: Path) -> Iterator[tuple[str, bytes]]:
    study, out = results.study, results.study.out_folder
    reports = sorted(out.glob(f"{study.id}-report.*"))
    if not reports:
        raise StudyError(
            "there is no report to put into the package",
            place=str(out),
            cure=f"Run `coprod report {study.path}` first",
            code="no-report",
        )
    for file in (*reports, *sorted(out.glob(f"{study.id}-report-figures/*"))):
        yield f"report/{file.relative_to(out).as_posix()}", file.read_bytes()
    records = out / "records"
    for file in sorted(records.glob(f"{study.id}-clean*.*")):
        if file.suffix != ".zip":
            yield f"data/{file.name}", file.read_bytes()
    for file in sorted(records.glob(f"{study.id}-models/*")):
        yield f"models/{file.name}", file.read_bytes()
    for name, file in _study_files(study).items():
        yield f"study/{name}", file.read_bytes()
    for platform in ("html", "ddi"):
        written = write_export(
            study.instrument, platform, scratch / platform, form=study.form, language=study.report.language,
            fills=study.report.fills,
        )  # fmt: skip
        for file in written.paths:
            if file.name != "names.json":
                yield f"questionnaire/{file.name}", file.read_bytes()
    yield "scripts/fit_models.py", _SCRIPT.encode()
    versions = json.dumps(dict(sorted(results.provenance.versions.items())), indent=1)
    yield "versions.json", f"{versions}\n".encode()
    yield "README.md", _readme(results).encode()


def _study_files(study: Study) -> dict[str, Path]:
    """Give the files that say what was done: the questionnaire's source and its theory among them."""
    given = Path(study.path)
    named = str(study.options["instrument"])
    beside = study.folder / named
    source = open_instrument(beside if beside.is_file() else named)
    files = {
        "study.yaml": given,
        "cleaning.yaml": study.folder / study.cleaning if study.cleaning else default_rules_path(),
        "instrument.yaml": source.file.path,
    }
    theory = source.parsed.theory if source.parsed else None
    if isinstance(theory, str):
        folder = source.file.path.parent
        files["theory.yaml"] = locate(
            theory, "instruments/theory", what="theory", error=StudyError, beside=folder
        )
    if plan_path(study).is_file():
        files["plan.json"] = plan_path(study)
    return files


def _readme(results: StudyResults) -> str:
    study, versions = results.study, results.provenance.versions
    hashes = "\n".join(f"- {name}: {digest}" for name, digest in results.provenance.hashes.items())
    return f"""# {study.title}

Made with coprod-measure {versions.get("coprod-measure", "")} in Python {versions.get("python", "")}.
The seed of every random step is {study.seed}.

- `data/`: cleaned answers of {results.responses.people:,} respondents without personal data (CSV, SPSS,
  Stata, Parquet), with a codebook of their columns. Reversed items are keyed.
- `questionnaire/`: what respondents saw, and its description in DDI.
- `study/`: the study file, the cleaning rules, questionnaire and theory in their sources, the plan where
  there was one.
- `models/`: every structural equation model as a script for R (lavaan) beside the data that it was fitted to.
- `scripts/fit_models.py`: fits the same models in Python.
- `report/`: the report. `MANIFEST.sha256`: a hash of every file. `versions.json`: the libraries.

The raw export is not here, as it can hold personal data. What the results were made from, by SHA-256:

{hashes}

License and contact: to be added by the authors.
"""
