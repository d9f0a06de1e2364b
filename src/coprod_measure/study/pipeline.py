"""The street on one page; each room can start from the saved record of the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from coprod_measure.errors import MeasurementError, NotAvailable, StudyError
from coprod_measure.measurement.battery import MeasurementOptions, MeasurementResults, measure
from coprod_measure.measurement.scores.respondents import ScoresByMethod
from coprod_measure.output_files import ensure_writable, spreadsheet_text, write_text
from coprod_measure.provenance import sha256_of_file, versions
from coprod_measure.responses.clean import clean
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.quality import AnswerQuality, answer_quality
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import latent_regressions, test_hypotheses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import StructureModel, Study, read_study
from coprod_measure.study.exclusions import ExclusionComparison, compare_exclusions
from coprod_measure.study.records import load_record, save_record
from coprod_measure.study.results import NOT_COMPARED, Provenance, StudyResults

Progress = Callable[[str], None]
Record = TypeVar("Record")
FEWEST_RESPONDENTS = 20
_MADE_BY = {"quality": "clean", "exclusions": "test"}


def run_study(
    study: str | Path | Study, *, out: str | Path | None = None, progress: Progress | None = None
) -> StudyResults:
    """Walk the whole street.

    Parameters
    ----------
    study : str, path or Study
        A study file, or one that was read.
    out : str or path, optional
        Folder for the records; the study's own when left out.
    progress : callable, optional
        Called with a few words before each room.

    Returns
    -------
    StudyResults
        Hand it to :func:`coprod_measure.write_report`.

    Raises
    ------
    CoprodError
        If the study, the instrument, the export or the rules are wrong, or a model cannot be estimated.
    """
    study = with_out(study if isinstance(study, Study) else read_study(study), out)
    say = progress or (lambda _: None)
    # Found now, or only after minutes of computing.
    ensure_writable(study.out_folder)
    say("Reading and cleaning the answers")
    responses = clean_room(study, progress=progress)
    say("Keying and missing answers")
    quality = quality_room(study, responses)
    measurement = measure_room(study, responses, progress=progress)
    say("Testing the hypotheses")
    structure = structure_room(study, responses)
    if study.compare_exclusions:
        say("The same with nobody excluded")
    exclusions = exclusions_room(study, responses, measurement, structure)
    provenance = provenance_of(study, responses)
    return StudyResults(study, responses, measurement, structure, provenance, quality, exclusions)


def with_out(study: Study, out: str | Path | None) -> Study:
    """Return the study with another output folder."""
    return study if out is None else replace(study, out=str(Path(out).absolute()))


def clean_room(study: Study, *, progress: Progress | None = None) -> Responses:
    """Read and clean the answers, and save the record."""
    rules = study.folder / study.cleaning if study.cleaning else None
    return _saved(study, "clean", clean(_read(study, progress), rules=rules, progress=progress))


def quality_room(study: Study, responses: Responses | None = None) -> AnswerQuality:
    """Audit the keying and describe what is missing, in the saved answers unless they are given."""
    return _saved(study, "quality", answer_quality(responses or _load(study, "clean")))


def measure_room(
    study: Study, responses: Responses | None = None, *, progress: Progress | None = None
) -> MeasurementResults:
    """Examine the measurement, from the saved answers unless they are given."""
    responses = responses or _load(study, "clean")
    _require_people(responses)
    options = _measurement_options(study, responses)
    results = _saved(study, "measure", measure(responses, options, progress=progress))
    _write_scores(study, responses, results)
    return results


def measured(study: Study, *, progress: Progress | None = None) -> MeasurementResults:
    """Give the saved record where it is what the study asks of these answers, else examine them."""
    responses = load_answers(study)
    try:
        saved: MeasurementResults = _load(study, "measure")
    except StudyError:
        return measure_room(study, responses, progress=progress)
    if saved.options == _measurement_options(study, responses):
        return saved
    return measure_room(study, responses, progress=progress)


def _measurement_options(study: Study, responses: Responses) -> MeasurementOptions:
    return MeasurementOptions(
        **study.measurement.model_dump(),
        groups=study.groups,
        structure=_regressions(study, responses),
        seed=study.seed,
    )


def scores_file(study: Study, results: MeasurementResults) -> Path | None:
    """Name the CSV with the scores of every respondent; None where the study asks for none."""
    found = isinstance(results.extras.scores, ScoresByMethod)
    return study.out_folder / f"{study.id}-scores.csv" if found else None


def _write_scores(study: Study, responses: Responses, results: MeasurementResults) -> None:
    """Write one row a respondent: who in which wave and category, then a column a construct and way."""
    path, found = scores_file(study, results), results.extras.scores
    if path is None or not isinstance(found, ScoresByMethod):
        return
    values = found.values()
    known = [name for name in ("wave", "category") if name in responses.about]
    about = responses.about.loc[values.index, known].map(spreadsheet_text)
    index = pd.Index(map(spreadsheet_text, values.index), name="respondent")
    table = pd.concat([about, values], axis=1).set_axis(index)
    write_text(path, table.to_csv(lineterminator="\n"))


def _regressions(study: Study, responses: Responses) -> str:
    asked = study.structure.hypotheses if study.structure else ()
    # Only two parts look at paths, and taking hypotheses apart is for nothing without them.
    if not asked or not {"method_bias", "marker"} & set(study.measurement.extras):
        return ""
    return latent_regressions(study.instrument.theory, responses, asked)


def structure_room(study: Study, responses: Responses | None = None) -> HypothesisTests | NotAvailable:
    """Test the hypotheses, from the saved answers unless they are given."""
    responses = responses or _load(study, "clean")
    asked = study.structure
    if asked is None:
        return _saved(study, "test", NotAvailable("the study file names no hypotheses to test"))
    tests = test_hypotheses(
        study.instrument.theory,
        responses,
        asked.hypotheses,
        estimator=asked.estimator or study.measurement.estimator,
        missing=asked.missing or study.measurement.missing,
        draws=asked.draws,
        seed=study.seed,
    )
    return _saved(study, "test", tests)


def load_answers(study: Study) -> Responses:
    """Load the saved clean answers."""
    answers: Responses = _load(study, "clean")
    return answers


def exclusions_room(
    study: Study,
    responses: Responses | None = None,
    measurement: MeasurementResults | None = None,
    structure: HypothesisTests | NotAvailable | None = None,
) -> ExclusionComparison | NotAvailable:
    """Compute the key numbers with nobody excluded, beside the saved ones unless they are given."""
    if not study.compare_exclusions:
        return _saved(study, "exclusions", NOT_COMPARED)
    asked = study.structure or StructureModel(hypotheses=())
    compared = compare_exclusions(
        _read(study),
        responses or _load(study, "clean"),
        measurement or _load(study, "measure"),
        _load(study, "test") if structure is None else structure,
        estimator=asked.estimator or study.measurement.estimator,
        missing=asked.missing or study.measurement.missing,
    )
    return _saved(study, "exclusions", compared)


def load_results(study: Study) -> StudyResults:
    """Collect the saved records of all rooms, for the report."""
    responses, measurement, structure = (_load(study, room) for room in ("clean", "measure", "test"))
    quality, exclusions = _load(study, "quality"), _load(study, "exclusions")
    provenance = provenance_of(study, responses)
    return StudyResults(study, responses, measurement, structure, provenance, quality, exclusions)


def provenance_of(study: Study, responses: Responses) -> Provenance:
    """State what went in and what computed it."""
    hashes = {
        f"answers ({responses.source.name})": responses.source.sha256,
        f"study ({Path(study.path).name})": study.sha256,
        f"instrument ({study.instrument.id})": study.instrument.sha256,
        f"theory ({study.instrument.theory.id})": study.instrument.theory.sha256,
    }
    if study.cleaning:
        hashes[f"cleaning rules ({study.cleaning})"] = sha256_of_file(study.folder / study.cleaning)
    return Provenance(hashes, study.options, versions(), study.seed)


def _read(study: Study, progress: Progress | None = None) -> Responses:
    asked = study.responses
    return read_responses(
        study.folder / asked.file,
        study.instrument,
        asked.source,
        keep=asked.keep,
        id_column=asked.id_column,
        wave=asked.wave,
        category=asked.category,
        missing_codes=asked.missing_codes,
        encoding=asked.encoding,
        form=study.form,
        progress=progress,
    )


def _require_people(responses: Responses) -> None:
    """Refuse samples from which any coefficient would be read as if it meant something."""
    if responses.n < FEWEST_RESPONDENTS:
        raise MeasurementError(
            f"{responses.n} respondents are left after cleaning; nothing can be judged from fewer than "
            f"{FEWEST_RESPONDENTS}",
            place=responses.source.name,
            cure="Collect more answers, or see in the flow of `coprod clean` which rule excludes too many",
            code="too-few-respondents",
        )


def _saved(study: Study, room: str, record: Record) -> Record:
    save_record(_record_path(study, room), record, made_from=_answers_hash(study, room))
    return record


def _load(study: Study, room: str) -> Any:
    command = _MADE_BY.get(room, room)
    return load_record(
        _record_path(study, room),
        made_by=f"coprod {command} {study.path}",
        made_from=_answers_hash(study, room),
    )


def _answers_hash(study: Study, room: str) -> str:
    """Hash of the saved answers that every later room starts from; empty where there are none."""
    answers = _record_path(study, "clean")
    return sha256_of_file(answers) if room != "clean" and answers.is_file() else ""


def _record_path(study: Study, room: str) -> Path:
    return study.out_folder / "records" / f"{study.id}-{room}.zip"
