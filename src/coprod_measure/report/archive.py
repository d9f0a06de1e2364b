"""The package that a data repository takes: data, questionnaire, study, scripts, report, hashes, versions."""

from __future__ import annotations

import json
import os
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
from coprod_measure.report.compose import compose
from coprod_measure.report.write import write_document
from coprod_measure.responses.rules_file import default_rules_path
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.clean_files import without_personal_data
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import record_path
from coprod_measure.study.plan_file import plan_path
from coprod_measure.study.records import open_record, save_record
from coprod_measure.study.results import StudyResults
from coprod_measure.theory.locate import locate

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that the same files make the same bytes
MANIFEST, RECORDS = "MANIFEST.sha256", "data/records"
_RUN = '''"""Run the whole study anew from the cleaned answers and compare all files with the package."""

import sys
from pathlib import Path

from coprod_measure.report.run_again import in_words, run_again

found = run_again(Path(__file__).parents[1], "STUDY_FILE", progress=print)
print(in_words(found))
sys.exit(1 if found.different or found.missing else 0)
'''
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
    members[MANIFEST] = "".join(
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
    # As the study file says it: a report at another length or without its pictures could not be made again.
    forms = [file.suffix[1:] for file in reports]
    for file in write_document(compose(results), scratch / "report", study.id, forms):
        yield f"report/{file.relative_to(scratch / 'report').as_posix()}", file.read_bytes()
    records = out / "records"
    for file in sorted(records.glob(f"{study.id}-clean*.*")):
        if file.suffix != ".zip":
            yield f"data/{file.name}", file.read_bytes()
    for name, data in _records(study, scratch):
        yield f"{RECORDS}/{name}", data
    for file in sorted(records.glob(f"{study.id}-models/*")):
        yield f"models/{file.name}", file.read_bytes()
    files = _study_files(study)
    for name, file in files.items():
        yield f"study/{name}", file.read_bytes()
    for platform in ("html", "ddi"):
        written = write_export(
            study.instrument, platform, scratch / platform, form=study.form, language=study.report.language,
            fills=study.report.fills,
        )  # fmt: skip
        for file in written.paths:
            if file.name != "names.json":
                yield f"questionnaire/{file.name}", file.read_bytes()
    (asked,) = (name for name, file in files.items() if file == Path(study.path))
    yield "scripts/run_study.py", _RUN.replace("STUDY_FILE", f"study/{asked}").encode()
    yield "scripts/fit_models.py", _SCRIPT.encode()
    versions = json.dumps(dict(sorted(results.provenance.versions.items())), indent=1)
    yield "versions.json", f"{versions}\n".encode()
    yield "README.md", _readme(results).encode()


def _records(study: Study, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """Give what the street starts from elsewhere.

    Cleaned answers without personal data, and the record that only the raw export can give.
    """
    saved = open_record(record_path(study, "clean"), made_by="coprod clean")
    shared = scratch / record_path(study, "clean").name
    save_record(shared, without_personal_data(saved.record), saved.made_from)
    yield shared.name, shared.read_bytes()
    if study.compare_exclusions:
        compared = record_path(study, "exclusions")
        yield compared.name, compared.read_bytes()


def _study_files(study: Study) -> dict[str, Path]:
    """Give the files that say what was done, where the study file finds those of its own.

    Shipped ones are copied beside the study file, to be read.
    """
    given = Path(study.path)
    named = str(study.options["instrument"])
    beside = study.folder / named
    source = open_instrument(beside if beside.is_file() else named)
    own = {given, *([study.folder / study.cleaning] if study.cleaning else [])}
    shipped = {} if study.cleaning else {"cleaning.yaml": default_rules_path()}
    theory = source.parsed.theory if source.parsed else None
    folder = source.file.path.parent
    files = {"instrument.yaml": source.file.path}
    if isinstance(theory, str):
        files["theory.yaml"] = locate(
            theory, "instruments/theory", what="theory", error=StudyError, beside=folder
        )
    for name, path in files.items():
        if path.resolve().is_relative_to(shipped_folder("instruments").resolve()):
            shipped[name] = path
        else:
            own.add(path)
    if plan_path(study).is_file():
        own.add(plan_path(study))
    top = os.path.commonpath([os.path.abspath(path.parent) for path in own])
    found = {Path(os.path.relpath(path, top)).as_posix(): path for path in own}
    start = Path(os.path.relpath(study.folder, top))
    return found | {(start / name).as_posix(): path for name, path in shipped.items()}


def _without_script(study: Study) -> str:
    if study.structure is None or study.structure.method != "pls":
        return ""
    told = "lavaan knows no PLS. `coprod pls` and `cm.pls` estimate them from any table."
    return f"\n  Paths by PLS have no script: {told}"


def _compared(study: Study) -> str:
    if not study.compare_exclusions:
        return ""
    return (
        "\n  What nobody excluded would give needs the raw export; its record is here and is not made anew."
    )


def _readme(results: StudyResults) -> str:
    study, versions = results.study, results.provenance.versions
    hashes = "\n".join(f"- {name}: {digest}" for name, digest in results.provenance.hashes.items())
    return f"""# {study.title}

Made with coprod-measure {versions.get("coprod-measure", "")} in Python {versions.get("python", "")}.
The seed of every random step is {study.seed}.

- `scripts/run_study.py` runs the whole study anew from the cleaned answers, in Python with coprod-measure
  {versions.get("coprod-measure", "")}, and compares every file with this package: all bytes are the same with
  the same versions.
- `data/`: cleaned answers of {results.responses.people:,} respondents without personal data (CSV, SPSS,
  Stata, Parquet), with a codebook of their columns. Reversed items are keyed. `data/records/` is what the
  script starts from.{_compared(study)}
- `questionnaire/`: what respondents saw, and its description in DDI.
- `study/`: the study file, the cleaning rules, questionnaire and theory in their sources, the plan where
  there was one.
- `models/`: every structural equation model as a script for R (lavaan) beside the data that it was fitted
  to.{_without_script(study)}
- `scripts/fit_models.py`: fits the same models in Python.
- `report/`: the report. `MANIFEST.sha256`: a hash of every file. `versions.json`: the libraries.

The raw export is not here, as it can hold personal data. What the results were made from, by SHA-256:

{hashes}

License and contact: to be added by the authors.
"""
