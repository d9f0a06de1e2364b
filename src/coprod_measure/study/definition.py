"""A study as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coprod_measure.errors import StudyError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.provenance import is_file
from coprod_measure.study.file_checks import NO_ANSWERS, check_study
from coprod_measure.study.file_model import (
    MeasurementModel,
    ReportModel,
    ResponsesModel,
    StructureModel,
    StudyModel,
    with_kinds,
)
from coprod_measure.yaml_files import YamlFile, parse_yaml, read_yaml


@dataclass(frozen=True, slots=True)
class Study:
    """A study as it was read.

    Attributes
    ----------
    path : str
        The study file. Every other file is named relative to its folder.
    options : mapping
        Everything the file says, defaults filled in, for the report's last section.
    outside : bool
        Whether the user, and not only the file, wants outputs outside the study's folder.
    """

    id: str
    title: str
    path: str
    instrument: Instrument
    form: str | None
    responses: ResponsesModel
    cleaning: str | None
    measurement: MeasurementModel
    structure: StructureModel | None
    groups: tuple[str, ...]
    seed: int
    out: str
    formats: tuple[str, ...]
    options: Mapping[str, object]
    sha256: str
    compare_exclusions: bool = False
    reference: Mapping[str, str | int] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    outside: bool = False
    report: ReportModel = field(default_factory=ReportModel)

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return Path(self.path).parent

    @property
    def out_folder(self) -> Path:
        """The folder that records and reports go to."""
        return self.folder / self.out


def read_study(path: str | Path, *, answers_needed: bool = True) -> Study:
    """Read a study file and the instrument it names.

    Parameters
    ----------
    answers_needed : bool
        False: the file of answers may be gone, as saved records stand without it.

    Raises
    ------
    StudyError
        With every problem of the file.
    """
    file, model, instrument = parts_of_study(path)
    problems = check_study(file, model, instrument)
    if not answers_needed:
        problems = [one for one in problems if one.code != NO_ANSWERS]
    if problems:
        raise StudyError.from_problems(problems)
    return study_of_parts(file, model, instrument)


def parts_of_study(path: str | Path) -> tuple[YamlFile, StudyModel, Instrument]:
    """Read a study file and the instrument it names, each sound by itself.

    Raises
    ------
    StudyError, InstrumentError, TheoryError
        With every problem of one of the files.
    """
    file = read_yaml(Path(path), error=StudyError)
    plain = set(file.names("structure")) <= set(StructureModel.model_fields)
    model = parse_yaml(file, StudyModel if plain else with_kinds(), error=StudyError)
    beside = file.path.parent / model.instrument
    return file, model, read_instrument(beside if is_file(beside) else model.instrument)


def study_of_parts(file: YamlFile, model: StudyModel, instrument: Instrument) -> Study:
    """Put together what :func:`parts_of_study` read and :func:`check_study` found sound."""
    own = {
        "path": str(file.path),
        "instrument": instrument,
        "formats": model.report.formats,
        "report": model.report,
        "options": model.model_dump(),
        "sha256": file.sha256,
        "responses": model.responses.model_copy(update=model.design.said()),
        "form": model.one_form,
        "forms": model.form if isinstance(model.form, dict) else {},
    }
    given: dict[str, Any] = {name: value for name, value in model if name not in {"report", "design"}}
    return Study(**(given | own))
