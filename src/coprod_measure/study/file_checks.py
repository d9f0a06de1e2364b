"""Names in a study file that lead nowhere, and files that are not there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from coprod_measure.errors import ModelError, Problem
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.instrument.definition import Instrument
from coprod_measure.plain_text import is_text_encoding
from coprod_measure.provenance import is_file
from coprod_measure.study.control_checks import Asked, control_problems
from coprod_measure.study.file_model import StructureModel, StudyModel
from coprod_measure.yaml_files import YamlFile, did_you_mean

NO_ANSWERS = "no-answers-file"
"""Code of an export that is not there: an error of whoever reads it, none of a study that is planned."""


def check_study(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find names that lead nowhere and files that are not there."""
    problems = [*_estimator_problems(file, model), *_design_problems(file, model)]
    problems += [*_structure_problems(file, model, instrument), *_report_problems(file, model, instrument)]
    problems += _form_problems(file, model, instrument)
    encoding = model.responses.encoding
    if encoding and not is_text_encoding(encoding):
        cause, cure = f"the encoding {encoding!r} is unknown", "Use for example utf-8, utf-16, cp1252"
        problems.append(file.problem(("responses", "encoding"), cause, cure, "unknown-encoding"))
    known: list[tuple[tuple[str, ...], Iterable[str], Collection[str], str]] = [
        (
            ("measurement", "constructs"),
            model.measurement.constructs or (),
            instrument.constructs,
            "construct",
        ),
        (("groups",), model.groups, _groupable(model, instrument), "item or kept column"),
    ]
    hypotheses = instrument.theory.hypotheses
    if model.structure and hypotheses:
        known.append((("structure", "hypotheses"), model.structure.hypotheses, hypotheses, "hypothesis"))
    for loc, names, among, kind in known:
        for i, name in enumerate(names):
            if name in tuple(names)[:i]:
                cause, cure = f"{kind} {name!r} stands here twice", "Leave it in once"
                problems.append(file.problem((*loc, i), cause, cure, "twice"))
            if name not in among:
                cure = did_you_mean(name, among)
                code = f"unknown-{kind.split()[0]}"
                problems.append(file.problem((*loc, i), f"there is no {kind} {name!r} to use", cure, code))
    problems += _reference_problems(file, model, instrument)
    composites = (*instrument.constructs, *instrument.theory.higher_order)
    for composite, item in model.measurement.criteria.items():
        for name, among, kind in (
            (composite, composites, "construct"),
            (item, tuple(instrument.items), "item"),
        ):
            if name not in among:
                where = ("measurement", "criteria", composite)
                cure = did_you_mean(name, among)
                problems.append(
                    file.problem(where, f"there is no {kind} {name!r} to use", cure, f"unknown-{kind}")
                )
    return [*problems, *_absent_files(file, model)]


def _absent_files(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find files that are named and not there."""
    exports = model.responses.file
    named: dict[tuple[str, ...], str | None] = (
        {("responses", "file"): exports}
        if isinstance(exports, str)
        else {("responses", "file", wave): name for wave, name in exports.items()}
    )
    named |= {
        ("responses", "context"): model.responses.context,
        ("design", "context"): model.design.context,
        ("cleaning",): model.cleaning,
    }
    return [
        file.problem(
            loc,
            f"there is no file {name!r}",
            _near_file(file, name),
            NO_ANSWERS if "file" in loc[:2] else "no-file",
        )
        for loc, name in named.items()
        if name is not None and not is_file(file.path.parent / name)
    ]


def _near_file(file: YamlFile, name: str) -> str:
    folder = (file.path.parent / name).parent
    beside = [one.name for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
    near = did_you_mean(Path(name).name, beside)
    told = f"{near} " if near.startswith("Did") else ""
    return f"{told}Check the name; it is relative to the folder of this file"


def _reference_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find reference groups of columns that are not compared, or that no answer to an item names."""
    problems = []
    for name, group in model.reference.items():
        scale = instrument.scale_of(name) if name in instrument.items else None
        known = (*scale.labels.get(instrument.languages[0], ()), *map(str, scale.codes)) if scale else ()
        if name not in model.groups:
            words, cure = f"no groups of {name!r} are compared", "Name the column under groups as well"
        elif known and str(group) not in known:
            words, cure = f"{name} has no answer {str(group)!r}", did_you_mean(str(group), known)
        else:
            continue
        problems.append(file.problem(("reference", name), words, cure, "unknown-reference"))
    return problems


def _report_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find a language that the questionnaire does not have, and fills that no wording has a place for."""
    problems = []
    asked = model.report
    named: list[tuple[tuple[str, ...], str | None, Mapping[str, str]]] = [
        (("report",), asked.language, asked.fills)
    ]
    if asked.beside is not None:
        named.append((("report", "beside"), asked.beside.language, asked.beside.fills))
    for place, language, fills in named:
        if language is not None and language not in instrument.languages:
            cause = f"instrument {instrument.id!r} has no language {language!r}"
            cure = did_you_mean(language, instrument.languages)
            problems.append(file.problem((*place, "language"), cause, cure, "unknown-language"))
        for name in fills:
            if name not in instrument.placeholders:
                cause, cure = f"no wording has a place {name!r}", did_you_mean(name, instrument.placeholders)
                problems.append(file.problem((*place, "fills", name), cause, cure, "unknown-placeholder"))
    fielded = asked.language or instrument.languages[0]
    if asked.beside is not None and asked.beside.language == fielded:
        cause = f"the wordings are in {fielded!r} already"
        cure = "Name another language, or in 'report: language' the one that was fielded"
        problems.append(file.problem(("report", "beside", "language"), cause, cure, "same-language"))
    return problems


def _structure_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    if model.structure is None:
        return []
    asked = model.structure.controls, model.structure.hypotheses, model.responses.keep, model.one_form
    controls = control_problems(file, Asked(*asked), instrument)
    named = [*_family_problems(file, model.structure), *_beside_problems(file, model.structure, instrument)]
    return [*_theory_problems(file, model, instrument), *named, *controls]


def _theory_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Say where hypotheses are written, if the study asks for some and the theory has none."""
    if instrument.theory.hypotheses:
        return []
    cause, cure = f"the theory of {model.instrument} has no hypotheses", "Write them there, or leave this out"
    if instrument.theory.sha256 == instrument.sha256:
        cause = f"{model.instrument} names no theory, and only a theory has hypotheses"
        cure = (
            "Write constructs and hypotheses in a file theory.yaml beside it, and in the instrument "
            "'theory: theory.yaml' in place of 'constructs:'"
        )
    return [file.problem(("structure", "hypotheses"), cause, cure, "no-hypotheses")]


def _form_problems(file: YamlFile, model: StudyModel, instrument: Instrument) -> list[Problem]:
    """Find forms that do not exist, and waves that have none or no export."""
    if model.form is None:
        return []
    named = (
        {("form",): model.form}
        if isinstance(model.form, str)
        else {("form", k): v for k, v in model.form.items()}
    )
    problems = [
        file.problem(
            loc,
            f"instrument {instrument.id!r} has no form {name!r}",
            did_you_mean(name, instrument.forms),
            "unknown-form",
        )
        for loc, name in named.items()
        if name not in instrument.forms
    ]
    exports = model.responses.file
    if isinstance(model.form, dict) and (isinstance(exports, str) or set(exports) != set(model.form)):
        waves = "one export" if isinstance(exports, str) else f"exports of {', '.join(exports)}"
        cause = f"forms are named for waves {', '.join(model.form)}, and responses has {waves}"
        cure = "Name an export and a form for the same waves, or one form for all"
        problems.append(file.problem(("form",), cause, cure, "forms-and-waves"))
    return problems


def _groupable(model: StudyModel, instrument: Instrument) -> tuple[str, ...]:
    """Items, kept columns, and groups whose name a pattern of kept columns fits."""
    # A file that compares no groups is read without what reads answers.
    from coprod_measure.responses.told_columns import fits

    keep = model.responses.keep
    return (
        *instrument.items,
        *keep,
        *(name for name in model.groups if any(fits(one, name) for one in keep)),
    )


def _family_problems(file: YamlFile, asked: StructureModel) -> list[Problem]:
    """Find members of families that are not tested, or whose p value would be adjusted twice."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for name, ids in asked.families.items():
        for place, id_ in enumerate(ids):
            where = ("structure", "families", name, place)
            if id_ not in asked.hypotheses:
                cure = did_you_mean(id_, asked.hypotheses)
                problems.append(
                    file.problem(where, f"{id_!r} is not under 'hypotheses'", cure, "unknown-hypothesis")
                )
            elif id_ in seen:
                problems.append(
                    file.problem(
                        where, f"{id_} is in two families", "Leave it in one of them", "in-two-families"
                    )
                )
            seen.add(id_)
    return problems


def _beside_problems(file: YamlFile, asked: StructureModel, instrument: Instrument) -> list[Problem]:
    """Find hypotheses beside which a kind of test shall stand, and that are not tested or its own."""
    if not any(one.get("beside") for one in asked.kinds.values()):
        return []
    # A file that asks for nothing beside is read without the kinds, which need the engine's arrays.
    from coprod_measure.structure.kinds import KINDS

    problems = []
    for kind, options in asked.kinds.items():
        for place, id_ in enumerate(options.get("beside", ())):
            found = instrument.theory.hypotheses.get(id_)
            if id_ not in asked.hypotheses:
                cause, cure = f"{id_!r} is not under 'hypotheses'", did_you_mean(id_, asked.hypotheses)
            elif found is not None and found.level in KINDS[kind].levels:
                cause, cure = f"{id_} is tested by {kind} itself", "Leave it out here"
            else:
                continue
            where = ("structure", kind, "beside", place)
            problems.append(file.problem(where, cause, cure, "unknown-hypothesis"))
    return problems


def _design_problems(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find what is said twice, under responses and under design, and not alike."""
    problems = []
    for name, value in model.design.said().items():
        own = "person" if name == "id_column" else name
        if getattr(model.responses, name) not in (None, value):
            cause, cure = f"responses says another {name}", "Say it once, under design"
            problems.append(file.problem(("design", own), cause, cure, "said-twice"))
    exports, asked = model.responses.file, model.responses.model_copy(update=model.design.said())
    if isinstance(exports, dict) and asked.id_column is None:
        cause = "nothing joins the people of several exports"
        cure = "Name the column with a person's id, the same in every export: design: {person: ...}"
        problems.append(file.problem(("responses", "file"), cause, cure, "no-id"))
    if isinstance(exports, dict) and asked.wave is not None:
        where = ("design" if model.design.wave is not None else "responses", "wave")
        cause = "each export is a wave, and a column tells waves too"
        problems.append(file.problem(where, cause, "Leave wave out: each export is one", "said-twice"))
    return problems


def _estimator_problems(file: YamlFile, model: StudyModel) -> list[Problem]:
    """Find estimators that do not exist, or cannot treat missing answers as asked."""
    measured, tested = model.measurement, model.structure
    asked = {"measurement": (measured.estimator, measured.missing)}
    if tested and (tested.estimator or tested.missing):
        asked["structure"] = (tested.estimator or measured.estimator, tested.missing or measured.missing)
    problems = []
    for part, (estimator, missing) in asked.items():
        own = "estimator" in file.names(part)
        try:
            fit_options({"estimator": estimator, "missing": missing})
        except ModelError as error:
            for one in error.problems:
                if one.code == "unsupported-combination":
                    where, cure = (
                        "estimator" if own else "missing",
                        "Write 'estimator: MLR', or 'missing: listwise'",
                    )
                    problems.append(file.problem((part, where), one.cause, cure, one.code))
                elif own:
                    cause = f"'estimator' cannot be '{estimator}'"
                    problems.append(file.problem((part, "estimator"), cause, one.cure, "unknown-value"))
    return problems
