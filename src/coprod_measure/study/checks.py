"""What a careful reader would say about a study file that can be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coprod_measure.errors import CoprodError, Problem
from coprod_measure.instrument.definition import Form, Instrument
from coprod_measure.provenance import is_file
from coprod_measure.study.contrast_checks import claim_findings, contrast_findings
from coprod_measure.study.control_checks import constant_controls
from coprod_measure.study.definition import Study, parts_of_study, study_of_parts
from coprod_measure.study.file_checks import NO_ANSWERS, check_study
from coprod_measure.yaml_files import Finding, YamlFile

if TYPE_CHECKING:
    from coprod_measure.responses.dataset import Responses
    from coprod_measure.structure.evidence import Reason

_COMPARE = (
    "Compare the path between groups of the moderator in the library: cm.sem(..., group=...), path labels, "
    "fit.wald('b1 == b2')"
)


def check_study_file(path: str | Path) -> list[Finding]:
    """Check a study file.

    Returns errors, also those of the answers where they are there; warnings of what was read; notes on
    exports that are not there yet and on hypotheses that the questionnaire and its answers cannot test.

    Raises
    ------
    StudyError
        If the file has not the shape of a study.
    """
    file, model, instrument = parts_of_study(path)
    problems = check_study(file, model, instrument)
    found = [_finding(one) for one in problems]
    absent = {NO_ANSWERS, "no-file"}
    if any(problem.code not in absent for problem in problems):
        return found
    study = study_of_parts(file, model, instrument)
    answers, told = (None, []) if problems else _answers(study)
    if not study.structure:
        return [*found, *told]
    told += constant_controls(file, study.structure.controls, answers) if answers is not None else []
    notes, nobody = _hypothesis_notes(file, study, answers), nobody_of(study)
    named = study.structure.kinds
    contrasts = contrast_findings(file, study, named, nobody) if named else []
    return [*found, *told, *notes, *claim_findings(file, study, nobody), *contrasts]


def _answers(study: Study) -> tuple[Responses | None, list[Finding]]:
    """Read the answers as `coprod run` will, and give what it would refuse or warn of."""
    from coprod_measure.study.as_asked import read_answers

    try:
        answers = read_answers(study)
    except CoprodError as error:
        return None, [Finding("error", one) for one in error.problems]
    return answers, [Finding("warning", Problem("", str(one), "", "answers")) for one in answers.warnings]


def _finding(problem: Problem) -> Finding:
    if problem.code != NO_ANSWERS:
        return Finding("error", problem)
    cause = f"{problem.cause} yet; what needs no answers is checked"
    return Finding("note", replace(problem, cause=cause))


def _hypothesis_notes(file: YamlFile, study: Study, answers: Responses | None) -> list[Finding]:
    # The engine's libraries take longer to load than everything else in a check.
    from coprod_measure.structure.wording import sentence

    asked = study.structure.hypotheses if study.structure else ()
    columns = None if answers is None else frozenset(answers.frame)
    reasons = untestable_hypotheses(study, asked, columns)
    return [
        file.finding(
            "note",
            ("structure", "hypotheses", place),
            f"hypothesis {id_} will come out 'not testable here': {sentence(reasons[id_])}",
            _cure(study, id_, reasons[id_]),
            "hypothesis-not-testable",
        )
        for place, id_ in enumerate(asked)
        if id_ in reasons
    ]


def untestable_hypotheses(
    study: Study, ids: Sequence[str], columns: Collection[str] | None = None
) -> dict[str, Reason]:
    """Say which hypotheses cannot be tested with the items of the study's form, and why; nothing is fitted.

    ``columns``: the items that the answers hold, where these were read; those that they lack are not asked.
    """
    from coprod_measure.structure.testability import why_not_testable

    nobody = nobody_of(study)
    if columns is not None:
        frame = nobody.frame[[one for one in nobody.frame if one in columns]]
        nobody = replace(nobody, frame=frame, shown=frame, missing=frame)
    return why_not_testable(study.instrument.theory, nobody, ids)


def nobody_of(study: Study) -> Responses:
    """Make answers of nobody to the questions of a study, in its waves, with the columns of its design."""
    wave, exports = study.responses.wave, study.responses.file
    if isinstance(exports, dict):
        waves = len(exports)
    else:
        # How many waves a column tells apart stands in the answers; until then it is enough.
        waves = len(wave) if isinstance(wave, dict) else _most_waves(study.instrument) if wave else 1
    return answers_of_nobody(study.instrument, _form_of(study), waves, _design(study))


def _form_of(study: Study) -> Form | None:
    """Give the form that was fielded; one with the blocks of all waves where each has its own."""
    forms = [study.instrument.forms[name] for name in study.forms.values()]
    if not forms:
        return study.instrument.forms.get(study.form or "")
    return replace(forms[0], blocks=tuple(block for form in forms for block in form.blocks))


def _design(study: Study) -> tuple[str, ...]:
    """Columns of the design, and facts about countries from a table that is there."""
    asked = study.responses
    found = [name for name in ("category", "partner", "country") if getattr(asked, name) is not None]
    if asked.context and is_file(study.folder / asked.context):
        from coprod_measure.responses.context_table import context_columns
        from coprod_measure.responses.imports.table import load_table

        header = tuple(load_table(study.folder / asked.context).header)
        found += context_columns(header, study.instrument.theory)
    return tuple(found)


def untestable_with(
    instrument: Instrument,
    form: Form | None,
    ids: Sequence[str],
    n_waves: int = 1,
    design: Sequence[str] = (),
) -> dict[str, Reason]:
    """Say which hypotheses a form of a questionnaire cannot test, and why, before there is a study."""
    from coprod_measure.structure.testability import why_not_testable

    return why_not_testable(instrument.theory, answers_of_nobody(instrument, form, n_waves, design), ids)


def _most_waves(instrument: Instrument) -> int:
    return max((one.needs_waves for one in instrument.theory.hypotheses.values()), default=1)


def answers_of_nobody(
    instrument: Instrument, form: Form | None, n_waves: int = 1, design: Sequence[str] = ()
) -> Responses:
    """Make answers with the items of a form, some waves and columns of the design, and without any answer."""
    import pandas as pd

    from coprod_measure.responses.dataset import Responses, Source, empty_log

    items = form.item_ids if form else tuple(instrument.items)
    rows = range(n_waves)
    frame = pd.DataFrame(index=rows, columns=list(items), dtype=float)
    about = pd.DataFrame({"wave": list(rows)} | dict.fromkeys(design, ""), index=rows)
    source = Source("", "", "", "", 0)
    # Blocks of the forms of several waves are joined to one, of which no version is known.
    known = form.id if form is not None and instrument.forms.get(form.id) is form else ""
    return Responses(instrument, frame, frame, frame, about, source, empty_log(), empty_log(), form=known)


def _cure(study: Study, id_: str, reason: Reason) -> str:
    """Say what would make a hypothesis testable; advice is given only where it helps."""
    instrument = study.instrument
    hypothesis = instrument.theory.hypotheses[id_]
    if reason.code == "no_test":
        if hypothesis.test:
            return f"The theory names its test: {hypothesis.test}"
        return _COMPARE if hypothesis.level == "moderated" else "Test it elsewhere"
    if reason.code == "too_few_waves":
        return "Collect more waves, and name what tells them apart under responses: wave"
    waves = _most_waves(instrument)
    forms = [
        name
        for name, form in instrument.forms.items()
        if id_ not in untestable_with(instrument, form, [id_], waves)
    ]
    if study.form in forms:
        return "The form asks for it: bring its columns into the file of answers, or leave the hypothesis out"
    if forms:
        *first, last = forms
        named = f"{', '.join(first)} or {last}" if first else last
        return f"Field the form {named}, or leave the hypothesis out"
    if reason.code != "not_measured":
        return "Leave it out"
    if id_ not in untestable_with(instrument, None, [id_], waves):
        return "Put its items, which the instrument has, into a form of your own, or leave the hypothesis out"
    return "No form of this instrument asks for it: write items for it, or leave the hypothesis out"
