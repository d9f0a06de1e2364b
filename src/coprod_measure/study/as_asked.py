"""What each room computes, as the study file asks: answers in, record out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from coprod_measure.arguments import names_of
from coprod_measure.errors import MeasurementError, NotAvailable, counted
from coprod_measure.measurement.battery import MeasurementResults, measure
from coprod_measure.measurement.examination import MeasurementOptions
from coprod_measure.responses.context_table import with_context
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.responses.read_options import ReadOptions
from coprod_measure.responses.waves import panel_warnings, read_waves, unmatched_ids
from coprod_measure.structure.hypotheses import test_hypotheses
from coprod_measure.structure.latent_regressions import latent_regressions
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study

Say = Callable[[str], None]
FEWEST_RESPONDENTS = 20


def read_answers(study: Study, *, source: str | None = None, progress: Say | None = None) -> Responses:
    """Read a study's answers as its file says."""
    asked = study.responses
    known = type(asked).model_fields
    options: dict[str, Any] = {name: getattr(asked, name) for name in names_of(ReadOptions) if name in known}
    options |= {"missing_codes": asked.model_dump()["missing_codes"], "progress": progress}
    source = source or asked.source
    if isinstance(asked.file, str):
        path = study.folder / asked.file
        read = read_responses(path, study.instrument, source, form=study.form, **options)
        if not isinstance(
            asked.wave, dict
        ):  # waves side by side have one row a person, and tell who is missing
            read = replace(read, warnings=(*unmatched_ids(read), *read.warnings))
    else:
        files = {wave: study.folder / name for wave, name in asked.file.items()}
        forms = study.forms or dict.fromkeys(files, study.form)
        read = read_waves(files, study.instrument, source, forms=forms, **options)
    read = replace(read, warnings=(*read.warnings, *panel_warnings(read)))
    return with_context(read, study.folder / asked.context) if asked.context else read


def measured(study: Study, answers: Responses, *, progress: Say | None = None) -> MeasurementResults:
    """Examine the measurement as a study's file says.

    Raises
    ------
    MeasurementError
        If too few people are left for any coefficient to be read as if it meant something.
    """
    if answers.people < FEWEST_RESPONDENTS:
        raise MeasurementError(
            f"{counted(answers.people, 'respondent is', 'respondents are')} left after cleaning; nothing can "
            "be judged from fewer than "
            f"{FEWEST_RESPONDENTS}",
            place=answers.source.name,
            cure="Collect more answers, or see in the flow of `coprod clean` which rule excludes too many",
            code="too-few-respondents",
        )
    return measure(answers, measurement_options(study, _regressions(study, answers)), progress=progress)


def measurement_options(study: Study, structure: str = "") -> MeasurementOptions:
    """Give what a study's file says of the measurement, with the paths between its constructs."""
    return MeasurementOptions(
        **study.measurement.model_dump(),
        groups=study.groups,
        reference={group: str(name) for group, name in study.reference.items()},
        structure=structure,
        seed=study.seed,
    )


def _regressions(study: Study, answers: Responses) -> str:
    asked = study.structure.hypotheses if study.structure else ()
    # Only two parts look at paths, and taking hypotheses apart is for nothing without them.
    if not asked or not {"method_bias", "marker"} & set(study.measurement.extras):
        return ""
    return latent_regressions(study.instrument.theory, answers, asked)


def tested(
    study: Study, answers: Responses, *, progress: Say | None = None, verdicts_only: bool = False
) -> HypothesisTests | NotAvailable:
    """Test a study's hypotheses as its file says, with these answers."""
    asked = study.structure
    if asked is None:
        return NotAvailable("the study file names no hypotheses to test")
    return test_hypotheses(
        study.instrument.theory,
        answers,
        asked.hypotheses,
        estimator=asked.estimator or study.measurement.estimator,
        missing=asked.missing or study.measurement.missing,
        method=asked.method,
        intervals=asked.intervals,
        progress=progress,
        verdicts_only=verdicts_only,
        draws=asked.draws,
        level=asked.level,
        seed=study.seed,
        adjust=asked.adjust,
        families=asked.families,
        smallest_effect=asked.smallest_effect,
        controls=asked.controls,
        kinds=asked.kinds,
    )
