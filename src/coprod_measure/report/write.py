"""Put a report into files, each whole or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from coprod_measure.errors import CoprodError, CoprodWarning, OutputError, fault_of
from coprod_measure.provenance import sha256_of_file
from coprod_measure.report.document import Document
from coprod_measure.study.file_model import FORMATS, LENGTHS
from coprod_measure.yaml_files import did_you_mean

if TYPE_CHECKING:
    from coprod_measure.study.results import StudyResults


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a report, those of an earlier one that were removed, tracebacks of parts not written."""

    files: tuple[Path, ...]
    removed: tuple[Path, ...]
    failures: Mapping[str, str]


def write_report(
    results: StudyResults, out: str | Path, *, formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    r"""Write the report of a study.

    Parameters
    ----------
    results : StudyResults
        From :func:`coprod_measure.run_study`.
    out : str or pathlib.Path
        Folder for the files; it is created. Nothing is written outside of it.
    formats : sequence of str
        ``"html"`` (one self-contained page), ``"pdf"``, ``"docx"``, ``"tex"``, ``"md"``, ``"xlsx"`` (tables)
        or ``"json"``.

    Returns
    -------
    tuple of pathlib.Path
        What was written, one report file a format, in the order asked for; then the pictures of Markdown
        and LaTeX.

    Raises
    ------
    OutputError
        If a format is unknown, a file cannot be written, or the folder holds the outputs of another study
        with the same id.

    Warns
    -----
    CoprodWarning
        If files of an earlier report, in formats that are no longer asked for, were removed, or a fault of
        the program stopped a chapter or a format.

    Examples
    --------
    >>> import tempfile
    >>> import coprod_measure as cm
    >>> folder = Path(tempfile.mkdtemp())
    >>> everybody = (cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").read_text().splitlines()
    >>> _ = (folder / "answers.csv").write_text("\n".join(everybody[:301]))
    >>> _ = (folder / "study.yaml").write_text('''
    ... id: two-traits
    ... title: Two traits of personality
    ... instrument: bfi25
    ... responses: {file: answers.csv}
    ... measurement: {constructs: [extraversion, neuroticism], n_factors: 2, parallel_draws: 20}
    ... seed: 1
    ... ''')
    >>> results = cm.run_study(folder / "study.yaml")
    >>> results.measurement.reliability.table()["alpha"].round(2).tolist()
    [0.77, 0.82]
    >>> [path.name for path in cm.write_report(results, folder / "out")]
    ['two-traits-report.html']
    """
    found = renew_report(results, Path(out), formats)
    if found.removed:
        names = ", ".join(path.name for path in found.removed)
        warnings.warn(f"{out}: removed from an earlier report: {names}", CoprodWarning, stacklevel=2)
    if found.failures:
        words = f"{out}: a fault of coprod stopped {', '.join(found.failures)}; the rest is there"
        warnings.warn(words, CoprodWarning, stacklevel=2)
    return found.files


def renew_report(
    results: StudyResults, out: Path, formats: Sequence[str], length: str | None = None
) -> Written:
    """Write the report; what a fault of the program stopped is told in its place and in a file."""
    from coprod_measure.report.compose import compose
    from coprod_measure.report.guarded import failures_of
    from coprod_measure.study.failures_file import write_failures
    from coprod_measure.study.outputs import claimed, replace_part

    _require_known(formats)
    claimed(results.study, out)
    if length is not None and length not in LENGTHS:
        cure = did_you_mean(length, LENGTHS)
        raise OutputError(f"there is no length {length!r}", place="length", cure=cure, code="unknown-length")
    document = compose(results, length)
    failures = failures_of(document)
    made: list[tuple[Path, ...]] = []
    for form in dict.fromkeys(formats):
        try:
            made.append(_write(document, out, results.study.id, form))
        except CoprodError:
            raise
        except Exception as error:
            failures[f"format {form}"] = fault_of(error).traceback
    written = _in_order(made)
    # Of the same records and study file, other formats and lengths are as true as these.
    study = Path(results.study.path)
    content = sha256_of_file(study) if study.is_file() else ""
    removed = replace_part(results.study, out, "report", written, results.provenance.records, content)
    here = replace(results.study, out=str(out.absolute()))
    write_failures(here, "report", failures, results.provenance.records)
    return Written(written, removed, failures)


def write_document(
    document: Document, out: Path, name: str, formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    """Write a document as ``<out>/<name>-report.<format>``; see :func:`write_report`."""
    _require_known(formats)
    return _in_order([_write(document, out, name, form) for form in dict.fromkeys(formats)])


def _write(document: Document, out: Path, name: str, form: str) -> tuple[Path, ...]:
    writer = import_module(f"coprod_measure.report.formats.{form}")
    found: tuple[Path, ...] = writer.write(document, out / f"{name}-report.{form}")
    return found


def _in_order(written: Sequence[tuple[Path, ...]]) -> tuple[Path, ...]:
    """Put the reports before their pictures."""
    return (*(paths[0] for paths in written), *(path for paths in written for path in paths[1:]))


def _require_known(formats: Sequence[str]) -> None:
    for form in formats:
        if form not in FORMATS:
            raise OutputError(
                f"there is no report format {form!r}",
                place="formats",
                cure=did_you_mean(form, FORMATS),
                code="unknown-format",
            )
